"""Drawn examples of what a grade means: parameters as data, and painters that draw them."""
