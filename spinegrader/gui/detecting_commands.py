"""Finding vertebrae beside the window: after an import by itself, and where it is asked for."""

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from spinegrader.gui.workbench import Workbench
from spinegrader.services.adopting import Adopted, adopt
from spinegrader.services.detecting import (
    DetectedSeries,
    DetectPlan,
    detect_plan,
    series_to_look_at,
)
from spinegrader.services.import_report import ImportReport
from spinegrader.services.jobs import Job, JobState
from spinegrader.store.project import ProjectStore
from spinegrader.texts import translate


class DetectingJob(Job):
    """A look at some series of one project, and what has come of it so far.

    Args:
        plan: What is to be done.
        asked: Whether a reader asked for it, and can undo it as one change.
    """

    def __init__(self, plan: DetectPlan, *, asked: bool) -> None:
        super().__init__(translate("Finding vertebrae"), plan.run)
        self.store = plan.store
        self.asked = asked
        self.adopted = Adopted()


class DetectingCommands(QObject):
    """Starts the looks, and proposes what they find as soon as it can be shown.

    Args:
        workbench: The window's.
        window: Its parent.
        is_drawing: Whether the reader is placing vertebrae on the series in front: what was
            found there waits until that is over.
    """

    def __init__(
        self, workbench: Workbench, window: QWidget, is_drawing: Callable[[], bool]
    ) -> None:
        super().__init__(window)
        self._workbench = workbench
        self._is_drawing = is_drawing
        self._held: list[tuple[DetectingJob, DetectedSeries]] = []
        workbench.job_event.connect(self._on_event)
        workbench.job_changed.connect(self._on_job)
        workbench.project_changed.connect(self._leave_project)
        workbench.series_changed.connect(lambda _: self.bring_held())

    # -- starting ---------------------------------------------------------------------------

    def look_after_import(self, report: ImportReport) -> None:
        """Looks at what came in, unless the reader doesn't want that."""
        if not self._workbench.settings.finds_vertebrae:
            return
        new = {item.uid for item in report.series}
        studies = self._front_first(item.study_uid for item in report.series)
        found = series_to_look_at(self._workbench.session, studies)
        self._start([uid for uid in found if uid in new], asked=False)

    def look_at_study(self) -> None:
        """Looks at the study in front; the detector's own proposals are found anew."""
        session, study_uid = self._workbench.session, self._workbench.study_uid
        sagittal = [item.uid for item in session.state.series_of(study_uid) if item.is_sagittal]
        if not self._start(sagittal, asked=True, again=True):
            self._workbench.notified.emit(
                translate("There is no sagittal series in this study without a reader's vertebrae.")
            )

    def look_at_all(self) -> None:
        """Looks at every study, that in front first."""
        session = self._workbench.session
        studies = self._front_first(item.uid for item in session.state.visible_studies())
        if not self._start(series_to_look_at(session, studies), asked=False):
            self._workbench.notified.emit(translate("Every sagittal series has vertebrae already."))

    def _front_first(self, studies: Iterable[str]) -> list[str]:
        front = self._workbench.study_uid
        return sorted(dict.fromkeys(studies), key=lambda uid: uid != front)

    def _start(self, series_uids: list[str], *, asked: bool, again: bool = False) -> bool:
        """Queues a look; tells whether there is anything to look at."""
        bench, plans = self._workbench, list[DetectPlan]()
        bench.attempt(lambda: plans.append(detect_plan(bench.session, series_uids, again=again)))
        wanted = [plan for plan in plans if plan.requests]
        for plan in wanted:
            bench.start_detecting_job(DetectingJob(plan, asked=asked))
        return bool(wanted)

    # -- what comes back --------------------------------------------------------------------

    def _on_event(self, job: Job, event: object) -> None:
        # What was asked for comes at the end, so that one undo takes it back.
        if not isinstance(job, DetectingJob) or not isinstance(event, DetectedSeries) or job.asked:
            return
        if event.series_uid == self._workbench.series_uid and self._is_drawing():
            self._held.append((job, event))
        else:
            self._adopt(job, [event])

    def bring_held(self) -> None:
        """Proposes what had to wait, where the reader isn't placing vertebrae any more."""
        held, self._held = self._held, []
        for job, event in held:
            self._on_event(job, event)

    def _adopt(self, job: DetectingJob, found: list[DetectedSeries]) -> None:
        bench = self._workbench
        if not self._is_open(job.store):
            return

        def take() -> None:
            job.adopted += adopt(bench.session, found, asked=job.asked)

        bench.attempt(take)

    def _on_job(self, job: Job) -> None:
        if not isinstance(job, DetectingJob) or not job.is_over or not self._is_open(job.store):
            return
        if job.state is JobState.FAILED and job.error is not None:
            self._workbench.failed.emit(job.error)
            return
        if job.asked and isinstance(job.result, tuple):
            self._adopt(job, list(job.result))
        words = [job.adopted.sentence()]
        if job.state is JobState.STOPPED:
            stopped = translate("Finding vertebrae was cancelled.")
            words = [stopped, *words] if job.adopted.series else [stopped]
        self._workbench.notified.emit(" ".join(words))

    def _is_open(self, store: ProjectStore) -> bool:
        """Whether a project is still the one that is shown."""
        bench = self._workbench
        return bench.has_session and bench.session.store is store

    def _leave_project(self) -> None:
        """What is being found belongs to the project that was left."""
        self._held.clear()
        for job in self._workbench.detecting_lane.unfinished:
            if isinstance(job, DetectingJob) and not self._is_open(job.store):
                job.request_stop()
