"""project.h5 is renewed in quiet moments, and nobody waits for it."""

import logging
import os
import sys
import time

import pytest

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.grades import Answer
from spinegrader.services import reading
from spinegrader.services.renewal import PAUSE_S, QUIET_S
from spinegrader.services.session import Session
from spinegrader.store.project import ProjectStore
from tests.services.conftest import fill as fill_project
from tests.store.test_durability import fill, small_disk

__all__ = ["small_disk"]

ITEM = reading.Item(DiscLevel.parse("L4/L5"), "pfirrmann")


class Watch:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def timed(tmp_path, watch):
    ProjectStore.create(tmp_path / "p").close()
    session = Session(ProjectStore.open(tmp_path / "p"), "A", clock=watch)
    fill_project(session)
    yield session
    session.store.close(compact=False)


def grade(session, digit):
    reading.answer(session, "1.2.11", ITEM, Answer.GRADED, digit)


def holds_everything(session):
    """Whether a program that knows nothing of the journals' news would see it all."""
    again = ProjectStore.open(session.store.folder)
    try:
        return not again.compact(wait=False)
    finally:
        again.close()


def test_it_is_renewed_when_the_reader_rests_and_then_not_too_soon_again(timed, watch):
    renew = timed.renewal.renew_if_quiet
    file = timed.store.folder / "project.h5"
    watch.now_s += QUIET_S - 1
    assert not renew()
    watch.now_s += 1
    began = time.monotonic()
    assert renew()
    assert time.monotonic() - began < 0.3
    timed.store._compaction.wait(20)
    renewed = file.stat().st_mtime_ns
    watch.now_s += QUIET_S
    grade(timed, 3)
    watch.now_s += QUIET_S
    assert not renew()
    watch.now_s += PAUSE_S
    assert renew()
    timed.store._compaction.wait(20)
    assert file.stat().st_mtime_ns > renewed
    assert holds_everything(timed)


def test_nothing_new_starts_nothing(timed, watch):
    timed.store.compact()
    watch.now_s += 10 * PAUSE_S
    assert not timed.renewal.renew_if_quiet()


def test_what_another_reader_wrote_is_renewed_too(timed, watch):
    timed.store.compact()
    other = Session.open(timed.store.folder, "B")
    grade(other, 2)
    other.store.close(compact=False)
    watch.now_s += PAUSE_S
    timed.refresh()
    assert not timed.renewal.renew_if_quiet()
    watch.now_s += QUIET_S
    assert timed.renewal.renew_if_quiet()
    timed.store.close()


@pytest.mark.skipif(sys.platform == "win32", reason="mounts a small disk")
def test_a_failure_is_logged_and_tried_again_after_the_pause(small_disk, watch, caplog):
    made = Session.open_or_create(small_disk / "p", "A")
    fill_project(made)
    made.close()
    session = Session(ProjectStore.open(small_disk / "p"), "A", clock=watch)
    grade(session, 3)
    ballast = fill(small_disk)
    watch.now_s += QUIET_S
    assert session.renewal.renew_if_quiet()
    session.store._compaction.wait(20)
    watch.now_s += PAUSE_S
    with caplog.at_level(logging.WARNING):
        assert session.renewal.renew_if_quiet()
    assert "project.h5 was not renewed" in caplog.text
    session.store._compaction.wait(20)
    ballast.unlink()
    watch.now_s += PAUSE_S
    assert session.renewal.renew_if_quiet()
    session.store.close()
    assert holds_everything(session)


@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="priorities are POSIX's")
def test_the_renewal_gives_way_to_the_readers_programs(timed, watch):
    watch.now_s += QUIET_S
    timed.renewal.renew_if_quiet()
    process = timed.store._compaction
    seen = 0
    while process.poll() is None and seen < 10:
        try:
            seen = max(seen, os.getpriority(os.PRIO_PROCESS, process.pid))
        except ProcessLookupError:
            break
        time.sleep(0.002)
    assert seen == min(os.getpriority(os.PRIO_PROCESS, 0) + 10, 19)


def test_closing_does_not_wait_and_the_process_ends_its_work(timed):
    grade(timed, 3)
    began = time.monotonic()
    timed.close(wait=False)
    assert time.monotonic() - began < 0.3
    timed.store._compaction.wait(20)
    assert holds_everything(timed)
