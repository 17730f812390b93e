"""Agreement, adjudication and change over time, through the real windows."""

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from spinegrader.domain.edits import EditGroup
from spinegrader.domain.grades import Answer
from spinegrader.gui.agreement.cases_model import CaseColumn
from spinegrader.gui.agreement.change_window import ChangeWindow
from spinegrader.gui.agreement.figures_view import FigureColumn
from spinegrader.gui.agreement.sides_bar import Kind
from spinegrader.gui.agreement.window import AgreementWindow
from spinegrader.gui.main_window import MainWindow
from spinegrader.services import reading, repeats, sight
from spinegrader.services.adjudication import settled_in
from spinegrader.services.agreement import Side, gather_compared
from spinegrader.services.changes_over_time import Source
from spinegrader.services.demo import SIMULATED_READER
from spinegrader.services.progress import done_studies
from spinegrader.services.protocol import ReadingProtocol, set_protocol
from spinegrader.services.settings import Settings
from spinegrader.services.steps import finished
from spinegrader.services.surveys import is_simulated
from tests.gui.cohort_project import opened, project, workbench
from tests.gui.test_review import leave_card, predict

__all__ = ["opened", "project", "workbench"]

OTHER = "Dr. Berger"
STUDIES = 6


def read_likewise(session, reader, studies, seed=0, share=0.3):
    """Reads studies as the simulated reader did, now and then one step higher."""
    rng = np.random.default_rng(seed)
    session.reader = reader
    edits = []
    for study_uid in studies:
        known = {
            (grade.key.disc, grade.key.grading): grade.value
            for grade in session.state.grades_of_study(study_uid)
            if (grade.key.reader, grade.key.reading) == (SIMULATED_READER, 1)
        }
        for item in reading.items_of(session, study_uid):
            value = known[item.disc, item.grading]
            most = session.scheme.grading(item.grading).values[-1]
            if rng.random() < share:
                value = min(value + 1, most)
            edits.append(reading.grade_edit(session, study_uid, item, Answer.GRADED, value))
    session.apply(EditGroup("Read by the simulated reader", tuple(edits)))
    session.reader = SIMULATED_READER


@pytest.fixture
def studies(opened):
    """Those that a second reader has read too."""
    found = done_studies(opened.session)[:STUDIES]
    read_likewise(opened.session, OTHER, found)
    return found


@pytest.fixture
def window(qtbot, opened, studies):
    shown = AgreementWindow(opened)
    shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(shown)
    shown.show()
    return shown


def compare(qtbot, window, kind):
    """The pane with all figures of a comparison."""
    pane = window.agreement
    pane.sides.choose(kind)
    qtbot.waitUntil(lambda: not pane.is_busy, timeout=30_000)
    return pane


def shown_kappas(pane):
    model = pane.by_grading.figures
    rows = range(model.rowCount())
    return {model.rows[row].key: model.data(model.index(row, FigureColumn.KAPPA)) for row in rows}


# -- agreement --------------------------------------------------------------------------------


def test_two_readers_are_compared_by_grading_and_level(qtbot, opened, window, studies):
    pane = compare(qtbot, window, Kind.READERS)
    expected = finished(gather_compared(opened.session, Side(SIMULATED_READER), Side(OTHER)))
    assert pane.sides.sides == (expected.first, expected.second)
    kappas = shown_kappas(pane)
    for item in expected.gradings:
        assert kappas[item.grading.id].startswith(f"{item.figures().weighted_kappa:.2f} (")
    chosen = pane.chosen
    levels = pane.by_level.figures
    assert [row.name for row in levels.rows] == [str(disc) for disc in chosen.discs]
    assert sum(row.discs for row in levels.rows) == len(chosen.pairs)
    assert all(row.found is not None for row in levels.rows)
    assert "Only grades that were given before" in pane.note.text()
    assert is_simulated(opened.session)
    assert "Simulated people." in pane.note.text()


def test_a_click_on_a_cell_lists_its_discs_and_leads_to_one(qtbot, opened, window):
    pane = compare(qtbot, window, Kind.READERS)
    grading = pane.chosen.grading
    pair = next(pair for pair in pane.chosen.pairs if pair.first != pair.second)
    expected = pane.chosen.cell(pair.first, pair.second)
    place = pane.matrix.cell_area(pair.first, pair.second).center().toPoint()
    QTest.mouseClick(pane.matrix, Qt.MouseButton.LeftButton, pos=place)
    assert pane.cell.list.count() == len(expected)
    assert str(expected[0].disc) in pane.cell.list.item(0).text()
    assert f"{OTHER} {pair.second}" in pane.cell.title.text()
    asked = []
    window.read_requested.connect(asked.append)
    pane.cell.list.setFocus()
    QTest.keyClick(pane.cell.list, Qt.Key.Key_Return)
    (where,) = asked
    assert (where.study_uid, where.item.disc) == (expected[0].study_uid, expected[0].disc)
    assert where.item.grading == grading.id
    # Two answers were named: the reader has seen another's grades of these studies.
    assert all(sight.has_seen(opened.session, pair.study_uid) for pair in expected)


def test_the_matrix_is_used_by_keyboard(qtbot, window):
    pane = compare(qtbot, window, Kind.READERS)
    values = pane.chosen.grading.values
    counts = pane.chosen.confusion()
    row, column = next(
        (row, column)
        for row in range(len(values) - 1, -1, -1)
        for column in range(len(values))
        if counts[row][column]
    )
    pane.matrix.setFocus()
    for key, times in ((Qt.Key.Key_Down, row), (Qt.Key.Key_Right, column)):
        for _ in range(times):
            QTest.keyClick(pane.matrix, key)
    QTest.keyClick(pane.matrix, Qt.Key.Key_Return)
    assert pane.cell.list.count() == counts[row][column]


def test_a_level_alone_is_counted(qtbot, window):
    pane = compare(qtbot, window, Kind.READERS)
    disc = pane.chosen.discs[4]
    place = pane.by_level.visualRect(pane.by_level.figures.index(4, 0)).center()
    QTest.mouseClick(pane.by_level.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert pane.level.currentText() == str(disc)
    assert pane.matrix._counts == pane.chosen.confusion(disc)
    assert pane.matrix._counts != pane.chosen.confusion()


def test_sums_are_drawn_and_told(qtbot, window, studies):
    pane = compare(qtbot, window, Kind.READERS)
    pane.tabs.setCurrentIndex(1)
    sums, found = pane.job.sums[pane.chosen.grading.id]
    words = pane.sums.words.text()
    assert f"{len(sums.studies)} studies of" in words
    assert f"Bias {found.bias:+.2f}" in words
    spots = pane.sums._circles.data
    assert int(sum(spots["data"])) == len(sums.studies)
    assert set(spots["y"]) == {
        float(second - first) for first, second in zip(sums.first, sums.second, strict=True)
    }


def test_a_reading_is_compared_with_its_repeat(qtbot, opened, window, studies):
    session = opened.session
    pane = compare(qtbot, window, Kind.REPEATED)
    assert "draw repeat readings" in pane.note.text()
    assert not pane.parts.isVisible()
    repeats.draw_repeats(session, 1.0, 0, seed=1)
    read_likewise(session, SIMULATED_READER, studies[:3], seed=4)
    pane = compare(qtbot, window, Kind.REPEATED)
    assert pane.sides.second.currentText() == "reading 2"
    discs = sum(len(reading.discs_to_grade(session, uid)) for uid in studies[:3])
    assert {row.discs for row in pane.by_grading.figures.rows} == {discs}


def test_a_model_is_compared_with_the_reader(qtbot, opened, window):
    predict(opened.session)
    leave_card(opened.session)
    pane = compare(qtbot, window, Kind.MODEL)
    assert pane.sides.second.currentText().startswith("finetune-")
    assert "–" not in shown_kappas(pane).values()
    assert pane.matrix._sides == (SIMULATED_READER, "model")


def test_what_is_left_out_is_told(qtbot, opened, window):
    # A third reader who has read nothing yet must be told nothing.
    opened.session.reader = "Dr. C"
    window.agreement.reload()
    pane = compare(qtbot, window, Kind.READERS)
    assert "still read blinded" in pane.note.text()
    assert not pane.parts.isVisible()


def test_a_new_grade_is_counted_by_itself(qtbot, opened, window, studies):
    pane = compare(qtbot, window, Kind.READERS)
    before = len(pane.chosen.pairs)
    more = done_studies(opened.session)[STUDIES]
    read_likewise(opened.session, OTHER, [more])
    discs = len(reading.discs_to_grade(opened.session, more))
    qtbot.waitUntil(lambda: not pane.is_busy and len(pane.chosen.pairs) == before + discs)


def test_closing_it_stops_what_is_computed(qtbot, opened, window):
    pane = window.agreement
    pane.sides.choose(Kind.READERS)
    window.hide()
    assert not pane.is_busy
    qtbot.waitUntil(lambda: not opened.quick_lane.is_busy)
    assert pane.job.figures == {}
    window.show()
    assert compare(qtbot, window, Kind.READERS).job.figures


# -- adjudication -----------------------------------------------------------------------------


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
    first, second = pane.model.cases[:2]
    values = opened.session.scheme.grading(first.item.grading).values
    QTest.keyClick(pane.table, str(values[-1]))
    settled = settled_in(opened.session, first.study_uid)[first.item.disc, first.item.grading]
    assert (settled.value, settled.key.reader, settled.mode) == (values[-1], "Dr. C", "adjudicated")
    assert (pane.focused.study_uid, pane.focused.item) == (second.study_uid, second.item)
    assert pane.model.cases[0].settled == settled
    assert f"{len(pane.model.cases) - 1} open" in pane.note.text()


def test_names_are_hidden_until_they_are_asked_for(opened, pane):
    case = pane.focused
    texts = texts_of(pane.verdict)
    assert SIMULATED_READER not in texts
    assert OTHER not in texts
    assert "Reader A" in texts
    QTest.keyClick(pane.table, Qt.Key.Key_R)
    assert f"Reader A ({case.answers[0].key.reader})" in texts_of(pane.verdict)
    QTest.keyClick(pane.table, Qt.Key.Key_U)
    place = (case.item.disc, case.item.grading)
    settled = settled_in(opened.session, case.study_uid)[place]
    assert settled.answer is Answer.UNSURE
    assert settled.reason.endswith("names shown")
    # The next disc hides them again.
    assert OTHER not in texts_of(pane.verdict)


def test_undo_and_backspace_open_a_disc_again(opened, pane):
    case = pane.focused
    low = opened.session.scheme.grading(case.item.grading).values[0]
    QTest.keyClick(pane.table, str(low))
    pane.activateWindow()
    QTest.keySequence(pane.table, "Ctrl+Z")
    assert pane.model.cases[0].settled is None
    assert pane.focused.item == case.item
    QTest.keySequence(pane.table, QKeySequence(QKeySequence.StandardKey.Redo))
    assert pane.model.cases[0].settled.value == low
    opened.attempt(opened.session.undo)
    assert pane.model.cases[0].settled is None
    QTest.keyClick(pane.table, str(low))
    pane.table.selectRow(0)
    assert "Final answer:" in pane.verdict.final.text()
    QTest.keyClick(pane.table, Qt.Key.Key_Backspace)
    assert pane.model.cases[0].settled is None
    assert "No final answer yet" in pane.verdict.final.text()


def test_undo_there_takes_back_no_other_change(opened, pane, studies):
    reading.answer(
        opened.session, studies[0], reading.items_of(opened.session, studies[0])[0], Answer.UNSURE
    )
    title = opened.session.undo_title
    QTest.keySequence(pane.table, "Ctrl+Z")
    assert opened.session.undo_title == title


def test_another_adjudicators_answer_is_not_told_before_the_disc_is_looked_at(qtbot, opened, pane):
    last = len(pane.model.cases) - 1
    pane.table.selectRow(last)
    case = pane.focused
    low = opened.session.scheme.grading(case.item.grading).values[0]
    QTest.keyClick(pane.table, str(low))
    at = pane.model.index(last, CaseColumn.FINAL)
    assert pane.model.data(at).startswith(f"● {low}")
    opened.session.reader = "Dr. D"
    pane.reload()
    qtbot.waitUntil(lambda: not pane._steps.is_running)
    assert pane.model.data(pane.model.index(last, CaseColumn.FINAL)) == "● settled by another"


def test_only_open_ones_are_listed_where_asked(opened, pane):
    number = len(pane.model.cases)
    low = opened.session.scheme.grading(pane.focused.item.grading).values[0]
    QTest.keyClick(pane.table, str(low))
    pane.readers.open_only.click()
    assert len(pane.model.cases) == number - 1
    assert all(case.settled is None for case in pane.model.cases)


def test_far_apart_ones_alone_are_listed_where_asked(qtbot, pane):
    number = len(pane.model.cases)
    pane.readers.least.setCurrentIndex(1)
    qtbot.waitUntil(lambda: len(pane.model.cases) < number)
    scheme = pane._workbench.session.scheme
    for case in pane.model.cases:
        values = [grade.value for grade in case.answers]
        is_ordinal = scheme.grading(case.item.grading).scale == "ordinal"
        assert not is_ordinal or abs(values[0] - values[1]) > 1


def test_it_says_who_adjudicates(qtbot, opened, pane):
    assert "as a third reader" in pane.note.text()
    opened.session.reader = OTHER
    pane.reload()
    qtbot.waitUntil(lambda: "one of the two readers" in pane.note.text())


def test_looking_is_recorded_before_it_is_shown(opened, pane):
    assert sight.has_seen(opened.session, pane.focused.study_uid)
    unseen = {case.study_uid for case in pane.model.cases} - {pane.focused.study_uid}
    assert not any(sight.has_seen(opened.session, uid) for uid in unseen)


def test_who_has_begun_a_study_finishes_it_first(qtbot, opened, window):
    session = opened.session
    session.reader = "Dr. C"
    for study_uid in done_studies_of(session, OTHER):
        item = reading.items_of(session, study_uid)[0]
        reading.answer(session, study_uid, item, Answer.UNSURE)
    window.show_adjudication()
    shown = window.adjudication
    qtbot.waitUntil(lambda: bool(shown.held_back.text))
    assert "held back" in shown.held_back.text
    assert shown.model.cases == []


def done_studies_of(session, reader):
    return [
        uid
        for uid in session.state.studies
        if any(grade.key.reader == reader for grade in session.state.grades_of_study(uid))
    ]


# -- change over time -------------------------------------------------------------------------


@pytest.fixture
def followed_up(opened):
    """A study of somebody with two visits, both read."""
    session = opened.session
    done = set(done_studies(session))
    return next(
        study.uid
        for study in session.state.studies.values()
        if len(visits := session.state.studies_of(study.patient_id)) > 1
        and all(visit.uid in done for visit in visits)
    )


@pytest.fixture
def changes(qtbot, opened, followed_up):
    predict(opened.session)
    opened.select_study(followed_up)
    shown = ChangeWindow(opened)
    shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(shown)
    shown.show()
    return shown


def test_each_disc_has_a_plot_of_its_grades(opened, changes):
    course, name = changes._course, changes.grading.currentData()
    assert list(changes.plots.plots) == list(course.discs)
    for disc, plot in changes.plots.plots.items():
        drawn = sorted(tuple(item.getData()[1]) for item in plot.listDataItems())
        item = reading.Item(disc, name)
        told = [course.of(item, source) for source in (Source.READER, Source.MODEL)]
        assert drawn == sorted(tuple(grade.value for grade in grades) for grades in told)
        assert len(told[0]) == len(course.visits) == 2
        assert f"your grade {told[0][0].value}" in plot.accessibleName()


def test_reader_and_model_are_told_apart_without_colour(changes):
    plot = next(iter(changes.plots.plots.values()))
    looks = {
        (item.opts["symbol"], pg.mkBrush(item.opts["symbolBrush"]).style())
        for item in plot.listDataItems()
    }
    assert looks == {("o", Qt.BrushStyle.SolidPattern), ("s", Qt.BrushStyle.NoBrush)}


def test_the_table_says_the_same(changes):
    course, name = changes._course, changes.grading.currentData()
    changes.tabs.setCurrentIndex(1)
    assert changes.table.rowCount() == len(course.discs)
    grade = course.of(reading.Item(course.discs[2], name), Source.READER)[1]
    assert f"your grade {grade.value}" in changes.table.item(2, 1).text()
    assert changes.table.horizontalHeaderItem(0).text() == course.visits[0].day.isoformat()


def test_hidden_identity_hides_patient_and_dates(opened, changes):
    opened.change_settings(identity_hidden=True)
    course = changes._course
    told = changes.title.text() + changes.table.horizontalHeaderItem(0).text()
    told += "".join(plot.accessibleName() for plot in changes.plots.plots.values())
    assert course.person not in told
    assert course.visits[0].day.isoformat() not in told
    assert "Visit 1" in told
    plot = next(iter(changes.plots.plots.values()))
    assert plot.getAxis("bottom").labelText == "years since the first visit"


def test_what_is_still_read_blinded_is_told(qtbot, opened, changes, followed_up):
    session = opened.session
    visits = session.state.studies_of(session.state.studies[followed_up].patient_id)
    reading.take_back(session, visits[0].uid, reading.items_of(session, visits[0].uid)[0])
    assert "1 visit shows your own grades alone" in changes.note.text()
    assert changes._course.visits[0].is_held_back


def test_it_follows_the_study_in_front(opened, changes):
    person = changes._course.person
    other = next(
        study.uid
        for study in opened.session.state.studies.values()
        if opened.session.state.person_of(study.patient_id) != person
    )
    opened.select_study(other)
    assert changes._course.person != person


# -- in the main window -----------------------------------------------------------------------


@pytest.fixture
def main(qtbot, monkeypatch, tmp_path, project):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    shown = MainWindow(Settings(reader=SIMULATED_READER))
    qtbot.addWidget(shown)
    with qtbot.waitExposed(shown):
        shown.show()
    assert shown.projects.open(project)
    session = shown.workbench.session
    read_likewise(session, OTHER, done_studies(session)[:STUDIES])
    yield shown
    shown.close()


def test_a_disc_of_a_cell_is_brought_to_the_front(qtbot, main):
    main.show_page("page_models")
    main.window_actions["agreement"].trigger()
    main.window_actions["agreement"].trigger()
    (shown,) = main.findChildren(AgreementWindow)
    pane = compare(qtbot, shown, Kind.READERS)
    pair = pane.chosen.pairs[-1]
    place = pane.matrix.cell_area(pair.first, pair.second).center().toPoint()
    QTest.mouseClick(pane.matrix, Qt.MouseButton.LeftButton, pos=place)
    chosen = pane.cell.chosen
    qtbot.mouseClick(pane.cell.read_button, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert main.pages.currentWidget() is main.read_page
    assert main.workbench.study_uid == chosen.study_uid
    assert main.workbench.item.disc == chosen.disc
    shown.close()
    qtbot.waitUntil(lambda: not main.findChildren(AgreementWindow))


def test_review_leads_to_it_and_the_menu_to_the_rest(qtbot, main):
    session = main.workbench.session
    set_protocol(session, ReadingProtocol(mode="assisted"))
    predict(session)
    leave_card(session)
    main.show_page("page_review")
    qtbot.waitUntil(lambda: bool(main.review_page.strip.found), timeout=30_000)
    main.review_page.strip.more_button.click()
    (shown,) = main.findChildren(AgreementWindow)
    assert shown.tabs.currentWidget() is shown.agreement
    main.window_actions["adjudicate"].trigger()
    assert shown.tabs.currentWidget() is shown.adjudication
    shown.close()
    focused = main.review_page.focused_row
    main.window_actions["changes"].trigger()
    (changes,) = main.findChildren(ChangeWindow)
    state = session.state
    assert changes._course.person == state.person_of(state.studies[focused.study_uid].patient_id)
    main.workbench.close_session()
    qtbot.waitUntil(lambda: not main.findChildren(ChangeWindow))
