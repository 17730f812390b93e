"""Several images beside each other: the series of a study, and another visit."""
