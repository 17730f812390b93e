"""Long work in the pauses between keys: how it goes on, ends, fails and is given up."""

import time

import pytest
from PySide6.QtCore import QObject

from spinegrader.errors import ProjectError
from spinegrader.gui.step_runner import StepRunner
from spinegrader.gui.workbench import Workbench
from spinegrader.services.session import Session
from spinegrader.services.settings import Settings
from tests.services.conftest import fill


def counting(steps, pause_s=0.002):
    for step in range(steps):
        time.sleep(pause_s)
        yield step / steps
    return steps


@pytest.fixture
def workbench(qtbot, tmp_path):
    """The small project is open."""
    session = Session.open_or_create(tmp_path / "project", "A")
    fill(session)
    bench = Workbench(Settings(reader="A"))
    bench.open_session(session)
    yield bench
    bench.close_session()


@pytest.fixture
def runner(qtbot, workbench):
    parent = QObject()
    made = StepRunner(workbench, parent)
    yield made
    made.stop()


def test_short_work_is_done_at_once_without_a_sign(runner):
    done, shares = [], []
    runner.progressed.connect(shares.append)
    runner.run(counting(3), done.append)
    assert done == [3]
    assert shares == []


def test_long_work_goes_on_and_tells_how_far_it_is(qtbot, runner):
    done, shares = [], []
    runner.progressed.connect(shares.append)
    runner.run(counting(100), done.append)
    assert done == []
    assert runner.is_running
    qtbot.waitUntil(lambda: bool(done))
    assert done == [100]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] < 1


def test_new_work_takes_the_place_of_the_old(qtbot, runner):
    done = []
    runner.run(counting(1000), done.append)
    runner.run(counting(70), done.append)
    qtbot.waitUntil(lambda: bool(done))
    qtbot.wait(30)
    assert done == [70]


def test_another_project_ends_it(qtbot, workbench, runner):
    done = []
    runner.run(counting(100), done.append)
    workbench.close_session()
    assert not runner.is_running
    qtbot.wait(30)
    assert done == []


def test_an_error_is_told_and_nothing_follows(workbench, runner):
    told, done, ends = [], [], []
    workbench.failed.connect(told.append)
    runner.failed.connect(lambda: ends.append(runner.is_running))

    def failing():
        yield 0.5
        raise ProjectError("The disk is full.")

    runner.run(failing(), done.append)
    assert [error.message for error in told] == ["The disk is full."]
    assert done == []
    assert ends == [False]
