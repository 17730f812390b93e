"""The dialogs that start jobs: what they find, what they remember, what comes out."""

import json
import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from spinegrader.gui.main_window import MainWindow
from spinegrader.gui.training import finetune_form, pretrain_form
from spinegrader.gui.training.curve_view import CurveDialog
from spinegrader.gui.training.evaluation_view import EvaluationColumn, EvaluationDialog
from spinegrader.gui.training.models_page import ModelsPage
from spinegrader.gui.training.start_dialog import JobKind, StartDialog
from spinegrader.gui.workbench import Workbench
from spinegrader.model import learning_curve_subsets
from spinegrader.model.config import AugmentConfig, FinetuneConfig, PretrainConfig
from spinegrader.model.events import CurveProgress
from spinegrader.services import disk_room, pretraining_material, surveys
from spinegrader.services.cutting import CuttingProgress
from spinegrader.services.evaluation import list_evaluations
from spinegrader.services.graders import SHIPPED
from spinegrader.services.jobs import Job, JobState
from spinegrader.services.predicting import GradingProgress
from spinegrader.services.session import Session
from spinegrader.services.settings import Settings, load_settings
from tests.gui.cohort_project import opened, project, workbench
from tests.services.test_job_settings import FINETUNING, PRETRAINING

__all__ = ["opened", "project", "workbench"]

_WAIT_MS = 90_000
_KINDS = [kind.value for kind in JobKind]


@pytest.fixture
def tiny(monkeypatch):
    """Presets small enough for a test."""
    monkeypatch.setitem(pretrain_form._PRESETS, "Laptop", PRETRAINING)
    monkeypatch.setitem(finetune_form._PRESETS, "Laptop", FINETUNING)


@pytest.fixture
def one_is_enough(monkeypatch):
    """The project keeps one person aside for tests; figures need no more in a test."""
    monkeypatch.setattr(learning_curve_subsets, "LEAST_TEST_SUBJECTS", 1)


@pytest.fixture
def page(qtbot, workbench):
    shown = ModelsPage(workbench)
    qtbot.addWidget(shown)
    shown.resize(1280, 730)
    shown.show()
    return shown


def wait_for(qtbot, job):
    qtbot.waitUntil(lambda: job.is_over, timeout=_WAIT_MS)
    qtbot.wait(50)


def pressed(qtbot, dialog):
    """Starts by the key that a dialog starts by, and waits for the end of the job."""
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.job is not None, dialog.problem.text
    wait_for(qtbot, dialog.job)
    return dialog.job


def result_over(page, kind):
    (found,) = (child for child in page.findChildren(kind) if child.isVisible())
    return found


def texts(table, column):
    model = table.model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


@pytest.mark.parametrize("name", _KINDS)
def test_the_training_menu_opens_each_dialog(qtbot, project, name):
    window = MainWindow(Settings(reader="Dr A"))
    qtbot.addWidget(window)
    window.show()
    assert not window.window_actions[name].isEnabled()
    assert window.projects.open(project)
    window.window_actions[name].trigger()
    dialog = next(item for item in window.findChildren(StartDialog) if item.isVisible())
    assert dialog.windowTitle() == JobKind(name).dialog_title
    assert dialog.findings.text()
    dialog.reject()
    window.close()


@pytest.mark.parametrize("kind", list(JobKind))
def test_every_field_says_what_it_is_for(opened, page, kind):
    dialog = page.open_dialog(kind)
    form = dialog.form
    layouts = [form.form, *([form.advanced.form] if hasattr(form, "advanced") else [])]
    for layout in layouts:
        for row in range(layout.rowCount()):
            label = layout.itemAt(row, layout.ItemRole.LabelRole)
            field = layout.itemAt(row, layout.ItemRole.FieldRole)
            if label is None or field is None or not label.widget().text():
                continue
            within = [field.widget(), *field.widget().findChildren(QWidget)]
            assert any(item.toolTip() for item in within), label.widget().text()
    dialog.reject()


def test_what_was_chosen_is_chosen_again_after_a_restart(qtbot, opened, page, tiny):
    dialog = page.open_dialog(JobKind.PRETRAIN)
    form = dialog.form
    form.epochs.setValue(2)
    form.pairs.setCurrentIndex(form.pairs.findData("follow-up"))
    form.structure.setCurrentIndex(form.structure.findData("disc"))
    form.objective.setCurrentIndex(form.objective.findData("vicreg"))
    assert form.levels.isChecked()
    form.levels.setChecked(False)
    form.advanced.seed.setValue(7)
    form.advanced.patience.setValue(5)
    wanted = form.config()
    assert wanted.volume_shape == (3, 12, 24)
    assert wanted.level_weight == 0
    assert pressed(qtbot, dialog).state is JobState.DONE
    again = page.open_dialog(JobKind.PRETRAIN)
    assert again.form.config() == wanted
    assert again.form.preset.box.currentText() == "Laptop"
    again.reject()
    restarted = Workbench(load_settings())
    restarted.open_session(Session.open(opened.session.store.folder, "A"))
    assert StartDialog(restarted, JobKind.PRETRAIN, page).form.config() == wanted
    restarted.close_session()


def test_own_settings_are_saved_loaded_and_kept_whole(opened, page, tmp_path, tiny):
    own = PretrainConfig.paper().model_copy(
        update={"augment": AugmentConfig(noise=0.05), "seed": 3, "structure": "disc"}
    )
    file = tmp_path / "own.json"
    file.write_text(own.to_json(), encoding="utf-8")
    dialog = page.open_dialog(JobKind.PRETRAIN)
    dialog.settings_button.load(file)
    assert dialog.said.text() == "Loaded from “own.json”."
    assert dialog.form.preset.box.currentText() == "As in the settings file"
    assert dialog.form.config() == own
    dialog.form.epochs.setValue(5)
    dialog.settings_button.save(tmp_path / "saved.json")
    saved = PretrainConfig.from_json((tmp_path / "saved.json").read_bytes())
    assert saved == own.model_copy(update={"epochs": 5})
    dialog.form.preset.choose("Laptop")
    assert dialog.form.config().augment == PRETRAINING.augment
    dialog.reject()


def test_a_file_of_another_job_is_refused_and_changes_nothing(opened, page, tmp_path):
    file = tmp_path / "finetune.json"
    file.write_text(FinetuneConfig.laptop().to_json(), encoding="utf-8")
    dialog = page.open_dialog(JobKind.PRETRAIN)
    before = dialog.form.config()
    dialog.settings_button.load(file)
    assert "holds no settings for this job" in dialog.said.text()
    assert dialog.form.config() == before
    dialog.reject()


def test_gradings_of_another_project_leave_all_chosen(opened, page, tmp_path):
    dialog = page.open_dialog(JobKind.FINETUNE)
    everything = dialog.form.chosen_gradings
    assert len(everything) > 1
    dialog.form.show_config(FINETUNING.model_copy(update={"gradings": ("elsewhere",)}))
    assert dialog.form.chosen_gradings == everything
    dialog.form.show_config(FINETUNING)
    assert dialog.form.chosen_gradings == ("pfirrmann",)
    assert dialog.form.config().loss == "ordinal"
    dialog.reject()


def test_the_command_line_comes_into_the_clipboard(opened, page, tiny):
    dialog = page.open_dialog(JobKind.FINETUNE)
    assert dialog.settings_button.copy_several_action is not None
    dialog.settings_button.copy_action.trigger()
    copied = QApplication.clipboard().text()
    assert copied.startswith("spinegrader finetune ")
    assert "--from scratch" in copied
    assert "clipboard" in dialog.said.text()
    dialog.settings_button.copy_several_action.trigger()
    assert QApplication.clipboard().text().startswith("torchrun --nproc-per-node auto ")
    dialog.reject()


def test_where_follow_ups_lack_two_series_of_a_study_are_offered(opened, page, monkeypatch):
    real = pretraining_material.survey_pretraining

    def without_follow_ups(session, pairs="follow-up"):
        found = real(session, pairs)
        return found if pairs != "follow-up" else surveys.Survey(found.findings, "Too few. Or …")

    monkeypatch.setattr(pretrain_form, "survey_pretraining", without_follow_ups)
    dialog = page.open_dialog(JobKind.PRETRAIN)
    assert not dialog.start_button.isEnabled()
    assert not dialog.settings_button.copy_action.isEnabled()
    assert dialog.form.pairs.isVisible()
    dialog.form.pairs.setCurrentIndex(dialog.form.pairs.findData("same-study"))
    assert dialog.start_button.isEnabled()
    assert dialog.form.config().pairs == "same-study"
    dialog.reject()


def test_what_keeps_a_job_from_starting_is_said_in_the_dialog(qtbot, opened, page, tiny):
    runs = opened.session.store.runs_folder
    dialog = page.open_dialog(JobKind.PRETRAIN)
    if runs.exists():
        runs.rmdir()
    runs.write_text("in the way")
    qtbot.mouseClick(dialog.start_button, Qt.MouseButton.LeftButton)
    assert dialog.isVisible()
    assert dialog.job is None
    assert dialog.problem.text
    dialog.reject()


def test_a_training_without_room_on_the_disk_is_refused_before_it_starts(opened, page, monkeypatch):
    monkeypatch.setattr(disk_room, "_LEAST_BYTES", 10**18)
    for kind in JobKind:
        dialog = page.open_dialog(kind)
        trains = kind not in (JobKind.PREDICT, JobKind.EVALUATE, JobKind.CURVE)
        assert ("nearly full" in dialog.problem.text) is trains, kind
        assert dialog.start_button.isEnabled() is not trains or kind is JobKind.CURVE
        dialog.reject()


def test_a_dialog_is_no_higher_than_the_screen_and_hides_nothing(qtbot, opened, page):
    dialog = page.open_dialog(JobKind.FINETUNE)
    form, low = dialog.form, dialog.height()
    qtbot.waitUntil(lambda: form.gradings.geometry().bottom() < form.freeze.parent().y())
    form.advanced.toggle.click()
    qtbot.waitUntil(lambda: dialog.height() > low)
    assert dialog.height() <= dialog.screen().availableGeometry().height()
    form.advanced.seed.setFocus()
    qtbot.waitUntil(lambda: not form.advanced.seed.visibleRegion().isEmpty())
    form.advanced.toggle.click()
    qtbot.waitUntil(lambda: dialog.height() <= low)
    dialog.reject()


def test_time_and_memory_arrive_while_the_dialog_is_open(qtbot, opened, page, tiny):
    dialog = page.open_dialog(JobKind.PRETRAIN)
    qtbot.waitUntil(lambda: dialog.estimate.text.startswith("About"), timeout=_WAIT_MS)
    assert "on this computer" in dialog.estimate.text
    assert " GB of memory." in dialog.estimate.text
    short = dialog.estimate.text
    dialog.form.epochs.setValue(9000)
    qtbot.waitUntil(lambda: " min " in dialog.estimate.text, timeout=_WAIT_MS)
    assert dialog.estimate.text != short
    dialog.reject()


def test_time_of_grading_is_told_when_no_other_job_runs(qtbot, opened, page):
    release = threading.Event()
    opened.start_training_job(Job("Other", lambda *_: release.wait(60)))
    for kind in (JobKind.PREDICT, JobKind.EVALUATE):
        dialog = page.open_dialog(kind)
        if not release.is_set():
            qtbot.waitUntil(lambda line=dialog.estimate: "no other job" in line.text)
            assert not dialog.estimate.is_measuring
            release.set()
        qtbot.waitUntil(
            lambda line=dialog.estimate: line.text.startswith("About"), timeout=_WAIT_MS
        )
        assert " GB of memory." in dialog.estimate.text
        dialog.reject()


def test_an_evaluation_is_shown_kept_and_shown_again(qtbot, opened, page):
    dialog = page.open_dialog(JobKind.EVALUATE)
    dialog.form.people.setCurrentIndex(dialog.form.people.findData("everyone"))
    assert "graded discs of" in dialog.findings.text()
    assert dialog.form.earlier is None
    job = pressed(qtbot, dialog)
    assert job.state is JobState.DONE, job.error
    shown = result_over(page, EvaluationDialog)
    ((path, kept),) = list_evaluations(opened.session.store.runs_folder)
    assert shown.evaluation == kept
    assert kept.model == SHIPPED
    assert texts(shown.table, EvaluationColumn.GRADING) == ["Pfirrmann"]
    (discs,) = texts(shown.table, EvaluationColumn.DISCS)
    assert int(discs) == kept.discs == sum(map(sum, shown.confusion._counts))
    assert shown.warning.text == "So few people: the figures may be far off."
    assert path.is_file()
    shown.reject()
    assert not opened.session.state.predictions

    again = page.open_dialog(JobKind.EVALUATE)
    assert again.form.chosen_people == "everyone"
    assert again.form.earlier.box.count() == 1
    earlier = again.form.earlier.show_chosen()
    assert earlier.evaluation == kept
    earlier.reject()
    again.reject()


def test_an_evaluation_without_graded_discs_says_so_before_it_starts(
    qtbot, workbench, page, tmp_path
):
    workbench.open_session(Session.open_or_create(tmp_path / "empty", "A"))
    dialog = page.open_dialog(JobKind.EVALUATE)
    assert "None of the people kept aside" in dialog.problem.text
    assert not dialog.start_button.isEnabled()
    dialog.settings_button.copy(several=False)
    assert "choose them" in dialog.said.text()
    dialog.reject()


def smallest_curve(dialog):
    """One network a size, one epoch each."""
    form = dialog.form
    for row in range(form.rows.count()):
        is_wanted = form.rows.item(row).data(Qt.ItemDataRole.UserRole) == "scratch"
        state = Qt.CheckState.Checked if is_wanted else Qt.CheckState.Unchecked
        form.rows.item(row).setCheckState(state)
    form.sizes.setText("2, 4")
    for box in (form.seeds, form.epochs, form.pretrain_epochs, form.least_steps):
        box.setValue(1)


def test_a_learning_curve_is_stopped_gone_on_with_and_shown(qtbot, opened, page, one_is_enough):
    said = []
    page.status_changed.connect(said.append)
    dialog = page.open_dialog(JobKind.CURVE)
    smallest_curve(dialog)
    qtbot.waitUntil(lambda: dialog.estimate.text.startswith("About"), timeout=_WAIT_MS)
    assert "2 networks with 2, 4 annotated studies; 0 pre-trainings." in dialog.findings.text()
    bar = page.other_job
    assert not bar.isVisible()
    seen = []

    def stop_after_one(_job, event):
        if isinstance(event, CurveProgress) and event.done == 1 and not seen:
            seen.append((bar.isVisible(), bar.label.text(), bar.progress.value()))
            bar.stop_button.click()
            seen.append(bar.label.text())

    opened.job_event.connect(stop_after_one)
    job = pressed(qtbot, dialog)
    assert job.state is JobState.DONE, job.error
    assert any("network 1 of 2" in text for text in said)
    assert seen == [(True, "Learning curve: network 2 of 2", 1), "Learning curve: stopping"]
    assert not bar.isVisible()
    result_over(page, CurveDialog).reject()

    dialog = page.open_dialog(JobKind.CURVE)
    assert dialog.form.seeds.value() == 1
    dialog.form.curve.setCurrentIndex(1)
    assert "1 of 2 networks" in dialog.form.curve.currentText()
    assert "1 of them are trained already." in dialog.findings.text()
    assert not dialog.form.rows.isEnabled()
    assert pressed(qtbot, dialog).folder == job.folder
    shown = result_over(page, CurveDialog)
    assert "2 of 2 networks" in shown.text.toPlainText()
    assert not shown.picture.pixmap().isNull()
    shown.reject()
    assert json.loads((job.folder / "curve.json").read_text(encoding="utf-8"))


def test_a_prediction_is_paused_beside_the_models(qtbot, opened, page):
    bar = page.other_job
    asked = []

    def pause_once(job, event):
        if isinstance(event, CuttingProgress | GradingProgress) and not asked:
            asked.append(job)
            bar.pause_button.click()

    opened.job_event.connect(pause_once)
    dialog = page.open_dialog(JobKind.PREDICT)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    job = dialog.job
    qtbot.waitUntil(lambda: job.state is JobState.PAUSED, timeout=_WAIT_MS)
    qtbot.waitUntil(lambda: bar.label.text().endswith("(paused)"))
    assert (bar.isVisible(), bar.pause_button.text()) == (True, "Go on")
    assert "nothing is kept" in bar.stop_button.toolTip()
    bar.pause_button.click()
    assert bar.pause_button.text() == "Pause"
    wait_for(qtbot, job)
    assert job.state is JobState.DONE, job.error
    assert not bar.isVisible()


def test_a_curve_that_could_test_on_nobody_is_refused_before_it_starts(opened, page):
    dialog = page.open_dialog(JobKind.CURVE)
    assert "at least 2 people who are kept aside for tests; there is 1." in dialog.problem.text
    assert not dialog.start_button.isEnabled()
    dialog.reject()


def test_sizes_that_are_no_numbers_are_told(opened, page, one_is_enough):
    dialog = page.open_dialog(JobKind.CURVE)
    dialog.form.sizes.setText("2, many")
    assert "Sizes must be numbers" in dialog.problem.text
    dialog.form.sizes.setText("400")
    assert "400 studies can't be drawn" in dialog.problem.text
    assert not dialog.start_button.isEnabled()
    dialog.form.sizes.setText("2")
    assert dialog.start_button.isEnabled()
    dialog.reject()
