"""What a snapshot holds that no journal tells, as changes that tell it again."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from spinegrader.domain.edits import (
    AddPredictions,
    Edit,
    ImportStudies,
    KeepApart,
    LinkPatients,
    LinkStudies,
    NoteSight,
    SetFlag,
    SetGrade,
    SetOverlay,
    SetReading,
    SetSetting,
    SingleEdit,
)
from spinegrader.domain.flow import Sight
from spinegrader.domain.grades import Grade, GradeKey
from spinegrader.domain.links import Kind, Links
from spinegrader.domain.stamp import Stamp
from spinegrader.domain.state import ProjectState
from spinegrader.store.values import time_text

K = TypeVar("K")
V = TypeVar("V")

_BEFORE_ALL = "0001-01-01T00:00:00.000000+00:00"
"""For what must not outrank anything."""


@dataclass(frozen=True)
class Restored:
    """A change that is told again.

    Args:
        at: When it was made, as far as that is known; UTC in ISO 8601 with microseconds.
        by: The reader who made it; empty where it isn't known.
        edit: The change.
    """

    at: str
    by: str
    edit: Edit


@dataclass
class Comparison:
    """A snapshot beside what the journals tell.

    Args:
        restored: What only the snapshot holds.
        contradictions: What both tell differently, a few words each.
    """

    restored: list[Restored] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)


def untold(
    kept: ProjectState, told: ProjectState, readers: Mapping[tuple[str, int], str], now: str
) -> Comparison:
    """What a snapshot holds beyond the journals.

    Args:
        kept: The snapshot.
        told: What all journals tell.
        readers: Who made the changes of the audit trail, by session and number.
        now: Time for what has none of its own.
    """
    found = Comparison()
    records = _records(kept, told)
    if records.patients or records.studies or records.series:
        found.restored.append(Restored(now, "", records))
    _compare_grades(kept, told, found)
    for prediction in kept.predictions.values():
        known = told.predictions.get(prediction.id)
        if known is None or _comes_first(prediction, known):
            at = time_text(prediction.predicted_at)
            found.restored.append(Restored(at, "", AddPredictions((prediction,))))
    for sight in kept.sights.values():
        noted = told.sights.get(sight.key)
        if noted is None or noted.at > sight.at:
            found.restored.append(Restored(time_text(sight.at), sight.key.reader, NoteSight(sight)))
    for stamp, edit in _later_words(kept, told, found.contradictions):
        by = readers.get((stamp.session, stamp.number), "")
        found.restored.append(Restored(stamp.at, by, edit))
    found.restored += _once_linked(kept.links, told.links)
    return found


def grade_in_words(grade: Grade) -> str:
    """Which grade, without the patient."""
    return f"{key_in_words(grade.key)}, revision {grade.revision}"


def key_in_words(key: GradeKey) -> str:
    """Of what by whom, without the patient."""
    reading = f", reading {key.reading}" if key.reading > 1 else ""
    return f"study {key.study_uid}, {key.disc}, {key.grading}, reader {key.reader}{reading}"


def sight_in_words(sight: Sight) -> str:
    """Whose reading was unblinded, without the patient."""
    key = sight.key
    return f"end of blinding, study {key.study_uid}, reader {key.reader}, reading {key.reading}"


def restored_grade(grade: Grade, history: Iterable[Grade]) -> Restored:
    """A grade told again, as what follows the revision before it."""
    before = [item for item in history if item.revision == grade.revision - 1]
    edit = SetGrade(before[-1] if before else None, grade)
    return Restored(time_text(grade.graded_at), grade.key.reader, edit)


def _records(kept: ProjectState, told: ProjectState) -> ImportStudies:
    return ImportStudies(
        tuple(_beyond(kept.patients, told.patients)),
        tuple(_beyond(kept.studies, told.studies)),
        tuple(_beyond(kept.series, told.series)),
    )


def _beyond(kept: Mapping[str, V], told: Mapping[str, V]) -> Iterator[V]:
    for name, record in kept.items():
        known = told.get(name)
        if known is None or _comes_first(record, known):
            yield record


def _comes_first(one: object, other: object) -> bool:
    """Whether a record stands before another of the same id, as ``ProjectState`` decides it."""
    return one != other and repr(one) < repr(other)


def _compare_grades(kept: ProjectState, told: ProjectState, found: Comparison) -> None:
    for key, history in kept.grades.items():
        known = told.grades.get(key, ())
        for grade in history:
            if grade in known:
                continue
            others = [item for item in known if item.revision == grade.revision]
            if any(item not in history for item in others):
                found.contradictions.append(grade_in_words(grade))
            else:
                found.restored.append(restored_grade(grade, history))


def _later_words(
    kept: ProjectState, told: ProjectState, contradictions: list[str]
) -> Iterator[tuple[Stamp, SingleEdit]]:
    """What holds until a later word, and of which the snapshot knows a later one."""
    for uid, (stamp, overlay) in _later(kept.overlays, told.overlays, contradictions, "overlay"):
        yield stamp, SetOverlay(uid, None, overlay)
    for name, (stamp, value) in _later(kept.settings, told.settings, contradictions, "setting"):
        yield stamp, SetSetting(name, None, value)
    for uid, (stamp, flag) in _later(kept.flags, told.flags, contradictions, "flag"):
        yield stamp, SetFlag(uid, None, flag)
    for place, (stamp, reading) in _later(
        kept.readings, told.readings, contradictions, "asked reading"
    ):
        yield stamp, SetReading(*place, 1, reading)
    ours, theirs = kept.links, told.links
    for record, (stamp, target) in _later(ours.patients, theirs.patients, contradictions, "link"):
        yield stamp, LinkPatients(record, None, target)
    for record, (stamp, target) in _later(ours.studies, theirs.studies, contradictions, "link"):
        yield stamp, LinkStudies(record, None, target)
    for pair, (stamp, apart) in _later(ours.apart, theirs.apart, contradictions, "decision"):
        yield stamp, KeepApart(pair.kind, pair.first, pair.second, before=not apart, after=apart)


def _later(
    kept: Mapping[K, tuple[Stamp, V]],
    told: Mapping[K, tuple[Stamp, V]],
    contradictions: list[str],
    what: str,
) -> Iterator[tuple[K, tuple[Stamp, V]]]:
    for name, (stamp, value) in kept.items():
        known = told.get(name)
        # Of a change that was told again only the time is the same.
        if known is None or known[0].at < stamp.at:
            yield name, (stamp, value)
        elif known[0].at == stamp.at and known[1] != value:
            contradictions.append(f"{what} of {stamp.at[:19]} UTC")


def _once_linked(kept: Links, told: Links) -> Iterator[Restored]:
    """Links that were taken back: they must not hold again, only be known."""
    for first, second in sorted(kept.once - told.once):
        record, target = (first, second) if first in kept.patients else (second, first)
        if kept.register(Kind.PATIENTS).get(record, (None, None))[1] != target:
            yield Restored(_BEFORE_ALL, "", LinkPatients(record, None, target))
