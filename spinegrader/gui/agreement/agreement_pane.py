"""How well two sides agree: figures by grading and level, discs behind them, sums."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QTabWidget, QVBoxLayout, QWidget

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.gui.agreement.discs_tab import DiscsTab
from spinegrader.gui.agreement.figures_job import FiguresJob
from spinegrader.gui.agreement.figures_view import FigureRow, FiguresView
from spinegrader.gui.agreement.pairing_runner import PairingRunner
from spinegrader.gui.agreement.side_words import short_names
from spinegrader.gui.agreement.sides_bar import SidesBar
from spinegrader.gui.agreement.sums_plot import SumsPlot
from spinegrader.gui.training.notices import heading, secondary_label
from spinegrader.gui.workbench import Workbench
from spinegrader.services.agreement import Compared
from spinegrader.services.graded_pairs import GradingPairs
from spinegrader.texts import for_translation, translate

_HOW = for_translation(
    "Only grades that were given before the other side's were seen count. Intervals are 95 %."
)
_NOTHING = for_translation("No disc has grades of both sides that count.")
_NO_SUMS = for_translation("Sums mean something only where the grades are an order.")


class AgreementPane(QWidget):
    """Figures of the chosen pair of sides; nothing is paired or computed while hidden."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._compared: Compared | None = None
        self.job = FiguresJob(workbench, self)
        self.job.found.connect(self._show_figures)
        self._make_parts()
        self._lay_out()

    def _make_parts(self) -> None:
        self.sides = SidesBar()
        self.runner = PairingRunner(self._workbench, self.sides, self)
        self.runner.paired.connect(self._take)
        self.runner.forgotten.connect(self._forget)
        self.runner.progressed.connect(self._say_how_far)
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
        self.discs = DiscsTab(self._workbench)
        self.sums = SumsPlot()

    def _lay_out(self) -> None:
        left = QWidget()
        figures = QVBoxLayout(left)
        figures.setContentsMargins(0, 0, 8, 0)
        figures.addWidget(heading(translate("By grading"), 1.1))
        figures.addWidget(self.by_grading)
        figures.addSpacing(12)
        figures.addWidget(self.level_title)
        figures.addWidget(self.by_level)
        figures.addStretch(1)
        self.tabs = QTabWidget()
        self.tabs.addTab(self.discs, translate("Discs"))
        self.tabs.addTab(self.sums, translate("Sums of a study"))
        self.parts = QSplitter(Qt.Orientation.Horizontal)
        self.parts.addWidget(left)
        self.parts.addWidget(self.tabs)
        self.parts.setStretchFactor(0, 1)
        self.parts.setStretchFactor(1, 1)
        self.parts.setSizes([680, 520])
        self.parts.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.addWidget(self.sides)
        column.addWidget(self.note)
        column.addWidget(self.parts, 1)

    # -- what is known ----------------------------------------------------------------------

    @property
    def is_busy(self) -> bool:
        """Whether grades are being paired or figures computed."""
        return self.runner.is_busy or self.job.is_running or self.discs.is_busy

    def reload(self) -> None:
        """Looks anew who has graded something, and compares."""
        self.runner.reload()

    def _take(self) -> None:
        """Shows what came of pairing."""
        self._show(self.runner.compared)
        self._show_note()
        self._compute()

    def _forget(self) -> None:
        """Shows nothing of what was compared before."""
        self._show(None)
        self.note.clear()

    def _show(self, compared: Compared | None) -> None:
        if compared is not None and compared == self._compared:
            return
        self._compared = compared
        self.job.forget()
        self.parts.setVisible(bool(compared and compared.gradings))
        self._show_figures()
        self.discs.show_pairs(compared, self.chosen)

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
        self._show_closer()
        self.discs.show_pairs(self._compared, self.chosen)
        self._compute()

    def _compute(self) -> None:
        """What isn't known yet, where it isn't under way."""
        if (item := self.chosen) is not None:
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
            self.sums.show_sums(*self.job.sums[name], *short_names(compared))
        else:
            self.sums.show_nothing(translate("Computing…"))

    def _choose_level(self, index: QModelIndex) -> None:
        disc = self.by_level.figures.rows[index.row()].key
        if isinstance(disc, DiscLevel):
            self.discs.choose_level(disc)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Catches up with what happened while it wasn't seen."""
        super().showEvent(event)
        self.runner.watch(is_watched=True)
        self._compute()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Nothing is paired or computed that nobody sees."""
        self.runner.watch(is_watched=False)
        self.job.stop()
        super().hideEvent(event)
