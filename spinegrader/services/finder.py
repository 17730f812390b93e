"""From the pixels of a series to vertebrae that are proposed: the detector that comes along."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.numbering import (
    Absence,
    CountingBasis,
    Doubt,
    MissingLevel,
    Numbering,
    Reach,
)
from spinegrader.domain.overlays import Overlay, OverlayState
from spinegrader.domain.vertebrae import Disc
from spinegrader.errors import InvalidEditError
from spinegrader.imaging.volume import Volume
from spinegrader.services.detectors import shipped_detector

if TYPE_CHECKING:
    from spinegrader.imaging.detection.finding import SpineFinding
    from spinegrader.model.detector.detect import Detector
    from spinegrader.model.detector.weights import DetectorWeights

DETECTOR = "detector"
"""The author of overlays that no reader has touched since they were found."""

_MOST_SLICES = 19
"""A look at more takes longer and tells little: the spine lies in the middle ones."""

Finder = Callable[[Volume], "SpineFinding"]


def load_finder(weights: "DetectorWeights | None" = None) -> Finder:
    """A detector, ready to look at one volume after the other.

    Args:
        weights: The detector's; of the one that comes with the program where left out.

    Raises:
        TrainingError: If its weights are missing or damaged.
    """
    from spinegrader.model.detector.detect import Detector

    detector = Detector(weights or shipped_detector())
    return lambda volume: spine_of(volume, detector)


def spine_of(volume: Volume, detector: "Detector") -> "SpineFinding":
    """The spine on a sagittal volume in reading orientation."""
    from spinegrader.imaging.detection.finding import find_spine
    from spinegrader.imaging.detection.maps import SliceMaps, slice_inputs, view_mm

    slices = _slices_to_look_at(volume.geometry.shape[0])
    seen = detector.look(slice_inputs(volume, slices))
    maps = SliceMaps(
        slices, seen.masks, seen.centre, seen.corners, seen.levels, view_mm(volume.geometry)
    )
    return find_spine(maps, volume.geometry)


def _slices_to_look_at(count: int) -> tuple[int, ...]:
    """All of a usual stack; of one with thin slices as many, evenly spread."""
    if count <= _MOST_SLICES:
        return tuple(range(count))
    return tuple(int(place) for place in np.linspace(0, count - 1, _MOST_SLICES).round())


def found_overlay(series_uid: str, finding: "SpineFinding") -> Overlay | None:
    """What was found on a series, as proposed; None where there are no vertebrae."""
    if not finding.vertebrae:
        return None
    basis = CountingBasis.SACRUM if finding.sacrum_in_view else CountingBasis.NOT_STATED
    gone = sorted(finding.absent, key=lambda level: level.position)
    bare = Overlay(
        series_uid,
        finding.vertebrae,
        OverlayState.PROPOSED,
        DETECTOR,
        missing=tuple(MissingLevel(level, Absence.ABSENT) for level in gone),
        numbering=Numbering(basis),
    )
    outlines = tuple(
        Disc(disc.level, disc.outline_mm, is_found=True)
        for disc in finding.discs
        if disc.level in bare.spaces
    )
    doubt = None
    if not finding.is_numbering_sure:
        doubt = doubt_of(bare, finding.alternatives[0].levels if finding.alternatives else ())
    return replace(bare, edited_discs=outlines, numbering=Numbering(basis, doubt=doubt))


def doubt_of(overlay: Overlay, names: Sequence[VertebraLevel | None]) -> Doubt:
    """The other count as one vertebra's other name, L5's where that tells it.

    Args:
        overlay: As it is proposed.
        names: What its vertebrae would be called by the other count, head to feet; None where
            there is no name.
    """
    named = [name for name in names if name is not None]
    levels = [item.level for item in overlay.vertebrae]
    pairs = sorted(
        zip(levels, names, strict=False),
        key=lambda pair: (pair[0] is not VertebraLevel.L5, -pair[0].position),
    )
    for level, could_be in pairs:
        if could_be is None:
            continue
        for reach in (Reach.ALL, Reach.ABOVE, Reach.BELOW):
            doubt = Doubt(level, could_be, reach)
            if could_be is not level and _counted_by(overlay, doubt) == named:
                return doubt
    return Doubt()


def _counted_by(overlay: Overlay, doubt: Doubt) -> list[VertebraLevel] | None:
    numbering = replace(overlay.numbering, doubt=doubt)
    try:
        other = replace(overlay, numbering=numbering).with_other_count()
    except InvalidEditError:
        return None
    return [item.level for item in other.vertebrae]
