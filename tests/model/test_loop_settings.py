"""What the loop's settings do: patience, parts, precision, and runs from before they existed."""

import json

import pytest
import torch

from spinegrader.errors import TrainingError
from spinegrader.model.backbones import Backbone
from spinegrader.model.config import OptimiserConfig
from spinegrader.model.events import BatchEvent, EpochEvent, MessageEvent
from spinegrader.model.pretrain import pretrain
from spinegrader.model.runs import CONFIG, read_card
from spinegrader.model.splits import Part, split_subjects
from tests.model.model_samples import ignore, never, pretrain_config, vertebrae
from tests.model.test_model_loop import Killed, LineTask, curve, line_loop, train

STUCK = OptimiserConfig(learning_rate=1e-12, weight_decay=0, schedule="constant")


def told(events):
    return [event.text for event in events if isinstance(event, MessageEvent)]


# -- patience ---------------------------------------------------------------------------------


class NoBetter(LineTask):
    """Is at its best in the second epoch."""

    def __init__(self):
        super().__init__()
        self.validated = 0

    def validate(self, check_stop):
        check_stop()
        self.validated += 1
        return {"loss": {1: 2.0, 2: 1.0}.get(self.validated, 3.0)}


def test_without_gain_it_ends_after_the_patience_that_was_set(tmp_path):
    task = NoBetter()
    loop = line_loop(tmp_path / "run", [], task, epochs=50, patience_epochs=3)
    loop.resume()
    assert loop.run(lambda: None) is False
    assert [event.is_best for event in loop.progress.history] == [True, True, False, False, False]
    assert "none of the last 3 epochs was better than epoch 2" in loop.why_ended().text
    again = line_loop(tmp_path / "run", [], task, epochs=50, patience_epochs=3)
    again.resume()
    assert again.run(lambda: pytest.fail("it trained on")) is False
    assert again.why_ended() == loop.why_ended()


def test_a_run_says_why_it_ended(tmp_path):
    early, full = [], []
    result = train(tmp_path / "early", early, epochs=30, patience_epochs=2, optimiser=STUCK)
    assert not result.stopped_early
    assert 3 <= result.epochs_done < 30
    assert "It ended after epoch" in told(early)[-1]
    assert read_card(tmp_path / "early").state == "finished"
    train(tmp_path / "full", full, epochs=2)
    assert told(full)[-1].startswith("All 2 epochs were made")
    resumed = []
    train(tmp_path / "early", resumed, epochs=30, patience_epochs=2, optimiser=STUCK)
    assert told(resumed)[-1] == told(early)[-1]
    assert not any(isinstance(event, BatchEvent) for event in resumed)
    # More patience, or none, lets it go on.
    more = result.epochs_done + 1
    assert train(tmp_path / "early", epochs=more, optimiser=STUCK).epochs_done == more


# -- parts and memory -------------------------------------------------------------------------


def test_no_more_samples_are_worked_off_at_once_than_was_set(tmp_path):
    curves = []
    for largest in (0, 5):
        task = LineTask()
        loop = line_loop(tmp_path / str(largest), [], task, largest_part=largest)
        loop.resume()
        loop.run(lambda: None)
        assert max(task.sizes) == (largest or 16)
        curves.append([event.train["loss"] for event in loop.progress.history])
    assert curves[0] == pytest.approx(curves[1], rel=1e-4)


def few_at_once(monkeypatch, holds):
    """A device that holds only so many volumes where no gradients are needed."""
    sizes = []
    plain = Backbone.forward

    def forward(network, volumes):
        if torch.is_inference_mode_enabled():
            sizes.append(len(volumes))
            if len(volumes) > holds:
                raise torch.OutOfMemoryError("CUDA out of memory")
        return plain(network, volumes)

    monkeypatch.setattr(Backbone, "forward", forward)
    return sizes


def with_held_out(folder, events=None, **changes):
    data = vertebrae(10)
    names = sorted(set(data.subjects))
    split = dict.fromkeys(names, Part.TRAIN) | dict.fromkeys(names[:3], Part.VALIDATION)
    split |= dict.fromkeys(names[3:6], Part.TEST)
    emit = ignore if events is None else events.append
    return pretrain(pretrain_config(**changes), data, split, folder, emit, never)


def test_validation_and_test_volumes_are_looked_at_in_smaller_chunks(tmp_path, monkeypatch):
    plain = with_held_out(tmp_path / "plain", epochs=2)
    sizes, events = few_at_once(monkeypatch, holds=5), []
    result = with_held_out(tmp_path / "small", events, epochs=2)
    assert sizes[:3] == [16, 8, 4]
    assert max(sizes[3:]) == 4  # it is remembered in the epochs that follow, and at the end
    assert [text for text in told(events) if "4 at a time" in text]
    assert result.metrics == pytest.approx(plain.metrics, rel=1e-3)


def test_memory_for_not_even_one_validation_volume_is_told(tmp_path, monkeypatch):
    few_at_once(monkeypatch, holds=0)
    with pytest.raises(TrainingError, match="doesn't hold even one"):
        with_held_out(tmp_path / "run", epochs=1)


# -- going on ---------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", [{"precision": "bfloat16"}, {"largest_part": 5}])
def test_a_killed_run_goes_on_bit_for_bit_with_any_settings(tmp_path, changes):
    train(tmp_path / "whole", **changes)

    def kill(event):
        if isinstance(event, BatchEvent) and (event.epoch, event.batch) == (2, 1):
            raise Killed

    data = vertebrae(8)
    split = split_subjects(data.subjects)
    with pytest.raises(Killed):
        pretrain(pretrain_config(**changes), data, split, tmp_path / "killed", kill, never)
    train(tmp_path / "killed", **changes)
    assert curve(tmp_path / "killed") == curve(tmp_path / "whole")
    weights = [tmp_path / name / "model.safetensors" for name in ("killed", "whole")]
    assert weights[0].read_bytes() == weights[1].read_bytes()


def test_the_precision_changes_the_curve_a_little(tmp_path):
    for precision in ("float32", "bfloat16"):
        train(tmp_path / precision, epochs=1, precision=precision)
    exact, rounded = (curve(tmp_path / name)[0][0]["loss"] for name in ("float32", "bfloat16"))
    assert exact != rounded
    assert exact == pytest.approx(rounded, rel=0.05)


def test_half_floats_are_refused_before_anything_is_written(tmp_path):
    with pytest.raises(TrainingError, match="float16"):
        train(tmp_path / "run", precision="float16")
    assert not (tmp_path / "run").exists()


def test_a_run_from_before_these_settings_goes_on(tmp_path):
    folder = tmp_path / "run"
    train(folder, epochs=1)
    settings = json.loads((folder / CONFIG).read_text())
    for name in ("precision", "patience_epochs", "largest_part", "tensorboard", "objective"):
        del settings[name]
    (folder / CONFIG).write_text(json.dumps(settings))
    checkpoint = json.loads((folder / "checkpoint.json").read_text())
    del checkpoint["scaler"], checkpoint["chunk_size"]
    for event in checkpoint["history"]:
        del event["learning_rate"]
    (folder / "checkpoint.json").write_text(json.dumps(checkpoint))
    events = []
    assert train(folder, events, epochs=2).epochs_done == 2
    rates = [event.learning_rate for event in events if isinstance(event, EpochEvent)]
    assert rates == [None, 3e-3]
    settings["margin"] = 0.25
    (folder / CONFIG).write_text(json.dumps(settings))
    with pytest.raises(TrainingError, match="other settings"):
        train(folder, epochs=3)
