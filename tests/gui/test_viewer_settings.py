"""A viewer goes by the settings, at once."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.gui.viewer_settings import ViewerSettings
from spinegrader.services.settings import MouseStyle, Settings
from tests.gui.cohort_project import workbench

__all__ = ["workbench"]


@pytest.fixture
def followed(workbench, viewer):
    """The viewer, going by the settings of the workbench."""
    ViewerSettings(workbench, viewer)
    return viewer


def greys_in_the_middle(viewer) -> set[int]:
    image = viewer.grab_image()
    middle = image.height() // 2
    return {image.pixelColor(x, middle).value() for x in range(200, 500)}


def show_two_greys(viewer) -> None:
    pixels = np.zeros((1, 8, 8), dtype=np.uint8)
    pixels[:, :, 4:] = 200
    geometry = VolumeGeometry.from_matrix(np.diag([1.0, 1.0, 4.0, 1.0]), pixels.shape)
    viewer.show_volume(pixels, geometry, (0.0, 250.0))


def test_pixels_are_exact_until_blending_is_wanted(followed, workbench):
    show_two_greys(followed)
    exact = greys_in_the_middle(followed)
    assert len(exact) == 2
    workbench.change_settings(smooths_images=True)
    blended = greys_in_the_middle(followed)
    assert len(blended) > 20
    assert min(blended) >= min(exact)
    assert max(blended) <= max(exact)
    workbench.change_settings(smooths_images=False)
    assert greys_in_the_middle(followed) == exact


def test_blending_stays_through_zoom(followed, workbench, hand):
    workbench.change_settings(smooths_images=True)
    show_two_greys(followed)
    hand.wheel(QPointF(350, 320), 120, Qt.KeyboardModifier.ControlModifier)
    assert len(greys_in_the_middle(followed)) > 20


def test_overlays_become_fainter(followed, workbench, lumbar_overlay):
    def bright_places() -> int:
        image = followed.grab_image()
        places = ((x, y) for x in range(200, 460, 2) for y in range(0, image.height(), 2))
        return sum(image.pixelColor(x, y).value() > 120 for x, y in places)

    followed.set_corner_text_visible(False)
    followed.set_window(1e7, 2e7)  # All of the image is black.
    followed.set_overlay(lumbar_overlay)
    plain = bright_places()
    workbench.change_settings(overlay_opacity=0.3)
    assert bright_places() < 0.3 * plain


def test_the_mouse_scheme_is_taken_over(followed, workbench, hand):
    followed.set_window(100.0, 300.0)
    workbench.change_settings(mouse=MouseStyle.OHIF)
    hand.drag(QPointF(300, 300), QPointF(300, 360))
    assert followed.window_range == pytest.approx((140.0, 340.0))


def test_other_settings_leave_a_drag_and_the_corner_text_alone(followed, workbench, hand):
    followed.set_window(100.0, 300.0)
    followed.set_corner_text_visible(False)
    hand.press(QPointF(300, 300), Qt.MouseButton.RightButton)
    hand.move(QPointF(300, 360), Qt.MouseButton.RightButton)
    workbench.change_settings(identity_hidden=True)
    assert followed.window_range == pytest.approx((140.0, 340.0))
    assert not followed.corner_text_visible
    workbench.change_settings(shows_corner_text=False)
    workbench.change_settings(shows_corner_text=True)
    assert followed.corner_text_visible


def test_a_viewer_starts_as_it_was_left_in_the_settings(workbench, viewer):
    workbench.set_settings(Settings(mouse=MouseStyle.SLICER, shows_corner_text=False))
    ViewerSettings(workbench, viewer)
    assert viewer.mouse_scheme.name == "3D Slicer"
    assert not viewer.corner_text_visible
