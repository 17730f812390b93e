"""The list of HDF5 files that this computer wrote or examined."""

import os
import stat
import sys

import pytest

from spinegrader.store.known_files import KnownFiles


def fingerprint(number: int) -> str:
    return f"{number:064x}"


def test_what_one_process_adds_others_know(tmp_path):
    path = tmp_path / "state" / "known-files.txt"
    ours, theirs = KnownFiles(path), KnownFiles(path)
    assert fingerprint(1) not in theirs
    for number in (1, 2, 2):
        ours.add(fingerprint(number))
    theirs.add(fingerprint(3))
    for known in (ours, theirs, KnownFiles(path)):
        assert {number for number in range(5) if fingerprint(number) in known} == {1, 2, 3}
    assert path.read_text().split() == [fingerprint(number) for number in (1, 2, 3)]


def test_a_torn_or_foreign_line_costs_only_itself(tmp_path):
    path = tmp_path / "known-files.txt"
    path.write_bytes(
        f"{fingerprint(1)}\n{fingerprint(2)[:40]}\n\xff\n{fingerprint(3)}\n".encode("latin-1")
    )
    known = KnownFiles(path)
    assert [fingerprint(number) in known for number in (1, 2, 3)] == [True, False, True]


def test_the_older_half_goes_when_there_are_too_many(tmp_path):
    path = tmp_path / "known-files.txt"
    first = KnownFiles(path, most=10)
    for number in range(12):
        first.add(fingerprint(number))
    again = KnownFiles(path, most=10)
    assert fingerprint(11) in again
    assert path.read_text().split() == [fingerprint(number) for number in range(6, 12)]
    again.add(fingerprint(12))
    assert fingerprint(12) in KnownFiles(path, most=10)


def test_where_nothing_can_be_kept_it_holds_for_the_session(tmp_path):
    (tmp_path / "state").write_text("a file, not a folder")
    known = KnownFiles(tmp_path / "state" / "known-files.txt")
    known.add(fingerprint(1))
    assert fingerprint(1) in known
    assert fingerprint(2) not in known


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_it_is_private_and_not_believed_where_others_can_write(tmp_path):
    path = tmp_path / "state" / "known-files.txt"
    KnownFiles(path).add(fingerprint(1))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.chmod(0o620)
    assert fingerprint(1) not in KnownFiles(path)
    path.chmod(0o600)
    assert fingerprint(1) in KnownFiles(path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give")
def test_the_list_of_another_user_is_not_believed(tmp_path):
    path = tmp_path / "known-files.txt"
    KnownFiles(path).add(fingerprint(1))
    os.chown(path, 65534, -1)
    assert fingerprint(1) not in KnownFiles(path)
