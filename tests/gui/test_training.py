"""Trainings through the dialogs and the models page, real but tiny."""

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from spinegrader.gui.training import finetune_form, pretrain_form
from spinegrader.gui.training.jobs import start_pretraining
from spinegrader.gui.training.models_page import ModelsPage
from spinegrader.gui.training.runs_model import RunColumn
from spinegrader.gui.training.start_dialog import JobKind, StartDialog
from spinegrader.model.config import BackboneConfig, FinetuneConfig, PretrainConfig
from spinegrader.model.runs import list_runs
from spinegrader.services.graders import SHIPPED, shipped_grader
from spinegrader.services.jobs import JobState
from spinegrader.services.session import Session
from tests.gui.cohort_project import opened, project, workbench
from tests.gui.test_review import RUN, leave_card
from tests.services.conftest import fill
from tests.services.test_graders import add_t1_study

__all__ = ["opened", "project", "workbench"]

_TINY = BackboneConfig(width=0.04, hidden=16, embedding=16, pooled_grid=(2, 2), dropout=0.0)
_WAIT_MS = 60_000


@pytest.fixture
def tiny(monkeypatch):
    """Presets small enough for a test."""
    pretraining = PretrainConfig.laptop().model_copy(
        update={"volume_shape": (3, 24, 24), "backbone": _TINY, "epochs": 3}
    )
    finetuning = FinetuneConfig.laptop().model_copy(
        update={"volume_shape": (3, 16, 24), "backbone": _TINY, "epochs": 3}
    )
    monkeypatch.setitem(pretrain_form._PRESETS, "Laptop", pretraining)
    monkeypatch.setitem(finetune_form._PRESETS, "Laptop", finetuning)
    return pretraining


@pytest.fixture
def page(qtbot, workbench):
    shown = ModelsPage(workbench)
    qtbot.addWidget(shown)
    shown.resize(1280, 730)
    shown.show()
    return shown


def run_through(qtbot, page, kind):
    """Opens the dialog, presses Start and waits for the end of the job."""
    dialog = page.open_dialog(kind)
    assert dialog.problem.text == ""
    qtbot.mouseClick(dialog.start_button, Qt.MouseButton.LeftButton)
    job = dialog.job
    qtbot.waitUntil(lambda: job.is_over, timeout=_WAIT_MS)
    qtbot.wait(50)
    return job


def drawn_epochs(page):
    epochs = page.view.curves.train_curve.getData()[0]
    return [] if epochs is None else list(epochs)


def cell(page, row, column):
    return page.model.index(row, column).data()


def test_learns_without_and_then_with_grades_and_predicts(qtbot, opened, page, tiny):
    said = []
    page.status_changed.connect(said.append)
    pretraining = run_through(qtbot, page, JobKind.PRETRAIN)
    assert pretraining.state is JobState.DONE
    assert any("epoch 1/3" in text for text in said)
    assert page.running_text() == ""
    assert said[-1] == ""
    assert drawn_epochs(page) == [1, 2, 3]
    assert len(set(page.view.curves.train_curve.getData()[1])) == 3
    assert cell(page, 0, RunColumn.FIGURE)
    assert page.simulated_note.isVisible()

    finetuning = run_through(qtbot, page, JobKind.FINETUNE)
    assert finetuning.state is JobState.DONE
    newest = list_runs(opened.session.store.runs_folder)[0]
    assert newest.kind == "finetune"
    assert newest.start_from.name == pretraining.run_folder.name
    assert page.model.rowCount() == 2
    assert not page.view.predict_button.isHidden()

    assert not opened.session.state.predictions
    prediction = run_through(qtbot, page, JobKind.PREDICT)
    assert prediction.state is JobState.DONE
    found = opened.session.state.predictions.values()
    # 13 of the 14 visits have vertebrae on them, with 6 discs each.
    assert {item.run for item in found} == {newest.name}
    assert len({(item.study_uid, item.disc) for item in found}) == 13 * 6


def test_a_project_without_runs_is_graded_by_the_model_that_comes_along(qtbot, opened, page):
    card = shipped_grader().card
    assert card.trained_on in page.empty.text
    dialog = page.open_dialog(JobKind.PREDICT)
    assert dialog.form.model.currentText() == "Model that comes with SpineGrader"
    (about,) = [
        label.text() for label in dialog.findChildren(QLabel) if card.trained_on in label.text()
    ]
    assert f"On {len(card.subjects['test'])} other people of the same data: " in about
    assert card.sources[0].attribution in about
    dialog.reject()
    job = run_through(qtbot, page, JobKind.PREDICT)
    assert job.state is JobState.DONE
    found = opened.session.state.predictions.values()
    assert {item.run for item in found} == {SHIPPED}
    assert len({(item.study_uid, item.disc) for item in found}) == 13 * 6


def test_what_the_chosen_model_cannot_judge_is_said_before_the_start(workbench, page, tmp_path):
    session = Session.open_or_create(tmp_path / "contrasts", "A")
    fill(session)
    add_t1_study(session)
    leave_card(session)
    workbench.open_session(session)
    dialog = page.open_dialog(JobKind.PREDICT)
    assert "1 study with vertebrae" in dialog.findings.text()
    assert dialog.start_button.isEnabled()
    dialog.form.model.setCurrentIndex(dialog.form.model.count() - 1)
    assert "1 study has no T2-weighted sagittal series: left out." in dialog.findings.text()
    assert "choose another model" in dialog.problem.text
    assert not dialog.start_button.isEnabled()
    dialog.reject()


def test_own_models_stand_before_the_one_that_comes_along(qtbot, opened, page, tiny):
    leave_card(opened.session)
    page.reload()
    assert "trained on" in page.shipped_note.text()
    form = page.open_dialog(JobKind.PREDICT).form
    names = [form.model.itemText(at) for at in range(form.model.count())]
    assert len(names) == 2
    assert names[0].startswith("Fine-tuning")
    assert form.chosen_model.folder.name == RUN
    form.model.setCurrentIndex(1)
    assert form.chosen_model.is_shipped


def test_stop_keeps_what_was_learnt_and_resume_goes_on(qtbot, opened, page, tiny):
    dialog = page.open_dialog(JobKind.PRETRAIN)
    dialog.form.epochs.setValue(1000)
    dialog.start()
    job = dialog.job
    qtbot.waitUntil(lambda: len(drawn_epochs(page)) >= 2, timeout=_WAIT_MS)
    assert page.view.job_panel.progress.isVisible()
    assert not page.view.delete_button.isEnabled()
    qtbot.mouseClick(page.view.job_panel.stop_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: job.is_over, timeout=_WAIT_MS)
    qtbot.waitUntil(lambda: cell(page, 0, RunColumn.STATE) == "◐ stopped")
    card = list_runs(opened.session.store.runs_folder)[0]
    assert card.state == "stopped"
    assert card.epochs_done >= 2
    assert (job.run_folder / "model.safetensors").is_file()
    form = page.open_dialog(JobKind.FINETUNE).form
    assert form.start_from == job.run_folder

    qtbot.mouseClick(page.view.resume_button, Qt.MouseButton.LeftButton)
    resumed = opened.training_lane.unfinished[-1]
    qtbot.waitUntil(lambda: max(drawn_epochs(page), default=0) > card.epochs_done, timeout=_WAIT_MS)
    page.stop_selected()
    qtbot.waitUntil(lambda: resumed.is_over, timeout=_WAIT_MS)
    qtbot.wait(50)
    cards = list_runs(opened.session.store.runs_folder)
    assert [item.name for item in cards] == [card.name]
    assert cards[0].epochs_done > card.epochs_done


def test_a_run_that_fails_at_once_leaves_nothing_but_a_sentence(qtbot, opened, page, tiny, project):
    for file in project.rglob("*"):
        if file.is_file() and file.parent.name == "pixels":
            file.unlink()
    told = []
    opened.failed.connect(told.append)
    job = run_through(qtbot, page, JobKind.PRETRAIN)
    qtbot.waitUntil(lambda: bool(told))
    assert job.state is JobState.FAILED
    assert len(told) == 1
    assert list(opened.session.store.runs_folder.iterdir()) == []
    assert page.model.rowCount() == 0


def test_a_waiting_run_is_listed_and_can_be_stopped_before_it_starts(qtbot, opened, page, tiny):
    config = tiny.model_copy(update={"epochs": 1000})
    first = start_pretraining(opened, config)
    second = start_pretraining(opened, config)
    qtbot.waitUntil(lambda: page.model.rowCount() == 2)
    waiting = [entry for entry in page.model.entries if entry.folder == second.run_folder]
    assert [entry.state for entry in waiting] == ["waiting"]
    second.request_stop()
    first.request_stop()
    qtbot.waitUntil(lambda: second.is_over and first.is_over, timeout=_WAIT_MS)
    qtbot.waitUntil(lambda: not second.run_folder.exists())


def test_delete_removes_the_run_from_disk_and_list(qtbot, opened, page, tiny):
    job = run_through(qtbot, page, JobKind.PRETRAIN)
    page.deleting.delete(job.run_folder)
    assert not job.run_folder.exists()
    assert page.model.rowCount() == 0
    assert page.empty.isVisible()


def test_an_empty_project_says_what_is_missing(qtbot, workbench, page, tmp_path):
    workbench.open_session(Session.open_or_create(tmp_path / "empty", "A"))
    for kind in JobKind:
        dialog = page.open_dialog(kind)
        assert dialog.problem.isVisible()
        assert not dialog.start_button.isEnabled()
    assert "at least 2 people" in StartDialog(workbench, JobKind.PRETRAIN, page).problem.text
    assert "graded discs" in StartDialog(workbench, JobKind.FINETUNE, page).problem.text


def test_the_findings_tell_people_bodies_and_grades(qtbot, opened, page):
    text = StartDialog(opened, JobKind.PRETRAIN, page).findings.text()
    assert "with a follow-up scan" in text
    assert "vertebral bodies from T12 to S1" in text
    text = StartDialog(opened, JobKind.FINETUNE, page).findings.text()
    assert "Pfirrmann:" in text
    assert "nobody has confirmed" in text


def test_unchecking_all_gradings_stops_the_start(qtbot, opened, page):
    dialog = page.open_dialog(JobKind.FINETUNE)
    gradings = dialog.form.gradings
    for row in range(gradings.count()):
        gradings.item(row).setCheckState(Qt.CheckState.Unchecked)
    assert "at least one grading" in dialog.problem.text
    assert not dialog.start_button.isEnabled()
    gradings.item(0).setCheckState(Qt.CheckState.Checked)
    assert dialog.start_button.isEnabled()


def test_from_scratch_trains_all_layers(qtbot, opened, page):
    form = page.open_dialog(JobKind.FINETUNE).form
    assert form.start_from is None
    assert form.config().freeze == "none"


def test_a_missing_gpu_is_told_before_the_start(qtbot, opened, page):
    import torch

    if torch.cuda.is_available():
        pytest.skip("This computer has an NVIDIA GPU.")
    dialog = page.open_dialog(JobKind.PRETRAIN)
    dialog.form.device.choose("cuda")
    assert not dialog.start_button.isEnabled()
    qtbot.waitUntil(lambda: "no usable NVIDIA GPU" in dialog.problem.text, timeout=_WAIT_MS)
    assert not dialog.start_button.isEnabled()
    dialog.form.device.choose("cpu")
    assert dialog.start_button.isEnabled()


def test_a_run_of_another_process_is_shown_from_its_files(qtbot, opened, page, tiny):
    job = run_through(qtbot, page, JobKind.PRETRAIN)
    other = ModelsPage(opened)
    qtbot.addWidget(other)
    other.show()
    qtbot.waitUntil(lambda: other.model.rowCount() == 1)
    assert drawn_epochs(other) == [1, 2, 3]
    assert other.model.entries[0].folder == job.run_folder


def test_the_dialogs_do_not_load_torch(project: Path):
    script = f"""
import sys
from pathlib import Path
from PySide6.QtWidgets import QApplication
app = QApplication([])
from spinegrader.gui.review.review_page import ReviewPage
from spinegrader.gui.training.models_page import ModelsPage
from spinegrader.gui.training.start_dialog import JobKind, StartDialog
from spinegrader.gui.workbench import Workbench
from spinegrader.services.session import Session
from spinegrader.services.settings import Settings
bench = Workbench(Settings())
pages = [ModelsPage(bench), ReviewPage(bench)]
bench.open_session(Session.open(Path({str(project)!r}), "A"))
for page in pages:
    page.show()
dialogs = [StartDialog(bench, kind) for kind in JobKind]
app.processEvents()
found = {{"torch", "sklearn", "SimpleITK", "pydicom"}} & set(sys.modules)
bench.close_session()
sys.exit(", ".join(sorted(found)) or 0)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
