"""The work list as the reader uses it: searching, filtering, choosing, following."""

import datetime as dt

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt
from PySide6.QtWidgets import QApplication, QWidget

from spinegrader.domain.edits import ImportStudies
from spinegrader.domain.grades import Answer
from spinegrader.domain.study import Patient, Study
from spinegrader.gui.itemmodels.work_list_model import WorkListModel
from spinegrader.gui.panels.work_list import WorkList
from spinegrader.services import reading


def lines(work_list: WorkList) -> list[tuple[str, list[str]]]:
    """What the list shows: patients with their visits, each “first line | second line”."""
    found: list[tuple[str, list[str]]] = []
    for index in indexes(work_list):
        text = f"{index.data()} | {index.data(WorkListModel.DetailRole)}"
        if index.data(WorkListModel.PatientIdRole) is not None:
            found.append((text, []))
        else:
            found[-1][1].append(text)
    return found


def indexes(work_list: WorkList) -> list[QModelIndex]:
    return [work_list.model.index(row, 0) for row in range(work_list.model.rowCount())]


def names(work_list: WorkList) -> list[str]:
    return [patient.split(" | ")[0] for patient, _ in lines(work_list)]


def grade_all(workbench, study_uid: str) -> None:
    session = workbench.session
    for item in reading.items_of(session, study_uid):
        reading.answer(session, study_uid, item, Answer.GRADED, 1)


def index_of(work_list: WorkList, study_uid: str) -> QModelIndex:
    return work_list.model.index_of(study_uid)


def shown(qtbot, workbench) -> WorkList:
    work_list = WorkList(workbench)
    qtbot.addWidget(work_list)
    work_list.resize(280, 600)
    work_list.show()
    return work_list


def test_lists_patients_with_their_visits_and_how_far_they_are(qtbot, workbench) -> None:
    work_list = shown(qtbot, workbench)
    assert lines(work_list) == [
        (
            "Arndt, Anna | A-17 · 2 visits",
            [
                "2016-04-26  Lumbar spine | ○ new 0/30 · 3 series",
                "2019-08-03  Lumbar follow-up | ○ new 0/30 · 3 series",
            ],
        ),
        ("Berger, Bert | B-42 · 1 visit", ["2017-01-09  Lumbar spine | ○ new 0/30 · 3 series"]),
        ("C-3 | 1 visit", ["no date  Axial only | nothing to grade · 1 series"]),
    ]


def test_progress_follows_each_answer_and_each_undo(qtbot, workbench) -> None:
    work_list = shown(qtbot, workbench)
    session = workbench.session
    first = reading.items_of(session, "1.2.3")[0]
    reading.answer(session, "1.2.3", first, Answer.GRADED, 2)
    assert "◐ doing 1/30" in lines(work_list)[1][1][0]
    session.undo()
    assert "○ new 0/30" in lines(work_list)[1][1][0]
    grade_all(workbench, "1.2.3")
    assert "● done 30/30" in lines(work_list)[1][1][0]


def test_searches_id_name_date_and_description_with_all_words(qtbot, workbench) -> None:
    work_list = shown(qtbot, workbench)
    for text, expected in (
        ("b-42", ["Berger, Bert"]),
        ("ANNA", ["Arndt, Anna"]),
        ("2017-01", ["Berger, Bert"]),
        ("axial", ["C-3"]),
        ("lumbar arndt", ["Arndt, Anna"]),
        ("", ["Arndt, Anna", "Berger, Bert", "C-3"]),
    ):
        work_list.search.clear()
        qtbot.keyClicks(work_list.search, text)
        assert names(work_list) == expected, text


def test_a_search_shows_only_the_visits_that_fit(qtbot, workbench) -> None:
    work_list = shown(qtbot, workbench)
    qtbot.keyClicks(work_list.search, "follow")
    ((patient, visits),) = lines(work_list)
    assert patient.startswith("Arndt")
    assert [visit[:10] for visit in visits] == ["2019-08-03"]


def test_to_do_and_done_split_what_can_be_graded(qtbot, workbench) -> None:
    grade_all(workbench, "1.2.1")
    work_list = shown(qtbot, workbench)
    work_list.scope.setCurrentText("To do")
    assert [len(visits) for _, visits in lines(work_list)] == [1, 1]
    assert "2019-08-03" in lines(work_list)[0][1][0]
    work_list.scope.setCurrentText("Done")
    assert [visits[0][:10] for _, visits in lines(work_list)] == ["2016-04-26"]


def test_the_study_in_front_stays_while_it_is_finished(qtbot, workbench) -> None:
    work_list = shown(qtbot, workbench)
    work_list.scope.setCurrentText("To do")
    workbench.select_study("1.2.3")
    grade_all(workbench, "1.2.3")
    assert names(work_list) == ["Arndt, Anna", "Berger, Bert"]
    workbench.select_study("1.2.1")
    assert names(work_list) == ["Arndt, Anna"]


def test_a_click_leaves_a_finished_study_for_the_next(qtbot, workbench) -> None:
    """The row clicked on moves up while it is clicked, since the finished one leaves."""
    work_list = shown(qtbot, workbench)
    work_list.scope.setCurrentText("To do")
    workbench.select_study("1.2.1")
    grade_all(workbench, "1.2.1")
    target = work_list.view.visualRect(index_of(work_list, "1.2.3")).center()
    qtbot.mouseClick(work_list.view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(target))
    qtbot.waitUntil(lambda: workbench.study_uid == "1.2.3", timeout=1000)
    assert names(work_list) == ["Arndt, Anna", "Berger, Bert"]
    assert [len(visits) for _, visits in lines(work_list)] == [1, 1]
    assert work_list.view.currentIndex() == index_of(work_list, "1.2.3")


def test_keys_move_through_visits_and_open_them(qtbot, workbench) -> None:
    work_list = shown(qtbot, workbench)
    opened: list[str] = []
    workbench.study_changed.connect(opened.append)
    for _ in range(8):
        qtbot.keyClick(work_list.view, Qt.Key.Key_Down)
        qtbot.wait(25)
    assert opened == ["1.2.1", "1.2.2", "1.2.3", "1.2.4"]


def test_keys_pressed_faster_than_studies_open_end_at_the_last(qtbot, workbench) -> None:
    work_list = shown(qtbot, workbench)
    opened: list[str] = []
    workbench.study_changed.connect(opened.append)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_End, Qt.Key.Key_Up, Qt.Key.Key_Up):
        qtbot.keyClick(work_list.view, key)
    qtbot.wait(50)
    assert opened == ["1.2.3"]


def test_follows_the_study_that_others_bring_to_the_front(qtbot, workbench) -> None:
    work_list = shown(qtbot, workbench)
    workbench.select_study("1.2.2")
    assert work_list.view.currentIndex() == index_of(work_list, "1.2.2")


def test_an_import_keeps_selection_and_folded_patients(qtbot, workbench) -> None:
    work_list = shown(qtbot, workbench)
    workbench.select_study("1.2.3")
    work_list.model.set_folded("A-17", folded=True)
    new = ImportStudies(
        (Patient("A-01", "Abel, Ada"),), (Study("1.2.9", "A-01", dt.date(2020, 1, 1)),), ()
    )
    workbench.session.apply(new)
    assert names(work_list)[:2] == ["Abel, Ada", "Arndt, Anna"]
    assert work_list.view.currentIndex() == index_of(work_list, "1.2.3")
    folded = [index.data(WorkListModel.FoldedRole) for index in indexes(work_list)]
    assert [item for item in folded if item is not None] == [False, True, False, False]
    assert [len(visits) for _, visits in lines(work_list)] == [1, 0, 1, 1]


def test_hidden_identity_shows_and_finds_no_name_id_or_date(qtbot, workbench) -> None:
    work_list = shown(qtbot, workbench)
    workbench.change_settings(identity_hidden=True)
    everything = str(lines(work_list))
    for index in (work_list.model.index(0, 0), index_of(work_list, "1.2.1")):
        everything += str(index.data(Qt.ItemDataRole.ToolTipRole))
        everything += str(index.data(Qt.ItemDataRole.AccessibleTextRole))
    for secret in ("Arndt", "Anna", "A-17", "Berger", "B-42", "C-3", "2016", "2019"):
        assert secret not in everything
    assert names(work_list) == ["Patient 1", "Patient 2", "Patient 3"]
    qtbot.keyClicks(work_list.search, "arndt")
    assert names(work_list) == []
    workbench.change_settings(identity_hidden=False)
    assert names(work_list) == ["Arndt, Anna"]


def test_an_empty_project_offers_the_import(qtbot, empty_workbench) -> None:
    work_list = shown(qtbot, empty_workbench)
    assert work_list.empty.isVisible()
    assert work_list.empty.text == "No images yet."
    with qtbot.waitSignal(work_list.import_requested, timeout=500):
        qtbot.mouseClick(work_list.empty.button, Qt.MouseButton.LeftButton)


def test_a_search_without_result_offers_the_way_back(qtbot, workbench) -> None:
    work_list = shown(qtbot, workbench)
    qtbot.keyClicks(work_list.search, "nobody")
    assert work_list.empty.isVisible()
    qtbot.mouseClick(work_list.empty.button, Qt.MouseButton.LeftButton)
    assert work_list.view.isVisible()
    assert len(names(work_list)) == 3


def test_a_closed_project_leaves_nothing_behind(qtbot, workbench) -> None:
    work_list = shown(qtbot, workbench)
    workbench.close_session()
    assert names(work_list) == []
    assert not work_list.empty.button.isVisible()


class NewWindows(QObject):
    """Notes widgets that are shown as windows of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.found.append(type(watched).__name__)
        return False


def test_nothing_of_the_list_flashes_up_as_a_window_while_it_is_made(qtbot, workbench) -> None:
    windows = NewWindows()
    QApplication.instance().installEventFilter(windows)
    try:
        shown(qtbot, workbench)
    finally:
        QApplication.instance().removeEventFilter(windows)
    assert windows.found == ["WorkList"]


def test_less_room_leaves_the_study_in_front_in_sight(qtbot, workbench) -> None:
    work_list = shown(qtbot, workbench)
    view = work_list.view
    last = indexes(work_list)[-1]
    view.setCurrentIndex(last)
    qtbot.waitUntil(lambda: view.visualRect(last).isValid())
    shorter = view.visualRect(last).top() + work_list.height() - view.height()
    work_list.resize(280, shorter)
    qtbot.waitUntil(lambda: view.viewport().rect().contains(view.visualRect(last)))
