"""Whose grades count, as :mod:`.labels` has it, of thousands of studies at once."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.grades import Answer, ReadingMode
from spinegrader.domain.tallies import AnswerRows, Words

_Numbers: TypeAlias = npt.NDArray[np.int64]
_Mask: TypeAlias = npt.NDArray[np.bool_]

LabelValues: TypeAlias = dict[tuple[DiscLevel, str], int]
"""Of one study: by disc and grading, the grade."""


def labels_at_once(
    rows: AnswerRows, studies: int, own: str, reader: str | None, *, blinded: bool
) -> list[LabelValues]:
    """The grades that a model may learn from or be compared with.

    Args:
        rows: Every answer that was given.
        studies: How many studies they are of.
        own: Whose word counts before that of other readers.
        reader: Whose alone counts; None for anybody's.
        blinded: Whether each grade counts as it was before its reader saw another one.

    Returns:
        The labels of each study.

    Raises:
        ValueError: If a word in the rows isn't known.
        InvalidEditError: If that of a disc isn't.
    """
    _check_words(rows)
    discs = {at: DiscLevel.parse(word) for at, word in _used(rows.disc)}
    chosen = _blinded_rows(rows, reader) if blinded else _rows_in_force(rows, reader)
    chosen = _first_in_rank(rows, chosen, own)
    chosen = chosen[_is(rows.answer, Answer.GRADED)[chosen]]
    found: list[LabelValues] = [{} for _ in range(studies)]
    cells = (rows.study, rows.disc.numbers, rows.grading.numbers, rows.value)
    gradings = rows.grading.known
    for study, disc, grading, value in zip(*(cell[chosen].tolist() for cell in cells), strict=True):
        found[study][discs[disc], gradings[grading]] = value
    return found


def readers_at_once(rows: AnswerRows) -> set[str]:
    """Names of those whose answers of a first reading are in force."""
    latest = _last_of_each(_keys(rows))
    counts = (rows.reading[latest] == 1) & ~_is(rows.answer, Answer.WITHDRAWN)[latest]
    return {rows.reader.known[number] for number in np.unique(rows.reader.numbers[latest[counts]])}


def _check_words(rows: AnswerRows) -> None:
    for _, word in _used(rows.answer):
        Answer(word)
    for _, word in _used(rows.mode):
        ReadingMode(word)


def _used(words: Words) -> list[tuple[int, str]]:
    """The words that stand in any row, and their numbers."""
    return [(int(at), words.known[at]) for at in np.unique(words.numbers)]


def _is(words: Words, wanted: str) -> _Mask:
    return np.array([word == wanted for word in words.known], np.bool_)[words.numbers]


def _joined(*columns: _Numbers) -> _Numbers:
    """One number for each row that is equal where all columns are."""
    sizes = [int(column.max(initial=0)) + 1 for column in columns]
    return np.ravel_multi_index(columns, sizes).astype(np.int64)


def _keys(rows: AnswerRows) -> _Numbers:
    words = (rows.disc.numbers, rows.grading.numbers, rows.reader.numbers)
    return _joined(rows.study, *words, rows.reading)


def _last_of_each(keys: _Numbers) -> _Numbers:
    """Places of the last row of each key."""
    _, places = np.unique(keys[::-1], return_index=True)
    return np.asarray(len(keys) - 1 - places, np.int64)


def _counting(rows: AnswerRows, reader: str | None) -> _Numbers:
    """The last answers to their keys that are in force, and whose reader counts."""
    latest = _last_of_each(_keys(rows))
    is_adjudicated = _is(rows.mode, ReadingMode.ADJUDICATED)[latest]
    is_first = rows.reading[latest] == 1
    if reader is not None:
        is_first &= _is(rows.reader, reader)[latest]
        is_adjudicated_counted = np.zeros_like(is_adjudicated)
    else:
        is_adjudicated_counted = is_adjudicated
    counts = np.where(is_adjudicated, is_adjudicated_counted, is_first)
    return latest[counts & ~_is(rows.answer, Answer.WITHDRAWN)[latest]]


def _rows_in_force(rows: AnswerRows, reader: str | None) -> _Numbers:
    latest = _counting(rows, reader)
    says = _is(rows.answer, Answer.GRADED) | _is(rows.mode, ReadingMode.ADJUDICATED)
    return latest[says[latest]]


def _blinded_rows(rows: AnswerRows, reader: str | None) -> _Numbers:
    """Of each key in force, the last answer that was given before others were seen."""
    keys = _keys(rows)
    blind = np.flatnonzero(_is(rows.mode, ReadingMode.BLINDED) & ~rows.is_visible)
    last = blind[_last_of_each(keys[blind])]
    last = last[np.isin(keys[last], keys[_counting(rows, reader)])]
    return np.asarray(last[_is(rows.answer, Answer.GRADED)[last]], np.int64)


def _first_in_rank(rows: AnswerRows, chosen: _Numbers, own: str) -> _Numbers:
    """For each disc and grading an adjudicated answer, else the own reader's, else the latest."""
    if not len(chosen):
        return chosen
    is_adjudicated = _is(rows.mode, ReadingMode.ADJUDICATED)[chosen]
    is_own = _is(rows.reader, own)[chosen] & ~is_adjudicated
    places = _joined(rows.study, rows.disc.numbers, rows.grading.numbers)[chosen]
    times: npt.NDArray[Any] = rows.graded_at[chosen]
    order = np.lexsort((-chosen, times, is_own, is_adjudicated, places))
    return np.asarray(chosen[order][_last_of_each(places[order])], np.int64)
