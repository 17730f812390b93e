"""A whole study read without the mouse, in the real window, every key counted."""

import itertools
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from spinegrader.domain.edits import SetOverlay
from spinegrader.domain.grades import Answer
from spinegrader.domain.overlays import OverlayState
from spinegrader.gui.main_window import MainWindow
from spinegrader.services import reading
from spinegrader.services.reading import Item
from spinegrader.services.session import Session
from spinegrader.services.settings import Settings
from tests.gui.cohort_project import project

__all__ = ["project"]

MOST_KEYS_A_GRADING = 2


class Hands(QObject):
    """Presses keys where the keyboard is, and counts them; the mouse is not allowed."""

    def __init__(self, window):
        super().__init__(window)
        self._window = window
        self.keys = 0
        self.clicks = 0
        QApplication.instance().installEventFilter(self)

    def eventFilter(self, watched, event):  # noqa: ARG002, N802 - Qt's name
        self.clicks += event.type() is QEvent.Type.MouseButtonPress
        return False

    def press(self, key, modifier=Qt.KeyboardModifier.NoModifier):
        self.keys += 1
        target = QApplication.focusWidget()
        assert target is not None, "nothing has the keyboard"
        QTest.keyClick(target, key, modifier)


@pytest.fixture
def window(qtbot, project, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    window = MainWindow(Settings())
    with qtbot.waitExposed(window):
        window.show()
    assert window.projects.open(project)
    window.activateWindow()
    qtbot.waitUntil(window.read_page.viewer.hasFocus)
    yield window
    if window.workbench.has_session:
        window.workbench.session.store.close(compact=False)
    assert window.close()
    window.deleteLater()


def digit_for(grading, turn):
    """Another grade each time, so that a test that shifts them would be found out."""
    return grading.values[turn % len(grading.values)]


def test_a_study_is_graded_by_keys_alone_and_each_grading_takes_one(window, project):
    hands = Hands(window)
    bench = window.workbench
    session, study_uid = bench.session, bench.study_uid
    items = reading.items_of(session, study_uid)
    assert len(items) >= 25
    assert reading.study_progress(session, study_uid).answered == 0

    propose_again(session, bench.series_uid)
    hands.press(Qt.Key.Key_Return)  # the proposed vertebrae are right
    gradings = {grading.id: grading for grading in session.scheme.gradings}
    given = {}
    for turn in itertools.count():
        item = bench.item
        if item in given:
            break
        given[item] = digit_for(gradings[item.grading], turn)
        assert window.read_page.viewer.current_slice == own_slice(window, item)
        hands.press(Qt.Key.Key_0 + given[item])
    assert list(given) == list(items)
    assert hands.keys <= 1 + len(items)
    assert hands.keys / len(items) <= MOST_KEYS_A_GRADING
    assert hands.clicks == 0

    hands.press(Qt.Key.Key_Return)  # on to the next study
    assert bench.study_uid != study_uid
    assert reading.study_progress(session, bench.study_uid).answered == 0
    assert window.read_page.viewer.hasFocus()

    reader, series_uid = session.reader, session.state.series_to_grade(study_uid).uid
    session.store.close(compact=False)
    bench.close_session()
    reopened = Session.open(project, reader)
    try:
        found = {item: reading.own_grade(reopened, study_uid, item) for item in items}
        assert {item: grade.value for item, grade in found.items()} == given
        assert reopened.state.overlay(series_uid).state is OverlayState.CONFIRMED
    finally:
        reopened.store.close(compact=False)


def propose_again(session, series_uid):
    """As if a detector had drawn the vertebrae that are on the series."""
    overlay = session.state.overlay(series_uid)
    proposed = replace(overlay, state=OverlayState.PROPOSED)
    session.apply(SetOverlay(series_uid, overlay, proposed))


def own_slice(window, item):
    show = window.read_page.images.series
    overlay = window.workbench.session.state.overlay(show.uid)
    return show.geometry.nearest_slice(overlay.disc(item.disc).centre_mm)


def test_other_answers_take_one_key_too(window):
    hands = Hands(window)
    bench = window.workbench
    first, second, third = reading.items_of(bench.session, bench.study_uid)[:3]
    hands.press(Qt.Key.Key_U)
    hands.press(Qt.Key.Key_N)
    hands.press(Qt.Key.Key_Tab)
    assert bench.item == reading.items_of(bench.session, bench.study_uid)[3]
    hands.press(Qt.Key.Key_Backspace)
    answers = [
        reading.own_grade(bench.session, bench.study_uid, item) for item in (first, second, third)
    ]
    assert answers[0].answer is Answer.UNSURE
    assert answers[1:] == [None, None]
    assert bench.item == second


def test_the_disc_in_focus_comes_to_the_middle_large_enough_to_be_read(window):
    bench, viewer = window.workbench, window.read_page.viewer
    items = reading.items_of(bench.session, bench.study_uid)
    for item in (items[0], items[-1]):
        bench.select_item(Item(item.disc, item.grading))
    overlay = bench.session.state.overlay(bench.series_uid)
    disc = overlay.disc(items[-1].disc)
    at = viewer.screen_place(tuple(disc.centre_mm))
    middle = viewer.mouse_area.rect().center()
    assert abs(at.x() - middle.x()) < 0.05 * viewer.width()
    assert abs(at.y() - middle.y()) < 0.05 * viewer.height()
    places = [viewer.screen_place(point) for point in disc.outline_mm]
    across = max(place.x() for place in places) - min(place.x() for place in places)
    assert across >= 130


def test_controls_are_pressed_by_key_where_the_keyboard_is_on_them(window):
    hands = Hands(window)
    bench, page = window.workbench, window.read_page
    item = bench.item
    button = page.grading_panel.rows[item.grading].buttons[4]
    button.setFocus(Qt.FocusReason.TabFocusReason)
    hands.press(Qt.Key.Key_Space)
    assert reading.own_grade(bench.session, bench.study_uid, item).value == 4
    page.series_bar.buttons[list(page.series_bar.buttons)[1]].setFocus()
    hands.press(Qt.Key.Key_Space)
    assert bench.series_uid == list(page.series_bar.buttons)[1]


def test_the_next_study_is_the_next_one_in_the_order_of_the_list(window):
    bench, page = window.workbench, window.read_page
    session = bench.session
    undone = [
        uid
        for uid in reading.work_list(session)
        if reading.study_progress(session, uid).state is not reading.Progress.DONE
    ]
    by_date = sorted(undone, key=lambda uid: session.state.studies[uid].date)
    assert by_date != undone
    page.work_list.sort.setCurrentText("Date")
    bench.select_study(by_date[0])
    page.actions_by_id["next_study"].trigger()
    assert bench.study_uid == by_date[1]
    page.work_list.search.setText(session.state.studies[by_date[1]].patient_id)
    page.actions_by_id["next_study"].trigger()
    assert bench.study_uid == by_date[1]


def test_a_patient_is_found_by_keys_alone(window):
    hands = Hands(window)
    bench, page = window.workbench, window.read_page
    last = reading.work_list(bench.session)[-1]
    patient_id = bench.session.state.studies[last].patient_id
    hands.press(Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert page.work_list.search.hasFocus()
    QTest.keyClicks(page.work_list.search, patient_id)
    hands.press(Qt.Key.Key_Return)
    hands.press(Qt.Key.Key_End)
    QTest.qWait(60)
    assert bench.study_uid == last
    hands.press(Qt.Key.Key_Return)
    assert page.viewer.hasFocus()
    assert hands.clicks == 0
