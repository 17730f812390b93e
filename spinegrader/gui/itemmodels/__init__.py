"""Qt item models over a session."""
