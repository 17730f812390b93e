"""Putting the vertebrae of another tool's label map on the series in front."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from spinegrader.domain.study import Series
from spinegrader.gui.workbench import Workbench
from spinegrader.imaging.mask_conventions import Convention
from spinegrader.services.jobs import Job, JobState
from spinegrader.services.masks import MaskReport, apply_mask, has_confirmed_overlay, read_mask
from spinegrader.services.wording import series_title
from spinegrader.texts import for_translation, translate

_WIDTH = 560
_FILES = for_translation("Label maps (*.nii *.nii.gz *.mha *.mhd *.nrrd *.nhdr);;All files (*)")
_READING = for_translation("Reading the label map…")


class ImportMaskDialog(QDialog):
    """Asks for a file, says what is in it, and puts it on the series when told to."""

    imported = Signal(object)
    """The vertebrae were put on the series: ``MaskReport``."""

    def __init__(self, workbench: Workbench, series: Series, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("Import label map"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH)
        self._workbench = workbench
        self._series = series
        self._job: Job | None = None
        self._report: MaskReport | None = None
        self.file = QLineEdit()
        self.file.setReadOnly(True)
        self.file.setAccessibleName(translate("Label map"))
        self.file.setPlaceholderText(translate("NIfTI, MHA, MHD or NRRD"))
        self.browse = QPushButton(translate("Choose…"))
        self.convention = QComboBox()
        self.convention.setAccessibleName(translate("Made by"))
        self.convention.addItem(translate("Tell by its labels"), None)
        for item in Convention:
            self.convention.addItem(item.tool, item.value)
        self.finding = QLabel()
        self.finding.setWordWrap(True)
        self.finding.setTextFormat(Qt.TextFormat.PlainText)
        self.finding.setAccessibleName(translate("What the label map holds"))
        self.replace_confirmed = QCheckBox(
            translate("Replace the confirmed vertebrae on this series")
        )
        self.replace_confirmed.setVisible(has_confirmed_overlay(workbench.session, series.uid))
        self.import_button = QPushButton(translate("Import"))
        self._lay_out()
        self.browse.clicked.connect(self._ask_file)
        self.convention.activated.connect(self._read)
        self.replace_confirmed.toggled.connect(self._refresh)
        self.import_button.clicked.connect(self._import)
        self.finished.connect(self._give_up)
        workbench.job_changed.connect(self._on_job)
        workbench.project_changed.connect(self.reject)
        self._path: Path | None = None
        self._refresh()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.file, 1)
        row.addWidget(self.browse)
        form = QFormLayout()
        told = (series_title(self._series), self._series.description)
        series = QLabel(" · ".join(text for text in told if text))
        series.setTextFormat(Qt.TextFormat.PlainText)
        form.addRow(translate("Series"), series)
        form.addRow(translate("Label map"), row)
        form.addRow(translate("Made by"), self.convention)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(self.import_button, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self.finding)
        column.addWidget(self.replace_confirmed)
        column.addStretch(1)
        column.addWidget(buttons)

    def _ask_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self, translate("Choose a label map"), "", translate(_FILES)
        )
        if name:
            self.choose(Path(name))

    def choose(self, path: Path) -> None:
        """Takes a file and says what is in it, as soon as it has been read."""
        self._path = path
        self.file.setText(path.name)
        self._read()

    def _read(self) -> None:
        if self._path is None:
            return
        self._give_up()
        series, path = self._series, self._path
        told = self.convention.currentData()
        convention = Convention(told) if told else None
        self._report = None
        self.finding.setText(translate(_READING))
        self._job = Job(
            translate("Reading a label map"),
            lambda _, stop: read_mask(series, path, convention, stop),
        )
        self._refresh()
        self._workbench.start_quick_job(self._job)

    def _give_up(self) -> None:
        if self._job is not None:
            self._job.request_stop()
            self._job = None

    def _on_job(self, job: Job) -> None:
        if job is not self._job or not job.is_over:
            return
        self._job = None
        if job.state is JobState.FAILED and job.error is not None:
            self.finding.setText(job.error.message)
        elif isinstance(job.result, MaskReport):
            self._report = job.result
            self.finding.setText("\n".join([job.result.sentence(), *job.result.warnings]))
        self._refresh()

    def _refresh(self) -> None:
        may_replace = self.replace_confirmed.isHidden() or self.replace_confirmed.isChecked()
        self.import_button.setEnabled(self._report is not None and may_replace)

    def _import(self) -> None:
        report = self._report
        if report is None:
            return
        session, replace = self._workbench.session, self.replace_confirmed.isChecked()
        if self._workbench.attempt(lambda: apply_mask(session, report, replace_confirmed=replace)):
            further = translate("Look at them, then confirm.")
            self._workbench.notified.emit(f"{report.sentence()} {further}")
            self.imported.emit(report)
            self.accept()
