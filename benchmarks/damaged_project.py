"""A small project whose files of every kind can be damaged, and the damages."""

import datetime as dt
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np

from spinegrader.domain.anatomy import STANDARD_DISCS, TRAINING_LEVELS, DiscLevel, VertebraLevel
from spinegrader.domain.edits import (
    AddPredictions,
    Edit,
    EditGroup,
    ImportStudies,
    LinkPatients,
    NoteSight,
    SetFlag,
    SetGrade,
    SetOverlay,
    SetReading,
    SetSetting,
)
from spinegrader.domain.flow import Flag, ReadingKey, Sight
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.grades import Grade, GradeKey, ReadingMode, Reason
from spinegrader.domain.numbering import Absence, CountingBasis, Numbering
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.predictions import Prediction
from spinegrader.domain.scheme import SCHEME_SETTING
from spinegrader.domain.study import Patient, Plane, Series, Study, Weighting
from spinegrader.domain.vertebrae import Disc, Vertebra
from spinegrader.services.resources import load_scheme
from spinegrader.store.archive import archive_ended
from spinegrader.store.compaction import compact_project
from spinegrader.store.layout import read_layout
from spinegrader.store.project import ProjectStore
from spinegrader.store.recovery import load_project

TARGETS = (
    *("open journal",) * 6,
    *("closed journal",) * 2,
    *("archived journal",) * 3,
    *("project.h5",) * 4,
    *("generation",) * 2,
    "generation and project.h5",
    *("image",) * 2,
    *("marker",) * 2,
)
"""What is damaged; how often a kind stands here is how often it is chosen."""

DAMAGES = ("flip", "flip", "flip", "zeros", "block zeroed", "blocks swapped", "truncated")

_MONTHS = ("2026-01", "2026-02", "2026-03", "2026-04")
_GEOMETRY = VolumeGeometry.from_matrix(
    [[0, 0, 4.0, 0], [0.6, 0, 0, 0], [0, -0.6, 0, 400.0], [0, 0, 0, 1.0]], (5, 48, 40)
)


@dataclass(frozen=True)
class Case:
    """One damage.

    Args:
        number: Seeds it.
        target: Which file, of ``TARGETS``.
        kind: Of ``DAMAGES``.
    """

    number: int
    target: str
    kind: str


def cases(count: int, seed: int) -> list[Case]:
    """Seeded damages, spread over all files and kinds."""
    rng = np.random.default_rng(seed)
    pairs = list(product(TARGETS, DAMAGES))
    order = [index for _ in range(-(-count // len(pairs))) for index in rng.permutation(len(pairs))]
    return [Case(seed * 1_000_000 + number, *pairs[order[number]]) for number in range(count)]


# -- the project ----------------------------------------------------------------------------


def make_project(folder: Path) -> None:
    """A project with an archived, two closed and an open journal and with two generations."""
    with ProjectStore.create(folder) as store:
        _make(store, SetSetting(SCHEME_SETTING, None, json.dumps(load_scheme().as_mapping())))
        for edit in _studies(store):
            _make(store, edit)
        _read(store, 0)
    layout = read_layout(folder)
    archive_ended(layout, load_project(layout).positions, age_s=0)
    for number in (1, 2):
        with ProjectStore.open(folder) as store:
            _read(store, number)
            store.close(compact=False)
        compact_project(folder)
    # Like a session whose program was killed: it doesn't close its journal.
    _read(ProjectStore.open(folder), 3)


def _make(store: ProjectStore, edit: Edit) -> None:
    store.state.apply(edit, store.append(edit, by="Reader A"))


def _studies(store: ProjectStore) -> Iterator[Edit]:
    rng = np.random.default_rng(7)
    series = []
    for number in (1, 2, 3):
        pixels = rng.integers(0, 900, _GEOMETRY.shape).astype(np.uint16)
        name = store.write_pixels(pixels, _GEOMETRY)
        uid = f"1.2.826.{number}"
        item = Series(f"{uid}.1", uid, name, _GEOMETRY, Plane.SAGITTAL, Weighting.T2)
        series.append(item)
    patients = tuple(Patient(f"P{number}") for number in (1, 2, 3))
    studies = tuple(
        Study(item.study_uid, patient.id) for item, patient in zip(series, patients, strict=True)
    )
    yield ImportStudies(patients, studies, tuple(series))
    for item in series:
        yield SetOverlay(item.uid, None, _overlay(item.uid, rng))
    yield LinkPatients("P3", None, "P1")
    yield AddPredictions(tuple(_prediction(series[0], disc) for disc in STANDARD_DISCS))


def _overlay(uid: str, rng: np.random.Generator) -> Overlay:
    bodies = []
    for level in TRAINING_LEVELS:
        first, second, third, fourth = (
            (float(x), float(y), float(z)) for x, y, z in rng.normal(0, 100, (4, 3))
        )
        bodies.append(Vertebra(level, (first, second, third, fourth)))
    return Overlay(uid, tuple(bodies))


def _corrected(uid: str, rng: np.random.Generator) -> Overlay:
    """An overlay with a word of the reader on everything that can be said of one."""
    outline = tuple((float(x), float(y), float(z)) for x, y, z in rng.normal(0, 100, (24, 3)))
    drawn = _overlay(uid, rng).with_disc(Disc(STANDARD_DISCS[2], outline))
    counted = replace(drawn, numbering=Numbering(CountingBasis.SACRUM))
    return counted.with_missing(VertebraLevel.T11, Absence.OUT_OF_VIEW)


def _prediction(series: Series, disc: DiscLevel) -> Prediction:
    return Prediction(
        id=f"prediction {disc}",
        study_uid=series.study_uid,
        series_uid=series.uid,
        disc=disc,
        grading="pfirrmann",
        values=(1, 2, 3, 4, 5),
        probabilities=(0.1, 0.2, 0.4, 0.2, 0.1),
        run="run-1",
        model_hash="ef" * 32,
        predicted_at=dt.datetime.fromisoformat("2026-01-02T12:00:00+00:00"),
    )


def _read(store: ProjectStore, session: int) -> None:
    """What a reader does in one session: grades, corrections, several at once, other changes."""
    rng = np.random.default_rng(session)
    month = _MONTHS[session]
    for number, (study, disc) in enumerate(product((1, 2, 3), STANDARD_DISCS)):
        key = GradeKey(f"1.2.826.{study}", disc, "pfirrmann", f"Reader {'AB'[session % 2]}")
        at = dt.datetime.fromisoformat(f"{month}-03T10:{number:02d}:00.123456+00:00")
        before = store.state.grade(key)
        value = int(rng.integers(1, 6))
        edit = SetGrade(before, _grade(key, value, before, at))
        if number % 5 == 4:
            again = edit.after.superseding(edit.after, at, Reason.CORRECTED)
            group = EditGroup("Grade twice", (edit, SetGrade(edit.after, again)))
            _make(store, group)
        else:
            _make(store, edit)
    for number in (1, 2):
        uid = f"1.2.826.{number}.1"
        _make(store, SetOverlay(uid, store.state.overlay(uid), _corrected(uid, rng)))
    for edit in _about_readings(store, session):
        _make(store, edit)
    _make(store, SetSetting(f"note {session}", None, f'"{session}"'))
    _make(store, SetSetting("shared", store.state.setting("shared"), f'"{session}"'))


def _about_readings(store: ProjectStore, session: int) -> Iterator[Edit]:
    """A flag, a reading asked again, and a look at other grades; another study each session."""
    uid, reader = f"1.2.826.{session % 3 + 1}", f"Reader {'AB'[session % 2]}"
    yield SetFlag(uid, store.state.flag(uid), Flag(reader, f"look again {session}"))
    asked = store.state.asked_reading(uid, reader)
    yield SetReading(uid, reader, asked, asked + 1)
    at = dt.datetime.fromisoformat(f"{_MONTHS[session]}-03T11:00:00+00:00")
    yield NoteSight(Sight(ReadingKey(uid, reader, asked), at))


def _grade(key: GradeKey, value: int, before: Grade | None, at: dt.datetime) -> Grade:
    from spinegrader.domain.grades import Answer

    first = Grade(key, Answer.GRADED, value, 1, at, seconds=4.5, mode=ReadingMode.BLINDED)
    if before is None:
        return first
    return replace(first, revision=before.revision + 1, reason=Reason.CORRECTED)


# -- the damage -----------------------------------------------------------------------------


def damage(folder: Path, case: Case) -> list[Path]:
    """Damages a copy of the project; returns the damaged files."""
    rng = np.random.default_rng(case.number)
    paths = _paths(folder, case.target, rng)
    for path in paths:
        before = path.read_bytes()
        after = before
        while after == before:
            after = _damaged(before, case.kind, rng)
        path.write_bytes(after)
    return paths


def _paths(folder: Path, target: str, rng: np.random.Generator) -> list[Path]:
    journals = sorted((folder / "journal").glob("*.jsonl"), key=_first_time)
    generations = sorted((folder / "generations").glob("*.h5"))
    images = sorted((folder / "pixels").glob("*.h5"))
    found = {
        "open journal": [journals[-1]],
        "closed journal": [journals[int(rng.integers(len(journals) - 1))]],
        "archived journal": [*(folder / "journal" / "archive").glob("*.jsonl")],
        "project.h5": [folder / "project.h5"],
        "generation": [generations[int(rng.integers(len(generations)))]],
        "generation and project.h5": [generations[-1], folder / "project.h5"],
        "image": [images[int(rng.integers(len(images)))]],
        "marker": [folder / "spinegrader.json"],
    }
    return found[target]


def _first_time(journal: Path) -> str:
    return json.loads(journal.read_bytes().partition(b"\n")[0])["at"]


def _damaged(content: bytes, kind: str, rng: np.random.Generator) -> bytes:
    changed = bytearray(content)
    size = len(content)
    if kind == "flip":
        changed[int(rng.integers(size))] ^= 1 << int(rng.integers(8))
    elif kind == "zeros":
        start, length = int(rng.integers(size)), int(rng.integers(2, 65))
        changed[start : start + length] = bytes(len(changed[start : start + length]))
    elif kind == "truncated":
        del changed[int(rng.integers(size)) :]
    else:
        block = 4096 if size > 8192 and rng.random() < 0.5 else 512 if size > 1024 else 64
        first, second = rng.choice(-(-size // block), 2, replace=False)
        one, other = (slice(int(item) * block, int(item + 1) * block) for item in (first, second))
        if kind == "block zeroed":
            changed[one] = bytes(len(changed[one]))
        elif len(changed[one]) == len(changed[other]):
            changed[one], changed[other] = content[other], content[one]
    return bytes(changed)


def copy_project(base: Path, folder: Path) -> None:
    """A copy with the same times and permissions."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(base, folder)
    for path in (folder, *folder.rglob("*")):
        os.chmod(path, 0o700 if path.is_dir() else 0o600)  # noqa: PTH101 - a mode for each
