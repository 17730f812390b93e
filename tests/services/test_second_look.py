import json
from dataclasses import replace

import pytest

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.edits import SetOverlay
from spinegrader.domain.numbering import Absence
from spinegrader.errors import CancelledError, TrainingError
from spinegrader.model.check_records import CHECKS, EMBEDDINGS
from spinegrader.model.runs import ImportedFrom, read_card, write_card
from spinegrader.services import annotating
from spinegrader.services.flags import raise_flag
from spinegrader.services.second_look import flag_findings, second_look_plan
from spinegrader.services.session import Session
from tests.model.model_samples import never
from tests.second_look_project import KNOWN, MISFILED, study_uid, trained_project

LATER = KNOWN + 1
"""Came after the training and is filed rightly."""


@pytest.fixture
def session(tmp_path, tmp_path_factory):
    folder, _ = trained_project(tmp_path_factory.getbasetemp(), tmp_path / "project")
    opened = Session.open(folder, "A")
    yield opened
    opened.close()


def look(session, events=None):
    emit = (lambda _event: None) if events is None else events.append
    return second_look_plan(session).run(emit, never, "cpu")


def run_folder(session):
    (folder,) = session.store.runs_folder.glob("pretrain-*")
    return folder


def misfiled_uids():
    return {study_uid(person, visit) for person in MISFILED for visit in (0, 1)}


def test_misfiled_studies_are_told_with_their_owners(session):
    found = look(session)
    assert {item.study_uid for item in found.misfiled} == misfiled_uids()
    for item in found.misfiled:
        person, visit = (int(part) for part in item.study_uid.split(".")[2:])
        assert item.better_study_uid == study_uid(person, 1 - visit)
        assert item.patient_id != item.better_patient_id
        assert item.rank > 1
        assert not item.learnt_from
        assert item.better_study_uid in item.sentence
    rates = found.error_rates["identity"]
    assert rates.people == 12
    assert rates.false_alarms.value <= 0.05
    assert "measured on 12 people kept aside: false alarms" in found.in_words()


def test_the_second_call_reads_what_is_kept_until_weights_change(session):
    first, folder = look(session), run_folder(session)
    kept, known = (folder / CHECKS).read_bytes(), (folder / EMBEDDINGS).stat().st_mtime_ns
    again = look(session)
    assert again == first
    assert (folder / EMBEDDINGS).stat().st_mtime_ns == known
    # Figures are taken from the file, not measured anew …
    changed = json.loads(kept)
    changed["identity"]["rates"]["auc"]["value"] = 0.125
    (folder / CHECKS).write_text(json.dumps(changed))
    assert look(session).error_rates["identity"].auc.value == 0.125
    # … unless they are another network's, were measured another way, or are damaged.
    old = {name: value for name, value in changed.items() if name != "version"}
    for text in (json.dumps(changed | {"weights_sha256": "0" * 64}), json.dumps(old), "{"):
        (folder / CHECKS).write_text(text)
        assert look(session) == first
    assert (folder / CHECKS).read_bytes() == kept


def test_flags_are_raised_in_a_sentence_and_readers_flags_stay(session):
    found = look(session)
    own = study_uid(MISFILED[0], 0)
    raise_flag(session, own, "Metal")
    assert flag_findings(session, found) == len(found.flag_words()) - 1 >= 3
    assert session.state.flag(own).text == "Metal"
    for uid in misfiled_uids() - {own}:
        assert session.state.flag(uid).text == "May be another person’s images."
    assert flag_findings(session, found) == 0


def test_a_check_with_many_false_alarms_raises_no_flag(session):
    found = look(session)
    rates = found.error_rates["identity"]
    often = rates.model_copy(
        update={"false_alarms": rates.false_alarms.model_copy(update={"value": 0.2})}
    )
    doubtful = replace(found, error_rates=dict(found.error_rates) | {"identity": often})
    assert not misfiled_uids() & set(doubtful.flag_words())
    assert "Too many to flag by it." in doubtful.in_words()


def shift(session, uid, steps):
    series = f"{uid}.1"
    annotating.shift_levels(session, series, steps)
    overlay = session.state.overlay(series)
    session.apply(SetOverlay(series, overlay, overlay.confirmed("A")))


def test_shifted_names_are_told_and_flagged(session):
    uid = study_uid(LATER, 0)
    shift(session, uid, -1)
    found = look(session)
    doubt = next(item for item in found.levels if item.study_uid == uid)
    assert (doubt.shift, doubt.bodies, doubt.transitional) == (1, (), False)
    assert doubt.probability > 0.5
    assert "shifted by one" in doubt.sentence
    assert found.flag_words()[uid] == "Levels may be shifted by one."
    # Level by level it is unlike the other visit, which says nothing of whose it is.
    assert {item.study_uid for item in found.misfiled} == misfiled_uids()
    assert found.compared == 62


def test_names_of_a_transitional_spine_are_told_but_never_flagged(session):
    uid = study_uid(LATER, 0)
    shift(session, uid, -1)
    series = f"{uid}.1"
    overlay = session.state.overlay(series)
    marked = overlay.with_missing(VertebraLevel.T13, Absence.ABSENT)
    session.apply(SetOverlay(series, overlay, marked.confirmed("A")))
    found = look(session)
    doubt = next(item for item in found.levels if item.study_uid == uid)
    assert doubt.transitional
    assert "transitional" in doubt.sentence
    assert uid not in found.flag_words()


def test_with_too_few_people_aside_it_says_so_and_flags_nothing(session):
    folder = run_folder(session)
    card = read_card(folder)
    parts = {"train": (*card.subjects["train"], *card.subjects["test"][1:])}
    parts |= {"test": card.subjects["test"][:1], "validation": card.subjects["validation"]}
    write_card(folder, card.model_copy(update={"subjects": parts}))
    found = look(session)
    assert (found.misfiled, found.levels, found.error_rates) == ((), (), {})
    assert len(found.notices) == 2
    assert "too few people with follow-up scans" in found.notices[0]
    assert flag_findings(session, found) == 0
    assert not (folder / CHECKS).exists()


def test_people_whom_a_network_from_elsewhere_never_saw_tell_its_errors(session):
    folder = run_folder(session)
    write_card(folder, read_card(folder).model_copy(update={"subjects": {"train": ("x",)}}))
    found = look(session)
    assert found.error_rates["identity"].people == 16
    assert found.error_rates["shifted_levels"].people == 16


def test_a_network_that_came_as_a_file_flags_nothing_and_says_why(session):
    folder = run_folder(session)
    own = look(session)
    assert own.flag_words()
    name = "imported-20260101-000000"
    there = folder.rename(folder.with_name(name))
    origin = ImportedFrom(name=folder.name, imported_at="2026-01-01T00:00:00+00:00")
    card = read_card(there).model_copy(update={"name": name, "imported": origin, "subjects": {}})
    write_card(there, card)
    (there / CHECKS).unlink(missing_ok=True)
    found = second_look_plan(session, name).run(lambda _event: None, never, "cpu")
    # Both misfiled people are among those who teach the check, which isn't blind for it.
    assert {item.study_uid for item in found.misfiled} == misfiled_uids()
    assert found.flag_words() == {}
    words = found.in_words()
    assert "nobody can tell whether it was trained on these people" in words
    assert "kept aside" not in words
    assert "people of this project: false alarms" in words


def test_a_proxy_verifies_no_identity(session):
    folder = run_folder(session)
    card = read_card(folder)
    settings = card.settings | {"pairs": "same-study"}
    write_card(folder, card.model_copy(update={"settings": settings}))
    found = look(session)
    assert not found.misfiled
    assert set(found.error_rates) == {"shifted_levels", "single_levels"}
    assert "can't verify identity" in found.in_words()


def test_a_network_that_learnt_no_names_doubts_none(session):
    folder = run_folder(session)
    card = read_card(folder)
    settings = card.settings | {"level_weight": 0.0}
    write_card(folder, card.model_copy(update={"settings": settings}))
    found = look(session)
    assert not found.levels
    assert not {"shifted_levels", "single_levels"} & set(found.error_rates)
    assert "didn't learn the names of vertebrae" in found.in_words()


def test_without_a_run_or_vertebrae_one_sentence_says_so(session, overlaid_only):
    with pytest.raises(TrainingError, match="No pre-training has been done"):
        second_look_plan(overlaid_only)


@pytest.fixture
def overlaid_only(tmp_path):
    opened = Session.open_or_create(tmp_path / "bare", "A")
    yield opened
    opened.close()


def test_it_can_be_stopped(session):
    with pytest.raises(CancelledError):
        second_look_plan(session).run(lambda _event: None, lambda: True, "cpu")
    assert not (run_folder(session) / CHECKS).exists()
