"""Grades of a fine-tuned network."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from spinegrader.model.config import DeviceName, VolumeShape
from spinegrader.model.data import VolumeArray
from spinegrader.model.devices import choose_device
from spinegrader.model.grader import probabilities
from spinegrader.model.origins import TrainedRun, open_run, require_kind
from spinegrader.model.precision import compute_in, usable_precision
from spinegrader.model.ready import grading_network
from spinegrader.model.volumes import EVALUATION_BATCH, check_shape, in_chunks, to_device


class Grader:
    """A grading network ready to use.

    Args:
        run: A fine-tuning run.
        device: To compute on.

    Raises:
        TrainingError: If the weights don't fit what the card says.
    """

    def __init__(self, run: TrainedRun, device: torch.device) -> None:
        self._device = device
        self.device_name: str = str(device)
        self.weights_sha256: str = run.card.weights_sha256
        self.volume_shape: VolumeShape = run.config.volume_shape
        self.gradings: tuple[str, ...] = tuple(run.card.gradings)
        self.class_values: dict[str, tuple[int, ...]] = {
            name: its.values for name, its in run.card.gradings.items()
        }
        self._temperatures = {name: its.temperature for name, its in run.card.gradings.items()}
        self._network = grading_network(run, device)
        precision = usable_precision(run.config.precision, device)
        compute_in(self._network, precision, device)

    def predict(self, volumes: VolumeArray) -> dict[str, NDArray[np.float64]]:
        """Grades discs.

        Args:
            volumes: (N, slices, rows, columns) in [0, 1], cut in :attr:`volume_shape`.

        Returns:
            By grading id: (N, classes) probabilities in the order of :attr:`class_values`,
            calibrated on the run's validation subjects where those were enough.

        Raises:
            TrainingError: If the volumes have another shape.
        """
        check_shape(volumes, self.volume_shape)
        found: dict[str, list[NDArray[np.float64]]] = {
            name: [np.empty((0, len(values)))] for name, values in self.class_values.items()
        }
        with torch.inference_mode():
            for rows in in_chunks(np.arange(len(volumes)), EVALUATION_BATCH):
                logits = self._network(to_device(volumes, rows, self._device))
                for name, values in probabilities(logits, self._temperatures).items():
                    found[name].append(values.numpy())
        return {name: np.concatenate(values) for name, values in found.items()}


def load_grader(run_folder: Path, device: DeviceName = "auto") -> Grader:
    """Opens a fine-tuning run for predictions.

    Raises:
        TrainingError: If it is no such run, damaged, a pickle, or the device is missing.
    """
    return Grader(require_kind(open_run(run_folder), "finetune"), choose_device(device))
