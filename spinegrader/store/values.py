"""Single values of the tables: times, dates, numbers that may be unknown, places."""

import datetime as dt
import math

from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.stamp import Stamp
from spinegrader.store.tables import Row


def stamp_row(stamp: Stamp) -> Row:
    """The columns that tell when and by which session something was changed."""
    return stamp.at, stamp.session, stamp.number


def time_text(time: dt.datetime) -> str:
    """UTC in ISO 8601 with microseconds."""
    return time.astimezone(dt.UTC).isoformat(timespec="microseconds")


def date_text(date: dt.date | None) -> str:
    """ISO 8601; empty where it isn't known."""
    return "" if date is None else date.isoformat()


def date_of(text: str) -> dt.date | None:
    """The date behind a text."""
    return dt.date.fromisoformat(text) if text else None


def number_or_nan(value: float | None) -> float:
    """NaN where it isn't known."""
    return math.nan if value is None else value


def known_number(value: float) -> float | None:
    """None for NaN."""
    return None if math.isnan(value) else value


def geometry_of(affine: list[list[float]], shape: list[int]) -> VolumeGeometry:
    """Where a stack lies."""
    return VolumeGeometry(
        tuple(value for line in affine for value in line), (shape[0], shape[1], shape[2])
    )
