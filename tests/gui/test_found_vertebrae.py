"""Vertebrae found beside the window: after a real import, while the reader goes on, in doubt."""

import threading
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.edits import EditGroup, SetOverlay
from spinegrader.domain.numbering import Doubt, Numbering
from spinegrader.domain.overlays import OverlayState
from spinegrader.gui.detecting_commands import DetectingJob
from spinegrader.gui.itemmodels.work_list_model import WorkListModel
from spinegrader.gui.itemmodels.work_list_order import Scope
from spinegrader.gui.main_window import MainWindow
from spinegrader.gui.viewer.slice_viewer import ViewerMode
from spinegrader.services.detecting import DetectingProgress, detect_plan
from spinegrader.services.finder import DETECTOR
from spinegrader.services.hanging import Role
from spinegrader.services.settings import Settings
from spinegrader.simulate.cohort import simulate_cohort
from spinegrader.simulate.scanner.config import AcquisitionConfig
from tests.gui.hanging_project import EARLIER, EARLIER_T2, LATER, T1, T2, opened_window
from tests.services.stand_in_finder import Finding
from tests.test_main_job import until

SIZE = AcquisitionConfig(slices=3, rows=160, columns=160, samples_per_slice=1)
PROPOSED, CONFIRMED = OverlayState.PROPOSED, OverlayState.CONFIRMED


@pytest.fixture
def own_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def window(qtbot, tmp_path, own_settings):
    """Two visits; T2 of each has confirmed vertebrae."""
    with opened_window(qtbot, tmp_path / "project") as window:
        window.said = []
        window.workbench.notified.connect(window.said.append)
        yield window


def press(window, key, modifier=Qt.KeyboardModifier.NoModifier):
    window.read_page.viewer.setFocus()
    QTest.keyClick(window.read_page.viewer.mouse_area, key, modifier)


def overlay(window, series_uid):
    return window.workbench.session.state.overlay(series_uid)


def study_line(window):
    return " ".join(label.text() for label in window.head.findChildren(QLabel))


def is_detecting(window):
    return window.workbench.detecting_lane.is_busy


def start(window, series_uid, find):
    """Starts a look as an import does, with eyes that the test holds open."""
    plan = detect_plan(window.workbench.session, [series_uid], again=True)
    job = DetectingJob(replace(plan, load=lambda: find), asked=False)
    return window.workbench.start_detecting_job(job)


def propose(window, doubt):
    """Puts the detector's proposals on both sagittal series of the visit in front."""
    session = window.workbench.session
    edits = []
    for uid in (T2, T1):
        bodies = overlay(window, EARLIER_T2).vertebrae
        shape = replace(overlay(window, T2), series_uid=uid, vertebrae=bodies)
        numbering = Numbering(doubt=doubt)
        after = replace(shape, state=PROPOSED, author=DETECTOR, numbering=numbering)
        edits.append(SetOverlay(uid, session.state.overlay(uid), after))
    session.apply(EditGroup("Find", tuple(edits)))


def levels(window, series_uid):
    return [str(item.level) for item in overlay(window, series_uid).vertebrae]


def test_an_import_is_followed_by_proposals_in_the_background(qtbot, tmp_path, own_settings):
    simulate_cohort(tmp_path / "dicom", 1, 0, 5, config=SIZE)
    window = MainWindow(Settings(reader="Dr A"))
    qtbot.addWidget(window)
    said, steps, errors = [], [], []
    window.workbench.notified.connect(said.append)
    window.workbench.failed.connect(errors.append)
    window.workbench.job_event.connect(lambda _, event: steps.append(event))
    with qtbot.waitExposed(window):
        window.show()
    assert window.projects.make(tmp_path / "project")
    hints = []
    window.read_page.images.hint_changed.connect(hints.append)
    window.imports.start([tmp_path / "dicom"])
    until(lambda: any("Vertebrae found" in words for words in said) or errors)
    assert any("being looked for" in words for words in hints)
    assert hints[-1].startswith("Proposed")
    assert errors == []
    assert said[-1].startswith("Vertebrae found on 2 series.")
    progress = [(item.done, item.total) for item in steps if isinstance(item, DetectingProgress)]
    assert progress == [(0, 2), (1, 2), (2, 2)]
    session, front = window.workbench.session, window.workbench.series_uid
    (study,) = session.state.studies
    found = [session.state.overlay(item.uid) for item in session.state.series_of(study)]
    assert [(item.state, item.author) for item in found] == [(PROPOSED, DETECTOR)] * 2
    # They are in front already, and undo is left to what the reader does.
    assert window.read_page.images_area.shows[Role.MAIN].overlay == session.state.overlay(front)
    assert session.undo_title is None
    window.activateWindow()
    until(window.isActiveWindow)
    press(window, Qt.Key.Key_Return)
    assert session.state.overlay(front).state is CONFIRMED
    until(lambda: not window.workbench.quick_lane.is_busy)
    session.store.close(compact=False)
    assert window.close()
    window.deleteLater()


def test_it_waits_for_a_reader_who_places_and_stops_when_told(window):
    bench, seen, go = window.workbench, threading.Event(), threading.Event()

    def find(_):
        seen.set()
        assert go.wait(20)
        return Finding()

    bench.select_series(T1)
    press(window, Qt.Key.Key_P)
    assert window.read_page.viewer.mode is ViewerMode.PLACE
    start(window, T1, find)
    until(seen.is_set)
    go.set()
    until(lambda: not is_detecting(window))
    until(lambda: any("Vertebrae found" in words for words in window.said))
    assert overlay(window, T1) is None
    press(window, Qt.Key.Key_Escape)
    assert overlay(window, T1).author == DETECTOR
    before = overlay(window, T1)

    # Once more, and cancelled: what is there stays.
    seen.clear(), go.clear()
    start(window, T1, find)
    slot = window.status_line.detecting
    until(lambda: seen.is_set() and slot.isVisible())
    assert slot.label.text() == "Finding vertebrae 0/1"
    QTest.mouseClick(slot.cancel, Qt.MouseButton.LeftButton)
    start(window, T1, find)
    go.set()
    until(lambda: not is_detecting(window))
    assert overlay(window, T1) == before

    # And in the middle of the next one the window closes, without a question.
    seen.clear(), go.clear()
    start(window, T1, find)
    until(seen.is_set)
    threading.Timer(0.1, go.set).start()


def test_a_doubtful_count_is_told_and_settled_by_one_key_for_the_study(window):
    bench, page = window.workbench, window.read_page
    propose(window, Doubt(VertebraLevel.L5, VertebraLevel.L4))
    assert "doubtful numbering: L5 could be L4" in study_line(window)
    assert "Doubtful numbering, L5 could be L4" in page.overlay_bar.hint.text()
    other = page.overlay_bar.offer
    assert (other.isVisible(), other.text()) == (True, "Count L5 as L4 (R)")
    page.work_list.scope.setCurrentIndex(page.work_list.scope.findData(Scope.DOUBTFUL))
    assert page.work_list.model.shown_studies() == [LATER]
    detail = page.work_list.model.index_of(LATER).data(WorkListModel.DetailRole)
    assert "? numbering" in detail

    press(window, Qt.Key.Key_R)
    assert levels(window, T2) == levels(window, T1) == ["L2", "L3", "L4", "L5"]
    assert "doubtful" not in study_line(window)
    assert not other.isVisible()
    press(window, Qt.Key.Key_Return)
    assert (overlay(window, T2).state, overlay(window, T1).state) == (CONFIRMED, CONFIRMED)
    bench.select_study(EARLIER)
    # The study in front stays in the list.
    assert page.work_list.model.shown_studies() == [EARLIER]
    press(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    press(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert levels(window, T1) == ["L3", "L4", "L5", "S1"]
    assert page.work_list.model.shown_studies() == [LATER]


def test_sorted_by_state_doubtful_visits_come_first(window):
    work_list = window.read_page.work_list
    work_list.sort.setCurrentText("State")
    assert work_list.model.shown_studies() == [EARLIER, LATER]
    propose(window, Doubt(VertebraLevel.L5, VertebraLevel.L4))
    assert work_list.model.shown_studies() == [LATER, EARLIER]


def test_a_vertebra_that_was_hardly_seen_is_named(window):
    propose(window, None)
    page, own = window.read_page, overlay(window, T2)
    assert "hardly seen" not in page.overlay_bar.hint.text()
    first, *others = own.vertebrae
    guessed = replace(own, vertebrae=(replace(first, confidence=0.2), *others))
    window.workbench.session.apply(EditGroup("Find", (SetOverlay(T2, own, guessed),)))
    assert f"hardly seen: {first.level}." in page.overlay_bar.hint.text()
    press(window, Qt.Key.Key_Return)
    assert "hardly seen" not in page.overlay_bar.hint.text()


def test_asked_for_it_says_where_there_is_nothing_to_do(window):
    window.window_actions["find_vertebrae"].trigger()
    until(lambda: not is_detecting(window))
    # The noise of this study shows no spine; T2 is the reader's.
    until(lambda: any("No vertebrae seen: 1." in words for words in window.said))
    assert overlay(window, T1) is None
    window.workbench.select_study(EARLIER)
    window.window_actions["find_vertebrae"].trigger()
    assert "without a reader's vertebrae" in window.said[-1]
