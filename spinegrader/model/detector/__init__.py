"""The network that finds vertebrae: its settings, what it learns from, and what it says."""
