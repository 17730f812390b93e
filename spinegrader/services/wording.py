"""Words that every part of the program says alike."""

from spinegrader.domain.study import Plane, Series, Weighting
from spinegrader.texts import for_translation, translate, translate_count

RESEARCH_NOTICE = for_translation("Research use. Not a medical device.")
"""Stands wherever a model's grade is shown or written."""

_PLANES = {
    Plane.SAGITTAL: for_translation("Sagittal"),
    Plane.AXIAL: for_translation("Axial"),
    Plane.CORONAL: for_translation("Coronal"),
}


def series_title(series: Series) -> str:
    """Plane and weighting as the reader is told them, such as “Sagittal T2”."""
    plane = translate(_PLANES[series.plane])
    return plane if series.weighting is Weighting.UNKNOWN else f"{plane} {series.weighting}"


def counted(number: int, singular: str, plural: str) -> str:
    """A number with its noun: “1 person”, “2 people”."""
    return f"{number} {translate_count(singular, plural, number)}"


def duration_text(seconds: float) -> str:
    """A time in the two units that matter: ``40 s``, ``6 min``, ``1 h 20 min``."""
    whole = max(0, round(seconds))
    if whole < 90:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d} min"
