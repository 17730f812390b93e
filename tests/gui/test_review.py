"""The model's grades beside the reader's: accepting, overruling, comparing."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMainWindow

from spinegrader.domain.edits import AddPredictions
from spinegrader.domain.grades import Answer, GradeKey, ReadingMode
from spinegrader.domain.predictions import Prediction
from spinegrader.gui import step_runner
from spinegrader.gui.review.review_page import ReviewPage
from spinegrader.gui.review.row_cells import ReviewColumn
from spinegrader.gui.review.rows import RowState, Shown, state_of
from spinegrader.gui.training.agreement_table import AgreementColumn
from spinegrader.model.runs import GradingCard, RunCard, write_card
from spinegrader.services import review
from spinegrader.services.demo import SIMULATED_READER
from spinegrader.services.graders import SHIPPED, shipped_grader
from spinegrader.services.material import disc_requests, subject_token
from spinegrader.services.protocol import ReadingProtocol, set_protocol
from spinegrader.services.reading import asked_gradings, own_grade
from spinegrader.services.review_rows import review_rows
from spinegrader.services.session import Session
from spinegrader.services.steps import finished
from tests.gui.cohort_project import opened as opened_blinded
from tests.gui.cohort_project import project, workbench

__all__ = ["opened_blinded", "project", "workbench"]

RUN = "finetune-20260101-000000"


def predict(session, run=RUN, model_hash="0123456789abcdef"):
    """Predictions for every disc, most of them one grade above the lowest."""
    predictions = []
    for request in disc_requests(session, confirmed_only=False):
        for grading in asked_gradings(session):
            name = f"{request.study_uid}{request.target}{grading.id}"
            draw = int(hashlib.sha256(name.encode()).hexdigest(), 16)
            best = draw % len(grading.values)
            confidence = 0.5 + 0.4 * (draw % 97) / 97
            rest = (1 - confidence) / (len(grading.values) - 1)
            shares = [confidence if at == best else rest for at in range(len(grading.values))]
            predictions.append(
                Prediction(
                    id=hashlib.sha256(name.encode()).hexdigest()[:16] + run,
                    study_uid=request.study_uid,
                    series_uid=request.series.uid,
                    disc=request.target,
                    grading=grading.id,
                    values=grading.values,
                    probabilities=tuple(shares),
                    run=run,
                    model_hash=model_hash,
                    predicted_at=datetime.now(UTC),
                )
            )
    session.apply(AddPredictions(tuple(predictions)))


def leave_card(session, trained_on=()):
    """The card of the run that the predictions name."""
    folder = session.store.runs_folder / RUN
    folder.mkdir(parents=True)
    card = RunCard(
        kind="finetune",
        name=RUN,
        state="finished",
        started_at="2026-01-01T00:00:00+00:00",
        epochs=1,
        counts={},
        fingerprint="",
        subjects={"train": tuple(trained_on), "validation": (), "test": ()},
        settings={},
        gradings={"pfirrmann": GradingCard(values=(1, 2, 3, 4, 5), ordinal=True)},
        weights_sha256="0123456789abcdef",
    )
    write_card(folder, card)


@pytest.fixture
def opened(opened_blinded):
    """Grades of models may be looked at from the beginning."""
    session = opened_blinded.session
    set_protocol(session, ReadingProtocol(mode=ReadingMode.ASSISTED))
    return opened_blinded


@pytest.fixture
def predicted(opened):
    predict(opened.session)
    leave_card(opened.session)
    return opened


@pytest.fixture
def page(qtbot, workbench):
    shown = ReviewPage(workbench)
    qtbot.addWidget(shown)
    shown.resize(1280, 730)
    return shown


def settle(qtbot, page):
    """Rows come in steps where the machine is slow."""
    qtbot.waitUntil(lambda: not page._source.is_gathering)


def show(qtbot, page):
    page.show()
    settle(qtbot, page)
    qtbot.waitUntil(lambda: not page._compare_soon.isActive())
    page.table.setFocus()


def compared(qtbot, page):
    qtbot.waitUntil(lambda: bool(page.strip.found), timeout=30_000)
    return page.strip.found


def pick(page, state):
    """Focuses the first row of a state."""
    at = next(at for at, row in enumerate(page.model.rows) if state_of(row) is state)
    page.table.selectRow(at)
    return page.focused_row


def grade_of(session, row):
    return own_grade(session, row.study_uid, row.item)


def reopened(workbench, project):
    workbench.close_session()
    workbench.open_session(Session.open(project, SIMULATED_READER))
    return workbench.session


def test_worst_disagreements_come_first(qtbot, predicted, page):
    show(qtbot, page)
    steps = [row.disagreement or 0 for row in page.model.rows]
    first_agreeing = steps.index(0)
    assert steps[0] >= 3
    assert steps[:first_agreeing] == sorted(steps[:first_agreeing], reverse=True)
    assert not any(steps[first_agreeing:])


def test_a_accepts_and_the_grade_names_the_prediction_after_reopening(
    qtbot, predicted, page, project
):
    show(qtbot, page)
    row = pick(page, RowState.OPEN)
    before = page.table.currentIndex().row()
    qtbot.keyClick(page.table, Qt.Key.Key_A)
    assert page.table.currentIndex().row() == before + 1
    assert page.model.index(before, ReviewColumn.STATE).data() == "✓ accepted"
    found = grade_of(reopened(predicted, project), row)
    assert found.value == row.prediction.value
    assert found.accepted_prediction == row.prediction.id
    assert found.prediction_visible


def test_a_digit_overrules_and_stays_the_readers_own_after_reopening(
    qtbot, predicted, page, project
):
    show(qtbot, page)
    row = pick(page, RowState.OPEN)
    grading = predicted.session.scheme.grading(row.item.grading)
    other = next(value for value in grading.values if value != row.prediction.value)
    qtbot.keyClick(page.table, str(other))
    found = grade_of(reopened(predicted, project), row)
    assert (found.answer, found.value) == (Answer.GRADED, other)
    assert found.accepted_prediction == ""
    assert found.prediction_visible


def test_a_digit_that_the_grading_lacks_does_nothing(qtbot, predicted, page):
    show(qtbot, page)
    row = pick(page, RowState.OPEN)
    qtbot.keyClick(page.table, "9")
    assert page.focused_row == row
    assert grade_of(predicted.session, row) is None


def test_x_leaves_the_readers_answer_and_goes_on(qtbot, predicted, page):
    show(qtbot, page)
    row = pick(page, RowState.DIFFERS)
    at = page.table.currentIndex().row()
    qtbot.keyClick(page.table, Qt.Key.Key_X)
    assert page.table.currentIndex().row() == at + 1
    assert grade_of(predicted.session, row) == row.grade


def test_u_is_unsure_and_trains_nothing(qtbot, predicted, page):
    show(qtbot, page)
    row = pick(page, RowState.OPEN)
    qtbot.keyClick(page.table, Qt.Key.Key_U)
    found = grade_of(predicted.session, row)
    assert found.answer is Answer.UNSURE
    assert not found.is_label


def test_keys_of_the_page_win_over_shortcuts_of_the_window(qtbot, predicted):
    window = QMainWindow()
    qtbot.addWidget(window)
    page = ReviewPage(predicted)
    window.setCentralWidget(page)
    fired = []
    action = QAction("Grade 1", window)
    action.setShortcut(QKeySequence("A"))
    action.triggered.connect(lambda: fired.append(1))
    window.addAction(action)
    window.show()
    window.activateWindow()
    show(qtbot, page)
    row = pick(page, RowState.OPEN)
    qtbot.keyClick(page.table, Qt.Key.Key_A)
    assert fired == []
    assert grade_of(predicted.session, row).value == row.prediction.value


def test_a_click_on_a_bar_overrules(qtbot, predicted, page):
    show(qtbot, page)
    row = pick(page, RowState.OPEN)
    bar = page.case.bars.bars[-1]
    assert "percent" in bar.accessibleName()
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton)
    assert grade_of(predicted.session, row).value == bar.value


def test_undo_brings_the_row_back(qtbot, predicted, page):
    show(qtbot, page)
    row = pick(page, RowState.DIFFERS)
    at = page.table.currentIndex().row()
    qtbot.keyClick(page.table, Qt.Key.Key_A)
    assert page.model.index(at, ReviewColumn.STATE).data() == "✓ accepted"
    predicted.session.undo()
    assert page.model.index(at, ReviewColumn.STATE).data() == "≠ differs"
    assert grade_of(predicted.session, row).value == row.grade.value


def test_all_open_of_a_study_are_accepted_as_one_change(qtbot, predicted, page):
    show(qtbot, page)
    row = pick(page, RowState.OPEN)
    session = predicted.session
    of_study = review_rows(session, [row.study_uid])
    assert page.case.accept_all_button.text() == f"Accept all {len(of_study)} open"
    qtbot.mouseClick(page.case.accept_all_button, Qt.MouseButton.LeftButton)
    assert all(item.is_accepted for item in review_rows(session, [row.study_uid]))
    assert not page.case.accept_all_button.isEnabled()
    session.undo()
    assert all(item.grade is None for item in review_rows(session, [row.study_uid]))


def test_filters_list_only_what_they_say(qtbot, predicted, page):
    show(qtbot, page)
    total = len(page.model.rows)
    page.filter_bar.shown.setCurrentText(Shown.OPEN)
    settle(qtbot, page)
    assert {state_of(row) for row in page.model.rows} == {RowState.OPEN}
    page.filter_bar.shown.setCurrentText(Shown.DIFFERS)
    settle(qtbot, page)
    assert {state_of(row) for row in page.model.rows} == {RowState.DIFFERS}
    page.filter_bar.shown.setCurrentText(Shown.ALL)
    settle(qtbot, page)
    page.filter_bar.gradings.setCurrentText("Pfirrmann")
    settle(qtbot, page)
    assert {row.item.grading for row in page.model.rows} == {"pfirrmann"}
    page.filter_bar.gradings.setCurrentIndex(0)
    settle(qtbot, page)
    predicted.select_study(page.model.rows[0].study_uid)
    page.filter_bar.studies.setCurrentText("The study in Read")
    settle(qtbot, page)
    assert {row.study_uid for row in page.model.rows} == {predicted.study_uid}
    assert 0 < len(page.model.rows) < total
    QTest.keyClick(page.table, Qt.Key.Key_S)
    settle(qtbot, page)
    assert len(page.model.rows) == total
    QTest.keyClick(page.table, Qt.Key.Key_S)
    settle(qtbot, page)
    assert {row.study_uid for row in page.model.rows} == {predicted.study_uid}


def test_agreement_counts_only_people_whom_the_model_never_saw(qtbot, opened, page):
    session = opened.session
    predict(session)
    everyone = sorted(session.state.patients)
    leave_card(session, [subject_token(session, patient) for patient in everyone[1:]])
    show(qtbot, page)
    found = compared(qtbot, page)["pfirrmann"]
    graded = {
        grade.key.disc
        for study in session.state.studies_of(everyone[0])
        for grade in session.state.grades_of_study(study.uid)
    }
    visits = len(session.state.studies_of(everyone[0]))
    assert found.n == visits * len(graded)
    assert "Simulated people" in page.strip._note.text()


def test_figures_of_few_people_say_so(qtbot, predicted, page):
    show(qtbot, page)
    compared(qtbot, page)
    assert "So few people" in page.strip._note.text()


def test_intervals_of_accuracy_are_told_where_the_mouse_rests(qtbot, predicted, page):
    show(qtbot, page)
    found = compared(qtbot, page)["pfirrmann"]
    model = page.strip.table.model()
    tips = [
        model.index(0, column).data(Qt.ItemDataRole.ToolTipRole)
        for column in (AgreementColumn.ACCURACY, AgreementColumn.WITHIN_ONE, AgreementColumn.KAPPA)
    ]
    low, high = found.mean_class_accuracy_interval
    assert tips[0] == f"95 % interval, taken over people: {100 * low:.0f} to {100 * high:.0f} %"
    assert tips[1].startswith("95 % interval")
    assert tips[2] is None  # it stands in the cell


def test_predictions_of_a_deleted_run_are_not_compared(qtbot, opened, page):
    predict(opened.session)
    show(qtbot, page)
    assert page.strip.found == {}
    assert "no longer there" in page.strip._note.text()


def test_what_was_changed_after_seeing_the_model_does_not_flatter_it(qtbot, predicted, page):
    show(qtbot, page)
    before = compared(qtbot, page)
    for _ in range(12):
        pick(page, RowState.DIFFERS)
        qtbot.keyClick(page.table, Qt.Key.Key_A)
    again = finished(review.gather_comparisons(predicted.session))
    assert {item.grading.id: item.agreement() for item in again} == before


def test_a_confusion_cell_lists_its_discs(qtbot, predicted, page):
    show(qtbot, page)
    found = compared(qtbot, page)["pfirrmann"]
    page.strip.show_grading("pfirrmann")
    row, column = next(
        (row, column)
        for row, counts in enumerate(found.confusion)
        for column, count in enumerate(counts)
        if count and row != column
    )
    mine, its = row + 1, column + 1
    matrix = page.strip.matrix
    place = matrix.cell_area(mine, its).center().toPoint()
    qtbot.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=place)
    # Rows that take longer are put together in the pauses of the window.
    qtbot.waitUntil(lambda: len(page.model.rows) == found.confusion[row][column])
    assert {(item.grade.value, item.prediction.value) for item in page.model.rows} == {(mine, its)}
    qtbot.mouseClick(page.filter_bar.chip, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(page.model.rows) > found.confusion[row][column])


def test_the_disc_of_the_row_is_shown_on_its_own_mid_slice(qtbot, predicted, page):
    show(qtbot, page)
    row = pick(page, RowState.DIFFERS)
    series = predicted.session.state.series[row.prediction.series_uid]
    disc = predicted.session.state.overlay(series.uid).disc(row.item.disc)
    assert page.case.viewer.current_slice == series.geometry.nearest_slice(disc.centre_mm)
    assert "01234567" in page.case.model_label.text()
    assert "Not a medical device" in page.case.model_label.text()


def test_grades_of_the_shipped_model_say_what_it_was_trained_on_and_are_compared(
    qtbot, opened, page
):
    card = shipped_grader().card
    predict(opened.session, run=SHIPPED, model_hash=card.weights_sha256)
    show(qtbot, page)
    pick(page, RowState.OPEN)
    said = page.case.model_label.text()
    assert said.startswith(f"Model that comes with SpineGrader: trained on {card.trained_on}")
    assert said.endswith("Not a medical device.")
    # It saw nobody of this project, so everybody counts.
    figures = compared(qtbot, page)["pfirrmann"]
    assert figures.n == 12 * 6
    assert page.strip._note.text().startswith("Of the model that comes with SpineGrader. ")


def test_hidden_identity_shows_numbers_instead(qtbot, predicted, page):
    show(qtbot, page)
    assert "SIM-" in page.model.index(0, ReviewColumn.STUDY).data()
    predicted.change_settings(identity_hidden=True)
    texts = {page.model.index(at, 0).data() for at in range(page.model.rowCount())}
    assert all(text.startswith("Patient ") and "visit" in text for text in texts)


def test_without_predictions_it_says_so_and_offers_to_predict(qtbot, opened, page):
    show(qtbot, page)
    assert page.empty.isVisible()
    assert page.empty.text.startswith("No model has graded this project yet.")
    dialog = page.open_dialog()
    assert dialog.start_button.isEnabled()
    assert dialog.form.model.currentText() == "Model that comes with SpineGrader"
    dialog.reject()
    leave_card(opened.session)
    predict(opened.session)
    settle(qtbot, page)
    assert not page.empty.isVisible()
    assert page.model.rowCount() > 0


def test_a_page_that_is_not_seen_does_no_work(qtbot, predicted, page):
    assert page.model.rowCount() == 0
    show(qtbot, page)
    shown = page.model.rowCount()
    page.hide()
    row = page.model.rows[0]
    key = GradeKey(row.study_uid, row.item.disc, row.item.grading, SIMULATED_READER)
    review.accept(predicted.session, replace(row, grade=predicted.session.state.grade(key)))
    assert page.model.rows[0] == row
    page.show()
    settle(qtbot, page)
    assert page.model.rowCount() == shown
    assert page.model.rows[0] != row
    qtbot.waitUntil(lambda: not page._compare_soon.isActive())


def test_rows_of_many_studies_come_with_a_sign_of_how_far(qtbot, predicted, page, monkeypatch):
    monkeypatch.setattr(step_runner, "_AT_ONCE_S", 0.0)
    monkeypatch.setattr(step_runner, "_A_TIME_S", 0.0001)
    page.show()
    assert page.empty.isVisible()
    assert page.empty.text.startswith("Putting the rows together")
    qtbot.waitUntil(page.table.isVisible)
    assert page.model.rowCount() == len(review_rows(predicted.session))
    qtbot.waitUntil(lambda: not page._compare_soon.isActive() and not page.strip.is_comparing)


def test_rows_that_are_left_half_way_come_when_the_page_is_seen_again(
    qtbot, predicted, page, monkeypatch
):
    monkeypatch.setattr(step_runner, "_AT_ONCE_S", 0.0)
    page.show()
    page.hide()
    assert predicted.session.state.sights == {}
    page.show()
    qtbot.waitUntil(page.table.isVisible)
    assert predicted.session.state.sights
    qtbot.waitUntil(lambda: not page._compare_soon.isActive() and not page.strip.is_comparing)
