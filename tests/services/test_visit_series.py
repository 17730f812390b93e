"""Two sagittal series of one visit as a stand-in for a follow-up."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from spinegrader.domain.anatomy import TRAINING_LEVELS
from spinegrader.domain.edits import SetOverlay
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.overlays import Overlay, OverlayState
from spinegrader.domain.study import Patient
from spinegrader.model.config import PretrainConfig
from spinegrader.model.data import PretrainData
from spinegrader.services import training
from spinegrader.services.material import vertebra_requests
from spinegrader.services.pretraining_material import pretraining_requests, survey_pretraining
from spinegrader.services.session import Session
from spinegrader.services.visit_series import scanner_token
from tests.services.conftest import column
from tests.services.test_identity import Hospital, geometry, picture
from tests.services.test_volume_pool import cut


@pytest.fixture
def session(tmp_path: Path):
    opened = Session.open_or_create(tmp_path / "project", "A")
    yield opened
    opened.store.close(compact=False)


@pytest.fixture
def hospital(session) -> Hospital:
    return Hospital(session)


def confirm(session: Session, series_uid: str, overlay: Overlay | None = None) -> None:
    drawn = replace(overlay or column(series_uid), state=OverlayState.CONFIRMED)
    session.apply(SetOverlay(series_uid, session.state.overlay(series_uid), drawn))


def series_of(requests) -> list[str]:
    return list(dict.fromkeys(item.series.uid for item in requests))


def tilted(degrees: float) -> VolumeGeometry:
    """The slices turned about the vertical, round the middle of the stack."""
    given = geometry()
    angle = np.radians(degrees)
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    middle = np.append(given.to_mm((29.5, 44.5, 3)), 1)
    there, back = np.eye(4), np.eye(4)
    there[:3, 3], back[:3, 3] = middle[:3], -middle[:3]
    return VolumeGeometry.from_matrix(there @ turn @ back @ given.matrix, given.shape)


def send(hospital: Hospital, *places: VolumeGeometry | None, uid="1.1", **given) -> None:
    """A study of several contrasts whose confirmed vertebrae lie on the first."""
    images = [picture(int(uid.split(".")[1]) * 10 + number) for number in range(len(places))]
    patient = Patient(f"P{uid}")
    numbered = dict(enumerate(places, start=1))
    hospital.send(patient, uid, *images, places=numbered, **given)
    confirm(hospital.session, f"{uid}.1")


def test_the_other_series_takes_the_vertebrae_at_the_same_places(session, hospital):
    send(hospital, geometry(-13.2), geometry(-13.2), geometry(-8.8))
    assert series_of(vertebra_requests(session)) == ["1.1.1"]
    requests = vertebra_requests(session, with_other_series=True)
    assert series_of(requests) == ["1.1.1", "1.1.2", "1.1.3"]
    for uid in ("1.1.2", "1.1.3"):
        own = [item for item in requests if item.series.uid == uid]
        assert tuple(item.target for item in own) == TRAINING_LEVELS
        assert own[0].overlay.vertebrae == column(uid).vertebrae
        assert own[0].overlay.series_uid == uid
        assert {item.study_uid for item in own} == {"1.1"}
    volumes = cut(session, requests, (3, 16, 16))
    assert volumes.shape == (21, 3, 16, 16)
    assert (volumes[:7] != volumes[7:14]).any(axis=(1, 2, 3)).all()


@pytest.mark.parametrize(("degrees", "is_taken"), [(0.8, True), (1.3, False), (-20, False)])
def test_slices_that_are_tilted_otherwise_take_none(session, hospital, degrees, is_taken):
    send(hospital, geometry(), tilted(degrees))
    found = series_of(vertebra_requests(session, with_other_series=True))
    assert ("1.1.2" in found) is is_taken


def test_bodies_outside_of_the_other_series_are_left_out(session, hospital):
    matrix = geometry(-13.2).matrix.copy()
    matrix[2, 3] = 55.0  # The head's end of the images lies lower.
    lower = VolumeGeometry.from_matrix(matrix, geometry().shape)
    send(hospital, geometry(-13.2), lower, geometry(40.0))
    requests = vertebra_requests(session, with_other_series=True)
    assert series_of(requests) == ["1.1.1", "1.1.2"]
    names = [str(item.target) for item in requests if item.series.uid == "1.1.2"]
    assert names == ["L2", "L3", "L4", "L5", "S1"]


def test_a_series_with_confirmed_vertebrae_of_its_own_goes_by_them(session, hospital):
    send(hospital, geometry(-13.2), tilted(12))
    own = column("1.1.2")
    moved = replace(own, vertebrae=tuple(item.moved((0, 2, 0)) for item in own.vertebrae[2:]))
    session.apply(SetOverlay("1.1.2", None, moved))
    assert series_of(vertebra_requests(session, with_other_series=True)) == ["1.1.1"]
    confirm(session, "1.1.2", moved)
    requests = vertebra_requests(session, with_other_series=True)
    found = [item for item in requests if item.series.uid == "1.1.2"]
    assert found[0].overlay.vertebrae == moved.vertebrae
    assert len(found) == 5


def test_a_copy_within_the_study_is_left_out(session, hospital):
    hospital.send(Patient("P"), "1.1", picture(1), picture(1), picture(2))
    confirm(session, "1.1.1")
    found = series_of(vertebra_requests(session, with_other_series=True))
    assert found == ["1.1.1", "1.1.3"]


def test_studies_without_a_day_pair_within_themselves_only(session, hospital):
    send(hospital, geometry(), geometry(), uid="1.1", day=None)
    send(hospital, geometry(), uid="1.2", day=None)
    send(hospital, geometry(), geometry(), uid="1.3")
    assert series_of(pretraining_requests(session)) == ["1.3.1"]
    within = series_of(pretraining_requests(session, "same-study"))
    assert sorted(within) == ["1.1.1", "1.1.2", "1.2.1", "1.3.1", "1.3.2"]
    both = series_of(pretraining_requests(session, "both"))
    assert sorted(both) == ["1.1.1", "1.1.2", "1.3.1", "1.3.2"]


def test_the_survey_offers_pairs_within_studies_where_follow_ups_are_few(session, hospital):
    for number in range(1, 5):
        send(hospital, geometry(), uid=f"1.{number}")
    survey = survey_pretraining(session)
    assert "0 studies show the same vertebrae" in " ".join(survey.findings)
    assert "same-study" not in survey.problem
    for number in range(5, 17):  # so many that some are trained on, whoever is kept aside
        send(hospital, geometry(), geometry(), uid=f"1.{number}")
    survey = survey_pretraining(session)
    assert "12 studies show the same vertebrae on two sagittal series" in " ".join(survey.findings)
    assert "set “pairs” to “same-study”" in survey.problem
    assert survey_pretraining(session, "same-study").problem == ""
    assert survey_pretraining(session, "both").problem == ""


def test_too_few_studies_with_two_series_are_told(session, hospital):
    send(hospital, geometry(), geometry())
    assert "there is 1" in survey_pretraining(session, "same-study").problem


def test_training_is_told_series_and_scanners(session, hospital, monkeypatch, tmp_path):
    for number in range(1, 9):
        send(hospital, geometry(), geometry(), uid=f"1.{number}", day=date(2020, 1, number))
    given: list[PretrainData] = []
    from spinegrader.model import pretrain as trained

    monkeypatch.setattr(trained, "pretrain", lambda *told: given.append(told[1]))
    config = PretrainConfig(volume_shape=(1, 8, 8), pairs="same-study")
    plan = training.pretrain_plan(session, config)
    plan.run(tmp_path / "run", lambda _: None, lambda: False)
    (data,) = given
    assert len(set(data.studies)) == 8
    assert len(set(data.series)) == 16
    assert set(data.scanners) == {""}
    assert set(data.weightings) == {"T2", "T1"}
    assert not set(data.series) & set(session.state.series)
    assert len(data.fingerprint()) == 64


def test_discs_are_paired_as_the_vertebrae_beside_them(session, hospital):
    for number in range(1, 9):
        send(hospital, geometry(), geometry(), uid=f"1.{number}", day=date(2020, 1, number))
    bodies = pretraining_requests(session, "same-study")
    between = pretraining_requests(session, "same-study", "disc")
    assert series_of(between) == series_of(bodies)
    per_series = {(item.series.uid, str(item.target)) for item in between}
    assert len(per_series) == len(between)
    uppers = {str(item.target).split("/")[0] for item in between}
    assert uppers < {str(item.target) for item in bodies}
    config = PretrainConfig(volume_shape=(1, 8, 16), structure="disc", pairs="same-study")
    data = training.pretrain_plan(session, config).data(lambda _: None, lambda: False)
    assert data.volumes.shape == (len(between), 1, 8, 16)
    assert [TRAINING_LEVELS[level] for level in data.levels] == [
        item.target.upper for item in between
    ]


def test_a_scanner_is_told_from_another_and_not_named(session, hospital):
    send(hospital, geometry())
    series = session.state.series["1.1.1"]
    one = replace(series, manufacturer="Maker Model", field_strength_t=1.5)
    tokens = [
        scanner_token(project, item)
        for project, item in (
            ("p", one),
            ("p", replace(one, manufacturer="MAKER MODEL", field_strength_t=1.494)),
            ("p", replace(one, field_strength_t=3.0)),
            ("p", replace(one, manufacturer="Maker Other")),
            ("q", one),
        )
    ]
    assert tokens[0] == tokens[1]
    assert len(set(tokens)) == 4
    assert not any("aker" in token for token in tokens)
    assert scanner_token("p", series) == ""
