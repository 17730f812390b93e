"""One person's spine, painted small."""

from dataclasses import replace

import numpy as np
import pytest

from spinegrader.simulate.painting.paint import paint_scene
from spinegrader.simulate.person.draw import draw_person
from spinegrader.simulate.person.placement import place_spine
from spinegrader.simulate.scanner.palette import Palette
from spinegrader.simulate.scanner.protocol import Sequence
from spinegrader.simulate.scanner.tissues import FAT

PALETTE = Palette((Sequence("T2", 3500, 100, 15), Sequence("T1", 550, 10, 3)), 1.5)
SHAPE = (7, 200, 120)
PIXEL_MM = 1.25


def matrix(turn_deg: float = 0.0, shift_mm: float = 0.0) -> np.ndarray:
    """Sagittal slices 5 mm apart through a spine at the origin, maybe turned in the plane."""
    cosine, sine = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    placed = np.eye(4)
    placed[:3, 0] = np.array([0, cosine, sine]) * PIXEL_MM
    placed[:3, 1] = np.array([0, sine, -cosine]) * PIXEL_MM
    placed[:3, 2] = (5.0, 0, 0)
    centre = placed[:3, :3] @ np.array([3, 0, 0])[::-1]
    corner = placed[:3, 0] * 60 + placed[:3, 1] * 100 + centre
    placed[:3, 3] = (0, shift_mm, 0) - corner
    return placed


def paint(spine, placed=None, seed=1, samples=1):
    placed = matrix() if placed is None else placed
    rng = np.random.default_rng(seed)
    return paint_scene(spine, placed, SHAPE, PALETTE, (4.0, samples), rng)


def signals(scene):
    """T2- and T1-weighted images, fat included."""
    fat = [sequence.signal(FAT, 1.5) for sequence in PALETTE.sequences]
    return [scene.water[i] + scene.fat * np.float32(fat[i]) for i in range(2)]


def with_disc(spine, index, **changes):
    """The spine with another state of one disc."""
    disc = spine.discs[index]
    changed = replace(disc, state=replace(disc.state, **changes))
    discs = (*spine.discs[:index], changed, *spine.discs[index + 1 :])
    return replace(spine, discs=discs)


@pytest.fixture(scope="package")
def person():
    return draw_person(2, np.random.default_rng([5, 2]))


@pytest.fixture(scope="package")
def spine(person):
    """Straight to the left and right, so that the middle slice holds the mid-plane."""
    return place_spine(replace(person, lateral_mm=(0.0, 0.0)), 24.0)


@pytest.fixture(scope="package")
def scene(spine):
    return paint(spine)
