import errno
import os
import stat
import sys
import time

import pytest

from spinegrader.durable import (
    durable_temporary,
    private_folder,
    remove_temporaries,
    temporary_beside,
    write_durably,
)

DAY_S = 24 * 3600


def test_a_written_file_replaces_the_old_one_and_leaves_nothing_beside_it(tmp_path):
    path = tmp_path / "grades.json"
    path.write_bytes(b"old and longer")
    write_durably(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_what_was_there_and_nothing_beside_it(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        write_durably(tmp_path / "taken", b"a file can't replace a folder")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_the_old_file_stands_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "grades.json"
    path.write_bytes(b"old")
    with durable_temporary(path, b"new") as temporary:
        assert temporary.read_bytes() == b"new"
        assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_only_the_owner_may_look(tmp_path):
    folder = private_folder(tmp_path / "above" / "project")
    write_durably(folder / "grades.json", b"{}")
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "grades.json").stat().st_mode) == 0o600


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
@pytest.mark.parametrize("umask", [0o077, 0o000])
def test_what_comes_into_a_groups_folder_is_the_groups_and_nobody_elses(tmp_path, umask):
    before = os.umask(umask)
    try:
        shared = tmp_path / "shared"
        shared.mkdir()
        os.chown(shared, -1, os.getegid())
        shared.chmod(0o2777)
        folder = private_folder(shared / "above" / "journal")
        write_durably(folder / "grades.json", b"{}")
        alone = private_folder(shared / "alone", owner_only=True)
        write_durably(alone / "grades.json", b"{}")
        with durable_temporary(shared / "key", b"secret", owner_only=True) as key:
            assert stat.S_IMODE(key.stat().st_mode) == 0o600
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o2770
    assert stat.S_IMODE(folder.stat().st_mode) == 0o2770
    assert stat.S_IMODE((folder / "grades.json").stat().st_mode) == 0o660
    assert not stat.S_IMODE(alone.stat().st_mode) & 0o077
    assert stat.S_IMODE((alone / "grades.json").stat().st_mode) == 0o600


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
@pytest.mark.parametrize("mode", [0o770, 0o2750, 0o777, 0o2700])
def test_a_folder_that_was_not_given_on_purpose_gives_nothing(tmp_path, mode):
    (tmp_path / "place").mkdir()
    (tmp_path / "place").chmod(mode)
    folder = private_folder(tmp_path / "place" / "journal")
    write_durably(folder / "grades.json", b"{}")
    assert not stat.S_IMODE(folder.stat().st_mode) & 0o077
    assert stat.S_IMODE((folder / "grades.json").stat().st_mode) == 0o600


def test_leftovers_go_when_they_are_old_or_nobody_else_writes(tmp_path):
    fresh, old = (temporary_beside(tmp_path / "grades.json") for _ in range(2))
    kept = tmp_path / "grades.json"
    for path in (fresh, old, kept):
        path.write_bytes(b"half")
    aged = time.time() - 2 * DAY_S
    os.utime(old, (aged, aged))
    os.utime(kept, (aged, aged))
    remove_temporaries(tmp_path)
    assert set(tmp_path.iterdir()) == {fresh, kept}
    remove_temporaries(tmp_path, stale_after_s=0)
    assert list(tmp_path.iterdir()) == [kept]


def test_folders_that_were_left_half_made_go_too(tmp_path):
    left = temporary_beside(tmp_path / "copy")
    left.mkdir()
    (left / "half").write_bytes(b"half")
    remove_temporaries(tmp_path)
    assert left.is_dir()
    remove_temporaries(tmp_path, stale_after_s=0)
    assert list(tmp_path.iterdir()) == []


def test_what_can_not_be_removed_hides_neither_success_nor_failure(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "unlink", refuse)
    write_durably(tmp_path / "grades.json", b"new")
    assert (tmp_path / "grades.json").read_bytes() == b"new"
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        write_durably(tmp_path / "taken", b"a file can't replace a folder")
