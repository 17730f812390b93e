"""What an import did: what came in, what was skipped and why, file by file."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QPlainTextEdit,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from spinegrader.domain.study import Study
from spinegrader.durable import write_durably
from spinegrader.errors import InputError
from spinegrader.gui.panels.report_tree import ReportRow, ReportTree
from spinegrader.services.import_report import ImportReport, Taken
from spinegrader.services.settings import Settings
from spinegrader.services.wording import counted

_SERIES_HEADINGS = (
    "Series", "Patient", "Date", "Description", "Slices", "Pixel, slice distance (mm)", "Files",
)  # fmt: skip
_IDENTIFYING_COLUMNS = (1, 2, 3)
_REASON_HEADINGS = ("Why", "Files")
_DETAIL_LINES = 3
_HIDDEN_REMARKS = "Remarks name files, which may name patients: show identity to read them."


class ImportReportDialog(QDialog):
    """Shows an import's report; non-modal, so that reading can begin.

    Args:
        report: What the import did.
        project: The project's folder, which a saved report names.
        identity_hidden: Whether patients, dates and file names stay out of sight.
        parent: The window.
    """

    failed = Signal(object)
    """The report could not be saved: ``InputError``."""

    def __init__(
        self,
        report: ImportReport,
        project: Path,
        *,
        identity_hidden: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Import report")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(980, 600)
        self._report, self._project = report, project
        self._identity_hidden = False
        self.tabs = QTabWidget()
        self.detail = _detail_line()
        self.remarks = QPlainTextEdit()
        self.remarks.setReadOnly(True)
        self.remarks.setAccessibleName("Remarks")
        self._add_tabs()
        self._lay_out()
        self.tabs.currentChanged.connect(self._on_tab)
        self.hide_identity(identity_hidden)

    def _add_tabs(self) -> None:
        report = self._report
        for title, taken in (("Came in", report.taken), ("Already there", report.already_there)):
            if taken:
                name, rows = f"{title} ({len(taken)})", self._series_rows(taken)
                self._add_tree(ReportTree(name, _SERIES_HEADINGS, rows, _IDENTIFYING_COLUMNS))
        if report.skipped:
            reasons = report.by_reason().items()
            rows = [ReportRow((reason, str(len(files))), files) for reason, files in reasons]
            self._add_tree(ReportTree(f"Skipped ({len(report.skipped)})", _REASON_HEADINGS, rows))
        if report.warnings:
            self.tabs.addTab(self.remarks, f"Remarks ({len(report.warnings)})")

    def _add_tree(self, tree: ReportTree) -> None:
        tree.whole_text.connect(self.detail.setPlainText)
        self.tabs.addTab(tree, tree.accessibleName())

    def _lay_out(self) -> None:
        heading = QLabel(_heading(self._report))
        font = heading.font()
        font.setBold(True)
        heading.setFont(font)
        counts = QLabel(_counts(self._report))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        save = buttons.addButton("&Save report…", QDialogButtonBox.ButtonRole.ActionRole)
        save.clicked.connect(self._ask_save)
        buttons.rejected.connect(self.close)
        column = QVBoxLayout(self)
        for label in (heading, counts):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(label)
        column.addWidget(self.tabs, 1)
        column.addWidget(self.detail)
        column.addWidget(buttons)

    def hide_identity(self, hidden: bool) -> None:
        """Takes patients, dates and the names of files out of sight, or brings them back."""
        for tree in self.tabs.findChildren(ReportTree):
            if hidden is not self._identity_hidden:
                tree.hide_identity(hidden)
        self._identity_hidden = hidden
        told = "\n\n".join(f"• {warning}" for warning in self._report.warnings)
        self.remarks.setPlainText(_HIDDEN_REMARKS if hidden else told)

    def follow_settings(self, settings: Settings) -> None:
        """Shows or hides identity as the person at this computer wishes."""
        self.hide_identity(settings.identity_hidden)

    # -- saving ---------------------------------------------------------------------------------

    def save(self, path: Path) -> None:
        """Writes the report as JSON."""
        text = json.dumps(self._report.as_json(self._project), ensure_ascii=False, indent=1)
        try:
            write_durably(path, text.encode(errors="backslashreplace"))
        except OSError as error:
            self.failed.emit(
                InputError(f"{path.name} was not written ({error.strerror}): choose another place.")
            )

    def _ask_save(self) -> None:
        file, _ = QFileDialog.getSaveFileName(
            self, "Save the report", "import-report.json", "JSON (*.json)"
        )
        if file:
            self.save(Path(file))

    # -- what is listed -------------------------------------------------------------------------

    def _series_rows(self, taken: Sequence[Taken]) -> list[ReportRow]:
        report = self._report
        studies = {study.uid: study for study in (*report.known_studies, *report.studies)}
        return [
            ReportRow(tuple(_series_texts(item, studies.get(item.series.study_uid))), item.files)
            for item in taken
        ]

    def _on_tab(self, *_: object) -> None:
        page = self.tabs.currentWidget()
        self.detail.setVisible(isinstance(page, ReportTree))
        item = page.currentItem() if isinstance(page, ReportTree) else None
        self.detail.setPlainText(item.text(0) if item else "")


def _series_texts(item: Taken, study: Study | None) -> Iterator[str]:
    series = item.series
    yield series.title
    yield study.patient_id if study else ""
    yield str(study.date or "no date") if study else ""
    yield series.description
    yield str(series.slice_count)
    yield " × ".join(f"{value:.2f}" for value in series.geometry.spacing_mm)
    yield str(len(item.files))


def _heading(report: ImportReport) -> str:
    if not report.taken:
        return "Nothing new came in."
    patients = counted(len(report.patients), "patient", "patients")
    studies = counted(len(report.studies), "study", "studies")
    series = counted(len(report.taken), "series", "series")
    return f"{series} came in: {studies} of {patients}."


def _counts(report: ImportReport) -> str:
    return (
        f"{counted(report.files_seen, 'file', 'files')} seen: {report.files_taken} came in,"
        f" {report.files_already_there} already there, {len(report.skipped)} skipped."
    )


def _detail_line() -> QPlainTextEdit:
    detail = QPlainTextEdit()
    detail.setReadOnly(True)
    detail.setAccessibleName("The row in focus")
    detail.setPlaceholderText("Choose a row to read all of it.")
    detail.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    margins = round(2 * (detail.document().documentMargin() + detail.frameWidth()))
    detail.setFixedHeight(detail.fontMetrics().lineSpacing() * _DETAIL_LINES + margins)
    return detail
