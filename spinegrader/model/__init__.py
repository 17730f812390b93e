"""The networks and their training. Importing this package imports nothing."""
