"""Opening after a crash says in one line what was recovered, and only then."""

import os
import signal
import subprocess
import sys

import pytest

from spinegrader.store.compaction import compact_project
from spinegrader.store.project import ProjectStore
from tests.store.store_samples import make, setting

_WORK = """
import sys, time
from pathlib import Path
from spinegrader.domain.edits import SetSetting
from spinegrader.store.project import ProjectStore
store = ProjectStore.open(Path(sys.argv[1]))
for number in range(3):
    store.append(SetSetting(f"s{number}", None, "1"))
print("written", flush=True)
sys.stdin.read()
store.close(compact=False)
"""


def start_session(folder):
    process = subprocess.Popen(
        [sys.executable, "-c", _WORK, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "written\n"
    return process


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_killed_session_is_told_of_until_project_h5_holds_it(folder):
    ProjectStore.create(folder).close()
    with start_session(folder) as process:
        os.kill(process.pid, signal.SIGKILL)
    store = ProjectStore.open(folder)
    assert len(store.state.settings) == 3
    assert "not closed properly: 3 changes up to" in store.recovery
    assert store.recovery.count(".") == 2  # one sentence, and the one in project.h5
    assert compact_project(folder)
    assert ProjectStore.open(folder).recovery == ""


def test_sessions_that_are_running_or_closed_are_not(folder):
    ProjectStore.create(folder).close()
    with start_session(folder) as process:
        other = ProjectStore.open(folder)
        assert len(other.state.settings) == 3
        assert other.recovery == ""
        process.communicate("", timeout=20)
    again = ProjectStore.open(folder)
    assert len(again.state.settings) == 3
    assert again.recovery == ""


def test_ones_own_open_session_is_not(store, folder):
    make(store, setting("s"))
    assert ProjectStore.open(folder).recovery == ""


def test_a_session_of_another_computer_is_not(folder, monkeypatch):
    ProjectStore.create(folder).close()
    with start_session(folder) as process:
        os.kill(process.pid, signal.SIGKILL) if sys.platform != "win32" else process.kill()
    monkeypatch.setattr("platform.node", lambda: "elsewhere")
    assert ProjectStore.open(folder).recovery == ""
