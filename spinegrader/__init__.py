"""SpineGrader: reading, self-supervised training and review of lumbar spine MR."""

__version__ = "0.1.0"
