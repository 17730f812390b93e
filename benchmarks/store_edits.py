"""Changes as readers make them, the same ones again from the same seed, and what they lead to.

Whoever knows how many changes a killed writer had made can make the same ones and compare.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from spinegrader.domain.anatomy import STANDARD_DISCS, TRAINING_LEVELS, VertebraLevel
from spinegrader.domain.edits import (
    Edit,
    EditGroup,
    ImportStudies,
    NoteSight,
    SetFlag,
    SetGrade,
    SetOverlay,
    SetReading,
    SetSetting,
)
from spinegrader.domain.flow import Flag, ReadingKey, Sight
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.grades import Answer, Grade, GradeKey
from spinegrader.domain.numbering import Absence, CountingBasis, Numbering
from spinegrader.domain.overlays import Overlay, OverlayState
from spinegrader.domain.study import Patient, Plane, Series, Study, Weighting
from spinegrader.domain.vertebrae import Disc, Vertebra

_STUDIES = 4
_SHARED_SETTINGS = 3
_LONG_TEXT = (50_000, 3_000_000)
_NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
_VALUES = (1, 2, 3, 4, 5)


def studies() -> ImportStudies:
    """What all the changes are about."""
    geometry = VolumeGeometry.from_matrix(
        [[0, 0, 4.0, 0], [0.6, 0, 0, 0], [0, -0.6, 0, 400.0], [0, 0, 0, 1.0]], (15, 512, 512)
    )
    numbers = range(_STUDIES)
    return ImportStudies(
        tuple(Patient(f"P{number}") for number in numbers),
        tuple(Study(_study_uid(number), f"P{number}") for number in numbers),
        tuple(
            Series(
                _series_uid(number),
                _study_uid(number),
                f"{number:064x}",
                geometry,
                Plane.SAGITTAL,
                Weighting.T2,
            )
            for number in numbers
        ),
    )


def _study_uid(number: int) -> str:
    return f"1.2.826.{number}"


def _series_uid(number: int) -> str:
    return f"{_study_uid(number)}.1"


def edits_of(writer: tuple[int, ...]) -> Iterator[Edit]:
    """The endless changes of one writer; each holds something that no other one holds.

    Args:
        writer: Numbers that no other writer has; the same ones give the same changes.
    """
    return _Writer(writer).edits()


class _Writer:
    """Grades, draws and sets; knows its own earlier answers."""

    def __init__(self, numbers: tuple[int, ...]) -> None:
        self._rng = np.random.default_rng(numbers)
        self._name = ".".join(str(number) for number in numbers)
        self._answers: dict[GradeKey, Grade] = {}
        self._drawn: dict[str, Overlay] = {}
        self._made = 0

    def edits(self) -> Iterator[Edit]:
        kinds = (
            self._grade,
            self._regrade,
            self._own,
            self._shared,
            self._long,
            self._draw,
            self._flag,
            self._ask,
            self._see,
        )
        shares = (0.35, 0.1, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05)
        while True:
            kind = int(self._rng.choice(len(kinds), p=shares))
            yield kinds[kind]()
            self._made += 1

    @property
    def _mark(self) -> str:
        return f"{self._name}.{self._made}"

    def _grade(self) -> SetGrade:
        study = _study_uid(int(self._rng.integers(_STUDIES)))
        disc = STANDARD_DISCS[int(self._rng.integers(len(STANDARD_DISCS)))]
        key = GradeKey(study, disc, "pfirrmann", f"Reader {self._name}")
        before = self._answers.get(key)
        after = self._answers[key] = Grade(
            key=key,
            answer=Answer.GRADED,
            value=int(self._rng.choice(_VALUES)),
            revision=1 if before is None else before.revision + 1,
            graded_at=_NOON + dt.timedelta(seconds=self._made),
            seconds=float(self._rng.uniform(1, 60)),
            comment=self._mark,
        )
        return SetGrade(before, after)

    def _regrade(self) -> EditGroup:
        return EditGroup("Regrade", (self._grade(), self._grade()))

    def _own(self) -> SetSetting:
        return SetSetting(f"own {self._mark}", None, f'"{self._mark}"')

    def _shared(self) -> SetSetting:
        return SetSetting(f"shared {self._rng.integers(_SHARED_SETTINGS)}", None, f'"{self._mark}"')

    def _long(self) -> SetSetting:
        """Long enough for a process to be killed in the middle of writing it."""
        text = f"{self._mark} {'x' * int(self._rng.integers(*_LONG_TEXT))}"
        return SetSetting(f"long {self._rng.integers(_SHARED_SETTINGS)}", None, f'"{text}"')

    def _draw(self) -> SetOverlay:
        uid = _series_uid(int(self._rng.integers(_STUDIES)))
        vertebrae = tuple(self._vertebra(level) for level in TRAINING_LEVELS)
        before = self._drawn.get(uid)
        drawn = Overlay(uid, vertebrae, OverlayState.CONFIRMED, self._mark)
        disc = STANDARD_DISCS[int(self._rng.integers(len(STANDARD_DISCS)))]
        places = self._rng.normal(0, 100, (int(self._rng.integers(3, 40)), 3))
        outline = tuple((float(x), float(y), float(z)) for x, y, z in places)
        counted = replace(drawn, numbering=Numbering(CountingBasis.RIBS))
        after = counted.with_disc(Disc(disc, outline)).with_missing(
            VertebraLevel.T11, Absence.OUT_OF_VIEW
        )
        self._drawn[uid] = after
        return SetOverlay(uid, before, after)

    def _flag(self) -> SetFlag:
        uid = _study_uid(int(self._rng.integers(_STUDIES)))
        return SetFlag(uid, None, Flag(f"Reader {self._name}", self._mark))

    def _ask(self) -> SetReading:
        uid = _study_uid(int(self._rng.integers(_STUDIES)))
        return SetReading(uid, f"Reader {self._mark}", 1, 2)

    def _see(self) -> NoteSight:
        uid = _study_uid(int(self._rng.integers(_STUDIES)))
        at = _NOON + dt.timedelta(seconds=self._made)
        return NoteSight(Sight(ReadingKey(uid, f"Reader {self._mark}"), at))

    def _vertebra(self, level: VertebraLevel) -> Vertebra:
        first, second, third, fourth = (
            (float(x), float(y), float(z)) for x, y, z in self._rng.normal(0, 100, (4, 3))
        )
        return Vertebra(level, (first, second, third, fourth))
