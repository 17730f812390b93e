"""Embeddings of a trained network: of vertebral bodies, or of discs; plain numpy comes out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from spinegrader.errors import CancelledError, TrainingError
from spinegrader.model.config import DeviceName, PretrainConfig, VolumeShape
from spinegrader.model.data import VolumeArray
from spinegrader.model.devices import choose_device
from spinegrader.model.grader import probabilities
from spinegrader.model.origins import TrainedRun, open_run
from spinegrader.model.ready import grading_network, ready
from spinegrader.model.siamese import SiameseNetwork
from spinegrader.model.volumes import EVALUATION_BATCH, check_shape, in_chunks, to_device

Progress = Callable[[int, int], None]
StopRequested = Callable[[], bool]


def _silent(done: int, total: int) -> None:
    del done, total


def _never() -> bool:
    return False


@dataclass(frozen=True, eq=False)
class BodyEmbeddings:
    """What a pre-trained network says of vertebral bodies; row ``i`` is one body.

    Args:
        embeddings: (N, embedding), float32; between these distances are taken.
        level_logits: (N, 7), float32, in the order of ``TRAINING_LEVELS``.
    """

    embeddings: NDArray[np.float32]
    level_logits: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class DiscEmbeddings:
    """What a grading network says of discs; row ``i`` is one disc.

    Args:
        embeddings: (N, embedding), float32, before the heads' ReLU.
        probabilities: By grading id: (N, classes), calibrated as the run's card says.
    """

    embeddings: NDArray[np.float32]
    probabilities: dict[str, NDArray[np.float64]]


class BodyEmbedder:
    """The network of a pre-training run, ready to embed vertebral bodies.

    Args:
        run: A pre-training run.
        device: To compute on.

    Raises:
        TrainingError: If it is another sort of run, or on discs, or its weights don't fit its card.
    """

    def __init__(self, run: TrainedRun, device: torch.device) -> None:
        config = run.config
        if not isinstance(config, PretrainConfig):
            raise TrainingError(
                f"The run “{run.card.name}” is no pre-training: choose one that is."
            )
        if config.structure != "vertebra":
            raise TrainingError(
                f"The run “{run.card.name}” has learnt from discs, not from vertebrae: choose "
                "another pre-training."
            )
        self._device = device
        self._network = SiameseNetwork(
            config.backbone, unit_embedding=config.unit_embedding, objective=config.objective
        )
        ready(self._network, run, device)
        self.volume_shape: VolumeShape = config.volume_shape

    def embed(
        self,
        volumes: VolumeArray,
        progress: Progress = _silent,
        stop_requested: StopRequested = _never,
    ) -> BodyEmbeddings:
        """Embeds vertebral bodies.

        Args:
            volumes: (N, slices, rows, columns) in [0, 1], cut in :attr:`volume_shape`.
            progress: Called with the volumes done and their total.
            stop_requested: Asked before every batch.

        Raises:
            TrainingError: If the volumes have another shape.
            CancelledError: If a stop was requested.
        """
        check_shape(volumes, self.volume_shape)
        size, levels = self._network.backbone.embedding, self._network.level_head
        found = np.zeros((len(volumes), size), np.float32)
        logits = np.zeros((len(volumes), _outputs(levels)), np.float32)
        with torch.inference_mode():
            for rows in _batches(len(volumes), progress, stop_requested):
                embedded, _, named = self._network(to_device(volumes, rows, self._device))
                found[rows] = embedded.float().cpu().numpy()
                logits[rows] = named.float().cpu().numpy()
        return BodyEmbeddings(found, logits)


class DiscEmbedder:
    """The network of a fine-tuning run, ready to embed discs.

    Args:
        run: A fine-tuning run.
        device: To compute on.

    Raises:
        TrainingError: If it is another sort of run, or its weights don't fit its card.
    """

    def __init__(self, run: TrainedRun, device: torch.device) -> None:
        self._device = device
        self._network = grading_network(run, device)
        self._temperatures = {name: its.temperature for name, its in run.card.gradings.items()}
        self.volume_shape: VolumeShape = run.config.volume_shape

    def embed(
        self,
        volumes: VolumeArray,
        progress: Progress = _silent,
        stop_requested: StopRequested = _never,
    ) -> DiscEmbeddings:
        """Embeds and grades discs; arguments and errors as of :meth:`BodyEmbedder.embed`."""
        check_shape(volumes, self.volume_shape)
        heads = dict(zip(self._network.heads.gradings, self._network.heads.heads, strict=True))
        found = np.zeros((len(volumes), self._network.backbone.embedding), np.float32)
        grades = {name: np.zeros((len(volumes), _outputs(head))) for name, head in heads.items()}
        with torch.inference_mode():
            for rows in _batches(len(volumes), progress, stop_requested):
                embedded = self._network.backbone(to_device(volumes, rows, self._device))
                found[rows] = embedded.float().cpu().numpy()
                for name, values in self._probabilities(embedded).items():
                    grades[name][rows] = values.numpy()
        return DiscEmbeddings(found, grades)

    def _probabilities(self, embedded: Tensor) -> dict[str, Tensor]:
        return probabilities(self._network.heads(embedded), self._temperatures)


def load_body_embedder(run_folder: Path, device: DeviceName = "auto") -> BodyEmbedder:
    """Opens a pre-training run for embeddings.

    Raises:
        TrainingError: If it is no such run, damaged, a pickle, or the device is missing.
    """
    return BodyEmbedder(open_run(run_folder), choose_device(device))


def load_disc_embedder(run_folder: Path, device: DeviceName = "auto") -> DiscEmbedder:
    """Opens a fine-tuning run for embeddings; errors as of :func:`load_body_embedder`."""
    return DiscEmbedder(open_run(run_folder), choose_device(device))


def _batches(
    count: int, progress: Progress, stop_requested: StopRequested
) -> Iterator[NDArray[np.int64]]:
    for rows in in_chunks(np.arange(count), EVALUATION_BATCH):
        if stop_requested():
            raise CancelledError("Stopped while looking at volumes; nothing was changed.")
        yield rows
        progress(int(rows[-1]) + 1, count)


def _outputs(head: nn.Module) -> int:
    return [item for item in head.modules() if isinstance(item, nn.Linear)][-1].out_features
