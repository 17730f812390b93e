"""The buttons for vertebrae, the hint and the levels while placing."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.gui.panels.overlay_bar import OverlayBar


@pytest.fixture
def actions(qapp) -> list[QAction]:
    place, remove = QAction("&Place vertebrae"), QAction("Remove selected")
    place.setShortcut(QKeySequence("P"))
    remove.setShortcut(QKeySequence("Del"))
    return [place, remove]


@pytest.fixture
def offer(qapp) -> QAction:
    action = QAction("Count L5 as L6")
    action.setVisible(False)
    return action


@pytest.fixture
def bar(qtbot, actions, offer) -> OverlayBar:
    made = OverlayBar(actions, offer)
    qtbot.addWidget(made)
    made.resize(500, 80)
    made.show()
    return made


def test_buttons_say_action_and_key_and_trigger_it(qtbot, actions, bar) -> None:
    assert [button.text() for button in bar.buttons] == [
        "Place vertebrae (P)",
        "Remove selected (Del)",
    ]
    with qtbot.waitSignal(actions[0].triggered, timeout=500):
        qtbot.mouseClick(bar.buttons[0], Qt.MouseButton.LeftButton)


def test_no_button_is_a_window_of_its_own(qapp, actions, offer) -> None:
    made = OverlayBar(actions, offer)
    assert not any(widget.isVisible() for widget in qapp.topLevelWidgets())
    made.deleteLater()


def test_buttons_follow_their_actions(actions, bar) -> None:
    actions[1].setEnabled(False)
    assert not bar.buttons[1].isEnabled()
    actions[1].setText("Remove &L4")
    assert bar.buttons[1].text() == "Remove L4 (Del)"


def test_levels_are_chosen_while_placing_only(bar) -> None:
    boxes = bar.levels.upper_box, bar.levels.lower_box
    assert not any(box.isVisible() for box in boxes)
    bar.set_placing(True)
    assert all(box.isVisible() for box in boxes)
    assert (bar.top_level, bar.bottom_level) == (VertebraLevel.L1, VertebraLevel.S1)


def test_the_lower_level_stays_below_the_upper(qtbot, bar) -> None:
    with qtbot.waitSignal(bar.levels_changed, timeout=500):
        bar.levels.lower_box.setCurrentText("L4")
    bar.levels.upper_box.setCurrentText("L5")
    assert (bar.top_level, bar.bottom_level) == (VertebraLevel.L5, VertebraLevel.S1)
    bar.levels.lower_box.setCurrentText("T10")
    assert (bar.top_level, bar.bottom_level) == (VertebraLevel.T9, VertebraLevel.T10)


def test_says_what_to_do_next(bar) -> None:
    bar.set_hint("Click the centre of L1.")
    assert bar.hint.text() == "Click the centre of L1."


def test_an_offer_comes_and_goes_without_moving_anything(qtbot, bar, offer) -> None:
    height = bar.sizeHint().height()
    assert not bar.offer.isVisible()
    offer.setVisible(True)
    assert bar.offer.isVisible()
    assert bar.sizeHint().height() == height
    with qtbot.waitSignal(offer.triggered, timeout=500):
        qtbot.mouseClick(bar.offer, Qt.MouseButton.LeftButton)
