import numpy as np
import pytest

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.overlays import Overlay, OverlayState
from spinegrader.domain.vertebrae import Disc, Vertebra, disc_between
from spinegrader.errors import InvalidEditError


def body(level, top_mm, height_mm=26.0, depth_mm=34.0):
    """An upright box in the plane x = 0; y grows to posterior, z to the head."""
    bottom = top_mm - height_mm
    return Vertebra(
        VertebraLevel(level),
        (
            (0.0, 0.0, top_mm),
            (0.0, depth_mm, top_mm),
            (0.0, depth_mm, bottom),
            (0.0, 0.0, bottom),
        ),
    )


def spine():
    return Overlay("1.2.3", (body("L3", 100), body("L4", 64), body("L5", 28)))


def test_sizes_come_from_the_corners():
    vertebra = body("L4", 50)
    assert vertebra.height_mm == pytest.approx(26)
    assert vertebra.depth_mm == pytest.approx(34)
    assert np.allclose(vertebra.centre_mm, (0, 17, 37))


def test_a_body_turns_about_its_centre():
    """A quarter turn about the patient's left: the front goes down, the back up."""
    vertebra = body("L4", 50)
    turned = vertebra.rotated(90.0, np.array((2.0, 0.0, 0.0)))
    assert np.allclose(turned.centre_mm, vertebra.centre_mm)
    # What lay 17 mm in front and 13 mm above the centre (0, 17, 37) lies 13 in front, 17 below.
    assert np.allclose(turned.corners_mm[0], (0, 17 - 13, 37 - 17))
    assert np.allclose(turned.rotated(-90.0, np.array((1.0, 0, 0))).corners_mm, vertebra.corners_mm)
    assert (turned.level, turned.depth_mm) == ("L4", pytest.approx(34))


def test_an_outline_needs_three_places():
    level = DiscLevel.parse("L4/L5")
    for outline in ((), ((0.0, 0.0, 0.0),) * 2, ((0.0, 0.0, float("nan")),) * 3):
        with pytest.raises(InvalidEditError, match="three places"):
            Disc(level, outline)


def test_discs_fill_the_space_between_bodies():
    overlay = spine()
    assert [str(disc.level) for disc in overlay.discs] == ["L3/L4", "L4/L5"]
    outline = np.array(overlay.discs[0].outline_mm)
    assert outline[:, 2].max() == pytest.approx(74)
    assert outline[:, 2].min() == pytest.approx(64)
    assert np.allclose(overlay.discs[0].centre_mm, (0, 17, 69), atol=0.5)
    # Bulges front and back, a little.
    assert -4 < outline[:, 1].min() < 0
    assert 34 < outline[:, 1].max() < 38


def test_a_moved_corner_takes_the_disc_with_it():
    overlay = spine()
    vertebra = overlay.vertebra(VertebraLevel.L4)
    assert vertebra is not None
    moved = overlay.with_vertebra(vertebra.with_corner(0, (0.0, -2.0, 66.0)))
    disc = moved.disc(DiscLevel.parse("L3/L4"))
    assert disc is not None
    assert (0.0, -2.0, 66.0) in disc.outline_mm
    assert overlay == spine()


def test_levels_shift_together_and_come_back():
    overlay = spine()
    down = overlay.shifted(1)
    assert [item.level.value for item in down.vertebrae] == ["L4", "L5", "S1"]
    assert down.shifted(-1) == overlay
    with pytest.raises(InvalidEditError):
        down.shifted(5)


@pytest.mark.parametrize("levels", [("L3", "L3"), ("L4", "L3")])
def test_broken_order_is_refused(levels):
    with pytest.raises(InvalidEditError, match="head to feet"):
        Overlay("1.2.3", tuple(body(level, 50) for level in levels))


def test_confirming_names_the_reader():
    confirmed = spine().confirmed("Dr A")
    assert (confirmed.state, confirmed.author) == (OverlayState.CONFIRMED, "Dr A")


def test_a_disc_needs_its_bodies_in_order():
    with pytest.raises(InvalidEditError):
        disc_between(body("L5", 28), body("L4", 64))
