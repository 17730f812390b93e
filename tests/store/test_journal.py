import errno
import json
import math
import os
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from spinegrader import __version__, durable
from spinegrader.domain.edits import SetGrade, SetSetting
from spinegrader.errors import InvalidEditError, ProjectError
from spinegrader.store.compaction import compact_project
from spinegrader.store.journal_reader import JournalPosition, read_journal
from spinegrader.store.layout import LAYOUT_VERSION
from spinegrader.store.lines import encode_edit, make_line
from spinegrader.store.project import ProjectStore
from tests.store.store_samples import (
    alter,
    edits_of_every_kind,
    grade,
    make,
    only_journal,
    setting,
    studies_import,
)


def reopened_after(folder: Path, damage) -> ProjectStore:
    """Five settings are made, the journal is damaged, the project is opened again."""
    store = ProjectStore.create(folder)
    for number in range(1, 6):
        make(store, setting(f"s{number}"))
    # Not closed: an interrupted session ends with its last change.
    alter(only_journal(folder), damage)
    return ProjectStore.open(folder)


def flip(marker: bytes, offset: int = 0):
    def damage(content: bytearray) -> None:
        content[content.index(marker) + offset] ^= 1

    return damage


def test_every_kind_of_change_survives_reopening(filled, folder):
    again = ProjectStore.open(folder)
    assert again.state == filled.state
    assert again.recovery == ""
    assert len(again.state.grades) == 3
    assert len(again.state.predictions) == 1


def test_lines_are_json_with_header_and_unbroken_chain(filled, folder):
    lines = [json.loads(line) for line in only_journal(folder).read_text().splitlines()]
    assert lines[0]["header"]["program_version"] == __version__
    assert lines[0]["header"]["layout"] == LAYOUT_VERSION
    assert [line["number"] for line in lines] == list(range(len(edits_of_every_kind()) + 1))
    for before, after in pairwise(lines):
        assert after["previous"] == before["checksum"]
        assert after["at"] > before["at"] or before["number"] == 0
        assert after["edit"]["kind"]


def test_looking_at_a_project_writes_no_journal(folder):
    ProjectStore.create(folder).close()
    ProjectStore.open(folder).close()
    assert list((folder / "journal").iterdir()) == []


@pytest.mark.parametrize("cut", [1, 2, 40, 150])
def test_a_torn_last_line_is_left_out_and_told_of_once(folder, cut):
    def tear(content: bytearray) -> None:
        del content[-cut:]

    store = reopened_after(folder, tear)
    assert set(store.state.settings) == {"s1", "s2", "s3", "s4"}
    assert "cut off" in store.recovery
    make(store, setting("after"))
    store.close(compact=False)
    compact_project(folder)
    again = ProjectStore.open(folder)
    assert set(again.state.settings) == {"s1", "s2", "s3", "s4", "after"}
    assert again.recovery == ""


def test_a_flipped_byte_in_the_middle_costs_that_change_only_and_is_named(folder):
    store = reopened_after(folder, flip(b'"s3"', 1))
    assert set(store.state.settings) == {"s1", "s2", "s4", "s5"}
    assert "line 3 is damaged or missing" in store.recovery
    store.close(compact=False)
    compact_project(folder)
    again = ProjectStore.open(folder)
    assert set(again.state.settings) == {"s1", "s2", "s4", "s5"}
    assert again.recovery == ""
    assert any("Line 3 is damaged" in problem.sentence for problem in again.check())


def test_a_flipped_newline_costs_nothing_and_is_named(folder):
    def damage(content: bytearray) -> None:
        ends = [index for index, byte in enumerate(content) if byte == ord("\n")]
        content[ends[2]] ^= 0xFF

    store = reopened_after(folder, damage)
    assert set(store.state.settings) == {"s1", "s2", "s3", "s4", "s5"}
    assert "damaged" in store.recovery


def test_a_damaged_last_line_is_named(folder):
    store = reopened_after(folder, flip(b'"s5"', 1))
    assert set(store.state.settings) == {"s1", "s2", "s3", "s4"}
    assert "end of journal" in store.recovery


def test_a_damaged_header_costs_no_change_and_is_named(folder):
    store = reopened_after(folder, flip(b"project_id"))
    assert len(store.state.settings) == 5
    assert "line 0" in store.recovery


def test_a_line_that_was_taken_out_is_named(folder):
    def damage(content: bytearray) -> None:
        lines = bytes(content).splitlines(keepends=True)
        content[:] = b"".join(lines[:2] + lines[4:])

    store = reopened_after(folder, damage)
    assert set(store.state.settings) == {"s1", "s4", "s5"}
    assert "line 2 to 3" in store.recovery


def test_a_line_that_was_rewritten_with_a_right_checksum_breaks_the_chain(folder):
    def damage(content: bytearray) -> None:
        lines = bytes(content).splitlines(keepends=True)
        old = json.loads(lines[3])
        forged = encode_edit(setting("s3", "forged"))
        lines[3], _ = make_line(3, old["at"], old["previous"], "edit", forged)
        content[:] = b"".join(lines)

    assert "line 4 doesn't follow" in reopened_after(folder, damage).recovery


def test_every_single_flipped_byte_is_noticed(folder):
    store = ProjectStore.create(folder)
    make(store, setting("s1"))
    make(store, setting("s2"))
    store.close(compact=False)
    journal = only_journal(folder)
    whole = journal.read_bytes()
    for index in range(len(whole)):
        content = bytearray(whole)
        content[index] ^= 4
        journal.write_bytes(content)
        assert read_journal(journal, JournalPosition(journal.stem)).damage, f"byte {index}"


def test_a_change_of_a_newer_program_is_not_silently_lost(folder):
    def damage(content: bytearray) -> None:
        last = json.loads(bytes(content).splitlines()[-1])
        line, _ = make_line(6, last["at"], last["checksum"], "edit", b'{"kind": "hologram"}')
        content += line

    with pytest.raises(ProjectError, match="Update the program"):
        reopened_after(folder, damage)


@pytest.mark.parametrize(
    "edit",
    [
        SetGrade(None, replace(grade(), seconds=math.nan)),
        SetGrade(None, grade(comment="null \0 character")),
        SetGrade(None, grade(comment="half of a \ud83d pair")),
        replace(studies_import(), patients=(42,)),  # type: ignore[arg-type]
    ],
)
def test_what_would_not_read_back_is_refused(store, folder, edit):
    make(store, setting("before"))
    with pytest.raises(InvalidEditError, match="can't be kept"):
        store.append(edit)
    make(store, setting("after"))
    assert set(ProjectStore.open(folder).state.settings) == {"before", "after"}


def test_a_backslash_before_u0000_is_no_null_character(store, folder):
    edit = SetSetting("name", None, '"\\u0000 and \\\\u0000"')
    make(store, edit)
    assert ProjectStore.open(folder).state.setting("name") == edit.after


def test_after_a_failed_sync_the_session_goes_on_in_a_new_journal(store, folder, monkeypatch):
    make(store, setting("before"))
    sync, failures = durable.sync_file, [OSError(errno.EIO, os.strerror(errno.EIO))]

    def failing_once(descriptor: int) -> None:
        if failures:
            raise failures.pop()
        sync(descriptor)

    monkeypatch.setattr(durable, "sync_file", failing_once)
    make(store, setting("during"))
    make(store, setting("after"))
    assert len(list((folder / "journal").iterdir())) == 2
    assert store.refresh() == type(store.refresh())()
    again = ProjectStore.open(folder)
    assert again.state == store.state
    assert set(again.state.settings) == {"before", "during", "after"}
    assert again.recovery == ""


def test_a_disk_that_never_confirms_is_an_error(store, folder, monkeypatch):
    make(store, setting("before"))

    def failing(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(durable, "sync_file", failing)
        with pytest.raises(ProjectError, match="last change was not kept"):
            store.append(setting("lost"))
    make(store, setting("after"))
    assert set(ProjectStore.open(folder).state.settings) == {"before", "after"}
