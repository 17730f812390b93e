"""All discs of a study by all asked gradings, with the reader's own answers."""

from datetime import UTC, datetime

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.edits import Changes
from spinegrader.domain.grades import Grade
from spinegrader.domain.scheme import Grading
from spinegrader.gui.itemmodels.answer_text import answer_origin, answer_sign, answer_words
from spinegrader.gui.workbench import Workbench
from spinegrader.services.reading import (
    Item,
    asked_gradings,
    discs_to_grade,
    is_saved,
    own_grade,
)
from spinegrader.texts import translate

AnyIndex = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class GradeGridModel(QAbstractTableModel):
    """Rows are discs from head to feet, columns the asked gradings.

    A study without a sagittal series has no rows: nothing is graded on it.
    """

    GradeRole = Qt.ItemDataRole.UserRole + 1
    """The reader's answer: ``Grade`` or None."""
    SavedRole = Qt.ItemDataRole.UserRole + 2
    """Whether what the cell shows is on the disk."""

    def __init__(self, workbench: Workbench, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._discs: tuple[DiscLevel, ...] = ()
        self._gradings: tuple[Grading, ...] = ()
        workbench.project_changed.connect(self.reload)
        workbench.study_changed.connect(self.reload)
        workbench.changed.connect(self._on_changed)
        self.reload()

    def reload(self) -> None:
        """Takes discs and gradings of the study in front anew."""
        self.beginResetModel()
        self._discs, self._gradings = self._read()
        self.endResetModel()

    def _read(self) -> tuple[tuple[DiscLevel, ...], tuple[Grading, ...]]:
        study_uid = self._workbench.study_uid
        if not self._workbench.has_session or not study_uid:
            return (), ()
        session = self._workbench.session
        if session.state.series_to_grade(study_uid) is None:
            return (), ()
        return discs_to_grade(session, study_uid), asked_gradings(session)

    def _on_changed(self, changes: Changes) -> None:
        if (changes.studies or changes.overlays or changes.settings) and (
            self._read() != (self._discs, self._gradings)
        ):
            self.reload()
        elif self._workbench.study_uid in changes.grades and self._discs and self._gradings:
            last = self.index(len(self._discs) - 1, len(self._gradings) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    # -- asking -----------------------------------------------------------------------------

    @property
    def gradings(self) -> tuple[Grading, ...]:
        """The columns."""
        return self._gradings

    def item_at(self, index: AnyIndex) -> Item | None:
        """Disc and grading of a cell."""
        if not index.isValid():
            return None
        return Item(self._discs[index.row()], self._gradings[index.column()].id)

    def index_of(self, item: Item | None) -> QModelIndex:
        """The cell of an item; invalid if it isn't there."""
        ids = [grading.id for grading in self._gradings]
        if item is None or item.disc not in self._discs or item.grading not in ids:
            return QModelIndex()
        return self.index(self._discs.index(item.disc), ids.index(item.grading))

    # -- QAbstractTableModel ----------------------------------------------------------------

    def rowCount(self, parent: AnyIndex = _ROOT) -> int:  # noqa: N802
        """Discs."""
        return 0 if parent.isValid() else len(self._discs)

    def columnCount(self, parent: AnyIndex = _ROOT) -> int:  # noqa: N802
        """Gradings."""
        return 0 if parent.isValid() else len(self._gradings)

    def headerData(  # noqa: N802
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """Names of discs and gradings."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        if orientation is Qt.Orientation.Horizontal:
            return self._gradings[section].name
        return str(self._discs[section])

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The answer as a sign, as words, and as it is."""
        item = self.item_at(index)
        if item is None:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignCenter
        if role == self.SavedRole:
            return is_saved(self._workbench.session, self._workbench.study_uid, item)
        texts = (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)
        if role in (Qt.ItemDataRole.DisplayRole, self.GradeRole, *texts):
            return self._answer(item, self._gradings[index.column()], role)
        return None

    def _answer(self, item: Item, grading: Grading, role: int) -> object:
        grade = own_grade(self._workbench.session, self._workbench.study_uid, item)
        if role == self.GradeRole:
            return grade
        if role == Qt.ItemDataRole.DisplayRole:
            return answer_sign(grade)
        return self._words(item, grading, grade)

    def _words(self, item: Item, grading: Grading, grade: Grade | None) -> str:
        text = f"{item.disc}, {grading.name}: {answer_words(grade, grading)}"
        if not is_saved(self._workbench.session, self._workbench.study_uid, item):
            not_saved = translate("not saved")
            return f"{text} ({not_saved})"
        if grade is None:
            return text
        today = datetime.now(UTC).astimezone().date()
        return f"{text} ({answer_origin(grade, self._workbench.session.reader, today)})"
