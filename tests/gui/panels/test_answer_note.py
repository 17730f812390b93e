"""What the grade in focus means, in words and drawn, below the buttons."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication

from spinegrader.domain.scheme import GradeClass, Grading, Scale
from spinegrader.gui.examples.catalogue import picture_of
from spinegrader.gui.panels.answer_note import AnswerNote
from spinegrader.gui.panels.grading_panel import GradingPanel
from tests.gui.panels.test_grading_panel import STUDY


@pytest.fixture
def panel(qtbot, workbench) -> GradingPanel:
    made = GradingPanel(workbench)
    qtbot.addWidget(made)
    made.resize(340, 700)
    made.show()
    qtbot.waitExposed(made)
    workbench.select_study(STUDY)
    return made


def test_the_drawing_follows_the_pointer_and_goes_back_to_the_answer(panel):
    row = panel.rows["pfirrmann"]
    example = panel.note.example
    assert not example.isVisible()
    point = QPointF(3, 3)
    QApplication.sendEvent(row.buttons[4], QEnterEvent(point, point, point))
    assert example.isVisible()
    four = example.grab().toImage()
    QApplication.sendEvent(row.buttons[5], QEnterEvent(point, point, point))
    assert example.grab().toImage() != four
    assert example.picture == picture_of(row.grading, 5)
    row.buttons[5].hovered.emit(False)
    assert not example.isVisible()


def test_the_drawing_is_of_the_answer_to_the_item_in_focus(panel):
    panel.enter_digit(2)
    assert not panel.note.example.isVisible()
    panel.step(-1)
    assert panel.note.example.picture == picture_of(panel.rows["pfirrmann"].grading, 2)
    assert panel.note.example.isVisible()


def test_the_keyboard_shows_the_drawing_too(qtbot, panel):
    button = panel.rows["pfirrmann"].buttons[1]
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    button.setFocus(Qt.FocusReason.TabFocusReason)
    assert panel.note.example.picture == picture_of(panel.rows["pfirrmann"].grading, 1)


def test_nothing_jumps_when_a_drawing_comes(panel):
    buttons, note = panel.buttons.geometry(), panel.note.geometry()
    panel.rows["pfirrmann"].buttons[5].hovered.emit(True)
    QApplication.processEvents()
    assert (panel.buttons.geometry(), panel.note.geometry()) == (buttons, note)


def test_words_fit_beside_the_drawing_in_the_narrowest_panel(panel):
    panel.resize(panel.minimumSizeHint().width(), 700)
    QApplication.processEvents()
    for row in panel.rows.values():
        for button in row.buttons.values():
            button.hovered.emit(True)
            QApplication.processEvents()
            label = panel.note.meaning
            assert label.heightForWidth(label.width()) <= label.height(), label.text()


def test_words_stand_alone_for_a_grading_of_a_centre(qtbot):
    classes = (GradeClass(0, "none", "No spur"), GradeClass(1, "some", "A spur"))
    own = Grading("osteophytes", "Osteophytes", Scale.ORDINAL, classes)
    note = AnswerNote()
    qtbot.addWidget(note)
    note.show()
    note.show_item(own, None, "Dr A", "press 1 to 4")
    note.show_class(own, classes[1])
    assert note.meaning.text() == "Osteophytes 1 some: A spur."
    assert not note.example.isVisible()


def test_a_low_window_keeps_its_room_for_the_gradings(qtbot, panel):
    panel.enter_digit(2)
    panel.step(-1)
    QApplication.processEvents()
    high = panel.note.height()
    assert panel.note.example.isVisible()
    panel.resize(340, 400)
    qtbot.waitUntil(lambda: panel.note.height() < high - 20)
    assert not panel.note.example.isVisible()
    panel.resize(340, 700)
    qtbot.waitUntil(lambda: panel.note.height() == high)
    assert panel.note.example.isVisible()
