import json
import shutil

import pytest

from spinegrader.commands.suggest import suggest
from spinegrader.domain.edits import SetOverlay
from spinegrader.errors import CancelledError, TrainingError
from spinegrader.model.finetune import finetune
from spinegrader.model.runs import new_run_folder
from spinegrader.model.splits import Part
from spinegrader.services import suggested_reading
from spinegrader.services.graders import shipped_grader
from spinegrader.services.model_words import about_model
from spinegrader.services.resources import load_scheme
from spinegrader.services.session import Session
from spinegrader.services.suggested_reading import SuggestionReason, suggestion_plan
from tests.command_calls import caller
from tests.model.model_samples import discs, finetune_config, ignore, never
from tests.services.conftest import STUDIES, column, fill
from tests.services.flow_project import read


@pytest.fixture
def session(tmp_path):
    """Three studies of two people with vertebrae, and a small network for discs."""
    opened = Session.open_or_create(tmp_path / "project", "A")
    fill(opened)
    for uid in STUDIES:
        opened.apply(SetOverlay(f"{uid}.1", None, column(f"{uid}.1")))
    data = discs(6, each=2)
    split = dict.fromkeys(sorted(set(data.subjects)), Part.TRAIN)
    split |= dict(zip(sorted(split)[:2], (Part.VALIDATION, Part.TEST), strict=True))
    folder = new_run_folder(opened.store.runs_folder, "finetune")
    finetune(finetune_config(epochs=1), data, split, folder, None, ignore, never)
    yield opened
    opened.store.close(wait=True)


def uids(found):
    return [item.study_uid for item in found.studies]


def test_ungraded_studies_are_ordered_and_graded_ones_left_out(session):
    found = suggestion_plan(session).run(20, ignore, never, "cpu")
    assert sorted(uids(found)) == sorted(STUDIES)
    assert {item.discs for item in found.studies} == {6}
    assert all(0 < item.uncertainty <= 1 for item in found.studies)
    assert found == suggestion_plan(session).run(20, ignore, never, "cpu")
    read(session, "1.2.12", value=1)
    found = suggestion_plan(session).run(20, ignore, never, "cpu")
    assert sorted(uids(found)) == ["1.2.11", "1.2.21"]
    assert found.open_studies == 2
    assert len(suggestion_plan(session).run(1, ignore, never, "cpu").studies) == 1


def test_each_study_is_suggested_for_what_it_stands_out_in(session):
    found = suggestion_plan(session).run(20, ignore, never, "cpu")
    # Nothing is graded that they could be unlike.
    assert {item.unlikeness for item in found.studies} == {None}
    unsure = sorted(item.uncertainty for item in found.studies)
    for item in found.studies:
        is_unsure = item.uncertainty >= unsure[1]
        reason = SuggestionReason.UNSURE if is_unsure else SuggestionReason.VARIETY
        assert item.reasons == (reason,)
    read(session, "1.2.12", value=1)
    found = suggestion_plan(session).run(20, ignore, never, "cpu")
    # All three have the same pixels and places: the graded one is like the others.
    assert all(item.unlikeness == pytest.approx(0, abs=1e-5) for item in found.studies)
    assert "uncertainty" in found.in_words()
    assert str(found.studies[0].reasons[0]) in found.in_words()


def test_people_kept_aside_are_left_out_and_that_is_said(session, monkeypatch):
    aside = next(
        item.subject for item in suggestion_plan(session).requests if item.study_uid == "1.2.21"
    )
    monkeypatch.setattr(suggested_reading, "held_out", lambda _session: frozenset({aside}))
    found = suggestion_plan(session).run(20, ignore, never, "cpu")
    assert sorted(uids(found)) == ["1.2.11", "1.2.12"]
    assert found.notices == ("1 ungraded study of people kept aside for tests: left out.",)
    assert found.in_words().endswith(found.notices[0])


def test_nothing_left_to_grade_is_one_sentence(session):
    for uid in STUDIES:
        read(session, uid, value=1)
    with pytest.raises(TrainingError, match="no ungraded study"):
        suggestion_plan(session)


def test_it_can_be_stopped(session):
    with pytest.raises(CancelledError):
        suggestion_plan(session).run(20, ignore, lambda: True, "cpu")


def test_the_command_prints_json_or_lines(session, capsys):
    folder = session.store.folder
    session.close()
    command = caller(suggest, capsys)
    code, out, err = command(folder, "--number", 2, "--json")
    assert code == 0, err
    told = json.loads(out)
    assert set(told) == {"run", "studies", "open_studies", "notices", "note"}
    assert set(told["studies"][0]) == {
        "study_uid",
        "patient_id",
        "discs",
        "uncertainty",
        "unlikeness",
        "reasons",
    }
    code, out, _ = command(folder, "--number", 2)
    assert out.splitlines()[0].endswith("suggests 2 of 3 ungraded studies:")
    assert out.splitlines()[1].startswith("1. 1.2.")


def test_without_a_network_of_its_own_the_shipped_one_suggests(session, capsys):
    shutil.rmtree(session.store.runs_folder)
    folder = session.store.folder
    session.close()
    code, out, err = caller(suggest, capsys)(folder, "--number", 1)
    assert code == 0, err
    head, _, about, *_ = out.splitlines()
    assert head == "The model that comes with SpineGrader suggests 1 of 3 ungraded studies:"
    assert about == about_model(shipped_grader(), load_scheme())[0]


def test_without_studies_one_sentence_says_what_to_do(tmp_path, capsys):
    Session.open_or_create(tmp_path / "project", "A").close()
    code, _, err = caller(suggest, capsys)(tmp_path / "project")
    assert code == 1
    assert err.startswith("There is no ungraded study with vertebrae")
