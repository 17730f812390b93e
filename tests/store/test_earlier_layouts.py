"""Projects that earlier versions wrote are read whole, and copied before a change."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from spinegrader.domain.anatomy import STANDARD_DISCS, VertebraLevel
from spinegrader.domain.edits import ImportStudies, LinkPatients, SetOverlay
from spinegrader.domain.grades import GradeKey, ReadingMode, Reason
from spinegrader.domain.links import Links
from spinegrader.domain.numbering import Absence, CountingBasis, Doubt, Numbering, Transition
from spinegrader.domain.overlays import OverlayState
from spinegrader.domain.study import Series
from spinegrader.errors import ProjectError
from spinegrader.store.checking.problems import ProblemKind
from spinegrader.store.checking.whole import check_project
from spinegrader.store.compaction import compact_project
from spinegrader.store.layout import LAYOUT_VERSION, read_layout
from spinegrader.store.migrations import STEPS
from spinegrader.store.project import ProjectStore
from spinegrader.store.schema import AUDIT
from spinegrader.store.snapshot import read_snapshot
from spinegrader.store.tables import unpacked
from tests.store.store_samples import (
    adjudicated,
    drawn_disc,
    edits_of_readings,
    make,
    setting,
    studies_import,
)
from tests.store.test_durability import fill, small_disk

__all__ = ["small_disk"]

FOLDER = Path(__file__).parent
LAYOUTS = [LAYOUT_VERSION - steps for steps in range(len(STEPS), 0, -1)]
"""A project of each layout that was ever written stays here."""

LOST = [(), ("project.h5",), ("journal",)]


@pytest.fixture(params=LAYOUTS)
def layout(request: pytest.FixtureRequest) -> int:
    number: int = request.param
    return number


@pytest.fixture
def early(tmp_path: Path, layout: int) -> Path:
    folder = tmp_path / "early"
    shutil.copytree(FOLDER / f"layout_{layout}_project", folder)
    return folder


def content_of(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def lose(folder: Path, names: tuple[str, ...]) -> None:
    for name in names:
        place = folder / name
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink()


def test_there_is_a_step_from_each_layout():
    assert sorted(STEPS) == LAYOUTS
    assert LAYOUTS[0] == 1


@pytest.mark.parametrize("lost", LOST)
def test_it_opens_from_snapshot_and_from_journals(early, layout, lost):
    lose(early, lost)
    with ProjectStore.open(early) as store:
        state = store.state
        assert "damaged" not in store.recovery
        assert (len(state.patients), len(state.studies)) == (2, 2)
        assert len(state.grades) == (3 if layout == 1 or "journal" in lost else 4)
        assert len(state.predictions) == 1
        known = {item.uid: item for item in studies_import().series}
        if layout == 1:
            known = {uid: replace(item, slice_hashes=()) for uid, item in known.items()}
            assert state.links == Links()
        assert {uid: state.series[uid] for uid in known} == known


@pytest.mark.parametrize("lost", LOST)
def test_its_grades_have_a_mode_and_a_reason(early, layout, lost):
    lose(early, lost)
    with ProjectStore.open(early) as store:
        key = GradeKey("1.2.3.1", STANDARD_DISCS[4], "pfirrmann", "Dr. Ümit Grau")
        first, second = store.state.grades[key]
        assert (first.mode, first.reason) == (ReadingMode.ASSISTED, "")
        assert (second.mode, second.reason) == (
            ReadingMode.BLINDED,
            "not recorded" if layout < 3 else Reason.CORRECTED,
        )
        assert second.comment == "L5 sacralised “?”\nsee T1"


@pytest.mark.parametrize("lost", LOST)
def test_its_overlays_say_nothing_of_what_was_not_asked(early, lost):
    lose(early, lost)
    with ProjectStore.open(early) as store:
        overlay = store.state.overlay("1.2.3.1.1")
        assert (overlay.state, overlay.author) == (OverlayState.CONFIRMED, "Dr. Grau")
        assert [disc.level for disc in overlay.discs] == [*STANDARD_DISCS]
        assert (overlay.edited_discs, overlay.missing) == ((), ())
        assert overlay.numbering == Numbering(CountingBasis.NOT_STATED, Transition.NONE)
        assert store.state.overlays["1.2.3.2.1"][1] is None
        assert (store.state.flags, store.state.readings, store.state.sights) == ({}, {}, {})


def test_it_takes_what_was_added_since_and_keeps_it(early):
    store = ProjectStore.open(early)
    before = store.state.overlay("1.2.3.1.1")
    drawn = before.with_disc(drawn_disc(STANDARD_DISCS[2], np.random.default_rng(0)))
    said = drawn.with_missing(VertebraLevel.S2, Absence.OUT_OF_VIEW)
    after = replace(said, numbering=Numbering(doubt=Doubt(VertebraLevel.L5, VertebraLevel.L6)))
    make(store, SetOverlay("1.2.3.1.1", before, after))
    for edit in (*edits_of_readings(), adjudicated()):
        make(store, edit)
    store.close(compact=False)
    assert compact_project(early)
    snapshot = read_snapshot(early / "project.h5", store.project_id)
    assert snapshot.state == store.state
    assert snapshot.state.overlay("1.2.3.1.1") == after
    assert snapshot.state.asked_reading("1.2.3.1", "Dr. Ümit Grau") == 2
    assert snapshot.state.grade(adjudicated().after.key) == adjudicated().after
    kinds = {problem.kind for problem in check_project(early).problems}
    wrong = {ProblemKind.TABLES_DIFFER, ProblemKind.AUDIT_DIFFERS, ProblemKind.NOT_IN_JOURNALS}
    assert not kinds & wrong


def test_looking_at_it_changes_nothing(early, layout):
    before = content_of(early)
    ProjectStore.open(early).close()
    after = content_of(early)
    assert after == before
    assert read_layout(early).version == layout


def test_it_is_copied_before_the_first_change(early):
    before = content_of(early)
    with ProjectStore.open(early) as store:
        make(store, setting("new"))
        assert read_layout(early).version == LAYOUT_VERSION
    kept = content_of(early / f"before-layout-{LAYOUT_VERSION}")
    assert kept == {name: content for name, content in before.items() if "pixels" not in name}
    # Nothing that the older program wrote was changed but the marker and project.h5.
    after = content_of(early)
    journals = {name: content for name, content in before.items() if "journal" in name}
    assert journals.items() <= after.items()
    again = ProjectStore.open(early)
    assert again.state.setting("new") == "1"
    assert again.recovery == ""


def test_the_copy_opens_with_this_program_too(early, tmp_path):
    with ProjectStore.open(early) as store:
        before = len(store.state.grades)
        make(store, setting("new"))
    with ProjectStore.open(early / f"before-layout-{LAYOUT_VERSION}") as copy:
        assert copy.state.setting("new") is None
        assert len(copy.state.grades) == before


def test_its_audit_trail_goes_back_to_its_first_line(early):
    with ProjectStore.open(early) as store:
        make(store, setting("new"))
    snapshot = read_snapshot(early / "project.h5", read_layout(early).project_id, whole=True)
    rows = list(unpacked(AUDIT, snapshot.audit))
    assert [row[4] for row in rows][:3] == ["import", "overlay", "overlay"]
    assert rows[-1][4:6] == ("setting", "new")
    assert all(row[-1] for row in rows)


def test_it_takes_links_and_keeps_them(early):
    store = ProjectStore.open(early)
    make(store, LinkPatients("P2", None, "P1"))
    store.close(compact=False)
    assert compact_project(early)
    snapshot = read_snapshot(early / "project.h5", store.project_id)
    assert snapshot.layout == LAYOUT_VERSION
    assert snapshot.state == store.state
    assert snapshot.state.person_of("P2") == "P1"


def test_where_there_is_no_room_for_the_copy_nothing_is_changed(small_disk, layout):
    early = small_disk / "early"
    shutil.copytree(FOLDER / f"layout_{layout}_project", early)
    before = content_of(early)
    store = ProjectStore.open(early)
    ballast = fill(small_disk, leave=16_384)
    with pytest.raises(ProjectError, match="The disk is full"):
        store.append(setting("new"))
    assert content_of(early) == before
    ballast.unlink()
    make(store, setting("new"))
    store.close(compact=False)
    assert ProjectStore.open(early).state.setting("new") == "1"


@pytest.mark.parametrize("number", [2, 3])
def test_an_image_of_an_earlier_layout_is_read(tmp_path, number):
    folder = tmp_path / "early"
    shutil.copytree(FOLDER / f"layout_{number}_project", folder)
    with ProjectStore.open(folder) as store:
        pixels, geometry = store.read_pixels(store.state.series["1.2.3.2.2"].pixels)
        np.testing.assert_array_equal(pixels.ravel(), np.arange(60) * 7)
        assert geometry == store.state.series["1.2.3.2.2"].geometry


def test_a_single_blank_slice_round_trips(store, folder):
    """One empty hash is not the same as none."""
    first = studies_import().series[1]
    blank = replace(first, uid="1.2.3.2.9", slice_hashes=("",))
    unknown = replace(first, uid="1.2.3.2.8", slice_hashes=())
    imported = studies_import()
    make(store, ImportStudies(imported.patients, imported.studies, (blank, unknown)))
    assert compact_project(folder)
    snapshot = read_snapshot(folder / "project.h5", store.project_id)
    series: dict[str, Series] = dict(snapshot.state.series)
    assert series["1.2.3.2.9"].slice_hashes == ("",)
    assert series["1.2.3.2.8"].slice_hashes == ()
