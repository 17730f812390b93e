"""From files to volumes in patient millimetres, and from volumes to crops."""
