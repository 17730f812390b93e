"""Printed reports: pages of A4 as PDF."""
