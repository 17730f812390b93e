"""Experiments on the method: pre-training, grading, and what they save."""
