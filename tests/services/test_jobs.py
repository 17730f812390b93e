import threading
import time
import weakref

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
    deaf = lane.submit(Job("deaf", lambda *_: release.wait(5)))
    until(lambda: deaf.state is JobState.RUNNING)
    assert not lane.shut_down(0.05)
    release.set()
    assert lane.shut_down(5)


def test_a_paused_job_stands_at_its_next_safe_place_and_goes_on_there():
    ears = Ears()
    lane = SerialLane("lane", ears)
    steps = []

    def work(emit, stop_requested):
        while not stop_requested():
            steps.append(1)
            time.sleep(0.001)

    job = lane.submit(Job("a", work))
    until(lambda: len(steps) > 3)
    job.request_pause()
    until(lambda: job.state is JobState.PAUSED)
    stood = len(steps)
    time.sleep(0.1)
    assert len(steps) == stood
    next_one = lane.submit(Job("b", lambda *_: None))
    time.sleep(0.05)
    assert next_one.state is JobState.WAITING
    job.go_on()
    until(lambda: len(steps) > stood)
    assert job.state is JobState.RUNNING
    job.request_pause()
    until(lambda: job.state is JobState.PAUSED)
    job.request_stop()
    until(lambda: next_one.is_over)
    assert (job.state, next_one.state) == (JobState.DONE, JobState.DONE)
    assert lane.shut_down(5)


def test_a_cancelled_job_ends_when_it_asks_even_while_it_is_paused():
    lane = SerialLane("lane", Ears())
    finished = []

    def work(emit, stop_requested):
        while not stop_requested():
            time.sleep(0.001)
        finished.append("as if it had only been stopped")

    job = lane.submit(Job("a", work))
    job.request_pause()
    until(lambda: job.state is JobState.PAUSED)
    job.request_cancel()
    until(lambda: job.is_over)
    assert (job.state, job.is_cancelled, finished) == (JobState.STOPPED, True, [])
    assert lane.shut_down(5)


def test_waiting_jobs_are_moved_up_and_taken_out():
    ears = Ears()
    lane = SerialLane("lane", ears)
    release, order = threading.Event(), []
    first = lane.submit(Job("first", lambda *_: release.wait(5)))
    until(lambda: first.state is JobState.RUNNING)
    b, c, d = (lane.submit(Job(name, lambda *_, name=name: order.append(name))) for name in "bcd")
    assert lane.waiting == (b, c, d)
    assert lane.move_up(d)
    assert not lane.move_up(b)
    assert not lane.move_up(first)
    assert lane.waiting == (b, d, c)
    assert lane.take_out(b)
    assert not lane.take_out(first)
    assert b.state is JobState.STOPPED
    assert ears.states[-1] == ("b", JobState.STOPPED)
    release.set()
    until(lambda: c.is_over)
    assert order == ["d", "c"]
    assert lane.shut_down(5)
    again = lane.submit(Job("again", lambda *_: order.append("again")))
    until(lambda: again.is_over)
    assert order[-1] == "again"
    assert lane.shut_down(5)


def test_what_an_error_held_is_let_go_while_its_sentence_stays():
    lane = SerialLane("lane", Ears())

    class Large:
        """Stands for a network."""

    held = []

    def work(emit, stop_requested):
        network = Large()
        held.append(weakref.ref(network))
        try:
            int("inside")
        except ValueError as error:
            raise TrainingError("Too little memory.") from error

    job = lane.submit(Job("a", work))
    until(lambda: job.is_over)
    assert job.error.message == "Too little memory."
    assert held[0]() is None
    assert lane.shut_down(5)
