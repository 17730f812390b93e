"""Work list, grading panel and status line."""
