import hashlib
import itertools
import json
import os

import numpy as np
import pydicom
import pytest

from spinegrader.domain.anatomy import TRAINING_LEVELS
from spinegrader.domain.scheme import Scheme
from spinegrader.errors import CancelledError, InputError
from spinegrader.simulate.cohort import TRUTH_FILE, CohortSummary, simulate_cohort
from spinegrader.simulate.output.arrays import ArrayShapes
from spinegrader.simulate.plan import person_of
from spinegrader.simulate.scanner.config import AcquisitionConfig
from spinegrader.simulate.study import make_study
from spinegrader.simulate.workers import results_in_order

TINY = AcquisitionConfig(
    slices=3,
    rows=64,
    columns=64,
    slice_thickness_mm=4.0,
    slice_distance_mm=4.4,
    samples_per_slice=1,
)
VOLUMES = ArrayShapes(vertebra=(3, 12, 12), disc=(3, 8, 16))


def fingerprints(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        simulate_cohort(tmp_path / name, subjects=1, follow_ups=1, seed=seed, config=TINY)
    first, again, other = (fingerprints(tmp_path / name) for name in "abc")
    assert first == again
    assert first.keys() == other.keys()
    assert all(first[name] != other[name] for name in first)


def test_the_number_of_processes_changes_no_byte(cohort, small_config, tmp_path):
    simulate_cohort(
        tmp_path / "two", 3, follow_ups=1, seed=11, config=small_config, processes=2, masks=True
    )
    assert fingerprints(tmp_path / "two") == fingerprints(cohort)


def test_a_person_is_the_same_in_a_larger_cohort(tmp_path):
    simulate_cohort(tmp_path / "one", subjects=1, follow_ups=0, seed=3, config=TINY)
    simulate_cohort(tmp_path / "two", subjects=2, follow_ups=1, seed=3, config=TINY)
    one, two = fingerprints(tmp_path / "one"), fingerprints(tmp_path / "two")
    assert all(two[name] == digest for name, digest in one.items() if name != TRUTH_FILE)


def test_layout_summary_and_progress(tmp_path):
    seen = []
    summary = simulate_cohort(
        tmp_path / "new" / "cohort",
        subjects=2,
        follow_ups=1,
        seed=4,
        progress=lambda done, total: seen.append((done, total)),
        config=TINY,
    )
    assert summary == CohortSummary(subjects=2, studies=3, series=6, files=18)
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]
    expected = {
        f"{patient}/{study}/{series}/IM{image:04d}"
        for patient, study in (("SIM-0001", 1), ("SIM-0001", 2), ("SIM-0002", 1))
        for series, image in itertools.product((1, 2), (1, 2, 3))
    }
    assert fingerprints(tmp_path / "new" / "cohort").keys() == expected | {TRUTH_FILE}


def test_stopping_keeps_nothing(tmp_path):
    for arrays in (None, VOLUMES):
        answers = iter([False, True])
        with pytest.raises(CancelledError):
            simulate_cohort(
                tmp_path / "stopped",
                3,
                0,
                1,
                stop_requested=lambda answers=answers: next(answers),
                config=TINY,
                arrays=arrays,
            )
        assert list((tmp_path / "stopped").iterdir()) == []


def test_what_fails_keeps_nothing(tmp_path, monkeypatch):
    def fails_at_the_second(task):
        if task.planned.number == 2:
            raise OSError(28, os.strerror(28))
        return make_study(task)

    monkeypatch.setattr("spinegrader.simulate.cohort.make_study", fails_at_the_second)
    with pytest.raises(InputError, match="could not be written"):
        simulate_cohort(tmp_path / "full", 3, 0, 1, config=TINY)
    assert list((tmp_path / "full").iterdir()) == []


def test_wrong_numbers_and_full_folders_are_refused(tmp_path):
    for subjects, follow_ups, seed in ((0, 0, 1), (2, 3, 1), (1, -1, 1), (1, 0, -1)):
        with pytest.raises(InputError):
            simulate_cohort(tmp_path / "x", subjects, follow_ups, seed)
    (tmp_path / "mine").write_text("kept")
    with pytest.raises(InputError, match="not empty"):
        simulate_cohort(tmp_path, 1, 0, 1)
    assert (tmp_path / "mine").read_text() == "kept"
    with pytest.raises(InputError, match="could not be written"):
        simulate_cohort(tmp_path / "mine" / "below", 1, 0, 1)


def test_truth_fits_the_scheme_and_the_files(cohort, truth, request):
    scheme_file = request.config.rootpath / "resources" / "scheme.json"
    scheme = Scheme.from_mapping(json.loads(scheme_file.read_text(encoding="utf-8")))
    assert truth["simulated"] is True
    assert [len(patient["studies"]) for patient in truth["patients"]] == [2, 1, 1]
    for patient in truth["patients"]:
        for number, study in enumerate(patient["studies"], start=1):
            folder = cohort / patient["id"] / str(number)
            discs = {grade["disc"] for grade in study["grades"]}
            assert discs == {"T12/L1", "L1/L2", "L2/L3", "L3/L4", "L4/L5", "L5/S1"}
            given = {grade["grading"] for grade in study["grades"]}
            assert given == {grading.id for grading in scheme.gradings}
            for grade in study["grades"]:
                assert grade["value"] in scheme.grading(grade["grading"]).values
            for count, series in enumerate(study["series"], start=1):
                image = pydicom.dcmread(folder / str(count) / "IM0001")
                assert image.StudyInstanceUID == study["uid"]
                assert image.SeriesInstanceUID == series["uid"]
                assert series["weighting"] in image.SeriesDescription.upper()
                assert image.ManufacturerModelName == study["scanner"]["model"]
                assert image.PatientBirthDate == patient["birth_date"].replace("-", "")
                assert image.PatientSex == patient["sex"]
            assert (cohort / study["mask"]["file"]).is_file()


def test_truth_tells_quantities_outlines_and_what_readers_said(truth):
    assert truth["program_version"]
    readers = {reader["number"] for reader in truth["readers"]}
    assert len(readers) > 1
    for patient in truth["patients"]:
        assert patient["numbering"]["absent"] == []
        for study in patient["studies"]:
            levels = {item["level"] for item in study["series"][0]["vertebrae"]}
            assert levels <= study["outlines"].keys()
            for disc in study["quantities"]:
                assert 0.5 < disc["disc_height_mm"] < 20
                assert 2 < disc["sac_depth_mm"] < 25
                assert disc["disc"] in study["outlines"]
                assert disc["herniation"]["kind"]
            said = {(item["reader"], item["reading"]) for item in study["readings"]}
            assert said == {(reader, time) for reader in readers for time in (1, 2)}
    grades, readings = (list(_values(truth, told)) for told in ("grades", "readings"))
    agree = np.mean([a == b for a, b in zip(grades, readings, strict=True)])
    assert 0.6 < agree < 1


def _values(truth, told):
    """The first reader's first readings, or the true grades, in one order."""
    for study in (study for patient in truth["patients"] for study in patient["studies"]):
        for grade in study["grades"]:
            values = study["readings"][0]["values"]
            read = values[grade["disc"]][grade["grading"]]
            yield read if told == "readings" else grade["value"]


def test_truth_is_one_line_a_person(cohort, truth):
    lines = (cohort / TRUTH_FILE).read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2 + len(truth["patients"])
    assert json.loads(lines[1].rstrip(",")) == truth["patients"][0]


def test_the_second_visit_is_of_the_same_person_years_later(truth):
    first, second = truth["patients"][0]["studies"]
    assert 8 <= second["age_years"] - first["age_years"] <= 12.1
    assert int(second["date"][:4]) - int(first["date"][:4]) in range(7, 14)
    quantities = [study["quantities"] for study in (first, second)]
    for before, after in zip(*quantities, strict=True):
        assert before["disc"] == after["disc"]
        assert after["stage"] >= before["stage"]


def test_corners_lie_in_the_picture_that_the_files_describe(tmp_path):
    simulate_cohort(tmp_path, subjects=1, follow_ups=0, seed=8, config=TINY)
    images = [pydicom.dcmread(p) for p in sorted((tmp_path / "SIM-0001" / "1" / "1").iterdir())]
    first, last = images[0], images[-1]
    row_mm, column_mm = (float(value) for value in first.PixelSpacing)
    along_row = np.array(first.ImageOrientationPatient[:3], dtype=float)
    along_column = np.array(first.ImageOrientationPatient[3:], dtype=float)
    assert along_row[1] > 0.95
    assert along_column[2] < -0.95
    assert along_row @ along_column == pytest.approx(0, abs=1e-9)
    step = (np.array(last.ImagePositionPatient) - np.array(first.ImagePositionPatient)) / 2
    assert np.linalg.norm(step) == pytest.approx(4.4, abs=1e-6)
    assert np.abs(np.cross(along_row, along_column) @ step) == pytest.approx(4.4, abs=1e-6)
    truth = json.loads((tmp_path / TRUTH_FILE).read_text(encoding="utf-8"))
    corners = np.array(
        [v["corners_mm"] for v in truth["patients"][0]["studies"][0]["series"][0]["vertebrae"]]
    )
    offset = corners - np.array(first.ImagePositionPatient, dtype=float)
    columns, rows = offset @ along_row / column_mm, offset @ along_column / row_mm
    assert columns.min() >= 0
    assert rows.min() >= 0
    assert columns.max() <= first.Columns - 1
    assert rows.max() <= first.Rows - 1
    person = person_of(8, 1)
    depths = np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1)[-7:]
    meant = [body.depth_upper for body in person.bodies if body.level in TRAINING_LEVELS]
    assert depths == pytest.approx(meant, abs=0.3)


def test_a_process_that_dies_is_told_in_a_sentence():
    with pytest.raises(InputError, match="fewer processes"):
        list(results_in_order(os._exit, [1, 1, 1], 2, lambda: False))


def test_processes_stop_when_asked():
    answers = itertools.chain([False] * 3, itertools.repeat(True))
    with pytest.raises(CancelledError):
        list(results_in_order(abs, range(-50, 0), 2, lambda: next(answers)))
