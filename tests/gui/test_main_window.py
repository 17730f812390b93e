"""The frame: menus, identity, closing in the middle, what is damaged."""

import json

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMessageBox

from spinegrader.domain.edits import ImportStudies
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.study import Patient, Plane, Series, Stack, Study, Weighting
from spinegrader.gui import project_commands
from spinegrader.gui.actions import ALL_ACTIONS
from spinegrader.gui.dialogs.gradings import GradingsDialog
from spinegrader.gui.dialogs.key_sheet import sheet_html
from spinegrader.gui.keys import keys_in_force
from spinegrader.gui.main_window import MainWindow
from spinegrader.gui.training.jobs import start_pretraining
from spinegrader.model.config import PretrainConfig
from spinegrader.model.runs import list_runs
from spinegrader.services import reading
from spinegrader.services.session import Session
from spinegrader.services.settings import Settings, Theme
from tests.gui.cohort_project import project
from tests.test_main_job import until

__all__ = ["project"]


@pytest.fixture
def window(qtbot):
    opened = MainWindow(Settings(reader="Dr A"))
    qtbot.addWidget(opened)
    with qtbot.waitExposed(opened):
        opened.show()
    yield opened
    opened.close()


@pytest.fixture
def opened(window, project):
    assert window.projects.open(project)
    window.activateWindow()
    until(window.read_page.viewer.hasFocus)
    return window


def key(window, code, modifier=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(window.read_page.viewer.mouse_area, code, modifier)


def test_undo_names_what_it_takes_back(opened):
    undo = opened.window_actions["undo"]
    assert not undo.isEnabled()
    key(opened, Qt.Key.Key_2)
    assert undo.text() == "&Undo: Grade T12/L1"
    undo.trigger()
    assert not undo.isEnabled()
    assert opened.window_actions["redo"].isEnabled()


def test_hidden_identity_is_nowhere_on_screen(opened):
    study = opened.workbench.session.state.studies[opened.workbench.study_uid]
    shown = opened.head.findChildren(QLabel)
    assert any(study.patient_id in label.text() for label in shown)
    opened.window_actions["hide_identity"].trigger()
    assert opened.workbench.settings.identity_hidden
    assert not any(study.patient_id in label.text() for label in shown)
    assert not any(str(study.date) in label.text() for label in shown)
    assert study.patient_id not in opened.windowTitle()
    opened.window_actions["hide_identity"].trigger()


def test_predictions_out_of_sight_are_called_blinded(opened):
    labels = opened.head.findChildren(QLabel)
    assert "Dr A · blinded" in [label.text() for label in labels]
    opened.show_page("page_review")
    assert "Dr A · assisted" in [label.text() for label in labels]


def test_the_gradings_asked_are_the_projects_choice(opened, qtbot):
    session = opened.workbench.session
    dialog = GradingsDialog(session.scheme, ["pfirrmann", "narrowing"])
    qtbot.addWidget(dialog)
    assert dialog.chosen == ("pfirrmann", "narrowing")
    reading.ask_gradings(session, ["narrowing"])
    rows = opened.read_page.grade_grid
    assert [grading.id for grading in reading.asked_gradings(session)] == ["narrowing"]
    assert rows.isVisible()
    opened.window_actions["undo"].trigger()
    assert len(reading.asked_gradings(session)) > 1


def test_the_key_sheet_lists_every_key():
    keys = keys_in_force(Settings())
    html = sheet_html(ALL_ACTIONS, keys, {"Mouse": (("Wheel", "Slices"),)})
    for spec in ALL_ACTIONS:
        if spec.keys:
            assert spec.text.replace("&", "").rstrip("…") in html
    assert "Wheel" in html


def test_no_key_stands_for_two_things():
    keys = [key for spec in ALL_ACTIONS for key in spec.keys]
    assert len(keys) == len(set(keys))


def test_closing_in_the_middle_of_a_training_asks_and_keeps_what_was_learnt(
    opened, monkeypatch, qtbot
):
    config = PretrainConfig.laptop().model_copy(update={"epochs": 500, "volume_shape": (5, 32, 32)})
    job = start_pretraining(opened.workbench, config)
    runs = opened.workbench.session.store.runs_folder
    until(lambda: any(card.epochs_done for card in list_runs(runs)))
    asked = []

    def answer(button):
        def question(parent, title, text):
            asked.append(text)
            return button

        return question

    monkeypatch.setattr(QMessageBox, "question", answer(QMessageBox.StandardButton.No))
    assert not opened.close()
    assert not job.is_over
    assert "still running" in asked[0]
    monkeypatch.setattr(QMessageBox, "question", answer(QMessageBox.StandardButton.Yes))
    assert opened.close()
    assert job.is_over
    (card,) = list_runs(runs)
    assert card.state == "stopped"
    assert 1 <= card.epochs_done < 500


def test_a_damaged_image_is_said_and_the_rest_goes_on(opened):
    bench = opened.workbench
    state = bench.session.state
    # The images of the next study may be in memory already.
    current, following, *_, other = reading.work_list(bench.session)
    assert bench.study_uid == current != following
    series = state.series_to_grade(other)
    damaged = bench.session.store.folder / "pixels" / f"{series.pixels}.h5"
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 0xFF
    damaged.chmod(0o600)
    damaged.write_bytes(bytes(content))
    bench.select_study(other)
    assert opened.banner.isVisible()
    assert series.pixels[:8] in opened.banner.text
    assert "Not saved" not in opened.status_line.save_state.text()
    bench.select_study(next(uid for uid in reading.work_list(bench.session) if uid != other))
    key(opened, Qt.Key.Key_3)
    assert "Saved" in opened.status_line.save_state.text()


def test_export_writes_the_table_and_says_so(opened, tmp_path):
    notices = []
    opened.workbench.notified.connect(notices.append)
    job = opened.projects.export(tmp_path / "grades.csv")
    until(lambda: job.is_over and notices)
    lines = (tmp_path / "grades.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) > 100
    assert "grades.csv" in notices[-1]


def test_the_demo_project_is_made_once(window, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(project_commands, "_DEMO_SUBJECTS", 2)
    monkeypatch.setattr(project_commands, "_DEMO_FOLLOW_UPS", 0)
    window.welcome.demo_requested.emit()
    until(lambda: window.workbench.has_session)
    folder = window.workbench.session.store.folder
    assert len(window.workbench.session.state.patients) == 2
    window.window_actions["close_project"].trigger()
    assert window.pages.currentWidget() is window.welcome
    window.welcome.demo_requested.emit()
    assert window.workbench.session.store.folder == folder


def test_a_tilted_series_shows_its_stacks(window, tmp_path):
    session = Session.open_or_create(tmp_path / "project", "Dr A")
    flat = VolumeGeometry.from_matrix(np.diag([1.0, 1.0, 4.0, 1.0]), (3, 20, 24))
    tilted = flat.matrix.copy()
    tilted[:3, 3] = (0, 5, 60)
    second = VolumeGeometry.from_matrix(tilted, (2, 20, 24))
    stacks = []
    for number, geometry in enumerate((flat, second)):
        pixels = np.full(geometry.shape, 100 * (number + 1), np.uint16)
        stacks.append(Stack(session.store.write_pixels(pixels, geometry), geometry))
    series = Series(
        "1.2.1.1",
        "1.2.1",
        stacks[0].pixels,
        flat,
        Plane.AXIAL,
        Weighting.T2,
        further_stacks=(stacks[1],),
    )
    session.apply(ImportStudies((Patient("P"),), (Study("1.2.1", "P"),), (series,)))
    session.close()
    window.projects.open(tmp_path / "project")
    window.workbench.select_study("1.2.1")
    assert "5 slices" in window.read_page.series_bar.details.text()
    assert not window.read_page.actions_by_id["place"].isEnabled()
    window.workbench.select_stack(1)
    viewer = window.read_page.viewer
    assert viewer.current_slice in (0, 1)
    viewer.go_to_slice(9)
    assert viewer.current_slice == 1


@pytest.mark.parametrize("theme", list(Theme))
def test_a_theme_is_remembered(window, theme):
    window._theme_actions[theme].trigger()
    assert window.workbench.settings.theme is theme
    window._theme_actions[Theme.SYSTEM].trigger()


def test_recent_projects_are_offered(opened):
    folder = opened.workbench.session.store.folder
    opened.window_actions["close_project"].trigger()
    assert json.loads(opened.workbench.settings.model_dump_json())["recent_projects"][0] == str(
        folder
    )


def test_that_others_changes_cannot_be_read_is_said_once(opened, qtbot):
    failures = []
    opened.workbench.failed.connect(failures.append)
    folder = opened.workbench.session.store.folder
    # In the place of a journal, something that can't be read.
    hindrance = folder / "journal" / f"{'a' * 32}.jsonl"
    hindrance.mkdir()
    for _ in range(3):
        opened.projects.look_at_other_readers()
    assert len(failures) == 1
    assert "another session can't be read" in opened.banner.text
    opened.banner.dismiss()
    opened.projects.look_at_other_readers()
    assert not opened.banner.isVisible()
    hindrance.rmdir()
    opened.projects.look_at_other_readers()
    hindrance.mkdir()
    opened.projects.look_at_other_readers()
    assert len(failures) == 2
    hindrance.rmdir()
