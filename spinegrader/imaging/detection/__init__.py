"""From a network's evidence to one spine: bodies, discs and names."""
