"""spinegrader same-person: what is offered, merged, kept apart and split."""

import json

import pytest
import typer
from typer.testing import CliRunner

from spinegrader.commands.patients import same_person
from spinegrader.domain.edits import ImportStudies
from spinegrader.domain.study import Patient, Study
from spinegrader.errors import InvalidEditError
from spinegrader.services.session import Session
from tests.services.test_identity import AGAIN, BORN, SMITH, Hospital, picture


@pytest.fixture
def project(tmp_path):
    session = Session.open_or_create(tmp_path / "project", "A")
    hospital = Hospital(session)
    hospital.send(SMITH, "1.1", picture(1))
    hospital.send(AGAIN, "1.2", picture(1))
    twin = Patient("C3", "SMITH^JON", "M", BORN)
    session.apply(ImportStudies((twin,), (Study("1.3", "C3"),), ()))
    session.store.close(compact=False)
    return tmp_path / "project"


def call(project, *arguments):
    app = typer.Typer()
    app.command()(same_person)
    done = CliRunner().invoke(app, [str(project), *arguments, "--json"])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return json.loads(done.stdout) if done.exit_code == 0 else done.exit_code


def offered(document):
    return [(item["kind"], item["strength"], item["patients"]) for item in document["suggestions"]]


def test_lists_merges_and_splits(project):
    assert offered(call(project)) == [
        ("same study", "certain", ["A1", "B7"]),
        ("same person", "possible", ["A1", "C3"]),
    ]
    merged = call(project, "--merge", "B7", "A1")
    assert merged["merged_patients"] == [["A1", "B7"]]
    assert merged["duplicate_studies"] == {"1.1": ["1.2"]}
    assert offered(merged) == [("same person", "possible", ["A1", "C3"])]
    assert offered(call(project, "--apart", "A1", "C3")) == []
    split = call(project, "--split", "B7")
    assert (split["merged_patients"], split["duplicate_studies"]) == ([], {})
    assert split["suggestions"] == []


def test_two_studies_are_merged_and_split_by_their_uids(project):
    assert call(project, "--merge", "1.1", "1.2")["duplicate_studies"] == {"1.1": ["1.2"]}
    assert call(project, "--split", "1.2")["duplicate_studies"] == {}


def test_what_is_not_there_or_not_merged_is_said(project):
    with pytest.raises(InvalidEditError, match="not in the project"):
        call(project, "--merge", "A1", "nobody")
    with pytest.raises(InvalidEditError, match="nothing to split"):
        call(project, "--split", "C3")
    assert call(project, "--split", "C3", "--apart", "A1", "C3") == 2
