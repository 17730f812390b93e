"""Who changed what when: in project.h5, and traceable to the line of the journal."""

import json

import h5py

from spinegrader.domain.edits import EditGroup, SetSetting
from spinegrader.store.compaction import compact_project
from spinegrader.store.project import ProjectStore
from spinegrader.store.schema import AUDIT
from spinegrader.store.tables import read_table
from tests.store.store_samples import edits_of_every_kind, make, only_journal, setting


def trail(folder):
    compact_project(folder)
    with h5py.File(folder / "project.h5", "r") as file:
        names = [column.name for column in AUDIT.columns]
        return [dict(zip(names, row, strict=True)) for row in read_table(file, AUDIT)]


def test_every_change_but_grades_and_predictions_has_a_row(filled, folder):
    kinds = [row["kind"] for row in trail(folder)]
    expected = [edit.kind for edit in edits_of_every_kind()]
    assert kinds == [kind for kind in expected if kind not in ("grade", "group", "predictions")]


def test_a_row_names_the_line_that_holds_the_change(filled, folder):
    lines = [json.loads(line) for line in only_journal(folder).read_text().splitlines()]
    for row in trail(folder):
        line = lines[row["number"]]
        assert row["checksum"] == line["checksum"]
        assert row["at"] == line["at"]
        assert row["session"] == only_journal(folder).stem
        assert row["kind"] == line["edit"]["kind"]


def test_it_tells_who_and_what(store, folder):
    store.append(setting("theme"), by="Dr. Ümit")
    store.append(EditGroup("Both", (setting("a"), SetSetting("b", None, "2"))), by="Dr. Berg")
    told = [(row["by"], row["record"]) for row in trail(folder)]
    assert told == [("Dr. Ümit", "theme"), ("Dr. Berg", "a"), ("Dr. Berg", "b")]


def test_it_grows_at_its_end_and_keeps_what_was_there(filled, folder):
    before = trail(folder)
    make(filled, setting("later"))
    with ProjectStore.open(folder) as other:
        make(other, setting("another session"))
    after = trail(folder)
    assert after[: len(before)] == before
    assert [row["record"] for row in after[len(before) :]] == ["later", "another session"]


def test_it_is_whole_again_after_project_h5_was_lost(filled, folder):
    before = trail(folder)
    (folder / "project.h5").unlink()
    assert trail(folder) == before
