import dataclasses
import json
import os
import pickle
import sys
import threading
import time

import numpy as np
import pytest
import torch
from torch import nn

from spinegrader.durable import temporary_beside
from spinegrader.errors import CancelledError, TrainingError
from spinegrader.model.config import LoopConfig, OptimiserConfig
from spinegrader.model.events import BatchEvent, EpochEvent, FinishedEvent, MessageEvent
from spinegrader.model.loop import TrainingLoop
from spinegrader.model.pretrain import pretrain
from spinegrader.model.run_log import RunLog
from spinegrader.model.run_writer import WRITER, writing_process
from spinegrader.model.runs import EVENTS, LOG, read_card, read_events
from spinegrader.model.splits import split_subjects
from spinegrader.model.task import PartLoss
from tests.model.model_samples import STILL, ignore, never, pretrain_config, vertebrae


@dataclasses.dataclass
class Numbers:
    rows: np.ndarray
    whole: int

    def __len__(self):
        return len(self.rows)

    def part(self, start, stop):
        return Numbers(self.rows[start:stop], self.whole)


class LineTask:
    """Fits a line, on a device that holds only so many samples at once."""

    batches_per_epoch = 2

    def __init__(self, holds=1000, broken=False):
        self.network = nn.Linear(1, 1)
        self.holds = holds
        self.broken = broken
        self.sizes = []

    def batches(self, numbers):
        for _ in range(self.batches_per_epoch):
            yield Numbers(numbers.normal(size=16), 16)

    def loss(self, batch):
        self.sizes.append(len(batch))
        if len(batch) > self.holds:
            raise torch.OutOfMemoryError("CUDA out of memory")
        x = torch.from_numpy(batch.rows).float()[:, None]
        error = (self.network(x) - 3 * x).square().sum() / batch.whole
        return PartLoss(error * float("nan") if self.broken else error, {})

    def validate(self, check_stop):
        check_stop()
        return {}

    def score(self, train, validation):
        return (-(validation or train)["loss"],)


def line_loop(folder, events, task, optimiser=None, epochs=2, stop=never, **settings):
    torch.manual_seed(0)
    task.network.reset_parameters()
    folder.mkdir(exist_ok=True)
    return TrainingLoop(
        task,
        config=LoopConfig(
            optimiser=optimiser or OptimiserConfig(learning_rate=0.05, schedule="constant"),
            epochs=epochs,
            **({"precision": "float32"} | settings),
        ),
        seed=0,
        device=torch.device("cpu"),
        run_folder=folder,
        log=RunLog(folder, events.append),
        stop_requested=stop,
    )


def test_too_little_memory_halves_the_parts_and_changes_nothing_else(tmp_path):
    events, curves = [], []
    for name, holds in (("small", 5), ("large", 1000)):
        task = LineTask(holds)
        loop = line_loop(tmp_path / name, events, task)
        loop.resume()
        assert loop.run(lambda: None) is False
        curves.append([event.train["loss"] for event in loop.progress.history])
        if name == "small":
            assert loop.progress.part_size == 4
            assert max(task.sizes[3:]) <= 4  # 16 and 8 were tried once
    assert curves[0] == pytest.approx(curves[1], rel=1e-4)
    told = [event.text for event in events if isinstance(event, MessageEvent)]
    assert len(told) == 2
    assert "taken 4 at a time" in told[1]


def test_memory_for_not_even_one_sample_is_told(tmp_path):
    loop = line_loop(tmp_path / "run", [], LineTask(holds=0))
    loop.resume()
    with pytest.raises(TrainingError, match="doesn't hold even one"):
        loop.run(lambda: None)


def test_a_loss_that_is_no_number_is_told_and_weights_stay_finite(tmp_path):
    task = LineTask(broken=True)
    loop = line_loop(tmp_path / "run", [], task)
    loop.resume()
    with pytest.raises(TrainingError, match=r"epoch 1, batch 1.*lower than 0\.05"):
        loop.run(lambda: None)
    assert all(torch.isfinite(weights).all() for weights in task.network.parameters())


@pytest.mark.parametrize("kind", ["sgd", "adamw"])
@pytest.mark.parametrize("schedule", ["plateau", "cosine", "constant"])
def test_optimiser_and_schedule_go_on_where_they_were(tmp_path, kind, schedule):
    optimiser = OptimiserConfig(
        kind=kind, schedule=schedule, learning_rate=0.05, plateau_epochs=1, warm_up_epochs=1
    )
    whole = line_loop(tmp_path / "whole", [], LineTask(), optimiser, epochs=6)
    whole.resume()
    whole.run(lambda: None)
    for _ in range(6):  # a new process for every epoch
        loop = line_loop(tmp_path / "pieces", [], LineTask(), optimiser, epochs=6)
        loop.resume()
        done = loop.progress.epoch
        loop._stop_requested = lambda loop=loop, done=done: loop.progress.epoch > done
        loop.run(lambda: None)
    curve = [event.train for event in whole.progress.history]
    assert [event.train for event in loop.progress.history] == curve


def test_time_spent_paused_is_none_of_the_training(tmp_path):
    asked = []

    def paused_once():
        asked.append(1)
        if len(asked) == 3:  # within the first epoch
            time.sleep(0.5)
        return False

    loop = line_loop(tmp_path / "run", [], LineTask(), stop=paused_once)
    loop.resume()
    loop.run(lambda: None)
    first, last = loop.progress.history
    assert last.elapsed_s < 0.4
    assert first.remaining_s < 0.4
    assert first.samples_per_s > 32 / 0.4


def test_each_epoch_tells_speed_and_memory(tmp_path):
    loop = line_loop(tmp_path / "run", [], LineTask())
    loop.resume()
    loop.run(lambda: None)
    for event in loop.progress.history:
        assert event.samples_per_s > 0
        if sys.platform != "win32":
            assert 1e7 < event.memory_bytes < 1e12
        assert event.gpu_memory_bytes is None
    again = line_loop(tmp_path / "run", [], LineTask())
    again.resume()
    assert again.progress.history == loop.progress.history


# -- with a real network ----------------------------------------------------------------------


def train(folder, events=None, stop=never, **changes):
    data = vertebrae(8)
    emit = (ignore) if events is None else events.append
    split = split_subjects(data.subjects)
    return pretrain(pretrain_config(**changes), data, split, folder, emit, stop)


def curve(folder):
    epochs = {event.epoch: event for event in read_events(folder) if isinstance(event, EpochEvent)}
    return [(event.train, event.validation) for _, event in sorted(epochs.items())]


def test_no_thread_is_left_behind_and_a_cancelled_run_says_nothing_more(tmp_path):
    before = set(threading.enumerate())
    events = []

    def cancelled():
        if any(isinstance(event, BatchEvent) for event in events):
            raise CancelledError("cancelled")
        return False

    with pytest.raises(CancelledError):
        train(tmp_path / "run", events, cancelled)
    assert not any(isinstance(event, FinishedEvent) for event in events)
    train(tmp_path / "other", epochs=1)
    assert set(threading.enumerate()) == before


def test_who_writes_a_run_is_noted(tmp_path):
    folder = tmp_path / "run"
    assert writing_process(folder) is None
    train(folder, epochs=1)
    assert writing_process(folder) == os.getpid()
    (folder / WRITER).write_text(json.dumps({"process": os.getpid(), "computer": "another"}))
    assert writing_process(folder) is None
    (folder / WRITER).write_text("{")
    assert writing_process(folder) is None


class Killed(BaseException):
    """Stands for the end of the process: nothing of the run may handle it."""


def test_a_killed_run_goes_on_to_the_same_curve_bit_for_bit(tmp_path):
    whole = train(tmp_path / "whole")
    seen = []

    def kill(event):
        seen.append(event)
        if isinstance(event, BatchEvent) and (event.epoch, event.batch) == (3, 1):
            raise Killed

    data = vertebrae(8)
    split = split_subjects(data.subjects)
    with pytest.raises(Killed):
        pretrain(pretrain_config(), data, split, tmp_path / "killed", kill, never)
    with (tmp_path / "killed" / EVENTS).open("a") as stream:
        stream.write('{"event": "epoch", "epo')  # half a line, as a kill leaves it
    half_written = temporary_beside(tmp_path / "killed" / "model.safetensors")
    half_written.write_bytes(b"half a file")
    resumed = train(tmp_path / "killed")
    assert not half_written.exists()
    assert curve(tmp_path / "killed") == curve(tmp_path / "whole")
    assert resumed.metrics == whole.metrics
    weights = [tmp_path / name / "model.safetensors" for name in ("killed", "whole")]
    assert weights[0].read_bytes() == weights[1].read_bytes()


def test_a_stop_is_followed_within_one_batch_and_keeps_the_checkpoint(tmp_path):
    events = []

    def stop():
        return any(isinstance(event, BatchEvent) and event.epoch == 2 for event in events)

    result = train(tmp_path / "run", events, stop)
    assert result.stopped_early
    assert result.epochs_done == 1
    assert sum(isinstance(event, BatchEvent) and event.epoch == 2 for event in events) == 1
    assert isinstance(events[-1], FinishedEvent)
    assert events[-1].state == read_card(tmp_path / "run").state == "stopped"
    resumed = train(tmp_path / "run")
    assert resumed.epochs_done == 3
    train(tmp_path / "whole")
    assert curve(tmp_path / "run") == curve(tmp_path / "whole")


def test_a_stop_before_the_first_epoch_leaves_a_run_to_go_on_with(tmp_path):
    result = train(tmp_path / "run", stop=lambda: True)
    assert (result.epochs_done, result.stopped_early, result.metrics) == (0, True, {})
    assert train(tmp_path / "run", epochs=1).epochs_done == 1


def test_events_reach_file_and_listener_as_plain_numbers(tmp_path):
    events = []
    train(tmp_path / "run", events)
    kept = read_events(tmp_path / "run")
    assert [event for event in events if not isinstance(event, BatchEvent)] == [
        event for event in kept if not isinstance(event, BatchEvent)
    ]
    for event in events:
        if isinstance(event, EpochEvent):
            numbers = [*event.train.values(), *event.validation.values(), event.elapsed_s]
            assert {type(number) for number in numbers} == {float}
    lines = (tmp_path / "run" / LOG).read_text().splitlines()
    assert len(lines) == 1 + 3


def test_torch_is_left_as_it_was(tmp_path):
    torch.manual_seed(123)
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    train(tmp_path / "run", epochs=1)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_num_threads() == threads


def test_other_settings_or_data_are_no_resumption(tmp_path):
    train(tmp_path / "run", epochs=1)
    with pytest.raises(TrainingError, match="other settings"):
        train(tmp_path / "run", epochs=1, margin=0.5)
    data = vertebrae(9)
    split = split_subjects(data.subjects)
    with pytest.raises(TrainingError, match="data have changed"):
        pretrain(pretrain_config(), data, split, tmp_path / "run", ignore, never)


def damage(folder, how):
    path = next(folder.glob("checkpoint-*.safetensors"))
    if how == "truncated":
        path.write_bytes(path.read_bytes()[:-8])
    elif how == "bit":
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)
    elif how == "missing":
        path.unlink()
    elif how == "json":
        (folder / "checkpoint.json").write_text('{"tensors": ')
    elif how == "field":
        content = json.loads((folder / "checkpoint.json").read_text())
        del content["numbers"]
        (folder / "checkpoint.json").write_text(json.dumps(content))


@pytest.mark.parametrize("how", ["truncated", "bit", "missing", "json", "field"])
def test_a_bad_checkpoint_is_refused(tmp_path, how):
    train(tmp_path / "run", epochs=1)
    damage(tmp_path / "run", how)
    with pytest.raises(TrainingError, match="run"):
        train(tmp_path / "run", epochs=2)


class Trap:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was opened",))


@pytest.mark.parametrize("writer", ["pickle", "torch"])
def test_a_pickle_is_refused_unopened(tmp_path, writer):
    train(tmp_path / "run", epochs=1)
    path = next((tmp_path / "run").glob("checkpoint-*.safetensors"))
    if writer == "pickle":
        path.write_bytes(pickle.dumps(Trap()))
    else:
        torch.save({"trap": Trap()}, path)
    with pytest.raises(TrainingError, match="pickle"):
        train(tmp_path / "run", epochs=2)


def test_a_missing_device_is_told(tmp_path):
    if torch.cuda.is_available():
        pytest.skip("this computer has the device")
    with pytest.raises(TrainingError, match="no usable NVIDIA GPU"):
        train(tmp_path / "run", device="cuda")


def test_a_failed_run_says_so(tmp_path):
    events = []
    with pytest.raises(TrainingError, match="learning rate"):
        train(
            tmp_path / "run",
            events,
            augment=STILL,
            unit_embedding=False,
            optimiser=OptimiserConfig(learning_rate=1e30, clip_gradient_norm=1e30),
        )
    assert read_card(tmp_path / "run").state == "failed"
    assert "learning rate" in events[-1].message
