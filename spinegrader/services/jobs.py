"""Jobs that run beside the window, one after the other on a thread of their own."""

import logging
import sys
import threading
from collections.abc import Callable
from enum import StrEnum
from typing import ClassVar, Protocol

from spinegrader.errors import CancelledError, SpineGraderError, forget_locals
from spinegrader.texts import translate

_log = logging.getLogger(__name__)

_TURN_S = 0.0002
"""How long a job's thread keeps Python's lock when the window asks for it.

The window gives it up and needs it again many times for one event. With Python's own 5 ms the
slowest of a hundred events wait about twice as long beside a training, which is no faster by it.
"""


class JobState(StrEnum):
    """Where a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
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
    """Work that is told what to do before it starts and can be held, stopped and cancelled.

    The work asks ``stop_requested`` at each of its safe places. While the job is to pause, the
    answer is kept back, so that the work's thread stands there and uses no processor; when the
    job is cancelled, asking raises ``CancelledError``.

    Args:
        title: What the user reads.
        work: Does it; is given ``emit`` and ``stop_requested``, and returns the result.
    """

    keeps_part: ClassVar[bool] = False
    """Whether what it has made by then is kept when it is stopped."""

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
        self._wish = threading.Condition()
        self._stops = False
        self._pauses = False
        self._is_cancelled = False

    def request_stop(self) -> None:
        """Sets the wish to stop; the job ends at its next safe place, a paused one at once."""
        with self._wish:
            self._stops = True
            self._wish.notify_all()

    def request_cancel(self) -> None:
        """Sets the wish to end without finishing anything: its result is not wanted."""
        with self._wish:
            self._is_cancelled = True
            self.request_stop()

    def request_pause(self) -> None:
        """Sets the wish to stand still; the job holds at its next safe place."""
        with self._wish:
            self._pauses = True

    def go_on(self) -> None:
        """Takes the wish to stand still back: the job goes on where it stood."""
        with self._wish:
            self._pauses = False
            self._wish.notify_all()

    @property
    def stop_requested(self) -> bool:
        """Whether somebody wished the job to stop."""
        return self._stops

    @property
    def pause_requested(self) -> bool:
        """Whether the job is to stand still; its state tells whether it does already."""
        return self._pauses and not self._stops

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody wished the job away, with all that it made."""
        return self._is_cancelled

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
                lambda event: listener.job_event(self, event), lambda: self._asks(listener)
            )
            end = JobState.DONE
        except CancelledError as error:
            forget_locals(error)
            end = JobState.STOPPED
        except SpineGraderError as error:
            forget_locals(error)
            self.error = error
            end = JobState.FAILED
        except MemoryError as error:
            forget_locals(error)
            self.error = SpineGraderError(
                translate(
                    "{job} needed more memory than this computer has free: close other programs, "
                    "or choose a smaller network."
                ).format(job=self.title)
            )
            end = JobState.FAILED
        except Exception as error:  # noqa: BLE001 - the thread's outer wall: no job ends silently
            _log.exception("A job failed unexpectedly")
            forget_locals(error)
            self.error = SpineGraderError(
                translate(
                    "{job} failed for a reason that SpineGrader does not know. The details can be "
                    "copied for a report."
                ).format(job=self.title),
                {"error": f"{type(error).__name__}: {error}"},
            )
            end = JobState.FAILED
        self._enter(end, listener)

    def _asks(self, listener: JobListener) -> bool:
        """What the work hears at a safe place; holds its thread while the job is to pause."""
        with self._wish:
            if self.pause_requested:
                self._enter(JobState.PAUSED, listener)
                self._wish.wait_for(lambda: not self.pause_requested)
                self._enter(JobState.RUNNING, listener)
        if self._is_cancelled:
            raise CancelledError(f"{self.title} was cancelled.")
        return self._stops

    def _enter(self, state: JobState, listener: JobListener) -> None:
        self.state = state
        listener.job_changed(self)


class SerialLane:
    """Runs jobs one at a time, in the order in which they came unless that is changed.

    Args:
        name: Of the thread.
        listener: Hears of the jobs.
        after_each: Called on the thread when a job has ended: tidies up behind it.
    """

    def __init__(
        self, name: str, listener: JobListener, after_each: Callable[[], None] = lambda: None
    ) -> None:
        self._listener = listener
        self._name = name
        self._after_each = after_each
        self._jobs: list[Job] = []
        self._current: Job | None = None
        self._ends = False
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()

    def submit(self, job: Job) -> Job:
        """Queues a job; the thread starts with the first one."""
        with self._changed:
            self._jobs = [item for item in self._jobs if not item.is_over] + [job]
            self._ends = False
            self._changed.notify_all()
            if self._thread is None:
                sys.setswitchinterval(min(sys.getswitchinterval(), _TURN_S))
                self._thread = threading.Thread(target=self._serve, name=self._name, daemon=True)
                self._thread.start()
        return job

    @property
    def current(self) -> Job | None:
        """The job whose turn it is; None while nothing runs."""
        job = self._current
        return None if job is None or job.is_over else job

    @property
    def is_busy(self) -> bool:
        """Whether a job runs or waits."""
        return bool(self.unfinished)

    @property
    def unfinished(self) -> tuple[Job, ...]:
        """Jobs that run or wait, in order."""
        return tuple(job for job in self._jobs if not job.is_over)

    @property
    def waiting(self) -> tuple[Job, ...]:
        """Jobs that wait for their turn, in order; those that are to stop left out."""
        with self._changed:
            return tuple(self._waiting())

    def take_out(self, job: Job) -> bool:
        """Ends a job that waits, before its turn.

        Returns:
            Whether it waited; one that runs stays as it is.
        """
        with self._changed:
            if job not in self._waiting():
                return False
            self._jobs.remove(job)
        job.request_stop()
        job.run(self._listener)
        return True

    def move_up(self, job: Job) -> bool:
        """Lets a job that waits go before the one in front of it.

        Returns:
            Whether there was one.
        """
        with self._changed:
            waiting = self._waiting()
            place = waiting.index(job) if job in waiting else 0
            if place == 0:
                return False
            here, before = self._jobs.index(job), self._jobs.index(waiting[place - 1])
            self._jobs[here], self._jobs[before] = self._jobs[before], self._jobs[here]
        return True

    def shut_down(self, timeout_s: float) -> bool:
        """Asks every job to stop and waits.

        Returns:
            Whether all ended in time.
        """
        with self._changed:
            for job in self._jobs:
                job.request_stop()
            self._ends = True
            self._changed.notify_all()
            thread = self._thread
        if thread is None:
            return True
        thread.join(timeout_s)
        return not thread.is_alive()

    def _waiting(self) -> list[Job]:
        return [
            job
            for job in self._jobs
            if job.state is JobState.WAITING and job is not self._current and not job.stop_requested
        ]

    def _serve(self) -> None:
        while (job := self._next()) is not None:
            job.run(self._listener)
            try:
                self._after_each()
            except Exception:  # noqa: BLE001 - the thread's outer wall
                # The next job must not wait for ever for a thread that is gone.
                _log.exception("Tidying up behind a job failed")

    def _next(self) -> Job | None:
        """The next job, when there is one; None where the thread is to end."""
        with self._changed:
            self._current = None
            self._changed.wait_for(lambda: self._ends or self._first() is not None)
            self._current = self._first()
            if self._current is None:
                self._thread = None
            return self._current

    def _first(self) -> Job | None:
        return next((job for job in self._jobs if job.state is JobState.WAITING), None)
