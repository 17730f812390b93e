"""What a project holds thousands of, and how it is grouped."""

from typing import TypeAlias

from spinegrader.domain.grades import Grade, GradeKey
from spinegrader.domain.grouped import GroupedRecords, Packed
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.predictions import Prediction
from spinegrader.domain.stamp import Stamp
from spinegrader.domain.study import Series

SeriesRecords: TypeAlias = GroupedRecords[str, Series]
"""By SeriesInstanceUID, grouped by study."""
OverlayRecords: TypeAlias = GroupedRecords[str, tuple[Stamp, Overlay | None]]
"""By SeriesInstanceUID, each a group of its own."""
GradeRecords: TypeAlias = GroupedRecords[GradeKey, tuple[Grade, ...]]
"""The history of each key, grouped by study."""
PredictionRecords: TypeAlias = GroupedRecords[str, Prediction]
"""By id, grouped by study."""


def series_records(packed: Packed[str, Series] | None = None) -> SeriesRecords:
    """The series of a project."""
    return GroupedRecords(packed, told_by_record=lambda series: series.study_uid)


def overlay_records(
    packed: Packed[str, tuple[Stamp, Overlay | None]] | None = None,
) -> OverlayRecords:
    """The overlays of a project; one that was removed is kept as None."""
    return GroupedRecords(packed, told_by_key=lambda series_uid: series_uid)


def grade_records(packed: Packed[GradeKey, tuple[Grade, ...]] | None = None) -> GradeRecords:
    """The grades of a project."""
    return GroupedRecords(packed, told_by_key=lambda key: key.study_uid)


def prediction_records(packed: Packed[str, Prediction] | None = None) -> PredictionRecords:
    """The predictions of a project."""
    return GroupedRecords(packed, told_by_record=lambda prediction: prediction.study_uid)
