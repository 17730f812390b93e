"""The command line's contract for ``second-look``."""

import json

import pytest

from spinegrader.commands.second_look import second_look
from spinegrader.services.session import Session
from tests.command_calls import caller
from tests.second_look_project import MISFILED, study_uid, trained_project


@pytest.fixture
def command(capsys):
    return caller(second_look, capsys)


@pytest.fixture
def project(tmp_path, tmp_path_factory):
    return trained_project(tmp_path_factory.getbasetemp(), tmp_path / "project")


def test_json_as_promised_and_flags(command, project):
    folder, run = project
    code, out, err = command(folder, "--flag", "--json")
    assert code == 0, err
    told = json.loads(out)
    assert set(told) == {
        "run", "compared", "chains", "misfiled", "levels", "error_rates", "notices", "simulated",
        "is_origin_unknown", "flagged", "note",
    }  # fmt: skip
    assert told["run"] == run
    assert set(told["error_rates"]["identity"]["misses"]) == {"value", "low", "high"}
    assert told["flagged"] >= 4
    session = Session.open(folder, "B")
    assert session.state.flag(study_uid(MISFILED[0], 1)) is not None
    session.close()


def test_words_and_no_flag_unless_asked(command, project):
    folder, run = project
    code, out, _ = command(folder, "--model", run)
    assert code == 0
    assert out.startswith(f"{run} looked at 64 overlays and compared 64 studies.")
    assert f"{study_uid(MISFILED[0], 1)}: may be another person's" in out
    session = Session.open(folder, "B")
    assert not session.state.flags
    session.close()


def test_an_unknown_run_is_one_sentence(command, project):
    code, _, err = command(project[0], "--model", "nonesuch")
    assert code == 1
    assert "no run “nonesuch”" in err
