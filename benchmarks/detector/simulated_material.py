"""Material for the detector from simulated visits, whose truth is exact.

Run as ``python -m benchmarks.detector.simulated_material OUT [PEOPLE]``; writes
OUT/sim/PERSON_SEQUENCE.npz one after the other, so that training may begin with the first.
"""

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.detector.material_format import (
    BACKGROUND,
    BODY,
    CANAL,
    DISC,
    About,
    Material,
    UnsignedArray,
    as_images,
    as_masks,
)
from benchmarks.detector.split import Part
from spinegrader.domain.anatomy import REGULAR_LEVELS, VertebraLevel
from spinegrader.domain.geometry import FloatArray
from spinegrader.simulate.painting.scene import Structure
from spinegrader.simulate.plan import CohortPlan, PlannedVisit, patient_id
from spinegrader.simulate.scanner.config import AcquisitionConfig
from spinegrader.simulate.visit import SimulatedVisit, simulate_visit

_PEOPLE = 350
_SEED = 4711
_AGES = (18.0, 90.0)
_VALIDATION = 0.12
_ASIDE_MM, _BESIDE_MM = (8.0, 12.0), 20.0
"""Off the midline: where bodies are cut aside, and where their sides and pedicles end."""

_FIRST_SACRAL = REGULAR_LEVELS.index(VertebraLevel.S1)
_CONFIG = AcquisitionConfig(sequences=("T2", "T1", "STIR"))


def visit_of(planned: PlannedVisit, rng: np.random.Generator) -> SimulatedVisit:
    """A planned visit at an age of its own: the older half of adults comes more often."""
    low, high = _AGES
    age_years = low + (high - low) * float(rng.beta(2.2, 1.6))
    return simulate_visit(planned.person(), age_years, planned.rng(), _CONFIG)


def chosen_slices(offsets_mm: FloatArray, side: int, rng: np.random.Generator) -> tuple[int, ...]:
    """Numbers of four slices: two nearest the midline, one aside, one beside the bodies.

    Args:
        offsets_mm: Of each slice from the midline, shape (slices,).
        side: Where the one aside lies, -1 or 1; the one beside the bodies lies opposite.
        rng: Draws how far aside.
    """
    middle = np.argsort(np.abs(offsets_mm), kind="stable")[:2]
    aside = np.argsort(np.abs(offsets_mm - side * rng.uniform(*_ASIDE_MM)))
    lateral = -side * offsets_mm
    beside = np.flatnonzero(lateral >= _BESIDE_MM)
    beside = beside if beside.size else np.asarray([lateral.argmax()])
    chosen = [*middle.tolist(), int(rng.choice(beside))]
    chosen.append(next(int(item) for item in aside if item not in chosen))
    return tuple(sorted(set(chosen)))


def masks_of(labels: npt.NDArray[np.uint8]) -> UnsignedArray:
    """Structures of the simulation as masks; posterior parts are background."""
    masks = np.full(labels.shape, BACKGROUND, dtype=np.uint8)
    masks[(labels >= Structure.FIRST_BODY) & (labels < Structure.FIRST_DISC)] = BODY
    masks[labels >= Structure.FIRST_DISC] = DISC
    masks[(labels == Structure.SAC) | (labels == Structure.CORD)] = CANAL
    return masks


def class_of(index: int, first_sacral: int) -> int | None:
    """The class of a body as counted up from the sacrum; None below S2.

    Args:
        index: Of the body, from the head.
        first_sacral: Index of S1.
    """
    found = _FIRST_SACRAL + index - first_sacral
    return max(found, 0) if found < len(REGULAR_LEVELS) else None


def bodies_of(
    visit: SimulatedVisit, slices: tuple[int, ...]
) -> tuple[FloatArray, list[int], list[str]]:
    """Corners of the bodies in the chosen slices, their classes and their true names.

    Bodies count whose centre is in view; those without a name above T9 only if wholly so.

    Returns:
        Corners in millimetres in the slice, shape (slices, bodies, 4, 2), NaN in slices whose
        plane misses the body's middle.
    """
    rows, columns = visit.labels.shape[1:]
    to_patient = visit.setup.to_patient
    corners: list[FloatArray] = []
    classes, names = [], []
    for index, body in enumerate(visit.spine.bodies):
        kind = class_of(index, visit.spine.person.first_sacral)
        if kind is None:
            continue
        places = visit.spine.corners_mm(body) @ to_patient[:3, :3].T + to_patient[:3, 3]
        quad = visit.geometry.to_index(places)[:, :2]
        seen = quad if body.shape.level is None else quad.mean(axis=0, keepdims=True)
        if np.any(seen < 0) or np.any(seen > (columns - 1, rows - 1)):
            continue
        column, row = np.rint(quad.mean(axis=0)).astype(int)
        here = visit.labels[list(slices), row, column] == Structure.FIRST_BODY + index
        placed = quad * visit.geometry.spacing_mm[:2]
        corners.append(np.where(here[:, None, None], placed[None], np.nan))
        classes.append(kind)
        names.append(str(body.shape.level or "unnamed"))
    return np.stack(corners, axis=1), classes, names


def midline_offsets_mm(visit: SimulatedVisit) -> FloatArray:
    """How far each slice lies from the middle of the lumbar bodies, shape (slices,)."""
    spine = visit.spine
    first_sacral = spine.person.first_sacral
    lumbar = spine.bodies[first_sacral - 5 : first_sacral]
    places = np.concatenate([spine.corners_mm(body) for body in lumbar])
    to_patient = visit.setup.to_patient
    index = visit.geometry.to_index(places @ to_patient[:3, :3].T + to_patient[:3, 3])
    middle = float(index[:, 2].mean())
    return np.asarray((np.arange(len(visit.labels)) - middle) * visit.geometry.spacing_mm[2])


def materials_of(visit: SimulatedVisit, number: int, part: Part) -> list[Material]:
    """One for each sequence of a visit, each with slices of its own."""
    column_mm, row_mm, _ = visit.geometry.spacing_mm
    spacing_mm = (row_mm, column_mm)
    offsets_mm = midline_offsets_mm(visit)
    made = []
    for turn, stack in enumerate(visit.stacks):
        side = 1 if (number + turn) % 2 else -1
        slices = chosen_slices(offsets_mm, side, np.random.default_rng([_SEED, number, turn]))
        corners, classes, names = bodies_of(visit, slices)
        about = About("sim", patient_id(number), part, stack.sequence.weighting, tuple(names))
        made.append(
            Material(
                as_images(stack.pixels[list(slices)], spacing_mm),
                as_masks(masks_of(visit.labels[list(slices)]), spacing_mm),
                corners.astype(np.float32),
                np.asarray(classes, dtype=np.int8),
                about,
            )
        )
    return made


def main() -> None:
    """Writes one file for each sequence of each visit."""
    out = Path(sys.argv[1]) / "sim"
    out.mkdir(parents=True, exist_ok=True)
    people = int(sys.argv[2]) if len(sys.argv) > 2 else _PEOPLE
    for planned in CohortPlan(people, 0, _SEED).visits():
        rng = np.random.default_rng([_SEED, planned.number])
        part: Part = "validation" if rng.random() < _VALIDATION else "train"
        for material in materials_of(visit_of(planned, rng), planned.number, part):
            material.save(out / f"{planned.number:04d}_{material.about.sequence}.npz")
        if planned.number % 20 == 0:
            print(planned.number, flush=True)


if __name__ == "__main__":
    main()
