"""Asking whether two are the same: the dialog, the finder and the work list's menu."""

import datetime as dt

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from spinegrader.domain.edits import ImportStudies
from spinegrader.domain.study import Patient, Plane, Series, Study, Weighting
from spinegrader.gui.dialogs.choose_patient import ChoosePatientDialog
from spinegrader.gui.dialogs.same_person import SamePersonDialog
from spinegrader.gui.panels.work_list import WorkList
from spinegrader.gui.same_person import SamePersonFinder
from spinegrader.imaging.fingerprint import slice_hashes
from spinegrader.services import identity
from spinegrader.services.suggestions import suggestions
from tests.gui.panels.conftest import SAGITTAL, SHAPE

BORN = dt.date(1960, 2, 3)
PEOPLE = (
    Patient("A-17", "Arndt, Anna", "F", BORN),
    Patient("Z-99", "ARNDT^ANNA", "F", BORN),
    Patient("B-42", "Berger, Bert", "M", dt.date(1950, 1, 9)),
    Patient("Y-98", "<b>Other</b>", "M", dt.date(1950, 1, 9)),
)


@pytest.fixture
def bench(empty_workbench):
    """Anna under two ids; Bert's study came again under another name."""
    session = empty_workbench.session
    studies, series = [], []
    for number, (patient, seed) in enumerate(zip(PEOPLE, (1, 2, 3, 3), strict=True), start=1):
        uid = f"1.{number}"
        pixels = np.random.default_rng(seed).integers(0, 900, SHAPE).astype(np.int16)
        studies.append(Study(uid, patient.id, dt.date(2010 + number, 1, 1)))
        series.append(
            Series(
                f"{uid}.1",
                uid,
                session.store.write_pixels(pixels, SAGITTAL),
                SAGITTAL,
                Plane.SAGITTAL,
                Weighting.T2,
                slice_hashes=slice_hashes(pixels),
            )
        )
    session.apply(ImportStudies(PEOPLE, tuple(studies), tuple(series)))
    return empty_workbench


def shown(qtbot, bench) -> SamePersonDialog:
    dialog = SamePersonDialog(bench, suggestions(bench.session))
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def words(dialog: QWidget) -> str:
    return "\n".join(label.text() for label in dialog.findChildren(QLabel) if label.isVisible())


def press(qtbot, button) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def listed(dialog: SamePersonDialog) -> list[str]:
    return [dialog.list.item(row).text() for row in range(dialog.list.count())]


def test_it_shows_both_records_and_the_same_slice_beside_the_evidence(qtbot, bench):
    dialog = shown(qtbot, bench)
    assert listed(dialog) == ["Same study · certain", "Same person · likely"]
    text = words(dialog)
    for part in ("3 of 3 slices are identical", "different names", "Berger, Bert", "B-42", "Y-98"):
        assert part in text
    assert "&lt;b&gt;Other" in text  # no markup from outside
    pictures = [label.pixmap().toImage() for label in dialog.findChildren(QLabel) if label.pixmap()]
    assert len(pictures) == 2
    assert pictures[0] == pictures[1]


def test_merge_keep_apart_and_undo(qtbot, bench):
    dialog = shown(qtbot, bench)
    state = bench.session.state
    press(qtbot, dialog.merge_button)
    assert state.person_of("Y-98") == "B-42"
    assert state.duplicates_of("1.3") == ("1.4",)
    assert listed(dialog) == ["Same person · likely"]
    press(qtbot, dialog.apart_button)
    assert not dialog.isVisible()
    assert suggestions(bench.session) == ()
    bench.session.undo()
    bench.session.undo()
    assert len(suggestions(bench.session)) == 2


def test_later_asks_another_time_and_changes_nothing(qtbot, bench):
    dialog = shown(qtbot, bench)
    press(qtbot, dialog.later_button)
    press(qtbot, dialog.later_button)
    assert not dialog.isVisible()
    assert len(suggestions(bench.session)) == 2
    assert bench.session.undo_title is None


def test_what_was_answered_elsewhere_leaves_the_list_and_closing_the_project_ends_it(qtbot, bench):
    dialog = shown(qtbot, bench)
    identity.merge_people(bench.session, "A-17", "Z-99")
    assert listed(dialog) == ["Same study · certain"]
    bench.session.store.close(compact=False)
    bench.close_session()
    assert not dialog.isVisible()


def test_hidden_identity_is_hidden_here_too(qtbot, bench):
    dialog = shown(qtbot, bench)
    for row in range(2):
        dialog.list.setCurrentRow(row)
        bench.change_settings(identity_hidden=True)
        text = words(dialog)
        assert "Identity hidden" in text
        for secret in ("Arndt", "ARNDT", "Berger", "A-17", "Y-98", "1960", "1950", "2011", "2013"):
            assert secret not in text
        bench.change_settings(identity_hidden=False)
    assert "Arndt, Anna" in words(dialog)


def test_the_finder_asks_after_a_look_and_says_when_there_is_nothing(qtbot, bench):
    window = QWidget()
    qtbot.addWidget(window)
    finder = SamePersonFinder(bench, window)
    series = bench.session.state.series
    with qtbot.waitSignal(finder.found, timeout=5000) as caught:
        finder.look_after_import([series["1.2.1"]])
    assert [item.title for item in caught.args[0]] == ["Same person"]
    for found in suggestions(bench.session):
        identity.keep_apart(bench.session, found)
    with qtbot.waitSignal(bench.notified, timeout=5000) as caught:
        finder.look()
    assert caught.args == ["Nobody looks like the same person."]
    bench.session.undo()
    finder.look()
    qtbot.waitUntil(lambda: bool(window.findChildren(SamePersonDialog)), timeout=5000)
    dialog = window.findChildren(SamePersonDialog)[0]
    assert len(listed(dialog)) == 1
    dialog.close()


def test_a_closed_project_is_not_asked_about(qtbot, bench):
    window = QWidget()
    qtbot.addWidget(window)
    finder = SamePersonFinder(bench, window)
    finder.look()
    bench.session.store.close(compact=False)
    bench.close_session()
    qtbot.waitUntil(lambda: not bench.quick_lane.is_busy, timeout=5000)
    qtbot.wait(20)
    assert window.findChildren(SamePersonDialog) == []


# -- the work list ------------------------------------------------------------------------------


def actions(menu) -> dict[str, object]:
    return {action.text().replace("&", ""): action for action in menu.actions()}


def heading(work_list, patient_id):
    index = work_list.model.index_of_patient(patient_id)
    return index if index.isValid() else None


def headings(work_list):
    rows = range(work_list.model.rowCount())
    ids = [work_list.model.index(row, 0).data(work_list.model.PatientIdRole) for row in rows]
    return [item for item in ids if item is not None]


def test_the_work_list_shows_one_heading_and_splits_it_again(qtbot, bench):
    work_list = WorkList(bench)
    qtbot.addWidget(work_list)
    work_list.show()
    bench.select_study("1.4")
    for found in suggestions(bench.session):
        identity.merge(bench.session, found)
    assert len(headings(work_list)) == 2
    anna = heading(work_list, "A-17")
    assert anna.data(work_list.model.DetailRole) == "A-17 = Z-99 · 2 visits"
    bert = heading(work_list, "B-42")
    assert bench.study_uid == "1.3"  # its duplicate was in front
    visit = work_list.model.index_of("1.3")
    assert "1 duplicate" in visit.data(work_list.model.DetailRole)
    qtbot.keyClicks(work_list.search, "z-99")
    assert headings(work_list) == ["A-17"]
    work_list.search.clear()

    visit = work_list.model.index_of("1.3")
    menu = work_list.menu_at(visit)
    actions(menu)["Show duplicate as a visit of its own"].trigger()
    bert = heading(work_list, "B-42")
    assert work_list.model.index_of("1.4").row() == work_list.model.index_of("1.3").row() + 1
    menu = work_list.menu_at(bert)
    split = actions(menu)["Split off"].menu()
    assert list(actions(split)) == ["B-42  Berger, Bert", "Y-98  <b>Other</b>"]
    actions(split)["Y-98  <b>Other</b>"].trigger()
    assert len(headings(work_list)) == 3
    bench.change_settings(identity_hidden=True)
    menu = work_list.menu_at(work_list.model.index(0, 0))
    split = actions(menu)["Split off"].menu()
    assert list(actions(split)) == ["Record 1", "Record 2"]


def test_merging_with_somebody_chosen(qtbot, bench):
    work_list = WorkList(bench)
    qtbot.addWidget(work_list)
    work_list.show()
    menu = work_list.menu_at(heading(work_list, "A-17"))
    assert not actions(menu)["Split…"].isEnabled()
    actions(menu)["Merge with…"].trigger()
    dialog = work_list.findChild(ChoosePatientDialog)
    assert dialog.list.count() == 3
    assert not dialog.merge_button.isEnabled()
    dialog.list.setCurrentRow(0)
    qtbot.keyClicks(dialog.search, "z-99")
    assert not dialog.merge_button.isEnabled()  # what was chosen isn't in sight any more
    dialog.list.setCurrentRow(2)
    press(qtbot, dialog.merge_button)
    assert bench.session.state.records_of("Z-99") == ("A-17", "Z-99")
    assert bench.session.undo_title == "Merge patients"


def test_no_menu_where_there_is_no_row(qtbot, bench):
    work_list = WorkList(bench)
    qtbot.addWidget(work_list)
    assert work_list.menu_at(work_list.view.rootIndex()) is None
