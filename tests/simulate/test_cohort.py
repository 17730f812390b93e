import hashlib
import itertools
import json

import numpy as np
import pydicom
import pytest

from spinegrader.domain.anatomy import TRAINING_LEVELS
from spinegrader.domain.scheme import Scheme
from spinegrader.errors import CancelledError, InputError
from spinegrader.simulate.scanner.acquisition import AcquisitionConfig, draw_setup
from spinegrader.simulate.person.draw import draw_person
from spinegrader.simulate.cohort import TRUTH_FILE, CohortSummary, simulate_cohort
from spinegrader.simulate.person.placement import place_spine

TINY = AcquisitionConfig(slices=3, rows=64, columns=64)


def fingerprints(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        simulate_cohort(tmp_path / name, subjects=2, follow_ups=1, seed=seed, config=TINY)
    first, again, other = (fingerprints(tmp_path / name) for name in "abc")
    assert first == again
    assert first.keys() == other.keys()
    assert all(first[name] != other[name] for name in first)


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
    answers = iter([False, True])
    with pytest.raises(CancelledError):
        simulate_cohort(
            tmp_path / "stopped", 3, 0, 1, stop_requested=lambda: next(answers), config=TINY
        )
    assert list((tmp_path / "stopped").iterdir()) == []


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
            for grade in study["grades"]:
                assert grade["value"] in scheme.grading(grade["grading"]).values
            for count, series in enumerate(study["series"], start=1):
                image = pydicom.dcmread(folder / str(count) / "IM0001")
                assert image.StudyInstanceUID == study["uid"]
                assert image.SeriesInstanceUID == series["uid"]
                assert series["weighting"] in image.SeriesDescription


def test_the_second_visit_is_of_the_same_person_years_later(truth):
    first, second = truth["patients"][0]["studies"]
    assert 8 <= second["age_years"] - first["age_years"] <= 12.1
    assert int(second["date"][:4]) - int(first["date"][:4]) in range(7, 14)
    before = {(g["disc"], g["grading"]): g["value"] for g in first["grades"]}
    after = {(g["disc"], g["grading"]): g["value"] for g in second["grades"]}
    assert all(after[key] >= before[key] for key in before)
    assert after != before


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
    person = draw_person(1, np.random.default_rng([8, 1, 2]))
    depths = np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1)[-7:]
    meant = [body.depth_upper for body in person.bodies if body.level in TRAINING_LEVELS]
    assert depths == pytest.approx(meant, abs=0.3)


def test_the_lumbar_spine_is_always_wholly_in_view():
    for number in range(1, 61):
        person = draw_person(number, np.random.default_rng([1, number]))
        spine = place_spine(person, person.age_years)
        setup = draw_setup(spine, AcquisitionConfig(), np.random.default_rng(number))
        levels = [str(item.level) for item in setup.vertebrae(spine)]
        assert levels[-7:] == ["T12", "L1", "L2", "L3", "L4", "L5", "S1"]
