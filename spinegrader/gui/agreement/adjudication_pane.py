"""Settling what two readers say differently: one disc after the other, by single keys."""

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from spinegrader.domain.edits import Changes, Edit
from spinegrader.domain.grades import Answer
from spinegrader.gui.agreement.cases_model import CasesModel
from spinegrader.gui.agreement.readers_bar import ReadersBar
from spinegrader.gui.agreement.verdict_view import VerdictView
from spinegrader.gui.key_page import KeyPage
from spinegrader.gui.key_rows import KeyRows
from spinegrader.gui.review.rows import study_titles
from spinegrader.gui.step_runner import StepRunner
from spinegrader.gui.training.notices import NoticeBox, secondary_label
from spinegrader.gui.workbench import Workbench
from spinegrader.services import adjudication
from spinegrader.services.adjudication import Case, Cases, gather_cases, gather_readers
from spinegrader.services.reading import Item
from spinegrader.texts import for_translation, translate, translate_count

ADJUDICATION_KEYS = (
    ("0 … 9", for_translation("The final grade")),
    ("U", for_translation("Unsure")),
    ("N", for_translation("Not assessable")),
    (for_translation("Backspace"), for_translation("Open the disc again")),
    ("R", for_translation("Whose answer is whose")),
    (for_translation("Space"), for_translation("The plain image, or the overlays again")),
)
"""Keys of this page, for the sheet of keys."""

_TWO = for_translation(
    "It takes the grades of two readers of the same studies: change the reader's name (Edit menu) "
    "for the second one."
)
_ALL_SAME = for_translation("These two readers say the same of every disc that both have answered.")
_ALL_SETTLED = for_translation("Every disc on which they differ has a final answer.")


class AdjudicationPane(KeyPage):
    """A table of discs on which two readers differ; beside it the one in focus."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._is_stale = True
        self._is_own_change = False
        self._found = Cases((), 0)
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
        self.verdict = VerdictView(workbench)
        self.verdict.graded.connect(self.grade)
        self.verdict.unsure.connect(lambda: self._settle(Answer.UNSURE))
        self.verdict.not_assessable.connect(lambda: self._settle(Answer.NOT_ASSESSABLE))
        self.verdict.taken_back.connect(self.take_back)
        self._lay_out()
        keys = {
            Qt.Key.Key_U: lambda: self._settle(Answer.UNSURE),
            Qt.Key.Key_N: lambda: self._settle(Answer.NOT_ASSESSABLE),
            Qt.Key.Key_Backspace: self.take_back,
            Qt.Key.Key_R: self.verdict.names_button.click,
            Qt.Key.Key_Space: self.verdict.image.toggle_overlays,
        }
        self.set_keys(keys, self.grade)
        # The window's own undo is out of reach while another window has the keyboard.
        for sequence, act in (
            (QKeySequence.StandardKey.Undo, self.undo),
            (QKeySequence.StandardKey.Redo, self.redo),
        ):
            QShortcut(sequence, self, act, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        workbench.project_changed.connect(self._on_project)
        workbench.changed.connect(self._on_changes)

    def _lay_out(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 8, 0)
        column.addWidget(self.readers)
        column.addWidget(self.note)
        column.addWidget(self.held_back)
        column.addWidget(self.table, 1)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(left)
        splitter.addWidget(self.verdict)
        splitter.setStretchFactor(0, 1)
        splitter.setStretchFactor(1, 1)
        splitter.setChildrenCollapsible(False)
        splitter.setSizes([620, 600])
        QVBoxLayout(self).addWidget(splitter)

    # -- listing ----------------------------------------------------------------------------

    def reload(self) -> None:
        """Looks anew who has read something, and where they differ; later, if nobody sees it."""
        if not self.isVisible():
            self._is_stale = True
            return
        self._is_stale = False
        if self._workbench.has_session:
            self._steps.run(gather_readers(self._workbench.session), self.readers.show_readers)
        else:
            self.readers.show_readers(())

    def _gather(self) -> None:
        if not self.isVisible():
            self._is_stale = True
            return
        readers = self.readers.readers
        if readers is None:
            self._steps.stop()
            self._take(Cases((), 0))
            self.note.setText(translate(_TWO))
            return
        session, least = self._workbench.session, self.readers.least_steps
        self._steps.run(gather_cases(session, *readers, least_steps=least), self._take)

    def _say_how_far(self, share: float) -> None:
        words = translate("Looking where they differ: {percent:.0f} %")
        self.note.setText(words.format(percent=100 * share))

    def _take(self, found: Cases) -> None:
        self._found = found
        self.held_back.set_text(_held_back_words(found.held_back))
        self._list()

    def _list(self) -> None:
        focused = self.focused
        only_open = self.readers.open_only.isChecked()
        shown = [case for case in self._found.cases if case.settled is None or not only_open]
        if not self._workbench.has_session:
            self.model.show_cases([], {}, None)
            self.verdict.show_nothing(translate("Choose a row"))
            return
        session = self._workbench.session
        hidden = self._workbench.settings.identity_hidden
        self._titles = study_titles(session, identity_hidden=hidden)
        self.model.show_cases(shown, self._titles, session.scheme, session.reader)
        self.table.fit_columns()
        self._show_note()
        if not shown:
            self.verdict.show_nothing(translate("Nothing to settle"))
            return
        at = _place_of(focused, shown)
        if at is None:
            at = next((at for at, case in enumerate(shown) if case.settled is None), 0)
        self.table.selectRow(at)

    def _show_note(self) -> None:
        readers = self.readers.readers
        if readers is None:
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
        role = adjudication.role_words(self._workbench.session, *readers)
        self.note.setText(f"{role} {told}")

    @property
    def focused(self) -> Case | None:
        """The case in focus."""
        at = self.table.currentIndex().row()
        return self.model.cases[at] if 0 <= at < len(self.model.cases) else None

    def _on_row(self, current: QModelIndex) -> None:
        case = self.focused if current.isValid() else None
        if case is None:
            return
        session = self._workbench.session
        # Before both answers come on screen.
        if self._do(lambda: adjudication.see(session, case)):
            self.verdict.show_case(case, self._titles.get(case.study_uid, ""))
        else:
            self.verdict.show_nothing(translate("Not shown"))

    # -- settling ---------------------------------------------------------------------------

    def grade(self, value: int) -> None:
        """Gives the final grade; nothing if there is no such grade."""
        case = self.focused
        if case is not None:
            grading = self._workbench.session.scheme.grading(case.item.grading)
            if value in grading.values:
                self._settle(Answer.GRADED, value)

    def take_back(self) -> None:
        """Opens the disc in focus again."""
        case = self.focused
        if case is not None:
            self._do(lambda: adjudication.take_back(self._workbench.session, case))
            self._renew(frozenset({case.study_uid}))

    def undo(self) -> None:
        """Takes the latest change back, where it is a final answer."""
        session = self._workbench.session
        self._step(session.next_undo, session.undo)

    def redo(self) -> None:
        """Makes the change again that was taken back last, where it is a final answer."""
        session = self._workbench.session
        self._step(session.next_redo, session.redo)

    def _step(self, edit: Edit | None, action: Callable[[], object]) -> None:
        key = adjudication.adjudicated_key(edit)
        if key is None:
            return
        self._do(action)
        self._renew(frozenset({key.study_uid}))
        places = [(case.study_uid, case.item) for case in self.model.cases]
        place = (key.study_uid, Item(key.disc, key.grading))
        if place in places:
            self.table.selectRow(places.index(place))

    def _settle(self, said: Answer, value: int | None = None) -> None:
        case = self.focused
        if case is None:
            return
        session, known = self._workbench.session, self.verdict.names_shown
        is_kept = self._do(
            lambda: adjudication.adjudicate(session, case, said, value, names_shown=known)
        )
        self._renew(frozenset({case.study_uid}))
        at = self.table.currentIndex().row()
        if is_kept and at + 1 < len(self.model.cases):
            self.table.selectRow(at + 1)

    def _do(self, action: Callable[[], object]) -> bool:
        self._is_own_change = True
        try:
            return self._workbench.attempt(action)
        finally:
            self._is_own_change = False

    def _renew(self, studies: frozenset[str]) -> None:
        """Shows the final answers of studies as they are now; nothing moves."""
        session, cases = self._workbench.session, list(self._found.cases)
        settled = {uid: adjudication.settled_in(session, uid) for uid in studies}
        renewed: dict[tuple[str, Item], Case] = {}
        for at, case in enumerate(cases):
            if case.study_uid in studies:
                cases[at] = adjudication.again(case, settled[case.study_uid])
                renewed[case.study_uid, case.item] = cases[at]
        self._found = Cases(tuple(cases), self._found.held_back)
        for at, case in enumerate(self.model.cases):
            if case.study_uid in studies:
                self.model.replace(at, renewed[case.study_uid, case.item])
        self._show_note()
        if (focused := self.focused) is not None and focused.study_uid in studies:
            self.verdict.show_case(focused, self._titles.get(focused.study_uid, ""))

    # -- listening --------------------------------------------------------------------------

    def _on_project(self) -> None:
        self._found = Cases((), 0)
        self.reload()

    def _on_changes(self, changes: Changes) -> None:
        if self._is_own_change or self._steps.is_stepping:
            return
        if not self.isVisible():
            self._is_stale = True
        elif changes.studies or changes.settings:
            self.reload()
        elif changes.grades:
            self._renew(changes.grades)

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


def _place_of(case: Case | None, cases: list[Case]) -> int | None:
    if case is None:
        return None
    places = enumerate(cases)
    same = (
        at for at, other in places if other.study_uid == case.study_uid and other.item == case.item
    )
    return next(same, None)


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
