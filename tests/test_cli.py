"""The contract of the command line: exit codes, one JSON document, plain sentences."""

import json
import subprocess
import sys

import numpy as np
import pytest

from spinegrader.cli import evaluate
from spinegrader.console import with_default_command
from spinegrader.services.demo import SIMULATED_READER
from spinegrader.services.settings import Settings, save_settings
from tests.command_calls import caller
from tests.read_project import read_project


def spinegrader(*arguments, home=None):
    done = subprocess.run(
        [sys.executable, "-m", "spinegrader", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_simulate_import_info_export(tmp_path):
    code, out, _ = spinegrader(
        "simulate", tmp_path / "dicom", "--subjects", 1, "--follow-ups", 1, "--seed", 4, "--json"
    )
    assert (code, json.loads(out)["studies"]) == (0, 2)
    code, out, err = spinegrader("import", tmp_path / "project", tmp_path / "dicom", "--json")
    assert code == 0, err
    report = json.loads(out)
    assert {"project", "patients", "studies", "series", "skipped", "warnings"} <= set(report)
    assert {"uid", "patient", "study_date", "description", "plane", "weighting", "shape"} <= set(
        report["series"][0]
    )
    masks = {f"SIM-0001/{visit}/mask.nii.gz" for visit in (1, 2)}
    assert {item["path"] for item in report["skipped"]} == {"truth.json", *masks}
    code, out, _ = spinegrader("info", tmp_path / "project", "--json")
    document = json.loads(out)
    assert code == 0
    assert [len(patient["studies"]) for patient in document["patients"]] == [2]
    code, out, _ = spinegrader("import", tmp_path / "project", tmp_path / "dicom", "--json")
    again = json.loads(out)
    assert (code, again["series"], again["already_there"]) == (0, [], len(report["series"]))
    code, out, _ = spinegrader("export", tmp_path / "project", tmp_path / "g.csv", "--json")
    assert (code, json.loads(out)["rows"]) == (0, 0)
    code, out, _ = spinegrader("export-measures", tmp_path / "project", tmp_path / "m.csv")
    assert (code, out) == (0, f"0 rows in {tmp_path / 'm.csv'}.\n")
    mask, uid = tmp_path / "dicom/SIM-0001/1/mask.nii.gz", _of_mask(report["series"])
    code, out, err = spinegrader("import-masks", tmp_path / "project", uid, mask, "--json")
    assert code == 0, err
    assert {"L1", "L2", "L3", "L4", "L5"} <= {
        item["level"] for item in json.loads(out)["series"][0]["vertebrae"]
    }


def _of_mask(series):
    """The T2-weighted series of the first visit."""
    t2 = [item for item in series if item["weighting"] == "T2"]
    return min(t2, key=lambda item: item["study_date"])["uid"]


def test_simulated_arrays_of_three_sequences_in_two_processes(tmp_path):
    folder = tmp_path / "arrays"
    code, out, err = spinegrader(
        "simulate", folder, "--subjects", 2, "--follow-ups", 0, "--series", "t1,stir,T2",
        "--arrays", "--volumes", "laptop", "--processes", 2, "--leak-identity", "--json",
    )  # fmt: skip
    assert code == 0, err
    counts = json.loads(out)
    assert (counts["studies"], counts["series"], counts["files"]) == (2, 6, 0)
    assert counts["vertebrae"] >= 12
    assert np.load(folder / "arrays" / "discs.npy", mmap_mode="r").shape == (
        counts["discs"],
        9,
        32,
        64,
    )
    code, _, err = spinegrader("simulate", tmp_path / "new", "--series", "T2,FLAIR")
    assert (code, err) == (1, "Simulated sequences are T2, T1 and STIR, each at most once.\n")


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (["info", "nowhere"], "nowhere"),
        (["import", "project", "nowhere"], "no file or folder"),
        (["import", "project", "empty"], "holds no files"),
        (["import", "project", "letters"], "not a DICOM file"),
        (["info", "letters"], "not a SpineGrader project"),
        (["pretrain", "letters"], "not a SpineGrader project"),
        (["simulate", "letters"], "not empty"),
    ],
)
def test_what_fails_is_one_sentence(tmp_path, monkeypatch, command, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "letter.txt").write_text("Dear colleague")
    code, out, err = spinegrader(*command)
    assert (code, out) == (1, "")
    assert sentence in err
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "project").exists()


def test_wrong_usage_is_2():
    assert spinegrader("import")[0] == 2
    assert spinegrader("info", "--no-such-option", "x")[0] == 2


def test_without_a_screen_the_window_says_so(tmp_path, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux may be without a screen")
    code, _, err = spinegrader()
    assert code == 1
    assert "no screen" in err


def test_first_paint_comes_before_heavy_imports():
    code, out, err = spinegrader("--report-startup")
    assert code == 0, err
    assert "first paint after" in out
    assert "imported before it" not in out


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], ["open"]),
        (["project"], ["open", "project"]),
        (["--screenshot", "a.png", "project"], ["open", "--screenshot", "a.png", "project"]),
        (["info", "project"], ["info", "project"]),
        (["--debug", "info", "project"], ["--debug", "info", "project"]),
        (["--debug", "project"], ["--debug", "open", "project"]),
        (["--help"], ["--help"]),
    ],
)
def test_a_project_alone_opens_the_window(given, expected):
    assert with_default_command(given, ["open", "info"], "open") == expected


def test_only_trainings_run_in_several_processes(tmp_path, monkeypatch):
    settings = {"RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    code, out, err = spinegrader("info", tmp_path)
    assert (code, out) == (1, "")
    assert err == "Only pretrain and finetune run in several processes: leave out torchrun.\n"


def with_torchrun(*arguments):
    """The stdout of a command that two processes run together."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", 2]
    command += ["-m", "spinegrader", *arguments, "--device", "cpu", "--json"]
    done = subprocess.run(
        [str(item) for item in command], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_demo_is_made(tmp_path):
    code, out, err = spinegrader(
        "demo", tmp_path / "demo", "--subjects", 1, "--follow-ups", 0, "--no-open", "--json"
    )
    assert code == 0, err
    assert json.loads(out)["studies"] == 1
    by_shipped = json.loads(spinegrader("info", tmp_path / "demo", "--json")[1])["predictions"]
    assert by_shipped > 0


def test_training_predicting_and_evaluating_without_a_window(
    tmp_path, tmp_path_factory, capsys, monkeypatch
):
    project = read_project(tmp_path_factory.getbasetemp(), tmp_path / "project")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    code, _, err = spinegrader("pretrain", project, "--device", "cuda", "--epochs", 1)
    if "CUDA" in err:
        assert code == 1
    code, out, err = spinegrader("pretrain", project, "--epochs", 1, "--json")
    result = json.loads(out)
    assert (code, result["epochs"]) == (0, 1), err
    assert {"run", "verification_auc", "level_accuracy", "seconds"} <= set(result)
    going_on = with_torchrun("pretrain", project, "--epochs", 2, "--resume", result["run"])
    assert json.loads(going_on)["epochs"] == 2
    code, out, _ = spinegrader(
        "finetune", project, "--epochs", 2, "--gradings", "pfirrmann", "--json"
    )
    assert set(json.loads(out)["per_grading"]) == {"pfirrmann"}
    code, out, _ = spinegrader("predict", project, "--json")
    predicted = json.loads(out)
    assert (predicted["model"].startswith("finetune-"), predicted["about"]) == (True, [])
    disc = predicted["studies"][0]["discs"][0]
    assert sum(disc["probabilities"].values()) == pytest.approx(1, abs=1e-3)
    # Who hasn't read the studies yet, blinded, is told nothing of their grades.
    code, _, err = spinegrader("evaluate", project)
    assert (code, "still being read without a look" in err) == (1, True)
    save_settings(Settings(reader=SIMULATED_READER))
    code, out, _ = spinegrader("evaluate", project, "--json")
    evaluated = json.loads(out)
    figures = evaluated["per_grading"]["pfirrmann"]
    assert sum(map(sum, figures["confusion"])) == figures["n"] > 0
    assert {
        "mean_class_accuracy_interval",
        "weighted_kappa_interval",
        "within_one_interval",
    } <= set(figures)
    assert evaluated["is_simulated"]
    assert evaluated["note"].startswith("Simulated people.")
    code, out, _ = caller(evaluate, capsys)(project)
    low, high = figures["mean_class_accuracy_interval"]
    words = (
        f"mean per-class accuracy {figures['mean_class_accuracy']:.2f} ({low:.2f} to {high:.2f})"
    )
    assert words in out
    code, out, _ = spinegrader("info", project, "--json")
    document = json.loads(out)
    assert document["predictions"] == predicted["predictions"]
    assert [run["kind"] for run in document["runs"]] == ["finetune", "pretrain"]
    code, _, err = spinegrader("finetune", project, "--from", "nobody")
    assert (code, "no run “nobody”" in err) == (1, True)
