"""How visits stand in the work list, how they are sorted and folded, and that it stays quick."""

import datetime as dt
import time

import numpy as np
import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt

from spinegrader.domain.edits import ImportStudies
from spinegrader.domain.grades import Answer
from spinegrader.domain.study import Patient, Study
from spinegrader.gui.itemmodels.work_list_model import WorkListModel
from spinegrader.gui.panels.work_list import WorkList
from spinegrader.services import flags, reading, repeats
from spinegrader.services.protocol import ReadingProtocol, set_protocol
from spinegrader.services.session import Session
from spinegrader.services.sight import look
from tests.gui.panels.conftest import READER, SAGITTAL, SHAPE, visit_series

COLLEAGUE = "Dr. Colleague"


@pytest.fixture
def work_list(qtbot, workbench) -> WorkList:
    made = WorkList(workbench)
    qtbot.addWidget(made)
    made.resize(300, 600)
    made.show()
    return made


def read(session: Session, study_uid: str) -> None:
    while (item := reading.next_open_item(session, study_uid)) is not None:
        reading.answer(session, study_uid, item, Answer.GRADED, 1)


def read_as(session: Session, reader: str, study_uid: str) -> None:
    session.reader, own = reader, session.reader
    read(session, study_uid)
    session.reader = own


def titles(work_list: WorkList) -> list[str]:
    return [work_list.model.index(row, 0).data() for row in range(work_list.model.rowCount())]


def shown(work_list: WorkList) -> list[str]:
    """The UIDs of the visits in sight, from top to bottom."""
    rows = range(work_list.model.rowCount())
    found = [work_list.model.index(row, 0).data(WorkListModel.StudyUidRole) for row in rows]
    return [uid for uid in found if uid]


def detail(work_list: WorkList, study_uid: str) -> str:
    return work_list.model.index_of(study_uid).data(WorkListModel.DetailRole)


def click(qtbot, work_list: WorkList, index: QModelIndex, x: int) -> None:
    place = QPoint(x, work_list.view.visualRect(index).center().y())
    qtbot.mouseClick(work_list.view.viewport(), Qt.MouseButton.LeftButton, pos=place)


# -- how visits stand ---------------------------------------------------------------------------


def test_a_study_that_a_colleague_has_read_needs_a_second_reader(workbench, work_list) -> None:
    session = workbench.session
    set_protocol(session, ReadingProtocol(readers=2))
    read_as(session, COLLEAGUE, "1.2.3")
    assert detail(work_list, "1.2.3") == "◇ needs second reader 0/30 · 3 series"
    work_list.scope.setCurrentText("Needs second reader")
    assert shown(work_list) == ["1.2.3"]
    work_list.scope.setCurrentText("All")
    read(session, "1.2.3")
    assert detail(work_list, "1.2.3") == "● done 30/30 · 3 series"


def test_each_state_can_be_asked_for(workbench, work_list) -> None:
    session = workbench.session
    read(session, "1.2.1")
    reading.answer(session, "1.2.2", reading.items_of(session, "1.2.2")[0], Answer.GRADED, 1)
    flags.raise_flag(session, "1.2.4", "")
    for scope, expected in (
        ("New", ["1.2.3"]),
        ("Doing", ["1.2.2"]),
        ("Done", ["1.2.1"]),
        ("To do", ["1.2.2", "1.2.3"]),
        ("Repeat readings", []),
    ):
        work_list.scope.setCurrentText(scope)
        assert shown(work_list) == expected, scope
    work_list.scope.setCurrentText("All")
    repeats.draw_repeats(session, 1.0, 0, seed=1)
    assert detail(work_list, "1.2.1") == "○ new 0/30 · ↻ reading 2 · 3 series"
    work_list.scope.setCurrentText("Repeat readings")
    assert shown(work_list) == ["1.2.1"]
    session.undo()
    assert shown(work_list) == []


def test_a_flag_comes_and_goes_with_its_words(workbench, work_list, reopened) -> None:
    session = workbench.session
    work_list.scope.setCurrentText("Flagged")
    assert shown(work_list) == []
    flags.raise_flag(session, "1.2.3", "L4/L5 Pfirrmann: motion")
    assert shown(work_list) == ["1.2.3"]
    assert "⚑ L4/L5 Pfirrmann: motion" in detail(work_list, "1.2.3")
    index = work_list.model.index_of("1.2.3")
    assert "motion" in index.data(Qt.ItemDataRole.AccessibleTextRole)
    session.undo()
    assert shown(work_list) == []
    session.redo()
    assert reopened().state.flag("1.2.3").text == "L4/L5 Pfirrmann: motion"


def test_a_colleagues_words_are_shown_only_once_they_may_be_seen(workbench, work_list) -> None:
    session = workbench.session
    session.reader = COLLEAGUE
    flags.raise_flag(session, "1.2.3", "rather 4")
    read(session, "1.2.3")
    session.reader = READER
    assert "⚑ flagged" in detail(work_list, "1.2.3")
    read(session, "1.2.3")
    look(session, "1.2.3")
    assert "⚑ rather 4" in detail(work_list, "1.2.3")


# -- sorting ------------------------------------------------------------------------------------


def test_by_date_visits_stand_below_each_other_with_their_patients(qtbot, work_list) -> None:
    work_list.sort.setCurrentText("Date")
    assert titles(work_list) == [
        "2016-04-26 · Arndt, Anna  Lumbar spine",
        "2017-01-09 · Berger, Bert  Lumbar spine",
        "2019-08-03 · Arndt, Anna  Lumbar follow-up",
        "no date · C-3  Axial only",
    ]
    qtbot.mouseClick(work_list.bar.direction, Qt.MouseButton.LeftButton)
    assert shown(work_list) == ["1.2.2", "1.2.3", "1.2.1", "1.2.4"]
    assert work_list.bar.direction.accessibleName() == "Order: newest first"
    work_list.sort.setCurrentText("Patient")
    assert titles(work_list)[:2] == ["C-3", "no date  Axial only"]


def test_by_state_and_progress_what_is_begun_stands_apart(workbench, work_list) -> None:
    session = workbench.session
    read(session, "1.2.1")
    reading.answer(session, "1.2.3", reading.items_of(session, "1.2.3")[0], Answer.GRADED, 1)
    work_list.sort.setCurrentText("State")
    assert shown(work_list) == ["1.2.3", "1.2.2", "1.2.1", "1.2.4"]
    work_list.sort.setCurrentText("Progress")
    assert shown(work_list) == ["1.2.2", "1.2.3", "1.2.1", "1.2.4"]
    # Nothing jumps while one reads; the order is made anew when it is asked for.
    read(session, "1.2.2")
    assert shown(work_list) == ["1.2.2", "1.2.3", "1.2.1", "1.2.4"]
    work_list.bar.direction.toggle()
    work_list.bar.direction.toggle()
    assert shown(work_list)[0] == "1.2.3"


def test_sorting_keeps_the_study_in_front_chosen_and_keys_open_the_next(
    qtbot, workbench, work_list
) -> None:
    workbench.select_study("1.2.3")
    work_list.sort.setCurrentText("Date")
    assert work_list.view.currentIndex() == work_list.model.index_of("1.2.3")
    assert workbench.study_uid == "1.2.3"
    qtbot.keyClick(work_list.view, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: workbench.study_uid == "1.2.2", timeout=1000)


def test_a_flat_list_with_hidden_identity_tells_no_name_and_no_date(workbench, work_list) -> None:
    workbench.change_settings(identity_hidden=True)
    work_list.sort.setCurrentText("Date")
    assert titles(work_list)[0] == "Patient 1 · Visit 1  Lumbar spine"
    everything = " ".join(titles(work_list))
    assert not any(secret in everything for secret in ("Arndt", "C-3", "2016", "Berger"))


def test_search_filter_and_order_work_together(qtbot, workbench, work_list) -> None:
    read(workbench.session, "1.2.1")
    work_list.sort.setCurrentText("Date")
    work_list.bar.direction.setChecked(True)
    work_list.scope.setCurrentText("To do")
    qtbot.keyClicks(work_list.search, "lumbar")
    assert shown(work_list) == ["1.2.2", "1.2.3"]


# -- folding ------------------------------------------------------------------------------------


def test_keys_fold_and_open_the_visits_of_a_person(qtbot, workbench, work_list) -> None:
    workbench.select_study("1.2.2")
    work_list.view.setFocus()
    qtbot.keyClick(work_list.view, Qt.Key.Key_Left)
    assert work_list.view.currentIndex().data() == "Arndt, Anna"
    qtbot.keyClick(work_list.view, Qt.Key.Key_Left)
    assert shown(work_list) == ["1.2.3", "1.2.4"]
    assert work_list.view.currentIndex().data() == "Arndt, Anna"
    said = work_list.view.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole)
    assert said.endswith("folded away")
    qtbot.keyClick(work_list.view, Qt.Key.Key_Right)
    assert shown(work_list)[:2] == ["1.2.1", "1.2.2"]
    assert workbench.study_uid == "1.2.2"


def test_a_click_on_the_sign_folds_and_one_on_the_name_does_not(qtbot, work_list) -> None:
    anna = work_list.model.index_of_patient("A-17")
    click(qtbot, work_list, anna, 60)
    assert len(shown(work_list)) == 4
    click(qtbot, work_list, anna, 6)
    assert shown(work_list) == ["1.2.3", "1.2.4"]
    qtbot.keyClicks(work_list.search, "follow")
    assert shown(work_list) == ["1.2.2"]  # a search shows what it finds
    work_list.search.clear()
    assert shown(work_list) == ["1.2.3", "1.2.4"]


# -- what can be done with a visit ----------------------------------------------------------------


def test_the_menu_of_a_visit_flags_it(qtbot, workbench, work_list) -> None:
    from spinegrader.gui.dialogs.flag import FlagDialog

    menu = work_list.menu_at(work_list.model.index_of("1.2.2"))
    assert menu.actions()[0].text() == "&Flag…"
    menu.actions()[0].trigger()
    (dialog,) = work_list.findChildren(FlagDialog)
    qtbot.keyClicks(dialog.words, "second look")
    qtbot.keyClick(dialog.words, Qt.Key.Key_Return)
    assert workbench.session.state.flag("1.2.2").text == "second look"
    menu = work_list.menu_at(work_list.model.index_of("1.2.2"))
    assert menu.actions()[0].text() == "Lower the &flag"
    menu.actions()[0].trigger()
    assert workbench.session.state.flag("1.2.2") is None


# -- many visits ----------------------------------------------------------------------------------


def import_many(session: Session, number: int) -> None:
    """Persons with two visits each."""
    pixels = session.store.write_pixels(np.zeros(SHAPE, np.int16), SAGITTAL)
    first = dt.date(2010, 1, 1)
    studies = tuple(
        Study(f"1.3.{at}", f"P{at // 2:05d}", first + dt.timedelta(days=at % 4000))
        for at in range(number)
    )
    patients = tuple(Patient(f"P{at:05d}", f"Name {at}") for at in range(number // 2))
    series = tuple(visit_series(study.uid, pixels)[1] for study in studies)
    session.apply(ImportStudies(patients, studies, series))


def test_with_thousands_of_visits_an_answer_touches_one_row(
    qtbot, empty_workbench, monkeypatch
) -> None:
    session = empty_workbench.session
    import_many(session, 4000)
    work_list = WorkList(empty_workbench)
    qtbot.addWidget(work_list)
    work_list.scope.setCurrentText("To do")
    asked: list[str] = []
    standing = WorkListModel.standing
    monkeypatch.setattr(
        WorkListModel,
        "standing",
        lambda model, row: (asked.append(row.study.uid), standing(model, row))[1],
    )
    touched: list[int] = []
    work_list.model.dataChanged.connect(lambda first, _: touched.append(first.row()))
    reading.answer(session, "1.3.2000", reading.items_of(session, "1.3.2000")[0], Answer.GRADED, 1)
    assert touched == [work_list.model.index_of("1.3.2000").row()]
    assert set(asked) <= {"1.3.2000"}


def test_visits_are_counted_ahead_while_the_list_is_seen(qtbot, empty_workbench) -> None:
    import_many(empty_workbench.session, 600)
    work_list = WorkList(empty_workbench)
    qtbot.addWidget(work_list)
    work_list.show()
    qtbot.waitUntil(lambda: not work_list._counting.isActive(), timeout=5000)
    assert not work_list.model.count_ahead(0.0)  # none is left
    work_list.model.reload()
    assert work_list._counting.isActive()
    assert work_list.model.count_ahead(0.0)
    work_list.hide()
    assert not work_list._counting.isActive()


def test_a_key_in_the_search_costs_less_than_listing_everything(qtbot, empty_workbench) -> None:
    """Searching walks over words made before; listing makes them."""
    import_many(empty_workbench.session, 4000)
    work_list = WorkList(empty_workbench)
    qtbot.addWidget(work_list)
    work_list.resize(300, 600)
    work_list.show()

    def seconds(step) -> float:
        times = []
        for _ in range(3):
            start = time.perf_counter()
            step()
            times.append(time.perf_counter() - start)
        return min(times)

    def search() -> None:
        work_list.search.setText("name 1")
        work_list.search.setText("")

    assert seconds(search) < seconds(work_list.model.reload)
