"""What the years do to discs, and how readers grade it."""
