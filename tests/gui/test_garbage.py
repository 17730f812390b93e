"""Objects of the window are never taken apart on another thread."""

import gc
import threading
import time

import pytest

from spinegrader.gui.garbage import GarbageCollector

GARBAGE = 1000
"""More than Python lets lie about."""


class Cyclic:
    """Garbage that only a collector finds; notes which thread took it apart."""

    def __init__(self, told):
        self._told = told
        self.myself = self

    def __del__(self):
        self._told.append(threading.get_ident())


def busy(rounds=30_000):
    """Makes so many objects that Python would collect by itself."""
    return [[[]] for _ in range(rounds)]


@pytest.fixture
def automatic():
    """As Python starts: it collects by itself, on any thread."""
    was = gc.isenabled()
    gc.enable()
    yield
    if not was:
        gc.disable()


@pytest.mark.usefixtures("automatic")
def test_other_threads_collect_nothing_and_this_one_does(qtbot):
    told: list[int] = []
    collector = GarbageCollector(interval_ms=20)
    for _ in range(GARBAGE):
        Cyclic(told)
    worker = threading.Thread(target=busy)
    worker.start()
    worker.join()
    assert told == []
    qtbot.waitUntil(lambda: len(told) == GARBAGE)
    assert set(told) == {threading.get_ident()}
    collector.stop()
    assert gc.isenabled()


@pytest.mark.usefixtures("automatic")
def test_without_it_another_thread_would(qtbot):
    told: list[int] = []
    gc.collect()
    for _ in range(GARBAGE):
        Cyclic(told)
    worker = threading.Thread(target=busy)
    worker.start()
    worker.join()
    assert set(told) - {threading.get_ident()}


@pytest.mark.usefixtures("automatic")
def test_all_objects_are_looked_through_seldom_where_that_takes_long(qtbot, monkeypatch):
    looked = []
    monkeypatch.setattr(gc, "collect", lambda generation=2: looked.append(generation))
    monkeypatch.setattr(gc, "get_count", lambda: (10_000, 100, 100))
    clock = iter([0.0, 0.05, 10.0, 49.0, 51.0, 51.05])
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    collector = GarbageCollector(interval_ms=1_000_000)
    for _ in range(4):
        collector.look()
    # It took 50 ms, and may take a thousandth of the time.
    assert looked == [2, 1, 1, 2]
    collector.stop()
