"""Weights of a detector: those that come with the program, or a run's."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spinegrader.errors import TrainingError
from spinegrader.model.detector.config import DetectorConfig, DetectorNetworkConfig
from spinegrader.model.files import read_json, sha256_of
from spinegrader.model.runs import CARD, CONFIG, WEIGHTS, read_card

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class DetectorWeights:
    """Where a detector's weights lie, and what network they are for.

    Args:
        name: Of the run, or of the detector that comes with the program.
        path: The safetensors file.
        sha256: Of its content.
        network: How the network is built.
    """

    name: str
    path: Path
    sha256: str
    network: DetectorNetworkConfig

    def tensors(self) -> "dict[str, Tensor]":
        """The weights.

        Raises:
            TrainingError: If the file is missing or damaged.
        """
        from spinegrader.model.tensors import read_tensors

        return read_tensors(self.path, self.sha256)


def detector_in(folder: Path, name: str | None = None) -> DetectorWeights:
    """The detector in a run's folder.

    Raises:
        TrainingError: If it holds no finished detector.
    """
    if not (folder / CARD).exists() or not (folder / WEIGHTS).exists():
        raise TrainingError(f"“{folder.name}” holds no detector: choose another one.")
    card = read_card(folder)
    if card.kind != "detector":
        raise TrainingError(f"“{folder.name}” is no detector: choose another one.")
    settings = DetectorConfig.model_validate(read_json(folder / CONFIG))
    weights = folder / WEIGHTS
    found = sha256_of(weights)
    if card.weights_sha256 != found:
        raise TrainingError(
            f"The weights of “{folder.name}” are not those of its card: the file is damaged."
        )
    return DetectorWeights(name or card.name, weights, found, settings.network)
