"""From tissues in space to what the slices hold."""
