"""Simulated people: what is theirs for life."""
