"""The whole way through the real window: import, place, correct, grade, train, review."""

import json
import threading
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtTest import QTest

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import as_point
from spinegrader.domain.overlays import OverlayState
from spinegrader.gui.dialogs.import_report import ImportReportDialog
from spinegrader.gui.main_window import MainWindow
from spinegrader.gui.training.start_dialog import StartDialog
from spinegrader.services import reading
from spinegrader.services.demo import read_truth
from spinegrader.services.hanging import Role
from spinegrader.services.settings import Settings
from spinegrader.simulate.cohort import simulate_cohort
from spinegrader.simulate.scanner.config import AcquisitionConfig
from tests.hands import Hand

SIZE = AcquisitionConfig(slices=7, rows=160, columns=160, samples_per_slice=1)


@pytest.fixture(scope="module")
def cohort(tmp_path_factory) -> Path:
    """Six people, each twice, as DICOM files."""
    folder = tmp_path_factory.mktemp("cohort") / "dicom"
    simulate_cohort(folder, 6, 6, 12, config=SIZE)
    return folder


@pytest.fixture
def window(qtbot):
    """The real window; afterwards no thread of it is left."""
    before = set(threading.enumerate())
    opened = MainWindow(Settings(reader="Dr A", finds_vertebrae=False))
    qtbot.addWidget(opened)
    opened.errors = []
    opened.workbench.failed.connect(opened.errors.append)
    with qtbot.waitExposed(opened):
        opened.show()
    yield opened
    opened.close()
    until(lambda: not [t for t in threading.enumerate() if t not in before])


def until(condition, seconds=60.0):
    """Lets the window live until something is so; unlike QTest.qWait it lets threads run."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        loop = QEventLoop()
        QTimer.singleShot(10, loop.quit)
        loop.exec()


def keys(window, *names):
    """Presses keys where the reader's hands are: on the images."""
    for name in names:
        plain = name.removeprefix("Ctrl+")
        held = Qt.KeyboardModifier.NoModifier
        modifier = held if plain == name else Qt.KeyboardModifier.ControlModifier
        code = getattr(Qt.Key, f"Key_{plain}")
        QTest.keyClick(window.read_page.viewer.mouse_area, code, modifier)


def import_folder(window, folder):
    finished = []
    window.imports.finished.connect(finished.append)
    window.imports.start([folder])
    until(lambda: finished or window.errors)
    assert window.errors == []
    for dialog in window.findChildren(ImportReportDialog):
        dialog.close()
    window.activateWindow()
    until(window.read_page.viewer.hasFocus)
    return finished[0]


def place(window, centres_mm):
    """P, then a click on each of two centres, on the slice where it lies."""
    viewer = window.read_page.viewer
    hand = Hand(viewer.mouse_area)
    keys(window, "P")
    for centre_mm in centres_mm:
        series = window.read_page.images.series
        viewer.go_to_slice(series.geometry.nearest_slice(centre_mm))
        viewer.fit()
        hand.click(viewer.screen_place(as_point(centre_mm)))


def overlay_of(window):
    return window.workbench.session.state.overlay(window.workbench.series_uid)


def start_job(window, name, **choices):
    """Opens a dialog from the Training menu, sets what is asked, starts, waits for the end."""
    window.window_actions[name].trigger()
    dialog = window.findChildren(StartDialog)[-1]
    until(dialog.isVisible)
    assert dialog.findings.text()
    for field, value in choices.items():
        getattr(dialog.form, field).setValue(value)
    assert dialog.start_button.isEnabled(), dialog.problem.text
    QTest.mouseClick(dialog.start_button, Qt.MouseButton.LeftButton)
    lane = window.workbench.training_lane
    until(lambda: not lane.is_busy or window.errors, 240)
    assert window.errors == []


def test_the_whole_way(window, cohort, tmp_path):
    truth = json.loads((cohort / "truth.json").read_text(encoding="utf-8"))
    project = tmp_path / "project"
    assert window.pages.currentWidget() is window.welcome
    assert window.projects.make(project)

    report = import_folder(window, cohort)
    assert len(report.series) == 24
    state = window.workbench.session.state
    assert len(state.patients) == 6
    t2 = window.read_page.images.series
    assert t2.title == "Sagittal T2"

    known = true_corners_mm(truth, t2.uid)
    two_clicks_propose_the_vertebrae_between(window, known)
    a_level_is_corrected_by_a_key_and_a_corner_by_dragging(window)
    digits_grade_and_undo_takes_back(window)

    # The rest is read as the simulated truth says; then training from the menu.
    read_truth(window.workbench.session, truth)
    start_job(window, "pretrain", epochs=2)
    start_job(window, "finetune", epochs=3)
    kinds = [entry.card.kind for entry in window.models_page.model.entries]
    assert kinds == ["finetune", "pretrain"]
    start_job(window, "predict")
    until(lambda: state.predictions)

    predictions_stand_beside_grades_to_be_accepted_or_overruled(window)
    everything_is_there_after_closing(window, project)
    assert len(window.workbench.session.state.overlay(t2.uid).vertebrae) == len(known)


def true_corners_mm(truth, series_uid):
    return {
        item["level"]: np.array(item["corners_mm"])
        for patient in truth["patients"]
        for study in patient["studies"]
        for series in study["series"]
        if series["uid"] == series_uid
        for item in series["vertebrae"]
    }


def two_clicks_propose_the_vertebrae_between(window, known):
    place(window, [known["L1"].mean(axis=0), known["S1"].mean(axis=0)])
    overlay = overlay_of(window)
    assert [item.level for item in overlay.vertebrae] == ["L1", "L2", "L3", "L4", "L5", "S1"]
    assert overlay.state is OverlayState.PROPOSED
    errors_mm = [
        np.linalg.norm(item.centre_mm - known[item.level].mean(axis=0))
        for item in overlay.vertebrae
    ]
    assert np.mean(errors_mm) < 3


def a_level_is_corrected_by_a_key_and_a_corner_by_dragging(window):
    keys(window, "Ctrl+Up")
    assert overlay_of(window).vertebrae[0].level == "T12"
    keys(window, "Ctrl+Down")
    assert overlay_of(window).vertebrae[0].level == "L1"

    viewer, geometry = window.read_page.viewer, window.read_page.images.series.geometry
    body = overlay_of(window).vertebra(VertebraLevel.L3)
    viewer.go_to_slice(geometry.nearest_slice(body.centre_mm))
    viewer.fit()
    wanted = as_point(np.array(body.corners_mm[0]) + geometry.directions[:, 0] * -4)
    hand = Hand(viewer.mouse_area)
    hand.click(viewer.screen_place(as_point(body.centre_mm)))
    hand.drag(viewer.screen_place(body.corners_mm[0]), viewer.screen_place(wanted))
    moved = overlay_of(window).vertebra(VertebraLevel.L3)
    assert np.allclose(moved.corners_mm[0], wanted, atol=0.05)
    assert np.allclose(moved.corners_mm[1:], body.corners_mm[1:], atol=1e-6)

    keys(window, "Return")
    assert overlay_of(window).state is OverlayState.CONFIRMED


def digits_grade_and_undo_takes_back(window):
    bench = window.workbench
    first = bench.item
    assert (str(first.disc), first.grading) == ("L1/L2", "pfirrmann")
    keys(window, "3", "1")
    keys(window, "Ctrl+Z")
    assert reading.own_grade(bench.session, bench.study_uid, first).value == 3
    assert reading.study_progress(bench.session, bench.study_uid).answered == 1
    assert "Saved" in window.status_line.save_state.text()


def predictions_stand_beside_grades_to_be_accepted_or_overruled(window):
    session = window.workbench.session
    notice, review = window.workspaces.predicted, window.review_page
    assert notice.isVisible()
    QTest.mouseClick(notice.offer, Qt.MouseButton.LeftButton)
    assert window.pages.currentWidget() is review
    assert not notice.isVisible()
    until(lambda: review.focused_row is not None)
    row = review.focused_row
    assert row.grade.value != row.prediction.value
    QTest.keyClick(review.table, Qt.Key.Key_A)
    accepted = reading.own_grade(session, row.study_uid, row.item)
    assert accepted.accepted_prediction == row.prediction.id
    assert accepted.value == row.prediction.value

    other = review.focused_row
    own = next(value for value in other.prediction.values if value != other.prediction.value)
    QTest.keyClick(review.table, getattr(Qt.Key, f"Key_{own}"))
    overruled = reading.own_grade(session, other.study_uid, other.item)
    assert (overruled.value, overruled.accepted_prediction) == (own, "")
    assert overruled.prediction_visible


def lengths_in(file):
    """How many grades and predictions an HDF5 program sees; None while there is no file."""
    if not file.exists():
        return None
    with h5py.File(file) as content:
        return len(content["grades"]), len(content["predictions"])


def everything_is_there_after_closing(window, project):
    """For this program, and for any other HDF5 tool."""
    state = window.workbench.session.state
    grades, predictions = dict(state.grades), dict(state.predictions)
    window.workbench.close_session()
    # Closing doesn't wait for project.h5.
    expected = (sum(len(history) for history in grades.values()), len(predictions))
    until(lambda: lengths_in(project / "project.h5") == expected)
    assert window.projects.open(project)
    again = window.workbench.session.state
    assert again.grades == grades
    assert again.predictions == predictions


def test_stopping_a_training_keeps_what_was_learnt_while_the_window_answers(
    window, cohort, tmp_path
):
    window.projects.make(tmp_path / "project")
    import_folder(window, cohort)
    read_truth(
        window.workbench.session, json.loads((cohort / "truth.json").read_text(encoding="utf-8"))
    )
    window.window_actions["pretrain"].trigger()
    dialog = window.findChildren(StartDialog)[-1]
    dialog.form.epochs.setValue(500)
    dialog.start()
    epochs = []
    window.workbench.job_event.connect(
        lambda _, event: epochs.append(event) if hasattr(event, "is_best") else None
    )
    # While it trains, a grade is entered by key and kept.
    window.show_page("page_read")
    item = window.workbench.item
    until(lambda: epochs)
    keys(window, "Backspace" if item is None else "2")
    assert window.errors == []
    window.window_actions["stop_training"].trigger()
    until(lambda: not window.workbench.training_lane.is_busy)
    window.show_page("page_models")
    until(lambda: window.models_page.model.entries)
    card = window.models_page.model.entries[0].card
    assert card.state == "stopped"
    assert 1 <= card.epochs_done < 500
    assert card.weights_sha256


def test_what_is_wrong_is_said_in_a_sentence(window, tmp_path):
    assert not window.projects.open(tmp_path)
    assert "not a SpineGrader project" in window.banner.text
    assert window.banner.isVisible()
    assert window.projects.make(tmp_path / "project")
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "letter.txt").write_text("Dear colleague")
    window.imports.start([tmp_path / "letters"])
    until(lambda: len(window.errors) == 2)
    assert "Nothing in letters could be imported" in window.banner.text
    window.window_actions["pretrain"].trigger()
    dialog = window.findChildren(StartDialog)[-1]
    until(dialog.isVisible)
    assert "at least 2 people" in dialog.problem.text
    assert not dialog.start_button.isEnabled()
    dialog.reject()


def test_a_real_study(window, real_data, tmp_path):
    project = tmp_path / "project"
    window.projects.make(project)
    report = import_folder(window, real_data / "lumbar_cc0" / "hospital_a")
    assert (len(report.series), report.files_seen, report.skipped) == (5, 67, ())
    bench = window.workbench
    t2 = window.read_page.images.series
    assert t2.title == "Sagittal T2"

    # Centres of L1 and S1 as seen on the middle slice, in pixels.
    middle = t2.geometry.shape[0] // 2
    centres = [t2.geometry.to_mm((*place_px, middle)) for place_px in ((226, 156), (258, 410))]
    place(window, centres)
    heights = [item.centre_mm[2] for item in overlay_of(window).vertebrae]
    assert len(heights) == 6
    assert heights == sorted(heights, reverse=True)
    keys(window, "Return")
    study_uid = bench.study_uid
    items = reading.items_of(bench.session, study_uid)
    area = window.read_page.images_area
    until(lambda: area.shows[Role.AXIAL].series_uid)
    passed = set()
    for item in items:
        assert bench.item == item
        passed.add(axial_passes_through(area, item.disc))
        keys(window, "1")
    # The axial stacks of this study are tilted along the lower discs; not every disc has one.
    assert True in passed
    assert reading.study_progress(bench.session, study_uid).state is reading.Progress.DONE
    bench.close_session()

    assert window.projects.open(project)
    assert bench.study_uid == study_uid
    answers = [reading.own_grade(bench.session, study_uid, item).value for item in items]
    assert answers == [1] * len(items)
    assert overlay_of(window).state is OverlayState.CONFIRMED


def axial_passes_through(area, disc):
    """Whether the axial image beside shows the disc in focus: its slice cuts the outline."""
    main, axial = area.shows[Role.MAIN], area.shows[Role.AXIAL]
    outline = np.array(main.overlay.disc(disc).outline_mm)
    geometry, index = axial.geometry, axial.viewer.current_slice
    heights = geometry.to_index(outline)[:, 2] - index
    return bool(heights.min() < 0 < heights.max())
