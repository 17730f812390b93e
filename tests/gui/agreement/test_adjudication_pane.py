"""Settling what two readers say differently."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from spinegrader.domain.grades import Answer
from spinegrader.gui.agreement.cases_model import CaseColumn
from spinegrader.services import reading, sight
from spinegrader.services.adjudicated import settled_in
from spinegrader.services.demo import SIMULATED_READER
from tests.gui.agreement.two_readers import OTHER


@pytest.fixture
def pane(qtbot, opened, window):
    """A third reader before the discs on which two differ."""
    opened.session.reader = "Dr. C"
    window.show_adjudication()
    shown = window.adjudication
    qtbot.waitUntil(lambda: shown.focused is not None)
    return shown


def texts_of(widget):
    return "\n".join(label.text() for label in widget.findChildren(QLabel))


def test_digits_settle_one_disc_after_the_other(opened, pane):
    first, second = pane.list.model.cases[:2]
    values = opened.session.scheme.grading(first.item.grading).values
    QTest.keyClick(pane.list.table, str(values[-1]))
    settled = settled_in(opened.session, first.study_uid)[first.item.disc, first.item.grading]
    assert (settled.value, settled.key.reader, settled.mode) == (values[-1], "Dr. C", "adjudicated")
    assert (pane.focused.study_uid, pane.focused.item) == (second.study_uid, second.item)
    assert pane.list.model.cases[0].settled == settled
    assert f"{len(pane.list.model.cases) - 1} open" in pane.list.note.text()


def test_names_are_hidden_until_they_are_asked_for(opened, pane):
    case = pane.focused
    texts = texts_of(pane.verdict)
    assert SIMULATED_READER not in texts
    assert OTHER not in texts
    assert "Reader A" in texts
    QTest.keyClick(pane.list.table, Qt.Key.Key_R)
    assert f"Reader A ({case.answers[0].key.reader})" in texts_of(pane.verdict)
    QTest.keyClick(pane.list.table, Qt.Key.Key_U)
    place = (case.item.disc, case.item.grading)
    settled = settled_in(opened.session, case.study_uid)[place]
    assert settled.answer is Answer.UNSURE
    assert settled.reason.endswith("names shown")
    # The next disc hides them again.
    assert OTHER not in texts_of(pane.verdict)


def test_undo_and_backspace_open_a_disc_again(opened, pane):
    case = pane.focused
    low = opened.session.scheme.grading(case.item.grading).values[0]
    QTest.keyClick(pane.list.table, str(low))
    pane.activateWindow()
    QTest.keySequence(pane.list.table, "Ctrl+Z")
    assert pane.list.model.cases[0].settled is None
    assert pane.focused.item == case.item
    QTest.keySequence(pane.list.table, QKeySequence(QKeySequence.StandardKey.Redo))
    assert pane.list.model.cases[0].settled.value == low
    opened.attempt(opened.session.undo)
    assert pane.list.model.cases[0].settled is None
    QTest.keyClick(pane.list.table, str(low))
    pane.list.table.selectRow(0)
    assert "Final answer:" in pane.verdict.final.text()
    QTest.keyClick(pane.list.table, Qt.Key.Key_Backspace)
    assert pane.list.model.cases[0].settled is None
    assert "No final answer yet" in pane.verdict.final.text()


def test_undo_there_takes_back_no_other_change(opened, pane, studies):
    reading.answer(
        opened.session, studies[0], reading.items_of(opened.session, studies[0])[0], Answer.UNSURE
    )
    title = opened.session.undo_title
    QTest.keySequence(pane.list.table, "Ctrl+Z")
    assert opened.session.undo_title == title


def test_another_adjudicators_answer_is_not_told_before_the_disc_is_looked_at(qtbot, opened, pane):
    last = len(pane.list.model.cases) - 1
    pane.list.table.selectRow(last)
    case = pane.focused
    low = opened.session.scheme.grading(case.item.grading).values[0]
    QTest.keyClick(pane.list.table, str(low))
    at = pane.list.model.index(last, CaseColumn.FINAL)
    assert pane.list.model.data(at).startswith(f"● {low}")
    opened.session.reader = "Dr. D"
    pane.list.reload()
    qtbot.waitUntil(lambda: not pane.list.is_looking)
    assert (
        pane.list.model.data(pane.list.model.index(last, CaseColumn.FINAL))
        == "● settled by another"
    )


def test_only_open_ones_are_listed_where_asked(opened, pane):
    number = len(pane.list.model.cases)
    low = opened.session.scheme.grading(pane.focused.item.grading).values[0]
    QTest.keyClick(pane.list.table, str(low))
    pane.list.readers.open_only.click()
    assert len(pane.list.model.cases) == number - 1
    assert all(case.settled is None for case in pane.list.model.cases)


def test_far_apart_ones_alone_are_listed_where_asked(qtbot, pane):
    number = len(pane.list.model.cases)
    pane.list.readers.least.setCurrentIndex(1)
    qtbot.waitUntil(lambda: len(pane.list.model.cases) < number)
    scheme = pane._workbench.session.scheme
    for case in pane.list.model.cases:
        values = [grade.value for grade in case.answers]
        is_ordinal = scheme.grading(case.item.grading).scale == "ordinal"
        assert not is_ordinal or abs(values[0] - values[1]) > 1


def test_it_says_who_adjudicates(qtbot, opened, pane):
    assert "as a third reader" in pane.list.note.text()
    opened.session.reader = OTHER
    pane.list.reload()
    qtbot.waitUntil(lambda: "one of the two readers" in pane.list.note.text())


def test_looking_is_recorded_before_it_is_shown(opened, pane):
    assert sight.has_seen(opened.session, pane.focused.study_uid)
    unseen = {case.study_uid for case in pane.list.model.cases} - {pane.focused.study_uid}
    assert not any(sight.has_seen(opened.session, uid) for uid in unseen)


def test_who_has_begun_a_study_finishes_it_first(qtbot, opened, window):
    session = opened.session
    session.reader = "Dr. C"
    for study_uid in done_studies_of(session, OTHER):
        item = reading.items_of(session, study_uid)[0]
        reading.answer(session, study_uid, item, Answer.UNSURE)
    window.show_adjudication()
    shown = window.adjudication
    qtbot.waitUntil(lambda: bool(shown.list.held_back.text))
    assert "held back" in shown.list.held_back.text
    assert shown.list.model.cases == []


def done_studies_of(session, reader):
    return [
        uid
        for uid in session.state.studies
        if any(grade.key.reader == reader for grade in session.state.grades_of_study(uid))
    ]


def test_a_study_that_one_begins_to_read_leaves_the_list(opened, pane):
    begun = pane.focused.study_uid
    reading.answer(opened.session, begun, pane.focused.item, Answer.UNSURE)
    assert begun not in {case.study_uid for case in pane.list.model.cases}
    assert pane.focused.study_uid != begun
    assert "held back" in pane.list.held_back.text


def test_what_is_not_shown_can_not_be_settled(opened, pane):
    pane.verdict.show_nothing("Not shown")
    title = opened.session.undo_title
    QTest.keyClick(pane.list.table, "1")
    QTest.keyClick(pane.list.table, Qt.Key.Key_U)
    assert opened.session.undo_title == title


def test_a_reader_who_thinks_again_is_shown_so_at_once(opened, pane):
    """One of both, who has both windows open, gives the other's grade after all."""
    case, number = pane.focused, len(pane.list.model.cases)
    answers = {grade.key.reader: grade.value for grade in case.answers}
    session = opened.session
    session.reader = OTHER
    pane.list.reload()
    reading.answer(session, case.study_uid, case.item, Answer.GRADED, answers[SIMULATED_READER])
    assert len(pane.list.model.cases) == number - 1
    assert (pane.focused.study_uid, pane.focused.item) != (case.study_uid, case.item)


def test_another_reader_sees_nothing_of_what_the_one_before_looked_at(qtbot, opened, pane):
    case = pane.focused
    for study_uid in {case.study_uid for case in pane.list.model.cases}:
        item = reading.items_of(opened.session, study_uid)[0]
        opened.session.reader = "Dr. D"
        reading.answer(opened.session, study_uid, item, Answer.UNSURE)
        opened.session.reader = "Dr. C"
    pane.window().agreement.window().tabs.setCurrentIndex(0)
    opened.change_reader("Dr. D")
    assert pane.focused is None
    assert str(case.item.disc) not in texts_of(pane.verdict)
    pane.window().show_adjudication()
    qtbot.waitUntil(lambda: bool(pane.list.held_back.text))
    assert pane.focused is None


def test_identity_is_hidden_at_once(opened, pane):
    person = opened.session.state.studies[pane.focused.study_uid].patient_id
    first = pane.list.model.index(0, CaseColumn.STUDY)
    assert person in pane.list.model.data(first)
    opened.change_settings(identity_hidden=True)
    assert pane.list.model.data(first).startswith("Patient 1")
    assert person not in texts_of(pane.verdict)
