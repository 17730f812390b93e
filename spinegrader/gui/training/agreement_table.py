"""How well a model agrees with readers: a row for each grading."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from PySide6.QtCore import (
    QModelIndex,
    QObject,
    Qt,
    Signal,
)
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget

from spinegrader.domain.scheme import Scheme
from spinegrader.gui.training.tables import NO_INDEX, Index, NamedColumnsModel, show_as_rows
from spinegrader.model.metrics import Agreement
from spinegrader.texts import for_translation, translate


class AgreementColumn(IntEnum):
    """Columns of the table."""

    GRADING = 0
    DISCS = 1
    KAPPA = 2
    ACCURACY = 3
    WITHIN_ONE = 4


_HEADERS = (
    for_translation("Grading"),
    for_translation("Discs"),
    for_translation("Kappa (95 %)"),
    for_translation("Accuracy"),
    for_translation("Within one"),
)
_TIPS = (
    "",
    for_translation("Discs that have both grades"),
    for_translation(
        "Chance-corrected; quadratic weights for ordered grades. The interval is taken over people."
    ),
    for_translation("Mean over the classes of how many of their discs the model got right"),
    for_translation("Discs at most one grade off"),
)


class AgreementModel(NamedColumnsModel):
    """Agreement by grading, in the order of the scheme."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(_HEADERS, _TIPS, parent=parent)
        self._rows: tuple[tuple[str, str, Agreement], ...] = ()

    def show_agreement(self, found: Mapping[str, Agreement], scheme: Scheme) -> None:
        """Shows other figures."""
        self.beginResetModel()
        self._rows = tuple(
            (grading.id, grading.name, found[grading.id])
            for grading in scheme.gradings
            if grading.id in found
        )
        self.endResetModel()

    def grading_at(self, row: int) -> str:
        """Id of the grading in a row."""
        return self._rows[row][0]

    def row_of(self, grading: str) -> int:
        """Row of a grading; -1 where it isn't shown."""
        return next((row for row, item in enumerate(self._rows) if item[0] == grading), -1)

    def rowCount(self, parent: Index = NO_INDEX) -> int:  # noqa: N802
        """Number of gradings."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """Text of a cell."""
        _, name, found = self._rows[index.row()]
        column = AgreementColumn(index.column())
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            # The table has no room for three intervals beside the confusion matrix.
            return {
                AgreementColumn.ACCURACY: _range_text(found.mean_class_accuracy_interval),
                AgreementColumn.WITHIN_ONE: _range_text(found.within_one_interval),
            }.get(column)
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return {
            AgreementColumn.GRADING: name,
            AgreementColumn.DISCS: str(found.n),
            AgreementColumn.KAPPA: kappa_text(found),
            AgreementColumn.ACCURACY: _percent(found.mean_class_accuracy),
            AgreementColumn.WITHIN_ONE: _percent(found.within_one),
        }[column]


class AgreementTable(QTableView):
    """The figures, all rows in sight unless limited; a chosen row names its grading."""

    grading_chosen = Signal(str)

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        can_choose: bool = False,
        most_rows: int | None = None,
    ) -> None:
        """Makes an empty table.

        Args:
            parent: The widget around it.
            can_choose: Whether a row can be chosen.
            most_rows: That are in sight at once; None for all.
        """
        super().__init__(parent)
        self._most_rows = most_rows
        self._model = AgreementModel(self)
        self.setModel(self._model)
        self.setAccessibleName(translate("Agreement of the model with readers"))
        show_as_rows(self)
        self.setFrameShape(QFrame.Shape.NoFrame)
        if not can_choose:
            self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
            self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        if most_rows is None:
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.selectionModel().currentRowChanged.connect(self._on_row)

    def show_agreement(self, found: Mapping[str, Agreement], scheme: Scheme) -> None:
        """Shows other figures."""
        self._model.show_agreement(found, scheme)
        self.resizeRowsToContents()
        count = self._model.rowCount()
        shown = count if self._most_rows is None else min(count, self._most_rows)
        height = sum(self.rowHeight(row) for row in range(shown))
        header = self.horizontalHeader()
        self.setFixedHeight(header.sizeHint().height() + height + 4)
        self.resizeColumnsToContents()
        bar = self.verticalScrollBar().sizeHint().width() if shown < count else 0
        self.setFixedWidth(header.length() + 4 + bar)
        self.setVisible(bool(found))

    def choose(self, grading: str) -> None:
        """Marks the row of a grading."""
        row = self._model.row_of(grading)
        if row >= 0:
            self.selectRow(row)

    def _on_row(self, current: QModelIndex) -> None:
        if current.isValid():
            self.grading_chosen.emit(self._model.grading_at(current.row()))


def kappa_text(found: Agreement) -> str:
    """Kappa and its interval in brackets; a dash where the data give none."""
    if found.weighted_kappa is None:
        return "–"
    text = two_digits(found.weighted_kappa)
    if found.weighted_kappa_interval is not None:
        low, high = map(two_digits, found.weighted_kappa_interval)
        text += " " + translate("({low} to {high})").format(low=low, high=high)
    return text


def two_digits(value: float) -> str:
    """With a true minus; what rounds to nothing has no sign."""
    text = f"{value:.2f}"
    return text.replace("-", "" if not float(text) else "−")


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} %"


def _range_text(interval: tuple[float, float] | None) -> str | None:
    if interval is None:
        return None
    low, high = interval
    return translate("95 % interval, taken over people: {low:.0f} to {high:.0f} %").format(
        low=100 * low, high=100 * high
    )
