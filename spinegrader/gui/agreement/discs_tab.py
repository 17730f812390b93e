"""The discs behind the figures of one grading: a matrix of them, and those of one cell."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.gui.agreement.cell_list import CellList
from spinegrader.gui.agreement.side_words import short_names
from spinegrader.gui.review.confusion_view import ConfusionView
from spinegrader.gui.review.rows import study_titles
from spinegrader.gui.step_runner import StepRunner
from spinegrader.gui.workbench import Workbench
from spinegrader.services.agreement import Compared
from spinegrader.services.graded_pairs import GradingPairs, Pair
from spinegrader.services.items import Item
from spinegrader.services.places import Place
from spinegrader.services.sight import note_sights_in_steps
from spinegrader.services.steps import Steps
from spinegrader.texts import translate


class DiscsTab(QWidget):
    """Counts the discs of all levels, or of one; a click on a cell names its discs."""

    read_requested = Signal(object)
    review_requested = Signal(object)
    """The ``Place`` that is to be shown in that workspace."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._compared: Compared | None = None
        self._pairs: GradingPairs | None = None
        self._steps = StepRunner(workbench, self)
        self.level = QComboBox()
        self.level.setAccessibleName(translate("Level"))
        self.level.setToolTip(translate("Which discs the matrix counts"))
        self.level.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.level.currentIndexChanged.connect(lambda _: self._show_matrix())
        self.matrix = ConfusionView()
        self.matrix.cell_clicked.connect(self._show_cell)
        self.cell = CellList()
        self.cell.read_requested.connect(lambda pair: self.read_requested.emit(self._place(pair)))
        self.cell.review_requested.connect(
            lambda pair: self.review_requested.emit(self._place(pair))
        )
        levels = QHBoxLayout()
        levels.addWidget(QLabel(translate("Level")))
        levels.addWidget(self.level)
        levels.addStretch(1)
        column = QVBoxLayout(self)
        column.addLayout(levels)
        column.addWidget(self.matrix, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.cell, 1)
        workbench.settings_changed.connect(self._name_studies)

    @property
    def is_busy(self) -> bool:
        """Whether it is being recorded that the discs of a cell are seen."""
        return self._steps.is_running

    def show_pairs(self, compared: Compared | None, pairs: GradingPairs | None) -> None:
        """Counts the discs of another grading; the level stays if it is there.

        Args:
            compared: Who is compared; None for nobody.
            pairs: The discs of one of its gradings; None for none.
        """
        self._compared, self._pairs = compared, pairs
        if compared is not None:
            self.matrix.set_sides(*short_names(compared))
        before = self.level.currentData()
        levels: tuple[DiscLevel | None, ...] = (None, *(() if pairs is None else pairs.discs))
        with QSignalBlocker(self.level):
            self.level.clear()
            for disc in levels:
                self.level.addItem(translate("All levels") if disc is None else str(disc), disc)
            self.level.setCurrentIndex(levels.index(before) if before in levels else 0)
        self._show_matrix()

    def choose_level(self, disc: DiscLevel) -> None:
        """Counts the discs of one level alone."""
        self.level.setCurrentIndex(max(self.level.findText(str(disc)), 0))

    def _show_matrix(self) -> None:
        self._steps.stop()
        self.cell.clear()
        if self._pairs is None:
            self.matrix.show_matrix(None, ())
        else:
            counts = self._pairs.confusion(self.level.currentData())
            self.matrix.show_matrix(self._pairs.grading, counts)

    # -- one cell ---------------------------------------------------------------------------

    def _show_cell(self, first: int, second: int) -> None:
        compared, shown = self._compared, self._pairs
        if compared is None or shown is None:
            return
        pairs = shown.cell(first, second, self.level.currentData())
        one, other = short_names(compared)
        words = translate("{name}: {first} {one}, {second} {other}").format(
            name=shown.grading.name,
            first=one,
            one=f"{first} {shown.grading.label_of(first)}",
            second=other,
            other=f"{second} {shown.grading.label_of(second)}",
        )
        self.cell.clear()
        self._steps.run(
            self._noting(compared, pairs), lambda _: self._list((first, second), words, pairs)
        )

    def _noting(self, compared: Compared, pairs: tuple[Pair, ...]) -> Steps[None]:
        """A disc whose grades are named is one whose other grades were seen."""
        session = self._workbench.session
        are_own = {compared.first.name, compared.second.name} == {session.reader}
        studies = [] if are_own else list(dict.fromkeys(pair.study_uid for pair in pairs))
        return note_sights_in_steps(session, studies)

    def _list(self, cell: tuple[int, int], words: str, pairs: tuple[Pair, ...]) -> None:
        self.matrix.mark(cell)
        self.cell.show_pairs(words, pairs, self._titles())

    def _titles(self) -> dict[str, str]:
        hidden = self._workbench.settings.identity_hidden
        return study_titles(self._workbench.session, identity_hidden=hidden)

    def _name_studies(self, *_: object) -> None:
        if self._workbench.has_session and self.cell.list.count():
            self.cell.name_studies(self._titles())

    def _place(self, pair: Pair) -> Place:
        series = self._workbench.session.state.series_to_grade(pair.study_uid)
        grading = "" if self._pairs is None else self._pairs.grading.id
        return Place(pair.study_uid, "" if series is None else series.uid, Item(pair.disc, grading))

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Nothing is recorded as seen that isn't shown."""
        self._steps.stop()
        super().hideEvent(event)
