from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import nn

from spinegrader.errors import TrainingError
from spinegrader.model.averaging import WeightAverage
from spinegrader.model.checkpoint import Progress, TrainingState, load_checkpoint, save_checkpoint
from spinegrader.model.config import OptimiserConfig
from spinegrader.model.optimisers import build_optimiser, build_scheduler
from spinegrader.model.precision import compute_in, gradient_scaler, numbers_of, usable_precision
from spinegrader.model.run_log import RunLog
from spinegrader.model.step import Stepper
from spinegrader.model.task import PartLoss
from tests.model.model_samples import ignore

CPU, CUDA, MPS = torch.device("cpu"), torch.device("cuda"), torch.device("mps")


class Watching(nn.Module):
    """Notes the floats that its layer computes in."""

    def __init__(self, fails=False):
        super().__init__()
        self.layer = nn.Linear(4, 2)
        self.fails = fails
        self.seen = []

    def forward(self, given):
        found = self.layer(given)
        self.seen.append(found.dtype)
        if self.fails:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return {"first": found, "both": (found, Pair(found))}


@dataclass(frozen=True)
class Pair:
    found: torch.Tensor


def test_only_the_network_computes_in_brain_floats_and_what_it_gives_is_float32():
    network = Watching()
    compute_in(network, "bfloat16", CPU)
    found = network(torch.ones(3, 4))
    assert network.seen == [torch.bfloat16]
    assert found["first"].dtype == found["both"][0].dtype == torch.float32
    assert found["both"][1].found.dtype == torch.float32
    # What is computed outside of it, a loss say, is not rounded.
    assert (found["first"] @ found["first"].T).dtype == torch.float32
    found["first"].sum().backward()
    assert network.layer.weight.grad.dtype == network.layer.weight.dtype == torch.float32


def test_a_part_of_the_network_that_is_asked_alone_computes_so_too():
    network = Watching()
    compute_in(network, "bfloat16", CPU)
    given = torch.full((1, 4), 1 / 3)
    plain = torch.nn.functional.linear(given, network.layer.weight, network.layer.bias)
    found = network.layer(given)
    assert found.dtype == torch.float32
    assert not torch.equal(found, plain)
    torch.testing.assert_close(found, plain, rtol=0.05, atol=0.02)


def test_a_pass_that_memory_did_not_hold_leaves_nothing_behind():
    network = Watching(fails=True)
    compute_in(network, "bfloat16", CPU)
    with pytest.raises(torch.OutOfMemoryError):
        network(torch.ones(3, 4))
    assert not torch.is_autocast_enabled("cpu")


def test_float32_is_left_as_it_is():
    network = Watching()
    compute_in(network, "float32", CPU)
    network(torch.ones(3, 4))
    assert network.seen == [torch.float32]


def test_auto_follows_the_processor(monkeypatch):
    for told, wanted in ((True, torch.bfloat16), (False, torch.float32)):
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda told=told: told)
        monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
        assert numbers_of("auto", CPU) is wanted
    assert numbers_of("auto", MPS) is torch.float32


@pytest.mark.parametrize("device", [CPU, MPS])
def test_half_floats_are_for_cuda_only(device):
    with pytest.raises(TrainingError, match=r"Only an NVIDIA GPU.*float16.*choose “auto”"):
        numbers_of("float16", device)
    assert usable_precision("float16", device) == "auto"
    assert numbers_of("float16", CUDA) is torch.float16
    assert gradient_scaler("bfloat16", device) is None


# -- the scaler of half floats, which computes on the CPU too ---------------------------------


class Samples(list):
    def part(self, start, stop):
        return Samples(self[start:stop])


class Steep:
    """Its gradient, times the scaler's factor, is more than a float32 holds."""

    batches_per_epoch = 1

    def __init__(self, slope):
        self.network = nn.Linear(1, 1, bias=False)
        self.slope = slope

    def loss(self, batch):
        return PartLoss(self.network(torch.ones(len(batch), 1)).sum() * self.slope, {})


def stepper(folder, slope, first_scale=2.0**16):
    task = Steep(slope)
    config = OptimiserConfig(learning_rate=0.1, momentum=0, weight_decay=0, schedule="constant")
    optimiser = build_optimiser(config, task.network)
    scaler = torch.amp.GradScaler("cpu", init_scale=first_scale)
    scheduler = build_scheduler(config, optimiser, 1)
    numbers = np.random.default_rng(0)
    average = WeightAverage(task.network, 0)
    state = TrainingState(task.network, optimiser, scheduler, numbers, CPU, average, scaler)
    log = RunLog(folder, ignore)
    return task, state, Stepper(task, state, clip=1.0, largest_part=0, log=log)


def test_a_gradient_that_overflows_costs_a_step_and_no_more(tmp_path):
    task, state, steps = stepper(tmp_path, slope=1e35)
    before = task.network.weight.item()
    steps.step(Samples([1]), Progress())
    assert task.network.weight.item() == before
    assert state.scaler.get_scale() == 2.0**15
    task.slope = 1.0
    steps.step(Samples([1]), Progress())
    assert task.network.weight.item() == pytest.approx(before - 0.1, abs=1e-6)


def test_the_factor_is_that_of_the_checkpoint_after_a_resumption(tmp_path):
    _, state, steps = stepper(tmp_path, slope=1e35)
    steps.step(Samples([1]), Progress())
    save_checkpoint(tmp_path, state, Progress(epoch=1))
    _, fresh, _ = stepper(tmp_path, slope=1.0, first_scale=8.0)
    load_checkpoint(tmp_path, fresh)
    assert fresh.scaler.get_scale() == 2.0**15
