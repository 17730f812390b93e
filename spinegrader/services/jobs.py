"""Jobs that run beside the window, one after the other on a thread of their own."""

import logging
import queue
import threading
from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from spinegrader.errors import CancelledError, SpineGraderError

_log = logging.getLogger(__name__)


class JobState(StrEnum):
    """Where a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


class JobListener(Protocol):
    """Hears of a job from the job's thread; must hand over to its own at once."""

    def job_changed(self, job: "Job") -> None:
        """The job's state changed."""

    def job_event(self, job: "Job", event: object) -> None:
        """The job said something; events are immutable plain data."""


class Job:
    """Work that is told what to do before it starts and can be asked to stop.

    Args:
        title: What the user reads.
        work: Does it; is given ``emit`` and ``stop_requested``, and returns the result.
    """

    def __init__(
        self,
        title: str,
        work: Callable[[Callable[[object], None], Callable[[], bool]], object],
    ) -> None:
        self.title = title
        self.state = JobState.WAITING
        self.result: object = None
        self.error: SpineGraderError | None = None
        self._work = work
        self._stop = threading.Event()

    def request_stop(self) -> None:
        """Sets the wish to stop; the job ends at its next safe place."""
        self._stop.set()

    @property
    def stop_requested(self) -> bool:
        """Whether somebody wished the job to stop."""
        return self._stop.is_set()

    @property
    def is_over(self) -> bool:
        """Whether the job has ended, well or not."""
        return self.state in (JobState.DONE, JobState.STOPPED, JobState.FAILED)

    def run(self, listener: JobListener) -> None:
        """Runs to its end on the calling thread; errors end in ``error``, never outside."""
        if self.stop_requested:
            self._enter(JobState.STOPPED, listener)
            return
        self._enter(JobState.RUNNING, listener)
        try:
            self.result = self._work(
                lambda event: listener.job_event(self, event), self._stop.is_set
            )
            self._enter(JobState.DONE, listener)
        except CancelledError:
            self._enter(JobState.STOPPED, listener)
        except SpineGraderError as error:
            self.error = error
            self._enter(JobState.FAILED, listener)
        except Exception as error:  # noqa: BLE001 - the thread's outer wall: no job ends silently
            _log.exception("A job failed unexpectedly")
            self.error = SpineGraderError(
                f"{self.title} failed for a reason that SpineGrader does not know. "
                "The details can be copied for a report.",
                {"error": f"{type(error).__name__}: {error}"},
            )
            self._enter(JobState.FAILED, listener)

    def _enter(self, state: JobState, listener: JobListener) -> None:
        self.state = state
        listener.job_changed(self)


class SerialLane:
    """Runs jobs one at a time, in the order in which they came."""

    def __init__(self, name: str, listener: JobListener) -> None:
        self._listener = listener
        self._waiting: queue.Queue[Job | None] = queue.Queue()
        self._jobs: list[Job] = []
        self._name = name
        self._thread: threading.Thread | None = None

    def submit(self, job: Job) -> Job:
        """Queues a job; the thread starts with the first one."""
        self._jobs = [item for item in self._jobs if not item.is_over] + [job]
        self._waiting.put(job)
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name=self._name, daemon=True)
            self._thread.start()
        return job

    @property
    def is_busy(self) -> bool:
        """Whether a job runs or waits."""
        return any(not job.is_over for job in self._jobs)

    @property
    def unfinished(self) -> tuple[Job, ...]:
        """Jobs that run or wait, in order."""
        return tuple(job for job in self._jobs if not job.is_over)

    def shut_down(self, timeout_s: float) -> bool:
        """Asks every job to stop and waits.

        Returns:
            Whether all ended in time.
        """
        for job in self._jobs:
            job.request_stop()
        if self._thread is None:
            return True
        self._waiting.put(None)
        self._thread.join(timeout_s)
        ended = not self._thread.is_alive()
        if ended:
            self._thread = None
        return ended

    def _serve(self) -> None:
        while (job := self._waiting.get()) is not None:
            job.run(self._listener)
