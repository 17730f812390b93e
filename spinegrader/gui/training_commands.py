"""The job that runs now, as the Training menu pauses, stops and cancels it; and its models."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from spinegrader.gui.actions import set_tip
from spinegrader.gui.workbench import Workbench
from spinegrader.services.jobs import Job
from spinegrader.texts import for_translation, translate

if TYPE_CHECKING:
    from spinegrader.gui.training.models_page import ModelsPage

_PAUSE, _GO_ON = for_translation("P&ause"), for_translation("&Go on")
_NOTHING_RUNS = for_translation("Nothing is trained or graded now")
_ENDS = for_translation("{job} is ending already")
_PAUSES = for_translation("{job}: holds until you let it go on")
_GOES_ON = for_translation("{job}: goes on where it stood")
_STOPS = for_translation("{job}: ends; what was learnt is kept")
_STOPS_OTHER = for_translation("{job}: ends before it is done; nothing is kept of it")
_CANCELS = for_translation("{job}: ends, and what was learnt is thrown away")
_ONLY_TRAININGS = for_translation("{job}: only a training can be thrown away; Stop ends it")


class TrainingCommands(QObject):
    """Acts on whatever runs in the lane of the trainings; says why where it can't.

    Args:
        workbench: The window's.
        models_page: Gives the page of the models, while a project is open.
        window: In front of which is asked.
    """

    def __init__(
        self, workbench: Workbench, models_page: "Callable[[], ModelsPage]", window: QWidget
    ) -> None:
        super().__init__(window)
        self._workbench = workbench
        self._models_page = models_page
        self._window = window

    def compare_models(self) -> None:
        """Opens the comparison of models, in front of whatever is read."""
        self._models_page().open_comparison()

    def import_model(self) -> None:
        """Asks for the file of a model and brings it in."""
        self._models_page().commands.ask_import()

    def pause_or_go_on(self) -> None:
        """Lets the running job stand still, or go on where it stood."""
        from spinegrader.gui.training.jobs import hold_job

        self._act(lambda job: hold_job(self._workbench, job, holds=not job.pause_requested))

    def stop(self) -> None:
        """Ends the running job; what was learnt is kept."""
        from spinegrader.gui.training.jobs import stop_job

        self._act(lambda job: stop_job(self._workbench, job))

    def ask_cancel(self) -> None:
        """Asks whether to throw away the running training."""
        from spinegrader.gui.training.cancel_question import ask_cancel
        from spinegrader.gui.training.jobs import RunJob

        def ask(job: Job) -> None:
            if isinstance(job, RunJob):
                ask_cancel(self._workbench, job, self._window)

        self._act(ask)

    def _act(self, act: Callable[[Job], None]) -> None:
        job = self._workbench.training_lane.current
        if job is not None:
            act(job)

    def show_state(self, actions: Mapping[str, QAction]) -> None:
        """Lets the actions say what they would do now, or why they can't."""
        job = self._workbench.training_lane.current
        is_paused = job is not None and job.pause_requested
        pause = actions["pause_training"]
        pause.setText(translate(_GO_ON if is_paused else _PAUSE))
        for name, tell in (
            ("pause_training", _pause_state),
            ("stop_training", _stop_state),
            ("cancel_training", _cancel_state),
        ):
            can_act, words = (False, _NOTHING_RUNS) if job is None else tell(job)
            title = "" if job is None else job.title
            _say(actions[name], translate(words).format(job=title), can_act=can_act)


def _pause_state(job: Job) -> tuple[bool, str]:
    if job.stop_requested:
        return False, _ENDS
    return True, _GOES_ON if job.pause_requested else _PAUSES


def _stop_state(job: Job) -> tuple[bool, str]:
    if job.stop_requested:
        return False, _ENDS
    return True, _STOPS if job.keeps_part else _STOPS_OTHER


def _cancel_state(job: Job) -> tuple[bool, str]:
    from spinegrader.gui.training.jobs import RunJob

    if not isinstance(job, RunJob):
        return False, _ONLY_TRAININGS
    # A run may be stopping and still be thrown away.
    return (False, _ENDS) if job.is_cancelled else (True, _CANCELS)


def _say(action: QAction, words: str, *, can_act: bool) -> None:
    action.setEnabled(can_act)
    set_tip(action, words)
