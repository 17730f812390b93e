"""Untrusted files are read in child processes: a crash, a hang or a bomb costs one file.

The children guard against accidents and against files made to bring a reader down. They have the
rights of the user, so they are no wall against a file that takes over a decoder.
"""

import os
import queue
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Self, TypeVar

from spinegrader.errors import CancelledError, InputError
from spinegrader.imaging.sandbox_child import SandboxChild
from spinegrader.imaging.sandbox_lane import Batch, Lane

T = TypeVar("T")
StopRequested = Callable[[], bool]

_MOST_PROCESSES = 8
_BATCHES_AHEAD = 3
_FIRST_BATCH = 2
_LARGEST_BATCH = 1024
_LOOK_UP_S = 0.025
_CLOSED_WITHIN_S = 5.0


def never() -> bool:
    """Nobody asks to stop."""
    return False


class Sandbox:
    """Does tasks in child processes with limits on memory and time; starts them when needed.

    A task is ``module:function``; the function takes one picklable item and returns a picklable
    result or raises InputError. Anything else that happens to it, a crash, a hang, too much
    memory or any exception, becomes an InputError for that one item. Large arrays in results
    aren't copied on the way.

    An item that ends its child is given to a new child alone before it is blamed, since memory
    damaged by one item often shows only at a later one; a slow item is blamed at once.

    Args:
        processes: How many children at most; None for one a core, at most eight.
        memory_bytes: Memory of each child, the interpreter included; on macOS and Windows by
            ``sandbox_limits.watch_memory``, which can be late.
        item_limit_s: Wall clock for each item. It is watched while results are waited for;
            otherwise the child ends itself half a second later.
        preload: Modules that each child imports as it starts, outside of any item's time.
    """

    def __init__(
        self,
        processes: int | None = None,
        memory_bytes: int = 2 << 30,
        item_limit_s: float = 10.0,
        preload: Sequence[str] = (),
    ) -> None:
        self._processes = processes or min(_usable_cores(), _MOST_PROCESSES)
        self._start = lambda: SandboxChild(memory_bytes, item_limit_s, preload)
        self._batches: queue.SimpleQueue[Batch | None] = queue.SimpleQueue()
        self._lanes: list[Lane] = []
        self._is_closed = False
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def warm_up(self) -> None:
        """Starts all children and returns without waiting for them."""
        with self._lock:
            while len(self._lanes) < self._processes and not self._is_closed:
                self._add_lane()

    def run(self, task: str, item: object, stop_requested: StopRequested = never) -> object:
        """Does a task for one item.

        Raises:
            InputError: For what the task raised, or what it did to the child.
            CancelledError: If a stop was requested.
            SpineGraderError: If no child can be started, or the task not be imported.
        """
        ((_, result),) = self.map(task, [item], stop_requested)
        if isinstance(result, InputError):
            raise result
        return result

    def map(
        self,
        task: str,
        items: Iterable[T],
        stop_requested: StopRequested = never,
        batch: int = 32,
    ) -> Iterator[tuple[T, object | InputError]]:
        """Does a task for each item; yields items and results in the order of the items.

        Items are taken as they are needed, a few batches ahead of the results. Other calls may
        be made while this one is in the middle.

        Args:
            task: ``module:function``.
            items: Any number of picklable items.
            stop_requested: Asked at least every 50 ms.
            batch: How many items a child is given at a time; less at first, so that few items
                are shared out too. Small where results are large, since those of some batches
                are held.

        Raises:
            CancelledError: If a stop was requested, or the sandbox was closed meanwhile; what was
                in work is given up.
            SpineGraderError: If no child can be started, or the task not be imported.
        """
        underway: deque[tuple[list[T], Batch]] = deque()
        groups = _groups(items, min(batch, _LARGEST_BATCH), self._processes, stop_requested)
        try:
            while True:
                group = next(groups, None)
                if group:
                    underway.append((group, self._submitted(task, group)))
                while underway and (
                    not group
                    or len(underway) >= _BATCHES_AHEAD * self._processes
                    or underway[0][1].done.is_set()
                ):
                    yield from self._finished(*underway[0], stop_requested)
                    underway.popleft()
                if not group:
                    return
        finally:
            for _, left in underway:
                left.is_stopped = True
            for lane in self._lanes:
                lane.kill_if_stopped()

    def close(self) -> None:
        """Ends all children at once; what is in work elsewhere ends as cancelled."""
        with self._lock:
            self._is_closed = True
            lanes, self._lanes = self._lanes, []
        for lane in lanes:
            lane.stop()
            self._batches.put(None)
        for lane in lanes:
            lane.join(_CLOSED_WITHIN_S)

    def _submitted(self, task: str, items: Sequence[object]) -> Batch:
        batch = Batch(task, items)
        with self._lock:
            if self._is_closed:
                raise ValueError("The sandbox is closed.")
            idle = sum(lane.is_idle for lane in self._lanes)
            if idle <= self._batches.qsize() and len(self._lanes) < self._processes:
                self._add_lane()
            self._batches.put(batch)
        return batch

    def _add_lane(self) -> None:
        self._lanes.append(Lane(self._batches, self._start))

    def _finished(
        self, items: Sequence[T], batch: Batch, stop_requested: StopRequested
    ) -> Iterator[tuple[T, object]]:
        while not batch.done.wait(_LOOK_UP_S) and not self._is_closed:
            _stop_if(stop_requested)
            for lane in self._lanes:
                lane.kill_if_overdue()
        _stop_if(lambda: self._is_closed)
        if batch.error is not None:
            raise batch.error
        # Each is let go as it is handed out: together they may be large.
        results = deque(batch.results)
        batch.results.clear()
        for item in items:
            _stop_if(stop_requested)
            yield item, results.popleft()


def _usable_cores() -> int:
    """Those that this process may use, where the system tells."""
    if sys.platform == "linux":
        usable = len(os.sched_getaffinity(0))
    else:
        usable = os.cpu_count() or 1
    return usable


def _groups(
    items: Iterable[T], largest: int, processes: int, stop_requested: StopRequested
) -> Iterator[list[T]]:
    """Cuts items into groups that grow, so that few items are shared among all processes."""
    group: list[T] = []
    number = 0
    for item in items:
        _stop_if(stop_requested)
        group.append(item)
        if len(group) >= min(largest, _FIRST_BATCH << min(number // processes, 16)):
            yield group
            group = []
            number += 1
    if group:
        yield group


def _stop_if(stop_requested: StopRequested) -> None:
    if stop_requested():
        raise CancelledError("The reading of files was stopped.")
