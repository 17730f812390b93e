"""The models page: which model grades, notes, filter, files, and models side by side."""

import re
import shutil

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QMessageBox

from spinegrader.gui.training.compared_tables import FigureColumn, PairColumn, verdict
from spinegrader.gui.training.models_page import ModelsPage
from spinegrader.gui.training.runs_model import RunColumn
from spinegrader.gui.training.start_dialog import JobKind
from spinegrader.model.paired_figures import Difference
from spinegrader.model.runs import read_card, write_card
from spinegrader.services.compared_models import ComparedPair
from spinegrader.services.graders import SHIPPED
from spinegrader.services.model_files import export_model
from spinegrader.services.model_notes import keep_note, note_in
from spinegrader.services.model_registry import choose_model, model_in_use
from spinegrader.services.predicting import predict_plan
from spinegrader.services.predictions import keep_predictions
from tests.gui.cohort_project import opened, project, workbench
from tests.trained_models import finetuned, ignore, never, pretrained

__all__ = ["opened", "project", "workbench"]

_WAIT_MS = 60_000


@pytest.fixture
def page(qtbot, workbench):
    shown = ModelsPage(workbench)
    qtbot.addWidget(shown)
    shown.resize(1360, 820)
    shown.show()
    return shown


@pytest.fixture
def two(opened, page, qtbot):
    """Two fine-tunings of the project; the newer one first."""
    older, newer = finetuned(opened.session), finetuned(opened.session, seed=1)
    page.reload()
    assert [entry.folder for entry in page.model.entries] == [newer, older]
    return newer, older


def cell(page, row, column):
    return page.model.index(row, column).data()


def press(qtbot, button):
    assert button.isVisible()
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.wait(30)


def pick(page, row):
    """As a hand does that chooses from the list."""
    box = page.runs.chooser.box
    box.setCurrentIndex(row)
    box.activated.emit(row)


def test_a_chosen_model_is_marked_used_and_undone(qtbot, opened, page, two):
    newer, older = two
    assert cell(page, 0, RunColumn.IN_USE) == "○ newest"
    assert page.runs.chooser.box.currentText().startswith("Newest: Fine-tuning")
    assert "as it is the newest" in page.bar.in_use.text()

    page.table.selectRow(1)
    assert not page.bar.in_use.isVisible()
    press(qtbot, page.bar.use_button)
    assert model_in_use(opened.session).folder == older
    assert [cell(page, row, RunColumn.IN_USE) for row in (0, 1)] == ["", "● in use"]
    assert page.bar.in_use.text() == "This project grades with this model."
    assert not page.bar.use_button.isVisible()
    form = page.open_dialog(JobKind.PREDICT).form
    assert form.chosen_model.folder == older

    opened.session.undo()
    qtbot.waitUntil(lambda: cell(page, 0, RunColumn.IN_USE) == "○ newest")
    assert page.open_dialog(JobKind.PREDICT).form.chosen_model.folder == newer


def test_the_list_of_models_chooses_too_and_goes_back(qtbot, opened, page, two):
    box = page.runs.chooser.box
    assert box.count() == 4  # the newest, both, and the one that comes along
    pick(page, 3)
    assert model_in_use(opened.session).name == SHIPPED
    qtbot.waitUntil(lambda: cell(page, 0, RunColumn.IN_USE) == "")
    assert box.currentText() == "Model that comes with SpineGrader"
    pick(page, 0)
    assert model_in_use(opened.session).folder == two[0]


def test_a_chosen_model_that_is_gone_is_still_named(qtbot, opened, page, two):
    choose_model(opened.session, two[1].name)
    (two[1] / "card.json").unlink()
    page.reload()
    assert page.runs.chooser.box.currentText() == f"{two[1].name}: isn't there any more"


def test_a_note_is_typed_and_kept(qtbot, opened, page, two):
    page.table.selectRow(0)
    qtbot.keyClicks(page.bar.note, "Best on narrowing")
    qtbot.waitUntil(lambda: note_in(two[0]) == "Best on narrowing", timeout=5000)
    qtbot.waitUntil(lambda: cell(page, 0, RunColumn.NOTE) == "Best on narrowing")
    assert page.bar.note.toPlainText() == "Best on narrowing"
    # Another run comes into sight before the pause is over: the note goes to the one it was for.
    qtbot.keyClicks(page.bar.note, "!")
    page.table.selectRow(1)
    assert note_in(two[0]) == "Best on narrowing!"
    assert page.bar.note.toPlainText() == ""
    assert note_in(two[1]) == ""
    assert "no names or numbers of patients" in page.bar.note.placeholderText()


def test_what_is_being_typed_survives_that_the_list_is_read_again(qtbot, opened, page, two):
    qtbot.keyClicks(page.bar.note, "half a sen")
    page.reload()
    assert page.bar.note.toPlainText() == "half a sen"
    keep_note(two[1], "By another reader")
    page.hide()
    assert note_in(two[0]) == "half a sen"
    page.show()
    qtbot.waitUntil(lambda: cell(page, 1, RunColumn.NOTE) == "By another reader")


def test_a_note_that_cannot_be_kept_is_told_and_stays_on_screen(qtbot, opened, page, two):
    failed = []
    opened.failed.connect(failed.append)
    page.bar.note.setPlainText("x" * 4001)
    page.bar.write_note()
    assert "has 4001 letters: shorten it to 4000" in failed[0].message
    page.reload()
    assert len(page.bar.note.toPlainText()) == 4001
    assert note_in(two[0]) == ""
    page.bar.note.setPlainText("short")
    page.bar.write_note()
    assert note_in(two[0]) == "short"


def test_markup_in_what_came_from_elsewhere_is_shown_as_words(qtbot, opened, page, two, tmp_path):
    newer, _ = two
    evil = "<img src='file:///etc/passwd'><b>loud</b>"
    card = read_card(newer)
    changes = {"device": evil, "note": evil, "trained_on": evil, "figures": {"<b>x</b>": 0.5}}
    write_card(newer, card.model_copy(update=changes))
    keep_note(newer, evil)
    file = export_model(newer, tmp_path / "evil")
    page.deleting.delete(newer)
    page.commands.import_file(file)
    qtbot.waitUntil(lambda: page.model.rowCount() == 2, timeout=_WAIT_MS)
    qtbot.waitUntil(lambda: page.runs.selected_entry.is_imported)
    for label in page.view.findChildren(QLabel):
        if "<" in label.text():
            assert label.textFormat() is Qt.TextFormat.PlainText, label.text()
    assert dict(page.view.origin.pairs)["Computed on"] == evil
    row = page.model.entries.index(page.runs.selected_entry)
    tip = page.model.index(row, RunColumn.NOTE).data(Qt.ItemDataRole.ToolTipRole)
    assert "&lt;img" in tip
    assert "<img" not in tip


def test_the_list_shows_one_kind(qtbot, opened, page, two):
    folder = pretrained(opened.session)
    page.reload()
    names = {page.runs.kind_filter.itemText(at): at for at in range(5)}
    assert list(names) == ["All runs", "Pre-training", "Fine-tuning", "Detector", "Imported"]
    page.runs.kind_filter.setCurrentIndex(names["Pre-training"])
    assert [entry.folder for entry in page.model.entries] == [folder]
    assert not page.bar.use_button.isVisible()
    assert page.bar.export_button.isVisible()
    page.runs.kind_filter.setCurrentIndex(names["Detector"])
    assert page.model.rowCount() == 0
    assert page.runs.none_note.isVisible()
    assert not page.view.isVisible()
    page.runs.kind_filter.setCurrentIndex(names["All runs"])
    assert page.model.rowCount() == 3
    assert page.view.isVisible()


def test_the_one_in_use_is_not_deleted_and_predictions_of_another_stay(qtbot, opened, page, two):
    newer, older = two
    failed = []
    opened.failed.connect(failed.append)
    session = opened.session
    keep_predictions(session, predict_plan(session, older).run(ignore, never))
    choose_model(session, newer.name)
    page.deleting.delete(newer)
    assert newer.is_dir()
    assert "choose another model before you delete it" in failed[0].message
    page.table.selectRow(0)
    press(qtbot, page.view.delete_button)
    assert len(failed) == 2  # before anybody is asked
    page.deleting.delete(older)
    assert not older.exists()
    assert {item.run for item in session.state.predictions.values()} == {older.name}


def test_before_a_run_goes_it_is_said_what_can_not_be_told_any_more(qtbot, opened, page):
    session = opened.session
    start = pretrained(session)
    model = finetuned(session, start_from=start)
    keep_predictions(session, predict_plan(session, model).run(ignore, never))
    page.reload()
    page.runs.select(start)
    page.reload()
    press(qtbot, page.view.delete_button)
    box = page.findChildren(QMessageBox)[-1]
    assert "1 other run began with it" in box.informativeText()
    assert "Grades that it predicted" not in box.informativeText()
    box.reject()
    page.runs.select(model)
    page.reload()
    press(qtbot, page.view.delete_button)
    box = page.findChildren(QMessageBox)[-1]
    assert "Predictions take it at present" in box.informativeText()
    assert "Grades that it predicted stay" in box.informativeText()
    # Meanwhile another window has deleted it.
    shutil.rmtree(model)
    failed = []
    opened.failed.connect(failed.append)
    (delete,) = [item for item in box.buttons() if "Delete" in item.text()]
    qtbot.mouseClick(delete, Qt.MouseButton.LeftButton)
    assert not failed
    assert [entry.folder for entry in page.model.entries] == [start]


def test_a_model_goes_out_and_comes_in(qtbot, opened, page, two, tmp_path, monkeypatch):
    newer, _ = two
    told = []
    opened.notified.connect(told.append)
    file = tmp_path / "mine"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    press(qtbot, page.bar.export_button)
    written = tmp_path / "mine.spinegrader-model"
    qtbot.waitUntil(lambda: bool(told), timeout=_WAIT_MS)
    assert told == ["The model was exported: mine.spinegrader-model."]
    assert written.is_file()

    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(written), ""))
    failed = []
    opened.failed.connect(failed.append)
    press(qtbot, page.runs.import_button)
    qtbot.waitUntil(lambda: bool(failed), timeout=_WAIT_MS)
    assert f"in this project already, as “{newer.name}”" in failed[0].message

    page.deleting.delete(newer)
    press(qtbot, page.runs.import_button)
    qtbot.waitUntil(lambda: len(told) == 2, timeout=_WAIT_MS)
    entry = page.runs.selected_entry
    assert entry.is_imported
    row = page.model.entries.index(entry)
    assert cell(page, row, RunColumn.KIND) == "Imported model"
    assert cell(page, row, RunColumn.IN_USE) == ""
    assert not page.view.resume_button.isVisible()
    pairs = dict(page.view.origin.pairs)
    assert pairs["Trained elsewhere"].startswith(f"as “{newer.name}”")
    assert pairs["Trained on"] == "simulated people"
    assert "(simulated)" in page.view._figures_title.text()
    counts = read_card(entry.folder).counts
    assert f"{counts['train_subjects']} train" in pairs["Subjects"]

    dialog = page.open_dialog(JobKind.PREDICT)
    at = next(
        at
        for at in range(dialog.form.model.count())
        if "trained elsewhere" in dialog.form.model.itemText(at)
    )
    dialog.form.model.setCurrentIndex(at)
    about = [label.text() for label in dialog.findChildren(QLabel)]
    assert any("whether it has seen people of this project can't be told" in t for t in about)
    origins = page.open_dialog(JobKind.FINETUNE).form.origin
    assert any("trained elsewhere" in origins.itemText(at) for at in range(origins.count()))


def test_an_empty_project_can_import(qtbot, opened, page, tmp_path, monkeypatch):
    folder = finetuned(opened.session)
    file = export_model(folder, tmp_path / "first")
    page.reload()
    page.deleting.delete(folder)
    assert page.empty.isVisible()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    press(qtbot, page.first_import_button)
    qtbot.waitUntil(lambda: page.model.rowCount() == 1, timeout=_WAIT_MS)
    assert page.runs.selected_entry.is_imported


def test_a_card_in_words(qtbot, opened, page, two):
    pairs = dict(page.view.origin.pairs)
    assert pairs["Network"] == "VGG-M 3D, width 0.04"
    assert pairs["Seed"] == "1"
    assert pairs["Learning rate"] == "0.001"
    assert pairs["Batch"] == "32"
    assert re.fullmatch(r"SpineGrader [\d.]+, Python [\d.]+, PyTorch .+", pairs["Programs"])
    assert pairs["Data and split"] == read_card(two[0]).fingerprint[:8]
    subjects = read_card(two[0]).subjects
    assert pairs["Subjects"].startswith(f"{len(subjects['train'])} train, ")


def test_models_side_by_side(qtbot, opened, page, two):
    dialog = page.open_comparison()
    qtbot.addWidget(dialog)
    assert not dialog.isModal()
    assert [model.folder for model in dialog.chosen_models] == list(two)
    dialog.models.item(2).setCheckState(Qt.CheckState.Checked)
    qtbot.mouseClick(dialog.compare_button, Qt.MouseButton.LeftButton)
    assert not dialog.compare_button.isEnabled()
    qtbot.waitUntil(lambda: dialog.job is None, timeout=_WAIT_MS)
    model = dialog.figures_model
    assert model.rowCount() == 3
    letters = [model.index(row, FigureColumn.MODEL).data()[0] for row in range(3)]
    assert letters == ["A", "B", "C"]
    assert "too few to say which is better" in dialog.problem.text
    assert dialog.pairs_model.rowCount() == 3
    assert dialog.pairs_model.index(1, PairColumn.PAIR).data() == "A − C"
    own = read_card(two[0]).agreement["pfirrmann"]
    accuracies = [model.index(row, FigureColumn.ACCURACY) for row in range(3)]
    assert accuracies[0].data() == f"{100 * own.mean_class_accuracy:.0f} %"
    # Bold is the best one, and a screen reader is told.
    numbers = [float(index.data().split()[0]) for index in accuracies]
    bold = [index.data(Qt.ItemDataRole.FontRole) is not None for index in accuracies]
    said = [index.data(Qt.ItemDataRole.AccessibleDescriptionRole) for index in accuracies]
    assert bold == [number == max(numbers) for number in numbers]
    assert said == ["best" if is_bold else None for is_bold in bold]
    assert dialog.status.text() == ""


def test_less_than_two_models_are_not_compared(qtbot, opened, page, two):
    dialog = page.open_comparison()
    qtbot.addWidget(dialog)
    dialog.models.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert not dialog.compare_button.isEnabled()
    assert dialog.status.text() == "Mark at least two models."


def test_a_comparison_can_be_stopped_and_left(qtbot, opened, page, two):
    dialog = page.open_comparison()
    qtbot.addWidget(dialog)
    dialog.compare()
    job = dialog.job
    dialog.stop()
    qtbot.waitUntil(lambda: job.is_over, timeout=_WAIT_MS)
    qtbot.waitUntil(lambda: dialog.job is None)
    dialog.compare()
    job = dialog.job
    opened.close_session()
    assert not dialog.isVisible()
    assert job.stop_requested
    qtbot.waitUntil(lambda: job.is_over, timeout=_WAIT_MS)


def test_the_verdict_says_what_the_intervals_say():
    better, worse = Difference(0.1, (0.02, 0.2)), Difference(-0.1, (-0.2, -0.02))
    unsure, alone = Difference(0.1, (-0.1, 0.3)), Difference(0.4, None)

    def said(accuracy, kappa, people=10):
        return verdict(ComparedPair("pfirrmann", "a", "b", accuracy, kappa), "A", "B", people)

    assert said(unsure, alone) == "Neither is surely better"
    assert said(better, better) == "A is surely better in accuracy and kappa"
    assert said(unsure, worse) == "B is surely better in kappa"
    assert said(better, better, people=9) == "Too few people to say"
    assert said(better, worse) == ("A is surely better in accuracy; B is surely better in kappa")
