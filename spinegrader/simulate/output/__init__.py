"""How a simulated cohort is written."""
