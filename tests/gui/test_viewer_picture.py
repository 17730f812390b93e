"""What is on screen, pixel by pixel."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QPushButton

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import VolumeGeometry, as_point
from spinegrader.domain.overlays import OverlayState
from spinegrader.gui.theme import VIEWER_ACCENT, VIEWER_BACKGROUND, grade_colour
from spinegrader.gui.viewer.slice_viewer import SliceViewer

L3_L4 = DiscLevel(VertebraLevel.L3, VertebraLevel.L4)
L4_L5 = DiscLevel(VertebraLevel.L4, VertebraLevel.L5)


def as_array(image: QImage) -> np.ndarray:
    """Shape (rows, columns, 3), red green blue."""
    copy = image.convertToFormat(QImage.Format.Format_RGB888)
    flat = np.frombuffer(copy.constBits(), np.uint8)
    rows = flat.reshape(copy.height(), copy.bytesPerLine())[:, : copy.width() * 3]
    return rows.reshape(copy.height(), copy.width(), 3).astype(int)


def pixels_of(image: QImage, colour: str, tolerance: int = 40) -> np.ndarray:
    """Which pixels have nearly that colour."""
    wanted = QColor(colour)
    difference = as_array(image) - (wanted.red(), wanted.green(), wanted.blue())
    return np.abs(difference).max(axis=2) <= tolerance


@pytest.fixture
def black_viewer(viewer, oblique_geometry):
    """The same viewer with a black volume: what is bright was painted over it."""
    pixels = np.zeros(oblique_geometry.shape, np.uint8)
    viewer.show_volume(pixels, oblique_geometry, (0.0, 255.0))
    return viewer


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.float32])
def test_a_bright_pixel_stands_where_its_millimetres_say(viewer, hand, oblique_geometry, dtype):
    pixels = np.zeros(oblique_geometry.shape, dtype)
    pixels[4, 41, 63] = 200
    viewer.show_volume(pixels, oblique_geometry, (0.0, 200.0))
    for zoom_turns in (0, 240):
        hand.wheel(QPointF(200, 150), zoom_turns, Qt.KeyboardModifier.ControlModifier)
        rows, columns = np.nonzero(as_array(viewer.grab_image()).min(axis=2) > 250)
        corners = [
            viewer.screen_place(as_point(oblique_geometry.to_mm((63 + across, 41 + down, 4))))
            for across, down in ((-0.5, -0.5), (0.5, 0.5))
        ]
        assert columns.min() == pytest.approx(corners[0].x(), abs=1)
        assert columns.max() + 1 == pytest.approx(corners[1].x(), abs=1)
        assert rows.min() == pytest.approx(corners[0].y(), abs=1)
        assert rows.max() + 1 == pytest.approx(corners[1].y(), abs=1)


def test_one_to_one_shows_the_pixels_themselves(qtbot):
    values = np.random.default_rng(5).integers(0, 256, (3, 120, 160), dtype=np.uint8)
    geometry = VolumeGeometry.from_matrix(np.diag([0.7, 0.7, 4.0, 1.0]), values.shape)
    viewer = SliceViewer()
    qtbot.addWidget(viewer)
    viewer.resize(405, 305)
    viewer.show()
    viewer.show_volume(values, geometry, (0.0, 255.0))
    viewer.zoom_to_pixels()
    ratio = viewer.devicePixelRatioF()
    corner = viewer.screen_place(as_point(geometry.to_mm((-0.5, -0.5, 1)))) * ratio
    assert (corner.x(), corner.y()) == pytest.approx(
        (round(corner.x()), round(corner.y())), abs=1e-6
    )
    left, top = round(corner.x()), round(corner.y())
    shown = as_array(viewer.grab_image())[top : top + 120, left : left + 160]
    assert np.array_equal(shown[20:100, 20:140, 0], values[1, 20:100, 20:140])


def test_invert_exchanges_black_and_white(viewer, oblique_geometry):
    pixels = np.full(oblique_geometry.shape, 60, np.int16)
    viewer.show_volume(pixels, oblique_geometry, (0.0, 255.0))
    middle = viewer.screen_place(as_point(oblique_geometry.to_mm((30, 60, 4)))).toPoint()
    assert viewer.grab_image().pixelColor(middle).red() == pytest.approx(60, abs=1)
    viewer.invert()
    assert viewer.grab_image().pixelColor(middle).red() == pytest.approx(195, abs=1)


def test_the_window_decides_what_is_black_and_white(viewer, oblique_geometry):
    pixels = np.full(oblique_geometry.shape, 500, np.int16)
    viewer.show_volume(pixels, oblique_geometry, (0.0, 1000.0))
    middle = viewer.screen_place(as_point(oblique_geometry.to_mm((30, 60, 4)))).toPoint()
    shown = []
    for window in ((0.0, 1000.0), (500.0, 900.0), (100.0, 500.0)):
        viewer.set_window(*window)
        shown.append(viewer.grab_image().pixelColor(middle).red())
    assert shown == [pytest.approx(127, abs=1), 0, 255]


def test_the_frame_is_dark_around_the_image(viewer):
    assert viewer.grab_image().pixelColor(3, 200) == QColor(VIEWER_BACKGROUND)


def test_the_disc_in_focus_stands_out_on_its_own_slice(black_viewer, lumbar_overlay):
    black_viewer.set_overlay(lumbar_overlay)
    assert not pixels_of(black_viewer.grab_image(), VIEWER_ACCENT).any()
    black_viewer.go_to_slice(0)
    black_viewer.set_focus(L3_L4)
    assert black_viewer.current_slice == 4
    rows, columns = np.nonzero(pixels_of(black_viewer.grab_image(), VIEWER_ACCENT))
    outline = [black_viewer.screen_place(p) for p in lumbar_overlay.disc(L3_L4).outline_mm]
    for found, expected in (
        (columns, [point.x() for point in outline]),
        (rows, [point.y() for point in outline]),
    ):
        assert found.min() == pytest.approx(min(expected), abs=3)
        assert found.max() == pytest.approx(max(expected), abs=3)


def test_a_disc_between_slices_goes_to_the_nearest(black_viewer, lumbar_overlay):
    black_viewer.set_overlay(lumbar_overlay)
    black_viewer.set_focus(L4_L5)
    assert black_viewer.current_slice == 5


def test_a_focus_off_screen_is_brought_in(black_viewer, hand, lumbar_overlay):
    black_viewer.set_overlay(lumbar_overlay)
    hand.wheel(QPointF(0, 0), 1200, Qt.KeyboardModifier.ControlModifier)
    size = black_viewer.mouse_area.size()
    centre = as_point(lumbar_overlay.disc(L3_L4).centre_mm)
    before = black_viewer.screen_place(centre)
    assert not 0 <= before.x() <= size.width() or not 0 <= before.y() <= size.height()
    black_viewer.set_focus(L3_L4)
    after = black_viewer.screen_place(centre)
    assert 0 <= after.x() <= size.width()
    assert 0 <= after.y() <= size.height()


def test_centring_puts_the_disc_in_the_middle(black_viewer, lumbar_overlay):
    black_viewer.set_overlay(lumbar_overlay)
    black_viewer.set_focus(L3_L4, centre_on_focus=True)
    place = black_viewer.screen_place(as_point(lumbar_overlay.disc(L3_L4).centre_mm))
    size = black_viewer.mouse_area.size()
    # The middle of the outline's box, which a lopsided outline's mean is not.
    assert place.x() == pytest.approx(size.width() / 2, abs=4)
    assert place.y() == pytest.approx(size.height() / 2, abs=4)


def painted(viewer) -> int:
    """How many pixels of the picture's middle are brighter than the black volume."""
    return int((as_array(viewer.grab_image())[60:500, 150:550].max(axis=2) > 60).sum())


def test_proposals_are_dashed_confirmed_ones_solid(black_viewer, lumbar_overlay):
    black_viewer.set_overlay(lumbar_overlay)
    solid = painted(black_viewer)
    proposal = type(lumbar_overlay)("1.2.3", lumbar_overlay.vertebrae, OverlayState.PROPOSED)
    black_viewer.set_overlay(proposal)
    assert 0.4 * solid < painted(black_viewer) < 0.85 * solid


def test_bodies_fade_away_from_their_own_slice(black_viewer, lumbar_overlay):
    black_viewer.set_overlay(lumbar_overlay)
    corner = lumbar_overlay.vertebra(VertebraLevel.L3).corners_mm
    brightness = []
    for index in (4, 5, 0):
        black_viewer.go_to_slice(index)
        top, low = black_viewer.screen_place(corner[0]), black_viewer.screen_place(corner[3])
        x, y = round((top.x() + low.x()) / 2), round((top.y() + low.y()) / 2)
        image = as_array(black_viewer.grab_image())
        brightness.append(image[y, x - 3 : x + 4].max())
    assert brightness[0] > brightness[1] + 60
    assert brightness[1] > 60
    # Slice 0 is 16 mm away, still within 0.6 x 34 mm.
    assert brightness[2] == pytest.approx(brightness[1], abs=30)


def test_overlays_can_be_hidden_and_shown(black_viewer, lumbar_overlay):
    plain = black_viewer.grab_image()
    black_viewer.set_overlay(lumbar_overlay)
    covered = black_viewer.grab_image()
    assert covered != plain
    black_viewer.set_overlays_visible(False)
    assert black_viewer.grab_image() == plain
    black_viewer.set_overlays_visible(True)
    assert black_viewer.grab_image() == covered


def test_graded_discs_take_their_grades_colour(black_viewer, lumbar_overlay):
    black_viewer.set_overlay(lumbar_overlay)
    colour = grade_colour(4, 5)
    assert pixels_of(black_viewer.grab_image(), colour.name()).sum() == 0
    black_viewer.set_disc_colours({L3_L4: colour})
    rows, _ = np.nonzero(pixels_of(black_viewer.grab_image(), colour.name()))
    assert rows.size > 100
    outline = [black_viewer.screen_place(p).y() for p in lumbar_overlay.disc(L3_L4).outline_mm]
    assert rows.min() == pytest.approx(min(outline), abs=3)
    assert rows.max() == pytest.approx(max(outline), abs=3)


def test_handles_appear_where_the_pointer_is(black_viewer, hand, lumbar_overlay):
    black_viewer.set_overlay(lumbar_overlay)
    without = painted(black_viewer)
    hand.hover(black_viewer.screen_place(as_point(lumbar_overlay.vertebrae[1].centre_mm)))
    assert painted(black_viewer) > without + 100
    hand.hover(QPointF(30, 30))
    assert painted(black_viewer) == without


def test_corner_text_can_be_hidden(black_viewer):
    bare = black_viewer.grab_image()
    black_viewer.set_corner_text(("Subject 7", "2016-04-26"), ("T2",))
    written = black_viewer.grab_image()
    changed = np.abs(as_array(written) - as_array(bare)).max(axis=2) > 60
    rows, columns = np.nonzero(changed)
    assert rows.max() < 60
    assert columns.min() < 60
    assert columns.max() > bare.width() - 60
    black_viewer.set_corner_text_visible(False)
    assert black_viewer.grab_image() == bare


def test_corner_text_of_one_volume_does_not_stay_for_the_next(black_viewer, oblique_geometry):
    bare = black_viewer.grab_image()
    black_viewer.set_corner_text(("Subject 7",))
    pixels = np.zeros(oblique_geometry.shape, np.uint8)
    black_viewer.show_volume(pixels, oblique_geometry, (0.0, 255.0))
    assert black_viewer.grab_image() == bare


def test_the_next_volume_starts_without_overlay_and_focus(
    black_viewer, lumbar_overlay, oblique_geometry
):
    bare = black_viewer.grab_image()
    black_viewer.set_overlay(lumbar_overlay)
    black_viewer.set_focus(L3_L4)
    pixels = np.zeros(oblique_geometry.shape, np.uint8)
    black_viewer.show_volume(pixels, oblique_geometry, (0.0, 255.0))
    assert black_viewer.grab_image() == bare


def test_the_keyboards_place_is_seen(viewer, qtbot):
    viewer.activateWindow()
    viewer.clearFocus()
    assert not pixels_of(viewer.grab().toImage(), VIEWER_ACCENT)[0].any()
    viewer.setFocus()
    qtbot.waitUntil(viewer.hasFocus)
    assert pixels_of(viewer.grab().toImage(), VIEWER_ACCENT)[0].all()


def test_an_empty_viewer_says_what_belongs_there(viewer, qtbot):
    viewer.show_message("No images yet", "Import a folder with DICOM images.", "Import a folder…")
    button = viewer.findChild(QPushButton)
    assert button.isVisible()
    with qtbot.waitSignal(viewer.message_action):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert "Import a folder" in viewer.accessibleDescription()
    viewer.show_message("Choose a study", "Click one in the work list.")
    assert not button.isVisible()
    with qtbot.assertNotEmitted(viewer.slice_changed):
        viewer.step_slice(1)
        viewer.set_focus(L3_L4)
        viewer.fit()
    assert viewer.current_slice == 0


def test_long_messages_are_not_cut_off(viewer, qtbot):
    viewer.resize(320, 400)
    viewer.show_message("No images yet", "Import a folder with DICOM images. " * 6, "Import")
    button = viewer.findChild(QPushButton)
    qtbot.waitUntil(lambda: button.isVisible() and button.y() > 0)
    labels = [label for label in button.parent().children() if hasattr(label, "heightForWidth")]
    for label in labels:
        if label is not button and label.isWidgetType() and label.isVisible():
            assert label.height() >= label.heightForWidth(label.width())


def test_screen_readers_are_told_the_slice(viewer):
    assert viewer.accessibleName()
    viewer.go_to_slice(2)
    assert viewer.accessibleDescription() == "Slice 3 of 9"
