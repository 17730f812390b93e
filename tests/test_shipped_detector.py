"""The detector that comes along, looking at real pixels: the same spine however it was stored."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import ndimage

from benchmarks.detector.not_spines import not_spines
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.study import Plane
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.imaging.volume import Volume
from spinegrader.services.finder import load_finder
from spinegrader.simulate.plan import person_of
from spinegrader.simulate.scanner.config import AcquisitionConfig
from spinegrader.simulate.visit import simulate_visit


@pytest.fixture(scope="module")
def find():
    return load_finder()


@pytest.fixture(scope="module")
def stack() -> Volume:
    """Seven simulated slices in reading orientation."""
    config = AcquisitionConfig(slices=7, rows=320, sequences=("T2",), samples_per_slice=1)
    visit = simulate_visit(person_of(5, 1), 50.0, np.random.default_rng(5), config)
    volume = Volume(visit.stacks[0].pixels, visit.geometry)
    return volume.in_reading_orientation(Plane.SAGITTAL)


def turned_over(volume: Volume) -> Volume:
    """Slices from the other side, rows from the feet up, columns from back to front."""
    change = np.diag([-1.0, -1.0, -1.0, 1.0])
    change[:3, 3] = [size - 1 for size in volume.geometry.shape[::-1]]
    matrix = volume.geometry.matrix @ change
    return Volume(
        volume.pixels[::-1, ::-1, ::-1], VolumeGeometry.from_matrix(matrix, volume.geometry.shape)
    )


def askew(volume: Volume) -> Volume:
    """Cut by slices that are turned by 12 degrees in their plane, on pixels 1.3 times as large."""
    slices, rows, columns = volume.geometry.shape
    angle, size = np.radians(12.0), 1.3
    turn = size * np.asarray([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shape = (slices, round(rows / size), round(columns / size))
    middle = np.asarray([columns - 1, rows - 1]) / 2
    start = middle - turn @ (np.asarray([shape[2] - 1, shape[1] - 1]) / 2)
    change = np.eye(4)
    change[:2, :2], change[:2, 3] = turn, start
    # Pixel arrays are indexed row first.
    cut = [
        ndimage.affine_transform(item.astype(float), turn[::-1, ::-1], start[::-1], shape[1:])
        for item in volume.pixels
    ]
    geometry = VolumeGeometry.from_matrix(volume.geometry.matrix @ change, shape)
    return Volume(np.stack(cut), geometry)


@pytest.mark.parametrize(("changed", "most_mm"), [(turned_over, 0.5), (askew, 3.0)])
def test_the_same_vertebrae_in_patient_millimetres(
    find, stack, changed: Callable[[Volume], Volume], most_mm: float
) -> None:
    one = find(stack).vertebrae
    other = find(changed(stack).in_reading_orientation(Plane.SAGITTAL)).vertebrae
    assert len(one) >= 6
    whole = [item.level for item in one][1:]
    assert [item.level for item in other if item.level in whole] == whole
    for level in whole:
        assert _distance_mm(level, one, other) < most_mm


def test_one_slice_is_enough(find, stack) -> None:
    middle = stack.geometry.shape[0] // 2
    matrix = stack.geometry.matrix.copy()
    matrix[:3, 3] = stack.geometry.to_mm((0, 0, middle))
    pixels = stack.pixels[middle : middle + 1]
    found = find(Volume(pixels, VolumeGeometry.from_matrix(matrix, pixels.shape))).vertebrae
    wanted = {item.level for item in find(stack).vertebrae}
    assert len(wanted & {item.level for item in found}) >= 6


def test_what_is_no_spine_has_no_vertebra_and_a_sentence(find) -> None:
    drawn = [(name, it) for name, it in not_spines() if "axial" not in name]
    assert len(drawn) == 8
    for name, volume in drawn:
        found = find(volume)
        assert found.vertebrae == (), name
        assert found.warnings[0].startswith("No vertebrae were found: ")


def _distance_mm(level: object, one: tuple[Vertebra, ...], other: tuple[Vertebra, ...]) -> float:
    places = [
        next(item.centre_mm for item in found if item.level == level) for found in (one, other)
    ]
    return float(np.linalg.norm(np.subtract(*places)))
