"""What the reader answers to the focused row, through the services."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal

from spinegrader.gui.workbench import Workbench
from spinegrader.services import reading, review
from spinegrader.services.review_rows import ReviewRow
from spinegrader.texts import for_translation, translate, translate_count

_ANSWERED_SINCE = for_translation(
    "Nothing was accepted: all of these were answered since, in another window."
)


class RowAnswers(QObject):
    """Accepts, overrules, comments; the rows are brought up to date by what the session tells.

    Args:
        workbench: Whose session takes the answers.
        focused: Gives the row in focus.
        parent: The page.
    """

    answered = Signal(bool)
    """The focused row was answered; whether that was kept."""

    def __init__(
        self,
        workbench: Workbench,
        focused: Callable[[], ReviewRow | None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._focused = focused
        self.is_answering = False
        """Whether a change that is told now comes from here: the focus will move by itself."""

    def accept(self) -> None:
        """Takes the model's grade over as the reader's own."""
        row = self._focused()
        if row is not None and row.prediction is not None:
            self._answer(lambda: review.accept(self._workbench.session, row))

    def overrule(self, value: int) -> None:
        """Keeps another grade than the model's; nothing if there is no such grade."""
        row = self._focused()
        if row is None:
            return
        session = self._workbench.session
        if value in session.scheme.grading(row.item.grading).values:
            self._answer(lambda: review.overrule(session, row, value))

    def answer_unsure(self) -> None:
        """Says that the reader can't decide."""
        row = self._focused()
        if row is not None:
            self._answer(lambda: review.unsure(self._workbench.session, row))

    def comment(self, row: ReviewRow, text: str) -> None:
        """Puts a comment to the answer of a row, which may not be in focus any more."""
        session = self._workbench.session
        self._keep(lambda: reading.comment(session, row.study_uid, row.item, text))

    def accept_rows(self, rows: Sequence[ReviewRow]) -> None:
        """Accepts the predictions of open rows as one change, and says how many."""
        session = self._workbench.session
        accepted: list[int] = []
        if rows and self._workbench.attempt(
            lambda: accepted.append(review.accept_all(session, rows))
        ):
            (count,) = accepted
            words = translate_count(
                "{count} grade accepted; undo takes it back.",
                "{count} grades accepted; undo takes them back.",
                count,
            )
            self._workbench.notified.emit(
                words.format(count=count) if count else translate(_ANSWERED_SINCE)
            )

    def _answer(self, action: Callable[[], object]) -> None:
        self.answered.emit(self._keep(action))

    def _keep(self, action: Callable[[], object]) -> bool:
        self.is_answering = True
        try:
            return self._workbench.attempt(action)
        finally:
            self.is_answering = False
