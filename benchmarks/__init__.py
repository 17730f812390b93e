"""Measurements of SpineGrader beside its peers: ``python -m benchmarks [NAME...]``."""
