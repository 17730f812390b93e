import time

from spinegrader.errors import InputError
from spinegrader.gui.workers import JobBridge
from spinegrader.services.jobs import Job, JobState, SerialLane


def end(lane, job):
    """Lets a job end by itself, while the window's thread hears of nothing."""
    give_up_at = time.monotonic() + 5
    while not job.is_over and time.monotonic() < give_up_at:
        time.sleep(0.001)
    assert lane.shut_down(5)


def test_a_job_that_ends_at_once_is_told_of_once(qtbot):
    bridge = JobBridge()
    heard = []
    bridge.changed.connect(lambda job: heard.append((job, job.state)))
    lane = SerialLane("lane", bridge)

    def refuse(*_):
        raise InputError("No.")

    job = lane.submit(Job("Import", refuse))
    end(lane, job)
    qtbot.waitUntil(lambda: bool(heard))
    qtbot.wait(20)
    assert heard == [(job, JobState.FAILED)]


def test_events_arrive_in_order_on_the_thread_of_the_window(qtbot):
    bridge = JobBridge()
    heard = []
    bridge.said.connect(lambda _, event: heard.append(event))
    lane = SerialLane("lane", bridge)
    job = lane.submit(Job("Count", lambda emit, _: [emit(number) for number in range(50)]))
    end(lane, job)
    assert heard == []
    qtbot.waitUntil(lambda: len(heard) == 50)
    assert heard == list(range(50))
