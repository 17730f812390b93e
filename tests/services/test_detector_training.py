"""Retraining the detector on a project's confirmed vertebrae, real but tiny."""

from collections import Counter
from dataclasses import replace

import pytest

from spinegrader.domain.edits import SetOverlay
from spinegrader.domain.overlays import OverlayState
from spinegrader.errors import TrainingError
from spinegrader.imaging.detection.drawn import drawn_slices
from spinegrader.model.runs import read_card
from spinegrader.model.splits import Part
from spinegrader.services import detectors
from spinegrader.services.detector_comparison import COMPARISON, read_comparison
from spinegrader.services.detector_requests import detector_requests, survey_retraining
from spinegrader.services.detector_training import retraining_plan
from spinegrader.services.detectors import (
    adopt_detector,
    check_not_in_use,
    detector_in_use,
    shipped_detector,
    use_shipped_detector,
)
from spinegrader.services.session import Session
from spinegrader.services.surveys import split_of
from tests.detector_project import PEOPLE, retraining_project, tiny_config, tiny_resources


@pytest.fixture(scope="module", autouse=True)
def resources(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tiny_resources(tmp_path_factory.getbasetemp())
        patch.setattr(detectors, "resources_folder", lambda: folder)
        yield folder


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A project, and the folder of a run that was trained and compared in it."""
    base = tmp_path_factory.mktemp("retrained")
    project = retraining_project(tmp_path_factory.getbasetemp(), base / "project")
    session = Session.open(project, "A")
    folder = session.store.runs_folder / "detector-1"
    told = []
    retraining_plan(session, tiny_config()).run(folder, told.append, lambda: False)
    session.store.close(wait=True)
    return project, folder, told


@pytest.fixture
def session(trained):
    opened = Session.open(trained[0], "A")
    yield opened
    use_shipped_detector(opened)
    opened.store.close(wait=True)


@pytest.fixture
def fresh(tmp_path, tmp_path_factory):
    """The project before any training."""
    project = retraining_project(tmp_path_factory.getbasetemp(), tmp_path / "project")
    opened = Session.open(project, "A")
    yield opened
    opened.store.close(wait=True)


def taken_back(session, requests):
    """These overlays as if nobody had confirmed them."""
    for item in requests:
        proposed = replace(item.overlay, state=OverlayState.PROPOSED)
        session.apply(SetOverlay(item.series.uid, item.overlay, proposed))


def test_people_kept_aside_are_never_trained_on(trained, session):
    card = read_card(trained[1])
    split = split_of(session)
    assert card.kind == "detector"
    assert card.start_from.weights_sha256 == shipped_detector().sha256
    assert {name: set(card.subjects[name]) for name in card.subjects} == {
        str(part): {token for token, own in split.items() if own is part} for part in Part
    }
    slices = Counter()
    for item in detector_requests(session):
        slices[f"{split[item.subject]}_slices"] += len(
            drawn_slices(item.overlay, item.series.geometry)
        )
    assert card.counts == slices
    assert slices["test_slices"] > 0


def test_both_detectors_are_measured_on_people_kept_aside(trained, session):
    compared = read_comparison(trained[1])
    held_out = [part for part in split_of(session).values() if part is not Part.TRAIN]
    assert compared.people == len(held_out)
    assert compared.series == len(held_out)
    assert compared.with_validation
    assert compared.old_sha256 == shipped_detector().sha256
    assert compared.new_sha256 == read_card(trained[1]).weights_sha256
    # Both have learnt next to nothing.
    assert compared.old.correction_mm > 5
    assert compared.verdict == "unsure"
    steps = [event.step for event in trained[2] if hasattr(event, "step")]
    assert steps[0] == "Reading series"
    assert steps[-1] == "Comparing detectors"


def test_an_adopted_detector_is_in_use_until_the_project_goes_back(trained):
    project, folder, _ = trained
    session = Session.open(project, "A")
    assert detector_in_use(session) == shipped_detector()
    assert adopt_detector(session, folder.name).settings
    assert not adopt_detector(session, folder.name)
    with pytest.raises(TrainingError, match="before you delete it"):
        check_not_in_use(session, folder.name)
    session.store.close(wait=True)

    opened = Session.open(project, "B")
    assert detector_in_use(opened).sha256 == read_card(folder).weights_sha256
    assert use_shipped_detector(opened).settings
    assert detector_in_use(opened) == shipped_detector()
    check_not_in_use(opened, folder.name)
    opened.store.close(wait=True)


def test_undo_takes_an_adoption_back(trained, session):
    adopt_detector(session, trained[1].name)
    assert detector_in_use(session).name == trained[1].name
    session.undo()
    assert detector_in_use(session) == shipped_detector()


def test_what_was_never_compared_is_not_adopted(trained, session):
    kept = (trained[1] / COMPARISON).read_bytes()
    (trained[1] / COMPARISON).unlink()
    try:
        with pytest.raises(TrainingError, match="resume its training"):
            adopt_detector(session, trained[1].name)
        assert detector_in_use(session) == shipped_detector()
    finally:
        (trained[1] / COMPARISON).write_bytes(kept)


def test_an_adopted_detector_that_is_gone_or_another_one_is_told(trained, session):
    _, folder, _ = trained
    adopt_detector(session, folder.name)
    moved = folder.rename(folder.with_name("elsewhere"))
    try:
        with pytest.raises(TrainingError, match="isn't there any more"):
            detector_in_use(session)
    finally:
        moved.rename(folder)
    weights = folder / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    try:
        with pytest.raises(TrainingError, match="damaged"):
            detector_in_use(session)
    finally:
        weights.write_bytes(whole)


def test_a_finished_run_can_be_compared_later(trained, session):
    folder = trained[1]
    before = read_comparison(folder)
    weights = read_card(folder).weights_sha256
    (folder / COMPARISON).unlink()
    retraining_plan(session, tiny_config()).run(folder, lambda _: None, lambda: False)
    assert read_comparison(folder) == before
    assert read_card(folder).weights_sha256 == weights


def test_only_confirmed_vertebrae_teach(fresh):
    every = detector_requests(fresh)
    assert len(every) == PEOPLE
    taken_back(fresh, every[:1])
    assert detector_requests(fresh) == every[1:]
    findings = " ".join(survey_retraining(fresh).findings)
    assert "1 series has vertebrae that nobody has confirmed" in findings
    assert f"{PEOPLE - 1} sagittal series" in findings


def test_too_few_people_are_told_before_the_start(fresh):
    split = split_of(fresh)
    assert survey_retraining(fresh).problem == ""
    own = [item for item in detector_requests(fresh) if split[item.subject] is Part.TRAIN]
    few = {item.subject for item in own[:2]}
    taken_back(fresh, [item for item in own if item.subject not in few])
    assert "at least 3 people" in survey_retraining(fresh).problem
    with pytest.raises(TrainingError, match="at least 3 people"):
        retraining_plan(fresh, tiny_config())


def test_nobody_to_judge_by_is_told_before_the_start(fresh):
    split = split_of(fresh)
    aside = [item for item in detector_requests(fresh) if split[item.subject] is not Part.TRAIN]
    taken_back(fresh, aside)
    assert "nothing could say" in survey_retraining(fresh).problem
