"""Flags, blinding and repeat readings in the whole window, with its real keys and menus."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.edits import SetOverlay
from spinegrader.domain.grades import Answer, ReadingMode
from spinegrader.domain.overlays import OverlayState
from spinegrader.gui.dialogs.flag import FlagDialog
from spinegrader.gui.dialogs.protocol import ProtocolDialog
from spinegrader.gui.dialogs.repeats import RepeatsDialog
from spinegrader.services import flags, reading, repeats
from spinegrader.services.reading import Item
from spinegrader.services.session import Session
from tests.gui.cohort_project import project, reading_window
from tests.gui.test_review import leave_card, predict
from tests.test_main_job import until

__all__ = ["project"]

L4_L5 = Item(DiscLevel.parse("L4/L5"), "pfirrmann")


@pytest.fixture
def window(qtbot, project):
    return reading_window(qtbot, project)


@pytest.fixture
def session(window):
    reading.ask_gradings(window.workbench.session, ["pfirrmann"])
    return window.workbench.session


def press(window, *codes):
    for code in codes:
        QTest.keyClick(window.read_page.viewer.mouse_area, code)


def settle(window):
    """Lets the comparing of grades come to its end: a window that closes would ask about it."""
    until(lambda: not window.review_page._compare_soon.isActive())
    until(lambda: not window.workbench.quick_lane.unfinished)


def head(window):
    """What the line above the pages says, hidden parts left out."""
    return [label.text() for label in window.head.findChildren(QLabel) if label.isVisible()]


def read_in_front(window):
    """Answers every item of the study in front with the digit 2."""
    session, study_uid = window.workbench.session, window.workbench.study_uid
    items = reading.items_of(session, study_uid)
    window.workbench.select_item(reading.next_open_item(session, study_uid))
    press(window, *[Qt.Key.Key_2] * len(items))
    assert reading.next_open_item(session, study_uid) is None


def read_as(session, reader, study_uid):
    session.reader, own = reader, session.reader
    while (item := reading.next_open_item(session, study_uid)) is not None:
        reading.answer(session, study_uid, item, Answer.GRADED, 1)
    session.reader = own


def other_study(window):
    order = reading.work_list(window.workbench.session)
    return next(uid for uid in order if uid != window.workbench.study_uid)


def test_return_in_the_work_list_goes_to_the_image_and_confirms_nothing(window, session):
    series = window.workbench.series_uid
    overlay = session.state.overlay(series)
    proposed = replace(overlay, state=OverlayState.PROPOSED)
    session.apply(SetOverlay(series, overlay, proposed))
    window.read_page.work_list.view.setFocus()
    until(window.read_page.work_list.view.hasFocus)
    QTest.keyClick(window.read_page.work_list.view, Qt.Key.Key_Return)
    until(window.read_page.viewer.hasFocus)
    assert session.state.overlay(series) == proposed


def test_f_flags_the_study_and_f_lowers_the_flag(window, session):
    bench = window.workbench
    bench.select_item(L4_L5)
    press(window, Qt.Key.Key_F)
    dialog = window.findChildren(FlagDialog)[-1]
    dialog.activateWindow()
    until(dialog.isActiveWindow)
    QTest.keyClicks(dialog.words, "motion")
    QTest.keyClick(dialog.words, Qt.Key.Key_Return)
    assert "⚑ L4/L5 Pfirrmann: motion" in head(window)
    on_disk = Session.open(session.store.folder, "Dr A")
    assert on_disk.state.flag(bench.study_uid).text == "L4/L5 Pfirrmann: motion"
    on_disk.store.close(compact=False)
    window.window_actions["hide_identity"].trigger()
    assert "⚑ L4/L5 Pfirrmann: motion" in head(window)
    window.window_actions["hide_identity"].trigger()
    window.activateWindow()
    until(window.isActiveWindow)
    press(window, Qt.Key.Key_F)
    assert not any("⚑" in text for text in head(window))


def test_undo_of_a_flag_goes_where_it_was(window, session):
    here = window.workbench.study_uid
    flags.raise_flag(session, here, "look")
    window.workbench.select_study(other_study(window))
    window.show_page("page_models")
    assert window.window_actions["undo"].text().startswith("&Undo: Flag study (")
    window.window_actions["undo"].trigger()
    assert window.pages.currentWidget() is window.read_page
    assert window.workbench.study_uid == here
    assert session.state.flag(here) is None


def test_a_colleagues_words_come_in_sight_when_the_study_is_read(window, session):
    here = window.workbench.study_uid
    session.reader = "Dr B"
    flags.raise_flag(session, here, "rather 4")
    session.reader = "Dr A"
    window.head.refresh()
    assert "⚑ flagged" in head(window)
    assert "Dr A · blinded" in head(window)
    assert "rather 4" not in window.head._flag.toolTip()
    read_in_front(window)
    assert "⚑ rather 4" in head(window)
    assert "Dr A · assisted" in head(window)
    press(window, Qt.Key.Key_3)
    assert reading.own_grade(session, here, window_item(session, here)).mode == "assisted"


def window_item(session, study_uid):
    """The item that was answered with 3."""
    items = reading.items_of(session, study_uid)
    return next(it for it in items if reading.own_grade(session, study_uid, it).value == 3)


def test_review_shows_a_study_only_when_it_is_read(window, session):
    predict(session)
    leave_card(session)
    window.show_page("page_review")
    page = window.review_page
    assert page.empty.isVisible()
    assert "studies with a model's grades are held back" in page.empty.text
    assert not page.empty.button.isVisible()
    assert session.state.sights == {}
    window.show_page("page_read")
    here = window.workbench.study_uid
    read_in_front(window)
    window.show_page("page_review")
    assert {row.study_uid for row in page.model.rows} == {here}
    assert page.held_back.isVisible()
    assert "held back" in page.held_back.text
    assert {(key.study_uid, key.reader) for key in session.state.sights} == {(here, "Dr A")}
    # Opening it up to the last item makes the study one to be read blinded again.
    window.window_actions["undo"].trigger()
    assert page.model.rows == []
    assert page.empty.isVisible()
    settle(window)


def test_after_a_look_answers_on_the_images_are_assisted_too(window, session):
    predict(session)
    leave_card(session)
    read_in_front(window)
    here = window.workbench.study_uid
    item = reading.items_of(session, here)[0]
    assert reading.own_grade(session, here, item).mode is ReadingMode.BLINDED
    window.show_page("page_review")
    window.show_page("page_read")
    window.workbench.select_item(item)
    press(window, Qt.Key.Key_4)
    grade = reading.own_grade(session, here, item)
    assert (grade.value, grade.mode, grade.prediction_visible) == (4, ReadingMode.ASSISTED, True)
    assert "model's grade seen" in window.read_page.grade_grid.model.data(
        window.read_page.grade_grid.model.index_of(item), Qt.ItemDataRole.ToolTipRole
    )
    settle(window)


def test_an_assisted_protocol_opens_review_at_once(window, session):
    predict(session)
    leave_card(session)
    window.window_actions["protocol"].trigger()
    dialog = window.findChildren(ProtocolDialog)[-1]
    dialog.assisted.click()
    dialog.accept()
    window.show_page("page_review")
    until(lambda: window.review_page.model.rowCount() > 0)
    assert not window.review_page.held_back.isVisible()
    settle(window)


def test_a_repeat_is_drawn_read_from_blank_and_done_again(window, session):
    here = window.workbench.study_uid
    read_in_front(window)
    window.window_actions["repeats"].trigger()
    dialog = window.findChildren(RepeatsDialog)[-1]
    dialog.days.setValue(0)
    QTest.mouseClick(dialog.draw, Qt.MouseButton.LeftButton)
    assert any("↻ repeat, reading 2" in text for text in head(window))
    assert window.read_page.grading_panel.progress.text().startswith("0/")
    grid = window.read_page.grade_grid.model
    assert {grid.index(row, 0).data() for row in range(grid.rowCount())} == {"·"}
    press(window, Qt.Key.Key_H)  # no history: the first reading stays out of sight
    read_in_front(window)
    assert reading.study_progress(session, here).state is reading.Progress.DONE
    both = reading.readings_of(session, here)
    assert [len(both[number]) for number in (1, 2)] == [len(reading.items_of(session, here))] * 2


def test_undo_of_a_draw_goes_to_the_study_and_brings_the_answers_back(window, session):
    here = window.workbench.study_uid
    read_in_front(window)
    repeats.draw_repeats(session, 1.0, 0, seed=1)
    window.workbench.select_study(other_study(window))
    window.window_actions["undo"].trigger()
    assert window.workbench.study_uid == here
    grid = window.read_page.grade_grid.model
    assert {grid.index(row, 0).data() for row in range(grid.rowCount())} == {"2"}


def test_next_goes_to_a_study_that_needs_a_second_reader(window, session):
    here, there = window.workbench.study_uid, other_study(window)
    for study_uid in reading.work_list(session):
        if study_uid not in (here, there):
            read_as(session, "Dr A", study_uid)
    read_as(session, "Dr B", there)
    read_in_front(window)
    press(window, Qt.Key.Key_Return)
    assert window.workbench.study_uid == there
