"""Patients and their visits as a tree, with how far the reader is with each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from spinegrader.domain.edits import Changes
from spinegrader.domain.study import Patient, Study
from spinegrader.gui.theme import UNSAVED_SIGN
from spinegrader.gui.workbench import Workbench
from spinegrader.services.reading import Progress, StudyProgress, study_progress, work_list
from spinegrader.services.wording import counted

AnyIndex = QModelIndex | QPersistentModelIndex

STATE_SIGNS = {Progress.NEW: "○", Progress.DOING: "◐", Progress.DONE: "●"}

_ROOT = QModelIndex()


@dataclass(frozen=True)
class StudyRow:
    """A visit as the list shows it."""

    study: Study
    title: str
    duplicates: tuple[str, ...] = ()


@dataclass(frozen=True)
class PatientRow:
    """A person as the list shows them; ``records`` are those merged with ``patient``, it first."""

    patient: Patient
    title: str
    studies: tuple[StudyRow, ...]
    records: tuple[Patient, ...]


class WorkListModel(QAbstractItemModel):
    """Patient rows with study rows below; kept in step with the project."""

    StudyUidRole = Qt.ItemDataRole.UserRole + 1
    PatientIdRole = Qt.ItemDataRole.UserRole + 2
    DetailRole = Qt.ItemDataRole.UserRole + 3
    """The second line of a row."""

    def __init__(self, workbench: Workbench, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._identity_hidden = workbench.settings.identity_hidden
        self._patients: list[PatientRow] = []
        self._places: dict[str, tuple[int, int]] = {}
        self._progress: dict[str, StudyProgress | None] = {}
        workbench.project_changed.connect(self.reload)
        workbench.changed.connect(self._on_changed)
        workbench.settings_changed.connect(self._on_settings_changed)
        self.reload()

    # -- keeping in step --------------------------------------------------------------------

    def reload(self) -> None:
        """Builds the tree anew from the project."""
        self.beginResetModel()
        self._patients = list(self._read_patients()) if self._workbench.has_session else []
        self._progress.clear()
        self._places = {
            row.study.uid: (patient_row, study_row)
            for patient_row, patient in enumerate(self._patients)
            for study_row, row in enumerate(patient.studies)
        }
        self.endResetModel()

    def _read_patients(self) -> Iterable[PatientRow]:
        session = self._workbench.session
        state = session.state
        studies: dict[str, list[StudyRow]] = {}
        for uid in work_list(session):
            study = state.studies[uid]
            visits = studies.setdefault(state.person_of(study.patient_id), [])
            title = self._study_title(study, len(visits) + 1)
            duplicates = state.duplicates_of(uid)
            visits.append(StudyRow(study, title, duplicates))
        for number, (patient_id, rows) in enumerate(studies.items(), start=1):
            patient = state.patients[patient_id]
            title = f"Patient {number}" if self._identity_hidden else patient.name or patient.id
            records = tuple(state.patients[record] for record in state.records_of(patient_id))
            yield PatientRow(patient, title, tuple(rows), records)

    def _study_title(self, study: Study, number: int) -> str:
        if self._identity_hidden:
            # Dates of visits tell who it is to those who know the person.
            when = f"Visit {number}"
        else:
            when = "no date" if study.date is None else study.date.isoformat()
        return f"{when}  {study.description}".rstrip()

    def _on_changed(self, changes: Changes) -> None:
        if changes.studies or changes.settings:
            self.reload()
            return
        series = self._workbench.session.state.series
        touched = set(changes.grades)
        touched |= {series[uid].study_uid for uid in changes.overlays if uid in series}
        for study_uid in touched:
            self._progress.pop(study_uid, None)
            index = self.index_of(study_uid)
            if index.isValid():
                self.dataChanged.emit(index, index)

    def _on_settings_changed(self) -> None:
        hidden = self._workbench.settings.identity_hidden
        if hidden != self._identity_hidden:
            self._identity_hidden = hidden
            self.reload()

    # -- asking -----------------------------------------------------------------------------

    @property
    def people(self) -> Sequence[tuple[str, str]]:
        """PatientID and words of everybody, to choose from; no identity while it is hidden."""
        return [(row.patient.id, f"{row.title} · {self._detail(row)}") for row in self._patients]

    @property
    def study_count(self) -> int:
        """How many studies the project has."""
        return len(self._places)

    def index_of(self, study_uid: str) -> QModelIndex:
        """The row of a study; invalid if it isn't there."""
        place = self._places.get(study_uid)
        if place is None:
            return QModelIndex()
        return self.index(place[1], 0, self.index(place[0], 0))

    def progress_of(self, row: StudyRow) -> StudyProgress | None:
        """How far the reader is; None where there is nothing to grade."""
        uid = row.study.uid
        if uid not in self._progress:
            # Looked at on demand: only the visible rows, unless the filter asks for all.
            session = self._workbench.session
            is_gradable = session.state.series_to_grade(uid) is not None
            self._progress[uid] = study_progress(session, uid) if is_gradable else None
        return self._progress[uid]

    def row_at(self, row: int, parent: AnyIndex) -> PatientRow | StudyRow:
        """The row under a parent, as the project tells it."""
        if not parent.isValid():
            return self._patients[row]
        return self._patients[parent.row()].studies[row]

    def search_text(self, row: StudyRow, patient: PatientRow) -> str:
        """What a search looks at: no identity while it is hidden."""
        shown = f"{patient.title} {row.title}"
        if self._identity_hidden:
            return shown.casefold()
        identity = " ".join(f"{record.id} {record.name}" for record in patient.records)
        return f"{shown} {identity}".casefold()

    # -- QAbstractItemModel -----------------------------------------------------------------

    def index(self, row: int, column: int, parent: AnyIndex = _ROOT) -> QModelIndex:
        """A patient's row carries 0 as id, a study's the row of its patient plus 1."""
        # hasIndex would ask for both counts through Qt: too slow for thousands of rows.
        if column != 0 or not 0 <= row < self.rowCount(parent):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else 0)

    def parent(self, child: AnyIndex = _ROOT) -> QModelIndex:  # type: ignore[override]
        """The patient of a study."""
        if not child.isValid() or child.internalId() == 0:
            return QModelIndex()
        return self.createIndex(child.internalId() - 1, 0, 0)

    def rowCount(self, parent: AnyIndex = _ROOT) -> int:  # noqa: N802
        """Patients, or the studies of one."""
        if not parent.isValid():
            return len(self._patients)
        if parent.internalId() != 0:
            return 0
        return len(self._patients[parent.row()].studies)

    def columnCount(self, parent: AnyIndex = _ROOT) -> int:  # noqa: ARG002, N802
        """One: the lines of a row stand below each other."""
        return 1

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Both lines of a row, and the words for tool tips and screen readers."""
        if not index.isValid():
            return None
        row = self.row_at(index.row(), index.parent())
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if role == self.DetailRole:
            return self._detail(row)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{row.title}\n{self._detail(row)}".rstrip()
        if isinstance(row, PatientRow):
            return row.patient.id if role == self.PatientIdRole else None
        return row.study.uid if role == self.StudyUidRole else None

    def _detail(self, row: PatientRow | StudyRow) -> str:
        if isinstance(row, PatientRow):
            visits = counted(len(row.studies), "visit", "visits")
            if self._identity_hidden:
                return visits
            ids = " = ".join(record.id for record in row.records)
            return visits if row.title == ids else f"{ids} · {visits}"
        found = self._workbench.session.state.series_of(row.study.uid)
        series = counted(len(found), "series", "series")
        if row.duplicates:
            series += f" · {counted(len(row.duplicates), 'duplicate', 'duplicates')}"
        progress = self.progress_of(row)
        if progress is None:
            return f"nothing to grade · {series}"
        state = progress.state
        unsaved = f" · {UNSAVED_SIGN} {progress.unsaved} not saved" if progress.unsaved else ""
        counts = f"{progress.answered}/{progress.total}"
        return f"{STATE_SIGNS[state]} {state} {counts}{unsaved} · {series}"
