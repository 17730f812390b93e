"""How well two sides agree: figures by grading and level, discs behind them, sums."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.edits import Changes
from spinegrader.gui.agreement.cell_list import CellList
from spinegrader.gui.agreement.figures_job import FiguresJob
from spinegrader.gui.agreement.figures_view import FigureRow, FiguresView
from spinegrader.gui.agreement.sides_bar import SidesBar
from spinegrader.gui.agreement.sums_plot import SumsPlot
from spinegrader.gui.review.confusion_view import ConfusionView
from spinegrader.gui.review.rows import study_titles
from spinegrader.gui.step_runner import StepRunner
from spinegrader.gui.training.notices import heading, secondary_label
from spinegrader.gui.workbench import Workbench
from spinegrader.services.agreement import Compared, KnownSides, Side, gather_compared, gather_sides
from spinegrader.services.graded_pairs import GradingPairs, Pair
from spinegrader.services.places import Place
from spinegrader.services.reading import Item
from spinegrader.services.sight import note_sights
from spinegrader.texts import for_translation, translate

_HOW = for_translation(
    "Only grades that were given before the other side's were seen count. Intervals are 95 %."
)
_NOTHING = for_translation("No disc has grades of both sides that count.")
_NO_SUMS = for_translation("Sums mean something only where the grades are an order.")
_AGAIN_MS = 1000


class AgreementPane(QWidget):
    """Pairs the grades step by step and computes beside the window; nothing while hidden."""

    read_requested = Signal(object)
    review_requested = Signal(object)
    """The ``Place`` that is to be shown in that workspace."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._compared: Compared | None = None
        self._is_stale = True
        self._is_noting = False
        self._steps = StepRunner(workbench, self)
        self._steps.progressed.connect(self._say_how_far)
        self.job = FiguresJob(workbench, self)
        self.job.found.connect(self._show_figures)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(_AGAIN_MS)
        self._again.timeout.connect(self.reload)
        self._make_parts()
        self._lay_out()
        workbench.project_changed.connect(self._on_project)
        workbench.changed.connect(self._on_changes)

    def _make_parts(self) -> None:
        self.sides = SidesBar()
        self.sides.changed.connect(self._compare)
        self.note = secondary_label()
        self.by_grading = FiguresView(translate("Agreement by grading"), for_translation("Grading"))
        self.by_grading.row_chosen.connect(lambda _: self._on_grading())
        self.by_level = FiguresView(
            translate("Agreement by level"), for_translation("Level"), has_focus_row=False
        )
        self.by_level.setToolTip(translate("A click, or Enter, counts this level alone"))
        self.by_level.clicked.connect(self._choose_level)
        self.by_level.activated.connect(self._choose_level)
        self.level_title = heading(scale=1.1)
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
        self.sums = SumsPlot()

    def _lay_out(self) -> None:
        left = QWidget()
        figures = QVBoxLayout(left)
        figures.setContentsMargins(0, 0, 8, 0)
        figures.addWidget(heading(translate("By grading"), 1.1))
        figures.addWidget(self.by_grading, 3)
        figures.addWidget(self.level_title)
        figures.addWidget(self.by_level, 2)
        discs = QWidget()
        matrix = QVBoxLayout(discs)
        levels = QHBoxLayout()
        levels.addWidget(QLabel(translate("Level")))
        levels.addWidget(self.level)
        levels.addStretch(1)
        matrix.addLayout(levels)
        matrix.addWidget(self.matrix, 0, Qt.AlignmentFlag.AlignHCenter)
        matrix.addWidget(self.cell, 1)
        self.tabs = QTabWidget()
        self.tabs.addTab(discs, translate("Discs"))
        self.tabs.addTab(self.sums, translate("Sums of a study"))
        self.parts = QSplitter(Qt.Orientation.Horizontal)
        self.parts.addWidget(left)
        self.parts.addWidget(self.tabs)
        self.parts.setStretchFactor(0, 3)
        self.parts.setStretchFactor(1, 2)
        self.parts.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.addWidget(self.sides)
        column.addWidget(self.note)
        column.addWidget(self.parts, 1)

    # -- pairing ----------------------------------------------------------------------------

    @property
    def is_busy(self) -> bool:
        """Whether grades are being paired or figures computed."""
        return self._steps.is_running or self.job.is_running or self._again.isActive()

    def reload(self) -> None:
        """Looks anew who has graded something, and compares."""
        if not self.isVisible():
            self._is_stale = True
            return
        self._is_stale = False
        self._again.stop()
        if self._workbench.has_session:
            self._steps.run(gather_sides(self._workbench.session), self._on_sides)
        else:
            self._on_sides(KnownSides({}, ()))

    def _on_sides(self, known: KnownSides) -> None:
        has_session = self._workbench.has_session
        self.sides.show_sides(known, self._workbench.session.reader if has_session else "")

    def _compare(self) -> None:
        if not self.isVisible():
            self._is_stale = True
            return
        asked = self.sides.sides
        self.job.stop()
        if asked is None or not self._workbench.has_session:
            self._steps.stop()
            self._on_compared(None)
        else:
            self._steps.run(gather_compared(self._workbench.session, *asked), self._on_compared)

    def _on_compared(self, compared: Compared | None) -> None:
        if compared == self._compared and compared is not None:
            self._show_note()
            return
        self._compared = compared
        self.job.forget()
        self.cell.clear()
        self.parts.setVisible(bool(compared and compared.gradings))
        if compared is not None:
            self.matrix.set_sides(*_names_of(compared))
        self._show_note()
        self._show_figures()
        self._on_grading()

    def _say_how_far(self, share: float) -> None:
        self.note.setText(
            translate("Pairing the grades: {percent:.0f} %").format(percent=100 * share)
        )

    def _show_note(self) -> None:
        if self._compared is None:
            self.note.setText(self.sides.missing)
            return
        told = [self._compared.left_out_words]
        if not self._compared.unknown_runs:
            told.insert(0, translate(_HOW if self._compared.gradings else _NOTHING))
        if self.sides.known.is_simulated:
            told.append(translate("Simulated people."))
        self.note.setText(" ".join(words for words in told if words))

    # -- showing ----------------------------------------------------------------------------

    @property
    def _gradings(self) -> Sequence[GradingPairs]:
        return () if self._compared is None else self._compared.gradings

    @property
    def chosen(self) -> GradingPairs | None:
        """The grading that is looked at closer."""
        return next((i for i in self._gradings if i.grading.id == self.by_grading.chosen), None)

    def _show_figures(self) -> None:
        known = self.job.figures
        self.by_grading.show_rows(
            [
                FigureRow(
                    item.grading.id,
                    item.grading.name,
                    len(item.pairs),
                    known.get((item.grading.id, None)),
                )
                for item in self._gradings
            ]
        )
        self._show_closer()

    def _on_grading(self) -> None:
        """Another grading is looked at closer."""
        item = self.chosen
        if item is None:
            return
        levels: tuple[DiscLevel | None, ...] = (None, *item.discs)
        before = self.level.currentData()
        self.level.blockSignals(True)
        self.level.clear()
        for disc in levels:
            self.level.addItem(translate("All levels") if disc is None else str(disc), disc)
        self.level.setCurrentIndex(levels.index(before) if before in levels else 0)
        self.level.blockSignals(False)
        self._show_closer()
        self._show_matrix()
        self.job.ask(self._gradings, item.grading.id)

    def _show_closer(self) -> None:
        """What is known of the levels and sums of the grading in focus."""
        item, compared = self.chosen, self._compared
        if item is None or compared is None:
            return
        name = item.grading.id
        self.level_title.setText(translate("{name} by level").format(name=item.grading.name))
        self.by_level.show_rows(
            [
                FigureRow(disc, str(disc), len(item.at(disc)), self.job.figures.get((name, disc)))
                for disc in item.discs
            ]
        )
        if not item.can_be_summed:
            self.sums.show_nothing(translate(_NO_SUMS))
        elif name in self.job.sums:
            self.sums.show_sums(*self.job.sums[name], *_names_of(compared))
        else:
            self.sums.show_nothing(translate("Computing…"))

    def _choose_level(self, index: QModelIndex) -> None:
        disc = self.by_level.figures.rows[index.row()].key
        self.level.setCurrentIndex(max(self.level.findText(str(disc)), 0))

    def _show_matrix(self) -> None:
        item = self.chosen
        if item is not None:
            self.matrix.show_matrix(item.grading, item.confusion(self.level.currentData()))
            self.cell.clear()

    def _show_cell(self, first: int, second: int) -> None:
        item, compared = self.chosen, self._compared
        if item is None or compared is None:
            return
        session = self._workbench.session
        pairs = item.cell(first, second, self.level.currentData())
        self._is_noting = True
        try:
            if not self._workbench.attempt(lambda: self._note_sight(pairs, compared)):
                return
        finally:
            self._is_noting = False
        hidden = self._workbench.settings.identity_hidden
        self.matrix.mark((first, second))
        names = _names_of(compared)
        words = translate("{name}: {first} {one}, {second} {other}").format(
            name=item.grading.name,
            first=names[0],
            one=f"{first} {item.grading.label_of(first)}",
            second=names[1],
            other=f"{second} {item.grading.label_of(second)}",
        )
        self.cell.show_pairs(words, pairs, study_titles(session, identity_hidden=hidden))

    def _note_sight(self, pairs: Sequence[Pair], compared: Compared) -> None:
        """A disc whose grades are named is one whose other grades were seen."""
        session = self._workbench.session
        if {compared.first.name, compared.second.name} != {session.reader}:
            note_sights(session, dict.fromkeys(pair.study_uid for pair in pairs))

    def _place(self, pair: Pair) -> Place:
        series = self._workbench.session.state.series_to_grade(pair.study_uid)
        item = self.chosen
        grading = "" if item is None else item.grading.id
        return Place(pair.study_uid, "" if series is None else series.uid, Item(pair.disc, grading))

    # -- listening --------------------------------------------------------------------------

    def _on_project(self) -> None:
        self._compared = None
        self.job.forget()
        self.cell.clear()
        self.reload()

    def _on_changes(self, changes: Changes) -> None:
        if self._is_noting or not (
            changes.grades or changes.predictions or changes.studies or changes.settings
        ):
            return
        if self.isVisible():
            self._again.start()
        else:
            self._is_stale = True

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Catches up with what happened while it wasn't seen."""
        super().showEvent(event)
        if self._is_stale:
            self.reload()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Nothing is paired or computed that nobody sees."""
        if self.is_busy:
            self._is_stale = True
            self._compared = None
        self._again.stop()
        self._steps.stop()
        self.job.stop()
        super().hideEvent(event)


def _names_of(compared: Compared) -> tuple[str, str]:
    """What both sides are called beside the matrix: short, and told apart."""
    return _name_of(compared.first, compared), _name_of(compared.second, compared)


def _name_of(side: Side, compared: Compared) -> str:
    if side.is_model:
        return translate("model")
    if compared.first.name == compared.second.name:
        return translate("reading {number}").format(number=side.reading)
    return side.name
