"""The work list as rows from top to bottom, kept in step with the project."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from spinegrader.domain.edits import Changes
from spinegrader.gui.itemmodels.work_list_order import Arrangement, Scope, SortBy
from spinegrader.gui.itemmodels.work_list_rows import (
    PatientRow,
    Row,
    StudyRow,
    read_people,
    study_detail,
)
from spinegrader.gui.workbench import Workbench
from spinegrader.services.progress import count_progress
from spinegrader.services.standing import StudyStanding, standing_of
from spinegrader.services.suggested_reading import SuggestedStudy
from spinegrader.texts import translate

AnyIndex = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_AT_ONCE = 100
"""Visits that are counted in a few milliseconds."""


class WorkListModel(QAbstractTableModel):
    """One column; persons are rows of their own above their visits.

    Words are made for the rows in sight alone, and a change touches the row of its study alone,
    so that a list of ten thousand visits stays quick. The order holds still while one reads:
    rows are sorted when the reader asks for it, searches or filters.
    """

    StudyUidRole = Qt.ItemDataRole.UserRole + 1
    PatientIdRole = Qt.ItemDataRole.UserRole + 2
    DetailRole = Qt.ItemDataRole.UserRole + 3
    """The second line of a row."""
    FoldedRole = Qt.ItemDataRole.UserRole + 4
    """Whether the visits of a person are folded away; None for visits."""
    IndentedRole = Qt.ItemDataRole.UserRole + 5
    """Whether a row stands under a person."""

    def __init__(self, workbench: Workbench, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._identity_hidden = workbench.settings.identity_hidden
        self._people: list[PatientRow] = []
        self._studies: dict[str, StudyRow] = {}
        self._ahead: Iterator[StudyRow] = iter(())
        self._rows: list[Row] = []
        self._places: dict[str, int] = {}
        self._arrangement = Arrangement()
        self._suggestions: dict[str, SuggestedStudy] = {}
        workbench.project_changed.connect(self.reload)
        workbench.changed.connect(self._on_changed)
        workbench.settings_changed.connect(self._on_settings_changed)
        self.reload()

    # -- keeping in step --------------------------------------------------------------------

    def reload(self) -> None:
        """Reads persons and visits anew from the project."""
        self.beginResetModel()
        bench = self._workbench
        hidden = self._identity_hidden
        self._people = (
            list(read_people(bench.session, identity_hidden=hidden)) if bench.has_session else []
        )
        self._studies = {row.study.uid: row for who in self._people for row in who.studies}
        self._ahead = iter(tuple(self._studies.values()))
        self._fill()
        self.endResetModel()

    def _arrange(self, arrangement: Arrangement) -> None:
        self.beginResetModel()
        self._arrangement = arrangement
        self._fill()
        self.endResetModel()

    def _fill(self) -> None:
        if self._arrangement.asks_standing and self._workbench.has_session:
            count_progress(self._workbench.session, tuple(self._studies))
        self._rows = self._arrangement.rows(self._people, self.standing)
        self._places = {
            row.study.uid: at for at, row in enumerate(self._rows) if isinstance(row, StudyRow)
        }

    def count_ahead(self, seconds: float) -> bool:
        """Looks for a while at how visits stand that nobody has asked for yet.

        The first filter or sorting by state then finds all of them counted.

        Returns:
            Whether some are left.
        """
        end = time.perf_counter() + seconds
        while rows := tuple(islice(self._ahead, _AT_ONCE)):
            count_progress(self._workbench.session, [row.study.uid for row in rows])
            if time.perf_counter() > end:
                return True
        return False

    def _on_changed(self, changes: Changes) -> None:
        if changes.studies or changes.settings:
            self.reload()
            return
        series = self._workbench.session.state.series
        touched = set(changes.grades | changes.flow)
        touched |= {series[uid].study_uid for uid in changes.overlays if uid in series}
        rows = [self._studies[uid] for uid in touched if uid in self._studies]
        if len(rows) > 1:
            count_progress(self._workbench.session, [row.study.uid for row in rows])
        if any(self._comes_or_goes(row) for row in rows):
            self._arrange(self._arrangement)
            return
        for row in rows:
            index = self.index_of(row.study.uid)
            if index.isValid():
                self.dataChanged.emit(index, index)

    def _comes_or_goes(self, row: StudyRow) -> bool:
        arrangement = self._arrangement
        if arrangement.scope is Scope.ALL:
            return False
        person = self._workbench.session.state.person_of(row.study.patient_id)
        if arrangement.is_grouped and arrangement.is_folded(person):
            return False
        return arrangement.takes(row, self.standing) != (row.study.uid in self._places)

    def _on_settings_changed(self) -> None:
        hidden = self._workbench.settings.identity_hidden
        if hidden != self._identity_hidden:
            self._identity_hidden = hidden
            self.reload()

    def shown_studies(self) -> list[str]:
        """The UIDs of the visits in the list from top to bottom, the folded ones too."""
        unfolded = replace(self._arrangement, folded=frozenset())
        rows = unfolded.rows(self._people, self.standing)
        return [row.study.uid for row in rows if isinstance(row, StudyRow)]

    # -- what the reader wants to see ---------------------------------------------------------

    @property
    def arrangement(self) -> Arrangement:
        """What is wanted now."""
        return self._arrangement

    def set_words(self, text: str) -> None:
        """Shows only visits that hold all these words."""
        words = tuple(text.casefold().split())
        if words != self._arrangement.words:
            self._arrange(replace(self._arrangement, words=words))

    def set_scope(self, scope: Scope) -> None:
        """Shows only visits that stand as the scope says."""
        if scope is not self._arrangement.scope:
            self._arrange(replace(self._arrangement, scope=scope))

    def sort_rows(self, sort_by: SortBy, *, is_reversed: bool) -> None:
        """Puts the rows into another order, or into the same one anew."""
        self._arrange(replace(self._arrangement, sort_by=sort_by, is_reversed=is_reversed))

    def set_suggested(self, studies: Sequence[SuggestedStudy]) -> None:
        """Takes over what a model suggests, to be sorted by; none forgets it."""
        self._suggestions = {item.study_uid: item for item in studies}
        self._arrange(replace(self._arrangement, suggested=tuple(self._suggestions)))

    def keep(self, study_uid: str) -> None:
        """The study in front stays in the list when it leaves the scope by being read."""
        if study_uid == self._arrangement.kept:
            return
        arrangement = replace(self._arrangement, kept=study_uid)
        if arrangement.scope is Scope.ALL:
            self._arrangement = arrangement
        else:
            self._arrange(arrangement)

    def set_folded(self, patient_id: str, *, folded: bool) -> None:
        """Folds the visits of a person away, or opens them."""
        known = self._arrangement.folded
        wanted = known | {patient_id} if folded else known - {patient_id}
        if wanted != known:
            self._arrange(replace(self._arrangement, folded=wanted))

    def unfold_all(self) -> None:
        """Forgets what was folded away."""
        if self._arrangement.folded:
            self._arrange(replace(self._arrangement, folded=frozenset()))

    # -- asking -----------------------------------------------------------------------------

    @property
    def people(self) -> Sequence[tuple[str, str]]:
        """PatientID and words of everybody, to choose from; no identity while it is hidden."""
        return [(row.patient.id, f"{row.title} · {row.detail}") for row in self._people]

    @property
    def study_count(self) -> int:
        """How many studies the project has."""
        return len(self._studies)

    def index_of(self, study_uid: str) -> QModelIndex:
        """The row of a study; invalid if it isn't shown."""
        place = self._places.get(study_uid)
        return QModelIndex() if place is None else self.index(place, 0)

    def index_of_patient(self, patient_id: str) -> QModelIndex:
        """The row of a person; invalid if it isn't shown."""
        for at, row in enumerate(self._rows):
            if isinstance(row, PatientRow) and row.patient.id == patient_id:
                return self.index(at, 0)
        return QModelIndex()

    def row_at(self, index: AnyIndex) -> Row:
        """What a row is about."""
        return self._rows[index.row()]

    def standing(self, row: StudyRow) -> StudyStanding | None:
        """How a visit stands for the reader; None where there is nothing to grade."""
        return standing_of(self._workbench.session, row.study.uid)

    # -- QAbstractTableModel ----------------------------------------------------------------

    def rowCount(self, parent: AnyIndex = _ROOT) -> int:  # noqa: N802
        """Persons and visits."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: AnyIndex = _ROOT) -> int:  # noqa: N802
        """One: the lines of a row stand below each other."""
        return 0 if parent.isValid() else 1

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Both lines of a row, and the words for tool tips and screen readers."""
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._title(row)
        if role == self.DetailRole:
            return self._detail(row)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._words(row)
        if isinstance(row, PatientRow):
            return {
                self.PatientIdRole: row.patient.id,
                self.FoldedRole: self._arrangement.is_folded(row.patient.id),
                self.IndentedRole: False,
            }.get(role)
        return {
            self.StudyUidRole: row.study.uid,
            self.IndentedRole: self._arrangement.is_grouped,
        }.get(role)

    def _title(self, row: Row) -> str:
        if isinstance(row, PatientRow) or self._arrangement.is_grouped:
            return row.title
        by_date = self._arrangement.sort_by is SortBy.DATE and not self._identity_hidden
        return row.flat_title(date_first=by_date)

    def _detail(self, row: Row) -> str:
        if isinstance(row, PatientRow):
            return row.detail
        detail = study_detail(self._workbench.session, row, self.standing(row))
        suggestion = self._suggestions.get(row.study.uid)
        if suggestion is None or self._arrangement.sort_by is not SortBy.SUGGESTED:
            return detail
        place = self._arrangement.suggested.index(row.study.uid) + 1
        reasons = ", ".join(translate(str(reason)) for reason in suggestion.reasons)
        return f"{place}. {reasons} · {detail}"

    def _words(self, row: Row) -> str:
        words = f"{self._title(row)}\n{self._detail(row)}".rstrip()
        is_folded = isinstance(row, PatientRow) and self._arrangement.is_folded(row.patient.id)
        return ", ".join((words, translate("folded away"))) if is_folded else words
