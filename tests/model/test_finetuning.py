import dataclasses
import json

import numpy as np
import pytest
import torch

from spinegrader.errors import TrainingError
from spinegrader.model.calibration import expected_calibration_error
from spinegrader.model.devices import run_environment
from spinegrader.model.events import EpochEvent, MessageEvent
from spinegrader.model.finetune import FinetunePlan, finetune
from spinegrader.model.origins import open_run
from spinegrader.model.predict import load_grader
from spinegrader.model.pretrain import pretrain
from spinegrader.model.runs import read_card, write_card
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


MOVING = {
    "conv": ("backbone.fully_connected.", "heads."),
    "all-but-heads": ("heads.",),
    "none": ("backbone.convolutions.", "backbone.fully_connected.", "heads."),
}


def begun_with(data, split, start_from, **changes):
    """The weights before the first step."""
    origin = None if start_from is None else open_run(start_from)
    plan = FinetunePlan.checked(finetune_config(**changes), data, split, origin)
    device = torch.device("cpu")
    with run_environment(device, seed=plan.config.seed):
        network = plan.task(device).network
    return {name: value.clone() for name, value in network.state_dict().items()}


@pytest.mark.parametrize("freeze", list(MOVING))
@pytest.mark.parametrize("from_scratch", [False, True])
def test_what_is_frozen_stays_bit_for_bit(tmp_path, pretrained, freeze, from_scratch):
    data, start_from = discs(8), None if from_scratch else pretrained
    split = split_subjects(data.subjects)
    before = begun_with(data, split, start_from, freeze=freeze)
    train(data, tmp_path / "run", split, start_from, freeze=freeze, epochs=1)
    after = open_run(tmp_path / "run").weights
    assert before.keys() == after.keys()
    for name, value in after.items():  # the running statistics of normalisation included
        moves = name.startswith(MOVING[freeze])
        assert torch.equal(before[name], value) != moves, name
    if not from_scratch:
        origin = open_run(pretrained).weights
        copied = "backbone.convolutions." if freeze == "conv" else "backbone."
        for name, value in before.items():
            if name.startswith(copied):
                assert torch.equal(origin[name], value), name
    fresh = {"conv": "backbone.fully_connected.0.weight"}.get(freeze)
    if fresh and not from_scratch:  # FC6-8 begin anew
        assert not torch.equal(origin[fresh], before[fresh])


def test_frozen_random_convolutions_normalise_by_the_training_subjects():
    data = discs(8, missing=0)
    names = sorted(set(data.subjects))
    parts = [Part.TRAIN] * 4 + [Part.VALIDATION] * 2 + [Part.TEST] * 2
    split = dict(zip(names, parts, strict=True))
    plan = FinetunePlan.checked(finetune_config(freeze="conv"), data, split, None)
    network = plan.task(torch.device("cpu")).network
    convolution, normalisation = network.backbone.convolutions[:2]
    train = torch.from_numpy(data.volumes[:16])[:, None]
    with torch.no_grad():
        wanted = convolution((train - 0.25) / 0.25)
    torch.testing.assert_close(normalisation.running_mean, wanted.mean(dim=(0, 2, 3, 4)))
    torch.testing.assert_close(normalisation.running_var, wanted.var(dim=(0, 2, 3, 4)))
    assert normalisation.momentum == 0.1
    trained = FinetunePlan.checked(finetune_config(freeze="none"), data, split, None)
    fresh = trained.task(torch.device("cpu")).network.backbone.convolutions[1]
    assert (fresh.running_mean == 0).all()


def test_frozen_random_convolutions_are_a_row_to_compare_with(tmp_path):
    events = []
    result = train(discs(24), tmp_path / "run", events=events, freeze="conv", epochs=12)
    assert "keep their random weights" in messages(events)
    assert result.metrics["modic.mean_class_accuracy"] > 0.6  # chance is 0.5


def test_ordinal_loss_leaves_nominal_gradings_as_they_are(tmp_path):
    data = discs(8)
    split = split_subjects(data.subjects)
    losses = {}
    for loss in ("cross_entropy", "ordinal"):
        events = []
        train(data, tmp_path / loss, split, events=events, loss=loss, epochs=1)
        losses[loss] = next(event.train for event in events if isinstance(event, EpochEvent))
    first, second = losses.values()
    assert first["pfirrmann.loss"] != second["pfirrmann.loss"]
    assert abs(first["modic.loss"] - second["modic.loss"]) < 0.05


def test_ordinal_loss_learns_grades_with_missing_labels_and_weights(tmp_path):
    result = train(discs(24), tmp_path / "run", epochs=15, loss="ordinal")
    assert result.metrics["pfirrmann.mean_class_accuracy"] > 0.5  # chance is 0.25


def test_classes_weigh_the_same_unless_balancing_is_switched_off(tmp_path):
    data = discs(8, missing=0)
    labels = dict(data.labels) | {"modic": (np.arange(len(data.subjects)) % 8 == 0).astype(int)}
    rare = dataclasses.replace(data, labels=labels)
    names = sorted(set(data.subjects))
    split = dict.fromkeys(names, Part.TRAIN) | {names[6]: Part.VALIDATION, names[7]: Part.TEST}
    for balanced, wanted in ((False, (1.0, 1.0)), (True, (4 / 7, 4.0))):
        plan = FinetunePlan.checked(finetune_config(balanced=balanced), rare, split, None)
        task = plan.task(torch.device("cpu"))
        rows = np.array([1, 8])  # one disc of either class
        terms = task._terms("modic", torch.zeros(2, 2), rows)
        assert terms.tolist() == pytest.approx([np.log(2) * weight for weight in wanted])


def test_probabilities_are_calibrated_on_validation_subjects(tmp_path):
    data = discs(40, missing=0)
    # Grades that can't be learnt by heart for others: the network becomes too sure.
    noisy = {
        name: np.where(np.random.default_rng(5).random(len(values)) < 0.4, values[::-1], values)
        for name, values in data.labels.items()
    }
    data = dataclasses.replace(data, labels=noisy)
    names = sorted(set(data.subjects))
    parts = [Part.VALIDATION] * 12 + [Part.TEST] * 12 + [Part.TRAIN] * 16
    split = dict(zip(names, parts, strict=True))
    result = train(data, tmp_path / "run", split, epochs=8)
    card = read_card(tmp_path / "run")
    temperature = card.gradings["pfirrmann"].temperature
    assert temperature > 0
    assert temperature != 1
    figures = card.figures
    before = figures["pfirrmann.test_calibration_error_before"]
    after = figures["pfirrmann.test_calibration_error"]
    assert 0 <= after != before <= 1
    assert result.metrics["pfirrmann.test_calibration_error"] == after
    rows = np.flatnonzero(np.isin(data.subjects, names[12:24]))
    found = load_grader(tmp_path / "run", "cpu").predict(data.volumes[rows])["pfirrmann"]
    assert expected_calibration_error(found, data.labels["pfirrmann"][rows]) == pytest.approx(
        after, abs=1e-6
    )
    plain = card.gradings["pfirrmann"].model_copy(update={"temperature": 1.0})
    write_card(
        tmp_path / "run",
        card.model_copy(update={"gradings": {**card.gradings, "pfirrmann": plain}}),
    )
    raw = load_grader(tmp_path / "run", "cpu").predict(data.volumes[rows])["pfirrmann"]
    assert (raw.argmax(axis=1) == found.argmax(axis=1)).all()
    np.testing.assert_allclose(np.log(raw[:, :1] / raw) / temperature, np.log(found[:, :1] / found))


def test_too_few_validation_discs_to_calibrate_are_told(tmp_path):
    events = []
    train(discs(8), tmp_path / "run", events=events, epochs=1)
    assert "calibrating them takes at least 20 graded discs" in messages(events)
    assert read_card(tmp_path / "run").gradings["pfirrmann"].temperature == 1


def test_cards_of_earlier_versions_open(tmp_path):
    train(discs(8), tmp_path / "run", epochs=1)
    path = tmp_path / "run" / "card.json"
    document = json.loads(path.read_text())
    for grading in document["gradings"].values():
        del grading["temperature"]
    for figures in document["agreement"].values():
        del figures["mean_class_accuracy_interval"]
        del figures["within_one_interval"]
    path.write_text(json.dumps(document))
    card = read_card(tmp_path / "run")
    assert card.gradings["pfirrmann"].temperature == 1
    assert card.agreement["pfirrmann"].within_one_interval is None
    assert load_grader(tmp_path / "run", "cpu").gradings == ("pfirrmann", "modic")


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
    assert "Test subjects that the run “pretrained” has seen" in messages(events)


def test_test_subjects_that_pretraining_saw_by_another_name_train_now(pretrained):
    data, origin = discs(8), open_run(pretrained)
    split = split_subjects(data.subjects)
    known, tested = min(origin.seen_subjects), subjects_in(split, Part.TEST)
    names = {tested[0]: frozenset({known, "once"}), tested[1]: frozenset({"nobody"})}
    plan = FinetunePlan.checked(finetune_config(), data, split, origin, names)
    assert plan.split == split | {tested[0]: Part.TRAIN}
    assert "can only train now, as a test would flatter: 1." in plan.notices[0].text


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
