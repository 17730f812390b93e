"""Checking a project: every structure, reference and checksum; and mending what can be mended.

``examination`` looks and changes nothing; ``mending`` puts right what it found.
"""
