"""The other sagittal series of a visit, with the vertebrae that a reader confirmed in it.

Two series of one visit are a stand-in for a follow-up where an archive has few.
"""

import hashlib
from collections.abc import Iterator

import numpy as np

from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.overlays import Overlay, OverlayState
from spinegrader.domain.planes import are_parallel
from spinegrader.domain.study import Series
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.services.session import Session

LEAST_BODIES = 2
"""With fewer there is no neighbour whose marrow sets the intensity."""

_SAME_PLANE_DEGREES = 1.0
"""Series of one visit are planned together: more tilt tells that the person or the plan moved."""


def other_bodies(
    session: Session, series: Series, overlay: Overlay
) -> Iterator[tuple[Series, tuple[Vertebra, ...]]]:
    """The other sagittal series of a visit that can be cut as well, with their bodies.

    A series with confirmed vertebrae of its own goes by those. Another one goes by those of the
    graded series at the same places in the patient. Whether both were taken in one frame isn't
    kept, so that geometry decides: the slices must be parallel, and the bodies lie within them.
    A series with a slice of the graded one is a copy and left out.

    Args:
        session: The open project.
        series: The series that the visit is graded on.
        overlay: What a reader confirmed on it.
    """
    slices = {item for item in series.slice_hashes if item}
    for other in session.state.series_of(series.study_uid):
        if other.uid == series.uid or not other.is_sagittal:
            continue
        if not slices.isdisjoint(other.slice_hashes):
            continue
        own = session.state.overlay(other.uid)
        if own is not None and own.state is OverlayState.CONFIRMED:
            found = own.vertebrae
        else:
            found = _within(series.geometry, other.geometry, overlay.vertebrae)
        if len(found) >= LEAST_BODIES:
            yield other, found


def other_series(
    session: Session, series: Series, overlay: Overlay
) -> Iterator[tuple[Series, Overlay]]:
    """As :func:`other_bodies`, with an overlay for each series."""
    for other, bodies in other_bodies(session, series, overlay):
        yield other, Overlay(other.uid, bodies, OverlayState.CONFIRMED, overlay.author)


def scanner_token(project_id: str, series: Series) -> str:
    """A name for the scanner's make that tells nothing outside this project; empty if unknown.

    Maker, model and field strength: which one of that make it was isn't kept.
    """
    if not series.manufacturer:
        return ""
    strength = "" if series.field_strength_t is None else f"{series.field_strength_t:.1f}"
    text = f"{project_id}/{series.manufacturer.casefold()}/{strength}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _within(
    drawn_on: VolumeGeometry, other: VolumeGeometry, bodies: tuple[Vertebra, ...]
) -> tuple[Vertebra, ...]:
    """The bodies whose corners all lie within the pixels of a parallel stack."""
    if not are_parallel(drawn_on, other, _SAME_PLANE_DEGREES):
        return ()
    places = other.to_index([body.corners_mm for body in bodies])
    most = np.asarray(other.shape[::-1]) - 0.5
    inside = np.all((places >= -0.5) & (places <= most), axis=(1, 2))
    return tuple(body for body, is_inside in zip(bodies, inside, strict=True) if is_inside)
