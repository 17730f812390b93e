"""What the simulated disk keeps and what it may forget."""

from itertools import product

import numpy as np
import pytest

from benchmarks.disk_operations import (
    PAGE_BYTES,
    Link,
    MakeFolder,
    Mark,
    Open,
    Remove,
    Rename,
    Resize,
    Sync,
    Write,
    cuts_of,
)
from benchmarks.simulated_disk import SimulatedDisk, read_tree, write_tree

BEFORE = {"folder": None, "folder/file": b"old"}


def disk_after(*operations, before=BEFORE):
    disk = SimulatedDisk.holding(before)
    for operation in operations:
        disk.apply(operation)
    return disk


def left_by_power_losses(disk, draws=300):
    """All that 300 power losses leave, each as a sorted tuple."""
    rng = np.random.default_rng(3)
    return {tuple(sorted(disk.after_power_loss(rng).items())) for _ in range(draws)}


def contents_left(disk, path):
    return {dict(tree).get(path, "no name") for tree in left_by_power_losses(disk)}


def test_programs_see_what_was_done_at_once():
    disk = disk_after(
        MakeFolder("new"),
        Open("new/a", create=True),
        Write("new/a", b"one"),
        Write("new/a", b"two"),
        Write("new/a", b"N", offset=1),
        Link("new/a", "linked"),
        Rename("folder/file", "new/b"),
        Resize("new/b", 5),
        Mark("said"),
        Remove("folder"),
    )
    assert disk.tree() == {
        "new": None,
        "new/a": b"oNetwo",
        "linked": b"oNetwo",
        "new/b": b"old\0\0",
    }


def test_opening_truncates_and_creates_only_where_asked_to():
    disk = disk_after(Open("folder/file"), Open("folder/file", create=True))
    assert disk.tree() == BEFORE
    disk.apply(Open("folder/file", truncate=True))
    assert disk.tree()["folder/file"] == b""


def test_a_synced_file_with_a_synced_name_is_kept():
    disk = disk_after(
        Open("folder/new", create=True),
        Write("folder/new", b"grade"),
        Sync("folder/new"),
        Sync("folder"),
    )
    assert contents_left(disk, "folder/new") == {b"grade"}


def test_syncing_a_file_does_not_keep_its_name():
    disk = disk_after(Open("new", create=True), Write("new", b"grade"), Sync("new"))
    assert contents_left(disk, "new") == {"no name", b"grade"}


def test_syncing_a_name_does_not_keep_the_content():
    disk = disk_after(Open("new", create=True), Write("new", b"grade"), Sync(""))
    assert contents_left(disk, "new") == {b"", b"\0\0\0\0\0", b"grade"}


def test_pages_are_lost_one_by_one():
    old, new = b"o" * 3 * PAGE_BYTES, b"n" * 3 * PAGE_BYTES
    disk = disk_after(Write("file", new, offset=0), before={"file": old})
    pages = (old[:PAGE_BYTES], new[:PAGE_BYTES])
    assert contents_left(disk, "file") == {b"".join(item) for item in product(pages, repeat=3)}


def test_a_page_written_twice_may_be_as_it_was_between():
    disk = disk_after(
        Write("folder/file", b"mid", offset=0), Write("folder/file", b"new", offset=0)
    )
    assert contents_left(disk, "folder/file") == {b"old", b"mid", b"new"}


def test_a_cut_file_may_come_back_whole_until_it_is_synced():
    cut = Resize("folder/file", 1)
    assert contents_left(disk_after(cut), "folder/file") == {b"old", b"o\0\0", b"o"}
    assert contents_left(disk_after(cut, Sync("folder/file")), "folder/file") == {b"o"}


def test_names_in_one_folder_are_lost_from_the_last_on():
    disk = disk_after(MakeFolder("a"), MakeFolder("b"), MakeFolder("c"), before={})
    assert {"".join(name for name, _ in tree) for tree in left_by_power_losses(disk)} == {
        "", "a", "ab", "abc",
    }  # fmt: skip


def test_replacing_is_one_step_within_a_folder_and_two_between_folders():
    within = disk_after(Rename("new", "file"), before={"file": b"old", "new": b"new"})
    assert left_by_power_losses(within) == {
        (("file", b"old"), ("new", b"new")),
        (("file", b"new"),),
    }
    between = disk_after(Rename("folder/file", "file"))
    found = {tuple(name for name, _ in tree) for tree in left_by_power_losses(between)}
    assert found == {
        ("folder", "folder/file"),
        ("file", "folder", "folder/file"),
        ("file", "folder"),
        ("folder",),
    }


def test_what_is_in_a_folder_goes_with_the_folders_name():
    disk = disk_after(
        MakeFolder("new"),
        Open("new/file", create=True),
        Write("new/file", b"grade"),
        Sync("new/file"),
        Sync("new"),
        before={},
    )
    assert left_by_power_losses(disk) == {(), (("new", None), ("new/file", b"grade"))}
    disk.apply(Sync(""))
    assert left_by_power_losses(disk) == {(("new", None), ("new/file", b"grade"))}


def test_power_losses_follow_from_the_seed():
    disk = disk_after(*(MakeFolder(str(number)) for number in range(50)))
    first, second = (disk.after_power_loss(np.random.default_rng(5)) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    "operation",
    [Write("gone", b"x"), Sync("gone"), Rename("gone", "a"), Remove("gone"), Write("folder", b"x")],
)
def test_a_recording_that_is_not_whole_is_refused(operation):
    with pytest.raises(LookupError):
        disk_after(operation)


def test_writes_are_cut_at_their_ends_in_the_middle_and_between_pages():
    size = 2 * PAGE_BYTES + 10
    assert cuts_of(Write("a", b"x" * size)) == [
        0, 1, PAGE_BYTES, size // 2, 2 * PAGE_BYTES, size - 1,
    ]  # fmt: skip
    assert cuts_of(Write("a", b"x")) == [0]


def test_a_folder_holds_what_was_on_the_disk_and_nothing_else(tmp_path):
    (tmp_path / "place" / "other").mkdir(parents=True)
    write_tree(BEFORE, tmp_path / "place")
    assert read_tree(tmp_path / "place") == BEFORE
