"""What a project must be like after a system call has failed."""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from benchmarks.failing_operations import Attempt, short_edit
from benchmarks.store_contents import contents, opened_alone, stamp_in
from spinegrader import durable
from spinegrader.store.project import ProjectStore

_EXPECTED = ("was cut off", "was not closed properly")
_SENTENCE = re.compile(r"(?<=\.) ")
_TECHNICAL = re.compile(r"Errno|Traceback|Error\(|\n")
_FILES = re.compile(
    r"spinegrader\.json|project\.h5|journal/(archive/)?[0-9a-f]{32}\.jsonl"
    r"|generations/[0-9TZ]+\.h5|pixels/[0-9a-f]{64}\.h5|cache/.*|before-layout-\d/.*"
)
_SWEPT = ("pixels", "generations", "journal/archive")
"""Where compactions remove what was left a day ago, besides the project folder itself."""

_known: dict[bytes, frozenset[object]] = {}


class Kind(StrEnum):
    """What can be wrong."""

    LOST = "an acknowledged edit is lost"
    CAME_BACK = "a refused edit is there"
    UNSPOKEN = "an error without a sentence"
    BROKEN = "not as before, or can't go on"


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be."""

    kind: Kind
    words: str


@dataclass(frozen=True)
class Earlier:
    """What a failure must leave as it is.

    Args:
        project_h5: What the snapshot holds by itself; nothing if there is none.
        images: Names of the images.
    """

    project_h5: frozenset[object]
    images: frozenset[str]

    @classmethod
    def seen_in(cls, folder: Path) -> "Earlier":
        """What a project, or an empty place, holds now."""
        snapshot = folder / "project.h5"
        held = _held_by(snapshot, folder) if snapshot.exists() else frozenset()
        return cls(held, frozenset(path.stem for path in (folder / "pixels").glob("*.h5")))


def findings_after(folder: Path, attempt: Attempt, earlier: Earlier) -> list[Finding]:
    """Looks at a project as another session finds it right after the failure.

    Args:
        folder: The project; where it was to be created and wasn't, nothing is asked of it.
        attempt: What the disturbed session says.
        earlier: What was there before.
    """
    findings: list[Finding] = []
    if not attempt.done and not _is_sentence(attempt.sentence):
        findings.append(Finding(Kind.UNSPOKEN, attempt.unspoken or attempt.sentence))
    if attempt.done or attempt.kept:
        findings += _look(folder, attempt.kept, earlier)
    return findings


def findings_after_going_on(
    folder: Path, kept: frozenset[object] | str, earlier: Earlier
) -> list[Finding]:
    """Looks again, after the same session has gone on.

    Args:
        folder: The project.
        kept: What must be there; a text says why the session couldn't go on.
        earlier: What was there before the failure.
    """
    if isinstance(kept, str):
        return [Finding(Kind.BROKEN, f"the session can't go on: {kept}")]
    return [*_look(folder, kept, earlier), *_rests(folder)]


def _is_sentence(words: str) -> bool:
    return words[:1].isupper() and words.endswith(".") and not _TECHNICAL.search(words)


def _look(folder: Path, kept: frozenset[object], earlier: Earlier) -> list[Finding]:
    try:
        store = ProjectStore.open(folder)
        return [*_compared(store, kept), *_damage(store, earlier)]
    except Exception as error:  # noqa: BLE001 - whatever it is, the project can't be read
        return [Finding(Kind.BROKEN, f"it can't be read: {error!r}")]


def _compared(store: ProjectStore, kept: frozenset[object]) -> list[Finding]:
    findings: list[Finding] = []
    found = contents(store.state)
    if lost := len(kept - found):
        findings.append(Finding(Kind.LOST, f"{lost} changes are not there"))
    if foreign := len(found - kept):
        # The one edit that operations try is a single value.
        is_refused = foreign == 1 and stamp_in(store.state, short_edit(2)) is not None
        kind = Kind.CAME_BACK if is_refused else Kind.BROKEN
        findings.append(Finding(kind, f"{foreign} changes are there that were not made"))
    return findings


def _damage(store: ProjectStore, earlier: Earlier) -> list[Finding]:
    said = [*store.check(), *_SENTENCE.split(store.recovery)]
    words = [note for note in said if note and not any(words in note for words in _EXPECTED)]
    now = Earlier.seen_in(store.folder)
    if now.project_h5 not in (earlier.project_h5, contents(store.state)):
        words.append("project.h5 is neither the old nor the new one")
    if earlier.images - now.images:
        words.append("an image is gone")
    for name in now.images:
        # The name is the hash of what it must hold.
        store.read_pixels(name)
    return [Finding(Kind.BROKEN, note) for note in words]


def _rests(folder: Path) -> list[Finding]:
    """Files that nothing takes away: no part of a project, and no part of a generation."""
    for place in (folder, *(folder / name for name in _SWEPT)):
        durable.remove_temporaries(place, stale_after_s=0)
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()]
    words = [f"{name} is left" for name in names if not _FILES.fullmatch(name)]
    words += [
        f"{path.name} is a broken generation"
        for path in (folder / "generations").glob("*.h5")
        if not _held_by(path, folder)
    ]
    return [Finding(Kind.BROKEN, note) for note in words]


def _held_by(snapshot: Path, folder: Path) -> frozenset[object]:
    """What a snapshot holds by itself; each is read only once, since most cases leave it alone."""
    digest = hashlib.sha256(snapshot.read_bytes()).digest()
    if digest not in _known:
        _known[digest] = contents(opened_alone(folder, snapshot))
    return _known[digest]
