"""Looks at slices with a trained detector."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from spinegrader.errors import TrainingError
from spinegrader.model.detector.network import CORNER_SCALE_MM, DetectorNetwork, Maps
from spinegrader.model.detector.weights import DetectorWeights

FloatMaps = NDArray[np.float32]

_AT_ONCE = 4
"""Slices in one step: more would only take more memory."""


@dataclass(frozen=True, eq=False)
class FoundMaps:
    """What the network sees in n slices of R x C millimetres.

    Args:
        masks: Probability of body, disc and canal in each pixel of 1 mm, shape (n, 3, R, C).
        centre: 1 on the middle of a body, falling off to 0, in cells of 2 mm, shape
            (n, R / 2, C / 2).
        corners: From a cell's middle to the corners of its body, (x, y) of each in millimetres,
            shape (n, 8, R / 2, C / 2); meaningless outside bodies.
        levels: Logarithm of the probability of each of ``LEVELS``, shape (n, 11, R / 2, C / 2).
    """

    masks: FloatMaps
    centre: FloatMaps
    corners: FloatMaps
    levels: FloatMaps


class Detector:
    """A trained detector, on the CPU.

    Args:
        weights: What it was trained to.

    Raises:
        TrainingError: If the file is missing or damaged, or doesn't fit.
    """

    def __init__(self, weights: DetectorWeights) -> None:
        self.weights = weights
        self._network = DetectorNetwork(weights.network)
        try:
            self._network.load_state_dict(weights.tensors())
        except RuntimeError as error:
            raise TrainingError(
                f"The weights of the detector “{weights.name}” don't fit its network: the file "
                "is damaged."
            ) from error
        self._network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._network.eval()

    @property
    def multiple_mm(self) -> int:
        """Rows and columns of what it looks at are a multiple of it."""
        return int(self._network.multiple)

    def look(self, slices: NDArray[np.float32]) -> FoundMaps:
        """Looks at slices.

        Args:
            slices: Brightness about 0 to 2, pixels of 1 mm, shape (n, R, C).
        """
        with torch.inference_mode():
            parts = [
                _arrays(self._network(torch.from_numpy(slices[start : start + _AT_ONCE])[:, None]))
                for start in range(0, len(slices), _AT_ONCE)
            ]
        return FoundMaps(*(np.concatenate(items) for items in zip(*parts, strict=True)))


def _arrays(maps: Maps) -> tuple[FloatMaps, FloatMaps, FloatMaps, FloatMaps]:
    return (
        torch.sigmoid(maps.masks).numpy(),
        torch.sigmoid(maps.centre)[:, 0].numpy(),
        (maps.corners * CORNER_SCALE_MM).numpy(),
        torch.log_softmax(maps.levels, dim=1).numpy(),
    )
