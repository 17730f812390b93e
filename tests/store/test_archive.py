"""Journals that ended long ago move aside, and still count."""

import os
import shutil
import time

from spinegrader.store.archive import archive_ended
from spinegrader.store.compaction import compact_project
from spinegrader.store.layout import read_layout
from spinegrader.store.project import ProjectStore
from spinegrader.store.snapshot import read_snapshot
from tests.store.store_samples import make, setting


def grow_old(folder):
    months_ago = time.time() - 60 * 24 * 3600
    for path in (folder / "journal").glob("*.jsonl"):
        os.utime(path, (months_ago, months_ago))


def session_of(folder, name, *, close=True):
    store = ProjectStore.open(folder)
    make(store, setting(name))
    if close:
        store.close(compact=False)
    return store


def names(folder):
    return {path.name for path in folder.glob("*.jsonl")}


def test_only_ended_old_and_kept_ones_move(folder):
    ProjectStore.create(folder).close()
    session_of(folder, "ended")
    open_one = session_of(folder, "still open", close=False)
    assert compact_project(folder)
    assert names(folder / "journal" / "archive") == set()  # too young
    grow_old(folder)
    before = names(folder / "journal")
    assert compact_project(folder)
    archived = names(folder / "journal" / "archive")
    assert len(archived) == 1
    assert names(folder / "journal") == before - archived
    make(open_one, setting("and at work"))
    open_one.close(compact=False)
    again = ProjectStore.open(folder)
    assert set(again.state.settings) == {"ended", "still open", "and at work"}
    assert again.recovery == ""


def test_one_that_project_h5_does_not_hold_stays(folder):
    ProjectStore.create(folder).close()
    session_of(folder, "a")
    grow_old(folder)
    archive_ended(read_layout(folder), {})
    assert not (folder / "journal" / "archive").exists()


def test_everything_is_rebuilt_from_archived_ones(folder):
    ProjectStore.create(folder).close()
    for name in "abc":
        session_of(folder, name)
    compact_project(folder)
    grow_old(folder)
    compact_project(folder)
    assert len(names(folder / "journal" / "archive")) == 3
    (folder / "project.h5").unlink()
    shutil.rmtree(folder / "generations")
    again = ProjectStore.open(folder)
    assert set(again.state.settings) == {"a", "b", "c"}
    again.close(compact=False)
    compact_project(folder)
    state = read_snapshot(folder / "project.h5", again.project_id).state
    assert set(state.settings) == {"a", "b", "c"}
    assert ProjectStore.open(folder).check() == ()
