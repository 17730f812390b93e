"""Discs to learn defects from: all twice, with their defects and without, all else alike.

A network for all gradings of a cohort takes herniations and endplate defects from what comes with
them, narrow and dark discs. Here nothing comes with them, so that only the defect tells the grade.
"""

import copy
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.method.evidence_cases import DEFECTS, healed, stack_of
from spinegrader.domain.anatomy import STANDARD_DISCS, DiscLevel
from spinegrader.domain.overlays import Overlay
from spinegrader.errors import InputError
from spinegrader.imaging.crops import Shape, disc_volume
from spinegrader.model.data import GradingData
from spinegrader.model.splits import Part
from spinegrader.simulate.ageing.grades import DEFECT_BOUND_MM
from spinegrader.simulate.ageing.states import BULGE_BOUND_MM, DiscState, HerniationKind
from spinegrader.simulate.plan import CohortPlan, PlannedVisit
from spinegrader.simulate.scanner.config import AcquisitionConfig
from spinegrader.simulate.visit import SimulatedVisit, image_spine, place_for_visit
from spinegrader.simulate.workers import results_in_order

GRADINGS = ("endplate_upper", "endplate_lower", "herniation")
_CLASSES = {"endplate_upper": 2, "endplate_lower": 2, "herniation": 3}
_VOLUMES, _INDEX = "discs.npy", "discs.json"


@dataclass(frozen=True, eq=False)
class GradedDiscs:
    """Discs of one person.

    Args:
        number: Of the person.
        volumes: (discs, slices, rows, columns), float16 in [0, 1].
        labels: (discs, 3), true classes of :data:`GRADINGS`.
    """

    number: int
    volumes: NDArray[np.float16]
    labels: NDArray[np.int64]


def write_discs(folder: Path, plan: CohortPlan, shape: Shape, processes: int) -> None:
    """Simulates everybody of a cohort who has a defect, with it and without."""
    work = partial(discs_of, config=AcquisitionConfig(sequences=("T2",)), shape=shape)
    write_found(folder, [*results_in_order(work, plan.visits(), processes, lambda: False)])


def write_found(folder: Path, found: Sequence[GradedDiscs]) -> None:
    """Keeps discs, the index last."""
    people = [item.number for item in found for _ in item.labels]
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / _VOLUMES, np.concatenate([item.volumes for item in found]))
    labels = np.concatenate([item.labels for item in found]).tolist()
    (folder / _INDEX).write_text(json.dumps({"people": people, "labels": labels}))


def read_discs(folder: Path, plan: CohortPlan) -> tuple[GradingData, Mapping[str, Part]]:
    """What was written, with everybody's part."""
    index = json.loads((folder / _INDEX).read_text())
    labels = np.array(index["labels"], np.int64)
    subjects = tuple(str(number) for number in index["people"])
    data = GradingData(
        volumes=np.load(folder / _VOLUMES, allow_pickle=False),
        subjects=subjects,
        labels={name: labels[:, place] for place, name in enumerate(GRADINGS)},
        class_values={name: tuple(range(_CLASSES[name])) for name in GRADINGS},
        ordinal=dict.fromkeys(GRADINGS, True),
    )
    parts = {str(number): Part(part) for number, part in plan.parts().items()}
    return data, {name: parts[name] for name in dict.fromkeys(subjects)}


def are_written(folder: Path) -> bool:
    """Whether there are discs already: the index is written last."""
    return (folder / _INDEX).exists()


def discs_of(planned: PlannedVisit, config: AcquisitionConfig, shape: Shape) -> GradedDiscs:
    """The discs of a visit that have a defect, each with it and then without."""
    rng = planned.rng()
    spine = place_for_visit(planned.person(), planned.age_years, rng)
    volumes: list[NDArray[np.floating]] = []
    labels: list[tuple[int, ...]] = []
    if any(defect.is_there(disc.state) for disc in spine.discs for defect in DEFECTS):
        ill, sound = (
            _cut(image_spine(item, copy.deepcopy(rng), config), shape)
            for item in (spine, healed(spine, DEFECTS))
        )
        for level in sorted(ill.keys() & sound.keys()):
            pair = ill[level], sound[level]
            if pair[0][1] != pair[1][1]:
                volumes += [volume for volume, _ in pair]
                labels += [classes for _, classes in pair]
    return GradedDiscs(
        planned.number,
        np.array(volumes, np.float16).reshape(-1, *shape),
        np.array(labels, np.int64).reshape(-1, len(GRADINGS)),
    )


def _cut(
    visit: SimulatedVisit, shape: Shape
) -> dict[DiscLevel, tuple[NDArray[np.floating], tuple[int, ...]]]:
    """Volumes and classes of the discs that are wholly in the images."""
    overlay, stack = Overlay("", visit.placed), stack_of(visit)
    found: dict[DiscLevel, tuple[NDArray[np.floating], tuple[int, ...]]] = {}
    for disc in visit.spine.discs:
        if disc.level in STANDARD_DISCS:
            with suppress(InputError):
                volume = disc_volume(stack, overlay, disc.level, shape)
                found[disc.level] = volume, classes_of(disc.state)
    return found


def classes_of(state: DiscState) -> tuple[int, ...]:
    """True classes of :data:`GRADINGS`; more than a protrusion is rare, and counts as one."""
    plates = (int(plate.defect_mm >= DEFECT_BOUND_MM) for plate in (state.upper, state.lower))
    even = HerniationKind.BULGE if state.bulge_mm >= BULGE_BOUND_MM else HerniationKind.NONE
    kind = min(max(state.herniation.kind, even), HerniationKind.PROTRUSION)
    return (*plates, int(kind))
