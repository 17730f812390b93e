"""The line above the pages: which workspace, which study, which reader."""

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from spinegrader.gui.itemmodels.work_list_rows import DOUBT_SIGN, FLAG_SIGN, REPEAT_SIGN
from spinegrader.gui.workbench import Workbench
from spinegrader.services.doubts import doubt_words, doubtful_overlay
from spinegrader.services.flags import flagged_by, has_words
from spinegrader.services.progress import study_progress
from spinegrader.services.sight import flag_words, has_seen
from spinegrader.texts import for_translation, translate

_LONGEST_WORDS = 48
"""Letters of a flag that are shown; all of them stand in the tool tip."""
_HELD_BACK = for_translation("The words come in sight when you have read the study.")
_SEEN = for_translation(
    "You have seen other grades of this study: your answers to it are kept as assisted."
)


class HeadBar(QWidget):
    """Tabs of the workspaces, the study in front with its flag, and the reader."""

    def __init__(self, workbench: Workbench, pages: Sequence[QAction]) -> None:
        super().__init__()
        self._workbench = workbench
        self._mode = "blinded"
        self._shows_study = True
        self._study = QLabel()
        self._study.setAccessibleName(translate("Study in front"))
        self._flag = QLabel()
        self._flag.setAccessibleName(translate("Flag of the study in front"))
        self._flag.setTextFormat(Qt.TextFormat.PlainText)
        self._reader = QLabel()
        self._reader.setAccessibleName(translate("Reader"))
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 12, 4)
        for action in pages:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setMinimumWidth(90)
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self._study)
        row.addSpacing(12)
        row.addWidget(self._flag)
        row.addStretch(1)
        row.addWidget(self._reader)
        for signal in (
            workbench.project_changed,
            workbench.changed,
            workbench.study_changed,
            workbench.series_changed,
            workbench.settings_changed,
        ):
            signal.connect(self.refresh)

    def refresh(self, *_: object) -> None:
        """Reads everything anew."""
        self.setVisible(self._workbench.has_session)
        self._study.setText(self._study_text())
        self._show_flag()
        if self._workbench.has_session:
            self._show_reader()

    def show_mode(self, mode: str, *, shows_study: bool) -> None:
        """Says whether predictions are in sight (“blinded” or “assisted”), and which study."""
        self._mode = mode
        self._shows_study = shows_study
        self.refresh()

    def _show_reader(self) -> None:
        mode, sight = self._mode, translate("Predictions are in sight.")
        if mode == "blinded":
            sight = translate("Predictions stay out of sight here.")
            study_uid = self._study_in_front
            if study_uid and has_seen(self._workbench.session, study_uid):
                mode, sight = "assisted", translate(_SEEN)
        self._reader.setText(f"{self._workbench.session.reader} · {translate(mode)}")
        self._reader.setToolTip(translate("Grades are kept under this name.") + f" {sight}")

    @property
    def _study_in_front(self) -> str:
        # In Review the focused row says whose disc it is; Models is about nobody.
        return self._workbench.study_uid if self._shows_study else ""

    def _show_flag(self) -> None:
        by = None
        if self._workbench.has_session and self._study_in_front:
            by = flagged_by(self._workbench.session, self._study_in_front)
        self._flag.setVisible(by is not None)
        if by is None:
            return
        words: list[str] = []
        session, study_uid = self._workbench.session, self._study_in_front
        # Reading another reader's words is recorded first: where that fails, none are shown.
        self._workbench.attempt(lambda: words.append(flag_words(session, study_uid)))
        text = "".join(words)
        shown = text if len(text) <= _LONGEST_WORDS else f"{text[: _LONGEST_WORDS - 1]}…"
        shown = shown or translate("flagged")
        self._flag.setText(f"{FLAG_SIGN} {shown}")
        tip = text or (translate(_HELD_BACK) if has_words(session, study_uid) else "")
        flagged = translate("Flagged by {name}.").format(name=by)
        self._flag.setToolTip(f"{flagged} {tip}".rstrip())

    def _study_text(self) -> str:
        if not self._workbench.has_session or not self._study_in_front:
            return ""
        state = self._workbench.session.state
        study = state.studies[self._study_in_front]
        patient = state.patient_of(study.uid)
        progress = study_progress(self._workbench.session, study.uid)
        graded = translate("{answered} of {total} answered").format(
            answered=progress.answered, total=progress.total
        )
        if progress.reading > 1:
            repeat = translate("repeat, reading {number}").format(number=progress.reading)
            graded += f"  ·  {REPEAT_SIGN} {repeat}"
        doubtful = doubtful_overlay(self._workbench.session, study.uid, self._workbench.series_uid)
        if doubtful is not None:
            words = translate("doubtful numbering: {doubt}").format(doubt=doubt_words(doubtful))
            graded += f"  ·  {DOUBT_SIGN} {words}"
        if self._workbench.settings.identity_hidden:
            return translate("Identity hidden") + f"  ·  {graded}"
        parts = [patient.id]
        if study.date is not None:
            parts.append(study.date.isoformat())
            if patient.birth_date is not None:
                parts.append(
                    translate("{age} years").format(age=_age_years(patient.birth_date, study.date))
                )
        if patient.sex:
            parts.append(patient.sex)
        return "  ·  ".join([*parts, graded])


def _age_years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
