"""How well two sides agree: figures by grading and level, discs behind them, sums."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QTabWidget, QVBoxLayout, QWidget

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.edits import Changes
from spinegrader.gui.agreement.discs_tab import DiscsTab
from spinegrader.gui.agreement.figures_job import FiguresJob
from spinegrader.gui.agreement.figures_view import FigureRow, FiguresView
from spinegrader.gui.agreement.side_words import short_names
from spinegrader.gui.agreement.sides_bar import SidesBar
from spinegrader.gui.agreement.sums_plot import SumsPlot
from spinegrader.gui.step_runner import StepRunner
from spinegrader.gui.training.notices import heading, secondary_label
from spinegrader.gui.workbench import Workbench
from spinegrader.services.agreement import Compared, KnownSides, Pairing, are_known, gather_sides
from spinegrader.services.graded_pairs import GradingPairs
from spinegrader.texts import for_translation, translate

_HOW = for_translation(
    "Only grades that were given before the other side's were seen count. Intervals are 95 %."
)
_NOTHING = for_translation("No disc has grades of both sides that count.")
_NO_SUMS = for_translation("Sums mean something only where the grades are an order.")
_AGAIN_MS = 1000
_MOST_AT_ONCE = 20
"""Studies whose grades are paired anew in one go."""


class AgreementPane(QWidget):
    """Pairs the grades step by step and computes beside the window; nothing while hidden."""

    read_requested = Signal(object)
    review_requested = Signal(object)
    """The ``Place`` that is to be shown in that workspace."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._compared: Compared | None = None
        self._pairing: Pairing | None = None
        self._touched: frozenset[str] | None = frozenset()
        """Studies whose answers have changed; None where all may be other ones."""
        self._is_stale = True
        self._reader = ""
        self._steps = StepRunner(workbench, self)
        self._steps.progressed.connect(self._say_how_far)
        self.job = FiguresJob(workbench, self)
        self.job.found.connect(self._show_figures)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(_AGAIN_MS)
        self._again.timeout.connect(self._renew)
        self._make_parts()
        self._lay_out()
        workbench.project_changed.connect(self._start_anew)
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
        self.discs = DiscsTab(self._workbench)
        self.discs.read_requested.connect(self.read_requested)
        self.discs.review_requested.connect(self.review_requested)
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

    # -- pairing ----------------------------------------------------------------------------

    @property
    def is_busy(self) -> bool:
        """Whether grades are being paired or figures computed."""
        return (
            self._steps.is_running
            or self.job.is_running
            or self.discs.is_busy
            or self._again.isActive()
        )

    def reload(self) -> None:
        """Looks anew who has graded something, and compares."""
        if not self.isVisible():
            self._is_stale = True
            return
        self._is_stale = False
        self._touched = frozenset()
        self._again.stop()
        if self._workbench.has_session:
            self._reader = self._workbench.session.reader
            self._steps.run(gather_sides(self._workbench.session), self._on_sides)
        else:
            self._on_sides(KnownSides({}, ()))

    def _renew(self) -> None:
        """Counts the answers anew that have changed, or all of them where that may not do."""
        session, studies = self._workbench.session, self._touched
        pairing, compared = self._pairing, self._compared
        if (
            pairing is None
            or compared is None
            or self._steps.is_running
            or studies is None
            or len(studies) > _MOST_AT_ONCE
            or not are_known(session, self.sides.known, studies)
        ):
            self.reload()
            return
        self._touched = frozenset()
        self._on_compared(pairing.renewed(compared, studies))

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
            self._pairing = None
            self._steps.stop()
            self._on_compared(None)
        else:
            self._pairing = Pairing(self._workbench.session, *asked)
            self._steps.run(self._pairing.gather(), self._on_compared)

    def _on_compared(self, compared: Compared | None) -> None:
        if compared is None or compared != self._compared:
            self._compared = compared
            self.job.forget()
            self.parts.setVisible(bool(compared and compared.gradings))
            self._show_figures()
            self.discs.show_pairs(compared, self.chosen)
        self._show_note()
        self._compute()

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

    # -- listening --------------------------------------------------------------------------

    def _start_anew(self) -> None:
        """Shows nothing of what was compared before."""
        self._pairing = None
        self._steps.stop()
        self._on_compared(None)
        self.note.clear()
        self.reload()

    def _on_changes(self, changes: Changes) -> None:
        if self._reader not in ("", self._workbench.session.reader):
            # What this reader may see is another matter.
            self._start_anew()
            return
        if not (changes.grades or changes.predictions or changes.studies or changes.settings):
            return
        if self.isVisible():
            if changes.predictions or changes.studies or changes.settings:
                self._touched = None
            elif self._touched is not None:
                self._touched |= changes.grades
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
