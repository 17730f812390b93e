"""The command line's contract for ``learning-curve``."""

import csv
import json
import shutil
import subprocess
import sys

import pytest

from spinegrader.commands.learning_curve import learning_curve
from spinegrader.model.config import FinetuneConfig, PretrainConfig
from tests.command_calls import caller
from tests.model.model_samples import finetune_config, pretrain_config
from tests.read_project import read_project


@pytest.fixture
def project(tmp_path, tmp_path_factory, monkeypatch):
    monkeypatch.setattr(PretrainConfig, "laptop", lambda: pretrain_config(epochs=1))
    monkeypatch.setattr(FinetuneConfig, "laptop", lambda: finetune_config(epochs=1, freeze="conv"))
    return read_project(tmp_path_factory.getbasetemp(), tmp_path / "project")


@pytest.fixture
def command(capsys):
    return caller(learning_curve, capsys)


def test_json_tables_and_pictures_as_promised(command, project):
    code, out, err = command(
        project, "--sizes", "2,4,8", "--seeds", "1", "--rows", "scratch,both", "--device", "cpu",
        "--pretrain-epochs", "1", "--least-steps", "1", "--json",
    )  # fmt: skip
    assert code == 0, err
    result = json.loads(out)
    assert set(result) == {
        "folder",
        "grading",
        "is_simulated",
        "sizes",
        "seeds",
        "networks",
        "networks_in_all",
        "rows",
        "scratch_full_accuracy",
        "studies_needed",
        "forecasts",
        "sentences",
        "note",
        "files",
        "stopped",
    }
    assert (result["networks"], result["networks_in_all"], result["stopped"]) == (6, 6, False)
    assert [(row["row"], row["size"]) for row in result["rows"]] == [
        (row, size) for row in ("scratch", "both") for size in (2, 4, 8)
    ]
    for row in result["rows"]:
        low, high = row["accuracy_interval"]
        assert 0 <= low <= row["accuracy"] <= high <= 1
    assert [item["row"] for item in result["forecasts"]] == ["scratch", "both"]
    assert result["is_simulated"]
    assert result["sentences"][0].startswith("Simulated people. 6 of 6 networks")
    assert all("imulated" in sentence for sentence in result["sentences"])
    assert all("(simulated)" in item["sentence"] for item in result["forecasts"])
    files = {name: open(path, "rb").read() for name, path in result["files"].items()}  # noqa: PTH123, SIM115
    assert files["png"].startswith(b"\x89PNG")
    assert b"simulated people" in files["svg"]
    assert b"Pfirrmann" in files["svg"]
    assert "(simulated people)" in files["markdown"].decode()
    assert len(list(csv.DictReader(files["csv"].decode().splitlines()))) == 6


def test_a_curve_is_gone_on_with_by_its_name(command, project):
    code, out, err = command(
        project, "--sizes", "4", "--seeds", "1", "--rows", "scratch", "--least-steps", "1", "--json"
    )
    assert code == 0, err
    first = json.loads(out)
    (folder,) = (project / "learning-curves").iterdir()
    assert first["folder"] == str(folder)
    shutil.rmtree(folder / "cells")
    code, out, err = command(project, "--resume", folder.name, "--json")
    assert code == 0, err
    again = json.loads(out)
    assert again["rows"] == first["rows"]
    assert "forecast, since it takes curves of at least 3 sizes" in again["sentences"][-1]
    code, out, _ = command(project, "--resume", folder)
    assert code == 0
    assert out.splitlines()[0].startswith("Simulated people. 1 of 1 networks")
    assert str(folder) in out


def test_sizes_are_chosen_where_none_are_given(command, project):
    code, out, err = command(
        project, "--seeds", "1", "--rows", "scratch", "--least-steps", "1", "--json"
    )
    assert code == 0, err
    assert json.loads(out)["sizes"] == [1, 2, 4, 8]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--sizes", "4,400"], "training subjects have 8 studies"),
        (
            ["--sizes", "8,4"],
            "The training setting “sizes” is wrong: sizes must be numbers of studies that rise",
        ),
        (["--rows", "scratch,magic"], "rows"),
        (["--grading", "beauty"], "beauty"),
        (["--preset", "tower"], "no preset “tower”"),
        (["--resume", "nowhere"], "no learning curve “nowhere”"),
        (["--sizes", "4", "--device", "abacus"], "device"),
    ],
)
def test_what_fails_is_one_sentence(command, project, arguments, sentence):
    code, out, err = command(project, *arguments)
    assert (code, out) == (1, "")
    assert sentence in err
    assert len(err.strip().splitlines()) == 1
    assert not (project / "learning-curves").exists()


def test_matplotlib_is_imported_for_pictures_alone():
    code = (
        "import sys, spinegrader.cli, spinegrader.gui.main_window, "
        "spinegrader.services.learning_curves; "
        "assert not any(name.split('.')[0] == 'matplotlib' for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
