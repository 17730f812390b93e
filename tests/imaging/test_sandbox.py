"""A file that crashes, hangs or swells costs that one file, and nothing is left behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from spinegrader.errors import CancelledError, InputError, SpineGraderError
from spinegrader.imaging import sandbox_child
from spinegrader.imaging.sandbox import Sandbox

TASKS = "tests.imaging.sandbox_tasks:"
MISBEHAVE = TASKS + "misbehave"

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
on_posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(2) as shared:
        shared.warm_up()
        yield shared


@pytest.fixture(scope="module")
def hasty() -> Iterator[Sandbox]:
    """With little time for an item."""
    with Sandbox(2, item_limit_s=0.4) as shared:
        shared.warm_up()
        yield shared


def _children() -> set[int]:
    """Of this process, those included that have ended but weren't reaped."""
    return {
        int(process.name)
        for process in Path("/proc").iterdir()
        if process.name.isdigit() and _status(int(process.name))[1:2] == [str(os.getpid())]
    }


def _status(pid: int) -> list[str]:
    """State, parent and so on of a process, as ``man 5 proc`` says; empty if there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _is_running(pid: int) -> bool:
    return _status(pid)[:1] not in ([], ["Z"])


def _open_descriptors() -> set[str]:
    return {f"{entry.name}: {entry.readlink()}" for entry in _existing(Path("/proc/self/fd"))}


def _existing(folder: Path) -> list[Path]:
    return [entry for entry in folder.iterdir() if entry.is_symlink()]


def _sandbox_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "sandbox lane"]


def _wait_until(condition, within_s: float = 5.0) -> bool:
    end_s = time.monotonic() + within_s
    while not condition() and time.monotonic() < end_s:
        time.sleep(0.01)
    return condition()


def test_results_come_in_the_order_of_the_items(sandbox):
    waits = [0.02 if number % 7 == 0 else 0.0 for number in range(100)]
    assert list(sandbox.map(TASKS + "wait", waits, batch=4)) == [(wait, wait) for wait in waits]


def test_no_items_give_no_results(sandbox):
    assert list(sandbox.map(TASKS + "echo", [])) == []


def test_items_are_taken_only_as_results_are(sandbox):
    taken = 0

    def endless() -> Iterator[int]:
        nonlocal taken
        while True:
            taken += 1
            yield taken

    results = sandbox.map(TASKS + "echo", endless(), batch=8)
    ahead = [taken - next(results)[0] for _ in range(2000)]
    results.close()
    assert max(ahead) <= 2 * 4 * 8


def test_few_items_are_shared_among_the_children(sandbox):
    waits = list(sandbox.map(TASKS + "wait_and_tell", [0.05] * 8))
    assert len({pid for _, pid in waits}) == 2


@pytest.mark.parametrize("deed", ["abort", "segfault", "exit-at-once", "5GB"])
def test_what_ends_the_child_costs_only_that_item(sandbox, tmp_path, deed):
    tries = tmp_path / "tries"
    items = [*range(20), f"{deed} {tries}", *range(20)]
    results = [result for _, result in sandbox.map(MISBEHAVE, items, batch=16)]
    assert isinstance(results[20], InputError)
    assert results[:20] + results[21:] == [*range(20), *range(20)]
    assert len(tries.read_text()) <= 2
    too_large = "It needs more memory than a medical image should: export or copy it again."
    assert (results[20].message == too_large) == (deed == "5GB")


def test_many_crashes_each_name_themselves(sandbox):
    items = ["abort" if number % 9 == 1 else number for number in range(24)]
    for item, result in sandbox.map(MISBEHAVE, items):
        assert isinstance(result, InputError) if item == "abort" else result == item


def test_an_item_is_not_blamed_for_what_an_earlier_one_did(sandbox):
    items = [1, "trap", "innocent", 2]
    with Sandbox(1) as alone:
        assert [result for _, result in alone.map(MISBEHAVE, items)] == items


@pytest.mark.parametrize("deed", ["sleep", "spin"])
def test_what_hangs_is_given_up_after_its_time_and_not_tried_again(hasty, tmp_path, deed):
    tries = tmp_path / "tries"
    items = [*range(10), f"{deed} {tries}", *range(10)]
    results = [result for _, result in hasty.map(MISBEHAVE, items)]
    assert "longer than 0.4 seconds" in results[10].message
    assert results[:10] + results[11:] == [*range(10), *range(10)]
    assert tries.read_text() == "."


@on_posix
def test_a_child_that_stands_still_altogether_is_given_up(hasty):
    results = [result for _, result in hasty.map(MISBEHAVE, [1, "stop", 2])]
    assert "longer than 0.4 seconds" in results[1].message
    assert [results[0], results[2]] == [1, 2]


def test_slow_items_have_each_their_own_time(hasty):
    assert [result for _, result in hasty.map(TASKS + "wait", [0.2] * 8)] == [0.2] * 8


def test_a_hang_ends_while_nobody_waits_for_results(tmp_path):
    path = tmp_path / "pid"
    with Sandbox(1, item_limit_s=0.2) as sandbox:
        results = sandbox.map(TASKS + "hang_if_path", [None, path, None], batch=1)
        next(results)
        assert _wait_until(lambda: path.exists() and path.read_text() != "")
        assert _wait_until(lambda: not _is_running(int(path.read_text())), 3.0)
        assert "longer than 0.2 seconds" in next(results)[1].message
        assert next(results)[1] is None


@pytest.mark.parametrize(
    ("deed", "kind"),
    [
        ("raise", "ZeroDivisionError"),
        ("panic", "PanicError"),
        ("exit", "SystemExit"),
        ("interrupt", "KeyboardInterrupt"),
        ("recurse", "RecursionError"),
        ("lock", "TypeError"),
    ],
)
def test_any_exception_becomes_a_plain_sentence(sandbox, deed, kind):
    results = [result for _, result in sandbox.map(MISBEHAVE, [1, 2, deed, 3])]
    assert results[2].message.startswith("It is damaged")
    assert results[2].context == {"error": kind}
    assert [results[0], results[1], results[3]] == [1, 2, 3]


def test_a_refusal_comes_back_in_its_own_words(sandbox):
    with pytest.raises(InputError, match=r"^It is no image\.$") as caught:
        sandbox.run(MISBEHAVE, "refuse")
    assert caught.value.context == {"frames": 3}
    with pytest.raises(InputError, match=r"^It is no image\.$"):
        sandbox.run(MISBEHAVE, "refuse-oddly")


@pytest.mark.parametrize("deed", ["print", "complain"])
def test_what_libraries_print_does_no_harm(sandbox, deed):
    assert [result for _, result in sandbox.map(MISBEHAVE, [1, deed, 2])] == [1, deed, 2]


@pytest.mark.parametrize(
    "array",
    [
        np.arange(3 << 20, dtype=np.int16).reshape(12, 512, 512),
        np.asfortranarray(np.arange(1 << 16, dtype=np.float32).reshape(256, 256)),
        np.arange(1 << 17)[::2],
        np.empty((0, 4)),
        np.array(["a", None], dtype=object),
    ],
    ids=["large", "by columns", "with gaps", "empty", "objects"],
)
def test_arrays_come_back_as_they_are_and_can_be_written(sandbox, array):
    result = sandbox.run(TASKS + "echo", [array, "between", array])
    assert isinstance(result, list)
    assert result[1] == "between"
    for returned in (result[0], result[2]):
        assert returned.dtype == array.dtype
        assert np.array_equal(returned, array)
        assert returned.flags.writeable


def test_stopping_interrupts_the_item_in_work(sandbox):
    stop = threading.Event()
    threading.Timer(0.1, stop.set).start()
    begun_s = time.monotonic()
    with pytest.raises(CancelledError):
        list(sandbox.map(MISBEHAVE, ["sleep", "spin"] * 4, stop.is_set))
    assert time.monotonic() - begun_s < 1.0
    assert sandbox.run(TASKS + "echo", 5) == 5


def test_stopping_is_heard_while_items_are_gathered(sandbox):
    asked = iter([False] * 10 + [True])
    with pytest.raises(CancelledError):
        list(sandbox.map(TASKS + "echo", range(32), lambda: next(asked)))


@on_linux
def test_results_that_nobody_wants_stop_the_work(sandbox, tmp_path):
    path = tmp_path / "pid"
    results = sandbox.map(TASKS + "hang_if_path", [None, path], batch=1)
    next(results)
    assert _wait_until(lambda: path.exists() and path.read_text() != "")
    results.close()
    assert _wait_until(lambda: not _is_running(int(path.read_text())), 1.0)
    assert [result for _, result in sandbox.map(TASKS + "echo", range(5))] == [*range(5)]


def test_an_error_of_the_items_themselves_comes_through(sandbox):
    def broken() -> Iterator[int]:
        yield from range(50)
        raise PermissionError("no more")

    with pytest.raises(PermissionError, match="no more"):
        list(sandbox.map(TASKS + "echo", broken()))
    with pytest.raises((TypeError, AttributeError), match="pickle"):
        sandbox.run(TASKS + "echo", threading.Lock())
    assert sandbox.run(TASKS + "echo", 5) == 5


def test_one_call_may_be_made_in_the_middle_of_another(sandbox):
    doubled = [
        (result, sandbox.run(TASKS + "echo", 2 * item))
        for item, result in sandbox.map(TASKS + "echo", range(40))
    ]
    assert doubled == [(number, 2 * number) for number in range(40)]


def test_several_threads_may_use_one_sandbox_and_another(sandbox, hasty):
    def work(number: int) -> list[object]:
        box = hasty if number % 3 == 0 else sandbox
        return [result for _, result in box.map(MISBEHAVE, [number, "abort", number, "panic"])]

    with ThreadPoolExecutor(4) as threads:
        for number, results in enumerate(threads.map(work, range(8))):
            assert results[::2] == [number, number]
            assert all(isinstance(result, InputError) for result in results[1::2])


@on_linux
def test_nothing_is_left_after_closing():
    threads, descriptors, children = _sandbox_threads(), _open_descriptors(), _children()
    with Sandbox(3, item_limit_s=0.4) as box:
        box.warm_up()
        results = [type(result) for _, result in box.map(MISBEHAVE, [1, "abort", "sleep", 2])]
        assert results == [int, InputError, InputError, int]
        unfinished = box.map(MISBEHAVE, [1, *["sleep"] * 20], batch=1)
        next(unfinished)
        assert len(_children() - children) == 3
        begun_s = time.monotonic()
    assert time.monotonic() - begun_s < 1.5  # what waited was passed over
    assert _sandbox_threads() == threads
    # What else the process had open may be let go meanwhile.
    assert not _open_descriptors() - descriptors
    assert _children() == children
    with pytest.raises(CancelledError):
        next(unfinished)
    with pytest.raises(ValueError, match="closed"):
        box.run(MISBEHAVE, 1)
    box.close()


def test_closing_ends_what_another_thread_waits_for():
    box = Sandbox(1)
    box.run(MISBEHAVE, 1)
    closing = threading.Timer(0.1, box.close)
    closing.start()
    begun_s = time.monotonic()
    with pytest.raises(CancelledError):
        box.run(MISBEHAVE, "spin")
    assert time.monotonic() - begun_s < 1.0
    closing.join()


@on_linux
def test_closing_does_not_wait_for_children_that_start():
    children = _children()
    box = Sandbox(2, preload=("SimpleITK",))
    box.warm_up()
    begun_s = time.monotonic()
    box.close()
    assert time.monotonic() - begun_s < 1.0
    assert _children() == children


@on_linux
@pytest.mark.parametrize("deed", ["echo", "spin"])
def test_children_end_when_the_program_is_killed(deed):
    script = f"""
import threading, time
from spinegrader.imaging.sandbox import Sandbox
box = Sandbox(2, item_limit_s=0.2)
print(*{{box.run("{TASKS}process_id", 0) for _ in range(3)}}, flush=True)
threading.Thread(target=box.run, args=("{MISBEHAVE}", "{deed}"), daemon=True).start()
time.sleep(0.1)
print("busy", flush=True)
time.sleep(60)
"""
    program = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    with program:
        children = [int(pid) for pid in program.stdout.readline().split()]
        assert program.stdout.readline() == "busy\n"
        assert all(_is_running(pid) for pid in children)
        program.kill()
    assert _wait_until(lambda: not any(_is_running(pid) for pid in children), 3.0)


@on_posix
def test_a_child_that_was_killed_while_idle_is_replaced():
    with Sandbox(1) as box:
        first = box.run(TASKS + "process_id", 0)
        os.kill(first, signal.SIGINT)  # Ctrl+C reaches children too: the parent decides
        assert box.run(TASKS + "process_id", 0) == first
        os.kill(first, signal.SIGKILL)
        assert box.run(TASKS + "process_id", 0) != first


def test_what_is_missing_is_not_blamed_on_a_file():
    with Sandbox(1) as box:
        for task in ("spinegrader.imaging.no_such_module:read", TASKS + "no_such_task"):
            with pytest.raises(SpineGraderError, match="could not be started") as caught:
                box.run(task, 1)
            assert not isinstance(caught.value, InputError)
            assert "no_such" in str(caught.value.context["details"])
        assert box.run(TASKS + "echo", 1) == 1
    with (
        Sandbox(1, preload=("no_such_module",)) as box,
        pytest.raises(SpineGraderError, match="could not be started") as caught,
    ):
        box.run(TASKS + "echo", 1)
    assert "no_such_module" in str(caught.value.context["details"])


def test_children_that_never_come_up_are_given_up(tmp_path, monkeypatch):
    (tmp_path / "endless_start.py").write_text("import time; time.sleep(60)")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sandbox_child, "_START_LIMIT_S", 0.3)
    with (
        Sandbox(1, preload=("endless_start",)) as box,
        pytest.raises(SpineGraderError, match="could not be started"),
    ):
        box.run(TASKS + "echo", 1)


def test_a_program_that_is_missing_is_told(monkeypatch):
    monkeypatch.setattr(sys, "executable", str(Path(sys.executable).parent / "no-python"))
    with Sandbox(1) as box, pytest.raises(SpineGraderError, match="could not be started"):
        box.run(TASKS + "echo", 1)


def test_children_load_what_is_asked_and_nothing_else(sandbox):
    with Sandbox(1) as bare:
        assert bare.run(TASKS + "large_modules", 0) == []
    with Sandbox(1, preload=("numpy",)) as warm:
        assert warm.run(TASKS + "large_modules", 0) == ["numpy"]


def test_modules_in_the_folder_that_we_stand_in_are_not_run(tmp_path, monkeypatch):
    (tmp_path / "numpy.py").write_text("raise SystemExit('from the disc')")
    monkeypatch.chdir(tmp_path)
    with Sandbox(1) as box:
        assert isinstance(box.run(TASKS + "array_of", 1), np.ndarray)


def test_memory_is_watched_where_the_system_has_no_limit():
    with Sandbox(1) as box:
        assert box.run(TASKS + "take_memory_under_watch", False) == 20 << 20
        with pytest.raises(InputError, match="more memory than a medical image"):
            box.run(TASKS + "take_memory_under_watch", True)


@on_linux
def test_decoders_fit_into_the_memory(sandbox):
    with Sandbox(1, preload=("numpy", "pydicom", "SimpleITK")) as box:
        assert sum(box.run(TASKS + "array_of", 64)[:3]) == 3
