import threading
import time

from spinegrader.errors import CancelledError, TrainingError
from spinegrader.services.jobs import Job, JobState, SerialLane


class Ears:
    def __init__(self):
        self.states = []
        self.events = []

    def job_changed(self, job):
        self.states.append((job.title, job.state))

    def job_event(self, job, event):
        self.events.append((job.title, event, threading.current_thread().name))


def until(condition, seconds=5.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.005)


def test_jobs_run_one_after_the_other_on_a_thread_of_their_own():
    ears = Ears()
    lane = SerialLane("lane", ears)
    running = []

    def work(emit, stop_requested):
        running.append(1)
        emit(len(running))
        time.sleep(0.02)
        running.pop()
        return "result"

    jobs = [lane.submit(Job(str(number), work)) for number in range(3)]
    until(lambda: all(job.is_over for job in jobs))
    assert [event for _, event, _ in ears.events] == [1, 1, 1]
    assert {name for *_, name in ears.events} == {"lane"}
    assert jobs[2].result == "result"
    assert lane.shut_down(5)
    assert not [thread for thread in threading.enumerate() if thread.name == "lane"]


def test_errors_and_stops_end_in_the_job():
    ears = Ears()
    lane = SerialLane("lane", ears)

    def refuse(emit, stop_requested):
        raise TrainingError("Too few.")

    def crash(emit, stop_requested):
        raise ZeroDivisionError

    def wait(emit, stop_requested):
        until(stop_requested)
        raise CancelledError("stopped")

    refused, crashed, waiting, never = (
        lane.submit(Job(name, work))
        for name, work in (("a", refuse), ("b", crash), ("c", wait), ("d", wait))
    )
    until(lambda: waiting.state is JobState.RUNNING)
    assert lane.is_busy
    assert (refused.state, refused.error.message) == (JobState.FAILED, "Too few.")
    assert crashed.error.context == {"error": "ZeroDivisionError: "}
    never.request_stop()
    waiting.request_stop()
    until(lambda: never.is_over)
    assert (waiting.state, never.state) == (JobState.STOPPED, JobState.STOPPED)
    assert ("d", JobState.RUNNING) not in ears.states
    assert lane.shut_down(5)


def test_shutting_down_with_a_deaf_job_is_bounded():
    release = threading.Event()
    lane = SerialLane("lane", Ears())
    lane.submit(Job("deaf", lambda *_: release.wait(5)))
    assert not lane.shut_down(0.05)
    release.set()
    assert lane.shut_down(5)
