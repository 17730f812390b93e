"""Which visits the work list shows: by words, and by how far they are read."""

from enum import StrEnum

from PySide6.QtCore import QModelIndex, QObject, QSortFilterProxyModel

from spinegrader.gui.itemmodels.work_list_model import (
    AnyIndex,
    PatientRow,
    StudyRow,
    WorkListModel,
)
from spinegrader.services.reading import Progress


class Scope(StrEnum):
    """Which visits are wanted; the values are what the reader chooses from."""

    ALL = "All"
    TO_DO = "To do"
    DONE = "Done"


class WorkListFilter(QSortFilterProxyModel):
    """Shows the visits that hold all words and are in the scope, and their patients.

    The order stays that of the work list.
    """

    def __init__(self, model: WorkListModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._words: tuple[str, ...] = ()
        self._scope = Scope.ALL
        self._kept = ""
        self.setRecursiveFilteringEnabled(True)
        self.setSourceModel(model)

    def set_words(self, text: str) -> None:
        """Shows only visits that hold all these words."""
        words = tuple(text.casefold().split())
        if words != self._words:
            self._words = words
            self.invalidate()

    def set_scope(self, scope: Scope) -> None:
        """Shows only visits that are read as far as the scope says."""
        if scope is not self._scope:
            self._scope = scope
            self.invalidate()

    def keep(self, study_uid: str) -> None:
        """The study in front stays in the list when it leaves the scope by being read."""
        if study_uid != self._kept:
            self._kept = study_uid
            if self._scope is not Scope.ALL:
                self.invalidate()

    def filterAcceptsRow(self, source_row: int, source_parent: AnyIndex) -> bool:  # noqa: N802
        """Patients follow from their visits."""
        row = self._model.row_at(source_row, source_parent)
        if isinstance(row, PatientRow):
            return False
        patient = self._model.row_at(source_parent.row(), QModelIndex())
        if not isinstance(patient, PatientRow):
            return False
        return self._has_words(row, patient) and self._is_in_scope(row)

    def _has_words(self, row: StudyRow, patient: PatientRow) -> bool:
        if not self._words:
            return True
        text = self._model.search_text(row, patient)
        return all(word in text for word in self._words)

    def _is_in_scope(self, row: StudyRow) -> bool:
        if self._scope is Scope.ALL or row.study.uid == self._kept:
            return True
        progress = self._model.progress_of(row)
        if progress is None:
            return False
        return (progress.state is Progress.DONE) == (self._scope is Scope.DONE)
