"""Work spread over processes whose results come back in the order of the tasks."""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import TypeVar

from spinegrader.errors import CancelledError, InputError

Task = TypeVar("Task")
Result = TypeVar("Result")

_WAITING_PER_PROCESS = 2
"""Tasks handed out ahead: enough to keep a process busy, few enough to keep memory small."""

_LEAST_TASKS_PER_PROCESS = 4
"""A process starts about as long as a study takes: with fewer tasks it isn't worth it."""

_MOST_PROCESSES = 8

_ASKED_EVERY_S = 0.2


def usable_cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def sensible_processes(tasks: int) -> int:
    """How many processes are quicker than one and don't take too much memory."""
    return max(1, min(usable_cores(), tasks // _LEAST_TASKS_PER_PROCESS, _MOST_PROCESSES))


def results_in_order(
    work: Callable[[Task], Result],
    tasks: Iterable[Task],
    processes: int,
    stop_requested: Callable[[], bool],
) -> Generator[Result, None, None]:
    """The result of every task, in their order.

    Args:
        work: A function of a module, as it is called in other processes; so are its argument and
            its result plain data.
        tasks: Taken up one by one.
        processes: 1 works in this process.
        stop_requested: Asked before every task, and while results are waited for.

    Raises:
        CancelledError: If asked to stop.
        InputError: If a process ends unexpectedly.
    """
    if processes == 1:
        for task in tasks:
            _stop_if(stop_requested)
            yield work(task)
        return
    # Spawned, not forked: the window's process has threads, which a fork would break.
    pool = ProcessPoolExecutor(
        processes, multiprocessing.get_context("spawn"), initializer=_leave_interrupts_to_parent
    )
    try:
        yield from _pooled(pool, work, iter(tasks), processes, stop_requested)
    except BrokenProcessPool as error:
        raise InputError(
            "A process that simulated ended unexpectedly, perhaps for want of memory: try again "
            "with fewer processes."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _pooled(
    pool: ProcessPoolExecutor,
    work: Callable[[Task], Result],
    tasks: Iterator[Task],
    processes: int,
    stop_requested: Callable[[], bool],
) -> Iterator[Result]:
    ahead = islice(tasks, _WAITING_PER_PROCESS * processes)
    waiting = deque(pool.submit(work, task) for task in ahead)
    while waiting:
        result = _awaited(waiting.popleft(), stop_requested)
        waiting.extend(pool.submit(work, task) for task in islice(tasks, 1))
        yield result


def _awaited(future: "Future[Result]", stop_requested: Callable[[], bool]) -> Result:
    while not future.done():
        _stop_if(stop_requested)
        wait([future], _ASKED_EVERY_S)
    _stop_if(stop_requested)
    return future.result()


def _stop_if(stop_requested: Callable[[], bool]) -> None:
    if stop_requested():
        raise CancelledError("Simulating was stopped; nothing was kept.")


def _leave_interrupts_to_parent() -> None:
    """Ctrl-C reaches all processes of a terminal; only the first one decides what follows."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
