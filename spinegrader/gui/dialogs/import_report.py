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
from spinegrader.services.wording import counted, series_title
from spinegrader.texts import for_translation, translate

_SERIES_HEADINGS = (
    for_translation("Series"),
    for_translation("Patient"),
    for_translation("Date"),
    for_translation("Description"),
    for_translation("Slices"),
    for_translation("Pixel, slice distance (mm)"),
    for_translation("Files"),
)
_IDENTIFYING_COLUMNS = (1, 2, 3)
_REASON_HEADINGS = (for_translation("Why"), for_translation("Files"))
_DETAIL_LINES = 3
_HIDDEN_REMARKS = for_translation(
    "Remarks name files, which may name patients: show identity to read them."
)


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
        self.setWindowTitle(translate("Import report"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(980, 600)
        self._report, self._project = report, project
        self._identity_hidden = False
        self.tabs = QTabWidget()
        self.detail = _detail_line()
        self.remarks = QPlainTextEdit()
        self.remarks.setReadOnly(True)
        self.remarks.setAccessibleName(translate("Remarks"))
        self._add_tabs()
        self._lay_out()
        self.tabs.currentChanged.connect(self._on_tab)
        self.hide_identity(identity_hidden)

    def _add_tabs(self) -> None:
        report = self._report
        for title, taken in (
            (translate("Came in"), report.taken),
            (translate("Already there"), report.already_there),
        ):
            if taken:
                name, rows = f"{title} ({len(taken)})", self._series_rows(taken)
                self._add_tree(ReportTree(name, _SERIES_HEADINGS, rows, _IDENTIFYING_COLUMNS))
        if report.skipped:
            reasons = report.by_reason().items()
            rows = [ReportRow((reason, str(len(files))), files) for reason, files in reasons]
            self._add_tree(
                ReportTree(
                    translate("Skipped ({count})").format(count=len(report.skipped)),
                    _REASON_HEADINGS,
                    rows,
                )
            )
        if report.warnings:
            self.tabs.addTab(
                self.remarks,
                translate("Remarks ({count})").format(count=len(report.warnings)),
            )

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
        save = buttons.addButton(translate("&Save report…"), QDialogButtonBox.ButtonRole.ActionRole)
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
        self.remarks.setPlainText(translate(_HIDDEN_REMARKS) if hidden else told)

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
                InputError(
                    translate("{name} was not written ({cause}): choose another place.").format(
                        name=path.name, cause=error.strerror
                    )
                )
            )

    def _ask_save(self) -> None:
        file, _ = QFileDialog.getSaveFileName(
            self, translate("Save the report"), "import-report.json", translate("JSON (*.json)")
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
    yield series_title(series)
    yield study.patient_id if study else ""
    yield str(study.date or translate("no date")) if study else ""
    yield series.description
    yield str(series.slice_count)
    yield " × ".join(f"{value:.2f}" for value in series.geometry.spacing_mm)
    yield str(len(item.files))


def _heading(report: ImportReport) -> str:
    if not report.taken:
        return translate("Nothing new came in.")
    patients = counted(len(report.patients), "patient", "patients")
    studies = counted(len(report.studies), "study", "studies")
    series = counted(len(report.taken), "series", "series")
    return translate("{series} came in: {studies} of {patients}.").format(
        series=series, studies=studies, patients=patients
    )


def _counts(report: ImportReport) -> str:
    return translate(
        "{files} seen: {files_taken} came in, {files_already_there} already there, "
        "{skipped} skipped."
    ).format(
        files=counted(report.files_seen, "file", "files"),
        files_taken=report.files_taken,
        files_already_there=report.files_already_there,
        skipped=len(report.skipped),
    )


def _detail_line() -> QPlainTextEdit:
    detail = QPlainTextEdit()
    detail.setReadOnly(True)
    detail.setAccessibleName(translate("The row in focus"))
    detail.setPlaceholderText(translate("Choose a row to read all of it."))
    detail.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    margins = round(2 * (detail.document().documentMargin() + detail.frameWidth()))
    detail.setFixedHeight(detail.fontMetrics().lineSpacing() * _DETAIL_LINES + margins)
    return detail
