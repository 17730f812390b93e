"""The discs on which two readers differ, as a table; it doesn't tell what they said."""

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QObject, Qt

from spinegrader.domain.scheme import Scheme
from spinegrader.gui.itemmodels.answer_text import answer_words
from spinegrader.gui.training.tables import NO_INDEX, Index, NamedColumnsModel
from spinegrader.services.differing import Case
from spinegrader.services.items import Item
from spinegrader.texts import for_translation, translate


class CaseColumn(IntEnum):
    """Columns of the table."""

    STUDY = 0
    DISC = 1
    GRADING = 2
    FINAL = 3


_NAMES = (
    for_translation("Study"),
    for_translation("Disc"),
    for_translation("Grading"),
    for_translation("Final answer"),
)


class CasesModel(NamedColumnsModel):
    """Cases in the order in which they come."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(_NAMES, parent=parent)
        self.cases: list[Case] = []
        self._titles: Mapping[str, str] = {}
        self._scheme: Scheme | None = None
        self._reader = ""

    def show_cases(
        self,
        cases: Sequence[Case],
        titles: Mapping[str, str],
        scheme: Scheme | None,
        reader: str = "",
    ) -> None:
        """Lists other cases.

        Args:
            cases: The discs.
            titles: What each study is called.
            scheme: The project's; None for no cases.
            reader: Who looks: of others' final answers it is said only that they are there.
        """
        self.beginResetModel()
        self.cases, self._titles, self._scheme = list(cases), titles, scheme
        self._reader = reader
        self.endResetModel()

    def row_of(self, study_uid: str, item: Item) -> int:
        """The row of a case; -1 where it isn't listed."""
        places = ((case.study_uid, case.item) for case in self.cases)
        return next((at for at, place in enumerate(places) if place == (study_uid, item)), -1)

    def replace(self, cases: Iterable[Case]) -> None:
        """Shows cases as they are now; those that aren't listed stay so."""
        for case in cases:
            at = self.row_of(case.study_uid, case.item)
            if at >= 0:
                self.cases[at] = case
                self.dataChanged.emit(self.index(at, 0), self.index(at, CaseColumn.FINAL))

    def name_studies(self, titles: Mapping[str, str]) -> None:
        """Calls the studies otherwise."""
        self._titles = titles
        if self.cases:
            last = self.index(len(self.cases) - 1, CaseColumn.STUDY)
            self.dataChanged.emit(self.index(0, CaseColumn.STUDY), last)

    def rowCount(self, parent: Index = NO_INDEX) -> int:  # noqa: N802
        """Number of cases."""
        return 0 if parent.isValid() else len(self.cases)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """Text of a cell."""
        if role != Qt.ItemDataRole.DisplayRole or self._scheme is None:
            return None
        case = self.cases[index.row()]
        grading = self._scheme.grading(case.item.grading)
        column = CaseColumn(index.column())
        if column is CaseColumn.FINAL:
            if case.settled is None:
                return f"○ {translate('open')}"
            if case.settled.key.reader != self._reader:
                return f"● {translate('settled by another')}"
            return f"● {answer_words(case.settled, grading)}"
        return {
            CaseColumn.STUDY: self._titles.get(case.study_uid, ""),
            CaseColumn.DISC: str(case.item.disc),
            CaseColumn.GRADING: grading.name,
        }[column]
