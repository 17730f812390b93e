"""The files of a project as the disk shows them: permissions, and what killed programs left."""

import contextlib
import os
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from spinegrader import durable
from spinegrader.store.checking.problems import Problem, ProblemKind
from spinegrader.store.layout import ProjectLayout

_TEMPORARY_AGE_S = 24 * 3600.0
_STAGING_AGE_S = 7 * 24 * 3600.0
_LEASE_AGE_S = 600.0
_GROUP = stat.S_IRWXG
_OTHERS = stat.S_IRWXO


@dataclass(frozen=True)
class FoundFile:
    """A file or folder about which something is wrong.

    Args:
        path: Where it is.
        problem: What is wrong.
    """

    path: Path
    problem: Problem


def open_to_others(layout: ProjectLayout) -> list[FoundFile]:
    """Files and folders that more people may look into than should.

    A project is its owner's, or deliberately a group's: then its folder hands its group on.
    """
    if sys.platform == "win32":
        return []
    forbidden = _forbidden(layout)
    return [
        FoundFile(path, _permission_problem(layout, path))
        for path in _all_below(layout.folder)
        if _mode(path) & forbidden
    ]


def close_to_others(layout: ProjectLayout, path: Path) -> bool:
    """Takes away what others may do with a file; says whether that succeeded."""
    try:
        path.chmod(_mode(path) & ~_forbidden(layout))
    except OSError:
        return False
    return True


def leftovers(layout: ProjectLayout) -> list[FoundFile]:
    """What killed programs left behind, once surely nobody is at it any more."""
    found = [
        *_old(_temporaries(layout), _TEMPORARY_AGE_S),
        *_old(layout.cache.glob("import-*"), _STAGING_AGE_S),
        *_old(layout.cache.glob("compaction.lease"), _LEASE_AGE_S),
    ]
    sentence = "A program that was interrupted left it; it is of no use any more."
    return [
        FoundFile(path, _problem(ProblemKind.LEFTOVER, layout, path, sentence, is_note=True))
        for path in found
    ]


def remove(path: Path) -> bool:
    """Removes a file or folder; says whether it is gone."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
    return not path.exists()


def _temporaries(layout: ProjectLayout) -> Iterator[Path]:
    for folder in (
        layout.folder,
        layout.journals,
        layout.archive,
        layout.pixels,
        layout.generations,
        *layout.runs.glob("*"),
    ):
        yield from folder.glob(".*.tmp")


def _old(paths: Iterator[Path], age_s: float) -> Iterator[Path]:
    for path in sorted(paths):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - _last_change_s(path) >= age_s:
                yield path


def _last_change_s(path: Path) -> float:
    inside = path.iterdir() if path.is_dir() else ()
    return float(max(item.stat().st_mtime for item in (path, *inside)))


def _all_below(folder: Path) -> Iterator[Path]:
    yield folder
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(place, name)
            if not path.is_symlink():
                yield path


def _mode(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return 0


def _forbidden(layout: ProjectLayout) -> int:
    return _OTHERS if durable.is_shared(layout.folder) else _OTHERS | _GROUP


def _permission_problem(layout: ProjectLayout, path: Path) -> Problem:
    who = "everybody" if _mode(path) & _OTHERS else "its group"
    sentence = f"On this computer {who} may use it, not only its owner."
    return _problem(ProblemKind.PERMISSIONS, layout, path, sentence)


def _problem(
    kind: ProblemKind, layout: ProjectLayout, path: Path, sentence: str, *, is_note: bool = False
) -> Problem:
    file = path.relative_to(layout.folder).as_posix()
    return Problem(kind, file, sentence, mendable=True, is_note=is_note)
