"""Jobs whose result is a table to be looked at: evaluations and learning curves."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from spinegrader.errors import SpineGraderError
from spinegrader.gui.training.curve_view import CurveDialog
from spinegrader.gui.training.evaluation_view import evaluation_dialog
from spinegrader.gui.training.job_ending import JobEnding, queue_job
from spinegrader.gui.training.jobs import PredictionJob
from spinegrader.gui.workbench import Workbench
from spinegrader.model.events import CurveProgress
from spinegrader.services.curve_surveys import curve_plan
from spinegrader.services.cutting import CuttingProgress
from spinegrader.services.evaluating import EvaluationPlan, evaluation_plan
from spinegrader.services.evaluation import Evaluation, People
from spinegrader.services.jobs import Job, JobState
from spinegrader.services.learning_curves import CurveChoices, LearningCurvePlan
from spinegrader.texts import translate


class EvaluationJob(PredictionJob):
    """A prediction over graded discs, and its comparison with the readers."""

    def __init__(self, plan: EvaluationPlan) -> None:
        super().__init__(translate("Evaluation"), plan.run)


class CurveJob(Job):
    """The trainings of a learning curve; tells of networks, not of batches."""

    keeps_part = True

    def __init__(self, plan: LearningCurvePlan) -> None:
        super().__init__(translate("Learning curve"), self._train)
        self.folder = plan.folder
        self._plan = plan
        self._told: object = None

    def _train(self, emit: Callable[[object], None], stop: Callable[[], bool]) -> object:
        def tell(event: object) -> None:
            if isinstance(event, CurveProgress | CuttingProgress):
                self._told = (event.done, event.total, isinstance(event, CurveProgress))
                emit(event)

        return self._plan.run(tell, stop)

    def running_text(self) -> str:
        """Where it is, for the status line."""
        name = translate("learning curve")
        if self.stop_requested:
            return translate("{name}: stopping").format(name=name)
        if self.state is JobState.PAUSED:
            name = translate("{name} (paused)").format(name=name)
        if not isinstance(self._told, tuple):
            return name
        done, total, is_training = self._told
        words = (
            translate("{name}: network {done} of {total}")
            if is_training
            else translate("{name}: cutting volume {done} of {total}")
        )
        return words.format(name=name, done=min(done + 1, total), total=total)


def start_evaluation(
    workbench: Workbench, run_folder: Path, people: People, reader: str, shown_over: QWidget | None
) -> EvaluationJob | None:
    """Queues an evaluation; its result is kept beside the run, and shown.

    Args:
        workbench: The window's.
        run_folder: Of the grading network.
        people: Whom to evaluate on.
        reader: Whose grades; empty for anybody's.
        shown_over: Where the result opens; where that isn't in sight, a sentence says that it
            is done.

    Returns:
        The job, or None where it can't start.
    """
    try:
        plan = evaluation_plan(workbench.session, run_folder, people, reader)
    except SpineGraderError as error:
        workbench.failed.emit(error)
        return None
    job = EvaluationJob(plan)

    def show() -> None:
        found = job.result[1] if isinstance(job.result, tuple) else None
        if isinstance(found, Evaluation):
            _open(shown_over, lambda parent: evaluation_dialog(workbench, found, parent))
        workbench.notified.emit(
            translate("The evaluation is done: Training > Evaluate… shows it again.")
        )

    JobEnding(workbench, job, show)
    queue_job(workbench, job)
    return job


def start_curve(
    workbench: Workbench,
    choices: CurveChoices,
    resumed: str | None,
    shown_over: QWidget | None,
) -> CurveJob | None:
    """Queues a learning curve, a new one or the rest of one; its result is shown.

    Args:
        workbench: The window's.
        choices: Of a new curve; of one that is gone on with only the device counts.
        resumed: Name of the curve to go on with; None for a new one.
        shown_over: Where the result opens.

    Returns:
        The job, or None where it can't start.
    """
    session = workbench.session
    try:
        plan = curve_plan(session, choices, resumed)
    except SpineGraderError as error:
        workbench.failed.emit(error)
        return None
    job = CurveJob(plan)

    def show() -> None:
        _open(shown_over, lambda parent: CurveDialog(job.folder, parent))
        workbench.notified.emit(
            translate("The learning curve is done: Training > Learning curve… shows it again.")
        )

    JobEnding(workbench, job, show)
    queue_job(workbench, job)
    return job


def _open(over: QWidget | None, make: Callable[[QWidget], QWidget]) -> None:
    """Shows a result without holding up the window, if somebody looks at the place."""
    if over is None or not isValid(over) or not over.isVisible():
        return
    dialog = make(over)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.show()
