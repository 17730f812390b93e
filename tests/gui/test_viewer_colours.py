"""What the colours, the legend, the notes and the names of an overlay look like."""

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import VolumeGeometry, as_point
from spinegrader.domain.numbering import Absence, CountingBasis, Numbering, Transition
from spinegrader.gui.theme import OUTLINE, VIEWER_ACCENT, grade_colour, level_colour
from spinegrader.gui.viewer import annotations, name_layout
from spinegrader.gui.viewer.colouring import PLAIN, LegendEntry, by_grade, by_level
from spinegrader.gui.viewer.level_notes import level_notes
from tests.gui.test_viewer_picture import as_array, pixels_of
from tests.gui.viewer_hands import centre, corners_on_screen

L3_L4 = DiscLevel(VertebraLevel.L3, VertebraLevel.L4)
L4_L5 = DiscLevel(VertebraLevel.L4, VertebraLevel.L5)
GRADES = tuple(LegendEntry(str(i + 1), grade_colour(i, 5).name()) for i in range(5))


@pytest.fixture
def black(viewer, oblique_geometry, lumbar_overlay):
    """The viewer with a black volume and the overlay on it."""
    viewer.show_volume(np.zeros(oblique_geometry.shape, np.uint8), oblique_geometry, (0.0, 255.0))
    viewer.set_overlay(lumbar_overlay)
    return viewer


def boxes_drawn_by(module, monkeypatch):
    """The texts that a module paints from now on, with where they stand."""
    real = module.draw_text
    boxes = []

    def draw_text(painter, text, *args, **kwargs):
        box = real(painter, text, *args, **kwargs)
        boxes.append((text, box))
        return box

    monkeypatch.setattr(module, "draw_text", draw_text)
    return boxes


@pytest.fixture
def written(monkeypatch):
    """The names that were painted last, with where they stand."""
    return boxes_drawn_by(name_layout, monkeypatch)


def brightness_along(viewer, start, end):
    """The brightest channel of the pixels between two screen places."""
    image = as_array(viewer.grab_image())
    found = []
    for share in np.linspace(0.3, 0.7, 9):
        at = start + (end - start) * share
        x, y = round(at.x()), round(at.y())
        found.append(image[y - 1 : y + 2, x - 1 : x + 2].max())
    return float(np.mean(found))


# -- colours --------------------------------------------------------------------------------


def test_bodies_take_their_levels_colours(black, lumbar_overlay):
    plain = black.grab_image()
    black.set_colouring(by_level())
    image = black.grab_image()
    for level in (VertebraLevel.L3, VertebraLevel.L4):
        rows, _ = np.nonzero(pixels_of(image, level_colour(level.position).name(), 12))
        corners = corners_on_screen(black, lumbar_overlay.vertebra(level))
        assert rows.min() == pytest.approx(min(corner.y() for corner in corners), abs=3)
        assert rows.max() == pytest.approx(max(corner.y() for corner in corners), abs=3)
    black.set_colouring(PLAIN)
    assert black.grab_image() == plain


def test_grades_colour_discs_and_stand_before_them(black, written, lumbar_overlay):
    black.set_colouring(by_grade({L3_L4: GRADES[3]}, "Pfirrmann", GRADES))
    image = black.grab_image()
    outline = [black.screen_place(point) for point in lumbar_overlay.disc(L3_L4).outline_mm]
    left = min(point.x() for point in outline)
    assert pixels_of(image, GRADES[3].colour)[:, round(left) - 3 : round(left) + 60].sum() > 100
    (box,) = [box for text, box in written if text == "4"]
    assert box.right() < left
    assert box.center().y() == pytest.approx(np.mean([p.y() for p in outline]), abs=12)


def test_the_legend_names_every_colour_and_goes_with_the_corner_text(black):
    black.resize(704, 804)
    black.set_colouring(by_grade({}, "Pfirrmann", GRADES))
    image = black.grab_image()
    corner = slice(image.height() // 2, image.height()), slice(image.width() - 140, image.width())
    for grade in GRADES:
        assert pixels_of(image, grade.colour, 3)[corner].sum() > 60
    black.set_corner_text_visible(False)
    hidden = black.grab_image()
    for grade in GRADES:
        assert pixels_of(hidden, grade.colour, 3).sum() == 0


def test_a_low_view_has_no_legend(black, qtbot):
    black.resize(404, 244)
    qtbot.waitUntil(lambda: black.mouse_area.height() == 240)
    plain = black.grab_image()
    black.set_colouring(by_grade({}, "Pfirrmann", GRADES))
    assert black.grab_image() == plain


def test_opacity_spares_the_disc_in_focus(black, lumbar_overlay):
    black.set_focus(L3_L4)
    body = corners_on_screen(black, lumbar_overlay.vertebra(VertebraLevel.L3))
    before = brightness_along(black, body[0], body[3])
    accent = pixels_of(black.grab_image(), VIEWER_ACCENT).sum()
    black.set_overlay_opacity(0.3)
    assert brightness_along(black, body[0], body[3]) < 0.5 * before
    assert pixels_of(black.grab_image(), VIEWER_ACCENT).sum() == pytest.approx(accent, rel=0.05)
    black.set_overlay_opacity(0.0)
    assert brightness_along(black, body[0], body[3]) > 20


def test_the_next_volume_keeps_the_opacity(black, lumbar_overlay, oblique_geometry):
    black.set_overlay_opacity(0.3)
    image = black.grab_image()
    black.show_volume(np.zeros(oblique_geometry.shape, np.uint8), oblique_geometry, (0.0, 255.0))
    black.set_overlay(lumbar_overlay)
    assert black.grab_image() == image


# -- names ----------------------------------------------------------------------------------


@pytest.mark.parametrize("turns", range(0, -9, -1))
def test_names_cover_neither_discs_nor_each_other(black, hand, written, lumbar_overlay, turns):
    grades = {disc.level: GRADES[2] for disc in lumbar_overlay.discs}
    black.set_colouring(by_grade(grades, "", ()))
    at = black.screen_place(centre(lumbar_overlay.vertebra(VertebraLevel.L4)))
    hand.wheel(at, 120 * turns, Qt.KeyboardModifier.ControlModifier)
    written.clear()
    black.grab_image()
    assert written
    for (_, first), (_, second) in combinations(written, 2):
        assert not first.intersects(second)
    for disc in lumbar_overlay.discs:
        for point in disc.outline_mm:
            at = black.screen_place(point)
            assert not any(box.contains(QPointF(at)) for _, box in written)


def test_names_leave_the_corner_texts_readable(black, written, monkeypatch, oblique_geometry):
    corners = boxes_drawn_by(annotations, monkeypatch)
    black.set_corner_text(("A long name of a patient",))
    black.set_compact(True)
    shown = set()
    for column, row in product(range(80, 150, 5), range(60, 150, 5)):
        black.show_view(as_point(oblique_geometry.to_mm((column, row, 4))), 6.0)
        written.clear()
        corners.clear()
        black.grab_image()
        shown |= {text for text, _ in written}
        lines = [box for text, box in corners if text.startswith(("A long", "Slice"))]
        assert len(lines) == 2
        for first, second in product(lines, (box for _, box in written)):
            assert not first.intersects(second)
    assert {"L3", "L4", "L5"} <= shown


# -- notes ----------------------------------------------------------------------------------


def test_missing_levels_and_the_count_are_told_in_a_line(lumbar_overlay):
    overlay = lumbar_overlay.without(VertebraLevel.L5)
    overlay = overlay.with_missing(VertebraLevel.L5, Absence.ABSENT)
    overlay = overlay.with_missing(VertebraLevel.S2, Absence.OUT_OF_VIEW)
    assert level_notes(overlay, 80) == ("L5 absent · S2 out of view",)
    overlay = replace(overlay, numbering=Numbering(CountingBasis.SACRUM, Transition.SACRALISED))
    assert level_notes(overlay, 80) == (
        "L5 absent · S2 out of view · L5 sacralised, counted up from the sacrum",
    )
    assert level_notes(overlay, 28) == (
        "L5 absent · S2 out of view",
        "L5 sacralised",
        "counted up from the sacrum",
    )
    undetermined = replace(lumbar_overlay, numbering=Numbering(transition=Transition.UNDETERMINED))
    assert level_notes(undetermined, 80) == ("transition undetermined",)
    assert level_notes(lumbar_overlay, 80) == ()
    assert level_notes(None, 80) == ()


def test_the_line_stands_in_the_lower_left_corner(black, lumbar_overlay):
    before = as_array(black.grab_image())
    black.set_overlay(lumbar_overlay.with_missing(VertebraLevel.S2, Absence.OUT_OF_VIEW))
    rows, columns = np.nonzero(np.abs(as_array(black.grab_image()) - before).max(axis=2) > 60)
    assert rows.min() > 0.8 * before.shape[0]
    assert columns.max() < 200
    black.set_overlay(lumbar_overlay)
    assert np.array_equal(as_array(black.grab_image()), before)


# -- lent overlays --------------------------------------------------------------------------


@pytest.fixture
def other_geometry(oblique_geometry):
    """Another series of the study: other slices, tilted by some degrees about all axes."""
    a, b, c = np.deg2rad((6.0, -5.0, 8.0))
    turn_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    turn_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    turn_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    matrix = np.eye(4)
    directions = turn_x @ turn_y @ turn_z @ np.asarray(oblique_geometry.directions)
    matrix[:3, :3] = directions * (0.9, 0.7, 3.0)
    middle = oblique_geometry.to_mm((95, 80, 4))
    matrix[:3, 3] = middle - matrix[:3, :3] @ (70, 110, 7)
    return VolumeGeometry.from_matrix(matrix, (15, 220, 140))


def test_a_lent_overlay_stands_where_the_shown_series_has_it(
    viewer, hand, other_geometry, lumbar_overlay
):
    viewer.show_volume(np.zeros(other_geometry.shape, np.uint8), other_geometry, (0.0, 255.0))
    viewer.set_overlay(lumbar_overlay, editable=False)
    disc = lumbar_overlay.disc(L3_L4)
    viewer.go_to_slice(0)
    viewer.set_focus(L3_L4)
    # The nearest slice by the shown series' own planes, written out.
    normal = np.cross(other_geometry.directions[:, 0], other_geometry.directions[:, 1])
    heights = [
        float((other_geometry.to_mm((0, 0, k)) - disc.centre_mm) @ normal) for k in range(15)
    ]
    assert viewer.current_slice == int(np.argmin(np.abs(heights)))
    rows, columns = np.nonzero(pixels_of(viewer.grab_image(), VIEWER_ACCENT, 60))
    # Each point dropped square onto the slice.
    origin = other_geometry.to_mm((0, 0, viewer.current_slice))
    flat = [
        viewer.screen_place(as_point(np.asarray(point) + normal * ((origin - point) @ normal)))
        for point in disc.outline_mm
    ]
    assert columns.min() == pytest.approx(min(point.x() for point in flat), abs=4)
    assert columns.max() == pytest.approx(max(point.x() for point in flat), abs=4)
    assert rows.min() == pytest.approx(min(point.y() for point in flat), abs=4)
    assert rows.max() == pytest.approx(max(point.y() for point in flat), abs=4)
    heard = []
    viewer.disc_clicked.connect(heard.append)
    hand.click(viewer.screen_place(centre(disc)))
    assert heard == [L3_L4]


def test_a_lent_overlay_is_drawn_lighter(black, lumbar_overlay):
    own = pixels_of(black.grab_image(), OUTLINE, 80).sum()
    black.set_overlay(lumbar_overlay, editable=False)
    assert pixels_of(black.grab_image(), OUTLINE, 80).sum() < 0.6 * own
