"""Processes that edit and compact one project, and are killed at random moments."""

import contextlib
import logging
import multiprocessing
import os
import select
import selectors
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np

from benchmarks.measuring import BenchmarkError
from benchmarks.store_edits import edits_of
from spinegrader.domain.edits import Edit
from spinegrader.domain.state import Stamp
from spinegrader.errors import ProjectError
from spinegrader.store import project
from spinegrader.store.compaction import compact_project, start_compaction
from spinegrader.store.project import ProjectStore

CAN_KILL_SPAWNED = hasattr(os, "pidfd_open")
"""Whether a process that isn't our child can be killed and waited for."""

_LATEST_KILL_S = 0.06
_PATIENCE_S = 60.0
_PAUSE_S = 0.0005
_REFRESH_EVERY = 16
_ACKNOWLEDGED, _SPAWNED, _NOT_RENEWED = "acknowledged", "spawned", "not renewed"


@dataclass(frozen=True)
class Plan:
    """Who works on the project in one run.

    Args:
        seed: Of the whole benchmark.
        run: Number of the run.
        writers: Number of sessions that edit at once.
        by_session: Whether a session spawns the compaction, as the program does; else it runs
            again and again in a process that is there already.
    """

    seed: int
    run: int
    writers: int
    by_session: bool

    def edits(self, writer: int, count: int) -> list[Edit]:
        """The first changes of one of the writers."""
        return list(islice(edits_of((self.seed, self.run, writer)), count))


@dataclass
class Ending:
    """What the killed processes had told.

    Args:
        acknowledged: For each writer the stamps of the edits that had returned, in order.
        complaints: What went wrong before anything was killed.
    """

    acknowledged: list[list[Stamp]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@dataclass
class _Victim:
    """A process and what has come through its pipe."""

    process: BaseProcess
    pipe: int
    told: bytearray = field(default_factory=bytearray)

    def lines(self, kind: str) -> list[list[str]]:
        """What it told of one kind, word by word."""
        words = [line.split("\t") for line in self.told.decode().splitlines()]
        return [rest for first, *rest in words if first == kind]


def run_and_kill(folder: Path, plan: Plan, rng: np.random.Generator) -> Ending:
    """Lets processes edit and compact, kills each at a moment of its own and waits for its end.

    Raises:
        BenchmarkError: If no edit was acknowledged at all.
    """
    return _Crew(folder, plan).run(rng)


class _Crew:
    """The processes of one run."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self._plan = plan
        self._lease = folder / "cache" / "compaction.lease"
        self._victims: list[_Victim] = []
        self._writers = [self._begin(_write, folder, plan, item) for item in range(plan.writers)]
        compact = _compact_by_session if plan.by_session else _compact
        self._compacting = self._begin(compact, folder, os.getpid())
        self._spawned: int | None = None
        self._ending = Ending()

    def _begin(self, target: Callable[..., None], *arguments: object) -> _Victim:
        reading, writing = os.pipe()
        ours = [reading, *(victim.pipe for victim in self._victims)]
        # Forked: starting a thousand interpreters would take longer than all runs.
        context = multiprocessing.get_context("fork")
        process = context.Process(target=_alone, args=(ours, target, *arguments, writing))
        process.start()
        os.close(writing)
        victim = _Victim(process, reading)
        self._victims.append(victim)
        return victim

    def run(self, rng: np.random.Generator) -> Ending:
        """From the first edit to the death of the last process."""
        try:
            self._kill_at_random(rng)
        finally:
            for victim in self._victims:
                victim.process.kill()
                victim.process.join()
                os.close(victim.pipe)
            self._bury_spawned()
        for victim in self._victims:
            if victim.process.exitcode != -signal.SIGKILL:
                self._ending.complaints.append("a process ended before it was killed")
        self._ending.acknowledged = [
            [Stamp(at, session, int(number)) for at, session, number in writer.lines(_ACKNOWLEDGED)]
            for writer in self._writers
        ]
        return self._ending

    def _kill_at_random(self, rng: np.random.Generator) -> None:
        """Listens to all processes and kills each when its time has come."""
        deaths: list[tuple[float, Callable[[], None]]] | None = None
        latest_s = time.monotonic() + _PATIENCE_S
        with selectors.DefaultSelector() as selector:
            for victim in self._victims:
                selector.register(victim.pipe, selectors.EVENT_READ, victim)
            while deaths is None or deaths:
                _listen(selector, _PAUSE_S)
                now_s = time.monotonic()
                if deaths is None and self._is_at_work():
                    kills = [victim.process.kill for victim in self._victims]
                    if self._plan.by_session:
                        self._find_spawned()
                        kills.append(self._kill_spawned)
                    moments_s = now_s + rng.uniform(0, _LATEST_KILL_S, len(kills))
                    deaths = sorted(zip(moments_s, kills, strict=True), key=lambda death: death[0])
                while deaths and deaths[0][0] <= now_s:
                    deaths.pop(0)[1]()
                if now_s > latest_s:
                    raise BenchmarkError("For a minute, no edit was acknowledged.")
            while selector.get_map():
                _listen(selector, _PATIENCE_S)

    def _is_at_work(self) -> bool:
        if self._plan.by_session:
            return self._lease.exists()
        return any(writer.told for writer in self._writers)

    # A spawned compaction is the session's child, not ours: a descriptor tells when it has ended.

    def _find_spawned(self) -> None:
        ((number,),) = self._compacting.lines(_SPAWNED)
        with contextlib.suppress(ProcessLookupError):
            self._spawned = os.pidfd_open(int(number))

    def _kill_spawned(self) -> None:
        if self._compacting.lines(_NOT_RENEWED):
            self._ending.complaints.append("a compaction failed before it was killed")
        self._end_spawned()

    def _end_spawned(self) -> None:
        if self._spawned is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._spawned, signal.SIGKILL)

    def _bury_spawned(self) -> None:
        self._end_spawned()
        if self._spawned is not None:
            select.select([self._spawned], [], [], _PATIENCE_S)
            os.close(self._spawned)


def _alone(ours: list[int], target: Callable[..., None], *arguments: object) -> None:
    """Lets go of what belongs to the killing process: when it dies, telling it must fail."""
    for pipe in ours:
        os.close(pipe)
    target(*arguments)


def _listen(selector: selectors.BaseSelector, longest_s: float) -> None:
    for key, _ in selector.select(longest_s):
        victim: _Victim = key.data
        if chunk := os.read(victim.pipe, 1 << 16):
            victim.told += chunk
        else:
            selector.unregister(victim.pipe)


# -- what the processes do -------------------------------------------------------------------------


def _tell(pipe: int, *words: object) -> None:
    os.write(pipe, ("\t".join(str(word) for word in words) + "\n").encode())


def _write(folder: Path, plan: Plan, writer: int, pipe: int) -> None:
    store = ProjectStore.open(folder)
    for number, edit in enumerate(edits_of((plan.seed, plan.run, writer))):
        stamp = store.append(edit)
        _tell(pipe, _ACKNOWLEDGED, stamp.at, stamp.session, stamp.number)
        store.state.apply(edit, stamp)
        if number % _REFRESH_EVERY == _REFRESH_EVERY - 1:
            store.refresh()


def _compact(folder: Path, parent: int, pipe: int) -> None:
    del pipe
    while os.getppid() == parent:
        compact_project(folder)


def _compact_by_session(folder: Path, parent: int, pipe: int) -> None:
    """Compacts once, as a session does it, and tells which process it has spawned for that."""
    logging.disable()
    spawned: list[int] = []

    def telling(place: Path, known: Path | None = None) -> subprocess.Popen[bytes]:
        process = start_compaction(place, known)
        spawned.append(process.pid)
        _tell(pipe, _SPAWNED, process.pid)
        return process

    project.start_compaction = telling  # type: ignore[attr-defined,assignment]
    store = ProjectStore.open(folder)
    try:
        while not spawned and os.getppid() == parent:
            store.refresh()
            store.compact()
    except ProjectError:
        _tell(pipe, _NOT_RENEWED)
    while os.getppid() == parent:
        time.sleep(_PAUSE_S)
