"""Decisions between the plain data below and the skins above; no Qt."""
