"""Where two readers differ: whose differences are asked for, and the discs as a list."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from spinegrader.domain.edits import Changes
from spinegrader.gui.agreement.cases_model import CasesModel
from spinegrader.gui.agreement.readers_bar import ReadersBar
from spinegrader.gui.key_rows import KeyRows
from spinegrader.gui.review.rows import study_titles
from spinegrader.gui.step_runner import StepRunner
from spinegrader.gui.training.notices import NoticeBox, secondary_label
from spinegrader.gui.workbench import Workbench
from spinegrader.services.adjudication import role_words
from spinegrader.services.differing import (
    Case,
    Cases,
    gather_cases,
    gather_readers,
    renewed_cases,
)
from spinegrader.services.items import Item
from spinegrader.texts import for_translation, translate, translate_count

_TWO = for_translation(
    "It takes the grades of two readers of the same studies: change the reader's name (Edit menu) "
    "for the second one."
)
_ALL_SAME = for_translation("These two readers say the same of every disc that both have answered.")
_ALL_SETTLED = for_translation("Every disc on which they differ has a final answer.")
_MOST_AT_ONCE = 20
"""Studies that are looked at anew in one go."""


class CasesList(QWidget):
    """Looks for the discs step by step, and follows what changes; nothing while hidden."""

    case_chosen = Signal(object)
    """The ``Case`` in focus: another one, or the same with other answers."""
    emptied = Signal(str)
    """No case is in focus: why."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._is_stale = True
        self._reader = ""
        self._is_identity_hidden = workbench.settings.identity_hidden
        self._found = Cases()
        self._titles: dict[str, str] = {}
        self._steps = StepRunner(workbench, self)
        self._steps.progressed.connect(self._say_how_far)
        self.readers = ReadersBar()
        self.readers.changed.connect(self._gather)
        self.readers.filtered.connect(self._list)
        self.note = secondary_label()
        self.held_back = NoticeBox()
        self.model = CasesModel(self)
        self.table = KeyRows(self.model, translate("Discs on which two readers differ"))
        self.table.selectionModel().currentRowChanged.connect(self._on_row)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 8, 0)
        column.addWidget(self.readers)
        column.addWidget(self.note)
        column.addWidget(self.held_back)
        column.addWidget(self.table, 1)
        workbench.project_changed.connect(self._start_anew)
        workbench.changed.connect(self._on_changes)
        workbench.settings_changed.connect(self._on_settings)

    # -- looking ----------------------------------------------------------------------------

    @property
    def is_looking(self) -> bool:
        """Whether the discs are being looked for."""
        return self._steps.is_running

    def reload(self) -> None:
        """Looks anew who has read something, and where they differ; later, if nobody sees it."""
        if not self.isVisible():
            self._is_stale = True
            return
        self._is_stale = False
        if self._workbench.has_session:
            self._reader = self._workbench.session.reader
            self._steps.run(gather_readers(self._workbench.session), self.readers.show_readers)
        else:
            self.readers.show_readers(())

    def _gather(self) -> None:
        if not self.isVisible():
            self._is_stale = True
            return
        asked = self.readers.asked
        if asked is None:
            self._steps.stop()
            self._take(Cases())
            self.note.setText(translate(_TWO))
            return
        self._steps.run(gather_cases(self._workbench.session, asked), self._take)

    def _say_how_far(self, share: float) -> None:
        words = translate("Looking where they differ: {percent:.0f} %")
        self.note.setText(words.format(percent=100 * share))

    def _take(self, found: Cases) -> None:
        self._found = found
        self.held_back.set_text(_held_back_words(len(found.held_back)))
        self._list()

    # -- listing ----------------------------------------------------------------------------

    def _list(self) -> None:
        focused = self.focused
        if not self._workbench.has_session:
            self._show_none(translate("Choose a row"))
            return
        only_open = self.readers.open_only.isChecked()
        shown = [case for case in self._found.cases if case.settled is None or not only_open]
        self._name_studies()
        session = self._workbench.session
        self.model.show_cases(shown, self._titles, session.scheme, session.reader)
        self.table.fit_columns()
        self._show_note()
        if not shown:
            self.emptied.emit(translate("Nothing to settle"))
            return
        at = -1 if focused is None else self.model.row_of(focused.study_uid, focused.item)
        if at < 0:
            at = next((at for at, case in enumerate(shown) if case.settled is None), 0)
        self.table.selectRow(at)

    def _show_none(self, why: str) -> None:
        self.model.show_cases([], {}, None)
        self.emptied.emit(why)

    def _name_studies(self) -> None:
        hidden = self._is_identity_hidden = self._workbench.settings.identity_hidden
        self._titles = study_titles(self._workbench.session, identity_hidden=hidden)

    def title_of(self, case: Case) -> str:
        """What the study of a case is called."""
        return self._titles.get(case.study_uid, "")

    def _show_note(self) -> None:
        asked = self.readers.asked
        if asked is None:
            return
        cases = self._found.cases
        still_open = sum(case.settled is None for case in cases)
        told = translate_count(
            "{number} disc to settle, {still_open} open.",
            "{number} discs to settle, {still_open} open.",
            len(cases),
        ).format(number=len(cases), still_open=still_open)
        if not cases and not self._found.held_back:
            told = translate(_ALL_SAME)
        elif cases and not still_open:
            told += " " + translate(_ALL_SETTLED)
        role = role_words(self._workbench.session, asked.first, asked.second)
        self.note.setText(f"{role} {told}")

    # -- focus ------------------------------------------------------------------------------

    @property
    def focused(self) -> Case | None:
        """The case in focus."""
        at = self.table.currentIndex().row()
        return self.model.cases[at] if 0 <= at < len(self.model.cases) else None

    def focus(self, study_uid: str, item: Item) -> None:
        """Brings a case into focus, if it is listed."""
        at = self.model.row_of(study_uid, item)
        if at >= 0:
            self.table.selectRow(at)

    def go_on(self) -> None:
        """Brings the next case into focus, if there is one."""
        at = self.table.currentIndex().row() + 1
        if at < len(self.model.cases):
            self.table.selectRow(at)

    def _on_row(self, current: QModelIndex) -> None:
        if current.isValid() and (case := self.focused) is not None:
            self.case_chosen.emit(case)

    # -- listening --------------------------------------------------------------------------

    def _start_anew(self) -> None:
        self._steps.stop()
        self._found = Cases()
        self._show_none(translate("Choose a row"))
        self.reload()

    def _on_changes(self, changes: Changes) -> None:
        if self._reader not in ("", self._workbench.session.reader):
            # What this reader may see is another matter.
            self._start_anew()
        elif not self.isVisible():
            self._is_stale = True
        elif changes.studies or changes.settings:
            self.reload()
        elif changes.grades:
            self._renew(changes.grades)

    def _renew(self, studies: frozenset[str]) -> None:
        """Shows what is said of studies now; where only final answers came, nothing moves."""
        asked = self.readers.asked
        if asked is None or self._steps.is_running or len(studies) > _MOST_AT_ONCE:
            self.reload()
            return
        known, session = self._found, self._workbench.session
        found = renewed_cases(session, asked, known, studies)
        if any(_answers(known, uid) != _answers(found, uid) for uid in studies):
            self._take(found)
            return
        self._found = found
        for study_uid in studies:
            self.model.replace(found.by_study.get(study_uid, ()))
        self._show_note()
        if (focused := self.focused) is not None and focused.study_uid in studies:
            self.case_chosen.emit(focused)

    def _on_settings(self, *_: object) -> None:
        if self._workbench.settings.identity_hidden == self._is_identity_hidden:
            return
        if self._workbench.has_session:
            self._name_studies()
            self.model.name_studies(self._titles)
            if (focused := self.focused) is not None:
                self.case_chosen.emit(focused)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Catches up with what happened while it wasn't seen."""
        super().showEvent(event)
        if self._is_stale:
            self.reload()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Nothing is looked for that nobody sees."""
        self._is_stale = self._is_stale or self._steps.is_running
        self._steps.stop()
        super().hideEvent(event)


def _answers(found: Cases, study_uid: str) -> Sequence[object]:
    """The cases of a study but for their final answers."""
    return [(case.item, case.answers) for case in found.by_study.get(study_uid, ())]


def _held_back_words(number: int) -> str:
    if not number:
        return ""
    return translate_count(
        "{number} study on which they differ is held back: you have begun to read it blinded, and "
        "have not answered all of its items yet.",
        "{number} studies on which they differ are held back: you have begun to read them "
        "blinded, and have not answered all of their items yet.",
        number,
    ).format(number=number)
