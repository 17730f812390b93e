"""What a list of thousands of studies asks of all of them, told without unpacking any.

Records may lie packed (see :mod:`.grouped`). Those who pack them may know how to count in them;
what has been unpacked or changed since is left to those who ask.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
import numpy.typing as npt

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.state import ProjectState

Counts: TypeAlias = Mapping[tuple[str, int], int]
"""Answers by reader and reading."""

_Numbers: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Words:
    """A column of words.

    Args:
        numbers: Place in ``known`` of each row's word, (N,).
        known: The words that there are.
    """

    numbers: _Numbers
    known: Sequence[str]


@dataclass(frozen=True)
class AnswerRows:
    """Every answer that was ever given in some studies; those to one key by rising revision.

    Args:
        study: Place of each row's study among those that were asked for, (N,).
        disc: The discs' names.
        grading: Ids of gradings.
        reader: Names.
        reading: Which reading of the reader it was, from 1, (N,).
        answer: Values of :class:`.Answer`.
        value: The grade; negative where the answer is none, (N,).
        mode: Values of :class:`.ReadingMode`.
        is_visible: Whether a prediction had been seen, (N,).
        graded_at: UTC in ISO 8601, all alike, so that they sort by time, (N,).
    """

    study: _Numbers
    disc: Words
    grading: Words
    reader: Words
    reading: _Numbers
    answer: Words
    value: _Numbers
    mode: Words
    is_visible: npt.NDArray[np.bool_]
    graded_at: npt.NDArray[Any]


@runtime_checkable
class TellsSeries(Protocol):
    """Packed series."""

    def series_to_grade(self, studies: Iterable[str]) -> Mapping[str, str | None]:
        """The UID of the series that each study is graded on, as the state would choose it.

        Studies whose rows can't be understood are left out.
        """
        ...


@runtime_checkable
class TellsDiscs(Protocol):
    """Packed overlays."""

    def disc_levels(self, series: Iterable[str]) -> Mapping[str, tuple[DiscLevel, ...] | None]:
        """The discs of each overlay, head to feet; None where fewer than two vertebrae are drawn.

        Overlays whose rows can't be understood are left out.
        """
        ...


@runtime_checkable
class TellsDoubts(Protocol):
    """Packed overlays."""

    def doubtful_series(self) -> Collection[str]:
        """The UIDs of the series whose count may be another one."""
        ...


@runtime_checkable
class TellsAnswers(Protocol):
    """Packed grades."""

    def answered(
        self, discs: Mapping[str, Collection[DiscLevel]], gradings: Collection[str]
    ) -> Mapping[str, Counts]:
        """How many answers in force each study has to these gradings of these discs of it."""
        ...

    def answer_rows(self, studies: Sequence[str]) -> AnswerRows:
        """Every answer that was ever given in these studies."""
        ...


def packed_studies(state: ProjectState, studies: Sequence[str]) -> list[str]:
    """Those of the studies whose series and grades nobody has unpacked or changed."""
    touched = {**state.series.unpacked_groups(), **state.grades.unpacked_groups()}
    return [uid for uid in studies if uid not in touched]


def told_series(state: ProjectState, studies: Sequence[str]) -> Mapping[str, str | None]:
    """The UID of the series to grade, of packed studies."""
    packed = state.series.packed
    return packed.series_to_grade(studies) if isinstance(packed, TellsSeries) else {}


def told_discs(
    state: ProjectState, series: Sequence[str]
) -> Mapping[str, tuple[DiscLevel, ...] | None]:
    """The discs of overlays that nobody has unpacked or changed; None where there are none."""
    packed = state.overlays.packed
    touched = state.overlays.unpacked_groups()
    untouched = [uid for uid in series if uid not in touched]
    return packed.disc_levels(untouched) if isinstance(packed, TellsDiscs) else {}


def told_doubts(state: ProjectState) -> list[str]:
    """The series whose count may be another one, of all overlays."""
    packed, touched = state.overlays.packed, state.overlays.unpacked_groups()
    told = packed.doubtful_series() if isinstance(packed, TellsDoubts) else ()
    return [uid for uid in {*told, *touched} if uid not in touched or _is_doubtful(state, uid)]


def _is_doubtful(state: ProjectState, series_uid: str) -> bool:
    overlay = state.overlay(series_uid)
    return overlay is not None and overlay.is_doubtful


def told_answers(
    state: ProjectState,
    discs: Mapping[str, Collection[DiscLevel]],
    gradings: Collection[str],
) -> Mapping[str, Counts]:
    """How many answers in force packed studies have to these gradings of these discs of theirs."""
    packed = state.grades.packed
    return packed.answered(discs, gradings) if isinstance(packed, TellsAnswers) else {}


def told_answer_rows(
    state: ProjectState, studies: Iterable[str]
) -> tuple[list[str], AnswerRows] | None:
    """Every answer in those of the studies whose grades nobody has unpacked or changed.

    Args:
        state: Of the project.
        studies: Their UIDs.

    Returns:
        The UIDs of those studies, and their rows; None where grades don't lie packed.
    """
    packed, touched = state.grades.packed, state.grades.unpacked_groups()
    untouched = [uid for uid in studies if uid not in touched]
    return (untouched, packed.answer_rows(untouched)) if isinstance(packed, TellsAnswers) else None
