"""Words that every part of the program says alike."""

RESEARCH_NOTICE = "Research use. Not a medical device."
"""Stands wherever a model's grade is shown or written."""


def counted(number: int, singular: str, plural: str) -> str:
    """A number with its noun: “1 person”, “2 people”."""
    return f"{number} {singular if number == 1 else plural}"


def duration_text(seconds: float) -> str:
    """A time in the two units that matter: ``40 s``, ``6 min``, ``1 h 20 min``."""
    whole = max(0, round(seconds))
    if whole < 90:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d} min"
