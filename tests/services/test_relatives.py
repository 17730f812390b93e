"""Twins and relatives: stated, undone, kept, merged, and in one part of the split."""

import json

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from spinegrader.commands.patients import relatives
from spinegrader.domain.edits import EditGroup, ImportStudies
from spinegrader.domain.study import Patient
from spinegrader.errors import InvalidEditError
from spinegrader.model.splits import Part
from spinegrader.services.edit_titles import title_words
from spinegrader.services.identity import merge_people
from spinegrader.services.identity import split as split_person
from spinegrader.services.material import (
    names_of_subjects,
    subject_token,
    subject_tokens,
    tokens_behind,
)
from spinegrader.services.relatives import (
    families_of,
    related_pairs,
    state_relatives,
    take_relatives_back,
)
from spinegrader.services.session import Session
from spinegrader.services.surveys import split_of

PEOPLE = [f"P{number:02d}" for number in range(150)]
"""So many that a part has people to spare: else moving one out would move another in."""


@pytest.fixture
def session(tmp_path):
    opened = Session.open_or_create(tmp_path / "project", "A")
    opened.apply(ImportStudies(tuple(Patient(name) for name in PEOPLE), (), ()))
    yield opened
    opened.store.close(compact=False)


def part_of(session, patient):
    return split_of(session)[subject_tokens(session)[patient]]


def first_in(session, part, start=0):
    return next(name for name in PEOPLE[start:] if part_of(session, name) is part)


def test_relatives_are_trained_on_or_tested_together(session):
    tested, trained = first_in(session, Part.TEST), first_in(session, Part.TRAIN)
    before = split_of(session)
    state_relatives(session, [tested, trained])
    assert part_of(session, tested) is part_of(session, trained) is Part.TRAIN
    moved = {name for name in before if split_of(session)[name] is not before[name]}
    assert moved == {subject_token(session, tested)}
    take_relatives_back(session, [trained])
    assert split_of(session) == before


def test_stating_is_undone_redone_and_outlives_the_session(session, tmp_path):
    state_relatives(session, ["P03", "P01"])
    state_relatives(session, ["P05", "P03", "P04"])
    family = (("P01", "P03", "P04", "P05"),)
    assert families_of(session) == family
    assert session.undo_title == "State relatives"
    session.undo()
    assert families_of(session) == (("P01", "P03"),)
    session.redo()
    assert families_of(session) == family
    session.store.close(wait=True)
    again = Session.open(tmp_path / "project", "B")
    try:
        assert families_of(again) == family
        assert again.store.check() == ()
        take_relatives_back(again, ["P03"])
        assert families_of(again) == (("P04", "P05"),)
        again.undo()
        assert families_of(again) == family
    finally:
        again.store.close(compact=False)


def test_two_sessions_state_at_once_and_both_hold(session, tmp_path):
    other = Session.open(tmp_path / "project", "B")
    try:
        state_relatives(session, ["P01", "P02"])
        state_relatives(other, ["P02", "P03"])
        state_relatives(other, ["P10", "P11"])
        session.refresh()
        other.refresh()
        assert families_of(session) == (("P01", "P02", "P03"), ("P10", "P11"))
        assert families_of(other) == families_of(session)
        take_relatives_back(session, ["P10"])
        other.refresh()
        assert families_of(other) == (("P01", "P02", "P03"),)
    finally:
        other.store.close(compact=False)


def test_what_cannot_be_stated_is_refused(session):
    with pytest.raises(InvalidEditError, match="two people"):
        state_relatives(session, ["P01", "P01"])
    with pytest.raises(InvalidEditError, match="not in the project"):
        state_relatives(session, ["P01", "Nobody"])
    with pytest.raises(InvalidEditError, match="related to anybody"):
        take_relatives_back(session, ["P01"])
    state_relatives(session, ["P01", "P02"])
    with pytest.raises(InvalidEditError, match="already"):
        state_relatives(session, ["P02", "P01"])
    merge_people(session, "P07", "P08")
    with pytest.raises(InvalidEditError, match="two people"):
        state_relatives(session, ["P07", "P08"])


def test_a_network_that_knows_a_twin_is_not_tested_on_the_other(session):
    state_relatives(session, ["P01", "P02"])
    both = {subject_token(session, name) for name in ("P01", "P02")}
    assert tokens_behind(session)["P02"] == both
    names = names_of_subjects(session)
    assert {names[subject_tokens(session)[name]] for name in ("P01", "P02")} == {frozenset(both)}
    merge_people(session, "P07", "P08")
    split_person(session, "P08")
    once = {subject_token(session, name) for name in ("P07", "P08")}
    assert names_of_subjects(session)[subject_token(session, "P08")] == once


def test_names_of_settings_tell_no_patient(session):
    state_relatives(session, ["P01", "P02"])
    assert not any("P0" in name for name in session.state.settings)
    titles = ("State relatives", "Take relatives back")
    assert tuple(title_words(EditGroup(title, ())) for title in titles) == titles


@pytest.mark.parametrize("seed", range(8))
def test_merged_records_and_families_agree_whatever_is_done(session, seed):
    """Merges, splits and relatives at random: nobody and no family is ever in two parts."""
    rng = np.random.default_rng(seed)
    for _ in range(12):
        step = (merge_people, state, state, split_person, take_back)[rng.integers(5)]
        count = 1 if step is split_person else 2
        chosen = [str(name) for name in rng.choice(PEOPLE, count, replace=False)]
        try:
            step(session, *chosen)
        except InvalidEditError:
            continue
        parts, tokens = split_of(session), subject_tokens(session)
        assert parts.keys() == set(tokens.values())
        for person in session.state.people():
            assert len({tokens[name] for name in session.state.records_of(person)}) == 1
        for family in families_of(session):
            assert len({parts[tokens[name]] for name in family}) == 1


def state(session, *patients):
    state_relatives(session, patients)


def take_back(session, *patients):
    take_relatives_back(session, patients)


def test_the_command_states_lists_and_takes_back(session, tmp_path):
    session.store.close(compact=False)
    app = typer.Typer()
    app.command()(relatives)

    def call(*arguments):
        done = CliRunner().invoke(app, [str(tmp_path / "project"), *arguments])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    assert "Nobody is stated" in call().stdout
    document = json.loads(call("P01", "P02", "P03", "--json").stdout)
    assert document == {"relatives": [["P01", "P02", "P03"]]}
    assert "Relatives: P01, P02, P03" in call().stdout
    document = json.loads(call("P02", "--undo", "--json").stdout)
    assert document == {"relatives": [["P01", "P03"]]}
    assert call("--undo").exit_code == 2
    with pytest.raises(InvalidEditError, match="two people"):
        call("P01")
    with pytest.raises(InvalidEditError, match="not in the project"):
        call("P01", "P999")
    again = Session.open(tmp_path / "project", "B")
    assert related_pairs(again) == (("P01", "P03"),)
    again.store.close(compact=False)
