"""Chains of revisions, the rules of readings, references and the scheme."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from spinegrader.domain.anatomy import STANDARD_DISCS
from spinegrader.domain.edits import (
    AddPredictions,
    Edit,
    ImportStudies,
    LinkPatients,
    LinkStudies,
    NoteSight,
    SetFlag,
    SetGrade,
    SetOverlay,
    SetReading,
    SetSetting,
)
from spinegrader.domain.flow import Flag, ReadingKey, Sight
from spinegrader.domain.grades import Grade, ReadingMode
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.predictions import Prediction
from spinegrader.domain.study import Patient, Study
from spinegrader.services.resources import load_scheme
from spinegrader.store.checking.examining import How
from spinegrader.store.checking.problems import Problem, ProblemKind
from spinegrader.store.checking.whole import check_project
from spinegrader.store.project import ProjectStore
from tests.store.store_samples import NOON, grade, make, studies_import

K = ProblemKind
Find = Callable[..., list[Problem]]
FIRST = replace(grade(), mode=ReadingMode.BLINDED, prediction_visible=False)
PREDICTION = Prediction(
    id="p-1",
    study_uid="1.2.3.1",
    series_uid="1.2.3.1.1",
    disc=STANDARD_DISCS[4],
    grading="pfirrmann",
    values=(1, 2, 3),
    probabilities=(0.2, 0.2, 0.6),
    run="run-1",
    model_hash="ef" * 32,
    predicted_at=NOON,
)


def second(**changes: object) -> Grade:
    later = replace(FIRST, revision=2, graded_at=FIRST.graded_at + dt.timedelta(1), reason="new")
    return replace(later, **changes)


@pytest.fixture
def found(tmp_path: Path) -> Find:
    """Problems of a project with some changes; images, which aren't there, left out."""

    def check(*edits: Edit, also: tuple[Edit, ...] = ()) -> list[Problem]:
        """The changes of one session, and of another one."""
        store = ProjectStore.create(tmp_path / "p")
        for edit in (studies_import(), *edits):
            make(store, edit)
        store.close(compact=False)
        other = ProjectStore.open(tmp_path / "p")
        for edit in also:
            make(other, edit)
        other.close(compact=False)
        problems = check_project(tmp_path / "p", How(load_scheme())).problems
        return [item for item in problems if item.kind is not K.IMAGE_MISSING]

    return check


def test_what_is_right_has_no_problem(found):
    accepted = second(accepted_prediction="p-1", mode=ReadingMode.ASSISTED)
    edits = (AddPredictions((PREDICTION,)), SetGrade(None, FIRST), SetGrade(FIRST, accepted))
    assert found(*edits) == []


@pytest.mark.parametrize(
    ("wrong", "kind", "words"),
    [
        ({"reason": ""}, K.GRADE_RULE, "has no reason"),
        ({"prediction_visible": True}, K.GRADE_RULE, "beside a model's grade"),
        ({"value": 9}, K.VALUE_UNKNOWN, "no grade 9"),
        ({"accepted_prediction": "p-2"}, K.REFERENCE_MISSING, "a prediction that"),
        ({"accepted_prediction": "p-1", "value": 2}, K.GRADE_RULE, "says something else"),
        ({"graded_at": FIRST.graded_at - dt.timedelta(1)}, K.GRADE_TIME, "before the one"),
    ],
)
def test_a_wrong_answer_is_named_without_the_patient(found, wrong, kind, words):
    predicted = AddPredictions((PREDICTION,))
    (problem,) = found(predicted, SetGrade(None, FIRST), SetGrade(FIRST, second(**wrong)))
    assert problem.kind is kind
    assert words in problem.sentence
    assert "(study 1.2.3.1, L4/L5, pfirrmann, reader Dr. Ümit Grau, revision 2)" in problem.sentence
    assert problem.file.startswith("journal/")
    assert "Ünal" not in problem.sentence


def test_clocks_of_two_sessions_are_not_compared(found):
    earlier = second(graded_at=FIRST.graded_at - dt.timedelta(1))
    assert found(SetGrade(None, FIRST), also=(SetGrade(FIRST, earlier),)) == []


def test_a_clock_may_be_put_right_by_minutes(found):
    earlier = second(graded_at=FIRST.graded_at - dt.timedelta(minutes=4))
    assert found(SetGrade(None, FIRST), SetGrade(FIRST, earlier)) == []


def test_two_sessions_may_give_one_number_and_one_session_may_not(found, tmp_path):
    twice = replace(FIRST, value=4)
    assert found(SetGrade(None, FIRST), also=(SetGrade(None, twice),)) == []


def test_one_session_gives_no_number_twice(found):
    twice = replace(FIRST, value=4)
    (problem,) = found(SetGrade(None, FIRST), SetGrade(None, twice))
    assert problem.kind is K.REVISION_TWICE


@pytest.mark.parametrize(
    ("edit", "kind"),
    [
        (SetGrade(None, replace(FIRST, key=replace(FIRST.key, study_uid="1.9"))), None),
        (SetGrade(None, replace(FIRST, key=replace(FIRST.key, grading="x"))), K.VALUE_UNKNOWN),
        (SetOverlay("1.9", None, Overlay("1.9", ())), None),
        (SetFlag("1.9", None, Flag("B")), None),
        (SetReading("1.9", "B", 1, 2), None),
        (NoteSight(Sight(ReadingKey("1.9", "B"), FIRST.graded_at)), None),
        (AddPredictions((replace(PREDICTION, study_uid="1.9"),)), None),
        (AddPredictions((replace(PREDICTION, series_uid="1.2.3.2.1"),)), None),
        (AddPredictions((replace(PREDICTION, values=(0, 8, 9)),)), K.VALUE_UNKNOWN),
        (ImportStudies((), (Study("1.9", "P9"),), ()), None),
        (LinkPatients("P1", None, "P9"), None),
        (LinkStudies("1.2.3.1", None, "1.9"), None),
    ],
)
def test_what_names_something_that_is_not_there(found, edit, kind):
    (problem,) = found(edit)
    assert problem.kind is (kind or K.REFERENCE_MISSING)
    assert "P9" not in problem.sentence


def test_a_series_without_its_study(found):
    series = replace(studies_import().series[1], uid="1.9.1", study_uid="1.9")
    (problem,) = found(ImportStudies((Patient("P9"),), (), (series,)))
    assert problem.kind is K.REFERENCE_MISSING


def test_the_projects_own_scheme_holds(found):
    own = load_scheme().as_mapping()
    own["gradings"] = [item for item in own["gradings"] if item["id"] == "pfirrmann"]
    own["asked_by_default"] = ["pfirrmann"]
    own["gradings"][0]["classes"] = own["gradings"][0]["classes"][:2]
    (problem,) = found(SetSetting("scheme", None, json.dumps(own)), SetGrade(None, FIRST))
    assert problem.kind is K.VALUE_UNKNOWN


def test_a_scheme_that_can_not_be_understood(found):
    assert [item.kind for item in found(SetSetting("scheme", None, '{"id": 1}'))] == [
        K.SCHEME_DAMAGED
    ]
