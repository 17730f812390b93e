"""Simulated people as labelled mid-slices, to be measured as real ones are."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.simulated_material import CANAL, DISC, VERTEBRA, MidSlice, mid_slice
from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.errors import InputError
from spinegrader.simulate.ageing.grades import grades_of, latent_of
from spinegrader.simulate.ageing.readers import Reader, draw_readers
from spinegrader.simulate.painting.canal_shape import SpinalCanal
from spinegrader.simulate.painting.scene import Structure
from spinegrader.simulate.person.draw import draw_person
from spinegrader.simulate.person.spine import Spine
from spinegrader.simulate.scanner.config import AcquisitionConfig
from spinegrader.simulate.visit import SimulatedVisit, simulate_visit

_SEED = 20
_PERSON, _AGE, _VISIT = 1, 2, 3
_AGES_YEARS = (45.0, 84.0)
"""Those of the real patients that are compared, as far as their ages are known."""


@dataclass(frozen=True, eq=False)
class SimulatedPerson:
    """One visit and what is measured of it.

    Args:
        visit: As simulated.
        slices: One mid-slice for each sequence, by weighting.
    """

    visit: SimulatedVisit
    slices: dict[str, MidSlice]


def simulated_people(
    count: int, config: AcquisitionConfig, seed: int = _SEED
) -> Iterator[SimulatedPerson]:
    """People of the age of the real patients, one visit each; the same ones each time.

    Args:
        count: How many.
        config: Of the stacks.
        seed: Of all that is drawn.
    """
    reader = draw_readers(seed, 1)[0]
    for number in range(1, count + 1):
        person = draw_person(number, np.random.default_rng([seed, number, _PERSON]))
        age_years = np.random.default_rng([seed, number, _AGE]).uniform(*_AGES_YEARS)
        rng = np.random.default_rng([seed, number, _VISIT])
        visit = simulate_visit(person, float(age_years), rng, config)
        try:
            yield SimulatedPerson(visit, _mid_slices(f"{seed}-{number}", visit, reader))
        except InputError as error:
            print(f"left out: {error.message}")


def _mid_slices(subject: str, visit: SimulatedVisit, reader: Reader) -> dict[str, MidSlice]:
    """The slice that shows most of the canal, as the real one is chosen."""
    labels = labels_of(visit.labels, visit.spine)
    middle = int((labels == CANAL).sum(axis=(1, 2)).argmax())
    column_mm, row_mm, _ = visit.geometry.spacing_mm
    grades = read_upward(visit.spine, reader, subject)
    return {
        stack.sequence.weighting: mid_slice(
            subject, stack.pixels[middle], labels[middle], (row_mm, column_mm), grades
        )
        for stack in visit.stacks
    }


def labels_of(structures: npt.NDArray[np.uint8], spine: Spine) -> npt.NDArray[np.uint8]:
    """Painted structures by the labels of the real masks; the sacrum has none there."""
    table = np.zeros(256, dtype=np.uint8)
    table[Structure.SAC] = table[Structure.CORD] = CANAL
    for index, body in enumerate(spine.bodies):
        table[Structure.FIRST_BODY + index] = 0 if body.shape.is_sacral else VERTEBRA
    for index in range(_last_lumbar(spine) + 1):
        table[Structure.FIRST_DISC + index] = DISC
    return table[structures]


def _last_lumbar(spine: Spine) -> int:
    """Index of the lowest body above the sacrum, and so of the lowest disc that counts."""
    return max(i for i, body in enumerate(spine.bodies) if not body.shape.is_sacral)


def read_upward(spine: Spine, reader: Reader, study: str) -> list[int | None]:
    """Pfirrmann's grades as a simulated reader gives them, from the disc above the sacrum up."""
    canal = SpinalCanal(spine)
    found: list[int | None] = []
    for disc in reversed(spine.discs[: _last_lumbar(spine) + 1]):
        if disc.level is None or disc.level.upper.position < VertebraLevel.T11.position:
            break
        sizes = {
            "sac_depth_mm": canal.sac_depth_mm(disc),
            "disc_height_mm": disc.height_mm,
            "depth_mm": disc.depth_mm,
        }
        true = grades_of(disc.state, **sizes)
        latent = latent_of(disc.state, **sizes)
        found.append(reader.read(latent, true, study=study, disc=str(disc.level))["pfirrmann"])
    return found
