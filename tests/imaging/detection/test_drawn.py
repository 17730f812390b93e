"""What an overlay tells of single slices."""

import numpy as np
import pytest

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import VolumeGeometry, as_point
from spinegrader.domain.numbering import (
    Absence,
    CountingBasis,
    MissingLevel,
    Numbering,
    Transition,
)
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.imaging.detection.drawn import (
    between_ends,
    drawn_slices,
    inside,
    levels_from_sacrum,
    overlap,
)
from spinegrader.imaging.detection.maps import resampled

SPACING_MM = (0.5, 0.7, 4.0)
GEOMETRY = VolumeGeometry.from_matrix(
    [[0, 0, 4.0, 0], [0.5, 0, 0, 0], [0, -0.7, 0, 0], [0, 0, 0, 1]], (9, 300, 200)
)
SQUARE = np.asarray([(0, 0), (10, 0), (10, 10), (0, 10)], float)


def body(name, top_mm, slice_index):
    """30 mm deep, 20 mm high, 40 mm behind the left edge."""
    places = [(40, top_mm), (70, top_mm), (70, top_mm + 20), (40, top_mm + 20)]
    corners = [as_point(GEOMETRY.to_mm((x / 0.5, y / 0.7, slice_index))) for x, y in places]
    return Vertebra(VertebraLevel(name), tuple(corners))


def overlay(names, slices=None, **words):
    places = slices or [4] * len(names)
    bodies = [body(name, 10 + 28 * i, places[i]) for i, name in enumerate(names)]
    return Overlay("1.2", tuple(bodies), **words)


@pytest.mark.parametrize(
    ("names", "words", "wanted"),
    [
        (("L4", "L5", "S1"), {}, [7, 8, 9]),
        (("L5", "S1", "S2"), {}, [8, 9, 10]),
        # The first above the sacrum is taught as L5 whatever the person has.
        (("L4", "L5", "L6", "S1"), {}, [6, 7, 8, 9]),
        (
            ("L3", "L4", "S1"),
            {"missing": (MissingLevel(VertebraLevel.L5, Absence.ABSENT),)},
            [7, 8, 9],
        ),
        # What isn't drawn counts all the same.
        (("L2", "L4", "S1"), {}, [5, 7, 9]),
        (("L3", "L4", "L5"), {}, [-1, -1, -1]),
        (("L4", "L5"), {"numbering": Numbering(CountingBasis.SACRUM)}, [7, 8]),
        (("L4", "L5"), {"numbering": Numbering(CountingBasis.C2)}, [-1, -1]),
        (("L5", "S1"), {"numbering": Numbering(transition=Transition.LUMBARISED)}, [-1, -1]),
    ],
)
def test_levels_are_counted_up_from_the_sacrum(names, words, wanted):
    assert list(levels_from_sacrum(overlay(names, **words)).values()) == wanted


def test_a_slice_shows_the_bodies_whose_own_slice_is_near():
    found = {item.index: item for item in drawn_slices(overlay(("L4", "L5"), [2, 5]), GEOMETRY)}
    names = {index: [str(part.level) for part in item.bodies] for index, item in found.items()}
    assert names == {1: ["L4"], 2: ["L4"], 3: ["L4"], 4: ["L5"], 5: ["L5"], 6: ["L5"]}
    assert np.allclose(found[2].corners_mm[0], [(40, 10), (70, 10), (70, 30), (40, 30)])
    assert found[2].discs_mm == ()


def test_discs_and_columns_stand_between_neighbours_only():
    (item,) = (
        part for part in drawn_slices(overlay(("L2", "L4", "L5")), GEOMETRY) if part.index == 4
    )
    assert len(item.discs_mm) == 1
    assert [len(column) for column in item.columns_mm] == [4, 8]
    y = np.arange(0.0, 110.0)[:, None]
    covered = inside(item.columns_mm[1], np.asarray([[55.0]]), y)[:, 0]
    assert np.flatnonzero(covered).tolist() == list(range(38, 86))


def test_thin_slices_are_not_taught_all():
    thin = VolumeGeometry.from_matrix(
        [[0, 0, 1.0, 0], [0.5, 0, 0, 0], [0, -0.7, 0, 0], [0, 0, 0, 1]], (40, 300, 200)
    )
    corners = [
        as_point(thin.to_mm((x, y, 20))) for x, y in ((80, 9), (140, 9), (140, 40), (80, 40))
    ]
    drawn = Overlay("1.2", (Vertebra(VertebraLevel.L4, tuple(corners)),))
    assert [item.index for item in drawn_slices(drawn, thin)] == [14, 17, 20, 23, 26]


def test_between_the_ends_of_a_tilted_column():
    column = np.asarray([(40, 10), (44, 30), (74, 24), (70, 4)], float)
    x = np.asarray([30.0, 90.0, 55.0, 40.0, 70.0, 80.0])
    y = np.asarray([20.0, 12.0, 4.0, 33.0, 26.0, 1.0])
    assert between_ends(column, x, y).tolist() == [True, True, False, False, False, False]


def test_overlap_of_shifted_squares():
    assert overlap(SQUARE, SQUARE) == 1
    assert overlap(SQUARE, SQUARE + np.asarray((5, 0))) == pytest.approx(0.5, abs=0.03)
    assert overlap(SQUARE, SQUARE + np.asarray((30, 0))) == 0


def test_other_pixels_show_the_same_places():
    x = np.arange(50, dtype=np.float32) * 0.5
    picture = np.broadcast_to(x, (1, 40, 50)).copy()
    found = resampled(picture, (0.5, 0.7), 0.8)
    assert found.shape == (1, 35, 31)
    assert np.allclose(found[0, 10, 2:-2], np.arange(31)[2:-2] * 0.8, atol=0.05)
