"""The table of reader's beside model's grades."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Qt

from spinegrader.domain.predictions import Prediction
from spinegrader.domain.scheme import Scheme
from spinegrader.gui.review.row_cells import ReviewColumn, cell_text, sort_key, spoken
from spinegrader.gui.training.tables import NO_INDEX, Index, NamedColumnsModel
from spinegrader.services.reading import Item
from spinegrader.services.review_rows import ReviewRow, review_order
from spinegrader.texts import for_translation

ConfidenceRole = Qt.ItemDataRole.UserRole + 1
"""Probability of the model's grade, 0 to 1, or None."""

ProbabilitiesRole = Qt.ItemDataRole.UserRole + 2
"""Of all grades, as :class:`Probabilities`, or None."""


@dataclass(frozen=True)
class Probabilities:
    """What a small picture of a prediction shows.

    Args:
        shares: Of each grade, summing to 1.
        model: Place of the model's grade.
        reader: Place of the reader's; None where there is none.
    """

    shares: tuple[float, ...]
    model: int
    reader: int | None


_HEADERS = (
    for_translation("Study"),
    for_translation("Disc"),
    for_translation("Grading"),
    for_translation("Yours"),
    for_translation("Model"),
    for_translation("State"),
    for_translation("Classes"),
    for_translation("Confidence"),
    for_translation("Others"),
    for_translation("Before"),
)
_TIPS = (
    for_translation("Whose spine, and when"),
    for_translation("From the head to the feet"),
    for_translation("What is graded"),
    for_translation("Your answer"),
    for_translation("The model's grade"),
    for_translation("How your answer stands to the model's; sorts by disagreement"),
    for_translation(
        "Probability of each grade, the lowest on the left; the model's stands out, a dot marks "
        "yours"
    ),
    for_translation(
        "Calibrated probability of the model's grade: of grades with 80 %, about 80 in 100 are "
        "right on people like those it was checked on"
    ),
    for_translation("Answers of other readers"),
    for_translation("The answer to the same disc at the visit before"),
)


class ReviewModel(NamedColumnsModel):
    """Rows in an order of the reader's; an answer changes its row in place: nothing jumps."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(_HEADERS, _TIPS, parent=parent)
        self._rows: list[ReviewRow] = []
        self._places: dict[tuple[str, Item], int] = {}
        self._titles: Mapping[str, str] = {}
        self._scheme: Scheme | None = None
        self._sorted_by = ReviewColumn.STATE
        self._order = Qt.SortOrder.AscendingOrder

    @property
    def rows(self) -> Sequence[ReviewRow]:
        """What is listed, in order."""
        return self._rows

    def show_rows(
        self, rows: Sequence[ReviewRow], titles: Mapping[str, str], scheme: Scheme | None
    ) -> None:
        """Lists other rows.

        Args:
            rows: By disagreement; sorted here by the column that the reader asked for last.
            titles: What each study is called, by UID.
            scheme: Names gradings and grades.
        """
        self.beginResetModel()
        self._titles = titles
        self._scheme = scheme
        self._place(rows)
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Puts the rows into another order; equal ones stay by disagreement."""
        self._sorted_by, self._order = ReviewColumn(column), order
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        moved = [self._rows[index.row()] for index in before]
        self._place(sorted(self._rows, key=review_order))
        after = [
            self.index(self._places[row.study_uid, row.item], index.column())
            for row, index in zip(moved, before, strict=True)
        ]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _place(self, rows: Sequence[ReviewRow]) -> None:
        """Takes rows that stand by disagreement into the order that is asked for."""
        kept = list(rows)
        is_descending = self._order is Qt.SortOrder.DescendingOrder
        if self._sorted_by is not ReviewColumn.STATE or is_descending:
            # Sorting is stable: rows that are equal here stay by disagreement.
            key = sort_key(self._sorted_by, self._titles, self._scheme)
            kept.sort(key=key, reverse=is_descending)
        self._rows = kept
        self._places = {(row.study_uid, row.item): at for at, row in enumerate(kept)}

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
        prediction = row.prediction
        if role == ConfidenceRole:
            return None if prediction is None else prediction.confidence
        if role == ProbabilitiesRole:
            return None if prediction is None else _probabilities(row, prediction)
        tells = role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)
        if tells and self._scheme is not None:
            return spoken(row, ReviewColumn(index.column()), self._scheme, self._titles)
        return None

    def _text(self, row: ReviewRow, column: ReviewColumn) -> str:
        if self._scheme is None or column is ReviewColumn.PROBABILITIES:
            # Drawn; said in words to those who don't see it.
            return ""
        return cell_text(row, column, self._scheme, self._titles)


def _probabilities(row: ReviewRow, prediction: Prediction) -> Probabilities:
    own = None if row.grade is None else row.grade.value
    return Probabilities(
        prediction.probabilities,
        prediction.values.index(prediction.value),
        prediction.values.index(own) if own in prediction.values else None,
    )
