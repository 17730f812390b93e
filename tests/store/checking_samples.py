"""A project with journals, tables and images of every kind, and hands that look and damage."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from benchmarks.damage_checks import plain
from benchmarks.damaged_project import copy_project, make_project
from spinegrader.services.resources import load_scheme
from spinegrader.store.checking.examining import How
from spinegrader.store.checking.problems import Problem, ProblemKind
from spinegrader.store.checking.whole import CheckedProject, check_project
from spinegrader.store.project import ProjectStore


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Journals of four sessions (archived, closed, closed, open), project.h5, generations."""
    folder = tmp_path_factory.mktemp("whole") / "project"
    make_project(folder)
    return folder


@pytest.fixture
def project(whole: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    copy_project(whole, folder)
    return folder


@pytest.fixture(scope="module")
def truth(whole: Path) -> dict[str, object]:
    return content_of(whole)


def content_of(folder: Path) -> dict[str, object]:
    with_all = ProjectStore.open(folder)
    with_all.close(compact=False)
    return plain(with_all.state)


def check(folder: Path, *, repair: bool = False) -> CheckedProject:
    return check_project(folder, How(load_scheme()), repair=repair)


def left(checked: CheckedProject) -> list[Problem]:
    return [problem for problem in checked.problems if problem.is_left]


def kinds(checked: CheckedProject) -> list[ProblemKind]:
    return [problem.kind for problem in checked.problems]


def files(folder: Path) -> dict[str, tuple[str, int, int]]:
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
            path.stat().st_mtime_ns,
            path.stat().st_mode,
        )
        for path in (folder, *folder.rglob("*"))
    }


def journals(folder: Path) -> list[Path]:
    """Oldest first, the archived one left out."""
    return sorted(
        (folder / "journal").glob("*.jsonl"),
        key=lambda path: json.loads(path.read_bytes().splitlines()[0])["at"],
    )


def wipe_line(journal: Path, number: int) -> None:
    lines = journal.read_bytes().splitlines(keepends=True)
    lines[number] = bytes(len(lines[number]) - 1) + b"\n"
    journal.write_bytes(b"".join(lines))


def only_journals(folder: Path) -> None:
    (folder / "project.h5").unlink()
    shutil.rmtree(folder / "generations")


def assert_mended(folder: Path, truth: dict[str, object], *mended: ProblemKind) -> None:
    """Named, mended, clean, told by the journals alone, and the same at the second time."""
    before = files(folder)
    assert set(mended) <= {problem.kind for problem in left(check(folder))}
    assert files(folder) == before
    repaired = check(folder, repair=True)
    assert not left(repaired)
    assert {problem.kind for problem in repaired.problems if problem.mended} >= set(mended)
    after = files(folder)
    assert not left(check(folder, repair=True))
    assert files(folder) == after
    store = ProjectStore.open(folder)
    assert store.recovery == ""
    assert plain(store.state) == truth
    store.close(compact=False)
    only_journals(folder)
    assert content_of(folder) == truth
