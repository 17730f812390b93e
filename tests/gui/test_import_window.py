"""Importing in the window: what it says, what it leaves alone, what its report shows."""

import json
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QMessageBox

from spinegrader.gui.dialogs.import_report import ImportReportDialog
from spinegrader.gui.dialogs.same_person import SamePersonDialog
from spinegrader.gui.main_window import MainWindow
from spinegrader.gui.panels.report_tree import ReportTree
from spinegrader.services.import_report import ImportReport, Skipped
from spinegrader.services.importing import import_paths
from spinegrader.services.session import Session
from spinegrader.services.settings import Settings
from spinegrader.services.untrusted import close_sandboxes
from spinegrader.simulate.cohort import simulate_cohort
from spinegrader.simulate.scanner.config import AcquisitionConfig
from tests.test_main_job import until

SIZE = AcquisitionConfig(slices=5, rows=64, columns=64, samples_per_slice=1)
LONG = "x" * 200
NEW_UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")


@pytest.fixture(scope="module")
def cohort(tmp_path_factory) -> Path:
    """Two people; a text file beside their images, which end in .json and in nothing."""
    folder = tmp_path_factory.mktemp("cohort") / "dicom"
    simulate_cohort(folder, 2, 0, 5, config=SIZE)
    return folder


@pytest.fixture(scope="module")
def images(cohort) -> Path:
    """All images of the first person and nothing else."""
    return sorted(item for item in cohort.iterdir() if item.is_dir())[0]


@pytest.fixture(scope="module")
def elsewhere(images, tmp_path_factory) -> Path:
    """The same images from another hospital."""
    folder = tmp_path_factory.mktemp("elsewhere")
    for number, file in enumerate(sorted(item for item in images.rglob("*") if item.is_file())):
        dataset = pydicom.dcmread(file)
        dataset.PatientID = "B-77"
        for keyword in NEW_UIDS:
            setattr(dataset, keyword, f"{dataset[keyword].value}.7")
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.save_as(folder / f"{number}")
    return folder


@pytest.fixture(scope="module")
def report(cohort, tmp_path_factory) -> ImportReport:
    """Of a real import of both people."""
    session = Session.open_or_create(tmp_path_factory.mktemp("report") / "project", "Dr A")
    made = import_paths(session, [cohort])
    session.close()
    close_sandboxes()
    return made


@pytest.fixture
def window(qtbot):
    opened = MainWindow(Settings(reader="Dr A", finds_vertebrae=False))
    qtbot.addWidget(opened)
    opened.said, opened.errors, opened.reports = [], [], []
    opened.workbench.notified.connect(opened.said.append)
    opened.workbench.failed.connect(opened.errors.append)
    opened.imports.finished.connect(opened.reports.append)
    with qtbot.waitExposed(opened):
        opened.show()
    yield opened
    opened.close()


@pytest.fixture
def empty(window, tmp_path):
    """The window with an empty project."""
    assert window.projects.make(tmp_path / "project")
    return window


@pytest.fixture
def shown(qtbot, report, tmp_path):
    """Opens the dialog of a report like the real one."""

    def show(*, identity_hidden=False, **changes):
        made = replace(report, **changes)
        dialog = ImportReportDialog(made, tmp_path, identity_hidden=identity_hidden)
        qtbot.addWidget(dialog)
        with qtbot.waitExposed(dialog):
            dialog.show()
        return dialog

    return show


def import_and_wait(window, *paths):
    before = len(window.reports)
    window.imports.take(list(paths))
    until(lambda: len(window.reports) > before or window.errors)
    assert window.errors == []
    # The look for the same person follows it.
    until(lambda: not window.workbench.quick_lane.is_busy)
    return window.reports[-1]


def files_of(folder):
    """Every file and folder, with what a file holds."""
    return {
        item.relative_to(folder): item.read_bytes() if item.is_file() else None
        for item in folder.rglob("*")
    }


def tree_called(dialog, title):
    for place in range(dialog.tabs.count()):
        if dialog.tabs.tabText(place).startswith(title):
            dialog.tabs.setCurrentIndex(place)
            return dialog.tabs.widget(place)
    raise AssertionError(f"no tab {title}")


# -- what the window says ---------------------------------------------------------------------


def test_a_line_says_what_came_in_and_a_bar_what_was_skipped(empty, images, cohort):
    made = import_and_wait(empty, images)
    assert made.skipped == ()
    assert empty.said == [made.sentence()]
    assert not empty.import_notices.report.isVisible()
    in_front = empty.workbench.study_uid
    assert in_front == made.studies[0].uid
    made = import_and_wait(empty, cohort)
    assert empty.workbench.study_uid == in_front
    assert len(made.patients) == 1
    assert "1 file skipped" in empty.import_notices.report.text
    assert empty.findChildren(ImportReportDialog) == []
    empty.import_notices.report.offer.click()
    (dialog,) = empty.findChildren(ImportReportDialog)
    assert dialog.isVisible()
    assert not empty.import_notices.report.isVisible()
    empty.window_actions["close_project"].trigger()
    until(lambda: empty.findChildren(ImportReportDialog) == [])


def test_the_images_are_asked_for_before_the_project(window, images, monkeypatch):
    asked = []

    def answer(parent, title, *_):
        asked.append(title)
        return str(images) if len(asked) == 1 else ""

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", answer)
    window.welcome.import_requested.emit()
    assert [title.split()[0] for title in asked] == ["Import", "Choose"]
    assert window.pages.currentWidget() is window.welcome
    assert window.errors == []


def test_a_drop_without_a_project_makes_one(window, images, tmp_path, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "new"))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(images))])
    copy, left, none = (
        Qt.DropAction.CopyAction,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    enter = QDragEnterEvent(QPoint(400, 300), copy, data, left, none)
    window.dragEnterEvent(enter)
    assert enter.isAccepted()
    window.dropEvent(QDropEvent(QPointF(400, 300), copy, data, left, none))
    until(lambda: window.reports or window.errors)
    session = window.workbench.session
    assert session.store.folder == tmp_path / "new"
    assert len(session.state.series) == len(window.reports[0].taken) > 0
    until(lambda: not window.workbench.quick_lane.is_busy)


def test_only_files_can_be_dropped(empty):
    data = QMimeData()
    data.setText("https://example.org/")
    enter = QDragEnterEvent(
        QPoint(400, 300),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    enter.ignore()
    empty.dragEnterEvent(enter)
    assert not enter.isAccepted()


# -- what it leaves alone ---------------------------------------------------------------------


def test_one_import_at_a_time_and_a_cancelled_one_leaves_nothing(empty, cohort):
    folder = empty.workbench.session.store.folder
    before = files_of(folder)
    job = empty.imports.start([cohort])
    assert empty.imports.start([cohort]) is None
    assert "An import is running" in empty.said[-1]
    job.request_stop()
    until(lambda: empty.said[-1].startswith("The import was cancelled"))
    assert files_of(folder) == before
    assert not empty.workbench.session.state.patients


def test_closing_in_the_middle_asks_and_leaves_nothing(empty, cohort, monkeypatch):
    folder = empty.workbench.session.store.folder
    asked = []

    def question(parent, title, text):
        asked.append(text)
        return QMessageBox.StandardButton.Yes

    monkeypatch.setattr(QMessageBox, "question", question)
    before = files_of(folder / "pixels") | files_of(folder / "cache")
    empty.imports.start([cohort])
    assert empty.close()
    assert asked == ["Import: still running. Stop and close? The project stays as it was."]
    assert files_of(folder / "pixels") | files_of(folder / "cache") == before


def test_what_is_read_for_one_project_never_reaches_another(empty, images, tmp_path):
    first = empty.workbench.session.store.folder
    job = empty.imports.start([images])
    # Read to its end, before the window hears of it.
    while not job.is_over:
        QTest.qSleep(5)
    assert empty.projects.make(tmp_path / "another")
    assert job.stop_requested
    until(lambda: not empty.workbench.quick_lane.is_busy)
    QTest.qWait(50)
    assert empty.errors == []
    assert empty.reports == []
    assert not empty.workbench.session.state.series
    assert list((first / "cache").iterdir()) == []
    assert list((first / "pixels").iterdir()) == []


def test_nothing_to_import_is_said_and_changes_nothing(empty, tmp_path):
    (tmp_path / "junk").mkdir()
    (tmp_path / "junk" / "letter.txt").write_text("Dear colleague")
    before = files_of(empty.workbench.session.store.folder)
    empty.imports.take([tmp_path / "junk"])
    until(lambda: empty.errors)
    assert empty.banner.isVisible()
    assert "junk" in empty.banner.text
    assert files_of(empty.workbench.session.store.folder) == before
    assert not empty.window_actions["import_report"].isEnabled()


# -- the same person --------------------------------------------------------------------------


def test_a_merge_is_undone_by_key_wherever_the_keyboard_is(empty, images, elsewhere):
    import_and_wait(empty, images)
    import_and_wait(empty, elsewhere)
    state = empty.workbench.session.state
    until(empty.import_notices.same_person.isVisible)
    assert len(state.people()) == 2
    empty.import_notices.same_person.offer.setFocus()
    empty.import_notices.same_person.offer.click()
    assert empty.focusWidget() is empty.read_page.viewer
    (dialog,) = empty.findChildren(SamePersonDialog)
    dialog.merge_button.click()
    assert len(state.people()) == 1
    assert empty.said[-1] == "Merged. Undo takes it back."
    search = empty.read_page.work_list.search
    empty.activateWindow()
    until(empty.isActiveWindow)
    search.setFocus()
    QTest.keyClick(search, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(state.people()) == 2
    QTest.keyClicks(search, "Smi")
    QTest.keyClick(search, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert search.text() != "Smi"
    assert len(state.people()) == 2


# -- the project's choices --------------------------------------------------------------------


def test_choices_say_what_they_do_and_are_kept_in_the_project(empty):
    link, hide = (empty.window_actions[name] for name in ("link_on_import", "deidentify_on_import"))
    link.trigger()
    assert link.isChecked()
    assert "must stay where they are" in empty.said[-1]
    hide.trigger()
    assert hide.isChecked()
    assert "already stays as it is" in empty.said[-1]
    assert not link.isChecked()
    assert not link.isEnabled()
    folder = empty.workbench.session.store.folder
    empty.window_actions["close_project"].trigger()
    assert not hide.isChecked()
    assert not hide.isEnabled()
    assert empty.projects.open(folder)
    assert hide.isChecked()
    hide.trigger()
    assert not hide.isChecked()
    assert link.isEnabled()


def test_a_choice_that_is_refused_keeps_its_tick(empty, monkeypatch, tmp_path):
    blocked = tmp_path / "a file, no folder"
    blocked.write_text("")
    monkeypatch.setenv("XDG_DATA_HOME", str(blocked))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(blocked))
    hide = empty.window_actions["deidentify_on_import"]
    hide.trigger()
    assert empty.banner.isVisible()
    assert not hide.isChecked()


def test_menus_have_letters_of_their_own(window):
    for menu in (window.menuBar(), *window._menus.values()):
        texts = [action.text() for action in menu.actions() if "&" in action.text()]
        letters = [text[text.index("&") + 1].casefold() for text in texts]
        assert len(letters) == len(set(letters)), texts


# -- the report -------------------------------------------------------------------------------


def test_the_report_lists_series_by_patient_and_every_file(shown, report):
    dialog = shown()
    texts = " ".join(label.text() for label in dialog.findChildren(QLabel))
    assert f"{report.files_seen} files seen" in texts
    assert "2 studies of 2 patients" in texts
    rows = opened_rows(tree_called(dialog, "Came in"))
    assert {row.text(1) for row in rows} == {patient.id for patient in report.patients}
    assert sum(row.childCount() for row in rows) == report.files_taken


def test_sixty_thousand_skipped_files_can_all_be_reached(shown, report):
    skipped = tuple(
        Skipped(f"disc/{number // 1000}/{number:06}{LONG}", f"Reason {number % 3}.")
        for number in range(60_000)
    )
    dialog = shown(skipped=skipped, files_seen=60_000 + report.files_taken)
    tree = tree_called(dialog, "Skipped (60000)")
    rows = opened_rows(tree)
    assert [row.childCount() for row in rows] == [20_000] * 3
    tree.setCurrentItem(rows[2].child(19_999))
    assert dialog.detail.toPlainText() == skipped[-1].path
    assert dialog.width() < 1100


def test_forty_remarks_scroll(shown):
    remarks = tuple(f"Series {number}: {'a long remark ' * 12}" for number in range(40))
    dialog = shown(warnings=remarks)
    assert dialog.height() < 700
    tree_called(dialog, "Remarks (40)")
    assert dialog.remarks.verticalScrollBar().maximum() > 0
    assert all(remark in dialog.remarks.toPlainText() for remark in remarks)


def test_hidden_identity_leaves_counts_and_reasons(shown, report):
    remark = f"File {report.taken[0].files[0]} lies far from the others."
    dialog = shown(identity_hidden=True, warnings=(remark,))
    identifying = {patient.id for patient in report.patients}
    identifying |= {str(study.date) for study in report.studies}
    identifying |= {Path(file).name for item in report.taken for file in item.files}
    seen = texts_in_sight(dialog)
    assert "Sagittal T2" in seen
    assert not identifying & seen
    assert remark not in dialog.remarks.toPlainText()
    dialog.hide_identity(False)
    assert identifying <= texts_in_sight(dialog)
    assert remark in dialog.remarks.toPlainText()


def texts_in_sight(dialog):
    seen = {dialog.detail.toPlainText()}
    for tree in dialog.findChildren(ReportTree):
        columns = [
            number for number in range(tree.columnCount()) if not tree.isColumnHidden(number)
        ]
        for row in opened_rows(tree):
            seen |= {row.text(column) for column in columns}
            seen |= {Path(row.child(number).text(0)).name for number in range(row.childCount())}
    return seen


def opened_rows(tree):
    rows = [tree.topLevelItem(number) for number in range(tree.topLevelItemCount())]
    for row in rows:
        row.setExpanded(True)
    return rows


def test_the_saved_report_adds_up(shown, report, tmp_path):
    dialog = shown()
    dialog.save(tmp_path / "report.json")
    kept = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert kept["files_seen"] == report.files_seen
    counts = [kept[name] for name in ("files_taken", "files_already_there", "files_skipped")]
    assert sum(counts) == kept["files_seen"]
    failures = []
    dialog.failed.connect(failures.append)
    dialog.save(tmp_path / "nowhere" / "report.json")
    assert "choose another place" in failures[0].message
