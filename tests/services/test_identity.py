"""Studies that came in twice and patients of two hospitals: offered, merged, split again."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from spinegrader.domain.edits import EditGroup, ImportStudies, SetOverlay
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.grades import Answer
from spinegrader.domain.study import Patient, Plane, Series, Study, Weighting
from spinegrader.errors import CancelledError, InvalidEditError
from spinegrader.imaging.fingerprint import slice_hashes
from spinegrader.services import annotating, reading
from spinegrader.services.exporting import export_csv
from spinegrader.services.identity import (
    is_open,
    keep_apart,
    keep_people_apart,
    merge,
    merge_people,
    split,
    split_study,
)
from spinegrader.services.importing import import_paths
from spinegrader.services.material import (
    subject_token,
    subject_tokens,
    tokens_behind,
    vertebra_requests,
)
from spinegrader.services.overview import describe
from spinegrader.services.session import Session
from spinegrader.services.suggestions import Strength, suggestions
from spinegrader.services.surveys import split_of
from tests.services.conftest import column

SHAPE = (7, 90, 60)
BORN = date(1973, 7, 6)
SMITH = Patient("A1", "Smith^John", "M", BORN)
AGAIN = Patient("B7", "DOE^X", "M", BORN)


def geometry(x_mm: float = 0.0) -> VolumeGeometry:
    matrix = [[0, 0, 4.4, x_mm], [2.4, 0, 0, -60], [0, -2.4, 0, 110], [0, 0, 0, 1]]
    return VolumeGeometry.from_matrix(matrix, SHAPE)


def picture(seed: int) -> np.ndarray:
    """Smooth enough that a thumbnail tells it apart from another."""
    coarse = np.random.default_rng(seed).integers(100, 900, (SHAPE[0], 9, 6))
    return np.kron(coarse, np.ones((1, 10, 10), dtype=np.int64)).astype(np.int16)


class Hospital:
    """Brings studies into a session."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def send(self, patient, uid, *images, day=date(2020, 1, 1), hashes=True, places=None) -> None:
        series = []
        for number, pixels in enumerate(images, start=1):
            place = (places or {}).get(number) or geometry()
            sha256 = self.session.store.write_pixels(pixels, place)
            item = Series(
                f"{uid}.{number}",
                uid,
                sha256,
                place,
                Plane.SAGITTAL,
                (Weighting.T2, Weighting.T1, Weighting.STIR)[number - 1],
                number=number,
                slice_hashes=slice_hashes(pixels) if hashes else (),
            )
            series.append(item)
        study = Study(uid, patient.id, day)
        self.session.apply(ImportStudies((patient,), (study,), tuple(series)))


@pytest.fixture
def session(tmp_path: Path):
    opened = Session.open_or_create(tmp_path / "project", "A")
    yield opened
    opened.store.close(compact=False)


@pytest.fixture
def hospital(session) -> Hospital:
    return Hospital(session)


def in_sight(session):
    return [
        (person, [study.uid for study in session.state.studies_of(person)])
        for person in session.state.people()
    ]


@pytest.mark.parametrize("hashes", [True, False])
def test_the_same_study_of_another_hospital_is_offered_merged_and_split(session, hospital, hashes):
    hospital.send(SMITH, "1.1", picture(1), picture(2), hashes=hashes)
    hospital.send(AGAIN, "1.2", picture(1).astype(np.float32), hashes=hashes)
    hospital.send(Patient("C3", "Third^One", "F", BORN), "1.3", picture(3), hashes=hashes)
    before = in_sight(session)
    (found,) = suggestions(session)
    assert found.is_same_study
    assert found.strength is Strength.CERTAIN
    assert found.evidence == (
        "Sagittal T2: 7 of 7 slices are identical.",
        "Equal birth dates, same sex, different names.",
    )
    assert in_sight(session) == before
    merge(session, found)
    assert in_sight(session) == [("A1", ["1.1"]), ("C3", ["1.3"])]
    assert session.state.duplicates_of("1.1") == ("1.2",)
    assert suggestions(session) == ()
    assert not is_open(session, found)
    with pytest.raises(InvalidEditError, match="merged already"):
        merge(session, found)
    split(session, "B7")
    assert in_sight(session) == before
    assert suggestions(session) == ()


def test_merging_and_splitting_are_undone_and_outlive_the_session(session, hospital):
    hospital.send(SMITH, "1.1", picture(1))
    hospital.send(AGAIN, "1.2", picture(1))
    before = in_sight(session)
    (found,) = suggestions(session)
    merge(session, found)
    merged = in_sight(session)
    assert session.undo_title == "Merge patients"
    session.undo()
    assert in_sight(session) == before
    assert is_open(session, found)
    session.redo()
    assert in_sight(session) == merged
    folder = session.store.folder
    session.store.close(compact=False)
    again = Session.open(folder, "B")
    assert in_sight(again) == merged
    split(again, "A1")
    again.undo()
    assert in_sight(again) == merged
    again.store.close(compact=False)


def test_what_is_kept_apart_is_not_offered_again_until_somebody_merges_it(session, hospital):
    hospital.send(SMITH, "1.1", picture(1))
    hospital.send(AGAIN, "1.2", picture(1))
    (found,) = suggestions(session)
    keep_apart(session, found)
    assert suggestions(session) == ()
    assert not is_open(session, found)
    session.undo()
    assert suggestions(session) == (found,)
    session.redo()
    merge_people(session, "A1", "B7")
    assert len(session.state.people()) == 1
    with pytest.raises(InvalidEditError, match="split them first"):
        keep_people_apart(session, "A1", "B7")


def test_a_study_sent_twice_under_one_id_is_merged_without_touching_the_patient(session, hospital):
    hospital.send(SMITH, "1.1", picture(1))
    hospital.send(SMITH, "1.2", picture(1), day=date(2020, 1, 2))
    (found,) = suggestions(session)
    assert (found.first, found.second) == ("A1", "A1")
    assert "the study dates differ" in found.evidence[0]
    merge(session, found)
    assert in_sight(session) == [("A1", ["1.1"])]
    split_study(session, "1.2")
    assert in_sight(session) == [("A1", ["1.1", "1.2"])]
    assert suggestions(session) == ()
    with pytest.raises(InvalidEditError, match="nothing to split"):
        split_study(session, "1.1")


def test_a_compressed_and_rescaled_copy_is_found_by_place_and_correlation(session, hospital):
    noise = np.random.default_rng(9).normal(0, 5, SHAPE)
    copy = np.rint(picture(1) * 0.5 + 30 + noise).astype(np.int16)
    elsewhere = np.rint(picture(1) * 0.4 + noise).astype(np.int16)
    hospital.send(SMITH, "1.1", picture(1))
    hospital.send(AGAIN, "1.2", copy, places={1: geometry(0.05)})
    hospital.send(Patient("C3"), "1.3", elsewhere, places={1: geometry(0.9)})
    hospital.send(Patient("D4"), "1.4", picture(4))
    (found,) = suggestions(session)
    assert {found.first, found.second} == {"A1", "B7"}
    assert found.is_same_study
    assert found.strength is Strength.LIKELY
    assert "nearly the same pixels" in found.evidence[0]


def test_studies_that_share_only_some_images_stay_both_in_sight(session, hospital):
    """A follow-up that brings the prior's T2 along, for comparison, must not hide the prior."""
    hospital.send(SMITH, "1.1", picture(1), picture(2))
    hospital.send(AGAIN, "1.2", picture(1), picture(3))
    (found,) = suggestions(session)
    assert not found.is_same_study
    assert "both stay in sight" in found.evidence[0]
    merge(session, found)
    assert in_sight(session) == [("A1", ["1.1", "1.2"])]


def test_fewer_slices_are_enough_and_blank_ones_tell_nothing(session, hospital):
    blank = np.zeros(SHAPE, dtype=np.int16)
    half = picture(1)
    half[5:] = 0
    hospital.send(SMITH, "1.1", picture(1))
    hospital.send(AGAIN, "1.2", half)
    hospital.send(Patient("C3"), "1.3", blank)
    hospital.send(Patient("D4"), "1.4", blank)
    (found,) = suggestions(session)
    assert {found.first, found.second} == {"A1", "B7"}
    assert "5 of 5 slices are identical" in found.evidence[0]


def test_only_what_the_new_series_bring_up_is_looked_at(session, hospital):
    hospital.send(SMITH, "1.1", picture(1))
    hospital.send(AGAIN, "1.2", picture(1))
    hospital.send(Patient("C3", "Roe^Ann", "F", BORN), "1.3", picture(3))
    hospital.send(Patient("D4", "ROE^Anne", "F", BORN), "1.4", picture(4))
    assert len(suggestions(session)) == 2
    (found,) = suggestions(session, ["1.4.1"])
    assert not found.is_same_study
    assert found.strength is Strength.POSSIBLE
    assert found.evidence == ("Equal birth dates, same sex, similar names.",)
    assert suggestions(session, []) == ()


def test_no_evidence_tells_who_it_is(session, hospital):
    hospital.send(SMITH, "1.1", picture(1))
    hospital.send(replace(SMITH, id="B7"), "1.2", picture(1))
    text = str([item.evidence for item in suggestions(session)])
    for secret in ("Smith", "John", "A1", "B7", "1973", "2020"):
        assert secret not in text


def test_three_records_split_in_any_place_leave_the_others_together(session, hospital):
    for number, patient in enumerate("ABC", start=1):
        hospital.send(Patient(patient), f"1.{number}", picture(1))
    for found in suggestions(session):
        if is_open(session, found):
            merge(session, found)
    assert in_sight(session) == [("A", ["1.1"])]
    split(session, "A")
    assert in_sight(session) == [("A", ["1.1"]), ("B", ["1.2"])]
    assert session.state.records_of("C") == ("B", "C")
    session.undo()
    split(session, "C")
    assert session.state.records_of("A") == ("A", "B")
    assert suggestions(session) == ()


def test_the_study_that_was_read_stays_in_sight_and_no_grade_is_lost(session, hospital, tmp_path):
    hospital.send(SMITH, "1.1", picture(1))
    hospital.send(AGAIN, "1.2", picture(1))
    for uid, count in (("1.1", 1), ("1.2", 2)):
        for item in reading.items_of(session, uid)[:count]:
            reading.answer(session, uid, item, Answer.GRADED, 1)
    merge(session, suggestions(session)[0])
    assert reading.work_list(session) == ["1.2"]
    assert describe(session)["grades"] == 3
    assert export_csv(session, tmp_path / "out.csv") == 3
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert [line.split(",")[:5] for line in lines[1:]] == [
        ["A1", "A1", "1.1", "2020-01-01", "1.2"],
        ["A1", "B7", "1.2", "2020-01-01", ""],
        ["A1", "B7", "1.2", "2020-01-01", ""],
    ]
    split(session, "B7")
    assert reading.study_progress(session, "1.1").answered == 1


def overlay_all(session, *uids):
    for uid in uids:
        edit = SetOverlay(f"{uid}.1", None, column(f"{uid}.1"))
        session.apply(EditGroup("draw", (edit,)))
        annotating.confirm(session, f"{uid}.1")


def test_no_study_is_paired_with_its_own_copy(session, hospital):
    hospital.send(SMITH, "1.1", picture(1), day=date(2015, 1, 1))
    hospital.send(AGAIN, "1.2", picture(1), day=date(2020, 1, 1))
    hospital.send(Patient("C3", "Smith^John", "M", BORN), "1.3", picture(3), picture(1))
    overlay_all(session, "1.1", "1.2", "1.3")
    assert len({item.subject for item in vertebra_requests(session)}) == 3
    merge_people(session, "A1", "C3")
    visits = {(item.subject, item.study_uid) for item in vertebra_requests(session)}
    assert len({subject for subject, _ in visits}) == 2
    merge_people(session, "A1", "B7")  # the persons only: the studies are still both in sight
    left = {item.study_uid for item in vertebra_requests(session)}
    assert left == {"1.1", "1.3"}


def test_who_was_kept_aside_under_one_record_is_not_tested_under_another(session, hospital):
    from spinegrader.model.splits import Part

    for number in range(60):
        hospital.session.apply(ImportStudies((Patient(f"P{number:02d}"),), (), ()))
    before = split_of(session)
    token = {record: subject_token(session, record) for record in session.state.patients}
    tested, trained = (
        next(record for record in token if before[token[record]] is part)
        for part in (Part.TEST, Part.TRAIN)
    )
    merge_people(session, tested, trained)
    after = split_of(session)
    assert len(after) == 59
    assert subject_tokens(session)[tested] == subject_tokens(session)[trained] == token[trained]
    assert after[token[trained]] is Part.TRAIN
    split(session, tested)
    assert subject_tokens(session)[tested] == token[tested]
    # A network that was trained meanwhile has seen both.
    assert tokens_behind(session)[tested] == {token[tested], token[trained]}


def test_a_missing_image_leaves_that_series_out(session, hospital):
    hospital.send(SMITH, "1.1", picture(1), hashes=False)
    hospital.send(AGAIN, "1.2", picture(1), hashes=False)
    (session.store.folder / "pixels" / f"{session.state.series['1.1.1'].pixels}.h5").unlink()
    assert suggestions(session) == ()


def test_looking_can_be_stopped_and_says_how_far_it_is(session, hospital):
    hospital.send(SMITH, "1.1", picture(1))
    with pytest.raises(CancelledError):
        suggestions(session, stop_requested=lambda: True)
    heard: list[object] = []
    suggestions(session, emit=heard.append)
    assert [(event.done, event.total) for event in heard] == [(0, 1)]


def test_two_hospitals_real_study_is_recognised(session, real_data):
    for name in ("hospital_a", "hospital_b"):
        folder = real_data / "lumbar_cc0" / name
        if not folder.is_dir():
            pytest.skip("needs the real images lumbar_cc0")
        import_paths(session, [folder])
    before = in_sight(session)
    assert len(before) == 2
    (found,) = suggestions(session)
    assert found.is_same_study
    assert found.strength is Strength.CERTAIN
    assert found.evidence[0] == "Sagittal T2: 11 of 11 slices are identical."
    merge(session, found)
    assert [len(visits) for _, visits in in_sight(session)] == [1]
    split(session, session.state.people()[0])
    assert in_sight(session) == before
