"""Plain data and its rules: no I/O, standard library and numpy only."""
