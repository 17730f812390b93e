"""The command line's contract for ``retrain-detector``."""

import json

import pytest

from spinegrader.commands.retrain_detector import retrain_detector
from spinegrader.model.detector.config import DetectorConfig
from spinegrader.services import detectors
from spinegrader.services.session import Session
from tests.command_calls import caller
from tests.detector_project import retraining_project, tiny_config, tiny_resources


@pytest.fixture
def project(tmp_path, tmp_path_factory, monkeypatch):
    base = tmp_path_factory.getbasetemp()
    resources = tiny_resources(base)
    monkeypatch.setattr(detectors, "resources_folder", lambda: resources)
    monkeypatch.setattr(DetectorConfig, "fine_tuning", tiny_config)
    return retraining_project(base, tmp_path / "project")


@pytest.fixture
def command(capsys):
    return caller(retrain_detector, capsys)


def test_json_as_promised(command, project):
    code, out, err = command(
        project, "--epochs", "2", "--device", "cpu", "--adopt-if-better", "--json"
    )
    assert code == 0, err
    result = json.loads(out)
    assert set(result) == {
        "run",
        "epochs",
        "seconds",
        "stopped",
        "comparison",
        "sentence",
        "adopted",
    }
    assert result["epochs"] == 2
    assert result["comparison"]["verdict"] == "unsure"
    assert result["sentence"].startswith("Not surely better")
    # It isn't surely better: nothing has changed.
    assert not result["adopted"]
    session = Session.open(project, "A")
    assert detectors.adopted_detector(session) is None
    assert (session.store.runs_folder / result["run"] / "card.json").is_file()
    session.store.close(wait=True)


def test_a_wrong_device_is_one_sentence(command, project):
    code, _, err = command(project, "--device", "abacus")
    assert code == 1
    assert "device" in err
    assert not list((project / "runs").iterdir())
