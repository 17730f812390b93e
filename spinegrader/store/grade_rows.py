"""Grades and their comments as rows, and back, without loss."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache

import h5py

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.grades import Answer, Grade, GradeKey, ReadingMode
from spinegrader.domain.records import GradeRecords, grade_records
from spinegrader.store import schema
from spinegrader.store.packed import GroupedRows, rows_to_write
from spinegrader.store.tables import Row, read_rows, unpacked, write_rows
from spinegrader.store.tallies import PackedGrades
from spinegrader.store.values import time_text

_NO_VALUE = -1
_KEY_COLUMNS = 6
_ANSWERS = {answer.value: answer for answer in Answer}
_MODES = {mode.value: mode for mode in ReadingMode}

disc_of = cache(DiscLevel.parse)
"""The disc of a name; there are few of them."""

_Histories = Mapping[GradeKey, tuple[Grade, ...]]


def write_grades(file: h5py.File, records: GradeRecords) -> None:
    """Writes every answer ever given, and the comments beside them."""
    write_rows(file, schema.GRADES, rows_to_write(schema.GRADES, records, _grade_rows))
    write_rows(file, schema.COMMENTS, rows_to_write(schema.COMMENTS, records, _comment_rows))


def read_grades(file: h5py.File) -> GradeRecords:
    """All grades, still packed.

    Raises:
        KeyError: If a table or column is missing.
    """
    grades = GroupedRows(schema.GRADES, read_rows(file, schema.GRADES), "study_uid")
    comments = GroupedRows(schema.COMMENTS, read_rows(file, schema.COMMENTS), "study_uid")

    def decode(study_uid: str) -> dict[GradeKey, tuple[Grade, ...]]:
        texts = {
            row[:_KEY_COLUMNS]: row[_KEY_COLUMNS]
            for row in unpacked(comments.table, comments.of(study_uid))
        }
        histories: dict[GradeKey, list[Grade]] = defaultdict(list)
        for row in unpacked(grades.table, grades.of(study_uid)):
            grade = _grade(row, texts.get(row[:_KEY_COLUMNS], ""))
            histories[grade.key].append(grade)
        return {key: tuple(history) for key, history in histories.items()}

    return grade_records(PackedGrades((grades, comments), decode, is_row_each=False))


def _key_row(grade: Grade) -> Row:
    key = grade.key
    return key.study_uid, str(key.disc), key.grading, key.reader, key.reading, grade.revision


def _grade_rows(histories: _Histories) -> Iterator[Row]:
    for history in histories.values():
        for grade in history:
            yield (
                *_key_row(grade),
                grade.answer.value,
                _NO_VALUE if grade.value is None else grade.value,
                time_text(grade.graded_at),
                grade.seconds,
                grade.mode.value,
                grade.prediction_visible,
                grade.accepted_prediction,
                grade.reason,
                grade.program_version,
            )


def _comment_rows(histories: _Histories) -> Iterator[Row]:
    for history in histories.values():
        for grade in history:
            if grade.comment:
                yield *_key_row(grade), grade.comment


def _grade(row: Row, comment: str) -> Grade:
    study_uid, disc, grading, reader, reading, revision, answer, value, *rest = row
    graded_at, seconds, mode, visible, accepted, reason, program_version = rest
    return Grade(
        key=GradeKey(study_uid, disc_of(disc), grading, reader, reading),
        answer=_ANSWERS[answer],
        value=None if value == _NO_VALUE else value,
        revision=revision,
        graded_at=dt.datetime.fromisoformat(graded_at),
        seconds=seconds,
        prediction_visible=visible,
        accepted_prediction=accepted,
        program_version=program_version,
        comment=comment,
        mode=_MODES[mode],
        reason=reason,
    )
