"""Labels of many studies at once are those of one study after the other."""

import datetime as dt

import numpy as np
import pytest

from spinegrader.domain.anatomy import STANDARD_DISCS
from spinegrader.domain.edits import ImportStudies, SetGrade
from spinegrader.domain.grades import Answer, Grade, GradeKey, ReadingMode
from spinegrader.domain.study import Patient, Study
from spinegrader.services.labels import (
    blinded_labels_of,
    first_readers,
    label_values,
    labels_of,
)
from spinegrader.services.session import Session
from spinegrader.store.compaction import compact_project
from spinegrader.store.project import ProjectStore

STUDIES = [f"1.2.{number}" for number in range(1, 41)]
NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
ANSWERS = [Answer.GRADED, Answer.GRADED, Answer.UNSURE, Answer.WITHDRAWN]
MODES = [ReadingMode.BLINDED, ReadingMode.BLINDED, ReadingMode.ASSISTED, ReadingMode.ADJUDICATED]


def one_of(choices, rng):
    return choices[int(rng.integers(len(choices)))]


def history(key: GradeKey, rng: np.random.Generator) -> list[SetGrade]:
    """Up to three answers to a key, of any kind, some of them at the very same time."""
    edits, before = [], None
    for revision in range(1, int(rng.integers(1, 4)) + 1):
        answer = one_of(ANSWERS, rng)
        grade = Grade(
            key,
            answer,
            int(rng.integers(1, 6)) if answer is Answer.GRADED else None,
            revision,
            NOON + dt.timedelta(minutes=int(rng.integers(0, 30))),
            2.0,
            mode=one_of(MODES, rng),
            prediction_visible=bool(rng.uniform() < 0.3),
        )
        edits.append(SetGrade(before, grade))
        before = grade
    return edits


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Histories of three readers in two readings, all of them in project.h5."""
    rng = np.random.default_rng(11)
    folder = tmp_path_factory.mktemp("labels") / "project"
    with ProjectStore.create(folder) as store:
        people = tuple(Patient(f"P{uid}") for uid in STUDIES)
        studies = tuple(Study(uid, f"P{uid}", None) for uid in STUDIES)
        store.append(ImportStudies(people, studies, ()))
        for uid in STUDIES[:-1]:
            for reader in "ABC":
                for disc in STANDARD_DISCS:
                    key = GradeKey(uid, disc, "pfirrmann", reader, int(rng.integers(1, 3)))
                    for edit in history(key, rng) if rng.uniform() < 0.6 else ():
                        store.append(edit)
        store.close(compact=False)
    assert compact_project(folder)
    return folder


@pytest.fixture
def session(project):
    opened = Session.open(project, "B")
    yield opened
    opened.close(renew=False)


@pytest.mark.parametrize("reader", [None, "A", "nobody"])
@pytest.mark.parametrize("blinded", [True, False])
def test_as_one_study_after_the_other(session, reader, blinded):
    at_once = label_values(session, STUDIES, reader, blinded=blinded)
    assert not session.state.grades.unpacked_groups()
    take = blinded_labels_of if blinded else labels_of
    for uid in STUDIES:
        expected = {place: its.value for place, its in take(session, uid, reader).items()}
        assert at_once[uid] == expected
    assert any(at_once.values()) == (reader != "nobody")


def test_what_was_touched_since_counts_too(session):
    uid = next(uid for uid, its in label_values(session, STUDIES, blinded=False).items() if its)
    session.state.grades.group(uid)
    assert label_values(session, [uid], blinded=False)[uid] == {
        place: its.value for place, its in labels_of(session, uid).items()
    }


def test_readers_of_a_first_reading(session):
    def one_by_one(studies):
        return {
            grade.key.reader
            for uid in studies
            for grade in session.state.grades_of_study(uid)
            if grade.key.reading == 1
        }

    for studies in (STUDIES, STUDIES[:1], STUDIES[3:4], STUDIES[-1:]):
        assert first_readers(session, studies) == one_by_one(studies)


def test_an_unknown_word_is_told_where_its_study_is_read(session, monkeypatch):
    monkeypatch.setattr("spinegrader.services.labels.labels_at_once", raising)
    at_once = label_values(session, STUDIES[:3], blinded=False)
    assert at_once == {
        uid: {place: its.value for place, its in labels_of(session, uid).items()}
        for uid in STUDIES[:3]
    }


def raising(*_, **__):
    raise ValueError("not a valid Answer")


def test_a_project_without_grades_has_no_labels(tmp_path):
    folder = tmp_path / "project"
    with ProjectStore.create(folder) as store:
        store.append(ImportStudies((Patient("P"),), (Study("1.2", "P", None),), ()))
    opened = Session.open(folder, "A")
    for blinded in (True, False):
        assert label_values(opened, ["1.2"], blinded=blinded) == {"1.2": {}}
    assert first_readers(opened, ["1.2"]) == set()
    opened.close(renew=False)
