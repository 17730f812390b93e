"""Projects that earlier versions of the program wrote are read whole."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from spinegrader.domain.edits import ImportStudies, LinkPatients
from spinegrader.domain.links import Links
from spinegrader.domain.study import Series
from spinegrader.store.compaction import compact_project
from spinegrader.store.project import ProjectStore
from spinegrader.store.snapshot import read_snapshot
from tests.store.store_samples import make, studies_import

LAYOUT_1 = Path(__file__).parent / "layout_1_project"
"""Written before slices had hashes and records could be linked."""


@pytest.fixture
def early(tmp_path: Path) -> Path:
    folder = tmp_path / "early"
    shutil.copytree(LAYOUT_1, folder)
    return folder


@pytest.mark.parametrize("lost", [(), ("project.h5",), ("journal",)])
def test_an_early_project_opens_from_snapshot_and_from_journals(early, lost):
    for name in lost:
        shutil.rmtree(early / name) if (early / name).is_dir() else (early / name).unlink()
    with ProjectStore.open(early) as store:
        state = store.state
        assert "damaged" not in store.recovery
        assert (len(state.patients), len(state.studies), len(state.grades)) == (2, 2, 3)
        assert {item.slice_hashes for item in state.series.values()} == {()}
        known = {item.uid: replace(item, slice_hashes=()) for item in studies_import().series}
        assert state.series == known
        assert state.links == Links()


def test_an_early_project_takes_links_and_keeps_them(early):
    store = ProjectStore.open(early)
    make(store, LinkPatients("P2", None, "P1"))
    store.close(compact=False)
    assert compact_project(early)
    snapshot = read_snapshot(early / "project.h5", store.project_id)
    assert snapshot.state == store.state
    assert snapshot.state.person_of("P2") == "P1"


def test_a_single_blank_slice_round_trips(store, folder):
    """One empty hash is not the same as none."""
    first = studies_import().series[1]
    blank = replace(first, uid="1.2.3.2.9", slice_hashes=("",))
    unknown = replace(first, uid="1.2.3.2.8", slice_hashes=())
    imported = studies_import()
    make(store, ImportStudies(imported.patients, imported.studies, (blank, unknown)))
    assert compact_project(folder)
    series: dict[str, Series] = read_snapshot(folder / "project.h5", store.project_id).state.series
    assert series["1.2.3.2.9"].slice_hashes == ("",)
    assert series["1.2.3.2.8"].slice_hashes == ()
