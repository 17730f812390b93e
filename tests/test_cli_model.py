"""A model goes from one project to another by the command line."""

import json
import subprocess
import sys

import pytest

from spinegrader.commands.model import export_model, import_model
from spinegrader.services.demo import SIMULATED_READER
from spinegrader.services.model_registry import model_in_use
from spinegrader.services.session import Session
from tests.command_calls import caller
from tests.gui.cohort_project import project
from tests.trained_models import finetuned

__all__ = ["project"]


@pytest.fixture
def run(project):
    session = Session.open(project, SIMULATED_READER)
    folder = finetuned(session)
    session.close()
    return folder.name


def test_out_of_one_project_and_into_another(project, run, tmp_path, capsys):
    file = tmp_path / "narrow.spinegrader-model"
    code, out, err = caller(export_model, capsys)(project, run, file, "--json")
    assert code == 0, err
    assert json.loads(out)["file"] == str(file)
    there = tmp_path / "there"
    Session.open_or_create(there, "A").close()
    code, out, err = caller(import_model, capsys)(there, file, "--use", "--json")
    assert code == 0, err
    told = json.loads(out)
    assert told["trained_as"] == run
    session = Session.open(there, "A")
    try:
        assert model_in_use(session).name == told["run"]
        assert model_in_use(session).card.trained_on == "simulated people"
    finally:
        session.close()
    code, _, err = caller(import_model, capsys)(there, file)
    assert code == 1
    assert "in this project already" in err


def test_what_is_not_there_is_one_sentence(project, run, tmp_path, capsys):
    code, _, err = caller(export_model, capsys)(project, "nobody", tmp_path / "x")
    assert code == 1
    assert f"no run “nobody”; there are: {run}" in err


def test_the_program_knows_the_word():
    done = subprocess.run(
        [sys.executable, "-m", "spinegrader", "model", "--help"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "export" in done.stdout
