"""What a job is said to take, beside what it takes."""

import time

import pytest

from spinegrader.errors import CancelledError, TrainingError
from spinegrader.model.runs import new_run_folder
from spinegrader.services import detectors, step_costs
from spinegrader.services.cutting_estimates import cutting_seconds
from spinegrader.services.demo import SIMULATED_READER
from spinegrader.services.detector_training import retraining_plan
from spinegrader.services.evaluating import evaluation_plan
from spinegrader.services.graders import shipped_grader_folder
from spinegrader.services.job_estimates import (
    Estimate,
    estimate,
    measurement_of,
    steps_of,
)
from spinegrader.services.material import cut_all, uncut
from spinegrader.services.predicting import predict_plan
from spinegrader.services.session import Session
from spinegrader.services.training import finetune_plan, pretrain_plan
from tests.detector_project import retraining_project, tiny_config, tiny_resources
from tests.gui.cohort_project import project
from tests.services.test_job_settings import FINETUNING, PRETRAINING

__all__ = ["project"]

_FACTOR = 5
"""The machine that runs tests does other things, too."""


@pytest.fixture
def session(project):
    opened = Session.open(project, SIMULATED_READER)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.setattr(step_costs, "_known", {})


def never():
    return False


def run_of(plan, store, kind):
    """A real training; the steps of its first epoch, and its time."""
    told = []
    result = plan.run(new_run_folder(store.runs_folder, kind), told.append, never)
    steps = max(item.batches for item in told if hasattr(item, "batches"))
    return steps, result.elapsed_s


def assert_near(told, took_s):
    assert took_s / _FACTOR < told.seconds < took_s * _FACTOR + 5
    assert 1e8 < told.memory_bytes < 2e9


@pytest.mark.parametrize("kind", ["pretrain", "finetune"])
def test_time_is_told_within_a_factor_and_steps_exactly(session, kind):
    if kind == "pretrain":
        plan = pretrain_plan(session, PRETRAINING.model_copy(update={"epochs": 12}))
    else:
        plan = finetune_plan(session, FINETUNING.model_copy(update={"epochs": 12}), None)
    told = estimate(plan, never)
    steps, took_s = run_of(plan, session.store, kind)
    assert steps_of(plan)[0] == steps
    assert_near(told, took_s)


def test_time_of_grading_is_told_within_a_factor(session):
    model = shipped_grader_folder()
    prediction, evaluation = (
        predict_plan(session, model),
        evaluation_plan(session, model, "everyone"),
    )
    for plan, asked in ((prediction, prediction), (evaluation, evaluation.prediction)):
        told = estimate(asked, never)
        started_s = time.perf_counter()
        plan.run(lambda _: None, never)
        assert_near(told, time.perf_counter() - started_s)


def test_time_of_retraining_the_detector_is_told_within_a_factor(
    tmp_path, tmp_path_factory, monkeypatch
):
    base = tmp_path_factory.getbasetemp()
    resources = tiny_resources(base)
    monkeypatch.setattr(detectors, "resources_folder", lambda: resources)
    opened = Session.open(retraining_project(base, tmp_path / "project"), "A")
    plan = retraining_plan(opened, tiny_config(epochs=8))
    told = estimate(plan, never)
    started_s = time.perf_counter()
    plan.run(new_run_folder(opened.store.runs_folder, "detector"), lambda _: None, never)
    assert_near(told, time.perf_counter() - started_s)
    longer = retraining_plan(opened, tiny_config(epochs=8000))
    assert estimate(longer, never).seconds > 10 * told.seconds
    opened.close()


def test_what_is_still_to_be_cut_is_counted_and_kept(session):
    shape = PRETRAINING.volume_shape
    plan = pretrain_plan(session, PRETRAINING)
    series = {request.series.uid for request in plan.requests}
    assert uncut(session.store, plan.requests, shape) == plan.requests
    started_s = time.perf_counter()
    told_s = cutting_seconds(session.store, plan.requests, shape, never)
    tried_s = time.perf_counter() - started_s
    left = uncut(session.store, plan.requests, shape)
    assert len({request.series.uid for request in left}) == len(series) - 2
    started_s = time.perf_counter()
    cut_all(session.store, plan.requests, shape, lambda *_: None, never)
    took_s = time.perf_counter() - started_s
    assert took_s / _FACTOR < told_s < _FACTOR * (took_s + tried_s)
    assert cutting_seconds(session.store, plan.requests, shape, never) == 0


def test_the_same_network_is_measured_once(session):
    plan = pretrain_plan(session, PRETRAINING)
    estimate(plan, never)
    started_s = time.perf_counter()
    longer = pretrain_plan(session, PRETRAINING.model_copy(update={"epochs": 100, "seed": 4}))
    assert estimate(longer, never).seconds > 10
    assert time.perf_counter() - started_s < 1


def test_nobody_waits_for_a_measurement_that_is_not_wanted(session):
    started_s = time.perf_counter()
    with pytest.raises(CancelledError):
        estimate(pretrain_plan(session, PRETRAINING), lambda: True)
    assert time.perf_counter() - started_s < 2


def test_a_missing_device_is_said(session):
    plan = pretrain_plan(session, PRETRAINING.model_copy(update={"device": "mps"}))
    with pytest.raises(TrainingError, match=r"can't be told.*Apple GPU"):
        estimate(plan, never)


def test_of_what_cannot_start_nothing_is_told(session, tmp_path):
    assert measurement_of(lambda: predict_plan(session, tmp_path)) is None


@pytest.mark.parametrize(
    ("seconds", "bytes_", "is_gpu", "words"),
    [
        (3, 4.4e8, False, "About 10 s on this computer, 0.4 GB of memory."),
        (733, 8e8, False, "About 12 min on this computer, 0.8 GB of memory."),
        (7300, 6.25e9, True, "About 2 h 02 min on this computer, 6.2 GB of the GPU's memory."),
        (64, None, False, "About 60 s on this computer."),
    ],
)
def test_the_words_are_plain(seconds, bytes_, is_gpu, words):
    assert Estimate(seconds, bytes_, is_gpu).sentence() == words
