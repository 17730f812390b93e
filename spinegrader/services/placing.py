"""Adding single vertebrae to a series, by two clicks each, and which name fits a place."""

import numpy as np

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.edits import Changes
from spinegrader.domain.geometry import FloatArray, Point, VolumeGeometry, as_point, unit
from spinegrader.domain.numbering import Absence
from spinegrader.domain.overlays import Overlay, OverlayState
from spinegrader.domain.vertebrae import Vertebra, vertebra_axes
from spinegrader.errors import InvalidEditError
from spinegrader.imaging.morphometry import PRIORS, BodyPrior
from spinegrader.services.annotating import change
from spinegrader.services.session import Session

_LOWEST_MM = 5.0
"""Two clicks nearer to each other are no body: one was meant for something else."""

_LEFT = (1.0, 0.0, 0.0)


def add_vertebra(
    session: Session,
    series_uid: str,
    level: VertebraLevel,
    upper_endplate_centre: Point,
    lower_endplate_centre: Point,
    geometry: VolumeGeometry,
) -> Changes:
    """Adds one vertebra to a series, with or without others on it.

    The body stands upright on the line between the two places, within the slice. Its depth is the
    usual one of its level for a patient of this size: as deep as the drawn neighbours are, each
    beside the usual depth of its own level; else as deep as it is high (``morphometry``).

    Args:
        session: The open project.
        series_uid: The series.
        level: Its name; ``fitting_level`` proposes one.
        upper_endplate_centre: Middle of its upper endplate, LPS millimetres.
        lower_endplate_centre: Middle of its lower one.
        geometry: The sagittal stack that was clicked on.

    Raises:
        InvalidEditError: If the level is drawn already, would stand in the wrong order, or the
            places are too close to each other.
    """
    overlay = session.seen.overlay(series_uid)
    if overlay is None:
        overlay = Overlay(series_uid, (), OverlayState.PROPOSED, session.reader)
    if overlay.vertebra(level) is not None:
        raise InvalidEditError(f"{level} is on this series already: choose another name.")
    places = np.asarray((upper_endplate_centre, lower_endplate_centre))
    vertebra = _upright(overlay, level, places, geometry)
    _check_order(overlay, vertebra)
    return change(session, overlay.with_vertebra(vertebra), f"Add {level}")


def fitting_level(overlay: Overlay, centre_mm: Point) -> VertebraLevel | None:
    """The free level that fits a place by how the others stand.

    Levels that a reader has marked as absent are passed over; T13 and L6 are proposed only where
    no regular level is free between two vertebrae.

    Args:
        overlay: The others.
        centre_mm: Middle of the body, LPS millimetres.

    Returns:
        None where there is nothing to count from, or no level left.
    """
    vertebrae = overlay.vertebrae
    if not vertebrae:
        return None
    centre = np.asarray(centre_mm)
    distances = [float(np.linalg.norm(item.centre_mm - centre)) for item in vertebrae]
    nearest = int(np.argmin(distances))
    below_it = _footward_mm(vertebrae[nearest], centre) > 0
    place = nearest + 1 if below_it else nearest
    above = vertebrae[place - 1] if place > 0 else None
    below = vertebrae[place] if place < len(vertebrae) else None
    free = _free_levels(overlay, above, below)
    if not free:
        return None
    if above is not None and below is not None:
        to_above, to_below = distances[place - 1], distances[place]
        share = to_above / (to_above + to_below)
        steps = round(share * (len(free) + 1))
    else:
        free = free if below is None else free[::-1]
        steps = round(distances[nearest] / _pitch_mm(vertebrae, nearest))
    # One that lies further out than there are levels has no name.
    is_beyond = steps > len(free) and (above is None or below is None)
    return None if is_beyond else free[min(max(steps, 1), len(free)) - 1]


def _free_levels(
    overlay: Overlay, above: Vertebra | None, below: Vertebra | None
) -> list[VertebraLevel]:
    """From head to feet, those that may stand between two vertebrae."""
    first = -1 if above is None else above.level.position
    last = len(VertebraLevel) if below is None else below.level.position
    between = [
        level
        for level in VertebraLevel
        if first < level.position < last and overlay.absence_of(level) is not Absence.ABSENT
    ]
    regular = [level for level in between if not level.is_transitional]
    return between if above is not None and below is not None and not regular else regular


def _pitch_mm(vertebrae: tuple[Vertebra, ...], index: int) -> float:
    """From one vertebra to its neighbour: measured, or the usual of a body of its height."""
    near = [vertebrae[other] for other in (index - 1, index + 1) if 0 <= other < len(vertebrae)]
    own = vertebrae[index]
    measured = [
        float(np.linalg.norm(item.centre_mm - own.centre_mm))
        / abs(item.level.position - own.level.position)
        for item in near
    ]
    prior = PRIORS[own.level]
    usual = own.height_mm * (prior.height_mm + prior.disc_below_mm) / prior.height_mm
    return float(np.mean(measured)) if measured else usual


def _footward_mm(vertebra: Vertebra, place: FloatArray) -> float:
    """How far a place lies towards the feet of a body's centre, along the body."""
    return float((place - vertebra.centre_mm) @ vertebra_axes(vertebra)[1])


def _upright(
    overlay: Overlay, level: VertebraLevel, places: FloatArray, geometry: VolumeGeometry
) -> Vertebra:
    normal = geometry.slice_normal
    step = places[1] - places[0]
    step = step - (step @ normal) * normal
    height_mm = float(np.linalg.norm(step))
    if height_mm < _LOWEST_MM:
        raise InvalidEditError(
            "The two places are too close: click the middle of the upper endplate, then that of "
            "the lower one."
        )
    left = normal if normal @ np.asarray(_LEFT) > 0 else -normal
    # Right however far the body is tilted, unlike the patient's own back and front.
    backward = unit(np.cross(left, step))
    prior = PRIORS[level]
    size = _size(overlay, level, height_mm)
    upper = backward * size * prior.upper_depth_mm / 2
    lower = backward * size * prior.lower_depth_mm / 2
    corners = (places[0] - upper, places[0] + upper, places[1] + lower, places[1] - lower)
    first, second, third, fourth = (as_point(corner) for corner in corners)
    return Vertebra(level, (first, second, third, fourth))


def _size(overlay: Overlay, level: VertebraLevel, height_mm: float) -> float:
    """How much larger than usual the patient's vertebrae are around a level."""
    above = [item for item in overlay.vertebrae if item.level.position < level.position][-1:]
    below = [item for item in overlay.vertebrae if item.level.position > level.position][:1]
    near = [item.depth_mm / _depth_mm(PRIORS[item.level]) for item in (*above, *below)]
    return float(np.mean(near)) if near else height_mm / PRIORS[level].height_mm


def _depth_mm(prior: BodyPrior) -> float:
    return (prior.upper_depth_mm + prior.lower_depth_mm) / 2


def _check_order(overlay: Overlay, vertebra: Vertebra) -> None:
    for other in overlay.vertebrae:
        is_below = _footward_mm(other, vertebra.centre_mm) > 0
        if is_below != (vertebra.level.position > other.level.position):
            where = "below" if is_below else "above"
            raise InvalidEditError(
                f"{vertebra.level} would stand {where} {other.level}: choose the name that fits, "
                "or rename the others first."
            )
