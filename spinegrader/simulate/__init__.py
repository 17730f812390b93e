"""Simulated subjects, written as DICOM."""
