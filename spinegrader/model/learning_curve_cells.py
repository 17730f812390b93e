"""The cells of a learning curve on disk: one network each, its test predictions and figures."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from spinegrader.errors import TrainingError
from spinegrader.model.files import write_atomically, write_json
from spinegrader.model.learning_curve_config import LearningCurveConfig
from spinegrader.model.learning_curve_rows import CurveRow

CELLS = "cells"
PRETRAININGS = "pretrainings"
RESULTS_JSON = "results.json"
RESULTS_CSV = "results.csv"

_CELL = "cell.json"
_PREDICTIONS = "predictions.npz"
_TEST = "test.npz"


class Cell(BaseModel):
    """One trained network: ``cell.json``, written when all else of the cell is on the disk.

    Args:
        row: What it started from.
        size: Annotated studies that were asked for.
        seed: Number of the seed, from 0.
        subjects: Training subjects with grades.
        discs: Graded training discs.
        epochs: Passes made.
        mean_class_accuracy: On test subjects, as the next two.
        weighted_kappa: None where it isn't defined.
        within_one: None for nominal gradings.
        calibration_error: On test subjects, with the temperature.
        elapsed_s: Time of training.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    row: CurveRow
    size: int
    seed: int
    subjects: int
    discs: int
    epochs: int
    mean_class_accuracy: float | None
    weighted_kappa: float | None
    within_one: float | None
    calibration_error: float | None
    elapsed_s: float


@dataclass(frozen=True)
class TestSet:
    """What all networks are tested on.

    Args:
        rows: Row numbers of the discs in the data, (N,).
        labels: Class indices, (N,).
        subjects: Anonymous token of the person, (N,).
    """

    rows: NDArray[np.int64]
    labels: NDArray[np.int64]
    subjects: tuple[str, ...]

    __test__ = False  # pytest would take it for tests


@dataclass(frozen=True)
class CellKey:
    """Which cell."""

    row: CurveRow
    size: int
    seed: int

    @property
    def name(self) -> str:
        """Of its folder."""
        return f"{self.row}-{self.size:05d}-seed{self.seed}"


def cell_keys(config: LearningCurveConfig) -> tuple[CellKey, ...]:
    """All cells, in the order in which they are trained: a whole curve a seed."""
    return tuple(
        CellKey(row, size, seed)
        for seed in range(config.seeds)
        for row in config.rows
        for size in config.sizes
    )


def cell_folder(folder: Path, key: CellKey) -> Path:
    """Run folder of a cell."""
    return folder / CELLS / key.name


def write_test_set(folder: Path, test: TestSet) -> None:
    """Keeps what is tested on, so that figures can be computed anew without the data."""
    arrays = {"rows": test.rows, "labels": test.labels, "subjects": np.array(test.subjects)}
    write_atomically(folder / _TEST, _packed(arrays))


def read_test_set(folder: Path) -> TestSet:
    """Reads what is tested on.

    Raises:
        TrainingError: If it is missing or damaged.
    """
    found = _unpacked(folder / _TEST, ("rows", "labels", "subjects"))
    return TestSet(found["rows"], found["labels"], tuple(found["subjects"].tolist()))


def write_cell(
    folder: Path, key: CellKey, cell: Cell, rows: NDArray[np.int64], odds: NDArray[np.float64]
) -> None:
    """Keeps a cell's test predictions and then, in one step, that it is done.

    Args:
        folder: Of the learning curve.
        key: Which cell.
        cell: Its figures.
        rows: Row numbers of the test discs, (N,).
        odds: Calibrated probabilities, (N, classes).
    """
    place = cell_folder(folder, key)
    content = _packed({"rows": rows, "probabilities": odds.astype(np.float32)})
    write_atomically(place / _PREDICTIONS, content)
    write_json(place / _CELL, cell.model_dump(mode="json"))


def read_cell(folder: Path, key: CellKey) -> Cell | None:
    """Figures of a cell; None where it isn't done."""
    path = cell_folder(folder, key) / _CELL
    try:
        return Cell.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def read_predictions(folder: Path, key: CellKey, test: TestSet) -> NDArray[np.float32]:
    """Probabilities of a cell's test discs, (N, classes).

    Raises:
        TrainingError: If they are missing, damaged, or of other discs.
    """
    path = cell_folder(folder, key) / _PREDICTIONS
    found = _unpacked(path, ("rows", "probabilities"))
    if not np.array_equal(found["rows"], test.rows):
        raise TrainingError(f"The predictions of “{key.name}” are of other discs: start anew.")
    probabilities: NDArray[np.float32] = found["probabilities"]
    return probabilities


def write_results(folder: Path, cells: Sequence[Cell]) -> None:
    """Writes the figures of all cells that are done, as CSV and JSON, each in one step."""
    rows = [cell.model_dump(mode="json") for cell in cells]
    write_json(folder / RESULTS_JSON, {"cells": rows})
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, list(Cell.model_fields))
    table.writeheader()
    table.writerows(rows)
    write_atomically(folder / RESULTS_CSV, text.getvalue().encode())


def done_cells(folder: Path, keys: Iterable[CellKey]) -> dict[CellKey, Cell]:
    """The cells that are done."""
    found = {key: read_cell(folder, key) for key in keys}
    return {key: cell for key, cell in found.items() if cell is not None}


def _packed(arrays: dict[str, NDArray[Any]]) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **arrays)
    return stream.getvalue()


def _unpacked(path: Path, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    try:
        with np.load(path, allow_pickle=False) as content:
            return {name: content[name] for name in names}
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise TrainingError(
            f"“{path.name}” of “{path.parent.name}” is missing or damaged: start a new curve."
        ) from error
