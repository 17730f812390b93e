"""The figures of compared models, and by how much they differ, as tables."""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView

from spinegrader.domain.scheme import Scheme
from spinegrader.gui.theme import tabular_font
from spinegrader.gui.training.agreement_table import kappa_text
from spinegrader.gui.training.tables import NO_INDEX, Index, NamedColumnsModel, show_as_rows
from spinegrader.model.paired_figures import Difference
from spinegrader.services.compared_models import (
    ComparedFigures,
    ComparedModels,
    ComparedPair,
)
from spinegrader.services.evaluation import FEW_PEOPLE
from spinegrader.texts import for_translation, translate


class FigureColumn(IntEnum):
    """Columns of the figures."""

    GRADING = 0
    MODEL = 1
    PEOPLE = 2
    DISCS = 3
    ACCURACY = 4
    KAPPA = 5
    WITHIN_ONE = 6
    CALIBRATION = 7


_FIGURES = {
    FigureColumn.ACCURACY: "mean_class_accuracy",
    FigureColumn.KAPPA: "weighted_kappa",
    FigureColumn.WITHIN_ONE: "within_one",
    FigureColumn.CALIBRATION: "calibration_error",
}
_FIGURE_HEADERS = (
    for_translation("Grading"),
    for_translation("Model"),
    for_translation("People"),
    for_translation("Discs"),
    for_translation("Accuracy"),
    for_translation("Kappa (95 %)"),
    for_translation("Within one"),
    for_translation("Calibration error"),
)
_FIGURE_TIPS = (
    "",
    for_translation("The letters are those of the differences below"),
    for_translation("People whom none of the models has learnt from"),
    for_translation("Discs that the readers and all of the models have graded"),
    for_translation("Mean over the classes of how many of their discs the model got right"),
    for_translation(
        "Chance-corrected; quadratic weights for ordered grades. The interval is taken over people."
    ),
    for_translation("Discs at most one grade off"),
    for_translation("Mean gap between how sure and how right the model is; 0 is best"),
)


class PairColumn(IntEnum):
    """Columns of the differences."""

    GRADING = 0
    PAIR = 1
    ACCURACY = 2
    KAPPA = 3
    VERDICT = 4


_PAIR_HEADERS = (
    for_translation("Grading"),
    for_translation("Difference"),
    for_translation("Accuracy, points (95 %)"),
    for_translation("Kappa (95 %)"),
    for_translation("What it says"),
)
_PAIR_TIPS = (
    "",
    for_translation("The first model's figure minus the second one's"),
    for_translation("In percentage points; the interval is taken over people, in pairs"),
    for_translation("The interval is taken over people, in pairs"),
    for_translation("Surely better: the whole interval is on one side of 0"),
)


def letters_of(models: Sequence[str]) -> dict[str, str]:
    """A, B, C and on, by the models' names."""
    return {name: chr(ord("A") + place) for place, name in enumerate(models)}


class FiguresModel(NamedColumnsModel):
    """A row for each grading and model, the best figures in bold."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(_FIGURE_HEADERS, _FIGURE_TIPS, parent=parent)
        self._found: ComparedModels | None = None
        self._titles: Mapping[str, str] = {}
        self._gradings: Mapping[str, str] = {}
        self._bold = QFont(tabular_font())
        self._bold.setBold(True)

    def show_figures(
        self, found: ComparedModels, scheme: Scheme, titles: Mapping[str, str]
    ) -> None:
        """Shows other figures; ``titles`` are what models are called, by name."""
        self.beginResetModel()
        self._found, self._titles = found, titles
        self._gradings = {grading.id: grading.name for grading in scheme.gradings}
        self.endResetModel()

    def rowCount(self, parent: Index = NO_INDEX) -> int:  # noqa: N802
        """Number of gradings times models."""
        return 0 if parent.isValid() or self._found is None else len(self._found.figures)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """Text of a cell; bold, and called best, where it is the best of its grading."""
        if self._found is None:
            return None
        item, column = self._found.figures[index.row()], FigureColumn(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(item, column)
        figure = _FIGURES.get(column)
        is_best = figure is not None and item.model in self._found.best_of(item.grading, figure)
        if role == Qt.ItemDataRole.FontRole and is_best:
            return self._bold
        if role == Qt.ItemDataRole.AccessibleDescriptionRole and is_best:
            return translate("best")
        if role == Qt.ItemDataRole.ToolTipRole and column is FigureColumn.MODEL:
            return item.model
        return None

    def _text(self, item: ComparedFigures, column: FigureColumn) -> str:
        agreed = item.agreement
        if column is FigureColumn.GRADING:
            return self._gradings.get(item.grading, item.grading)
        if column is FigureColumn.MODEL:
            return self._titles.get(item.model, item.model)
        return {
            FigureColumn.PEOPLE: str(item.people),
            FigureColumn.DISCS: str(agreed.n),
            FigureColumn.ACCURACY: _percent(agreed.mean_class_accuracy),
            FigureColumn.KAPPA: kappa_text(agreed),
            FigureColumn.WITHIN_ONE: _percent(agreed.within_one),
            FigureColumn.CALIBRATION: _percent(item.calibration_error),
        }[column]


class PairsModel(NamedColumnsModel):
    """A row for each grading and pair of models."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(_PAIR_HEADERS, _PAIR_TIPS, parent=parent)
        self._pairs: tuple[ComparedPair, ...] = ()
        self._people: Mapping[str, int] = {}
        self._letters: Mapping[str, str] = {}
        self._gradings: Mapping[str, str] = {}

    def show_pairs(self, found: ComparedModels, scheme: Scheme) -> None:
        """Shows other differences."""
        self.beginResetModel()
        self._people = {item.grading: found.people_of(item.grading) for item in found.pairs}
        self._pairs, self._letters = found.pairs, letters_of(found.models)
        self._gradings = {grading.id: grading.name for grading in scheme.gradings}
        self.endResetModel()

    def rowCount(self, parent: Index = NO_INDEX) -> int:  # noqa: N802
        """Number of gradings times pairs."""
        return 0 if parent.isValid() else len(self._pairs)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """Text of a cell."""
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        pair = self._pairs[index.row()]
        first, second = self._letters[pair.first], self._letters[pair.second]
        return {
            PairColumn.GRADING: self._gradings.get(pair.grading, pair.grading),
            PairColumn.PAIR: f"{first} − {second}",
            PairColumn.ACCURACY: _difference_text(pair.accuracy, scale=100, digits=0),
            PairColumn.KAPPA: _difference_text(pair.kappa, scale=1, digits=2),
            PairColumn.VERDICT: verdict(pair, first, second, self._people[pair.grading]),
        }[PairColumn(index.column())]


def verdict(pair: ComparedPair, first: str, second: str, people: int) -> str:
    """What the intervals say, in words; of few people they are too narrow to say anything."""
    if people < FEW_PEOPLE:
        return translate("Too few people to say")
    figures = ((pair.accuracy, translate("accuracy")), (pair.kappa, translate("kappa")))
    better: dict[str, list[str]] = {}
    for difference, name in figures:
        if difference.is_sure and difference.value is not None:
            better.setdefault(first if difference.value > 0 else second, []).append(name)
    if not better:
        return translate("Neither is surely better")
    said = translate("{model} is surely better in {figures}")
    both = translate(" and ")
    return "; ".join(
        said.format(model=model, figures=both.join(names)) for model, names in better.items()
    )


def plain_table(model: NamedColumnsModel, name: str, stretched: int) -> QTableView:
    """A table to read, as wide as there is room."""
    table = QTableView()
    table.setModel(model)
    table.setAccessibleName(name)
    show_as_rows(table)
    table.setFrameShape(QFrame.Shape.NoFrame)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    header = table.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(stretched, QHeaderView.ResizeMode.Stretch)
    return table


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} %"


def _difference_text(difference: Difference, *, scale: float, digits: int) -> str:
    if difference.value is None:
        return "–"
    text = _signed(scale * difference.value, digits)
    if difference.interval is None:
        return text
    low, high = (_signed(scale * end, digits) for end in difference.interval)
    return f"{text} " + translate("({low} to {high})").format(low=low, high=high)


def _signed(value: float, digits: int) -> str:
    """With a true minus; what rounds to nothing has no sign."""
    text = f"{value:+.{digits}f}"
    return text[1:] if not float(text) else text.replace("-", "−")
