"""Simulated people that nothing was learnt from, in stacks that end anywhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.detector.matching import TrueBody
from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import FloatArray, VolumeGeometry
from spinegrader.domain.study import Plane
from spinegrader.imaging.volume import Volume
from spinegrader.simulate.painting.scene import Structure
from spinegrader.simulate.person.draw import draw_person
from spinegrader.simulate.person.shapes import Person, Variant
from spinegrader.simulate.scanner.config import AcquisitionConfig
from spinegrader.simulate.visit import SimulatedVisit, simulate_visit

_SEED = 90210
"""Other people than those of the training material, which has another seed."""

_ROWS = (1024, 768, 512, 384, 320, 256)
"""Over the field of view of 280 mm or so: pixels of 0.3 to 1.2 mm."""

_OFTEN_MM, _WHOLE_MM = 40.0, 2.0
FIELDS = ("whole", "no sacrum", "short")
_OTHER = (Variant.T13, Variant.L6, Variant.FOUR_LUMBAR, Variant.LUMBARISED, Variant.SACRALISED)


@dataclass(frozen=True, eq=False)
class SimulatedStack:
    """One series of a simulated person.

    Args:
        patient: Whose it is.
        group: ``usual`` or ``other counts``: transitional people and those of other numbers.
        sequence: T2, T1 or STIR.
        field: Of ``FIELDS``.
        cobb: Whether the spine is bent aside by more than 10 mm.
        volume: In reading orientation.
        truth: Its bodies.
        discs: By number of the body above, the disc's pixels, and the level.
    """

    patient: str
    group: str
    sequence: str
    field: str
    cobb: bool
    volume: Volume
    truth: tuple[TrueBody, ...]
    discs: tuple[npt.NDArray[np.bool_], ...]


def simulated_stacks(usual: int, other: int) -> Iterator[SimulatedStack]:
    """Stacks of some usual people, and of as many of each other kind; three for each person."""
    kinds = [Variant.USUAL] * usual + [kind for kind in _OTHER for _ in range(other)]
    for number, kind in enumerate(kinds, start=1):
        rng = np.random.default_rng([_SEED, number])
        person = draw_person(number, rng, kind)
        config = AcquisitionConfig(
            rows=_ROWS[number % len(_ROWS)],
            samples_per_slice=1,
            slices=int(rng.integers(11, 17)),
            sequences=("T2", "T1", "STIR"),
        )
        visit = simulate_visit(person, float(rng.uniform(20, 90)), rng, config)
        yield from _stacks_of(visit, person, number, rng)


def _stacks_of(
    visit: SimulatedVisit, person: Person, number: int, rng: np.random.Generator
) -> Iterator[SimulatedStack]:
    group = "usual" if person.variant is Variant.USUAL else "other counts"
    bow_mm = float(
        np.ptp(np.concatenate([visit.spine.corners_mm(b) for b in visit.spine.bodies])[:, 0])
    )
    for turn, stack in enumerate(visit.stacks):
        field = FIELDS[(number + turn) % len(FIELDS)]
        first, last = _rows(visit, field, rng)
        volume = _cropped(Volume(stack.pixels, visit.geometry), first, last)
        if (number + turn) % 2:
            volume = _flipped(volume)
        read = volume.in_reading_orientation(Plane.SAGITTAL)
        labels = visit.labels[:, first:last]
        discs = tuple(
            labels == label
            for label in np.unique(labels[labels >= Structure.FIRST_DISC])
            if np.count_nonzero(labels == label) > 40
        )
        truth = tuple(_truth(visit, first, last - first))
        yield SimulatedStack(
            str(number), group, stack.sequence.weighting, field, bow_mm > 25.0, read, truth, discs
        )


def _rows(visit: SimulatedVisit, field: str, rng: np.random.Generator) -> tuple[int, int]:
    """First and last row that are left: all, above S1, or some four bodies in the middle."""
    rows = visit.labels.shape[1]
    if field == "whole":
        return 0, rows
    lumbar = _middles(visit)
    end = int((lumbar[-1] + lumbar[-2]) / 2 + rng.uniform(-0.2, 0.4) * (lumbar[-1] - lumbar[-2]))
    start = (
        0
        if field == "no sacrum"
        else max(int(lumbar[0] - rng.uniform(0.2, 1.2) * (lumbar[1] - lumbar[0])), 0)
    )
    return start, min(max(end, start + 64), rows) if field == "no sacrum" else rows


def _middles(visit: SimulatedVisit) -> FloatArray:
    """Rows of the middles of the lumbar bodies and S1."""
    last = visit.spine.person.first_sacral
    return np.asarray([_quad(visit, index)[:, 1].mean() for index in range(last - 4, last + 1)])


def _quad(visit: SimulatedVisit, index: int) -> FloatArray:
    """Columns and rows of a body's corners, shape (4, 2)."""
    places = visit.spine.corners_mm(visit.spine.bodies[index])
    to_patient = visit.setup.to_patient
    return visit.geometry.to_index(places @ to_patient[:3, :3].T + to_patient[:3, 3])[:, :2]


def _truth(visit: SimulatedVisit, first: int, rows: int) -> Iterator[TrueBody]:
    columns = visit.labels.shape[2]
    column_mm, row_mm, _ = visit.geometry.spacing_mm
    for index, body in enumerate(visit.spine.bodies):
        quad = _quad(visit, index) - (0, first)
        inside = np.all((quad >= 0) & (quad <= (columns - 1, rows - 1)), axis=1)
        if not inside.any():
            continue
        level = body.shape.level
        # Below S1 nothing is asked for: S2 is a help in counting only.
        asked = inside.all() and level not in (None, VertebraLevel.S2)
        yield TrueBody(level, quad * (column_mm, row_mm), bool(asked))


def _cropped(volume: Volume, first: int, last: int) -> Volume:
    matrix = volume.geometry.matrix.copy()
    matrix[:3, 3] = volume.geometry.to_mm([[0, first, 0]])[0]
    pixels = volume.pixels[:, first:last]
    return Volume(pixels, VolumeGeometry.from_matrix(matrix, pixels.shape))


def _flipped(volume: Volume) -> Volume:
    """The same, its rows and columns stored the other way round."""
    _, rows, columns = volume.geometry.shape
    change: npt.NDArray[Any] = np.diag([-1.0, -1.0, 1.0, 1.0])
    change[0, 3], change[1, 3] = columns - 1, rows - 1
    matrix = volume.geometry.matrix @ change
    pixels = volume.pixels[:, ::-1, ::-1]
    return Volume(pixels, VolumeGeometry.from_matrix(matrix, pixels.shape))
