"""Counting many studies at once in project.h5 tells what counting one after the other tells."""

import datetime as dt

import numpy as np
import pytest

from spinegrader.domain.anatomy import STANDARD_DISCS, DiscLevel, VertebraLevel
from spinegrader.domain.edits import Edit, ImportStudies, SetGrade, SetOverlay
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.grades import Answer, Grade, GradeKey, Reason
from spinegrader.domain.numbering import Absence, MissingLevel
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.study import Patient, Plane, Series, Stack, Study, Weighting
from spinegrader.services import progress, reading
from spinegrader.services.session import Session
from spinegrader.services.standing import standing_of
from spinegrader.store.compaction import compact_project
from spinegrader.store.project import ProjectStore
from tests.store.store_samples import vertebra

STUDIES = [f"1.2.{number}" for number in range(1, 61)]
NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
LEVELS = [*VertebraLevel][2:]


def one_of(choices: list, rng: np.random.Generator):
    return choices[int(rng.integers(len(choices)))]


def stack(number: int, slices: int) -> Stack:
    geometry = VolumeGeometry.from_matrix(
        [[0, 0, 4.4, -30], [0.7, 0, 0, -130], [0, -0.7, 0, 130], [0, 0, 0, 1]], (slices, 8, 8)
    )
    return Stack(f"{number:064x}", geometry)


def series_of(uid: str, rng: np.random.Generator) -> list[Series]:
    found = []
    for number in range(int(rng.integers(0, 4))):
        first, *further = (
            stack(number, int(rng.integers(3, 6))) for _ in range(rng.integers(1, 3))
        )
        found.append(
            Series(
                f"{uid}.{number}",
                uid,
                first.pixels,
                first.geometry,
                one_of([Plane.SAGITTAL, Plane.SAGITTAL, Plane.AXIAL], rng),
                one_of([Weighting.T2, Weighting.T1], rng),
                description=str(rng.choice(["t2_tse_sag", "HWS sag", ""])),
                number=int(rng.integers(1, 3)),
                body_part=str(rng.choice(["", "LSPINE", "CSPINE"])),
                further_stacks=tuple(further),
            )
        )
    return found


def overlay_of(series_uid: str, rng: np.random.Generator) -> Overlay:
    """Some levels left out, some of these because the person doesn't have them."""
    drawn = [level for level in LEVELS if rng.uniform() < 0.8]
    gone = [level for level in LEVELS if level not in drawn and rng.uniform() < 0.5]
    missing = (MissingLevel(level, one_of([*Absence], rng)) for level in gone)
    bodies = tuple(vertebra(level, rng) for level in drawn)
    return Overlay(series_uid, bodies[: int(rng.choice([1, 9, 9, 9]))], missing=tuple(missing))


def grades_of(uid: str, rng: np.random.Generator) -> list[Edit]:
    edits: list[Edit] = []
    discs = [*STANDARD_DISCS, DiscLevel.parse("T11/T12")]
    for reader in "AB":
        share = rng.choice([0, 0.5, 1])
        for number in (1, 2):
            for disc in discs:
                for grading in ("pfirrmann", "narrowing"):
                    if rng.uniform() >= share:
                        continue
                    key = GradeKey(uid, disc, grading, reader, number)
                    grade = Grade(key, Answer.GRADED, 1, 1, NOON, 2.0)
                    edits.append(SetGrade(None, grade))
                    if rng.uniform() < 0.05:
                        edits.append(SetGrade(grade, grade.withdrawn(NOON)))
                    elif rng.uniform() < 0.05:
                        changed = grade.superseding(grade, NOON, Reason.CORRECTED)
                        edits.append(SetGrade(grade, changed))
    return edits


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Studies of every kind, all of them in project.h5."""
    rng = np.random.default_rng(4)
    folder = tmp_path_factory.mktemp("many") / "project"
    with ProjectStore.create(folder) as store:
        series = [item for uid in STUDIES for item in series_of(uid, rng)]
        people = [Patient(f"P{uid}") for uid in STUDIES]
        studies = [Study(uid, f"P{uid}", None) for uid in STUDIES]
        store.append(ImportStudies(tuple(people), tuple(studies), tuple(series)))
        for item in series:
            if rng.uniform() < 0.8:
                drawn = overlay_of(item.uid, rng)
                store.append(SetOverlay(item.uid, None, drawn))
                if rng.uniform() < 0.1:
                    store.append(SetOverlay(item.uid, drawn, None))
        for uid in STUDIES:
            for edit in grades_of(uid, rng):
                store.append(edit)
        session = Session(store, "A")
        reading.ask_gradings(session, ["pfirrmann"])
        store.close(compact=False)
    assert compact_project(folder)
    return folder


@pytest.fixture
def opened(project):
    """Opens the project, as often as it is asked."""
    sessions = []

    def again(reader: str = "A") -> Session:
        sessions.append(Session.open(project, reader))
        return sessions[-1]

    yield again
    for session in sessions:
        session.store.close(compact=False)


@pytest.fixture
def one_by_one(monkeypatch):
    """Which studies were counted on their own."""
    seen = []
    count = progress._count
    monkeypatch.setattr(progress, "_count", lambda *given: seen.append(given[1]) or count(*given))
    return seen


@pytest.mark.parametrize("reader", ["A", "B"])
def test_all_at_once_is_as_one_after_the_other(opened, one_by_one, reader):
    session, other = opened(reader), opened(reader)
    progress.count_progress(session, STUDIES)
    together = [reading.study_progress(session, uid) for uid in STUDIES]
    standings = [standing_of(session, uid) for uid in STUDIES]
    assert one_by_one == []
    assert together == [reading.study_progress(other, uid) for uid in STUDIES]
    assert standings == [standing_of(other, uid) for uid in STUDIES]
    assert len(one_by_one) == len(STUDIES)
    # Studies of all kinds are among them.
    assert {item.is_gradable for item in together} == {True, False}
    assert {str(item.state) for item in together} == {"new", "doing", "done"}
    assert {item.others_done for item in together} == {0, 1}
    assert len({item.total for item in together}) > 3


def test_counting_unpacks_nothing(opened):
    session = opened()
    assert reading.next_undone_study(session)
    progress.count_progress(session, STUDIES)
    for records in (session.state.series, session.state.overlays, session.state.grades):
        assert not records.unpacked_groups()


def test_what_changed_since_the_file_was_written_counts(opened):
    session = opened()
    study_uid = next(
        uid for uid in STUDIES if reading.study_progress(session, uid).state == "doing"
    )
    item = reading.next_open_item(session, study_uid)
    before = reading.study_progress(session, study_uid).answered
    reading.answer(session, study_uid, item, Answer.UNSURE)
    progress.count_progress(session, STUDIES)
    assert reading.study_progress(session, study_uid).answered == before + 1
    later = opened()
    progress.count_progress(later, STUDIES)
    assert reading.study_progress(later, study_uid).answered == before + 1
    session.undo()
