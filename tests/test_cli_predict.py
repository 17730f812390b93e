"""Predicting before anything was trained: the model that comes along says what it is."""

import json

import pytest

from spinegrader.cli import evaluate, predict
from spinegrader.domain.edits import SetOverlay
from spinegrader.services.graders import SHIPPED, shipped_grader
from spinegrader.services.model_words import about_model
from spinegrader.services.resources import load_scheme
from spinegrader.services.session import Session
from tests.command_calls import caller
from tests.services.conftest import STUDIES, column, fill
from tests.services.flow_project import STUDY


@pytest.fixture
def project(tmp_path):
    """The folder of a fresh project, of whose three studies two have vertebrae."""
    session = Session.open_or_create(tmp_path / "project", "A")
    fill(session)
    for uid in list(STUDIES)[:2]:
        session.apply(SetOverlay(f"{uid}.1", None, column(f"{uid}.1")))
    session.close()
    return tmp_path / "project"


def test_json_names_the_model_and_what_it_was_trained_on(project, capsys):
    code, out, err = caller(predict, capsys)(project, "--json")
    assert code == 0, err
    told = json.loads(out)
    assert told["model"] == SHIPPED
    assert shipped_grader().card.trained_on in told["about"][0]
    assert told["findings"][1] == "1 study has no vertebrae on a sagittal series: left out."
    assert [item["uid"] for item in told["studies"]] == list(STUDIES)[:2]
    for study in told["studies"]:
        for disc in study["discs"]:
            assert sum(disc["probabilities"].values()) == pytest.approx(1, abs=1e-3)
    session = Session.open(project, "A")
    kept = session.state.predictions_of_study(STUDY).values()
    session.close()
    assert {item.run for item in kept} == {SHIPPED}


def test_words_say_it_too(project, capsys):
    code, out, err = caller(predict, capsys)(project, "--model", "shipped")
    assert code == 0, err
    about = about_model(shipped_grader(), load_scheme())
    number = 12 * len(shipped_grader().card.gradings)
    assert out.splitlines() == [
        f"{SHIPPED}: {number} predictions for 2 studies.",
        "12 discs in 2 studies with vertebrae.",
        "1 study has no vertebrae on a sagittal series: left out.",
        *about,
        "Research use. Not a medical device.",
    ]


def test_what_cannot_be_done_is_one_sentence(project, capsys):
    code, _, err = caller(predict, capsys)(project, "--model", "nobody")
    assert (code, err) == (1, "There is no model “nobody”; there are: shipped.\n")
    code, _, err = caller(evaluate, capsys)(project)
    assert code == 1
    assert err.startswith("There are no graded discs of people")
