"""Counting in packed rows: what a list asks of thousands of studies, without unpacking them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel, discs_between
from spinegrader.domain.grades import Answer, Grade, GradeKey
from spinegrader.domain.numbering import Absence
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.region import region_of
from spinegrader.domain.stamp import Stamp
from spinegrader.domain.study import Plane, Series, Weighting, reading_rank
from spinegrader.domain.tallies import AnswerRows, Words
from spinegrader.store.packed import PackedRecords
from spinegrader.store.tables import choices_of, texts_of

_Numbers: TypeAlias = npt.NDArray[Any]
_PLANES = {item.value: item for item in Plane}
_WEIGHTINGS = {item.value: item for item in Weighting}


class PackedSeries(PackedRecords[str, Series]):
    """Series and their further stacks; a ``domain.tallies.TellsSeries``."""

    def series_to_grade(self, studies: Iterable[str]) -> dict[str, str | None]:
        """The UID of the sagittal series that comes first in the reading order of each study."""
        names = list(studies)
        series, stacks = self.tables
        further: dict[str, int] = defaultdict(int)
        uids, slices, _ = stacks.columns_of(names, "series_uid", "shape")
        for uid, shape in zip(texts_of(uids), slices.tolist(), strict=True):
            further[uid] += shape[0]
        best: dict[int, tuple[tuple[int, ...], str]] = {}
        unclear: set[int] = set()
        texts = ("uid", "plane", "weighting", "body_part", "description")
        *cells, numbers, shapes, owners = series.columns_of(names, *texts, "number", "shape")
        columns = (*map(texts_of, cells), numbers.tolist(), shapes.tolist(), owners.tolist())
        for uid, plane, weighting, part, words, number, shape, at in zip(*columns, strict=True):
            if plane not in _PLANES or weighting not in _WEIGHTINGS:
                unclear.add(at)
            elif _PLANES[plane] is Plane.SAGITTAL:
                count, region = shape[0] + further.get(uid, 0), region_of(part, words)
                rank = reading_rank(Plane.SAGITTAL, _WEIGHTINGS[weighting], region, count, number)
                best[at] = min(best.get(at, (rank, uid)), (rank, uid))
        return {
            name: best[at][1] if at in best else None
            for at, name in enumerate(names)
            if at not in unclear
        }


class PackedOverlays(PackedRecords[str, tuple[Stamp, Overlay | None]]):
    """Overlays, vertebrae, edited discs, missing levels.

    A ``domain.tallies.TellsDiscs`` and ``TellsDoubts``.
    """

    def disc_levels(self, series: Iterable[str]) -> dict[str, tuple[DiscLevel, ...] | None]:
        """The discs of each overlay, head to feet; None where fewer than two bodies are drawn."""
        names = list(series)
        overlays, vertebrae, _, missing, *_ = self.tables
        drawn, owners = overlays.columns_of(names, "drawn")
        is_drawn = set(owners[drawn].tolist())
        bodies = _by_owner(*vertebrae.columns_of(names, "level"))
        words, reasons, owners = missing.columns_of(names, "level", "absence")
        is_absent = np.array(texts_of(reasons), dtype=object) == Absence.ABSENT.value
        absent = _by_owner(words[is_absent], owners[is_absent])
        found: dict[str, tuple[DiscLevel, ...] | None] = {}
        for at, name in enumerate(names):
            levels = bodies.get(at, ())
            if at not in is_drawn or len(levels) < 2:
                found[name] = None
                continue
            try:
                found[name] = _discs(tuple(levels), tuple(absent.get(at, ())))
            except ValueError:
                continue
        return found

    def doubtful_series(self) -> frozenset[str]:
        """The UIDs of the series whose count may be another one."""
        rows = self.tables[0].rows
        chosen = rows[rows["is_doubtful"]] if len(rows) else rows
        return frozenset(texts_of(chosen["series_uid"]))


class PackedGrades(PackedRecords[GradeKey, tuple[Grade, ...]]):
    """Grades and comments; a ``domain.tallies.TellsAnswers``."""

    def answered(
        self, discs: Mapping[str, Collection[DiscLevel]], gradings: Collection[str]
    ) -> dict[str, dict[tuple[str, int], int]]:
        """How many answers in force each study has to these gradings of these discs of it."""
        names = list(discs)
        texts = ("disc", "grading", "reader", "answer")
        *cells, readings, owners = self.tables[0].columns_of(names, *texts, "reading")
        (disc, disc_words), (grading, grading_words), (reader, readers), (answer, answers) = (
            _numbered(column) for column in cells
        )
        reading, known_readings = np.unique(readings, return_inverse=True)[::-1]
        sizes = (len(names), len(readers), len(known_readings), len(disc_words), len(grading_words))
        if not len(owners):
            return {name: {} for name in names}
        keys = np.ravel_multi_index((owners, reader, reading, disc, grading), sizes)
        # The last row of a key is the answer in force.
        _, places = np.unique(keys[::-1], return_index=True)
        latest = len(keys) - 1 - places
        is_asked = np.array([word in gradings for word in grading_words])[grading[latest]]
        is_given = np.array([word != Answer.WITHDRAWN.value for word in answers])[answer[latest]]
        counted = latest[is_asked & is_given]
        is_there = _table_of_discs([discs[name] for name in names], disc_words)
        counted = counted[is_there[owners[counted], disc[counted]]]
        groups, counts = np.unique(
            np.stack([owners[counted], reader[counted], reading[counted]]),
            axis=1,
            return_counts=True,
        )
        found: dict[str, dict[tuple[str, int], int]] = {name: {} for name in names}
        for at, who, which, count in zip(*groups.tolist(), counts.tolist(), strict=True):
            found[names[at]][readers[who], int(known_readings[which])] = count
        return found

    def answer_rows(self, studies: Sequence[str]) -> AnswerRows:
        """Every answer that was ever given in these studies."""
        texts = ("disc", "grading", "reader", "answer", "mode")
        numbers = ("reading", "value", "prediction_visible", "graded_at")
        *cells, owners = self.tables[0].columns_of(studies, *texts, *numbers)
        disc, grading, reader, answer, mode = (
            Words(*_numbered(column)) for column in cells[: len(texts)]
        )
        reading, value, is_visible, graded_at = cells[len(texts) :]
        return AnswerRows(
            owners.astype(np.int64),
            disc,
            grading,
            reader,
            reading.astype(np.int64),
            answer,
            value.astype(np.int64),
            mode,
            is_visible.astype(np.bool_),
            graded_at,
        )


def _by_owner(levels: _Numbers, owners: _Numbers) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for level, at in zip(texts_of(levels), owners.tolist(), strict=True):
        found[at].append(level)
    return found


@cache
def _discs(levels: tuple[str, ...], absent: tuple[str, ...]) -> tuple[DiscLevel, ...]:
    """The discs between vertebrae; there are few kinds of spines.

    Raises:
        ValueError: If a level isn't known, or they don't run from head to feet.
    """
    bodies = [VertebraLevel(level) for level in levels]
    if any(below.position <= above.position for above, below in pairwise(bodies)):
        raise ValueError("The levels don't run from head to feet.")
    return discs_between(bodies, {VertebraLevel(level) for level in absent})


def _numbered(cells: _Numbers) -> tuple[_Numbers, list[str]]:
    """A column of texts or choices as numbers, and the words behind them."""
    words = choices_of(cells.dtype)
    if words is not None:
        return cells.astype(np.int64), words
    known, numbers = np.unique(np.array(texts_of(cells), dtype=object), return_inverse=True)
    return numbers, known.tolist()


def _table_of_discs(discs: Sequence[Collection[DiscLevel]], words: Sequence[str]) -> _Numbers:
    """Whether each study (row) has each disc (column)."""
    place = {word: column for column, word in enumerate(words)}
    rows: dict[tuple[DiscLevel, ...], _Numbers] = {}
    table = np.zeros((len(discs), len(words)), np.bool_)
    for row, present in enumerate(discs):
        kind = tuple(present)
        if kind not in rows:
            columns = [place[str(disc)] for disc in kind if str(disc) in place]
            rows[kind] = np.isin(np.arange(len(words)), columns)
        table[row] = rows[kind]
    return table
