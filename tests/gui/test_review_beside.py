"""What stands beside the disc in Review: evidence, the visit before, a second model, comments."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from spinegrader.domain.edits import SetOverlay
from spinegrader.domain.grades import ReadingMode
from spinegrader.gui.leaving import LeavingDialog
from spinegrader.gui.review.evidence_colours import evidence_colours
from spinegrader.gui.review.rows import RowState
from spinegrader.services import annotating
from spinegrader.services.graders import SHIPPED, shipped_grader_folder
from spinegrader.services.jobs import JobState
from spinegrader.services.predicting import predict_plan
from spinegrader.services.predictions import keep_predictions
from spinegrader.services.protocol import ReadingProtocol, set_protocol
from spinegrader.services.visits import prior_visit
from tests.gui.cohort_project import opened as opened_blinded
from tests.gui.cohort_project import project, reading_window, workbench
from tests.gui.test_review import (
    grade_of,
    leave_card,
    opened,
    page,
    pick,
    predict,
    predicted,
    reopened,
    show,
)
from tests.test_main_job import until

__all__ = [
    "opened",
    "opened_blinded",
    "page",
    "predicted",
    "project",
    "workbench",
]


@pytest.fixture
def explained(opened):
    """Two studies of one person, graded by the model that comes with the program."""
    session = opened.session
    later = next(
        study for study in session.state.visible_studies() if prior_visit(session, study.uid)
    )
    studies = [later.uid, prior_visit(session, later.uid).uid]
    plan = predict_plan(session, shipped_grader_folder(), studies)
    keep_predictions(session, plan.run(lambda _: None, lambda: False))
    return opened


def colours(page):
    """Of the slice on screen; None where there are none."""
    return page.case.viewer._canvas._colours.image


def evidence(qtbot, page):
    """What is laid over the image, as soon as it is."""
    qtbot.waitUntil(lambda: page.case.evidence.shown is not None, timeout=60_000)
    return page.case.evidence.shown


def visit_before(bench, page):
    """Focuses the first row whose person came before."""
    at = next(
        at for at, row in enumerate(page.model.rows) if prior_visit(bench.session, row.study_uid)
    )
    page.table.selectRow(at)
    return page.focused_row


def test_e_colours_where_the_grade_came_from_and_takes_it_away(qtbot, explained, page):
    show(qtbot, page)
    assert colours(page) is None
    qtbot.keyClick(page.table, Qt.Key.Key_E)
    assert page.case.evidence_button.isChecked()
    found = evidence(qtbot, page)
    disc = page.focused_row.item.disc
    assert found.disc == disc
    assert colours(page).shape == (*found.size, 4)
    strongest = np.unravel_index(colours(page)[..., 3].argmax(), found.size)
    series = explained.session.state.series[found.series_uid]
    place_mm = series.geometry.to_mm((*strongest[::-1], page.case.viewer.current_slice))
    overlay = explained.session.state.overlay(found.series_uid)
    away_mm = np.linalg.norm(place_mm - np.asarray(overlay.disc(disc).centre_mm))
    assert away_mm < 45
    assert "not proof" in page.case.legend.text
    assert page.case.legend.isVisible()
    qtbot.keyClick(page.table, Qt.Key.Key_E)
    assert colours(page) is None
    assert not page.case.legend.isVisible()


def test_how_far_a_map_is_stands_beside_the_disc_and_the_next_disc_takes_its_place(
    qtbot, explained, page
):
    show(qtbot, page)
    legend = page.case.legend
    qtbot.keyClick(page.table, Qt.Key.Key_E)
    qtbot.waitUntil(legend.bar.isVisible, timeout=60_000)
    assert "where this grade came from" in legend.text
    (first,) = explained.evidence_lane.unfinished
    # Nobody waits for it with an import, and no export waits for it.
    assert not explained.quick_lane.is_busy
    qtbot.keyClick(page.table, Qt.Key.Key_Down)
    assert first.stop_requested
    found = evidence(qtbot, page)
    assert first.state is JobState.STOPPED
    row = page.focused_row
    assert (found.series_uid, found.disc) == (row.prediction.series_uid, row.item.disc)
    assert not legend.bar.isVisible()


def test_a_map_that_is_drawn_is_no_reason_to_ask_before_closing(qtbot, project, monkeypatch):
    window = reading_window(qtbot, project)
    session = window.workbench.session
    set_protocol(session, ReadingProtocol(mode=ReadingMode.ASSISTED))
    plan = predict_plan(session, shipped_grader_folder(), list(session.state.studies)[:1])
    keep_predictions(session, plan.run(lambda _: None, lambda: False))
    window.show_page("page_review")
    until(lambda: window.review_page.focused_row is not None)
    qtbot.keyClick(window.review_page.table, Qt.Key.Key_E)
    until(lambda: window.workbench.evidence_lane.is_busy)
    monkeypatch.setattr(QMessageBox, "question", lambda *_: pytest.fail("It asked."))
    monkeypatch.setattr(LeavingDialog, "exec", lambda _: pytest.fail("It waited."))
    (job,) = window.workbench.evidence_lane.unfinished
    assert window.close()
    assert job.stop_requested
    until(lambda: job.is_over)


def test_another_slice_says_that_the_model_did_not_look_at_it(qtbot, explained, page):
    show(qtbot, page)
    qtbot.keyClick(page.table, Qt.Key.Key_E)
    found = evidence(qtbot, page)
    beside = found.place.frame.slice_index + found.values.shape[0]
    page.case.viewer.go_to_slice(beside)
    assert page.case.viewer.current_slice == beside
    assert "didn't look at this slice" in page.case.legend.text
    assert not colours(page)[..., 3].any()


def test_a_map_is_drawn_once_and_anew_when_the_vertebrae_were_moved(qtbot, explained, page):
    show(qtbot, page)
    qtbot.keyClick(page.table, Qt.Key.Key_E)
    found = evidence(qtbot, page)
    qtbot.keyClick(page.table, Qt.Key.Key_Down)
    qtbot.keyClick(page.table, Qt.Key.Key_Up)
    assert page.case.evidence.shown is found
    session = explained.session
    overlay = session.state.overlay(found.series_uid)
    moved = overlay.vertebra(found.disc.upper).moved((0.0, 0.0, 6.0))
    annotating.replace_vertebra(session, found.series_uid, moved)
    assert page.case.evidence.shown is None
    again = evidence(qtbot, page)
    assert again is not found
    assert again.place != found.place


def test_a_model_that_is_gone_is_said_beside_the_image(qtbot, predicted, page):
    show(qtbot, page)
    pick(page, RowState.DIFFERS)
    qtbot.keyClick(page.table, Qt.Key.Key_E)
    legend = page.case.legend
    qtbot.waitUntil(lambda: "where this grade came from" not in legend.text, timeout=30_000)
    assert legend.text
    assert not legend.bar.isVisible()
    assert colours(page) is None


def test_without_vertebrae_the_legend_says_why_there_is_no_map(qtbot, explained, page):
    show(qtbot, page)
    uid = page.focused_row.prediction.series_uid
    explained.session.apply(SetOverlay(uid, explained.session.state.overlay(uid), None))
    qtbot.keyClick(page.table, Qt.Key.Key_E)
    assert "not drawn any more" in page.case.legend.text


def test_space_takes_outlines_and_evidence_away_and_brings_them_back(qtbot, explained, page):
    show(qtbot, page)
    qtbot.keyClick(page.table, Qt.Key.Key_E)
    evidence(qtbot, page)
    item = page.case.viewer._canvas._colours
    qtbot.keyClick(page.table, Qt.Key.Key_Space)
    assert not item.isVisible()
    qtbot.keyClick(page.table, Qt.Key.Key_Space)
    assert item.isVisible()


def test_more_evidence_is_brighter_and_denser():
    weak, middle, strong = evidence_colours(np.array([0.0, 0.5, 1.0])).astype(int)
    assert weak[3] == 0
    assert 0 < middle[3] < strong[3] < 255
    assert middle[:3].sum() < strong[:3].sum()


def beside_the_middle(session, viewer, series, level):
    """Screen pixels from the middle of a view to a disc's, right and down."""
    place = viewer.screen_place(session.state.overlay(series.uid).disc(level).centre_mm)
    area = viewer.mouse_area.rect()
    return np.array([place.x() - area.width() / 2, place.y() - area.height() / 2])


def test_the_visit_before_stands_beside_at_the_same_scale_and_follows(qtbot, predicted, page):
    show(qtbot, page)
    row = visit_before(predicted, page)
    case, session = page.case, predicted.session
    before = prior_visit(session, row.study_uid)
    assert case.prior.isVisible()
    assert before.date.isoformat() in case.prior.caption.text()
    assert case.prior.viewer.pixels_per_mm == pytest.approx(case.viewer.pixels_per_mm)
    centre = case.viewer.view_centre_mm
    case.viewer.show_view(centre, 1.5 * case.viewer.pixels_per_mm)
    assert case.prior.viewer.pixels_per_mm == pytest.approx(case.viewer.pixels_per_mm)
    series = session.state.series_to_grade(before.uid)
    there = beside_the_middle(session, case.prior.viewer, series, row.item.disc)
    here = beside_the_middle(
        session, case.viewer, session.state.series[row.prediction.series_uid], row.item.disc
    )
    assert abs(there - here).max() < 3
    assert abs(there).max() < 15
    low, high = case.prior.viewer.window_range
    first, last = case.viewer.window_range
    case.viewer.set_window(first, first + 2 * (last - first))
    wider = case.prior.viewer.window_range
    assert wider[1] - wider[0] == pytest.approx(2 * (high - low))


def test_a_first_visit_has_nothing_beside_it(qtbot, predicted, page):
    show(qtbot, page)
    at = next(
        at
        for at, row in enumerate(page.model.rows)
        if prior_visit(predicted.session, row.study_uid) is None
    )
    page.table.selectRow(at)
    assert not page.case.prior.isVisible()


def test_hidden_identity_hides_the_date_of_the_visit_before(qtbot, predicted, page):
    show(qtbot, page)
    row = visit_before(predicted, page)
    before = prior_visit(predicted.session, row.study_uid).date.isoformat()
    predicted.change_settings(identity_hidden=True)
    # The rows come anew, and with them the caption.
    until(lambda: before not in page.case.prior.caption.text())
    assert "before" in page.case.prior.caption.text()


def test_a_second_model_is_chosen_and_stays_from_row_to_row(qtbot, opened, page):
    predict(opened.session, run=SHIPPED, model_hash="feed" * 16)
    predict(opened.session)
    leave_card(opened.session)
    show(qtbot, page)
    case = page.case
    assert case.second.isVisible()
    assert case.second.prediction is None
    case.second.choice.setCurrentIndex(1)
    assert case.second.prediction.run == SHIPPED
    row = page.focused_row
    spoken = [bar.accessibleName() for bar in case.bars.bars]
    assert all("model B" in words for words in spoken)
    best = next(bar for bar in case.bars.bars if bar.value == row.prediction.value)
    # Both say the same here: one simulated model under two names.
    assert "A, B" in best.accessibleName()
    qtbot.keyClick(page.table, Qt.Key.Key_Down)
    assert case.second.prediction.run == SHIPPED
    case.second.choice.setCurrentIndex(0)
    assert "model B" not in case.bars.bars[0].accessibleName()


def test_without_a_second_model_there_is_nothing_to_choose(qtbot, predicted, page):
    show(qtbot, page)
    assert not page.case.second.isVisible()


def test_c_comments_on_the_focused_answer_and_enter_goes_back(qtbot, predicted, page, project):
    show(qtbot, page)
    page.activateWindow()
    row = pick(page, RowState.DIFFERS)
    qtbot.keyClick(page.table, Qt.Key.Key_C)
    qtbot.waitUntil(page.case.comment.hasFocus)
    # Letters and digits are words here, not answers.
    qtbot.keyClicks(page.case.comment, "ask 3 at the conference")
    qtbot.keyClick(page.case.comment, Qt.Key.Key_Return)
    assert page.focused_row.item == row.item
    assert page.table.hasFocus()
    found = grade_of(reopened(predicted, project), row)
    assert (found.comment, found.value) == ("ask 3 at the conference", row.grade.value)


def test_escape_leaves_the_comment_as_it_was(qtbot, predicted, page):
    show(qtbot, page)
    row = pick(page, RowState.DIFFERS)
    qtbot.keyClick(page.table, Qt.Key.Key_C)
    qtbot.keyClicks(page.case.comment, "no")
    qtbot.keyClick(page.case.comment, Qt.Key.Key_Escape)
    assert page.case.comment.text() == ""
    assert grade_of(predicted.session, row).comment == ""


def test_words_are_kept_with_their_own_disc_when_another_row_is_clicked(qtbot, predicted, page):
    show(qtbot, page)
    row = pick(page, RowState.DIFFERS)
    qtbot.keyClick(page.table, Qt.Key.Key_C)
    qtbot.keyClicks(page.case.comment, "osteophyte")
    page.table.selectRow(page.table.currentIndex().row() + 1)
    assert grade_of(predicted.session, row).comment == "osteophyte"
    assert page.case.comment.text() == ""


def test_an_open_item_takes_no_comment_and_says_so(qtbot, predicted, page):
    show(qtbot, page)
    told = []
    predicted.notified.connect(told.append)
    pick(page, RowState.OPEN)
    qtbot.keyClick(page.table, Qt.Key.Key_C)
    assert told == ["Answer this item first, then comment on it."]
    assert not page.case.comment.isEnabled()


def test_it_is_said_whether_the_answer_came_before_the_models_was_seen(qtbot, predicted, page):
    show(qtbot, page)
    row = pick(page, RowState.DIFFERS)
    label = page.case.seen_label
    assert label.text() == "You graded before seeing the model's grade."
    at = page.table.currentIndex().row()
    qtbot.keyClick(page.table, Qt.Key.Key_A)
    page.table.selectRow(at)
    assert label.text().startswith("You graded after seeing the model's grade. Before, you had")
    assert str(row.grade.value) in label.text()
    pick(page, RowState.OPEN)
    assert label.text().startswith("Other grades of this study seen since 20")
    assert replace(row, grade=None).value == row.prediction.value
