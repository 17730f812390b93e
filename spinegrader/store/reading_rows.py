"""Flags, asked readings and the end of blinding as rows, and back, without loss."""

import datetime as dt

import h5py

from spinegrader.domain.flow import Flag, ReadingKey, Sight
from spinegrader.domain.stamp import Stamp
from spinegrader.domain.state import ProjectState
from spinegrader.store import schema
from spinegrader.store.tables import Row, read_table, write_table
from spinegrader.store.values import stamp_row, time_text


def write_readings(file: h5py.File, state: ProjectState) -> None:
    """Writes what is known of the readings of studies, beside their grades."""
    write_table(
        file,
        schema.FLAGS,
        [_flag_row(study_uid, flag, stamp) for study_uid, (stamp, flag) in state.flags.items()],
    )
    write_table(
        file,
        schema.ASKED_READINGS,
        [
            (study_uid, reader, reading, *stamp_row(stamp))
            for (study_uid, reader), (stamp, reading) in state.readings.items()
        ],
    )
    write_table(
        file,
        schema.UNBLINDED_READINGS,
        [
            (key.study_uid, key.reader, key.reading, time_text(sight.at))
            for key, sight in state.sights.items()
        ],
    )


def read_readings(file: h5py.File, state: ProjectState) -> None:
    """Reads it back into a state.

    Raises:
        KeyError: If a table or column is missing.
        ValueError: If a time can't be understood.
        InvalidEditError: If a reading has no number that a reading can have.
    """
    for study_uid, raised, by, text, *changed in read_table(file, schema.FLAGS):
        state.set_flag(study_uid, Flag(by, text) if raised else None, Stamp(*changed))
    for study_uid, reader, reading, *changed in read_table(file, schema.ASKED_READINGS):
        state.set_reading(study_uid, reader, reading, Stamp(*changed))
    for study_uid, reader, reading, since in read_table(file, schema.UNBLINDED_READINGS):
        key = ReadingKey(study_uid, reader, reading)
        state.add_sight(Sight(key, dt.datetime.fromisoformat(since)))


def _flag_row(study_uid: str, flag: Flag | None, stamp: Stamp) -> Row:
    by, text = ("", "") if flag is None else (flag.by, flag.text)
    return study_uid, flag is not None, by, text, *stamp_row(stamp)
