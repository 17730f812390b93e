"""A training while it runs, in real widgets: watched, paused, stopped, thrown away, broken off."""

import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox

from spinegrader.gui import leaving
from spinegrader.gui.leaving import LeavingDialog
from spinegrader.gui.training.compare_curves import MOST_CURVES, CompareCurvesDialog
from spinegrader.gui.training.compare_models import CompareModelsDialog
from spinegrader.gui.training.jobs import start_pretraining
from spinegrader.gui.training.models_page import ModelsPage
from spinegrader.gui.training.runs_model import RunColumn
from spinegrader.gui.training.start_dialog import JobKind
from spinegrader.model import files
from spinegrader.model.config import BackboneConfig, PretrainConfig
from spinegrader.model.events import EpochEvent, to_json
from spinegrader.model.pretrain_task import PretrainTask
from spinegrader.model.runs import EVENTS, list_runs, read_card
from spinegrader.services.jobs import Job, JobState
from tests.gui.cohort_project import opened, project, reading_window, workbench
from tests.gui.test_every_text import bypassing, language, template
from tests.test_main_job import until

__all__ = ["language", "opened", "project", "template", "workbench"]

_TINY = BackboneConfig(width=0.04, hidden=16, embedding=16, pooled_grid=(2, 2), dropout=0.0)
_TINY_RUN = PretrainConfig.laptop().model_copy(
    update={"volume_shape": (3, 24, 24), "backbone": _TINY, "epochs": 3}
)
_ENDLESS = _TINY_RUN.model_copy(update={"epochs": 1000})


@pytest.fixture
def page(qtbot, workbench):
    shown = ModelsPage(workbench)
    qtbot.addWidget(shown)
    shown.resize(1280, 730)
    shown.show()
    return shown


@pytest.fixture
def panel(page):
    return page.view.job_panel


def click(qtbot, button):
    assert button.isVisible()
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def begin(qtbot, page, config):
    """Starts a pre-training as a reader does, by its dialog; its job."""
    dialog = page.open_dialog(JobKind.PRETRAIN)
    dialog.form.show_config(config)
    assert dialog.form.config() == config
    click(qtbot, dialog.start_button)
    assert not dialog.isVisible()
    return dialog.job


def drawn_epochs(page):
    epochs = page.view.curves.train_curve.getOriginalDataset()[0]
    return [] if epochs is None else list(epochs)


def state_of(page, row=0):
    return page.model.index(row, RunColumn.STATE).data()


def ended(job):
    until(lambda: job.is_over)
    # What follows on the window's thread, too.
    for _ in range(3):
        QApplication.processEvents()


def test_curves_and_figures_move_while_it_learns(qtbot, opened, page, panel):
    said = []
    page.status_changed.connect(said.append)
    job = begin(qtbot, page, _ENDLESS)
    until(lambda: len(drawn_epochs(page)) >= 2)
    first = drawn_epochs(page)
    until(lambda: len(drawn_epochs(page)) > len(first))
    assert panel.isVisible()
    assert panel.label.text().startswith("Epoch ")
    assert " left" in panel.label.text()
    facts = panel.facts
    assert facts.text_of("Epoch").endswith(" of 1000 done")
    assert int(facts.text_of("Best epoch")) >= 1
    assert facts.text_of("Epochs without gain")[0].isdigit()
    assert "pairs a second" in facts.text_of("Speed")
    assert facts.text_of("Device").startswith("CPU (")
    assert facts.text_of("Memory").endswith((" MB", " GB"))
    assert panel.progress.value() >= 2
    click(qtbot, panel.stop_button)
    ended(job)
    until(lambda: not panel.isVisible())
    assert any("left" in text for text in said)


def test_pause_stands_still_and_goes_on_in_the_same_process(qtbot, opened, page, panel):
    said, events = [], []
    page.status_changed.connect(said.append)
    opened.job_event.connect(lambda _, event: events.append(event))
    job = begin(qtbot, page, _ENDLESS)
    other = begin(qtbot, page, _TINY_RUN)
    until(lambda: len(drawn_epochs(page)) >= 1)
    page.table.selectRow(0)
    click(qtbot, panel.pause_button)
    until(lambda: job.state is JobState.PAUSED and state_of(page) == "‖ paused")
    assert panel.label.text().startswith("Paused: ")
    assert said[-1].startswith("pre-training: paused, epoch ")
    QApplication.processEvents()
    told, used_s = len(events), time.process_time()
    end_s = time.monotonic() + 0.5
    until(lambda: time.monotonic() > end_s)
    assert len(events) == told
    assert time.process_time() - used_s < 0.4
    assert other.state is JobState.WAITING
    assert panel.pause_button.text() == "Go on"
    click(qtbot, panel.pause_button)
    until(lambda: len(events) > told)
    assert state_of(page) == "▶ running"
    click(qtbot, panel.pause_button)
    until(lambda: job.state is JobState.PAUSED)
    click(qtbot, panel.stop_button)
    ended(job)
    assert read_card(job.run_folder).state == "stopped"
    ended(other)
    assert other.state is JobState.DONE


def test_a_pause_changes_nothing_of_what_is_learnt(opened):
    config = _TINY_RUN.model_copy(update={"device": "cpu"})
    curves = []
    for pauses in (False, True):
        job = start_pretraining(opened, config)
        if pauses:
            job.request_pause()
            until(lambda job=job: job.state is JobState.PAUSED)
            job.go_on()
        ended(job)
        card = read_card(job.run_folder)
        curves.append((card.weights_sha256, dict(card.figures)))
    assert curves[0] == curves[1]


def test_cancel_asks_in_full_words_and_throws_the_run_away(qtbot, opened, page, panel):
    job = begin(qtbot, page, _ENDLESS)
    until(lambda: len(drawn_epochs(page)) >= 1)
    click(qtbot, panel.cancel_button)
    (box,) = panel.findChildren(QMessageBox)
    assert "can't be brought back" in box.informativeText()
    assert box.defaultButton().text() == "Keep training"
    done = len(drawn_epochs(page))
    until(lambda: len(drawn_epochs(page)) > done)  # it goes on while it is asked
    click(qtbot, box.defaultButton())
    assert not job.is_cancelled
    click(qtbot, panel.cancel_button)
    box = panel.findChildren(QMessageBox)[-1]
    (throw,) = [button for button in box.buttons() if button is not box.defaultButton()]
    click(qtbot, throw)
    ended(job)
    assert job.state is JobState.STOPPED
    until(lambda: page.model.rowCount() == 0)
    assert list(opened.session.store.runs_folder.iterdir()) == []


def test_a_run_that_was_stopped_goes_on_and_can_then_be_thrown_away(qtbot, opened, page, panel):
    job = begin(qtbot, page, _ENDLESS)
    until(lambda: len(drawn_epochs(page)) >= 2)
    click(qtbot, panel.stop_button)
    ended(job)
    until(lambda: state_of(page) == "◐ stopped")
    done = read_card(job.run_folder).epochs_done
    click(qtbot, page.view.resume_button)
    (resumed,) = opened.training_lane.unfinished
    until(lambda: max(drawn_epochs(page), default=0) > done)
    resumed.request_cancel()
    ended(resumed)
    assert not job.run_folder.exists()


def test_the_queue_is_seen_moved_and_shortened(qtbot, opened, page):
    queue = page.queue
    assert not queue.isVisible()
    first, second, third = (begin(qtbot, page, config) for config in [_ENDLESS] * 3)
    until(lambda: queue.jobs == (second, third) and queue.isVisible())
    # One that waits has nothing to tell yet, and can be taken out where it is shown, too.
    panel = page.view.job_panel
    until(lambda: first.state is JobState.RUNNING and panel.facts.isVisible())
    page.runs.select(third.run_folder)
    page.reload()
    assert panel.stop_button.text() == "Take out"
    assert "Waiting" in panel.label.text()
    assert not panel.facts.isVisible()
    assert not page.view.curves.isVisible()
    assert not queue.up_button.isEnabled()
    queue.list.setCurrentRow(1)
    click(qtbot, queue.up_button)
    assert queue.jobs == (third, second)
    assert queue.list.currentRow() == 0
    queue.list.setCurrentRow(1)
    click(qtbot, queue.out_button)
    assert queue.jobs == (third,)
    ended(second)
    assert second.state is JobState.STOPPED
    assert not second.run_folder.exists()
    assert not first.is_over
    first.request_stop()
    until(lambda: third.state is JobState.RUNNING)
    until(lambda: not queue.isVisible())
    third.request_stop()
    ended(third)


def test_nothing_of_a_job_is_left(opened):
    before = set(threading.enumerate())
    job = start_pretraining(opened, _TINY_RUN)
    ended(job)
    left = [thread.name for thread in threading.enumerate() if thread not in before]
    assert left == ["training"]
    assert opened.training_lane.shut_down(10)
    assert set(threading.enumerate()) == before


def test_the_training_menu_acts_on_what_runs_and_says_why_it_cannot(qtbot, project):
    window = reading_window(qtbot, project)
    actions = window.window_actions
    pause, stop, cancel = (actions[f"{name}_training"] for name in ("pause", "stop", "cancel"))
    for action in (pause, stop, cancel):
        assert not action.isEnabled()
        assert action.toolTip() == "Nothing is trained or graded now"
    bench = window.workbench
    other = bench.start_training_job(Job("Evaluation", lambda _, stop: until_true(stop)))
    until(stop.isEnabled)
    assert not cancel.isEnabled()
    assert "only a training can be thrown away" in cancel.toolTip()
    assert "nothing is kept" in stop.toolTip()
    job = begin(qtbot, window.models_page, _ENDLESS)
    stop.trigger()
    ended(other)
    assert not job.is_over  # what waits behind goes on
    until(lambda: job.run_folder.exists() and job.state is JobState.RUNNING)
    until(pause.isEnabled)  # the window hears of it a moment later
    assert pause.text() == "P&ause"
    pause.trigger()
    until(lambda: job.state is JobState.PAUSED)
    assert pause.text() == "&Go on"
    pause.trigger()
    until(lambda: job.state is JobState.RUNNING)
    cancel.trigger()
    (box,) = window.findChildren(QMessageBox)
    (throw,) = [button for button in box.buttons() if button is not box.defaultButton()]
    click(qtbot, throw)
    ended(job)
    assert not job.run_folder.exists()
    assert not pause.isEnabled()
    window.close()


def until_true(stop_requested):
    while not stop_requested():
        time.sleep(0.01)


def test_the_menu_opens_the_comparison_of_models(qtbot, project):
    window = reading_window(qtbot, project)
    window.window_actions["compare_models"].trigger()
    (dialog,) = window.models_page.findChildren(CompareModelsDialog)
    assert dialog.isVisible()
    dialog.reject()
    window.close()
    assert not window.window_actions["import_model"].isEnabled()


# -- what goes wrong ------------------------------------------------------------------------


def hungry(monkeypatch, holds):
    """A device whose memory holds only so many pairs at once."""
    whole = PretrainTask.loss

    def loss(self, batch):
        if len(batch) > holds:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return whole(self, batch)

    monkeypatch.setattr(PretrainTask, "loss", loss)


def test_too_little_memory_is_said_and_the_run_goes_on(qtbot, opened, page, monkeypatch):
    hungry(monkeypatch, holds=3)
    job = begin(qtbot, page, _TINY_RUN)
    ended(job)
    assert job.state is JobState.DONE
    until(lambda: "takes longer" in page.view.message_box.text)
    # Of 16 pairs 8, 4 and then 2 were tried: the last word counts.
    assert page.view.message_box.text.count("takes longer") == 1
    assert "now taken 2 at a time" in page.view.message_box.text


def test_memory_for_nothing_ends_the_run_with_a_sentence_and_frees_what_it_held(
    qtbot, opened, page, monkeypatch
):
    hungry(monkeypatch, holds=0)
    told = []
    opened.failed.connect(told.append)
    job = begin(qtbot, page, _TINY_RUN)
    ended(job)
    (error,) = told
    assert "doesn't hold even one sample" in error.message
    held = [
        frame
        for step in _chain(error)
        for frame in _frames(step)
        if any(isinstance(value, PretrainTask) for value in frame.f_locals.values())
    ]
    assert held == []


def _chain(error):
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _frames(error):
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame
        trace = trace.tb_next


def test_an_unforeseen_error_ends_its_run_only(qtbot, opened, page, monkeypatch):
    whole, calls = PretrainTask.loss, []

    def loss(self, batch):
        calls.append(1)
        if len(calls) == 1:
            raise ZeroDivisionError
        return whole(self, batch)

    monkeypatch.setattr(PretrainTask, "loss", loss)
    told = []
    opened.failed.connect(told.append)
    first, second = begin(qtbot, page, _TINY_RUN), begin(qtbot, page, _TINY_RUN)
    ended(second)
    assert (first.state, second.state) == (JobState.FAILED, JobState.DONE)
    (error,) = told
    assert "Pre-training failed" in error.message
    assert "ZeroDivisionError" in error.context["error"]
    until(lambda: page.model.rowCount() == 1)


def test_a_full_disk_keeps_what_was_learnt_and_the_run_goes_on_later(
    qtbot, opened, page, monkeypatch
):
    whole = files.write_durably
    is_full = threading.Event()

    def write(path, content):
        if is_full.is_set():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        whole(path, content)

    monkeypatch.setattr(files, "write_durably", write)
    told = []
    opened.failed.connect(told.append)
    job = begin(qtbot, page, _ENDLESS)
    until(lambda: len(drawn_epochs(page)) >= 2)
    is_full.set()
    ended(job)
    assert job.state is JobState.FAILED
    assert "free space" in told[0].message
    is_full.clear()
    until(page.view.resume_button.isVisible)
    until(lambda: drawn_epochs(page))
    done = max(drawn_epochs(page))
    click(qtbot, page.view.resume_button)
    (resumed,) = opened.training_lane.unfinished
    until(lambda: max(drawn_epochs(page), default=0) > done)
    resumed.request_stop()
    ended(resumed)
    assert read_card(job.run_folder).state == "stopped"


# -- leaving --------------------------------------------------------------------------------


def test_closing_in_the_middle_waits_visibly_and_loses_no_finished_epoch(
    qtbot, project, monkeypatch
):
    monkeypatch.setattr(leaving, "_SILENT_WAIT_S", 0.0)
    agree(monkeypatch)
    window = reading_window(qtbot, project)
    job = begin(qtbot, window.models_page, _ENDLESS)
    until(lambda: job.run_folder.exists() and len(list_runs(job.run_folder.parent)) == 1)
    until(lambda: read_card(job.run_folder).epochs_done >= 1)
    assert window.close()
    assert job.is_over
    assert read_card(job.run_folder).state == "stopped"


def agree(monkeypatch):
    yes = QMessageBox.StandardButton.Yes
    monkeypatch.setattr(QMessageBox, "question", lambda *_: yes)


def test_work_that_does_not_end_can_be_waited_for_or_left(qtbot, workbench, monkeypatch):
    monkeypatch.setattr(leaving, "_BOUND_S", 0.2)
    release = threading.Event()
    job = workbench.training_lane.submit(Job("Deaf", lambda *_: release.wait(20)))
    until(lambda: job.state is JobState.RUNNING)
    lanes = (workbench.training_lane, workbench.quick_lane)
    dialog = LeavingDialog(lanes, is_training=True)
    qtbot.addWidget(dialog)
    dialog.show()
    assert "at most the unfinished epoch is lost" in dialog.text.text()
    assert dialog.leave_button.isVisible()
    until(dialog.wait_button.isVisible)
    assert "has not ended within" in dialog.text.text()
    click(qtbot, dialog.wait_button)
    assert not dialog.wait_button.isVisible()
    until(dialog.wait_button.isVisible)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    finished = []
    dialog.accepted.connect(lambda: finished.append("left"))
    click(qtbot, dialog.leave_button)
    assert finished == ["left"]
    assert not job.is_over
    release.set()
    until(lambda: job.is_over)


_KILLED = """
import sys
from pathlib import Path
from spinegrader.model.config import PretrainConfig
from spinegrader.model.runs import new_run_folder
from spinegrader.services.session import Session
from spinegrader.services.training import pretrain_plan
project = Path(sys.argv[1])
config = PretrainConfig.model_validate_json(sys.argv[2])
session = Session.open(project, "A")
plan = pretrain_plan(session, config)
folder = new_run_folder(session.store.runs_folder, "pretrain")
print(folder, flush=True)
plan.run(folder, lambda _: None, lambda: False)
"""


@pytest.fixture
def killed_run(project):
    """A run whose process was killed after some epochs; its folder."""
    config = _TINY_RUN.model_copy(update={"epochs": 500}).model_dump_json()
    with subprocess.Popen(
        [sys.executable, "-c", _KILLED, project, config], stdout=subprocess.PIPE, text=True
    ) as process:
        folder = Path(process.stdout.readline().strip())
        until(lambda: (folder / "card.json").exists() and read_card(folder).epochs_done >= 2)
        process.kill()
    return folder


def test_after_a_crash_the_run_is_offered_for_going_on(qtbot, project, killed_run, monkeypatch):
    assert read_card(killed_run).state == "running"
    agree(monkeypatch)
    window = reading_window(qtbot, project)
    notice = window.workspaces.interrupted
    until(notice.isVisible)
    done = read_card(killed_run).epochs_done
    assert f"{done} of 500 epochs" in notice.text
    assert window.read_page.viewer.hasFocus()  # nothing came between the reader and the image
    click(qtbot, notice.offer)
    assert not notice.isVisible()
    (job,) = window.workbench.training_lane.unfinished
    assert job.run_folder == killed_run
    until(lambda: read_card(killed_run).epochs_done > done)
    assert window.close()
    again = reading_window(qtbot, project)
    end_s = time.monotonic() + 0.3
    until(lambda: time.monotonic() > end_s)
    assert not again.workspaces.interrupted.isVisible()
    again.close()


_LEFT = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from spinegrader.app import start
from spinegrader.gui import leaving
from spinegrader.gui.main_window import MainWindow
from spinegrader.services.jobs import Job

leaving._SILENT_WAIT_S = 0.0
QMessageBox.question = lambda *_: QMessageBox.StandardButton.Yes

def shown(kind):
    return next((item for item in QApplication.topLevelWidgets() if isinstance(item, kind)), None)

def compute(emit, stop_requested):
    import torch
    while True:
        torch.ones(3000, 3000) @ torch.ones(3000, 3000)
        emit("computed")

def begin():
    window = shown(MainWindow)
    if window is None:
        QTimer.singleShot(100, begin)
        return
    bench = window.workbench
    bench.job_event.connect(lambda *_: QTimer.singleShot(0, window.close))
    bench.training_lane.submit(Job("Endless", compute))

def leave():
    dialog = shown(leaving.LeavingDialog)
    if dialog is None:
        QTimer.singleShot(100, leave)
    else:
        dialog.leave_button.click()

original = QApplication.exec

def execute(*_):
    QTimer.singleShot(0, begin)
    QTimer.singleShot(0, leave)
    return original()
QApplication.exec = execute
sys.exit(start(None, screenshot=None, started=None))
"""


def test_who_leaves_without_waiting_sees_no_crash():
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    left = subprocess.run(
        [sys.executable, "-c", _LEFT],
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert left.returncode == 0, left.stderr


# -- words ----------------------------------------------------------------------------------


def test_every_word_was_looked_up(qtbot, language, opened, page, panel):
    first, second = begin(qtbot, page, _ENDLESS), begin(qtbot, page, _TINY_RUN)
    until(lambda: len(drawn_epochs(page)) >= 1 and page.queue.jobs == (second,))
    panel.pause_button.click()
    until(lambda: first.state is JobState.PAUSED)
    dialog = LeavingDialog((), is_training=True)
    compared = CompareCurvesDialog(first.run_folder.parent, first.run_folder)
    panel.ask_cancel()
    (box,) = panel.findChildren(QMessageBox)
    for widget in (dialog, compared):
        qtbot.addWidget(widget)
    compared.list.item(0).setToolTip("")  # the folder's path
    told = (page.view.state_label, page.view.message_box)
    for widget in (*told, panel, page.queue, page.view.curves, dialog, compared, box):
        assert bypassing(widget) == "", widget
    box.close()
    for job in (first, second):
        job.request_stop()
        ended(job)


# -- comparing ------------------------------------------------------------------------------


def epoch(number, loss):
    return EpochEvent(number, 5, {"loss": loss}, {"loss": loss + 0.5}, 1.0, 1.0, is_best=True)


def write_run(folder, losses):
    folder.mkdir(parents=True)
    lines = [to_json(epoch(number, loss)) for number, loss in enumerate(losses, start=1)]
    (folder / EVENTS).write_text("".join(f"{line}\n" for line in lines))
    return folder


def test_curves_of_any_folder_are_compared_and_grow(qtbot, tmp_path):
    runs = tmp_path / "runs"
    mine = write_run(runs / "mine", [1.0, 0.5])
    elsewhere = write_run(tmp_path / "share" / "theirs", [2.0])
    dialog = CompareCurvesDialog(runs, mine)
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.drawn == (mine,)
    assert dialog.points_of(mine) == [(1, 1.5), (2, 1.0)]
    assert not dialog.open_folder(tmp_path)
    assert "is no run" in dialog.notice.text
    assert dialog.open_folder(elsewhere)
    assert dialog.notice.text == ""
    assert dialog.drawn == (mine, elsewhere)
    dialog.figure.setCurrentIndex(1)
    assert dialog.figure.currentText() == "Loss, training"
    with (elsewhere / EVENTS).open("a") as stream:
        stream.write(f"{to_json(epoch(2, 1.0))}\n" + to_json(epoch(3, 0.1))[:20])
    until(lambda: dialog.points_of(elsewhere) == [(1, 2.0), (2, 1.0)])
    dialog.smoothing.setCurrentIndex(1)
    smoothed = [loss for _, loss in dialog.points_of(elsewhere)]
    assert smoothed[0] == pytest.approx(2.0)
    assert smoothed[1] == pytest.approx((0.6 * 0.4 * 2.0 + 0.4 * 1.0) / (1 - 0.6**2))


def test_no_more_curves_than_can_be_told_apart(qtbot, tmp_path):
    first = write_run(tmp_path / "0", [1.0])
    dialog = CompareCurvesDialog(tmp_path / "none", first)
    qtbot.addWidget(dialog)
    for number in range(1, MOST_CURVES + 1):
        dialog.open_folder(write_run(tmp_path / str(number), [1.0]))
    assert len(dialog.drawn) == MOST_CURVES
    assert "Six curves" in dialog.notice.text
    dialog.list.item(0).setCheckState(Qt.CheckState.Unchecked)
    dialog.list.item(MOST_CURVES).setCheckState(Qt.CheckState.Checked)
    assert dialog.drawn[0] == tmp_path / str(MOST_CURVES)


def test_curves_are_smoothed_and_drawn_by_logarithm(qtbot, opened, page):
    job = begin(qtbot, page, _TINY_RUN)
    ended(job)
    until(lambda: drawn_epochs(page) == [1, 2, 3])
    curves = page.view.curves
    true = list(curves.train_curve.getOriginalDataset()[1])
    curves.smoothing.setCurrentIndex(2)
    smoothed = list(curves.train_curve.getOriginalDataset()[1])
    assert smoothed[0] == pytest.approx(true[0])
    assert abs(smoothed[2] - true[2]) > 1e-6
    curves.log_scale.setChecked(True)
    assert curves.train_curve.opts["logMode"] == [False, True]
    curves.batches.setChecked(True)
    places = curves.batch_curve.getOriginalDataset()[0]
    assert 0 < places[0] < 1
    click(qtbot, curves.compare_button)
    (dialog,) = page.findChildren(CompareCurvesDialog)
    assert dialog.drawn == (job.run_folder,)
    dialog.close()
