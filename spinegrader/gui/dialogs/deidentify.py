"""De-identified copies of a folder: from where, to where, and what was done."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from spinegrader.gui.workbench import Workbench
from spinegrader.services.deidentifying import (
    Deidentification,
    DeidentifyReport,
    TextInPictures,
    deidentify,
)
from spinegrader.services.jobs import Job, JobState
from spinegrader.services.pseudonym_keys import own_key_file, read_or_make_key
from spinegrader.texts import for_translation, translate

_PURPOSE = for_translation(
    "Writes copies of MR images without names, numbers and dates that tell whose they are."
    " The same person gets the same pseudonym each time, by a secret key that stays on this"
    " computer."
)


class DeidentifyDialog(QDialog):
    """Asks, starts the job beside the window, and comes back with its report."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("De-identify a folder"))
        self.resize(620, 360)
        self._workbench = workbench
        self.job: Job | None = None
        self.source, self.target = QLineEdit(), QLineEdit()
        self.source.setAccessibleName(translate("Folder with images"))
        self.target.setAccessibleName(translate("New folder for the copies"))
        self.keep = QCheckBox(
            translate("Also copy pictures that may show a name (screen shots, burned-in text)")
        )
        self.start_button = QPushButton(translate("Start"))
        self.start_button.setDefault(True)
        self.outcome = QPlainTextEdit()
        self.outcome.setReadOnly(True)
        self.outcome.setAccessibleName(translate("What was done"))
        self.outcome.hide()
        self._lay_out()
        for line in (self.source, self.target):
            line.textChanged.connect(self._refresh)
        self.start_button.clicked.connect(self.start)
        workbench.job_changed.connect(self._on_job)
        self._refresh()

    def _lay_out(self) -> None:
        words = QLabel(translate(_PURPOSE))
        words.setWordWrap(True)
        form = QFormLayout()
        form.addRow(
            translate("Images:"), self._with_chooser(self.source, translate("Folder with images"))
        )
        form.addRow(
            translate("Copies:"),
            self._with_chooser(self.target, translate("New folder for the copies")),
        )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.start_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(words)
        column.addLayout(form)
        column.addWidget(self.keep)
        column.addWidget(self.outcome, 1)
        column.addStretch(0)
        column.addWidget(buttons)

    def _with_chooser(self, line: QLineEdit, title: str) -> QHBoxLayout:
        button = QPushButton(translate("Choose…"))
        button.setAutoDefault(False)
        button.clicked.connect(lambda: self._choose(line, title))
        row = QHBoxLayout()
        row.addWidget(line, 1)
        row.addWidget(button)
        return row

    def _choose(self, line: QLineEdit, title: str) -> None:
        folder = QFileDialog.getExistingDirectory(self, title, line.text())
        if folder:
            line.setText(folder)

    def _refresh(self) -> None:
        is_running = self.job is not None and not self.job.is_over
        is_told = bool(self.source.text().strip() and self.target.text().strip())
        self.start_button.setEnabled(is_told and not is_running)
        for widget in (self.source, self.target, self.keep):
            widget.setEnabled(not is_running)

    def start(self) -> None:
        """Queues the job; its progress stands below in the window."""
        choice = TextInPictures.KEEP if self.keep.isChecked() else TextInPictures.SKIP
        paths, folder = [Path(self.source.text().strip())], Path(self.target.text().strip())

        def work(
            emit: Callable[[object], None], stop_requested: Callable[[], bool]
        ) -> DeidentifyReport:
            key = read_or_make_key(own_key_file())
            return deidentify(Deidentification(paths, folder, key, choice), emit, stop_requested)

        self.job = Job(translate("De-identification"), work)
        self._workbench.start_quick_job(self.job)
        self._tell(translate("De-identifying; you can close this: it comes back when it is done."))
        self._refresh()

    def _on_job(self, job: Job) -> None:
        if job is not self.job or not job.is_over:
            return
        if job.error is not None:
            details = [f"{name}: {text}" for name, text in job.error.context.items()]
            self._tell("\n".join([job.error.message, *details]))
        elif job.state is JobState.STOPPED:
            self._tell(translate("Cancelled. The copies that are there already are complete."))
        elif isinstance(job.result, DeidentifyReport):
            report = job.result
            skipped = [f"{item.path}: {item.reason}" for item in report.skipped]
            self._tell("\n".join([report.sentence(), *report.warnings, *skipped]))
        self._refresh()
        self.show()

    def _tell(self, text: str) -> None:
        self.outcome.setPlainText(text)
        self.outcome.show()
