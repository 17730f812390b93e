import json

import numpy as np
import pytest

from spinegrader.services.demo import read_truth
from spinegrader.services.importing import import_paths
from spinegrader.services.material import cut_all, disc_requests, vertebra_requests
from spinegrader.services.session import Session
from spinegrader.simulate.cohort import ARRAYS_FOLDER, simulate_cohort
from spinegrader.simulate.output.arrays import ArrayShapes, ArrayWriter, StudyVolumes

SHAPES = ArrayShapes(vertebra=(5, 40, 40), disc=(5, 24, 48))


@pytest.fixture(scope="module")
def arrays(tmp_path_factory, small_config):
    """The people of the fixture ``cohort`` as arrays."""
    folder = tmp_path_factory.mktemp("arrays")
    summary = simulate_cohort(folder, 3, 1, 11, config=small_config, arrays=SHAPES)
    return folder, summary


def test_arrays_and_index_tell_of_the_same(arrays, truth):
    folder, summary = arrays
    index = json.loads((folder / ARRAYS_FOLDER / "index.json").read_text(encoding="utf-8"))
    vertebrae = np.load(folder / ARRAYS_FOLDER / "vertebrae.npy", mmap_mode="r")
    discs = np.load(folder / ARRAYS_FOLDER / "discs.npy", mmap_mode="r")
    assert vertebrae.shape == (summary.vertebrae, *SHAPES.vertebra)
    assert discs.shape == (summary.discs, *SHAPES.disc)
    assert vertebrae.dtype == discs.dtype == np.float16
    assert (len(index["vertebrae"]), len(index["discs"])) == (summary.vertebrae, summary.discs)
    assert [study["subject"] for study in index["studies"]] == [
        patient["id"] for patient in truth["patients"] for _ in patient["studies"]
    ]
    assert {"split", "uid", "date", "age_years", "scanner", "readings"} <= index["studies"][
        0
    ].keys()
    assert not list(folder.rglob("IM*"))


def test_a_project_would_cut_the_same_volumes(arrays, cohort, truth, tmp_path):
    folder, _ = arrays
    index = json.loads((folder / ARRAYS_FOLDER / "index.json").read_text(encoding="utf-8"))
    session = Session.open_or_create(tmp_path / "project", "Reader")
    try:
        import_paths(session, sorted(cohort.glob("SIM-*/*/1")), lambda _: None, lambda: False)
        read_truth(session, truth, as_placed=True)
        dates = {study.uid: study.date.isoformat() for study in session.state.studies.values()}
        for name, requests, shape in (
            ("vertebrae", vertebra_requests(session), SHAPES.vertebra),
            ("discs", disc_requests(session, confirmed_only=True), SHAPES.disc),
        ):
            volumes, kept = cut_all(
                session.store, requests, shape, lambda _d, _t: None, lambda: False
            )
            cut = {
                (dates[requests[i].study_uid], str(requests[i].target)): volume
                for i, volume in zip(kept, volumes, strict=True)
            }
            here = np.load(folder / ARRAYS_FOLDER / f"{name}.npy")
            for row, volume in zip(index[name], here, strict=True):
                place = index["studies"][row["study"]]["date"], row.get("level") or row["disc"]
                assert volume.astype(float) == pytest.approx(cut.pop(place).astype(float), abs=2e-3)
            assert not cut
    finally:
        session.close()


def test_the_count_in_the_header_grows_with_the_volumes(tmp_path):
    study = {"uid": "1", "date": "2020-01-01", "age_years": 1.0, "scanner": {}, "readings": []}
    study |= {"grades": [{"disc": "L1/L2", "grading": "pfirrmann", "value": 2}]}
    patient = {"id": "SIM-0001", "split": "train"}
    ones = np.ones(SHAPES.disc, np.float16)
    with ArrayWriter(tmp_path, SHAPES) as writer:
        for _ in range(12):
            writer.append(patient, study, StudyVolumes({}, {"L1/L2": ones}))
        assert writer.counts == (0, 12)
    assert np.load(tmp_path / "discs.npy").astype(float).sum() == 12 * ones.size
    assert np.load(tmp_path / "vertebrae.npy").shape == (0, *SHAPES.vertebra)
