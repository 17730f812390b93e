"""Simulated discs with one sort of defect whose place is known: painted with it and without.

Anatomy, posture, scanner and noise of a visit come from the same random numbers both times, so that
the two images differ where the defect is, and nowhere else but for the receiver's scaling.
"""

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from spinegrader.domain.anatomy import STANDARD_DISCS, DiscLevel
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.study import Plane
from spinegrader.errors import InputError
from spinegrader.imaging.crop_places import disc_place
from spinegrader.imaging.crops import Shape, disc_volume
from spinegrader.imaging.volume import Volume
from spinegrader.simulate.ageing.grades import DEFECT_BOUND_MM
from spinegrader.simulate.ageing.states import DiscState, EndplateState, Herniation, HerniationKind
from spinegrader.simulate.person.spine import Spine
from spinegrader.simulate.plan import PlannedVisit
from spinegrader.simulate.scanner.config import AcquisitionConfig
from spinegrader.simulate.visit import SimulatedVisit, image_spine, place_for_visit

DILATION_MM = 3.0
"""How far beside a defect a map's maximum may lie."""

_VISIBLE = 0.04
"""Least difference, of the crop's values, that counts as the defect."""

_SHARE_OF_HIGHEST = 0.25
"""Least difference as a share of the greatest one."""


@dataclass(frozen=True)
class Defect:
    """A sort of defect.

    Args:
        grading: Whose grade it decides.
        is_there: Whether a disc has it.
        healed: The disc without it.
    """

    grading: str
    is_there: Callable[[DiscState], bool]
    healed: Callable[[DiscState], DiscState]


def _smooth(plate: EndplateState) -> EndplateState:
    return replace(plate, defect_mm=0.0)


DEFECTS = (
    Defect(
        "endplate_upper",
        lambda state: state.upper.defect_mm >= DEFECT_BOUND_MM,
        lambda state: replace(state, upper=_smooth(state.upper)),
    ),
    Defect(
        "endplate_lower",
        lambda state: state.lower.defect_mm >= DEFECT_BOUND_MM,
        lambda state: replace(state, lower=_smooth(state.lower)),
    ),
    Defect(
        "herniation",
        lambda state: state.herniation.kind >= HerniationKind.PROTRUSION,
        lambda state: replace(state, herniation=Herniation(HerniationKind.NONE)),
    ),
)


@dataclass(frozen=True, eq=False)
class Case:
    """A disc with a defect.

    Args:
        grading: Whose grade the defect decides.
        volume: (slices, rows, columns) in [0, 1].
        sound: The same disc without the defect; likewise.
        place: Where the defect is or up to 3 mm beside it; likewise.
    """

    grading: str
    volume: NDArray[np.float32]
    sound: NDArray[np.float32]
    place: NDArray[np.bool_]


def cases_of(planned: PlannedVisit, config: AcquisitionConfig, shape: Shape) -> Iterator[Case]:
    """The discs of a visit that have a defect which can be seen.

    Args:
        planned: Who comes when.
        config: Of the acquisition; its first sequence is looked at.
        shape: Of the discs' volumes.
    """
    rng = planned.rng()
    spine = place_for_visit(planned.person(), planned.age_years, rng)
    made: SimulatedVisit | None = None
    for defect in DEFECTS:
        ill = [
            disc.level
            for disc in spine.discs
            if disc.level in STANDARD_DISCS and defect.is_there(disc.state)
        ]
        if not ill:
            continue
        made = made or image_spine(spine, copy.deepcopy(rng), config)
        sound = image_spine(healed(spine, [defect]), copy.deepcopy(rng), config)
        for level in ill:
            case = _case(defect.grading, made, sound, level, shape)
            if case is not None:
                yield case


def healed(spine: Spine, defects: Sequence[Defect]) -> Spine:
    """The spine without such defects, at the same place."""
    discs = list(spine.discs)
    for defect in defects:
        discs = [
            replace(disc, state=defect.healed(disc.state)) if defect.is_there(disc.state) else disc
            for disc in discs
        ]
    return replace(spine, discs=tuple(discs))


def stack_of(visit: SimulatedVisit) -> Volume:
    """The first stack of a visit, as discs are cut from it."""
    return Volume(visit.stacks[0].pixels, visit.geometry).in_reading_orientation(Plane.SAGITTAL)


def _case(
    grading: str, made: SimulatedVisit, sound: SimulatedVisit, level: DiscLevel, shape: Shape
) -> Case | None:
    overlay = Overlay("", made.placed)
    with_, without = stack_of(made), stack_of(sound)
    try:
        volume, other = (disc_volume(item, overlay, level, shape) for item in (with_, without))
        place = disc_place(with_.geometry, overlay, level, shape)
    except InputError:
        return None
    gap = np.abs(volume - other)
    seen = gap >= max(_VISIBLE, _SHARE_OF_HIGHEST * float(gap.max()))
    if not seen.any():
        return None
    distance = distance_transform_edt(~seen, sampling=place.spacing_mm)
    return Case(grading, volume, other, np.asarray(distance <= DILATION_MM))
