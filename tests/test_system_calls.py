"""Recordings of strace are read whole, or not at all."""

import os
import sys

import pytest

from benchmarks.disk_operations import (
    Link,
    MakeFolder,
    Mark,
    Open,
    Remove,
    Rename,
    Resize,
    Sync,
    Write,
)
from benchmarks.recording import record, why_not
from benchmarks.simulated_disk import SimulatedDisk, read_tree
from benchmarks.strace_output import UnknownCallError
from benchmarks.system_calls import operations_in

ROOT = "/place"


def packed(text):
    return "".join(f"\\x{byte:02x}" for byte in text.encode())


def said(text):
    return f'"{packed(text)}"'


def at(number, path):
    return f"{number}<{packed(path)}>"


def operations(*calls):
    return operations_in("\n".join(f"7  {call}" for call in calls), ROOT)


def opened(path="/place/a", flags="O_WRONLY|O_CREAT|O_EXCL|O_APPEND", number=3):
    folder = at("AT_FDCWD", "/")
    return f"openat({folder}, {said(path)}, {flags}|O_CLOEXEC, 0600) = {at(number, path)}"


def test_a_file_is_opened_written_synced_and_closed():
    file = at(3, "/place/a")
    assert operations(
        opened(),
        f"write({file}, {said('grade, = 1')}, 10) = 10",
        f"write({file}, {said('too long')}, 8) = 3",
        f"fsync({file})                  = 0",
        f"ftruncate({file}, 2) = 0",
        f"close({file}) = 0",
    ) == [
        Open("a", create=True),
        Write("a", b"grade, = 1"),
        Write("a", b"too"),
        Sync("a"),
        Resize("a", 2),
    ]


def test_places_of_writes_are_followed():
    file = at(3, "/place/a")
    vector = f"[{{iov_base={said('c')}, iov_len=1}}, {{iov_base={said('d')}, iov_len=1}}]"
    assert operations(
        opened(flags="O_WRONLY|O_TRUNC"),
        f"write({file}, {said('ab')}, 2) = 2",
        f"writev({file}, {vector}, 2) = 2",
        f"lseek({file}, 1, SEEK_SET) = 1",
        f"write({file}, {said('B')}, 1) = 1",
        f"pwrite64({file}, {said('A')}, 1, 0) = 1",
    ) == [
        Open("a", truncate=True),
        Write("a", b"ab", 0),
        Write("a", b"cd", 2),
        Write("a", b"B", 1),
        Write("a", b"A", 0),
    ]


def test_names_are_followed_with_and_without_a_folder():
    folder = at(4, "/place/new")
    assert operations(
        f"mkdir({said('/place/new')}, 0700) = 0",
        f"rename({said('/place/a')}, {said('/place/b')}) = 0",
        f"linkat({folder}, {said('a')}, {folder}, {said('../b')}, 0) = 0",
        f"unlinkat({folder}, {said('a')}, 0) = 0",
        f"rmdir({said('/place/new')}) = 0",
        f"unlink({said('/elsewhere/a')}) = 0",
        f"unlink({said('/place/a')}) = -1 ENOENT (No such file or directory)",
        f"chmod({said('/place/b')}, 0600) = 0",
    ) == [MakeFolder("new"), Rename("a", "b"), Link("new/a", "b"), Remove("new/a"), Remove("new")]


def test_a_call_counts_when_it_returned_and_a_mark_when_it_began():
    file, pipe = at(3, "/place/a"), at(2, "pipe:[1]")
    told = operations_in(
        "\n".join(
            [
                f"7  {opened()}",
                f"7  fsync({file} <unfinished ...>",
                f"8  write({pipe}, {said('mark: first')}, 11 <unfinished ...>",
                "7  <... fsync resumed>)             = 0",
                "8  <... write resumed>)             = 11",
                f"8  write({pipe}, {said('mark: second')}, 12) = 12",
                "8  +++ exited with 0 +++",
            ]
        ),
        ROOT,
    )
    assert told == [Open("a", create=True), Mark("first"), Sync("a"), Mark("second")]


FILE = at(3, "/place/a")


@pytest.mark.parametrize(
    "calls",
    [
        [f"fallocate({FILE}, 0, 0, 10) = 0"],
        [f"truncate({said('/place/a')}, 3) = 0"],
        [f"mmap(NULL, 10, PROT_READ|PROT_WRITE, MAP_SHARED, {FILE}, 0) = 0x7f00"],
        [f"ioctl({FILE}, BTRFS_IOC_CLONE, 4) = 0"],
        [f"symlink({said('/else')}, {said('/place/a')}) = 0"],
        ["sync() = 0"],
        [f"chdir({said('/')}) = 0"],
        [f"unlink({said('a')}) = 0"],
        [f"rename({said('/other/a')}, {said('/place/a')}) = 0"],
        [f"write({FILE}, {said('a')}, 1) = 1"],
        [opened(flags="O_RDWR"), f"write({FILE}, {said('a')}, 1) = 1"],
        [opened(flags="O_WRONLY|O_DSYNC")],
        [opened(), f"write({FILE}, {said('a')}..., 9) = 9"],
        ["what is this"],
    ],
)
def test_what_can_not_be_replayed_ends_the_reading(calls):
    with pytest.raises(UnknownCallError):
        operations(*calls)


def test_harmless_calls_and_other_files_are_passed_over():
    other = at(3, "/other/a")
    assert (
        operations(
            opened(path="/other/a"),
            f"write({other}, {said('a')}, 1) = 1",
            f"fallocate({other}, 0, 0, 10) = 0",
            opened(flags="O_RDONLY"),
            f"ioctl({FILE}, TCGETS, 0x7f) = 0",
            f"mmap(NULL, 10, PROT_READ, MAP_PRIVATE, {FILE}, 0) = 0x7f00",
            f"fallocate({FILE}, 0, 0, 10) = -1 EOPNOTSUPP (Operation not supported)",
            f"exit_group({FILE}) = ?",
        )
        == []
    )


@pytest.mark.skipif(bool(why_not()), reason=why_not())
def test_a_real_program_is_recorded_with_its_children(tmp_path):
    program = (
        "import os, subprocess, sys; os.chmod(sys.argv[1], 0o700)\n"
        "with open(sys.argv[1] + '/a', 'w') as file: file.write('first'); file.write('second')\n"
        "os.write(2, b'mark: half\\n')\n"
        'code = \'import os, sys; os.rename(sys.argv[1] + "/a", sys.argv[1] + "/b")\'\n'
        "subprocess.run([sys.executable, '-c', code, sys.argv[1]], check=True)\n"
    )
    recorded = record(["-c", program, str(tmp_path)], tmp_path)
    assert recorded == [
        Open("a", create=True, truncate=True),
        Write("a", b"firstsecond", 0),
        Mark("half"),
        Rename("a", "b"),
    ]
    disk = SimulatedDisk()
    for operation in recorded:
        disk.apply(operation)
    assert disk.tree() == read_tree(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="strace is only there on Linux")
def test_without_strace_a_sentence_says_so(monkeypatch):
    why_not.cache_clear()
    monkeypatch.setitem(os.environ, "PATH", "")
    assert why_not() == "System calls are recorded with strace, which is not installed here."
    why_not.cache_clear()
