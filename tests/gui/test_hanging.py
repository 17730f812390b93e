"""Several images beside each other, in the real window over a real project."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from spinegrader.domain.geometry import as_point
from spinegrader.services.hanging import Role
from spinegrader.services.reading import Item
from spinegrader.services.settings import MouseStyle, load_settings
from tests.gui.hanging_project import L4_L5, opened_window
from tests.hands import Hand
from tests.pictures import look_alike


@pytest.fixture
def window(qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with opened_window(qtbot, tmp_path / "project") as window:
        yield window


def press(viewer, key) -> None:
    """A key, where the reader's hand is."""
    viewer.setFocus()
    QTest.keyClick(viewer.mouse_area, key)


@pytest.fixture
def area(window):
    return window.read_page.images_area


def middle_of(viewer, place) -> tuple[float, float]:
    """How far a place of the patient stands from the middle of a viewer, as a share of it."""
    at, size = viewer.screen_place(as_point(place)), viewer.mouse_area.size()
    return at.x() / size.width() - 0.5, at.y() / size.height() - 0.5


def disc_centre(show) -> np.ndarray:
    return show.overlay.disc(L4_L5).centre_mm


def focus(window, disc=L4_L5) -> None:
    window.workbench.select_item(Item(disc, "pfirrmann"))


def test_what_the_study_has_hangs_beside_and_the_rest_takes_no_room(window, area):
    hung = {role: show.series_uid for role, show in area.shows.items()}
    assert hung == {
        Role.MAIN: "1.2.1",
        Role.SECOND: "1.2.2",
        Role.AXIAL: "1.2.3",
        Role.PRIOR: "1.1.1",
    }
    assert all(pane.isVisible() for pane in area.panes.values())
    window.workbench.select_study("1.1")
    QTest.qWait(50)
    assert [role for role, pane in area.panes.items() if pane.isVisible()] == [
        Role.MAIN,
        Role.PRIOR,
    ]
    assert "4.0 years later" in area.panes[Role.PRIOR].heading.text()


def test_a_level_stands_at_the_same_place_though_the_person_lies_elsewhere(window, area):
    focus(window)
    main, prior = area.shows[Role.MAIN], area.shows[Role.PRIOR]
    assert middle_of(main.viewer, disc_centre(main)) == pytest.approx((0, 0), abs=0.01)
    assert middle_of(prior.viewer, disc_centre(prior)) == pytest.approx((0, 0), abs=0.01)
    assert main.viewer.current_slice == main.geometry.nearest_slice(disc_centre(main))
    assert prior.viewer.current_slice == prior.geometry.nearest_slice(disc_centre(prior))


def test_moving_one_image_moves_the_others_by_millimetres(window, area):
    focus(window)
    main, prior = area.shows[Role.MAIN], area.shows[Role.PRIOR]
    hand = Hand(main.viewer.mouse_area)
    hand.drag(QPointF(60, 200), QPointF(110, 240))
    moved = middle_of(main.viewer, disc_centre(main))
    assert max(map(abs, moved)) > 0.02
    shares = main.viewer.height() / prior.viewer.height()
    scale = main.viewer.pixels_per_mm / prior.viewer.pixels_per_mm
    assert scale == pytest.approx(shares)
    across = prior.viewer.mouse_area.height() * middle_of(prior.viewer, disc_centre(prior))[1]
    expected = main.viewer.mouse_area.height() * moved[1] / scale
    assert across == pytest.approx(expected, abs=1.0)


def test_slices_go_together_within_a_visit_and_from_disc_to_disc(window, area):
    focus(window)
    main, second, prior = (area.shows[role] for role in (Role.MAIN, Role.SECOND, Role.PRIOR))
    before = prior.viewer.current_slice
    press(main.viewer, Qt.Key.Key_Down)
    x_mm = main.geometry.to_mm((0, 0, main.viewer.current_slice))[0]
    assert second.viewer.current_slice == second.geometry.nearest_slice((x_mm, 0, 0))
    assert prior.viewer.current_slice == before + 1


def test_unlinked_images_move_on_their_own(window, area):
    focus(window)
    prior = area.shows[Role.PRIOR].viewer
    press(area.main, Qt.Key.Key_K)
    before = prior.current_slice
    press(area.main, Qt.Key.Key_Down)
    assert prior.current_slice == before
    press(area.main, Qt.Key.Key_K)
    assert prior.current_slice == before + 1


def test_the_axial_image_goes_to_the_disc_and_lines_show_where_it_cuts(window, area):
    focus(window)
    main, axial = area.shows[Role.MAIN], area.shows[Role.AXIAL]
    centre = disc_centre(main)
    assert axial.viewer.current_slice == axial.geometry.nearest_slice(centre)
    with_line = main.viewer.grab_image()
    height = axial.geometry.to_mm((0, 0, axial.viewer.current_slice))[2]
    at = main.viewer.screen_place((0.0, -25.0, float(height)))
    ratio = with_line.devicePixelRatio()
    colour = with_line.pixelColor(int(at.x() * ratio), int(at.y() * ratio))
    assert colour.green() > colour.red() + 30
    axial.viewer.step_slice(2)
    assert main.viewer.grab_image() != with_line


def test_a_key_fills_with_one_image_and_brings_all_back(window, area):
    press(area.panes[Role.SECOND].viewer, Qt.Key.Key_M)
    assert [role for role, pane in area.panes.items() if pane.isVisible()] == [Role.SECOND]
    press(area.panes[Role.SECOND].viewer, Qt.Key.Key_M)
    assert all(pane.isVisible() for pane in area.panes.values())


def test_a_double_click_fills_with_the_image_under_it_and_brings_all_back(window, area):
    for shown in ([Role.AXIAL], list(area.panes)):
        Hand(area.panes[Role.AXIAL].viewer.mouse_area).double_click(QPointF(40, 40))
        assert [role for role, pane in area.panes.items() if pane.isVisible()] == shown


def test_a_preset_is_for_the_image_that_has_the_keyboard(window, area):
    second, main = area.panes[Role.SECOND].viewer, area.main
    before = main.window_range
    second.setFocus()
    shown = []
    for code in (Qt.Key.Key_3, Qt.Key.Key_4):
        QTest.keyClick(second.mouse_area, code, Qt.KeyboardModifier.AltModifier)
        shown.append(second.window_range)
    assert shown[0][0] < shown[1][0] < shown[1][1] < shown[0][1]
    assert main.window_range == before


def test_the_mouse_of_the_settings_is_that_of_all_images(window, area):
    window.workbench.change_settings(mouse=MouseStyle.OHIF, smooths_images=True)
    assert {pane.viewer.mouse_scheme.name for pane in area.panes.values()} == {"OHIF Viewer"}


def test_keys_act_on_the_image_that_has_the_keyboard(window, area):
    second, main = area.panes[Role.SECOND].viewer, area.main
    second.setFocus()
    before = main.grab_image(), second.grab_image()
    press(second, Qt.Key.Key_I)
    assert main.grab_image() == before[0]
    assert second.grab_image() != before[1]


def test_a_layout_is_remembered(window, area, tmp_path):
    window.workbench.change_settings(hanging="prior_beside")
    shown = [role for role, pane in area.panes.items() if pane.isVisible()]
    assert shown == [Role.MAIN, Role.PRIOR]
    assert load_settings().hanging == "prior_beside"


def test_the_other_visit_says_what_was_read_there(window, area):
    from spinegrader.domain.grades import Answer
    from spinegrader.services import reading

    session = window.workbench.session
    reading.answer(session, "1.1", Item(L4_L5, "pfirrmann"), Answer.GRADED, 4)
    focus(window)
    lines = area._words.corner(Role.PRIOR, session.state.series["1.1.1"])
    assert lines == ("L4/L5", "Pfirrmann: 4 IV")


def test_space_hides_the_overlays_as_long_as_it_is_held(window, area):
    focus(window)
    viewer = window.read_page.viewer
    viewer.setFocus()
    shown = viewer.grab_image()
    QTest.keyPress(viewer.mouse_area, Qt.Key.Key_Space)
    hidden = viewer.grab_image()
    QTest.keyRelease(viewer.mouse_area, Qt.Key.Key_Space)
    assert not look_alike(hidden, shown)
    assert look_alike(viewer.grab_image(), shown)


def test_identity_hidden_shows_no_date_of_another_visit(window, area):
    window.workbench.change_settings(identity_hidden=True)
    heading = area.panes[Role.PRIOR].heading.text()
    assert "2015" not in heading
    assert "visit 1" in heading


def test_a_click_brings_the_place_up_on_the_other_images(window, area):
    main, axial = area.shows[Role.MAIN], area.shows[Role.AXIAL]
    press(area.main, Qt.Key.Key_Z)
    place = (0.0, 25.0, -15.0)
    Hand(main.viewer.mouse_area).click(main.viewer.screen_place(place))
    assert axial.viewer.current_slice == axial.geometry.nearest_slice(place)


def test_a_series_without_vertebrae_shows_those_of_its_sister_but_does_not_change_them(
    window, area
):
    focus(window)
    second = area.shows[Role.SECOND]
    assert second.is_lent
    at = second.viewer.screen_place(as_point(second.overlay.vertebra("L4").centre_mm))
    hand = Hand(second.viewer.mouse_area)
    hand.drag(at, at + QPointF(12, 0))
    assert window.workbench.session.state.overlay("1.2.2") is None
    assert window.workbench.session.next_undo is None


def test_what_was_measured_on_a_series_comes_back_with_it(window, area):
    press(area.main, Qt.Key.Key_D)
    hand = Hand(area.main.mouse_area)
    hand.drag(QPointF(80, 200), QPointF(140, 260))
    assert len(area.main.measurements) == 1
    kept = area.main.measurements
    press(area.main, Qt.Key.Key_Escape)
    window.workbench.select_series("1.2.2")
    assert area.main.measurements == ()
    window.workbench.select_series("1.2.1")
    assert area.main.measurements == kept


def test_the_next_study_is_read_while_the_reader_looks_at_this_one(window, area, monkeypatch):
    from spinegrader.gui import volumes

    read = []
    load = volumes.load_volume
    monkeypatch.setattr(
        volumes,
        "load_volume",
        lambda store, series, stack=0: read.append(series.uid) or load(store, series, stack),
    )
    area.volumes.clear()
    area.prefetch.read_next()
    assert read == ["1.1.1"]
    window.workbench.select_study("1.1")
    assert read.count("1.1.1") == 1


def test_layouts_follow_on_each_other_by_key(window, area):
    press(area.main, Qt.Key.Key_L)
    assert [role for role, pane in area.panes.items() if pane.isVisible()] == [Role.MAIN]
    press(area.main, Qt.Key.Key_L)
    assert [role for role, pane in area.panes.items() if pane.isVisible()] == [
        Role.MAIN,
        Role.SECOND,
    ]


def test_images_that_are_not_linked_say_so(window, area):
    press(area.main, Qt.Key.Key_K)
    assert "not linked" in area.panes[Role.SECOND].heading.text()
    assert "not linked" in area.panes[Role.PRIOR].heading.text()
    press(area.main, Qt.Key.Key_K)
    assert "not linked" not in area.panes[Role.PRIOR].heading.text()


def test_a_visit_without_vertebrae_says_why_it_does_not_go_along(window, area):
    from spinegrader.domain.edits import SetOverlay

    session = window.workbench.session
    heading = area.panes[Role.PRIOR].heading
    assert "not linked" not in heading.text()
    before = session.state.overlay("1.1.1")
    session.apply(SetOverlay("1.1.1", before, None))
    assert "it takes vertebrae on both visits" in heading.text()
    session.undo()
    assert "not linked" not in heading.text()
