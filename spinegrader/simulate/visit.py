"""One visit of a simulated person: from the person's age to what the scanner hands over."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.simulate.painting.paint import paint_scene
from spinegrader.simulate.person.placement import place_spine
from spinegrader.simulate.person.shapes import Person
from spinegrader.simulate.person.spine import Spine
from spinegrader.simulate.placed import placed_by_reader
from spinegrader.simulate.scanner.config import AcquisitionConfig
from spinegrader.simulate.scanner.palette import Palette
from spinegrader.simulate.scanner.protocol import Protocol, draw_protocol
from spinegrader.simulate.scanner.reception import receive
from spinegrader.simulate.scanner.scaling import Received
from spinegrader.simulate.scanner.setup import Setup, draw_setup

_POSTURE_SD_DEG = 2.0
"""How much more or less lordosis somebody has from visit to visit. Set by us."""


@dataclass(frozen=True, eq=False)
class SimulatedVisit:
    """All that is known of one visit, and its images.

    Args:
        spine: Bodies and discs at their places.
        protocol: Scanner and sequences.
        setup: How the person lies, where the slices are.
        stacks: One a sequence.
        labels: ``Structure`` in the middle of each slice, shape (slices, rows, columns).
        placed: The vertebrae wholly in view as a reader places them, patient millimetres.
    """

    spine: Spine
    protocol: Protocol
    setup: Setup
    stacks: tuple[Received, ...]
    labels: npt.NDArray[np.uint8]
    placed: tuple[Vertebra, ...]

    @property
    def geometry(self) -> VolumeGeometry:
        """Of the stacks and the labels."""
        return self.setup.geometry


def simulate_visit(
    person: Person, age_years: float, rng: np.random.Generator, config: AcquisitionConfig
) -> SimulatedVisit:
    """Simulates one visit.

    Args:
        person: Who comes.
        age_years: Then.
        rng: The visit's own.
        config: What is the same in all visits.
    """
    return image_spine(place_for_visit(person, age_years, rng), rng, config)


def place_for_visit(person: Person, age_years: float, rng: np.random.Generator) -> Spine:
    """The person's spine as it lies on that day.

    Args:
        person: Who comes.
        age_years: Then.
        rng: The visit's own, fresh.
    """
    return place_spine(person, age_years, rng.normal(0, _POSTURE_SD_DEG))


def image_spine(
    spine: Spine, rng: np.random.Generator, config: AcquisitionConfig
) -> SimulatedVisit:
    """Images of a spine. From the same random numbers all but the spine stays the same.

    Args:
        spine: As it lies.
        rng: The visit's own, as :func:`place_for_visit` leaves it.
        config: What is the same in all visits.
    """
    protocol = draw_protocol(config, rng, spine.person.detail_seed)
    setup = draw_setup(spine, protocol, rng)
    scene = paint_scene(
        spine,
        setup.to_person @ setup.geometry.matrix,
        setup.geometry.shape,
        Palette(protocol.sequences, protocol.field_strength_t),
        (protocol.slice_thickness_mm, protocol.samples_per_slice),
        rng,
        setup.margin,
    )
    stacks = receive(scene, protocol, setup.geometry, rng)
    rows, columns = scene.margin
    field = np.s_[:, rows : rows + protocol.rows, columns : columns + protocol.columns]
    placed = placed_by_reader(setup.vertebrae(spine), setup.geometry, rng)
    return SimulatedVisit(spine, protocol, setup, stacks, scene.labels[field], placed)
