import dataclasses

import numpy as np
import pytest
import torch

from spinegrader.errors import TrainingError
from spinegrader.model.events import EpochEvent, MessageEvent
from spinegrader.model.finetune import finetune
from spinegrader.model.origins import open_run
from spinegrader.model.predict import load_grader
from spinegrader.model.pretrain import pretrain
from spinegrader.model.runs import read_card
from spinegrader.model.splits import Part, split_subjects, subjects_in
from tests.model.model_samples import (
    discs,
    finetune_config,
    ignore,
    never,
    pretrain_config,
    vertebrae,
)


def train(data, folder, split=None, start_from=None, events=None, **changes):
    emit = (ignore) if events is None else events.append
    split = split or split_subjects(data.subjects)
    return finetune(finetune_config(**changes), data, split, folder, start_from, emit, never)


def messages(events):
    return " ".join(event.text for event in events if isinstance(event, MessageEvent))


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory):
    data = vertebrae(8)
    folder = tmp_path_factory.mktemp("runs") / "pretrained"
    split = split_subjects(data.subjects)
    pretrain(pretrain_config(epochs=1), data, split, folder, ignore, never)
    return folder


def test_grades_are_learnt_and_predicted(tmp_path):
    data = discs(24)
    result = train(data, tmp_path / "run", epochs=15)
    assert result.metrics["mean_class_accuracy"] > 0.6
    test = result.agreement["pfirrmann"]
    assert test.mean_class_accuracy > 0.5  # chance is 0.25
    assert sum(map(sum, test.confusion)) == test.n
    grader = load_grader(tmp_path / "run", device="cpu")
    found = grader.predict(data.volumes)
    assert grader.gradings == ("pfirrmann", "modic")
    assert grader.class_values["pfirrmann"] == (1, 2, 3, 4)
    assert grader.weights_sha256 == read_card(tmp_path / "run").weights_sha256
    np.testing.assert_allclose(found["modic"].sum(axis=1), 1)
    known = data.labels["pfirrmann"] >= 0
    right = found["pfirrmann"].argmax(axis=1)[known] == data.labels["pfirrmann"][known]
    assert right.mean() > 0.6
    assert len(grader.predict(data.volumes[:0])["modic"]) == 0
    with pytest.raises(TrainingError, match="cut them again"):
        grader.predict(data.volumes[:, :, :12])


@pytest.mark.parametrize(
    ("freeze", "kept"),
    [("conv", "backbone.convolutions."), ("all-but-heads", "backbone."), ("none", "")],
)
def test_frozen_layers_keep_the_pretrained_weights(tmp_path, pretrained, freeze, kept):
    train(discs(8), tmp_path / "run", start_from=pretrained, freeze=freeze, epochs=1)
    before, after = open_run(pretrained).weights, open_run(tmp_path / "run").weights
    for name in after:
        if name.startswith("backbone.") and name.endswith("weight"):
            same = torch.equal(before[name], after[name])
            assert same == bool(kept and name.startswith(kept)), name
    if kept:  # the statistics of normalisation belong to what is frozen
        frozen = [name for name in after if "running" in name]
        assert frozen
        assert all(torch.equal(before[name], after[name]) for name in frozen)


def test_test_subjects_that_pretraining_saw_train_now(tmp_path, pretrained):
    data = discs(8)
    seen = open_run(pretrained).seen_subjects
    (chosen, *_) = sorted(seen)
    split = split_subjects(data.subjects) | {chosen: Part.TEST}
    events = []
    train(data, tmp_path / "run", split, pretrained, events, epochs=1)
    card = read_card(tmp_path / "run")
    assert chosen in card.subjects["train"]
    assert not seen & set(card.subjects["test"])
    assert card.start_from.name == "pretrained"
    assert "1 test subjects were seen" in messages(events)


def test_the_network_is_that_of_the_run_started_from(tmp_path, pretrained):
    wider = finetune_config().backbone.model_copy(update={"embedding": 24})
    events = []
    train(discs(8), tmp_path / "run", None, pretrained, events, backbone=wider, epochs=1)
    assert read_card(tmp_path / "run").settings["backbone"]["embedding"] == 16
    assert "is built as" in messages(events)


def test_missing_labels_do_not_train(tmp_path):
    data = discs(8, missing=0)
    labels = {name: values.copy() for name, values in data.labels.items()}
    rows = [row for row in range(len(data.subjects)) if row % 2]
    for values in labels.values():
        values[rows] = -1
    ungraded = dataclasses.replace(data, labels=labels)
    noise = data.volumes.copy()
    noise[rows] = np.random.default_rng(1).random(noise[rows].shape)
    replaced = dataclasses.replace(ungraded, volumes=noise)
    curves = []
    for number, its in enumerate((ungraded, replaced)):
        events = []
        train(its, tmp_path / str(number), events=events, epochs=1)
        curves.append([event.train for event in events if isinstance(event, EpochEvent)])
    assert curves[0] == curves[1]


def test_gradings_can_be_chosen(tmp_path):
    train(discs(8), tmp_path / "run", gradings=("modic",), epochs=1)
    assert load_grader(tmp_path / "run", "cpu").gradings == ("modic",)
    with pytest.raises(TrainingError, match="no grading “height”"):
        train(discs(8), tmp_path / "other", gradings=("height",))


def test_too_few_grades_are_told(tmp_path):
    with pytest.raises(TrainingError, match=r"at least 3 subjects.*there are 1"):
        train(discs(1), tmp_path / "one")
    data = discs(8)
    constant = {name: np.where(values > 0, 0, values) for name, values in data.labels.items()}
    with pytest.raises(TrainingError, match="different classes"):
        train(dataclasses.replace(data, labels=constant), tmp_path / "constant")


def test_a_grading_of_one_class_is_left_out_and_it_is_said(tmp_path):
    data = discs(8)
    labels = dict(data.labels) | {"modic": np.zeros_like(data.labels["modic"])}
    events = []
    train(dataclasses.replace(data, labels=labels), tmp_path / "run", events=events, epochs=1)
    assert "“modic” isn't learnt" in messages(events)
    assert tuple(read_card(tmp_path / "run").gradings) == ("pfirrmann",)


def test_grades_of_training_subjects_alone_give_no_test_figure(tmp_path):
    data = discs(6)
    split = split_subjects(data.subjects)
    train_rows = [name in subjects_in(split, Part.TRAIN) for name in data.subjects]
    labels = {name: np.where(train_rows, values, -1) for name, values in data.labels.items()}
    events = []
    result = train(
        dataclasses.replace(data, labels=labels), tmp_path / "run", split, events=events, epochs=1
    )
    assert result.metrics["test_mean_class_accuracy"] is None
    assert result.metrics["mean_class_accuracy"] is None
    assert "no figure on unseen subjects" in messages(events)


def test_a_finetuning_goes_on_after_a_stop(tmp_path, pretrained):
    data = discs(8)
    split = split_subjects(data.subjects)
    before = []

    def after_one_epoch():
        return any(isinstance(event, EpochEvent) for event in before)

    finetune(
        finetune_config(),
        data,
        split,
        tmp_path / "stopped",
        pretrained,
        before.append,
        after_one_epoch,
    )
    curves = []
    for name in ("whole", "stopped"):
        events = []
        train(data, tmp_path / name, split, pretrained, events)
        epochs = [event for event in events if isinstance(event, EpochEvent)]
        curves.append([(event.epoch, event.train, event.validation) for event in epochs])
    assert sum(isinstance(event, EpochEvent) for event in before) == 1
    assert curves[0] == curves[1]
    assert len(curves[0]) == 3


def test_wrong_runs_to_start_from_are_refused(tmp_path, pretrained):
    with pytest.raises(TrainingError, match="no fine-tuning"):
        load_grader(pretrained)
    pickled = tmp_path / "weights.pt"
    torch.save({"weights": torch.zeros(1)}, pickled)
    with pytest.raises(TrainingError, match="pickle"):
        train(discs(8), tmp_path / "run", start_from=pickled)
    train(discs(8), tmp_path / "run", epochs=1)
    with pytest.raises(TrainingError, match="no pre-training"):
        train(discs(8), tmp_path / "second", start_from=tmp_path / "run")
    weights = tmp_path / "run" / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(TrainingError, match="damaged or was changed"):
        load_grader(tmp_path / "run")
