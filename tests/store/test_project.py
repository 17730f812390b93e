import datetime as dt
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from spinegrader.domain.edits import Changes, SetGrade
from spinegrader.durable import temporary_beside
from spinegrader.errors import ProjectError
from spinegrader.store import compaction
from spinegrader.store.compaction import compact_project
from spinegrader.store.layout import LAYOUT_VERSION, marker_checksum
from spinegrader.store.project import ProjectStore
from spinegrader.store.snapshot import read_snapshot
from tests.store.store_samples import (
    NOON,
    as_nobody,
    edits_of_every_kind,
    grade,
    make,
    setting,
    tilted_geometry,
)

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")


def test_a_new_project_is_empty_and_complete(folder):
    with ProjectStore.create(folder) as store:
        assert store.state.patients == {}
        assert store.recovery == ""
        assert store.folder == folder
        assert store.runs_folder.is_dir()
        assert store.cache_folder.is_dir()
    assert ProjectStore.open(folder).project_id == store.project_id


def test_a_project_keeps_working_after_it_was_moved(filled, folder, tmp_path):
    filled.close(compact=False)
    moved = tmp_path / "elsewhere" / "moved project ü"
    moved.parent.mkdir()
    folder.rename(moved)
    again = ProjectStore.open(moved)
    assert again.state == filled.state
    make(again, setting("moved"))
    again.close(compact=False)
    assert ProjectStore.open(moved).state.setting("moved") == "1"


@posix
def test_only_the_owner_may_look_in(folder):
    before = os.umask(0)
    try:
        with ProjectStore.create(folder) as store:
            make(store, setting("s"))
            store.write_pixels(np.zeros((9, 32, 48), np.int16), tilted_geometry())
            store.compact()
    finally:
        os.umask(before)
    for path in (folder, *folder.rglob("*")):
        expected = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == expected, path.name


def test_creating_refuses_what_is_there(tmp_path, folder):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ProjectError, match="is not empty and not a SpineGrader project"):
        ProjectStore.create(tmp_path)
    ProjectStore.create(folder).close()
    with pytest.raises(ProjectError, match="lumbar holds a project already"):
        ProjectStore.create(folder)


def test_creating_in_an_empty_folder_works_even_with_a_system_file(folder):
    folder.mkdir()
    (folder / ".DS_Store").write_bytes(b"")
    ProjectStore.create(folder).close()


def test_creating_works_where_it_was_killed_before(folder):
    folder.mkdir()
    temporary_beside(folder / "spinegrader.json").write_bytes(b"{")
    ProjectStore.create(folder).close()
    ProjectStore.open(folder).close()


def test_opening_what_is_no_project(tmp_path):
    with pytest.raises(ProjectError) as caught:
        ProjectStore.open(tmp_path)
    assert caught.value.message == (
        f"{tmp_path.name} is not a SpineGrader project: it has no spinegrader.json. "
        "Choose a project folder, or import images to make one."
    )
    with pytest.raises(ProjectError, match="There is no folder gone"):
        ProjectStore.open(tmp_path / "gone")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": "x"}', b"\xff\xfe"])
def test_opening_with_a_damaged_marker(folder, content):
    ProjectStore.create(folder).close()
    (folder / "spinegrader.json").write_bytes(content)
    with pytest.raises(ProjectError, match=r"spinegrader\.json of lumbar"):
        ProjectStore.open(folder)


def test_opening_what_a_newer_program_made(folder):
    ProjectStore.create(folder).close()
    marker = folder / "spinegrader.json"
    content = json.loads(marker.read_text()) | {"layout": LAYOUT_VERSION + 1}
    marker.write_text(json.dumps(content | {"checksum": marker_checksum(content)}))
    with pytest.raises(ProjectError, match="newer version"):
        ProjectStore.open(folder)


@posix
def test_without_permission_to_read(folder):
    ProjectStore.create(folder).close()
    (folder / "spinegrader.json").chmod(0)
    with as_nobody(), pytest.raises(ProjectError, match="no permission to read"):
        ProjectStore.open(folder)


@posix
def test_without_permission_to_write_one_can_still_look():
    place = Path(tempfile.mkdtemp())
    try:
        with ProjectStore.create(place / "p") as store:
            make(store, setting("s"))
        for path in (place, *place.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        with as_nobody():
            again = ProjectStore.open(place / "p")
            assert again.state.setting("s") == "1"
            with pytest.raises(ProjectError, match="no permission to write"):
                again.append(setting("t"))
            with pytest.raises(ProjectError, match="no permission to write"):
                again.write_pixels(np.zeros((9, 32, 48), np.int16), tilted_geometry())
            again.close()
            with pytest.raises(ProjectError, match="No project was made"):
                ProjectStore.create(place / "q")
    finally:
        for path in (place, *place.rglob("*")):
            path.chmod(0o700)
        shutil.rmtree(place)


def test_two_sessions_at_once_end_equal(folder):
    ours, theirs = ProjectStore.create(folder), ProjectStore.open(folder)
    make(ours, edits_of_every_kind()[0])
    assert theirs.refresh() == Changes(studies=True)
    for index in range(10):
        for store, reader in ((ours, "A"), (theirs, "B")):
            make(store, SetGrade(None, grade(reader=f"{reader}{index}")))
            make(store, setting("last", reader))
    assert ours.state != theirs.state
    assert ours.refresh().grades == {"1.2.3.1"}
    theirs.refresh()
    assert ours.state == theirs.state
    assert len(ours.state.grades) == 20
    assert ours.state.setting("last") == "B"
    assert ours.refresh() == Changes()
    ours.close()
    theirs.close(compact=False)
    assert ProjectStore.open(folder).state == ours.state


def test_refresh_waits_for_the_rest_of_a_half_written_line(folder):
    ours, theirs = ProjectStore.create(folder), ProjectStore.open(folder)
    make(theirs, setting("whole"))
    make(theirs, setting("half"))
    (journal,) = (folder / "journal").iterdir()
    content = journal.read_bytes()
    journal.write_bytes(content[:-30])
    assert ours.refresh() == Changes(settings=True)
    assert set(ours.state.settings) == {"whole"}
    assert ours.refresh() == Changes()
    journal.write_bytes(content)
    ours.refresh()
    assert set(ours.state.settings) == {"whole", "half"}


def test_refresh_sees_a_line_as_long_as_the_torn_one_that_it_replaced(folder):
    ours, theirs = ProjectStore.create(folder), ProjectStore.open(folder)
    make(theirs, setting("a"))
    (journal,) = (folder / "journal").iterdir()
    before = journal.stat().st_size
    make(theirs, setting("b"))
    content = journal.read_bytes()
    journal.write_bytes(content[:before] + b"x" * (len(content) - before))
    ours.refresh()
    assert set(ours.state.settings) == {"a"}
    journal.write_bytes(content)
    ours.refresh()
    assert ours.state == theirs.state


def test_stamps_rise_even_when_the_clock_is_put_back(store, folder):
    first = store.append(setting("a"), NOON)
    second = store.append(setting("b"), NOON - dt.timedelta(days=365))
    assert first < second
    assert dt.datetime.fromisoformat(second.at) - NOON == dt.timedelta(microseconds=1)
    later = ProjectStore.open(folder)
    third = later.append(setting("c"), NOON - dt.timedelta(days=1))
    assert second < third
    store.refresh()
    assert store.append(setting("d"), NOON) > third
    compact_project(folder)
    assert ProjectStore.open(folder).append(setting("e"), NOON).at > third.at


def test_stamps_of_other_time_zones_are_in_utc(store):
    zone = dt.timezone(dt.timedelta(hours=3))
    assert store.append(setting("a"), NOON.astimezone(zone)).at == NOON.isoformat()


def test_appending_leaves_the_state_to_the_session(store):
    store.append(setting("s"))
    assert store.state.settings == {}


def test_a_closed_project_takes_no_changes_and_closes_twice(store):
    store.close()
    store.close()
    with pytest.raises(ProjectError, match="closed"):
        store.append(setting("s"))


def test_closing_writes_project_h5(filled, folder):
    filled.close()
    journal = next((folder / "journal").iterdir())
    journal.unlink()
    assert ProjectStore.open(folder).state == filled.state


def test_compacting_in_the_background_while_changes_go_on(filled, folder):
    filled.compact(wait=False)
    for number in range(20):
        make(filled, setting(f"meanwhile{number}"))
    filled.close()
    assert ProjectStore.open(folder).state == filled.state
    assert not list((folder / "cache").iterdir())


def test_the_store_loads_neither_qt_nor_torch_nor_dicom():
    code = (
        "import sys, spinegrader.store.project, spinegrader.store.compaction\n"
        "loud = {'PySide6', 'torch', 'pydicom', 'SimpleITK', 'sklearn', 'scipy'}\n"
        "print(*sorted(loud & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_a_renewal_takes_in_what_came_while_it_was_written(filled, folder, monkeypatch):
    write, written = compaction.write_snapshot, []

    def writing(*arguments):
        written.append(write(*arguments))
        if len(written) == 1:
            make(filled, setting("meanwhile"))
        return written[-1]

    monkeypatch.setattr(compaction, "write_snapshot", writing)
    assert compact_project(folder)
    assert len(written) == 2
    snapshot = read_snapshot(folder / "project.h5", filled.project_id)
    assert snapshot.state == filled.state
    assert snapshot.state.setting("meanwhile") == "1"
