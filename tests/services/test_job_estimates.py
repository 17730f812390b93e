"""What a training is said to take, beside what it takes."""

import time

import pytest

from spinegrader.errors import CancelledError, TrainingError
from spinegrader.model.runs import new_run_folder
from spinegrader.services import job_estimates
from spinegrader.services.job_estimates import (
    Estimate,
    estimate,
    finetune_cost,
    pretrain_cost,
    steps_of,
)
from spinegrader.services.session import Session
from tests.gui.cohort_project import project
from tests.services.test_job_settings import FINETUNING, PRETRAINING

__all__ = ["project"]

_FACTOR = 5
"""The machine that runs tests does other things, too."""


@pytest.fixture
def session(project):
    opened = Session.open(project, "A")
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.setattr(job_estimates, "_known", {})


def never():
    return False


def run_of(plan, store, kind):
    """A real training; the steps of its first epoch, and its time."""
    told = []
    result = plan.run(new_run_folder(store.runs_folder, kind), told.append, never)
    steps = max(item.batches for item in told if hasattr(item, "batches"))
    return steps, result.elapsed_s


@pytest.mark.parametrize("kind", ["pretrain", "finetune"])
def test_time_is_told_within_a_factor_and_steps_exactly(session, kind):
    if kind == "pretrain":
        plan = pretrain_cost(session, PRETRAINING.model_copy(update={"epochs": 12}))
    else:
        plan = finetune_cost(session, FINETUNING.model_copy(update={"epochs": 12}), None)
    told = estimate(plan, never)
    steps, took_s = run_of(plan, session.store, kind)
    assert steps_of(plan)[0] == steps
    assert took_s / _FACTOR < told.seconds < took_s * _FACTOR + 5
    assert 1e8 < told.memory_bytes < 2e9


def test_the_same_network_is_measured_once(session):
    plan = pretrain_cost(session, PRETRAINING)
    estimate(plan, never)
    started_s = time.perf_counter()
    longer = pretrain_cost(session, PRETRAINING.model_copy(update={"epochs": 100, "seed": 4}))
    assert estimate(longer, never).seconds > 10
    assert time.perf_counter() - started_s < 1


def test_nobody_waits_for_a_measurement_that_is_not_wanted(session):
    started_s = time.perf_counter()
    with pytest.raises(CancelledError):
        estimate(pretrain_cost(session, PRETRAINING), lambda: True)
    assert time.perf_counter() - started_s < 2


def test_a_missing_device_is_said(session):
    plan = pretrain_cost(session, PRETRAINING.model_copy(update={"device": "mps"}))
    with pytest.raises(TrainingError, match=r"can't be told.*Apple GPU"):
        estimate(plan, never)


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
    assert Estimate(seconds, bytes_, "CPU", is_gpu).sentence() == words
