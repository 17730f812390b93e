"""The detector is retrained, compared, adopted and given up in the window; real but tiny."""

import pytest
from PySide6.QtCore import Qt

from spinegrader.gui.main_window import MainWindow
from spinegrader.gui.training import retrain_form
from spinegrader.gui.training.models_page import ModelsPage
from spinegrader.gui.training.runs_model import RunColumn
from spinegrader.gui.training.start_dialog import JobKind, StartDialog
from spinegrader.services import detectors
from spinegrader.services.detector_comparison import COMPARISON
from spinegrader.services.detectors import detector_in_use
from spinegrader.services.jobs import JobState
from spinegrader.services.session import Session
from spinegrader.services.settings import Settings
from tests.detector_project import retraining_project, tiny_config, tiny_resources
from tests.gui.cohort_project import workbench

__all__ = ["workbench"]

_WAIT_MS = 60_000


@pytest.fixture
def project(tmp_path, tmp_path_factory, monkeypatch):
    base = tmp_path_factory.getbasetemp()
    resources = tiny_resources(base)
    monkeypatch.setattr(detectors, "resources_folder", lambda: resources)
    monkeypatch.setattr(retrain_form, "_PRESET", tiny_config())
    return retraining_project(base, tmp_path / "project")


@pytest.fixture
def opened(workbench, project):
    workbench.open_session(Session.open(project, "A"))
    return workbench


@pytest.fixture
def page(qtbot, opened):
    shown = ModelsPage(opened)
    qtbot.addWidget(shown)
    shown.resize(1280, 800)
    shown.show()
    return shown


def press(qtbot, button):
    assert button.isVisible()
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.wait(30)


def trained(qtbot, page):
    dialog = page.open_dialog(JobKind.RETRAIN)
    assert dialog.problem.text == ""
    assert "5 sagittal series with confirmed vertebrae, of 5 people." in dialog.findings.text()
    qtbot.mouseClick(dialog.start_button, Qt.MouseButton.LeftButton)
    job = dialog.job
    qtbot.waitUntil(lambda: job.is_over, timeout=_WAIT_MS)
    qtbot.wait(50)
    assert job.state is JobState.DONE
    return job.run_folder


def test_retrains_compares_adopts_and_goes_back(qtbot, opened, page):
    said = []
    page.status_changed.connect(said.append)
    failed = []
    opened.failed.connect(failed.append)
    folder = trained(qtbot, page)
    assert any("reading series: 0 of 5" in text for text in said)
    assert any("comparing detectors: 0 of 2" in text for text in said)
    view = page.view.comparison
    assert "Not surely better" in view.verdict.text
    names = [row[0] for row in view.rows]
    assert names[1:] == [
        "Vertebrae found",
        "Vertebrae named right",
        "Centres off by",
        "Corners off by",
        "Overlap of discs (Dice)",
        "Correction left",
    ]
    assert view.rows[0][2] == "New"
    assert not view.back_button.isVisible()

    press(qtbot, view.adopt_button)
    assert detector_in_use(opened.session).name == folder.name
    assert page.model.index(0, RunColumn.FIGURE).data().startswith("corners")
    assert page.model.index(0, RunColumn.IN_USE).data() == "● in use"
    assert not view.adopt_button.isVisible()
    page.deleting.delete(folder)
    assert folder.is_dir()
    assert "before you delete it" in failed[0].message

    press(qtbot, view.back_button)
    assert detector_in_use(opened.session).name != folder.name
    assert view.adopt_button.isVisible()
    page.deleting.delete(folder)
    assert not folder.is_dir()

    assert page.model.rowCount() == 0


def test_what_was_not_compared_is_resumed_first(qtbot, opened, page):
    folder = trained(qtbot, page)
    (folder / COMPARISON).unlink()
    page.reload()
    view = page.view.comparison
    assert "can't be used" in view.verdict.text
    assert not view.adopt_button.isVisible()
    press(qtbot, page.view.resume_button)
    job = opened.training_lane.unfinished[-1]
    qtbot.waitUntil(lambda: job.is_over, timeout=_WAIT_MS)
    qtbot.waitUntil(view.adopt_button.isVisible)
    assert (folder / COMPARISON).is_file()
    assert page.view.resume_button.isHidden()


def test_an_empty_project_says_what_is_missing(qtbot, opened, page, tmp_path):
    opened.open_session(Session.open_or_create(tmp_path / "empty", "A"))
    dialog = StartDialog(opened, JobKind.RETRAIN, page)
    assert "at least 3 people" in dialog.problem.text
    assert not dialog.start_button.isEnabled()


def test_the_menu_opens_the_dialog(qtbot, project):
    window = MainWindow(Settings(reader="A"))
    qtbot.addWidget(window)
    assert not window.window_actions["retrain"].isEnabled()
    assert window.projects.open(project)
    window.window_actions["retrain"].trigger()
    (dialog,) = window.findChildren(StartDialog)
    assert dialog.windowTitle() == "Retrain the detector"
    dialog.reject()
