"""Settling what two readers say differently: one disc after the other, by single keys."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from spinegrader.domain.edits import Edit
from spinegrader.domain.grades import Answer
from spinegrader.gui.agreement.cases_list import CasesList
from spinegrader.gui.agreement.verdict_view import VerdictView
from spinegrader.gui.key_page import KeyPage
from spinegrader.gui.workbench import Workbench
from spinegrader.services import adjudication
from spinegrader.services.adjudicated import adjudicated_key
from spinegrader.services.differing import Case
from spinegrader.services.items import Item
from spinegrader.texts import for_translation, translate

ADJUDICATION_KEYS = (
    ("0 … 9", for_translation("The final grade")),
    ("U", for_translation("Unsure")),
    ("N", for_translation("Not assessable")),
    (for_translation("Backspace"), for_translation("Open the disc again")),
    ("R", for_translation("Whose answer is whose")),
    (for_translation("Space"), for_translation("The plain image, or the overlays again")),
)
"""Keys of this page, for the sheet of keys."""


class AdjudicationPane(KeyPage):
    """The discs on which two readers differ; beside them the one in focus, to be settled."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self.verdict = VerdictView(workbench)
        self.verdict.graded.connect(self.grade)
        self.verdict.unsure.connect(lambda: self._settle(Answer.UNSURE))
        self.verdict.not_assessable.connect(lambda: self._settle(Answer.NOT_ASSESSABLE))
        self.verdict.taken_back.connect(self.take_back)
        self.list = CasesList(workbench)
        self.list.case_chosen.connect(self._show)
        self.list.emptied.connect(self.verdict.show_nothing)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(self.list)
        splitter.addWidget(self.verdict)
        splitter.setStretchFactor(0, 1)
        splitter.setStretchFactor(1, 1)
        splitter.setChildrenCollapsible(False)
        splitter.setSizes([620, 600])
        QVBoxLayout(self).addWidget(splitter)
        self._bind_keys()

    def _bind_keys(self) -> None:
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

    @property
    def focused(self) -> Case | None:
        """The case on show: what isn't shown can't be settled."""
        return self.verdict.case

    def _show(self, case: Case) -> None:
        session = self._workbench.session
        # Before both answers come on screen.
        if self._workbench.attempt(lambda: adjudication.see(session, case)):
            self.verdict.show_case(case, self.list.title_of(case))
        else:
            self.verdict.show_nothing(translate("Not shown"))

    def grade(self, value: int) -> None:
        """Gives the final grade; nothing if there is no such grade."""
        case = self.focused
        if case is not None:
            grading = self._workbench.session.scheme.grading(case.item.grading)
            if value in grading.values:
                self._settle(Answer.GRADED, value)

    def _settle(self, said: Answer, value: int | None = None) -> None:
        case = self.focused
        if case is None:
            return
        session, known = self._workbench.session, self.verdict.names_shown
        if self._workbench.attempt(
            lambda: adjudication.adjudicate(session, case, said, value, names_shown=known)
        ):
            self.list.go_on()

    def take_back(self) -> None:
        """Opens the disc in focus again."""
        case = self.focused
        if case is not None:
            self._workbench.attempt(lambda: adjudication.take_back(self._workbench.session, case))

    def undo(self) -> None:
        """Takes the latest change back, where it is a final answer."""
        session = self._workbench.session
        self._step(session.next_undo, session.undo)

    def redo(self) -> None:
        """Makes the change again that was taken back last, where it is a final answer."""
        session = self._workbench.session
        self._step(session.next_redo, session.redo)

    def _step(self, edit: Edit | None, action: Callable[[], object]) -> None:
        key = adjudicated_key(edit)
        if key is not None and self._workbench.attempt(action):
            self.list.focus(key.study_uid, Item(key.disc, key.grading))
