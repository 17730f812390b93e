"""What readers may not do to grades and predictions, whoever asks for it."""

from dataclasses import replace

import pytest

from spinegrader.domain.edits import AddPredictions, SetGrade
from spinegrader.domain.grades import ReadingMode
from spinegrader.domain.state import ProjectState, Stamp
from spinegrader.domain.validity import check_edit
from spinegrader.errors import InvalidEditError
from spinegrader.services.resources import load_scheme
from tests.store.store_samples import edits_of_every_kind, grade, studies_import

SCHEME = load_scheme()
FIRST = replace(grade(), prediction_visible=False, mode=ReadingMode.BLINDED)
PREDICTIONS = next(item for item in edits_of_every_kind() if isinstance(item, AddPredictions))


@pytest.fixture
def state():
    made = ProjectState()
    for number, edit in enumerate((studies_import(), SetGrade(None, FIRST), PREDICTIONS)):
        made.apply(edit, Stamp("2026-03-01T12:00:00.000000+00:00", "a", number))
    return made


def later(**changes):
    wanted = {"revision": 2, "value": 4, "reason": "corrected"} | changes
    return SetGrade(FIRST, replace(FIRST, **wanted))


def test_a_change_with_a_reason_is_taken(state):
    check_edit(state, later(), SCHEME)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reason": ""}, "needs a reason"),
        ({"revision": 3}, "doesn't follow"),
        ({"revision": 1}, "doesn't follow"),
        ({"value": 9}, "has no grade 9"),
        ({"prediction_visible": True}, "blinded reading"),
        ({"accepted_prediction": "p-9"}, "is not in the project"),
        ({"accepted_prediction": "p-1"}, "something else than the prediction"),
    ],
)
def test_what_contradicts_a_reading_is_refused(state, changes, words):
    with pytest.raises(InvalidEditError, match=words):
        check_edit(state, later(**changes), SCHEME)


def test_an_accepted_prediction_is_named_by_a_grade_that_says_the_same(state):
    (prediction,) = PREDICTIONS.predictions
    key = replace(FIRST.key, disc=prediction.disc)
    said = replace(
        FIRST,
        key=key,
        value=prediction.value,
        mode=ReadingMode.ASSISTED,
        prediction_visible=True,
        accepted_prediction=prediction.id,
    )
    check_edit(state, SetGrade(None, said), SCHEME)


def test_a_prediction_is_never_changed(state):
    (prediction,) = PREDICTIONS.predictions
    check_edit(state, PREDICTIONS, SCHEME)
    altered = replace(prediction, model_hash="00" * 32)
    with pytest.raises(InvalidEditError, match="can't be changed"):
        check_edit(state, AddPredictions((altered,)), SCHEME)
