"""A check as people and scripts read it, and the runs of a project."""

import json
from pathlib import Path

import pytest
import torch

from spinegrader.model import checkpoint
from spinegrader.model.files import write_json
from spinegrader.model.runs import WEIGHTS, RunCard, new_run_folder, write_card
from spinegrader.model.tensors import write_tensors
from spinegrader.services import run_checks
from spinegrader.services.checking import CheckReport, check_project
from spinegrader.services.session import Session
from spinegrader.store.checking.problems import Counts, Problem, ProblemKind
from tests.store.store_samples import alter


@pytest.fixture
def project(overlaid: Session) -> Path:
    overlaid.close()
    return overlaid.store.folder


@pytest.fixture
def run(project: Path) -> Path:
    """A run with weights and a checkpoint."""
    folder = new_run_folder(project / "runs", "pretrain")
    card = RunCard(
        kind="pretrain",
        name=folder.name,
        state="finished",
        started_at="2026-03-01T12:00:00+00:00",
        epochs=1,
        counts={},
        fingerprint="",
        subjects={},
        settings={},
        weights_sha256=write_tensors(folder / WEIGHTS, {"a": torch.ones(3)}),
    )
    write_card(folder, card)
    path = folder / "checkpoint-00001.safetensors"
    sha256 = write_tensors(path, {"b": torch.zeros(3)})
    write_json(folder / checkpoint.CHECKPOINT, {"tensors": path.name, "sha256": sha256})
    return folder


def flip(path: Path) -> None:
    alter(path, lambda content: content.__setitem__(-1, content[-1] ^ 1))


def test_a_sound_project_in_words(project, run):
    report = check_project(project)
    assert report.in_words().splitlines() == [
        (
            "Checked 1 journal (7 lines, 5 changes), 1 table file, 1 image (0 MB), 0 answers,"
            " 0 predictions, 1 run."
        ),
        "Nothing is wrong.",
    ]
    document = json.loads(json.dumps(report.as_json()))
    assert document["is_sound"]
    assert document["problems"] == []
    assert document["checked"]["runs"] == 1


def test_the_name_of_the_checkpoint_is_that_of_the_model():
    assert run_checks.CHECKPOINT == checkpoint.CHECKPOINT


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (WEIGHTS, "The weights aren't those that the run's card names"),
        ("checkpoint-00001.safetensors", "The checkpoint is damaged"),
        ("checkpoint.json", "The checkpoint is damaged"),
        ("card.json", "has no readable card.json"),
    ],
)
def test_a_damaged_run_is_named(project, run, name, sentence):
    flip(run / name)
    (problem,) = check_project(project, repair=True).left
    assert problem.kind is ProblemKind.RUN_DAMAGED
    assert problem.file.startswith(f"runs/{run.name}/")
    assert sentence in problem.sentence


def test_weights_that_are_gone_are_named(project, run):
    (run / WEIGHTS).unlink()
    (problem,) = check_project(project).left
    assert problem.file == f"runs/{run.name}/{WEIGHTS}"


def test_problems_are_grouped_and_the_verdict_stands_last():
    def problem(kind: ProblemKind, **how: bool) -> Problem:
        return Problem(kind, "a file", f"Something is {kind}.", **how)

    problems = (
        problem(ProblemKind.CHANGE_LOST),
        problem(ProblemKind.JOURNAL_DAMAGED, mendable=True, mended=True),
        problem(ProblemKind.IMAGE_UNUSED, is_note=True),
        *[problem(ProblemKind.PERMISSIONS, mendable=True)] * 22,
    )
    lines = CheckReport(Path("p"), problems, Counts(linked_images=2)).in_words().splitlines()
    assert lines[1] == (
        "Not checked: the contents of 2 linked images; only whether their files are there."
    )
    assert lines[2:4] == ["Wrong:", "  a file: Something is change-lost."]
    assert lines[-6:] == [
        "  … and 2 more of the kind permissions",
        "Mended:",
        "  a file: Something is journal-damaged.",
        "Harmless:",
        "  a file: Something is image-unused.",
        "23 problems are left; --repair mends 22.",
    ]
    mended = CheckReport(Path("p"), problems[1:3], Counts())
    assert mended.verdict() == "Everything that was wrong is mended."
    assert CheckReport(Path("p"), problems[:1], Counts()).verdict() == "1 problem is left."
