"""The dialogs of the reading protocol, of repeat readings and of flags, with real keys."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QDialogButtonBox, QWidget

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.grades import Answer, ReadingMode
from spinegrader.gui.dialogs.flag import FlagDialog, toggle_flag
from spinegrader.gui.dialogs.protocol import ProtocolDialog, ask_protocol
from spinegrader.gui.dialogs.repeats import RepeatsDialog, ask_repeats
from spinegrader.services import reading
from spinegrader.services.protocol import ReadingProtocol, reading_protocol, set_protocol
from spinegrader.services.reading import Item


@pytest.fixture
def window(qtbot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


def opened(window: QWidget, kind):
    return window.findChildren(kind)[-1]


def press(qtbot, dialog, button: QDialogButtonBox.StandardButton) -> None:
    box = dialog.findChild(QDialogButtonBox)
    qtbot.mouseClick(box.button(button), Qt.MouseButton.LeftButton)


def read(session, study_uid: str) -> None:
    while (item := reading.next_open_item(session, study_uid)) is not None:
        reading.answer(session, study_uid, item, Answer.GRADED, 1)


def test_the_protocol_is_chosen_kept_and_undone(qtbot, workbench, window, reopened) -> None:
    session = workbench.session
    ask_protocol(workbench, window)
    dialog = opened(window, ProtocolDialog)
    assert dialog.chosen == ReadingProtocol()
    qtbot.mouseClick(dialog.assisted, Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    dialog.readers.selectAll()
    qtbot.keyClicks(dialog.readers, "2")
    dialog.percent.selectAll()
    qtbot.keyClicks(dialog.percent, "25")
    dialog.days.selectAll()
    qtbot.keyClicks(dialog.days, "60")
    press(qtbot, dialog, QDialogButtonBox.StandardButton.Ok)
    chosen = ReadingProtocol(
        mode=ReadingMode.ASSISTED, readers=2, repeat_percent=25, repeat_after_days=60
    )
    assert reading_protocol(session).model_dump() == chosen.model_dump()
    session.undo()
    assert reading_protocol(session) == ReadingProtocol()
    session.redo()
    assert reading_protocol(reopened()) == chosen


def test_a_protocol_that_is_left_alone_is_no_change(qtbot, workbench, window) -> None:
    before = workbench.session.next_undo
    ask_protocol(workbench, window)
    press(qtbot, opened(window, ProtocolDialog), QDialogButtonBox.StandardButton.Ok)
    ask_protocol(workbench, window)
    press(qtbot, opened(window, ProtocolDialog), QDialogButtonBox.StandardButton.Cancel)
    assert workbench.session.next_undo is before


def test_the_draw_says_how_many_and_draws_them(qtbot, workbench, window) -> None:
    session = workbench.session
    set_protocol(session, ReadingProtocol(repeat_percent=60, repeat_after_days=28))
    for uid in ("1.2.1", "1.2.2", "1.2.3"):
        read(session, uid)
    told: list[str] = []
    workbench.notified.connect(told.append)
    ask_repeats(workbench, window)
    dialog = opened(window, RepeatsDialog)
    assert dialog.percent.value() == 60
    assert "3 studies are read completely, 0 of them long enough ago" in dialog.outcome.text()
    assert not dialog.draw.isEnabled()
    dialog.days.setValue(0)
    assert dialog.outcome.text().endswith("3 of them long enough ago: 2 will be drawn.")
    dialog.seed.setValue(5)
    qtbot.mouseClick(dialog.draw, Qt.MouseButton.LeftButton)
    asked = [
        session.state.asked_reading(uid, session.reader) for uid in ("1.2.1", "1.2.2", "1.2.3")
    ]
    assert sorted(asked) == [1, 2, 2]
    assert session.undo_title == "Draw repeat readings (seed 5)"
    assert told == ["2 studies are to be read again; undo takes the draw back."]


def test_words_of_a_flag_go_on_behind_the_item_in_focus(qtbot, workbench, window, reopened) -> None:
    workbench.select_study("1.2.3")
    workbench.select_item(Item(DiscLevel.parse("L4/L5"), "pfirrmann"))
    toggle_flag(workbench, "1.2.3", window)
    dialog = opened(window, FlagDialog)
    qtbot.keyClicks(dialog.words, "motion")
    qtbot.keyClick(dialog.words, Qt.Key.Key_Return)
    flag = reopened().state.flag("1.2.3")
    assert (flag.text, flag.by) == ("L4/L5 Pfirrmann: motion", "Dr. Reader")


def test_escape_raises_no_flag_and_a_second_press_lowers_one(qtbot, workbench, window) -> None:
    workbench.select_study("1.2.3")
    toggle_flag(workbench, "1.2.3", window)
    dialog = opened(window, FlagDialog)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert workbench.session.state.flag("1.2.3") is None
    toggle_flag(workbench, "1.2.3", window)
    qtbot.keyClick(opened(window, FlagDialog).words, Qt.Key.Key_Return)
    assert workbench.session.state.flag("1.2.3") is not None
    toggle_flag(workbench, "1.2.3", window)
    assert workbench.session.state.flag("1.2.3") is None
    workbench.session.undo()
    assert workbench.session.state.flag("1.2.3") is not None


def test_without_a_visit_there_is_nothing_to_flag(workbench, window) -> None:
    told: list[str] = []
    workbench.notified.connect(told.append)
    toggle_flag(workbench, "", window)
    assert told == ["Choose a visit first, then flag it."]
    assert window.findChildren(FlagDialog) == []
