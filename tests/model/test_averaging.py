"""Averages of weights: what they are, when they are in use, and that a kill loses nothing."""

import pytest
import torch
from torch import nn

from spinegrader.model.averaging import WeightAverage
from spinegrader.model.events import BatchEvent
from spinegrader.model.pretrain import pretrain
from spinegrader.model.splits import split_subjects
from tests.model.model_samples import never, pretrain_config, vertebrae
from tests.model.test_model_loop import Killed, curve, train


def test_the_average_follows_the_formula_and_leaves_the_network_alone():
    network = nn.Sequential(nn.Linear(1, 1, bias=False), nn.BatchNorm1d(1))
    average = WeightAverage(network, 0.9)
    wanted = network[0].weight.item()
    for step, value in enumerate((1.0, 4.0, -2.0, 3.0), start=1):
        with torch.no_grad():
            network[0].weight.fill_(value)
            network[1].running_mean.fill_(value)
            network[1].num_batches_tracked.fill_(step)
        average.update()
        decay = min(0.9, (1 + step) / (10 + step))
        wanted = decay * wanted + (1 - decay) * value
    with average.in_use():
        assert network[0].weight.item() == pytest.approx(wanted, rel=1e-5)
        assert 0 < network[1].running_mean.item() < 3
        assert network[1].num_batches_tracked == 4
    assert network[0].weight.item() == 3.0
    assert network[1].running_mean.item() == 3.0


def test_without_a_decay_nothing_is_averaged():
    network = nn.Linear(1, 1)
    average = WeightAverage(network, 0)
    average.update()
    with average.in_use():
        assert average.state() == (0, {})


def test_a_killed_run_with_an_average_goes_on_bit_for_bit(tmp_path):
    train(tmp_path / "whole", average_decay=0.9)
    train(tmp_path / "plain")

    def kill(event):
        if isinstance(event, BatchEvent) and (event.epoch, event.batch) == (3, 1):
            raise Killed

    data = vertebrae(8)
    split = split_subjects(data.subjects)
    config = pretrain_config(average_decay=0.9)
    with pytest.raises(Killed):
        pretrain(config, data, split, tmp_path / "killed", kill, never)
    train(tmp_path / "killed", average_decay=0.9)
    assert curve(tmp_path / "killed") == curve(tmp_path / "whole")
    weights = [tmp_path / name / "model.safetensors" for name in ("killed", "whole", "plain")]
    assert weights[0].read_bytes() == weights[1].read_bytes() != weights[2].read_bytes()
