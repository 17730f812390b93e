"""The settings of the person at this computer, page by page."""
