import json

import pytest
import torch

from spinegrader.model.events import EpochEvent
from spinegrader.model.runs import WEIGHTS, read_card, read_events
from spinegrader.model.tensors import read_tensors
from tests.model.several_processes import (
    COMPARING_BATCHES,
    SHARES,
    failing_in_the_midst,
    finetuned,
    gradients_of,
    pretrained,
    run_both,
    sample_batch,
    small_network,
)


@pytest.fixture(scope="module")
def together(tmp_path_factory):
    """Where two processes have done all their jobs."""
    place = tmp_path_factory.mktemp("together")
    run_both(place)
    return place


def outcome(together, job, number):
    found = json.loads((together / f"{job}-{number}.json").read_text())
    assert "unexpected" not in (found or {}), found["unexpected"]
    return found


def curve(folder):
    epochs = {event.epoch: event for event in read_events(folder) if isinstance(event, EpochEvent)}
    return [
        {f"train {name}": value for name, value in event.train.items()}
        | {f"validation {name}": value for name, value in event.validation.items()}
        for _, event in sorted(epochs.items())
    ]


def weights(folder):
    return read_tensors(folder / WEIGHTS, read_card(folder).weights_sha256)


def assert_same_training(one, other):
    assert read_card(one).best_epoch == read_card(other).best_epoch
    for mine, theirs in zip(curve(one), curve(other), strict=True):
        assert mine == pytest.approx(theirs, rel=2e-5, abs=1e-6)
    assert weights(one).keys() == weights(other).keys()
    for name, tensor in weights(one).items():
        torch.testing.assert_close(tensor, weights(other)[name], rtol=1e-3, atol=1e-5)


def test_layers_and_gradients_are_those_of_the_whole_batch(together):
    network = small_network()
    loss, given = gradients_of(network, sample_batch(), slice(0, sum(SHARES)))
    found = [outcome(together, "layers", number) for number in (0, 1)]
    assert found[0]["loss"] + found[1]["loss"] == pytest.approx(loss.item(), rel=1e-5)
    assert [its["first_row"] for its in found] == [0, SHARES[0]]
    joined = torch.tensor(found[0]["given"] + found[1]["given"])
    torch.testing.assert_close(joined, given, rtol=1e-4, atol=1e-5)
    for its in found:
        assert its["names"] == list(network.state_dict())
        for name, tensor in network.named_parameters():
            torch.testing.assert_close(
                torch.tensor(its["gradients"][name]), tensor.grad, rtol=1e-4, atol=1e-5
            )
        for name, tensor in network.named_buffers():
            torch.testing.assert_close(torch.tensor(its["state"][name]), tensor)


def test_two_processes_pretrain_as_one_does(together, tmp_path):
    alone = pretrained(tmp_path / "alone")
    first, second = (outcome(together, "trainings", number) for number in (0, 1))
    assert first["epochs"] == second["epochs"] == alone.epochs_done == 2
    assert_same_training(together / "pretrain", tmp_path / "alone")
    assert read_card(together / "pretrain").device.processes == 2
    assert first["heard"] > 0
    assert second["heard"] == 0


def test_two_processes_finetune_as_one_does(together, tmp_path):
    finetuned(tmp_path / "alone")
    assert_same_training(together / "finetune", tmp_path / "alone")


def test_parts_of_one_in_two_processes_are_parts_of_two_in_one(together, tmp_path):
    pretrained(tmp_path / "alone", largest_part=2)
    assert_same_training(together / "parts", tmp_path / "alone")


@pytest.mark.parametrize("objective", COMPARING_BATCHES)
def test_objectives_that_compare_batches_compare_those_of_both(together, tmp_path, objective):
    pretrained(tmp_path / "alone", objective=objective)
    assert_same_training(together / objective, tmp_path / "alone")


def test_what_two_began_goes_on_to_the_same_curve(together):
    assert outcome(together, "begun_and_gone_on_with", 0) is None
    assert curve(together / "resumed") == curve(together / "pretrain")


def test_a_checkpoint_of_two_is_one_of_one(together, tmp_path):
    (tmp_path / "run").mkdir()
    for path in (together / "pretrain").iterdir():
        (tmp_path / "run" / path.name).write_bytes(path.read_bytes())
    assert pretrained(tmp_path / "run", epochs=4).epochs_done == 4


def test_a_stop_in_either_stops_both_within_one_batch(together):
    for number in (0, 1):
        assert outcome(together, "stopped_by_the_second", number)["stopped"]
    # Asked before the first batch and behind each: the fourth time is behind the third.
    assert outcome(together, "stopped_by_the_second", 0)["batches"] == 3
    assert read_card(together / "stopped").state == "stopped"


def test_too_little_memory_in_one_of_several_names_the_option_that_helps(together):
    for number in (0, 1):
        told = outcome(together, "out_of_memory", number)["error"]
        assert "didn't hold 3 samples at once: train with --largest-part 2." in told


def test_a_failure_in_one_ends_the_other_with_its_reason(together):
    assert outcome(together, "failing_in_the_second", 1)["error"] == "The second one fails."
    told = outcome(together, "failing_in_the_second", 0)["error"]
    assert told == "Another process of the training ended: The second one fails."
    assert read_card(together / "failing").state == "failed"


def test_a_failure_in_the_midst_of_a_step_ends_the_other_too(tmp_path):
    run_both(tmp_path, (failing_in_the_midst,))
    assert outcome(tmp_path, "failing_in_the_midst", 0)["error"] == "The first one fails."
    told = outcome(tmp_path, "failing_in_the_midst", 1)["error"]
    assert told.startswith("Another process of the training ended:")


def test_a_killed_process_ends_the_other(together):
    told = outcome(together, "killed_in_the_second", 0)["error"]
    assert "Another process of the training ended: It was ended from outside" in told
    assert not (together / "killed_in_the_second-1.json").exists()
