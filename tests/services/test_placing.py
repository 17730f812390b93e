import numpy as np
import pytest

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.numbering import Absence
from spinegrader.domain.overlays import Overlay, OverlayState
from spinegrader.errors import InvalidEditError
from spinegrader.services import annotating
from spinegrader.services.placing import add_vertebra, fitting_level
from tests.services.conftest import GEOMETRY, column

SERIES = "1.2.11.1"
L = VertebraLevel


def without(*names):
    overlay = column(SERIES)
    for name in names:
        overlay = overlay.without(L(name))
    return overlay


def centre(name):
    return tuple(column(SERIES).vertebra(L(name)).centre_mm)


def added(session, level, upper, lower, geometry=GEOMETRY):
    add_vertebra(session, SERIES, L(level), upper, lower, geometry)
    return session.state.overlay(SERIES).vertebra(L(level))


def test_one_between_two_is_as_deep_as_its_neighbours(overlaid):
    annotating.remove_vertebra(overlaid, SERIES, L.L3)
    body = added(overlaid, "L3", (0.0, 16.5, 13.0), (0.0, 16.5, -9.0))
    assert overlaid.undo_title == "Add L3"
    assert np.allclose(body.corners_mm, column(SERIES).vertebra(L.L3).corners_mm, atol=0.6)
    assert body.depth_mm == pytest.approx(33, rel=0.02)
    assert len(overlaid.state.overlay(SERIES).discs) == 6
    overlaid.undo()
    assert overlaid.state.overlay(SERIES).vertebra(L.L3) is None


def test_the_first_one_is_as_deep_as_its_height_tells(session):
    body = added(session, "L3", (0.0, 10.0, 26.3), (0.0, 10.0, 0.0))
    upper, lower = np.diff(np.asarray(body.corners_mm)[[[0, 1], [3, 2]]], axis=1)[:, 0]
    # Upper 33.5 and lower 33.8 mm deep at a height of 26.3 mm.
    assert np.allclose(upper, (0, 33.5, 0))
    assert np.allclose(lower, (0, 33.8, 0))
    overlay = session.state.overlay(SERIES)
    assert (overlay.state, overlay.author) == (OverlayState.PROPOSED, "A")
    session.undo()
    assert session.state.overlay(SERIES) is None


@pytest.mark.parametrize("tilt", [0.0, 45.0, 75.0, 100.0, -30.0])
@pytest.mark.parametrize("oblique", [0.0, 20.0])
@pytest.mark.parametrize("step_mm", [4.4, -4.4])
def test_the_front_is_the_patients_front_however_it_is_tilted(session, tilt, oblique, step_mm):
    """A sacrum may be tilted beyond the horizontal; slices may run from right to left."""
    turn = np.radians(oblique)
    across = np.array((np.cos(turn), np.sin(turn), 0))
    along = np.array((-np.sin(turn), np.cos(turn), 0))
    matrix = np.eye(4)
    matrix[:3, :3] = np.stack((1.2 * along, (0, 0, -1.2), step_mm * across), axis=1)
    geometry = VolumeGeometry.from_matrix(matrix, (7, 180, 120))
    angle = np.radians(tilt)
    footward = np.sin(angle) * along + np.cos(angle) * np.array((0, 0, -1))
    backward = np.cos(angle) * along + np.sin(angle) * np.array((0, 0, 1))
    # The second click slipped to the neighbouring slice: only what lies within the slice counts.
    body = added(session, "L3", (0, 0, 0), tuple(26.3 * footward + 4 * across), geometry)
    front, back = np.asarray(body.corners_mm[0]), np.asarray(body.corners_mm[1])
    assert np.allclose(back - front, 33.5 * backward)


def test_names_that_are_taken_or_out_of_order_are_refused(overlaid):
    with pytest.raises(InvalidEditError, match="L3 is on this series already"):
        added(overlaid, "L3", (0.0, 16.5, 13.0), (0.0, 16.5, -9.0))
    with pytest.raises(InvalidEditError, match="T11 would stand below"):
        added(overlaid, "T11", (0.0, 16.5, 13.0), (0.0, 16.5, -9.0))
    with pytest.raises(InvalidEditError, match="too close"):
        added(overlaid, "T11", (0.0, 16.5, 130.0), (0.0, 16.5, 129.0))


def test_the_level_that_fits_fills_a_gap():
    assert fitting_level(without("L3"), centre("L3")) is L.L3
    gap = without("L2", "L3", "L4")
    assert [fitting_level(gap, centre(name)) for name in ("L2", "L3", "L4")] == [L.L2, L.L3, L.L4]


def test_the_level_that_fits_counts_on_beyond_the_ends():
    overlay = without("T12", "L1", "L5", "S1")
    for name in ("T12", "L1", "L5", "S1"):
        assert fitting_level(overlay, centre(name)) is L(name)
    single = Overlay(SERIES, (column(SERIES).vertebra(L.L3),))
    for name in ("L1", "L2", "L4", "L5"):
        assert fitting_level(single, centre(name)) is L(name)
    far_down = (0.0, 16.5, -250.0)
    assert fitting_level(overlay, far_down) is None


def test_a_transitional_level_fits_only_where_no_regular_one_is_free():
    between = tuple((np.array(centre("L5")) + centre("S1")) / 2)
    assert fitting_level(column(SERIES), between) is L.L6
    assert fitting_level(column(SERIES), tuple((np.array(centre("L3")) + centre("L4")) / 2)) is None
    absent = column(SERIES).with_missing(L.L5, Absence.ABSENT)
    assert fitting_level(absent, centre("L5")) is L.L6


def test_without_others_no_level_fits():
    assert fitting_level(Overlay(SERIES, ()), (0.0, 0.0, 0.0)) is None
