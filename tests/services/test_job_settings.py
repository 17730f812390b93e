"""Settings of jobs: remembered, in files, and as command lines that really run."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from spinegrader.errors import InputError
from spinegrader.model.config import BackboneConfig, FinetuneConfig, PretrainConfig
from spinegrader.model.detector.config import DetectorConfig
from spinegrader.model.runs import read_card
from spinegrader.services.job_commands import (
    curve_command,
    finetune_command,
    predict_command,
    pretrain_command,
    retrain_command,
)
from spinegrader.services.job_settings import (
    chosen_config,
    load_config,
    save_config,
    with_choices,
)
from spinegrader.services.learning_curves import CurveChoices
from spinegrader.services.session import Session
from spinegrader.services.settings import Settings, load_settings, save_settings
from tests.gui.cohort_project import project

__all__ = ["project"]

_TINY = BackboneConfig(width=0.04, hidden=16, embedding=16, pooled_grid=(2, 2), dropout=0.0)
PRETRAINING = PretrainConfig.laptop().model_copy(
    update={"volume_shape": (3, 24, 24), "backbone": _TINY, "epochs": 1, "pairs": "both"}
)
FINETUNING = FinetuneConfig.laptop().model_copy(
    update={
        "volume_shape": (3, 12, 24),
        "backbone": _TINY,
        "epochs": 1,
        "freeze": "none",
        "gradings": ("pfirrmann",),
        "loss": "ordinal",
    }
)


@pytest.fixture
def session(project):
    """The project of eight people, named so that a shell would trip over it."""
    opened = Session.open(project.rename(project.with_name("my people's")), "A")
    yield opened
    opened.close()


def run(command):
    """Runs a copied line with this installation's programs, and gives the JSON that it prints."""
    words = shlex.split(command)
    programs = {"spinegrader": ["-m", "spinegrader"], "torchrun": ["-m", "torch.distributed.run"]}
    done = subprocess.run(
        [sys.executable, *programs[words[0]], *words[1:], "--json"],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_choices_of_each_kind_survive_a_restart(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    chosen = {"config": PRETRAINING.model_dump(mode="json")}
    save_settings(with_choices(Settings(), "pretrain", chosen))
    loaded = load_settings().jobs
    assert chosen_config(loaded["pretrain"], PretrainConfig) == PRETRAINING
    assert chosen_config(loaded["pretrain"], FinetuneConfig) is None
    assert chosen_config({}, PretrainConfig) is None


def test_a_file_is_read_back_and_others_are_refused_by_name(tmp_path):
    path = tmp_path / "mine.json"
    save_config(PRETRAINING, path)
    assert load_config(path, PretrainConfig) == PRETRAINING
    with pytest.raises(InputError, match=r"“mine\.json” holds no settings for this job.*structure"):
        load_config(path, FinetuneConfig)
    with pytest.raises(InputError, match=r"“none\.json” can't be read"):
        load_config(tmp_path / "none.json", PretrainConfig)
    with pytest.raises(InputError, match="can't be written"):
        save_config(PRETRAINING, tmp_path / "no folder" / "mine.json")


def test_the_copied_lines_train_with_just_these_settings(session):
    told = run(pretrain_command(session, PRETRAINING))
    folder = session.store.runs_folder / told["run"]
    assert PretrainConfig.model_validate(read_card(folder).settings) == PRETRAINING
    told = run(finetune_command(session, FINETUNING, folder))
    card = read_card(session.store.runs_folder / told["run"])
    assert card.start_from.name == folder.name
    assert FinetuneConfig.model_validate(card.settings) == FINETUNING
    told = run(predict_command(session, card.name))
    assert told["model"] == card.name


def test_the_line_for_several_gpus_joins_processes(session):
    told = run(pretrain_command(session, PRETRAINING, several=True))
    assert told["epochs"] == 1
    assert (session.store.runs_folder / told["run"] / "card.json").is_file()


def test_copying_twice_leaves_one_settings_file(session):
    assert pretrain_command(session, PRETRAINING) == pretrain_command(session, PRETRAINING)
    (file,) = (session.store.runs_folder / "settings").iterdir()
    assert load_config(file, PretrainConfig) == PRETRAINING


def test_lines_without_a_file_name_what_was_chosen(session):
    folder = shlex.quote(str(Path(session.store.folder).resolve()))
    config = DetectorConfig.fine_tuning().model_copy(update={"epochs": 3, "device": "cpu"})
    wanted = f"spinegrader retrain-detector {folder} --epochs 3 --device cpu"
    assert retrain_command(session, config) == wanted
    choices = CurveChoices(rows=("scratch",), sizes=(2, 3), seeds=1, device="cpu", epochs=5)
    words = shlex.split(curve_command(session, choices))
    assert words[-6:] == ["--sizes", "2,3", "--rows", "scratch", "--epochs", "5"]
    assert curve_command(session, choices, "20260101-000000").endswith(
        "--resume 20260101-000000 --device cpu"
    )
