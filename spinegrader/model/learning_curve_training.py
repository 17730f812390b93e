"""Training of a learning curve's networks, one by one, with the pre-trainings they start from."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spinegrader.durable import private_folder
from spinegrader.errors import TrainingError
from spinegrader.model.calibration import expected_calibration_error
from spinegrader.model.checkpoint import CHECKPOINT
from spinegrader.model.config import Structure
from spinegrader.model.data import PretrainData
from spinegrader.model.events import Event, MessageEvent, StopRequested, message
from spinegrader.model.finetune import finetune
from spinegrader.model.learning_curve_cells import (
    PRETRAININGS,
    Cell,
    CellKey,
    cell_folder,
    write_cell,
)
from spinegrader.model.learning_curve_config import LearningCurveConfig
from spinegrader.model.learning_curve_rows import ROW_NAMES
from spinegrader.model.learning_curve_subsets import CurveData
from spinegrader.model.predict import load_grader
from spinegrader.model.pretrain import pretrain
from spinegrader.model.runs import read_card
from spinegrader.model.splits import Part
from spinegrader.model.volumes import EVALUATION_BATCH, in_chunks
from spinegrader.texts import for_translation


class CurveStopped(Exception):  # noqa: N818 (a request, not an error)
    """The user asked to stop; never leaves this package."""


class CellTraining:
    """Trains cells of a learning curve.

    Args:
        config: Settings.
        paired: By what is pre-trained on, its volumes.
        data: Discs, and who is tested.
        folder: Of the curve.
        emit: Gets the events of all trainings.
        stop_requested: Asked before every batch.
    """

    def __init__(
        self,
        config: LearningCurveConfig,
        paired: Mapping[Structure, PretrainData],
        data: CurveData,
        folder: Path,
        emit: Callable[[object], None],
        stop_requested: StopRequested,
    ) -> None:
        self._config = config
        self._paired = paired
        self._data = data
        self._folder = folder
        self._emit = emit
        self._stop_requested = stop_requested
        self._told: set[str] = set()

    def train(self, key: CellKey) -> None:
        """Trains one network, or goes on with it, and keeps what it says of test subjects.

        Raises:
            CurveStopped: If the user asked to stop.
            TrainingError: If the training fails, or its pre-training saw test subjects.
        """
        origin = self._pretrained(key)
        words = for_translation("{row}, {count} studies, seed {seed}.")
        self._say(message(words, row=ROW_NAMES[key.row], count=key.size, seed=key.seed))
        studies = self._data.order(key.seed)[: key.size]
        rows = self._data.rows_in(studies)
        config = self._config.finetune_of(key.row, key.seed, self._epochs(key))
        place = cell_folder(self._folder, key)
        private_folder(place.parent)
        result = finetune(
            config,
            self._data.subset(studies),
            self._data.split,
            place,
            origin,
            self._forward,
            self._stop_requested,
        )
        if result.stopped_early:
            raise CurveStopped
        tested = set(read_card(place).subjects[Part.TEST])
        if not {self._data.discs.subjects[row] for row in self._data.test_rows} <= tested:
            raise TrainingError(
                f"Test subjects were seen by the pre-training of “{key.name}”: start a new curve."
            )
        odds = self._test_predictions(place)
        labels = self._data.labels[self._data.test_rows]
        agreement = result.agreement[self._config.grading]
        cell = Cell(
            row=key.row,
            size=key.size,
            seed=key.seed,
            subjects=len({subject for subject, _ in studies}),
            discs=len(rows),
            epochs=result.epochs_done,
            mean_class_accuracy=agreement.mean_class_accuracy,
            weighted_kappa=agreement.weighted_kappa,
            within_one=agreement.within_one,
            calibration_error=expected_calibration_error(odds, labels),
            elapsed_s=result.elapsed_s,
        )
        write_cell(self._folder, key, cell, self._data.test_rows, odds)
        _drop_checkpoint(place)

    def _epochs(self, key: CellKey) -> int:
        """Passes over a subset."""
        config = self._config
        rows = self._data.rows_in(self._data.order(key.seed)[: key.size])
        steps = math.ceil(len(rows) / config.finetune.batch_size)
        return max(config.finetune.epochs, math.ceil(config.least_steps / steps))

    def _pretrained(self, key: CellKey) -> Path | None:
        """Folder of the pre-training that a cell starts from, trained if it isn't yet."""
        config = self._config.pretrain_of(key.row, key.seed)
        if config is None:
            return None
        losses = self._config.losses_of(key.row)
        place = self._folder / PRETRAININGS / f"{losses}-seed{key.seed}"
        if not _is_finished(place):
            words = for_translation("{row}: pre-training, seed {seed}.")
            self._say(message(words, row=ROW_NAMES[key.row], seed=key.seed))
            private_folder(place.parent)
            result = pretrain(
                config,
                self._paired[config.structure],
                self._data.split,
                place,
                self._forward,
                self._stop_requested,
            )
            if result.stopped_early:
                raise CurveStopped
            _drop_checkpoint(place)
        return place

    def _test_predictions(self, place: Path) -> NDArray[np.float64]:
        grader = load_grader(place, self._config.finetune.device)
        found = [
            grader.predict(self._data.discs.volumes[rows])[self._config.grading]
            for rows in in_chunks(self._data.test_rows, EVALUATION_BATCH)
        ]
        return np.concatenate(found)

    def _forward(self, event: Event) -> None:
        """Passes events of a training on; what was said once isn't said for each network."""
        if isinstance(event, MessageEvent):
            self._say(event)
        else:
            self._emit(event)

    def _say(self, event: MessageEvent) -> None:
        if event.text not in self._told:
            self._told.add(event.text)
            self._emit(event)


def _is_finished(run_folder: Path) -> bool:
    try:
        return read_card(run_folder).state == "finished"
    except TrainingError:
        return False


def _drop_checkpoint(run_folder: Path) -> None:
    """Removes what only an unfinished run needs: there are many, and each is thrice the weights."""
    (run_folder / CHECKPOINT).unlink(missing_ok=True)
    for path in run_folder.glob("checkpoint-*.safetensors"):
        path.unlink(missing_ok=True)
