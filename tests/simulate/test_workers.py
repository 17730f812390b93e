import itertools
import os
import signal
import subprocess
import sys
import time

import pytest

from spinegrader.errors import CancelledError, InputError
from spinegrader.simulate.workers import results_in_order, sensible_processes


def test_results_come_in_the_order_of_their_tasks():
    delays = (0.2, 0.0, 0.1, 0.0)
    assert list(results_in_order(_slept, delays, 2, lambda: False)) == list(delays)
    assert list(results_in_order(abs, [-2, -1], 1, lambda: False)) == [2, 1]


def _slept(delay_s):
    time.sleep(delay_s)
    return delay_s


def test_a_process_that_dies_is_told_in_a_sentence():
    with pytest.raises(InputError, match="fewer processes"):
        list(results_in_order(os._exit, [1, 1, 1], 2, lambda: False))


@pytest.mark.parametrize("processes", [1, 2])
def test_work_stops_when_asked(processes):
    answers = itertools.chain([False] * 3, itertools.repeat(True))
    with pytest.raises(CancelledError):
        list(results_in_order(abs, range(-50, 0), processes, lambda: next(answers)))


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_no_process_outlives_the_first_one():
    code = (
        "from tests.simulate.test_workers import say_and_sleep\n"
        "from spinegrader.simulate.workers import results_in_order\n"
        "list(results_in_order(say_and_sleep, [1, 2], 2, lambda: False))\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as first:
        for _ in range(2):
            assert first.stdout.readline() == "here\n"
        first.send_signal(signal.SIGKILL)
        started = time.monotonic()
        # The pipe stays open as long as one of them lives.
        assert first.stdout.read() == ""
        assert time.monotonic() - started < 20


def say_and_sleep(_):
    """For the test above: in a process of its own."""
    os.write(1, b"here\n")
    time.sleep(60)


def test_few_tasks_are_not_worth_a_process():
    assert sensible_processes(1) == sensible_processes(7) == 1
    assert 1 <= sensible_processes(10_000) <= 4
