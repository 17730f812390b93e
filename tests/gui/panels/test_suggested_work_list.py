"""The model's suggestion as an order of the work list: asked for, walked through, undone."""

import pytest
from PySide6.QtCore import Qt

from spinegrader.domain.edits import SetOverlay
from spinegrader.domain.grades import Answer
from spinegrader.gui.itemmodels.work_list_model import WorkListModel
from spinegrader.gui.itemmodels.work_list_order import SortBy
from spinegrader.gui.main_window import MainWindow
from spinegrader.gui.panels.work_list import WorkList
from spinegrader.services import graders, reading
from spinegrader.services.session import Session
from spinegrader.services.settings import Settings
from tests.services.conftest import STUDIES, column, fill
from tests.test_main_job import until

READER = "A"


@pytest.fixture
def window(qtbot, tmp_path):
    """Three studies of two people with vertebrae, none of them read."""
    session = Session.open_or_create(tmp_path / "project", READER)
    fill(session)
    for uid in STUDIES:
        session.apply(SetOverlay(f"{uid}.1", None, column(f"{uid}.1")))
    session.store.close(compact=False)
    opened = MainWindow(Settings(reader=READER))
    with qtbot.waitExposed(opened):
        opened.show()
    assert opened.projects.open(tmp_path / "project")
    opened.activateWindow()
    until(opened.read_page.viewer.hasFocus)
    yield opened
    opened.workbench.session.store.close(compact=False)
    assert opened.close()
    opened.deleteLater()


@pytest.fixture
def work_list(window) -> WorkList:
    return window.read_page.work_list


def rows(work_list: WorkList) -> list[tuple[str, str]]:
    """UID and second line of the visits, from top to bottom."""
    indexes = (work_list.model.index(row, 0) for row in range(work_list.model.rowCount()))
    found = (
        (index.data(WorkListModel.StudyUidRole), index.data(WorkListModel.DetailRole))
        for index in indexes
    )
    return [row for row in found if row[0]]


def uids(work_list: WorkList) -> list[str]:
    return [uid for uid, _ in rows(work_list)]


def grade_all(session, study_uid: str) -> None:
    for item in reading.items_of(session, study_uid):
        reading.answer(session, study_uid, item, Answer.GRADED, 1)


def suggest(qtbot, work_list: WorkList) -> None:
    """Chooses the order, as by the mouse, and waits for the model."""
    with qtbot.waitSignal(work_list.suggesting.found, timeout=60_000):
        work_list.sort.setCurrentText("Suggested next")


def next_study(qtbot, window) -> str:
    qtbot.keyClick(window, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    return window.workbench.study_uid


def test_suggested_studies_stand_first_with_reasons_and_are_walked_through(
    qtbot, window, work_list
) -> None:
    bench = window.workbench
    told: list[str] = []
    bench.notified.connect(told.append)
    grade_all(bench.session, "1.2.11")
    suggest(qtbot, work_list)
    order = uids(work_list)
    assert sorted(order[:2]) == ["1.2.12", "1.2.21"]
    assert order[2] == "1.2.11"
    for place, (_, detail) in enumerate(rows(work_list)[:2], start=1):
        assert detail.startswith(f"{place}. ")
        assert any(words in detail for words in ("unsure", "unlike what is graded", "for variety"))
    assert rows(work_list)[2][1].startswith("●")
    assert told[-1] == (
        "Model that comes with SpineGrader suggests 2 studies: press Ctrl+Right to open the first."
    )
    assert "trained on" in work_list.bar.refresh.toolTip()
    bench.select_study("1.2.11")
    assert next_study(qtbot, window) == order[0]
    assert next_study(qtbot, window) == order[1]


def test_the_first_key_opens_the_first_one_wherever_one_stands(qtbot, window, work_list) -> None:
    suggest(qtbot, work_list)
    order = uids(work_list)
    for in_front, opened in ((1, 0), (2, 0), (0, 1)):
        window.workbench.select_study(order[in_front])
        with qtbot.waitSignal(work_list.suggesting.found, timeout=60_000):
            work_list.bar.refresh.click()
        assert uids(work_list) == order
        assert next_study(qtbot, window) == order[opened]


def test_filters_hold_and_another_order_takes_it_back(qtbot, window, work_list) -> None:
    grade_all(window.workbench.session, "1.2.21")
    before = uids(work_list)
    suggest(qtbot, work_list)
    window.workbench.select_study("1.2.11")
    work_list.scope.setCurrentText("To do")
    assert sorted(uids(work_list)) == ["1.2.11", "1.2.12"]
    work_list.scope.setCurrentText("All")
    work_list.sort.setCurrentText("Patient")
    assert uids(work_list) == before
    assert not any("unsure" in detail for _, detail in rows(work_list))
    assert work_list.bar.direction.isVisible()


def test_it_is_kept_until_it_is_asked_for_anew(qtbot, window, work_list) -> None:
    suggest(qtbot, work_list)
    order = uids(work_list)
    grade_all(window.workbench.session, order[0])
    assert uids(work_list) == order
    work_list.sort.setCurrentText("Date")
    work_list.sort.setCurrentText("Suggested next")
    assert not work_list.suggesting.is_asking
    assert uids(work_list) == order
    with qtbot.waitSignal(work_list.suggesting.found, timeout=60_000):
        qtbot.mouseClick(work_list.bar.refresh, Qt.MouseButton.LeftButton)
    assert uids(work_list)[-1] == order[0]


def test_without_a_model_it_says_what_is_missing_and_keeps_the_order(
    window, work_list, monkeypatch, tmp_path
) -> None:
    monkeypatch.setattr(graders, "shipped_grader_folder", lambda: tmp_path / "nothing")
    before = uids(work_list)
    work_list.sort.setCurrentText("Suggested next")
    assert "grading model that comes with the program isn't there" in window.banner.text
    assert work_list.bar.sort_by is SortBy.PATIENT
    assert uids(work_list) == before


def test_nothing_left_to_grade_is_said(window, work_list) -> None:
    for uid in STUDIES:
        grade_all(window.workbench.session, uid)
    work_list.sort.setCurrentText("Suggested next")
    assert "no ungraded study" in window.banner.text
    assert work_list.bar.sort_by is SortBy.PATIENT


def test_cancelling_keeps_the_order(qtbot, window, work_list) -> None:
    before = uids(work_list)
    with qtbot.waitSignal(work_list.suggesting.given_up, timeout=60_000):
        work_list.sort.setCurrentText("Suggested next")
        for job in window.workbench.quick_lane.unfinished:
            job.request_stop()
    assert work_list.bar.sort_by is SortBy.PATIENT
    assert uids(work_list) == before


def test_choosing_another_order_meanwhile_gives_up_the_question(qtbot, window, work_list) -> None:
    work_list.sort.setCurrentText("Suggested next")
    work_list.sort.setCurrentText("Date")
    qtbot.waitUntil(lambda: not window.workbench.quick_lane.is_busy, timeout=60_000)
    assert not work_list.suggesting.is_asking
    assert work_list.bar.sort_by is SortBy.DATE
    assert work_list.model.arrangement.suggested == ()
