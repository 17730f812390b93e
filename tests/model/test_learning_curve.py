"""The learning curve as a job: nested subsets, no leaks, killed and gone on with."""

import csv
import dataclasses
import json
import shutil

import numpy as np
import pytest

from spinegrader.errors import TrainingError
from spinegrader.model.events import BatchEvent, CurveProgress, EpochEvent, MessageEvent
from spinegrader.model.learning_curve import learning_curve
from spinegrader.model.learning_curve_card import read_curve_card
from spinegrader.model.learning_curve_cells import cell_folder, cell_keys, read_test_set
from spinegrader.model.learning_curve_config import LearningCurveConfig
from spinegrader.model.learning_curve_report import curve_report
from spinegrader.model.learning_curve_subsets import CurveData
from spinegrader.model.learning_curve_table import curve_csv
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

SUBJECTS = 14
PAIRED = {"vertebra": vertebrae(14, levels=(2, 4)), "disc": vertebrae(14, (2, 4), seed=1)}


def graded(subjects=SUBJECTS, seed=0):
    """Two studies a subject, two discs each; some of them without a grade."""
    data = discs(subjects, seed=seed, missing=0.1)
    studies = tuple(f"{name}-{row // 2 % 2}" for row, name in enumerate(data.subjects))
    return dataclasses.replace(data, studies=studies)


def split_of(data):
    names = sorted(set(data.subjects))
    parts = [Part.TEST] * 4 + [Part.VALIDATION] * 2
    return dict(zip(names, parts + [Part.TRAIN] * (len(names) - 6), strict=True))


def curve_config(**changes):
    settings = {
        "grading": "pfirrmann",
        "sizes": (6, 12),
        "seeds": 2,
        "pretrain": pretrain_config(epochs=1),
        "finetune": finetune_config(epochs=1, freeze="conv"),
        "least_steps": 2,
    }
    return LearningCurveConfig(**(settings | changes))


def run(folder, config=None, emit=ignore, stop=never, **changes):
    data = changes.get("data", graded())
    return learning_curve(
        config or curve_config(),
        changes.get("paired", PAIRED),
        data,
        changes.get("split", split_of(data)),
        folder,
        emit,
        stop,
        is_simulated=True,
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("curves") / "whole"
    events = []
    assert run(folder, emit=events.append)
    return folder, events


# -- subsets ------------------------------------------------------------------------------------


def test_subsets_are_nested_drawn_by_subject_and_never_of_others():
    orders = set()
    for seed in range(30):
        data = graded(10 + seed % 7, seed)
        split = split_subjects(data.subjects, seed)
        if len(subjects_in(split, Part.TEST)) < 2:
            split = split_of(data)
        curve = CurveData.of(data, split, "pfirrmann")
        order = curve.order(seed)
        orders.add(order)
        assert sorted(order) == sorted(curve.annotated)
        subjects = [subject for subject, _ in order]
        runs = [name for place, name in enumerate(subjects) if name not in subjects[:place]]
        assert subjects == [name for name in runs for _ in range(subjects.count(name))]
        before = set()
        known = {part: set(subjects_in(split, part)) for part in Part}
        held_out = None
        for size in range(1, len(order) + 1):
            labels = curve.subset(order[:size]).labels["pfirrmann"]
            rows = set(np.flatnonzero(labels >= 0).tolist())
            trained = {row for row in rows if data.subjects[row] in known[Part.TRAIN]}
            assert trained > before
            assert len({data.studies[row] for row in trained}) == size
            before = trained
            aside = rows - trained
            assert held_out in (None, aside)
            held_out = aside
            assert all(labels[row] == data.labels["pfirrmann"][row] for row in rows)
        assert held_out >= set(curve.test_rows.tolist())
    assert len(orders) == 30
    assert curve.order(0) == curve.order(0) != curve.order(1)


def test_what_cannot_be_drawn_is_told_before_anything_is_written(tmp_path):
    data = graded()
    for changes, sentence in (
        ({"config": curve_config(sizes=(6, 99))}, "training subjects have 16 studies"),
        ({"config": curve_config(grading="height")}, "no grading “height”"),
        ({"data": dataclasses.replace(data, studies=())}, "the data don't name them"),
        ({"paired": {}}, "need discs|need vertebrae"),
        (
            {"split": dict.fromkeys(sorted(set(data.subjects)), Part.TRAIN)},
            "at least 2 test subjects",
        ),
    ):
        config = changes.pop("config", None)
        with pytest.raises(TrainingError, match=sentence):
            run(tmp_path / "curve", config, **changes)
        assert not (tmp_path / "curve").exists()
    constant = {"pfirrmann": np.where(data.labels["pfirrmann"] > 0, 0, data.labels["pfirrmann"])}
    same = dataclasses.replace(
        data, labels=constant, class_values={"pfirrmann": (1, 2, 3, 4)}, ordinal={"pfirrmann": True}
    )
    with pytest.raises(TrainingError, match="fewer than 2 different grades"):
        run(tmp_path / "curve", data=same)


@pytest.mark.parametrize("sizes", [(), (0, 4), (8, 4), (4, 4)])
def test_sizes_must_rise(sizes):
    with pytest.raises(ValueError, match="sizes"):
        curve_config(sizes=sizes)


@pytest.mark.parametrize(
    ("row", "structure", "weights", "freeze"),
    [
        ("level", "vertebra", (0.0, 1.0), "conv"),
        ("contrastive", "vertebra", (1.0, 0.0), "conv"),
        ("contrastive-trained", "vertebra", (1.0, 0.0), "none"),
        ("both", "vertebra", (1.0, 1.0), "conv"),
        ("both-trained", "vertebra", (1.0, 1.0), "none"),
        ("discs-trained", "disc", (1.0, 1.0), "none"),
        ("discs-contrastive", "disc", (1.0, 0.0), "conv"),
        ("discs-contrastive-trained", "disc", (1.0, 0.0), "none"),
    ],
)
def test_a_row_says_what_is_paired_how_and_what_is_trained(row, structure, weights, freeze):
    config = curve_config(rows=(row,))
    pretrain = config.pretrain_of(row, 0)
    assert config.structures == {structure} == {pretrain.structure}
    assert (pretrain.contrastive_weight, pretrain.level_weight) == weights
    assert config.finetune_of(row, 0, 1).freeze == freeze


# -- the job ------------------------------------------------------------------------------------


def test_rows_differ_in_what_they_start_from(finished):
    folder, _ = finished
    cards = {key: read_card(cell_folder(folder, key)) for key in cell_keys(curve_config())}
    assert len(cards) == 28
    freeze = {key.row: card.settings["freeze"] for key, card in cards.items()}
    assert freeze == dict.fromkeys(freeze, "conv") | {
        "scratch": "none",
        "both-trained": "none",
        "discs-trained": "none",
    }
    origins = {key: card.start_from and card.start_from.name for key, card in cards.items()}
    assert all(
        name
        == (
            None
            if key.row in ("scratch", "random")
            else f"{key.row.removesuffix('-trained')}-seed{key.seed}"
        )
        for key, name in origins.items()
    )
    pretrained = {path.name: read_card(path) for path in (folder / "pretrainings").iterdir()}
    assert len(pretrained) == 8  # once for each seed and losses
    weights = {
        name: (card.settings["contrastive_weight"], card.settings["level_weight"])
        for name, card in pretrained.items()
    }
    assert weights["both-seed0"] == (1, 1)
    assert weights["level-seed1"] == (0, 1)
    assert weights["contrastive-seed1"] == (1, 0)
    assert pretrained["both-seed0"].settings["seed"] != pretrained["both-seed1"].settings["seed"]


def test_the_same_test_subjects_are_in_no_training_and_no_pair(finished):
    folder, _ = finished
    split = split_of(graded())
    tested = set(subjects_in(split, Part.TEST))
    assert set(read_test_set(folder).subjects) == tested
    runs = [path.parent for path in folder.rglob("card.json")]
    assert len(runs) == 36
    for path in runs:
        card = read_card(path)
        assert set(card.subjects["test"]) == tested
        assert set(card.subjects["validation"]) == set(subjects_in(split, Part.VALIDATION))
        assert not tested & set(card.subjects["train"])


def test_small_subsets_make_as_many_steps(finished):
    folder, _ = finished
    rows = list(csv.DictReader((folder / "results.csv").read_text().splitlines()))
    assert [row["size"] for row in rows[:2]] == ["6", "12"]
    for row in rows:
        steps = int(row["epochs"]) * -(-int(row["discs"]) // 16)
        assert steps >= 2


def test_progress_and_what_is_said_once(finished):
    _, events = finished
    progress = [event for event in events if isinstance(event, CurveProgress)]
    assert [event.done for event in progress] == list(range(29))
    assert {event.total for event in progress} == {28}
    said = [event.text for event in events if isinstance(event, MessageEvent)]
    assert len(said) == len(set(said))
    assert "Both losses, 6 studies, seed 1." in said
    assert any(isinstance(event, EpochEvent) for event in events)


def test_no_figure_is_a_negative_zero(finished):
    report = curve_report(finished[0])
    points = tuple(
        dataclasses.replace(
            point,
            kappa=-0.001,
            kappa_interval=(-0.004, -0.001),
            gain=-0.0001,
            gain_interval=(-0.0004, -0.0001),
        )
        for point in report.points
    )
    made = dataclasses.replace(report, points=points, needed=(), forecasts=())
    text = made.as_markdown()
    assert "0.00 (0.00 to 0.00)" in text
    assert "+0.0 (+0.0 to +0.0)" in text
    assert "-0.0" not in text


class Killed(BaseException):
    """As a signal ends a process: nothing is tidied up."""


def test_a_killed_curve_goes_on_to_the_same_table(tmp_path):
    config = curve_config(rows=("scratch", "both"), seeds=1)
    whole, folder = tmp_path / "whole", tmp_path / "killed"
    batches = []
    assert run(whole, config, batches.append)
    count = sum(isinstance(event, BatchEvent) for event in batches)
    batches.clear()

    def kill(event):
        if isinstance(event, BatchEvent):
            batches.append(event)
            if len(batches) in (2, count // 2, count - 2):
                raise Killed

    for _ in range(3):
        with pytest.raises(Killed):
            run(folder, config, kill)
    part = curve_report(folder)
    assert 0 < part.done < part.total == 4
    kept = {path: path.stat().st_mtime_ns for path in folder.rglob("cell.json")}
    assert run(folder, config)
    assert all(path.stat().st_mtime_ns == time for path, time in kept.items())
    report, wanted = curve_report(folder), curve_report(whole)
    assert curve_csv(report) == curve_csv(wanted)
    assert report.sentences() == wanted.sentences()
    assert "Simulated people. 4 of 4 networks" in report.as_markdown()
    timeless = [
        [
            {name: value for name, value in row.items() if name != "elapsed_s"}
            for row in json.loads((place / "results.json").read_text())["cells"]
        ]
        for place in (folder, whole)
    ]
    assert timeless[0] == timeless[1]


def test_a_stop_keeps_what_is_trained(tmp_path):
    config = curve_config(rows=("scratch",), seeds=1)
    events = []

    def wished():
        return sum(isinstance(event, CurveProgress) for event in events) > 1

    assert not run(tmp_path / "curve", config, events.append, wished, paired={})
    assert read_curve_card(tmp_path / "curve").state == "stopped"
    assert curve_report(tmp_path / "curve").done == 1
    assert run(tmp_path / "curve", config, paired={})
    card = read_curve_card(tmp_path / "curve")
    assert card.state == "finished"
    assert card.is_simulated
    assert card.counts["train_studies"] == 16
    assert not list((tmp_path / "curve").rglob("checkpoint*"))


def test_other_settings_or_data_are_refused(tmp_path):
    config = curve_config(rows=("scratch",), sizes=(6,), seeds=1)
    assert run(tmp_path / "curve", config, paired={})
    for changes in ({"least_steps": 3}, {"sizes": (8,)}, {"rows": ("random",)}):
        other = config.model_copy(update=changes)
        with pytest.raises(TrainingError, match="other settings"):
            run(tmp_path / "curve", other, paired={})
    with pytest.raises(TrainingError, match="data have changed"):
        run(tmp_path / "curve", config, paired={}, data=graded(seed=1))
    device = config.finetune.model_copy(update={"device": "auto"})
    assert run(tmp_path / "curve", config.model_copy(update={"finetune": device}), paired={})


def test_a_curve_grows_by_sizes_rows_and_seeds(tmp_path):
    config = curve_config(rows=("scratch",), sizes=(6,), seeds=1)
    assert run(tmp_path / "curve", config, paired={})
    (first,) = (tmp_path / "curve" / "cells").iterdir()
    weights = (first / "model.safetensors").stat().st_mtime_ns
    more = {"rows": ("scratch", "random"), "sizes": (6, 8), "seeds": 2}
    assert run(tmp_path / "curve", config.model_copy(update=more), paired={})
    assert len(list((tmp_path / "curve" / "cells").iterdir())) == 8
    pretrained = config.model_copy(update=more | {"rows": ("scratch", "random", "discs-trained")})
    assert run(tmp_path / "curve", pretrained, paired={"disc": PAIRED["disc"]})
    with pytest.raises(TrainingError, match="data have changed"):
        run(tmp_path / "curve", pretrained, paired={"disc": PAIRED["vertebra"]})
    assert (first / "model.safetensors").stat().st_mtime_ns == weights  # not trained again


def test_figures_need_no_data_and_no_network(tmp_path, finished):
    whole, _ = finished
    folder = tmp_path / "copy"
    shutil.copytree(whole, folder)
    for path in folder.rglob("*.safetensors"):
        path.unlink()
    assert curve_csv(curve_report(folder)) == curve_csv(curve_report(whole))
    document = json.loads(json.dumps(curve_report(folder).as_json()))
    assert document["is_simulated"]
    assert {row["row"] for row in document["rows"]} == {
        "scratch",
        "random",
        "level",
        "contrastive",
        "both",
        "both-trained",
        "discs-trained",
    }
    lines = list(csv.DictReader(curve_csv(curve_report(folder)).splitlines()))
    assert {line["simulated"] for line in lines} == {"1"}
    for path in folder.rglob("predictions.npz"):
        path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(TrainingError, match="missing or damaged"):
        curve_report(folder)
    with pytest.raises(TrainingError, match="holds no learning curve"):
        curve_report(tmp_path)
