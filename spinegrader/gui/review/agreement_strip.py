"""Above the table: how well the model agrees with readers on people whom it never saw."""

from collections.abc import Callable
from typing import TypeAlias

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from spinegrader.gui.review.confusion_view import ConfusionView
from spinegrader.gui.review.rows import Cell
from spinegrader.gui.step_runner import StepRunner
from spinegrader.gui.training.agreement_table import AgreementTable
from spinegrader.gui.training.notices import heading, secondary_label
from spinegrader.gui.workbench import Workbench
from spinegrader.model.metrics import Agreement
from spinegrader.services.evaluation import FEW_PEOPLE
from spinegrader.services.graders import SHIPPED
from spinegrader.services.jobs import Job, JobState
from spinegrader.services.review import (
    Comparison,
    gather_comparisons,
    gather_shown_runs,
    people_behind,
)
from spinegrader.services.session import Session
from spinegrader.services.steps import Steps
from spinegrader.services.surveys import is_simulated
from spinegrader.texts import for_translation, translate

_HOW = for_translation(
    "On people whom the model was not trained on, against grades given before the model's were "
    "seen."
)
_NOTHING = for_translation(
    "Nothing to compare yet: it takes discs of people whom the model was not trained on, graded "
    "by a reader before the model's grades were seen."
)
_LINE_GAP, _SIDE_GAP = 6, 16
_MOST_ROWS = 4
"""The rest is scrolled to: the discs below need the room."""
_Gathered: TypeAlias = tuple[tuple[Comparison, ...], frozenset[str], bool]
"""What to compare, the runs that can't tell whom they know, whether all is the shipped model's."""


class AgreementStrip(QWidget):
    """Kappa and the rest by grading, and the confusion matrix of one."""

    cell_chosen = Signal(object)
    """A cell of the confusion matrix was clicked: ``Cell``."""
    more_requested = Signal()
    """The window “Agreement” is asked for."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._compared: tuple[Comparison, ...] = ()
        self._job: Job | None = None
        self._found: dict[str, Agreement] = {}
        self._grading = ""
        self._is_shipped = False
        self._steps = StepRunner(workbench, self)
        self._note = secondary_label()
        self._note.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.table = AgreementTable(can_choose=True, most_rows=_MOST_ROWS)
        self.matrix = ConfusionView()
        self.table.grading_chosen.connect(self.show_grading)
        self.matrix.cell_clicked.connect(self._on_cell)
        left = QVBoxLayout()
        left.setSpacing(_LINE_GAP)
        self.more_button = QPushButton(translate("More…"))
        self.more_button.setToolTip(
            translate("Reader against reader, repeated readings, levels, sums, adjudication")
        )
        self.more_button.clicked.connect(lambda _=False: self.more_requested.emit())
        top = QHBoxLayout()
        top.addWidget(heading(translate("Agreement with readers"), 1.15))
        top.addStretch(1)
        top.addWidget(self.more_button)
        left.addLayout(top)
        left.addWidget(self._note, 0, Qt.AlignmentFlag.AlignTop)
        left.addWidget(self.table, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        left.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(_SIDE_GAP)
        layout.addLayout(left, 1)
        layout.addWidget(self.matrix, 0, Qt.AlignmentFlag.AlignTop)
        workbench.job_changed.connect(self._on_job)
        self._show()

    @property
    def found(self) -> dict[str, Agreement]:
        """The figures by grading, as far as they are computed."""
        return self._found

    @property
    def _people(self) -> int:
        """Whose discs were compared, in the grading that has fewest."""
        return min((len(set(item.subjects)) for item in self._compared), default=0)

    def refresh(self) -> None:
        """Compares anew; the figures follow from another thread if anything changed."""
        if not self._workbench.has_session:
            self._steps.stop()
            self._compared, self._found, self._job = (), {}, None
            self._show()
            return
        self._steps.run(_gather(self._workbench.session), self._on_compared)

    def stop(self) -> None:
        """Compares nothing any more."""
        self._steps.stop()

    @property
    def is_comparing(self) -> bool:
        """Whether grades are being paired."""
        return self._steps.is_running

    def _on_compared(self, found: _Gathered) -> None:
        compared, unknown, self._is_shipped = found
        if unknown:
            self._compared, self._found, self._job = (), {}, None
            self._show(
                translate(
                    "Some predictions come from a run that is no longer there or was trained "
                    "elsewhere, so that nobody can tell whom it was trained on: predict with a "
                    "model of this project to compare."
                )
            )
        elif compared != self._compared or not compared:
            self._compared = compared
            self._start()

    def _start(self) -> None:
        compared = self._compared
        if not compared:
            self._found, self._job = {}, None
            self._show()
            return

        def work(
            _emit: Callable[[object], None], _stop: Callable[[], bool]
        ) -> dict[str, Agreement]:
            return {item.grading.id: item.agreement() for item in compared}

        self._job = self._workbench.start_quick_job(Job(translate("Comparing grades"), work))

    def _on_job(self, job: Job) -> None:
        if job is not self._job or not job.is_over:
            return
        self._job = None
        if job.state is JobState.DONE and isinstance(job.result, dict):
            self._found = job.result
            self._show()
        elif job.error is not None:
            self._workbench.failed.emit(job.error)

    def _show(self, problem: str = "") -> None:
        has_session = self._workbench.has_session
        simulated = has_session and is_simulated(self._workbench.session)
        note = [translate(_HOW) if self._found else translate(_NOTHING)]
        if self._found and self._is_shipped:
            note.insert(0, translate("Of the model that comes with SpineGrader."))
        if self._found and self._people < FEW_PEOPLE:
            note.append(translate("So few people: the figures may be far off."))
        if simulated:
            note.append(translate("Simulated people."))
        self._note.setText(problem or " ".join(note))
        if has_session:
            self.table.show_agreement(self._found, self._workbench.session.scheme)
        self.table.setVisible(bool(self._found))
        self.matrix.setVisible(bool(self._found))
        if self._found:
            chosen = self._grading if self._grading in self._found else next(iter(self._found))
            self.table.choose(chosen)
            self.show_grading(chosen)

    def show_grading(self, grading_id: str) -> None:
        """Shows the confusion matrix of a grading."""
        found = self._found.get(grading_id)
        if found is None:
            return
        self._grading = grading_id
        grading = self._workbench.session.scheme.grading(grading_id)
        self.matrix.show_matrix(grading, found.confusion)

    def mark(self, cell: Cell | None) -> None:
        """Frames the cell that filters the table."""
        is_here = cell is not None and cell.grading == self._grading
        self.matrix.mark((cell.reference, cell.predicted) if cell and is_here else None)

    def _on_cell(self, reference: int, predicted: int) -> None:
        for item in self._compared:
            if item.grading.id == self._grading:
                places = item.places_of(reference, predicted)
                self.cell_chosen.emit(Cell(self._grading, reference, predicted, places))


def _gather(session: Session) -> Steps[_Gathered]:
    """Pairs of grades on people whom no model was trained on."""
    runs = yield from gather_shown_runs(session)
    people, unknown = people_behind(session, runs)
    if unknown:
        return (), unknown, False
    compared = yield from gather_comparisons(session, trained_on=people, in_sight_only=True)
    return compared, unknown, runs == {SHIPPED}
