"""The line above the pages: which workspace, which study, which reader."""

from collections.abc import Sequence
from datetime import date

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from spinegrader.gui.workbench import Workbench
from spinegrader.services.reading import study_progress


class HeadBar(QWidget):
    """Tabs of the workspaces, the study in front and the reader."""

    def __init__(self, workbench: Workbench, pages: Sequence[QAction]) -> None:
        super().__init__()
        self._workbench = workbench
        self._mode = "blinded"
        self._shows_study = True
        self._study = QLabel()
        self._study.setAccessibleName("Study in front")
        self._reader = QLabel()
        self._reader.setAccessibleName("Reader")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 12, 4)
        for action in pages:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setMinimumWidth(90)
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self._study)
        row.addStretch(1)
        row.addWidget(self._reader)
        for signal in (
            workbench.project_changed,
            workbench.changed,
            workbench.study_changed,
            workbench.settings_changed,
        ):
            signal.connect(self.refresh)

    def refresh(self, *_: object) -> None:
        """Reads everything anew."""
        self.setVisible(self._workbench.has_session)
        self._study.setText(self._study_text())
        if self._workbench.has_session:
            self._reader.setText(f"{self._workbench.session.reader} · {self._mode}")

    def show_mode(self, mode: str, *, shows_study: bool) -> None:
        """Says whether predictions are in sight (“blinded” or “assisted”), and which study."""
        self._mode = mode
        self._shows_study = shows_study
        hidden = mode == "blinded"
        sight = "Predictions stay out of sight here." if hidden else "Predictions are in sight."
        self._reader.setToolTip(f"Grades are kept under this name. {sight}")
        self.refresh()

    def _study_text(self) -> str:
        # In Review the focused row says whose disc it is; Models is about nobody.
        in_front = self._workbench.has_session and self._shows_study
        if not in_front or not self._workbench.study_uid:
            return ""
        state = self._workbench.session.state
        study = state.studies[self._workbench.study_uid]
        patient = state.patient_of(study.uid)
        progress = study_progress(self._workbench.session, study.uid)
        graded = f"{progress.answered} of {progress.total} answered"
        if self._workbench.settings.identity_hidden:
            return f"Identity hidden  ·  {graded}"
        parts = [patient.id]
        if study.date is not None:
            parts.append(study.date.isoformat())
            if patient.birth_date is not None:
                parts.append(f"{_age_years(patient.birth_date, study.date)} years")
        if patient.sex:
            parts.append(patient.sex)
        return "  ·  ".join([*parts, graded])


def _age_years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
