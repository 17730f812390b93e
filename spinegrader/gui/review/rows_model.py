"""The table of reader's beside model's grades."""

from collections.abc import Collection, Mapping, Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QObject, Qt

from spinegrader.domain.scheme import Scheme
from spinegrader.gui.itemmodels.answer_text import answer_words
from spinegrader.gui.review.rows import state_of
from spinegrader.gui.training.tables import NO_INDEX, Index, NamedColumnsModel
from spinegrader.services.reading import Item
from spinegrader.services.review_rows import ReviewRow
from spinegrader.texts import for_translation

ProbabilityRole = Qt.ItemDataRole.UserRole + 1
"""Probability of the model's grade, 0 to 1, or None."""


class ReviewColumn(IntEnum):
    """Columns of the table."""

    STUDY = 0
    DISC = 1
    GRADING = 2
    READER = 3
    MODEL = 4
    PROBABILITY = 5
    STATE = 6


_HEADERS = (
    for_translation("Study"),
    for_translation("Disc"),
    for_translation("Grading"),
    for_translation("Yours"),
    for_translation("Model"),
    for_translation("Probability"),
    for_translation("State"),
)


class ReviewModel(NamedColumnsModel):
    """Rows in a fixed order: an answer changes its row in place, so that nothing jumps."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(_HEADERS, parent=parent)
        self._rows: list[ReviewRow] = []
        self._places: dict[tuple[str, Item], int] = {}
        self._titles: Mapping[str, str] = {}
        self._scheme: Scheme | None = None

    @property
    def rows(self) -> Sequence[ReviewRow]:
        """What is listed, in order."""
        return self._rows

    def show_rows(
        self, rows: Sequence[ReviewRow], titles: Mapping[str, str], scheme: Scheme | None
    ) -> None:
        """Lists other rows.

        Args:
            rows: In the order to be shown.
            titles: What each study is called, by UID.
            scheme: Names gradings and grades.
        """
        self.beginResetModel()
        self._rows = list(rows)
        self._places = {(row.study_uid, row.item): at for at, row in enumerate(self._rows)}
        self._titles = titles
        self._scheme = scheme
        self.endResetModel()

    def update_rows(self, fresh: Collection[ReviewRow]) -> None:
        """Takes new content over for rows that are listed; others are passed over."""
        for row in fresh:
            at = self._places.get((row.study_uid, row.item))
            if at is not None and self._rows[at] != row:
                self._rows[at] = row
                self.dataChanged.emit(self.index(at, 0), self.index(at, len(ReviewColumn) - 1))

    def row_of(self, study_uid: str, item: Item) -> int:
        """Where a disc and grading is listed; -1 where it isn't."""
        return self._places.get((study_uid, item), -1)

    def rowCount(self, parent: Index = NO_INDEX) -> int:  # noqa: N802
        """Number of rows."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """Text of a cell, and the probability for the one that draws it."""
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, ReviewColumn(index.column()))
        if role == ProbabilityRole:
            return None if row.prediction is None else row.prediction.confidence
        return None

    def _text(self, row: ReviewRow, column: ReviewColumn) -> str:
        if self._scheme is None:
            return ""
        grading = self._scheme.grading(row.item.grading)
        if column is ReviewColumn.MODEL:
            value = None if row.prediction is None else row.prediction.value
            return "–" if value is None else f"{value} {grading.label_of(value)}"
        if column is ReviewColumn.PROBABILITY:
            confidence = None if row.prediction is None else row.prediction.confidence
            return "" if confidence is None else f"{100 * confidence:.0f} %"
        return {
            ReviewColumn.STUDY: self._titles.get(row.study_uid, ""),
            ReviewColumn.DISC: str(row.item.disc),
            ReviewColumn.GRADING: grading.name,
            ReviewColumn.READER: answer_words(row.grade, grading),
            ReviewColumn.STATE: state_of(row).text,
        }[column]
