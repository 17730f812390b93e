"""Visits to a scanner: protocol, position, what the receiver makes of it."""
