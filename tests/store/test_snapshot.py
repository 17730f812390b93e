import os
import re
import subprocess
import sys
import time
from dataclasses import fields, replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from spinegrader.domain.anatomy import STANDARD_DISCS
from spinegrader.domain.edits import SetOverlay
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.state import ProjectState
from spinegrader.store.audit import audit_rows
from spinegrader.store.compaction import compact_project
from spinegrader.store.layout import LAYOUT_VERSION, read_layout
from spinegrader.store.project import ProjectStore
from spinegrader.store.snapshot import DamagedSnapshotError, read_snapshot, write_snapshot
from tests.store.store_samples import (
    alter,
    drawn_disc,
    edits_of_every_kind,
    grade,
    make,
    setting,
)

DOCUMENT = Path(__file__).parents[2] / "docs" / "store.md"


def test_it_holds_the_state_without_loss(filled, folder):
    assert compact_project(folder)
    snapshot = read_snapshot(folder / "project.h5", filled.project_id)
    assert snapshot.state == filled.state
    assert snapshot.state.overlays == filled.state.overlays  # stamps and removed ones too
    assert snapshot.state.settings["theme"][1] is None


def test_the_samples_leave_no_field_of_the_domain_untried(filled):
    """A field that is added to the domain must find its column in project.h5."""
    state = filled.state
    untried = [
        f"{type(items[0]).__name__}.{field.name}"
        for items in (
            list(state.patients.values()),
            list(state.studies.values()),
            list(state.series.values()),
            list(state.predictions.values()),
            [grade for history in state.grades.values() for grade in history],
            list(state.grades),
            [overlay for _, overlay in state.overlays.values() if overlay],
            list(state.sights.values()),
            list(state.sights),
            [flag for _, flag in state.flags.values() if flag],
            [overlay.numbering for _, overlay in state.overlays.values() if overlay],
            [overlay.numbering.doubt for _, overlay in state.overlays.values() if overlay],
            [
                disc
                for _, overlay in state.overlays.values()
                if overlay
                for disc in overlay.edited_discs
            ],
            [
                body
                for _, overlay in state.overlays.values()
                if overlay
                for body in overlay.vertebrae
            ],
        )
        for field in fields(items[0])
        if all(getattr(item, field.name) == field.default for item in items)
    ]
    assert untried == []


def test_an_empty_project_round_trips(store, folder):
    write_snapshot(read_layout(folder), ProjectState(), {}, audit_rows(None, []))
    assert read_snapshot(folder / "project.h5", store.project_id).state == ProjectState()


def test_discs_of_unequal_length_round_trip(filled, folder):
    """The outlines of one table are as wide as the longest of them."""
    before = filled.state.overlay("1.2.3.1.1")
    rng = np.random.default_rng(2)
    short = drawn_disc(STANDARD_DISCS[1], rng)
    after = before.with_disc(replace(short, outline_mm=short.outline_mm[:3]))
    make(filled, SetOverlay("1.2.3.1.1", before, after))
    compact_project(folder)
    assert ProjectStore.open(folder).state == filled.state
    assert ProjectStore.open(folder).state.overlay("1.2.3.1.1") == after
    # Once more from the packed rows, beside those of another series.
    other = Overlay("1.2.3.2.1", after.vertebrae, edited_discs=(drawn_disc(short.level, rng),))
    make(filled, SetOverlay("1.2.3.2.1", None, other))
    compact_project(folder)
    assert ProjectStore.open(folder).state == filled.state


def test_opening_reads_it_and_what_came_after(filled, folder):
    compact_project(folder)
    make(filled, setting("later"))
    again = ProjectStore.open(folder)
    assert again.state == filled.state
    assert again.state.setting("later") == "1"


def test_nothing_new_is_not_written_again(filled, folder):
    compact_project(folder)
    before = (folder / "project.h5").stat().st_ino
    compact_project(folder)
    assert (folder / "project.h5").stat().st_ino == before


def test_any_flipped_byte_is_noticed_and_mended(filled, folder):
    compact_project(folder)
    path = folder / "project.h5"
    whole = path.read_bytes()
    rng = np.random.default_rng(5)
    for index in [0, 100, 511, 512, len(whole) - 1, *rng.integers(0, len(whole), 40)]:
        alter(path, lambda content, index=index: content.__setitem__(index, content[index] ^ 8))
        with pytest.raises(DamagedSnapshotError):
            read_snapshot(path, filled.project_id)
        path.write_bytes(whole)
    alter(path, lambda content: content.__setitem__(3000, content[3000] ^ 8))
    again = ProjectStore.open(folder)
    assert again.state == filled.state
    assert "project.h5 is damaged. The project was rebuilt" in again.recovery
    again.close(compact=False)
    compact_project(folder)
    assert ProjectStore.open(folder).recovery == ""


@pytest.mark.parametrize("length", [0, 100, 512, 5000])
def test_a_cut_file_is_noticed_and_mended(filled, folder, length):
    compact_project(folder)
    alter(folder / "project.h5", lambda content: content.__delitem__(slice(length, None)))
    again = ProjectStore.open(folder)
    assert again.state == filled.state
    assert again.recovery


def test_a_deleted_one_is_rebuilt_from_the_journals(filled, folder):
    compact_project(folder)
    (folder / "project.h5").unlink()
    again = ProjectStore.open(folder)
    assert again.state == filled.state
    again.close(compact=False)
    compact_project(folder)
    assert read_snapshot(folder / "project.h5", filled.project_id).state == filled.state


def test_three_generations_are_kept_and_stand_in(filled, folder):
    compact_project(folder)
    for number in range(5):
        make(filled, setting(f"generation{number}"))
        compact_project(folder)
    kept = sorted((folder / "generations").iterdir())
    assert len(kept) == 3
    newest = read_snapshot(kept[-1], filled.project_id).state
    assert "generation3" in newest.settings
    assert "generation4" not in newest.settings
    for journal in (folder / "journal").iterdir():
        journal.unlink()  # only the generations are left
    alter(folder / "project.h5", lambda content: content.__setitem__(2000, content[2000] ^ 1))
    rescued = ProjectStore.open(folder)
    assert rescued.state == newest
    assert "journal is missing" in rescued.recovery


def test_a_damaged_one_never_becomes_a_generation(filled, folder):
    compact_project(folder)
    alter(folder / "project.h5", lambda content: content.__setitem__(2000, content[2000] ^ 1))
    make(filled, setting("later"))
    compact_project(folder)
    assert list((folder / "generations").iterdir()) == []
    assert read_snapshot(folder / "project.h5", filled.project_id).state == filled.state


def test_a_fresh_lease_saves_the_work_and_an_old_one_expires(filled, folder):
    lease = folder / "cache" / "compaction.lease"
    lease.touch()
    assert not compact_project(folder)
    filled.compact()  # somebody else is at it: no error
    assert not (folder / "project.h5").exists()
    an_hour_ago = time.time() - 3600
    os.utime(lease, (an_hour_ago, an_hour_ago))
    assert compact_project(folder)
    assert not lease.exists()
    assert read_snapshot(folder / "project.h5", filled.project_id).state == filled.state


def test_that_of_another_project_is_not_taken(filled, folder, tmp_path):
    compact_project(folder)
    other = ProjectStore.create(tmp_path / "other")
    (folder / "project.h5").rename(other.folder / "project.h5")
    again = ProjectStore.open(other.folder)
    assert again.state == ProjectState()
    assert "another project" in again.recovery


def test_any_hdf5_program_can_read_it(filled, folder):
    compact_project(folder)
    with h5py.File(folder / "project.h5", "r") as file:
        assert file.attrs["project_id"] == filled.project_id
        assert file.attrs["layout"] == LAYOUT_VERSION
        grades = file["grades"][()]
        assert sorted(grades["value"]) == [-1, 3, 3, 4]
        corners = file["overlays/vertebrae"]["corners_mm"]
        overlay = filled.state.overlay("1.2.3.1.1")
        assert corners.shape == (7, 4, 3)
        np.testing.assert_array_equal(corners[2], overlay.vertebrae[2].corners_mm)
        discs = file["overlays/discs"][()]
        assert [text.decode() for text in discs["level"]] == [
            str(disc) for disc in STANDARD_DISCS[:-1] if str(disc) != "L2/L3"
        ]
        np.testing.assert_array_equal(discs[3]["outline_mm"], overlay.discs[4].outline_mm)
        found, edited = file["overlays/edited_discs"][()]
        assert [item["level"].decode() for item in (found, edited)] == ["L2/L3", "L5/S1"]
        assert (found["is_found"], edited["is_found"]) == (True, False)
        np.testing.assert_array_equal(edited["outline_mm"], overlay.edited_discs[1].outline_mm)
        (unblinded,) = file["readings/unblinded"][()]
        assert unblinded["since"].decode() == "2026-03-01T12:00:00.123456+00:00"
        assert file["series"]["echo_time_ms"][0] == 0.1 + 0.2


def test_the_documented_example_prints_the_pfirrmann_grades_in_force(filled, folder):
    compact_project(folder)
    (example,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", example], cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        "1.2.3.1 L4/L5 Dr. Ümit Grau 4",  # the second revision
        "1.2.3.1 L4/L5 Dr. Ümit Grau 3",  # the second reading
    ]


def test_the_document_names_every_dataset(filled, folder):
    compact_project(folder)
    names: list[str] = []
    with h5py.File(folder / "project.h5", "r") as file:
        file.visititems(
            lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None
        )
    text = DOCUMENT.read_text(encoding="utf-8")
    assert len(names) == 24
    assert [name for name in names if f"`/{name}`" not in text] == []


def test_thousands_of_grades_round_trip(store, folder):
    from spinegrader.domain.edits import EditGroup, SetGrade

    make(store, edits_of_every_kind()[0])
    answers = [
        SetGrade(None, grade("1.2.3.1", disc, value % 5 + 1, reader=f"reader {value}"))
        for value in range(500)
        for disc in STANDARD_DISCS
    ]
    make(store, EditGroup("Many", tuple(answers)))
    compact_project(folder)
    again = ProjectStore.open(folder)
    assert again.state == store.state
    assert len(again.state.grades) == 3000
    assert (folder / "project.h5").stat().st_size < 300_000
