import subprocess
import sys

import pytest

from spinegrader.errors import TrainingError
from spinegrader.model.config import BackboneConfig, FinetuneConfig, PretrainConfig, Settings
from spinegrader.model.events import (
    BatchEvent,
    EpochEvent,
    FinishedEvent,
    MessageEvent,
    StartedEvent,
    from_json,
    message,
    to_json,
)
from spinegrader.model.run_facts import ComputeDevice, LearntGrades


@pytest.mark.parametrize("kind", [PretrainConfig, FinetuneConfig])
def test_presets_survive_json(kind):
    for config in (kind.laptop(), kind.paper()):
        assert kind.from_json(config.to_json()) == config


def test_presets_of_both_trainings_fit_each_other():
    for preset in ("laptop", "paper"):
        pretraining = getattr(PretrainConfig, preset)()
        finetuning = getattr(FinetuneConfig, preset)()
        assert pretraining.backbone == finetuning.backbone
        assert pretraining.volume_shape[2] == finetuning.volume_shape[2]


def test_unknown_and_wrong_settings_are_named():
    with pytest.raises(TrainingError, match="no training setting “learning_speed”"):
        PretrainConfig.from_json('{"learning_speed": 1}')
    with pytest.raises(TrainingError, match=r"“backbone\.width” is wrong"):
        PretrainConfig.from_json('{"backbone": {"width": -1}}')
    with pytest.raises(TrainingError, match="can't be read"):
        PretrainConfig.from_json("{")


def test_every_setting_says_where_it_comes_from():
    for kind in (PretrainConfig, FinetuneConfig, BackboneConfig):
        for name, field in kind.model_fields.items():
            assert field.description or isinstance(field.default, Settings), name


def test_events_survive_json():
    for event in (
        StartedEvent(
            "finetune",
            ComputeDevice("cpu", threads=3),
            3,
            10,
            LearntGrades(gradings=1, discs=40, people=9, start_from="pretrain-1"),
        ),
        message("{count} of “{run}”.", count=3, run="{count}"),
        BatchEvent(1, 2, 10, 0.25),
        EpochEvent(1, 3, {"loss": 0.5}, {}, 1.5, 3.0, is_best=True),
        MessageEvent("A “sentence”."),
        FinishedEvent("stopped", 1, 1.5, {"verification_auc": None}),
    ):
        line = to_json(event)
        assert "\n" not in line
        assert from_json(line) == event


def test_events_of_earlier_versions_are_read():
    started = from_json(
        '{"kind": "pretrain", "device": "CPU (3 threads)", "epochs": 3, "batches": 10, '
        '"description": "Learns.", "event": "started"}'
    )
    assert started == StartedEvent("pretrain", "CPU (3 threads)", 3, 10, description="Learns.")
    told = from_json('{"text": "A {brace} stays.", "event": "message"}')
    assert told.text == "A {brace} stays."


def test_only_plain_names_are_filled_in():
    event = message("{run} {run.__class__} {run:>9} {0}", run="mine")
    assert event.text == "mine {run.__class__} {run:>9} {0}"


def test_a_broken_event_is_refused():
    with pytest.raises(TrainingError):
        from_json('{"event": "batch", "ep')


def test_what_a_window_needs_at_start_imports_no_torch():
    modules = "config events data splits pairs runs metrics labels"
    lines = [f"import spinegrader.model.{name}" for name in modules.split()]
    lines.append("import sys; assert not {'torch', 'sklearn'} & set(sys.modules)")
    subprocess.run([sys.executable, "-c", "\n".join(lines)], check=True)
