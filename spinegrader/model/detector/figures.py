"""How well the network's maps agree with what was drawn."""

from collections import defaultdict

import torch
from torch import Tensor

from spinegrader.model.detector.data import UNKNOWN
from spinegrader.model.detector.network import CORNER_SCALE_MM, MASKS, Maps
from spinegrader.model.detector.targets import Targets

_NEAR_MIDDLE = 0.5
_TISSUES = ("body", "disc", "canal")


class FigureSums:
    """Sums up slice by slice."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = defaultdict(float)
        self._counts: dict[str, float] = defaultdict(float)

    def add(self, maps: Maps, targets: Targets, losses: dict[str, Tensor]) -> None:
        """Takes one batch of slices in."""
        self._note("loss", float(sum(losses.values())), 1)
        known = targets.masks != UNKNOWN
        for tissue in range(MASKS):
            found = (maps.masks[:, tissue] > 0) & known
            wanted = targets.masks == tissue + 1
            both = float((found & wanted).sum())
            self._note(f"{_TISSUES[tissue]}_dice", 2 * both, float(found.sum() + wanted.sum()))
        near = targets.centre > _NEAR_MIDDLE
        if near.any():
            away = (maps.corners - targets.corners) * CORNER_SCALE_MM
            pairs = away.reshape(len(away), 4, 2, *away.shape[2:])
            errors = pairs.norm(dim=2).permute(0, 2, 3, 1)[near]
            errors = errors[torch.isfinite(errors)]
            self._note("corner_error_mm", float(errors.sum()), len(errors))
            named = near & (targets.levels >= 0)
            right = maps.levels.argmax(dim=1)[named] == targets.levels[named]
            self._note("level_accuracy", float(right.sum()), len(right))

    def figures(self) -> dict[str, float]:
        """Their means; those that the slices can't give are left out."""
        return {name: self._sums[name] / count for name, count in self._counts.items() if count}

    def _note(self, name: str, value: float, count: float) -> None:
        self._sums[name] += value
        self._counts[name] += count
