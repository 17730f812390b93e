"""However a patient lay and a scanner turned its pictures, each side is where the letters say."""

from collections.abc import Iterator
from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest

from spinegrader.domain.study import Plane
from spinegrader.imaging.dicom import read_series
from spinegrader.imaging.display import OrientationLetters, orientation_letters
from spinegrader.imaging.sandbox import Sandbox
from tests.imaging.conftest import Scanner, Writer

# The patient's left, back and head in the scanner's coordinates: x to the right of who looks in
# from the front, y down, z out towards them (PS3.3, C.7.3.1.1.2).
_RIGHT, _DOWN, _OUT = np.eye(3)
LYING = {
    "HFS": (_RIGHT, _DOWN, _OUT),
    "HFP": (-_RIGHT, -_DOWN, _OUT),
    "HFDR": (-_DOWN, _RIGHT, _OUT),
    "HFDL": (_DOWN, -_RIGHT, _OUT),
    "FFS": (-_RIGHT, _DOWN, -_OUT),
    "FFP": (_RIGHT, -_DOWN, -_OUT),
    "FFDR": (-_DOWN, -_RIGHT, -_OUT),
    "FFDL": (_DOWN, _RIGHT, -_OUT),
}
LETTERS = {
    Plane.SAGITTAL: OrientationLetters("A", "P", "H", "F"),
    Plane.AXIAL: OrientationLetters("R", "L", "A", "P"),
    Plane.CORONAL: OrientationLetters("R", "L", "H", "F"),
}
# How column, row and slice grow on the screen, LPS.
ON_SCREEN = {
    Plane.SAGITTAL: ((0, 1, 0), (0, 0, -1), (1, 0, 0)),
    Plane.AXIAL: ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    Plane.CORONAL: ((1, 0, 0), (0, 0, -1), (0, 1, 0)),
}
SHAPE = (3, 6, 5)
SPACING_MM = np.array([4.0, 0.75, 0.5])
MARKED = (0, 1, 3)
"""Slice, row and column, as acquired, of the only bright pixel."""


def turned(degrees: float) -> np.ndarray:
    """A small turn about all axes, as an oblique stack has."""
    a, b = np.radians(degrees), np.radians(0.7 * degrees)
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_z = np.array([[np.cos(b), -np.sin(b), 0], [np.sin(b), np.cos(b), 0], [0, 0, 1]])
    return about_x @ about_z


def acquisitions() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Every way of laying a picture along the scanner's axes: across, and down."""
    for first, second in permutations(range(3), 2):
        for one, other in product((1, -1), repeat=2):
            yield one * np.eye(3)[first], other * np.eye(3)[second]


@pytest.mark.parametrize("oblique_deg", [0.0, 12.0])
@pytest.mark.parametrize("position", LYING)
def test_sides_are_right(
    scanned: Scanner,
    sandbox: Sandbox,
    write_slice: Writer,
    tmp_path: Path,
    position: str,
    oblique_deg: float,
) -> None:
    to_patient = np.stack(LYING[position])
    assert np.linalg.det(to_patient) == pytest.approx(1), "a patient isn't mirrored"
    marked_mm: dict[str, np.ndarray] = {}
    for number, (across, down) in enumerate(acquisitions(), start=1):
        uid = f"1.2.3.{number}"
        directions = [turned(oblique_deg) @ to_patient @ way for way in (across, down)]
        marked_mm[uid] = write_series(write_slice, uid, position, *directions)
    found = scanned(tmp_path / "images").series
    assert len(found) == len(marked_mm) == 24
    assert {item.series.plane for item in found} == set(Plane)
    for item in found:
        plane = item.series.plane
        (volume,) = read_series(item, sandbox).volumes
        assert volume.geometry == item.series.geometry
        if not oblique_deg:
            assert orientation_letters(volume.geometry) == LETTERS[plane]
        (bright,) = np.argwhere(volume.pixels == 1000)
        slice_, row, column = (int(index) for index in bright)
        # The bright pixel lies where it was acquired …
        place_mm = volume.geometry.to_mm((column, row, slice_))
        np.testing.assert_allclose(place_mm, marked_mm[item.uid], atol=1e-3)
        # … and on the side of the screen where that is.
        slices, rows, columns = volume.pixels.shape
        from_centre = np.array([column, row, slice_]) - (np.array([columns, rows, slices]) - 1) / 2
        centre_mm = volume.geometry.to_mm(((columns - 1) / 2, (rows - 1) / 2, (slices - 1) / 2))
        towards = np.asarray(ON_SCREEN[plane]) @ turned(oblique_deg).T @ (place_mm - centre_mm)
        assert (np.sign(np.round(towards, 6)) == np.sign(from_centre)).all()


def write_series(
    write_slice: Writer, uid: str, position: str, across: np.ndarray, down: np.ndarray
) -> np.ndarray:
    """Writes a stack with one bright pixel; returns its place, LPS millimetres."""
    first_mm = np.array([3.0, -20.0, 30.0])
    normal = np.cross(across, down)
    for index in range(SHAPE[0]):
        pixels = np.full(SHAPE[1:], 100, dtype=np.uint16)
        if index == MARKED[0]:
            pixels[MARKED[1:]] = 1000
        # Named against their order in space.
        write_slice(
            f"{uid}/{SHAPE[0] - index}",
            SeriesInstanceUID=uid,
            SOPInstanceUID=f"{uid}.{index}",
            PatientPosition=position,
            ImageOrientationPatient=[round(float(value), 9) for value in (*across, *down)],
            ImagePositionPatient=[
                round(float(value), 6) for value in first_mm + index * SPACING_MM[0] * normal
            ],
            PixelSpacing=[float(SPACING_MM[1]), float(SPACING_MM[2])],
            Rows=SHAPE[1],
            Columns=SHAPE[2],
            PixelData=pixels.tobytes(),
        )
    steps = MARKED * SPACING_MM
    return first_mm + steps[0] * normal + steps[1] * down + steps[2] * across
