"""The status line: always true about saving, quiet about the rest."""

import threading
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPlainTextEdit

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.grades import Answer
from spinegrader.errors import CancelledError, InvalidEditError, NotSavedError
from spinegrader.gui.dialogs.banner import DetailsDialog
from spinegrader.gui.panels.status_line import StatusLine
from spinegrader.gui.theme import ALERT_COLOURS, alert_colour, apply_theme, contrast_ratio
from spinegrader.services import reading
from spinegrader.services.importing import ImportProgress
from spinegrader.services.jobs import Job, JobState
from spinegrader.services.reading import Item
from spinegrader.services.session import Session
from spinegrader.services.settings import Theme

ITEM = Item(DiscLevel.parse("L4/L5"), "pfirrmann")


@pytest.fixture
def line(qtbot, workbench) -> StatusLine:
    made = StatusLine(workbench)
    qtbot.addWidget(made)
    made.resize(1280, 30)
    made.show()
    return made


def grade(workbench) -> None:
    reading.answer(workbench.session, "1.2.1", ITEM, Answer.GRADED, 3)


def test_tells_the_local_time_of_the_latest_change(workbench, line) -> None:
    grade(workbench)
    at = workbench.session.saved_at.astimezone()
    assert line.save_state.text() == f"Saved {at:%H:%M:%S}"
    assert abs((datetime.now(UTC) - at).total_seconds()) < 60


def test_a_project_just_opened_claims_nothing(qtbot, empty_workbench) -> None:
    line = StatusLine(empty_workbench)
    qtbot.addWidget(line)
    assert line.save_state.text() == "Nothing changed yet"


def test_a_failed_change_is_told_until_the_next_one_is_kept(workbench, line) -> None:
    def fail() -> None:
        raise NotSavedError("The disk is full: free some space.")

    assert not workbench.attempt(fail)
    assert line.save_state.text() == "✕ Not saved"
    assert line.save_state.toolTip() == "The disk is full: free some space."
    assert alert_colour().name() in line.save_state.styleSheet()
    grade(workbench)
    assert line.save_state.text().startswith("Saved ")
    assert line.save_state.styleSheet() == ""


def test_a_refused_edit_loses_nothing(workbench, line) -> None:
    before = line.save_state.text()
    workbench.failed.emit(InvalidEditError("“Pfirrmann” has no grade 9."))
    assert line.save_state.text() == before


@pytest.mark.parametrize("theme", [Theme.DARK, Theme.LIGHT])
def test_the_warning_can_be_read_in_both_themes(qapp, theme) -> None:
    apply_theme(qapp, theme)
    colour = alert_colour()
    assert colour.name() in ALERT_COLOURS
    assert contrast_ratio(colour, QApplication.palette().window().color()) >= 4.5


def test_a_notice_goes_by_itself(qtbot, workbench, line) -> None:
    line.fading.setInterval(40)
    workbench.notified.emit("Every study is read.")
    assert line.notice.whole_text == "Every study is read."
    qtbot.waitUntil(lambda: line.notice.whole_text == "", timeout=2000)


def test_training_has_its_own_place(qtbot, line) -> None:
    assert not line.show_training.isVisible()
    line.set_training_text("epoch 12/40, 6 min left")
    assert line.training.text() == "epoch 12/40, 6 min left"
    with qtbot.waitSignal(line.show_training_requested, timeout=500):
        qtbot.mouseClick(line.show_training, Qt.MouseButton.LeftButton)
    line.set_training_text("")
    assert not line.show_training.isVisible()


def test_a_long_job_shows_progress_and_can_be_cancelled(qtbot, workbench, line) -> None:
    said = threading.Event()

    def work(emit, stop_requested) -> None:
        emit(ImportProgress("Reading series", 3, 12))
        said.set()
        while not stop_requested():
            threading.Event().wait(0.01)
        raise CancelledError("Stopped.")

    job = workbench.start_quick_job(Job("Import", work))
    assert said.wait(5)
    qtbot.waitUntil(line.job.isVisible, timeout=3000)
    assert line.job.label.text() == "Reading series 3/12"
    assert (line.job.bar.value(), line.job.bar.maximum()) == (3, 12)
    qtbot.mouseClick(line.job.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not line.job.isVisible(), timeout=3000)
    assert job.state is JobState.STOPPED


def test_short_jobs_do_not_flicker(qtbot, workbench, line) -> None:
    workbench.start_quick_job(Job("Export", lambda *_: None))
    for _ in range(12):
        assert not line.job.isVisible()
        qtbot.wait(40)


def test_training_jobs_are_not_shown_as_quick_ones(qtbot, workbench, line) -> None:
    release = threading.Event()
    job = workbench.start_training_job(Job("Train", lambda *_: release.wait(5)))
    qtbot.wait(450)
    assert job.state is JobState.RUNNING
    assert not line.job.isVisible()
    release.set()


def test_recovery_is_told_when_the_project_is_opened(qtbot, workbench, line) -> None:
    assert not line.recovery.isVisible()
    workbench.session.store.recovery = "A half-written last line was left out."
    workbench.project_changed.emit()
    assert line.recovery.isVisible()
    assert line.recovery.whole_text == "A half-written last line was left out."


@pytest.mark.parametrize("way", ["text", "button"])
def test_a_long_recovery_can_be_read_in_full(qtbot, workbench, line, way) -> None:
    whole = "A journal is damaged; what could be read of it is there. " * 12
    workbench.session.store.recovery = whole
    workbench.project_changed.emit()
    assert line.recovery.text() != whole
    wanted = line.recovery if way == "text" else line.recovery_details
    qtbot.mouseClick(wanted, Qt.MouseButton.LeftButton)
    (dialog,) = line.findChildren(DetailsDialog)
    (shown,) = dialog.findChildren(QPlainTextEdit)
    assert shown.toPlainText() == whole
    dialog.reject()


def test_others_changes_do_not_claim_that_something_was_saved(workbench, line) -> None:
    def fail() -> None:
        raise NotSavedError("The disk is full: free some space.")

    other = Session.open(workbench.session.store.folder, "Dr. Other")
    reading.answer(other, "1.2.2", ITEM, Answer.GRADED, 3)
    other.store.close(compact=False)
    workbench.attempt(fail)
    workbench.session.refresh()
    assert line.save_state.text() == "✕ Not saved"
