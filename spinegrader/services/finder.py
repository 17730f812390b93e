"""From the pixels of a series to vertebrae that are proposed: the detector that comes along."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from spinegrader.domain.anatomy import VertebraLevel, skipped_between
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

if TYPE_CHECKING:
    from spinegrader.imaging.detection.finding import SpineFinding

DETECTOR = "detector"
"""The author of overlays that no reader has touched since they were found."""

Finder = Callable[[Volume], "SpineFinding"]


def load_finder() -> Finder:
    """The detector, ready to look at one volume after the other.

    Raises:
        SpineGraderError: If its weights are missing or damaged.
    """
    from spinegrader.imaging.detection.finding import find_spine
    from spinegrader.imaging.detection.maps import SliceMaps, slice_inputs
    from spinegrader.model.detect import Detector

    detector = Detector.load()

    def find(volume: Volume) -> "SpineFinding":
        slices = tuple(range(volume.geometry.shape[0]))
        maps = SliceMaps(slices=slices, **detector.maps(slice_inputs(volume, slices)))
        return find_spine(maps, volume.geometry)

    return find


def found_overlay(series_uid: str, finding: "SpineFinding") -> Overlay | None:
    """What was found on a series, as proposed; None where there are no vertebrae."""
    if not finding.vertebrae:
        return None
    basis = CountingBasis.SACRUM if finding.sacrum_in_view else CountingBasis.NOT_STATED
    levels = [item.level for item in finding.vertebrae]
    # What was found stands in a row without gaps: a name that is left out is nobody's.
    absent = tuple(
        MissingLevel(level, Absence.ABSENT)
        for upper, lower in pairwise(levels)
        for level in skipped_between(upper, lower)
    )
    bare = Overlay(
        series_uid,
        finding.vertebrae,
        OverlayState.PROPOSED,
        DETECTOR,
        missing=absent,
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


def doubt_of(overlay: Overlay, names: Sequence[VertebraLevel]) -> Doubt:
    """The other count as one vertebra's other name, L5's where that tells it.

    Args:
        overlay: As it is proposed.
        names: What its vertebrae would be called by the other count, head to feet.
    """
    levels = [item.level for item in overlay.vertebrae]
    pairs = sorted(
        zip(levels, names, strict=False),
        key=lambda pair: (pair[0] is not VertebraLevel.L5, -pair[0].position),
    )
    for level, could_be in pairs:
        for reach in (Reach.ALL, Reach.ABOVE, Reach.BELOW):
            doubt = Doubt(level, could_be, reach)
            if level is not could_be and _counted_by(overlay, doubt) == [*names]:
                return doubt
    return Doubt()


def _counted_by(overlay: Overlay, doubt: Doubt) -> list[VertebraLevel] | None:
    numbering = replace(overlay.numbering, doubt=doubt)
    try:
        other = replace(overlay, numbering=numbering).with_other_count()
    except InvalidEditError:
        return None
    return [item.level for item in other.vertebrae]
