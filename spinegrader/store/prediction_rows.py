"""Predictions as rows, and back, without loss."""

import datetime as dt
import math
from collections.abc import Iterator, Mapping

import h5py

from spinegrader.domain.predictions import Prediction
from spinegrader.domain.records import PredictionRecords, prediction_records
from spinegrader.store import schema
from spinegrader.store.grade_rows import disc_of
from spinegrader.store.packed import GroupedRows, PackedRecords, rows_to_write
from spinegrader.store.tables import Row, read_rows, unpacked, write_rows
from spinegrader.store.values import time_text

_DIGITS = range(10)


def write_predictions(file: h5py.File, records: PredictionRecords) -> None:
    """Writes all predictions."""
    rows = rows_to_write(schema.PREDICTIONS, records, _prediction_rows)
    write_rows(file, schema.PREDICTIONS, rows)


def read_predictions(file: h5py.File) -> PredictionRecords:
    """All predictions, still packed.

    Raises:
        KeyError: If a table or column is missing.
    """
    rows = GroupedRows(schema.PREDICTIONS, read_rows(file, schema.PREDICTIONS), "study_uid")

    def decode(study_uid: str) -> dict[str, Prediction]:
        found = map(_prediction, unpacked(rows.table, rows.of(study_uid)))
        return {item.id: item for item in found}

    return prediction_records(PackedRecords((rows,), decode, key="id"))


def _prediction_rows(group: Mapping[str, Prediction]) -> Iterator[Row]:
    for item in group.values():
        known = dict(zip(item.values, item.probabilities, strict=True))
        yield (
            item.id,
            item.study_uid,
            item.series_uid,
            str(item.disc),
            item.grading,
            item.value,
            item.confidence,
            tuple(known.get(digit, math.nan) for digit in _DIGITS),
            item.run,
            item.model_hash,
            item.settings,
            time_text(item.predicted_at),
        )


def _prediction(row: Row) -> Prediction:
    id_, study_uid, series_uid, disc, grading, _, _, probabilities, *rest = row
    run, model_hash, settings, predicted_at = rest
    known = [
        (digit, probability)
        for digit, probability in zip(_DIGITS, probabilities, strict=True)
        if not math.isnan(probability)
    ]
    return Prediction(
        id=id_,
        study_uid=study_uid,
        series_uid=series_uid,
        disc=disc_of(disc),
        grading=grading,
        values=tuple(digit for digit, _ in known),
        probabilities=tuple(probability for _, probability in known),
        run=run,
        model_hash=model_hash,
        predicted_at=dt.datetime.fromisoformat(predicted_at),
        settings=settings,
    )
