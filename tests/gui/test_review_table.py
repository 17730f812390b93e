"""The table in Review: sorting, filters, probabilities in words, jumping, accepting at once."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QStyleOptionViewItem

from spinegrader.domain.edits import AddPredictions
from spinegrader.domain.grades import Answer
from spinegrader.gui.review.bulk_dialog import BulkDialog
from spinegrader.gui.review.column_widths import shared_widths
from spinegrader.gui.review.row_cells import ReviewColumn
from spinegrader.gui.review.rows import RowState, Shown
from spinegrader.gui.review.rows_table import shorter_titles
from spinegrader.gui.review.two_sides import TwoSides
from spinegrader.services import reading
from spinegrader.services.demo import SIMULATED_READER
from spinegrader.services.reading import ask_gradings
from spinegrader.services.review_rows import review_rows
from tests.gui.cohort_project import opened as opened_blinded
from tests.gui.cohort_project import project, reading_window, workbench
from tests.gui.test_reading_flow import settle
from tests.gui.test_review import (
    compared,
    grade_of,
    leave_card,
    opened,
    page,
    pick,
    predict,
    predicted,
    show,
)
from tests.hands import Hand
from tests.test_main_job import until

__all__ = [
    "opened",
    "opened_blinded",
    "page",
    "predicted",
    "project",
    "workbench",
]

ACCESSIBLE = Qt.ItemDataRole.AccessibleTextRole


def click_header(qtbot, page, column):
    header = page.table.horizontalHeader()
    page.table.scrollTo(page.model.index(0, column))
    middle = header.sectionViewportPosition(column) + header.sectionSize(column) // 2
    place = header.rect().center()
    place.setX(middle)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_a_click_on_a_header_sorts_and_the_focus_stays_on_its_disc(qtbot, predicted, page):
    show(qtbot, page)
    row = pick(page, RowState.OPEN)
    click_header(qtbot, page, ReviewColumn.CONFIDENCE)
    shares = [row.prediction.confidence for row in page.model.rows if row.prediction]
    assert shares == sorted(shares)
    assert page.focused_row == row
    click_header(qtbot, page, ReviewColumn.CONFIDENCE)
    shares = [row.prediction.confidence for row in page.model.rows if row.prediction]
    assert shares == sorted(shares, reverse=True)
    click_header(qtbot, page, ReviewColumn.DISC)
    places = [row.item.disc.upper.position for row in page.model.rows]
    assert places == sorted(places)
    click_header(qtbot, page, ReviewColumn.STATE)
    steps = [row.disagreement or 0 for row in page.model.rows]
    assert steps[0] == max(steps)
    assert page.focused_row == row


def test_another_order_stays_when_the_rows_come_anew(qtbot, predicted, page):
    show(qtbot, page)
    click_header(qtbot, page, ReviewColumn.STUDY)
    page.reload()
    titles = [page.model.index(at, ReviewColumn.STUDY).data() for at in range(20)]
    assert titles == sorted(titles)


def test_probabilities_and_confidence_are_told_in_words(qtbot, predicted, page):
    show(qtbot, page)
    row = pick(page, RowState.OPEN)
    at = page.table.currentIndex().row()
    cell = page.model.index(at, ReviewColumn.PROBABILITIES)
    assert cell.data() == ""
    words = cell.data(ACCESSIBLE)
    assert words.count("%") == len(row.prediction.values)
    assert f"{row.prediction.value}: {100 * row.prediction.confidence:.0f} %" in words
    told = page.model.index(at, ReviewColumn.CONFIDENCE).data()
    assert told == f"{100 * row.prediction.confidence:.0f} %"


def answer_as(session, reader, row, value):
    before, session.reader = session.reader, reader
    reading.answer(session, row.study_uid, row.item, Answer.GRADED, value)
    session.reader = before


def test_other_readers_and_the_visit_before_stand_in_the_row(qtbot, predicted, page):
    session = predicted.session
    rows = [row for row in review_rows(session) if row.grade is not None and row.prior is not None]
    changed = next(row for row in rows if row.has_changed)
    values = session.scheme.grading(changed.item.grading).values
    other = next(value for value in values if value != changed.grade.value)
    answer_as(session, "Dr B", changed, other)
    show(qtbot, page)
    at = page.model.row_of(changed.study_uid, changed.item)
    assert page.model.index(at, ReviewColumn.OTHERS).data() == f"{other} Dr B"
    before = page.model.index(at, ReviewColumn.PRIOR)
    assert before.data()[:1] == str(changed.prior.grade.value)
    assert before.data()[-1] in "↑↓"
    assert changed.prior.study_date.isoformat() in before.data(ACCESSIBLE)


def test_filters_for_unsure_models_other_readers_and_changes(qtbot, predicted, page):
    session = predicted.session
    graded = next(row for row in review_rows(session) if row.grade is not None)
    values = session.scheme.grading(graded.item.grading).values
    other = next(value for value in values if value != graded.grade.value)
    answer_as(session, "Dr B", graded, other)
    show(qtbot, page)
    total = len(page.model.rows)
    page.filter_bar.shown.setCurrentText(Shown.UNSURE_MODEL)
    until(lambda: bool(page.model.rows))
    assert 0 < len(page.model.rows) < total
    assert all(row.prediction.confidence < 0.7 for row in page.model.rows)
    page.filter_bar.shown.setCurrentText(Shown.OTHER_READER)
    until(lambda: bool(page.model.rows))
    assert [(row.study_uid, row.item) for row in page.model.rows] == [
        (graded.study_uid, graded.item)
    ]
    page.filter_bar.shown.setCurrentText(Shown.CHANGED)
    until(lambda: bool(page.model.rows))
    assert 0 < len(page.model.rows) < total
    assert all(row.value != row.prior.grade.value for row in page.model.rows)


def sure_predictions(session):
    """The same grades once more, all of them surely."""
    sure = []
    for found in list(session.state.predictions.values()):
        rest = 0.04 / (len(found.values) - 1)
        shares = tuple(0.96 if value == found.value else rest for value in found.values)
        sure.append(replace(found, id=f"{found.id}-sure", run="sure", probabilities=shares))
    session.apply(AddPredictions(tuple(sure)))


def test_what_is_confidently_equal_is_accepted_after_saying_how_many(qtbot, opened, page):
    session = opened.session
    predict(session)
    leave_card(session)
    sure_predictions(session)
    show(qtbot, page)
    before = {(row.study_uid, row.item): row.grade for row in page.model.rows}
    qtbot.mouseClick(page.bulk_button, Qt.MouseButton.LeftButton)
    dialog = page.findChild(BulkDialog)
    dialog.confidence.setValue(100)
    assert not dialog.take.isEnabled()
    assert "less sure" in dialog.outcome.text()
    dialog.confidence.setValue(50)
    dialog.needs_second.setChecked(False)
    chosen = dialog.choice.rows
    assert chosen
    qtbot.wait(20)
    for label in dialog.findChildren(QLabel):
        assert label.height() >= label.heightForWidth(label.width()), label.text()
    assert dialog.take.text() == f"&Accept {len(chosen)} grades"
    assert "Pfirrmann: " in dialog.outcome.text()
    told = []
    opened.notified.connect(told.append)
    dialog.findChild(QDialogButtonBox).accepted.emit()
    assert told == [f"{len(chosen)} grades accepted; undo takes them back."]
    for row in chosen:
        assert grade_of(session, row).accepted_prediction == row.prediction.id
    session.undo()
    after = {(row.study_uid, row.item): row.grade for row in review_rows(session)}
    assert after == before


def test_the_filter_limits_what_is_accepted_at_once(qtbot, predicted, page):
    show(qtbot, page)
    page.filter_bar.gradings.setCurrentText("Pfirrmann")
    until(lambda: bool(page.model.rows))
    dialog = page.open_bulk_dialog()
    dialog.confidence.setValue(50)
    dialog.needs_second.setChecked(False)
    assert set(dialog.choice.by_grading) == {"pfirrmann"}
    dialog.reject()


def test_j_and_enter_go_to_the_disc_in_read_and_back_to_the_same_row(qtbot, project):
    window = reading_window(qtbot, project)
    window.workbench.change_reader(SIMULATED_READER)
    session = window.workbench.session
    predict(session)
    leave_card(session)
    window.show_page("page_review")
    page = window.review_page
    until(lambda: page.model.rowCount() > 0)
    page.table.selectRow(5)
    row = page.focused_row
    for key in (Qt.Key.Key_J, Qt.Key.Key_Return):
        page.table.setFocus()
        qtbot.keyClick(page.table, key)
        assert window.pages.currentWidget() is window.read_page
        assert (window.workbench.study_uid, window.workbench.item) == (row.study_uid, row.item)
        window.show_page("page_review")
        until(lambda: page.focused_row is not None)
        assert (page.focused_row.study_uid, page.focused_row.item) == (row.study_uid, row.item)
    settle(window)


@pytest.mark.parametrize("size", [(1280, 720), (1500, 870), (1920, 1000)])
def test_all_columns_are_in_sight_however_many_gradings_and_readers(qtbot, opened, page, size):
    session = opened.session
    ask_gradings(session, [grading.id for grading in session.scheme.gradings])
    predict(session)
    leave_card(session)
    first = review_rows(session)[0]
    answer_as(session, "Dr Annegret Oberhauser", first, 0)
    page.resize(*size)
    show(qtbot, page)
    compared(qtbot, page)
    qtbot.waitUntil(page.strip.table.isVisible)
    table = page.table
    assert table.horizontalScrollBar().maximum() == 0
    last = ReviewColumn.PRIOR
    right = table.columnViewportPosition(last) + table.columnWidth(last)
    assert right <= table.viewport().width()
    for column in ReviewColumn:
        assert table.columnWidth(column) >= 50
    # The agreement above doesn't take the rows' place.
    assert table.height() > page.height() // 2
    # What is cut short is told whole where the mouse rests.
    index = page.model.index(0, ReviewColumn.STUDY)
    assert index.data(Qt.ItemDataRole.ToolTipRole) == index.data()


def test_columns_that_were_dragged_stay_as_they_are(qtbot, predicted, page):
    show(qtbot, page)
    header, before = page.table.horizontalHeader(), page.table.columnWidth(ReviewColumn.DISC)
    edge = QPointF(header.sectionViewportPosition(ReviewColumn.DISC) + before - 1, 8)
    Hand(header.viewport()).drag(edge, edge + QPointF(40, 0))
    assert page.table.columnWidth(ReviewColumn.DISC) == before + 40
    page.resize(1500, 800)
    page.reload()
    qtbot.wait(50)
    assert page.table.columnWidth(ReviewColumn.DISC) == before + 40


def test_the_line_between_table_and_disc_stays_where_it_was_dragged(qtbot, predicted, page):
    show(qtbot, page)
    sides = page.findChild(TwoSides)
    assert page.case.width() >= 0.3 * page.width()
    page.resize(1920, 1000)
    assert sides.sizes()[0] <= 960
    handle = sides.handle(1)
    middle = QPointF(handle.rect().center())
    Hand(handle).drag(middle, middle - QPointF(60, 0))
    dragged = sides.sizes()[0]
    assert dragged < 960 - 30
    page.resize(1921, 1001)
    assert abs(sides.sizes()[0] - dragged) <= 2


@pytest.mark.parametrize("room", [500, 320, 300, 260, 200])
def test_columns_share_what_lacks_by_what_they_can_spare(room):
    wanted, least = [200, 80, 120], [60, 80, 50]
    given = shared_widths(wanted, least, room)
    if room >= sum(wanted):
        assert given == wanted
    elif room >= sum(least):
        assert room - 3 <= sum(given) <= room
        assert all(
            low <= width <= full for low, width, full in zip(least, given, wanted, strict=True)
        )
    else:
        assert given == least
    assert given[1] == 80


@pytest.mark.parametrize(
    ("title", "shorter"),
    [
        ("SIM-0004, 2011-01-23", ("SIM-0004, 2011-01", "SIM-0004, 2011")),
        ("Patient 3, visit 2", ()),
        ("2011-01-23-A", ()),
    ],
)
def test_a_short_study_name_keeps_whose_it_is_and_the_year(title, shorter):
    assert shorter_titles(title) == (title, *shorter)


def test_the_study_column_asks_for_its_whole_title_and_shortens_what_it_gets(
    qtbot, predicted, page
):
    show(qtbot, page)
    table, index = page.table, page.model.index(0, ReviewColumn.STUDY)
    title = index.data()
    whole = table.fontMetrics().horizontalAdvance(title)
    assert table.sizeHintForColumn(ReviewColumn.STUDY) > whole
    option = QStyleOptionViewItem()
    delegate = table.itemDelegateForColumn(ReviewColumn.STUDY)
    for width, shown in ((whole + 20, title), (whole - 12, title[:-3])):
        option.rect = QRect(0, 0, width, 24)
        delegate.initStyleOption(option, index)
        assert option.text == shown
