"""The report from the menu: asked for, written beside the window, told."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QInputDialog

from spinegrader.domain.grades import Answer
from spinegrader.gui.reports.report_dialog import ReportDialog
from spinegrader.gui.training.evaluation_view import evaluation_dialog
from spinegrader.services import reading
from spinegrader.services.evaluation import keep_evaluation
from spinegrader.services.reliability_words import bin_words, overall_words
from spinegrader.services.sight import has_seen
from spinegrader.services.study_reporting import report_file_name
from tests.evaluations import an_evaluation
from tests.gui.hanging_project import EARLIER, LATER, opened_window
from tests.pdf_text import page_texts
from tests.services.test_study_report import predict, read_all


@pytest.fixture
def window(qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with opened_window(qtbot, tmp_path / "project") as window:
        yield window


@pytest.fixture
def told(window):
    """What the status line was given to say."""
    words: list[str] = []
    window.workbench.notified.connect(words.append)
    return words


def asked(window) -> ReportDialog:
    """The dialog that the menu opens."""
    window.window_actions["report"].trigger()
    dialog = window.findChild(ReportDialog)
    assert dialog is not None
    assert dialog.isVisible()
    return dialog


def wait_for_reports(qtbot, window, told):
    qtbot.waitUntil(lambda: any("written" in words for words in told), timeout=20_000)
    assert not window.workbench.quick_lane.is_busy


def test_the_study_in_front_is_written(qtbot, window, told, tmp_path, monkeypatch):
    path = tmp_path / "mine.pdf"
    offered = []

    def choose(_parent, _title, name, _kinds):
        offered.append(name)
        return str(path), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    dialog = asked(window)
    assert dialog.this_study.isChecked()
    dialog.accept()
    wait_for_reports(qtbot, window, told)
    assert offered == [report_file_name(LATER)]
    assert told[-1] == f"Report of {len(page_texts(path))} pages written to mine.pdf."
    assert "Poe, Pat" in page_texts(path)[0]


def test_while_identity_is_hidden_no_name_can_be_asked_for(
    qtbot, window, told, tmp_path, monkeypatch
):
    path = tmp_path / "mine.pdf"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    window.workbench.change_settings(identity_hidden=True)
    dialog = asked(window)
    assert not dialog.with_identity.isEnabled()
    assert not dialog.with_identity.isChecked()
    dialog.accept()
    wait_for_reports(qtbot, window, told)
    assert "Poe" not in " ".join(page_texts(path))


def test_all_finished_studies_go_into_a_folder(qtbot, window, told, tmp_path, monkeypatch):
    folder = tmp_path / "reports"
    folder.mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    session = window.workbench.session
    for uid in (EARLIER, LATER):
        read_all(session, uid)
    predict(session)
    dialog = asked(window)
    dialog.all_finished.setChecked(True)
    dialog.with_model.setChecked(False)
    assert dialog.note.text() == ""
    dialog.accept()
    wait_for_reports(qtbot, window, told)
    assert told[-1] == "2 reports written to the folder reports."
    assert {file.name for file in folder.iterdir()} == {
        report_file_name(EARLIER),
        report_file_name(LATER),
    }
    assert not has_seen(session, LATER)


def test_without_a_finished_study_there_is_nothing_to_choose_a_folder_for(window, told):
    dialog = asked(window)
    dialog.all_finished.setChecked(True)
    dialog.accept()
    assert told[-1] == "You have not finished any study yet."


def test_the_dialog_says_what_becomes_of_the_models_grades(window):
    session = window.workbench.session
    predict(session)
    dialog = asked(window)
    assert "it is read blinded" in dialog.note.text()
    dialog.reject()
    for item in reading.items_of(session, LATER):
        reading.answer(session, LATER, item, Answer.GRADED, 1)
    dialog = ReportDialog(window.workbench, window)
    assert "counts as assisted" in dialog.note.text()
    dialog.with_model.setChecked(False)
    assert dialog.note.text() == ""
    dialog.deleteLater()


def test_a_place_that_can_not_be_written_is_told(qtbot, window, tmp_path, monkeypatch):
    nowhere = tmp_path / "nowhere" / "mine.pdf"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(nowhere), ""))
    asked(window).accept()
    qtbot.waitUntil(window.banner.isVisible, timeout=20_000)
    assert "could not be written" in window.banner.text


def test_an_evaluation_is_chosen_and_written(qtbot, window, told, tmp_path, monkeypatch):
    path = tmp_path / "figures.pdf"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    action = window.window_actions["report_evaluation"]
    action.trigger()
    assert told[-1] == "No evaluation is kept yet: evaluate a model first, from Training."
    runs = window.workbench.session.store.runs_folder
    for second in (7, 8):
        at = an_evaluation().evaluated_at.replace(second=second)
        keep_evaluation(runs, an_evaluation(evaluated_at=at, reader=f"Dr {second}"))
    action.trigger()
    dialog = window.findChild(QInputDialog)
    assert len(dialog.comboBoxItems()) == 2
    dialog.setTextValue(dialog.comboBoxItems()[1])
    dialog.accept()
    wait_for_reports(qtbot, window, told)
    assert told[-1] == "Report of 2 pages written to figures.pdf."
    assert "Reader Dr 7" in page_texts(path)[0]


def test_the_result_on_screen_is_written_from_its_own_button(
    qtbot, window, told, tmp_path, monkeypatch
):
    path = tmp_path / "shown.pdf"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    evaluation = an_evaluation(reader="Dr Shown")
    dialog = evaluation_dialog(window.workbench, evaluation, window.models_page)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.mouseClick(dialog.report_button, Qt.MouseButton.LeftButton)
    wait_for_reports(qtbot, window, told)
    assert "Reader Dr Shown" in page_texts(path)[0]
    assert dialog.isVisible()
    dialog.table.selectRow(0)
    its = evaluation.gradings[0]
    assert dialog.reliability_title.text() == overall_words(its)
    for item in its.reliability:
        assert bin_words(item) in dialog.reliability.accessibleDescription()
    window.workbench.close_session()
    assert not dialog.isVisible()
