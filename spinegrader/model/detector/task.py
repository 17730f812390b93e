"""What training the detector minimises and measures."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spinegrader.errors import TrainingError
from spinegrader.model.detector.config import DetectorConfig
from spinegrader.model.detector.contrast import changed
from spinegrader.model.detector.cuts import cut, middle_pose, random_pose
from spinegrader.model.detector.data import DetectorData, DetectorSlice
from spinegrader.model.detector.figures import FigureSums
from spinegrader.model.detector.losses import detector_losses
from spinegrader.model.detector.network import DetectorNetwork, Maps
from spinegrader.model.detector.targets import Targets, stacked, targets_of
from spinegrader.model.splits import Part
from spinegrader.model.task import CheckStop, PartLoss
from spinegrader.model.training_run import FinalFigures

_CHUNK = 8


@dataclass(frozen=True)
class CutBatch:
    """Cuts of one step.

    Args:
        images: Shape (N, 1, S, S).
        targets: What the network should say of them.
        whole: Cuts in the whole batch.
    """

    images: Tensor
    targets: Targets
    whole: int

    def __len__(self) -> int:
        return len(self.images)

    def part(self, start: int, stop: int) -> Self:
        """Cuts ``start`` to ``stop``."""
        kept = {item.name: getattr(self.targets, item.name)[start:stop] for item in fields(Targets)}
        return type(self)(self.images[start:stop], Targets(**kept), self.whole)

    def to(self, device: torch.device) -> Self:
        """The batch on a device."""
        moved = {item.name: getattr(self.targets, item.name).to(device) for item in fields(Targets)}
        return type(self)(self.images.to(device), Targets(**moved), self.whole)


class DetectorTask:
    """Maps of bodies, discs and canal.

    Args:
        config: Settings.
        data: Slices to learn from.
        parts: Numbers of the slices of each part.
        start_from: Weights to start from; None for scratch.
        device: To compute on.

    Raises:
        TrainingError: If the weights don't fit the network.
    """

    def __init__(
        self,
        config: DetectorConfig,
        data: DetectorData,
        parts: Mapping[Part, NDArray[np.int64]],
        start_from: Mapping[str, Tensor] | None,
        device: torch.device,
    ) -> None:
        self._config = config
        self._data = data
        self._parts = parts
        self._device = device
        self.network = DetectorNetwork(config.network)
        if start_from is not None:
            try:
                self.network.load_state_dict(start_from)
            except RuntimeError as error:
                raise TrainingError(
                    "The weights to start from don't fit the network: choose another detector."
                ) from error
        self.network.to(device)
        if device.type == "cpu":
            self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.batches_per_epoch = config.batches_per_epoch
        self._chances = _chances(data, parts[Part.TRAIN])

    def batches(self, numbers: np.random.Generator) -> Iterator[CutBatch]:
        """Cuts at random, each source as often as its weight says."""
        for _ in range(self.batches_per_epoch):
            rows = numbers.choice(self._parts[Part.TRAIN], self._config.batch_size, p=self._chances)
            yield self._batch([self._random_cut(int(row), numbers) for row in rows])

    def loss(self, batch: CutBatch) -> PartLoss:
        """Share of a batch: mean over its cuts."""
        share = len(batch) / batch.whole
        losses = {name: share * value for name, value in self._losses(batch).items()}
        figures = {name: value.detach() for name, value in losses.items()}
        return PartLoss(torch.stack(list(losses.values())).sum(), figures)

    def validate(self, check_stop: CheckStop) -> dict[str, float]:
        """Figures on the slices of validation subjects, as they are."""
        return self._figures(self._parts[Part.VALIDATION], check_stop)

    def score(self, train: dict[str, float], validation: dict[str, float]) -> tuple[float, ...]:
        """The loss, the lowest is best."""
        return (-validation.get("loss", train["loss"]),)

    def final_figures(self, best: dict[str, float]) -> FinalFigures:
        """Those of the kept epoch, and the same on test subjects."""
        metrics: dict[str, float | None] = dict(best)
        test = self._figures(self._parts[Part.TEST], lambda: None)
        metrics |= {f"test_{name}": value for name, value in test.items()}
        return FinalFigures(metrics, {})

    # -- cuts -------------------------------------------------------------------------------

    def _random_cut(self, row: int, numbers: np.random.Generator) -> tuple[Tensor, Targets]:
        item, side = self._data.slices[row], self._config.crop_mm
        pose = random_pose(item, self._config.augment, side, numbers)
        image, labels = cut(item, pose, side)
        image = changed(image, labels, self._config.augment, numbers)
        bodies = pose.to_cut(item.corners_mm, side)
        return image, targets_of(labels, bodies, item.levels, item.rough)

    def _plain_cut(self, item: DetectorSlice) -> tuple[Tensor, Targets]:
        multiple = self.network.multiple
        side = int(np.ceil(max(item.image.shape) * item.spacing_mm / multiple)) * multiple
        pose = middle_pose(item)
        image, labels = cut(item, pose, side)
        bodies = pose.to_cut(item.corners_mm, side)
        return image, targets_of(labels, bodies, item.levels, item.rough)

    def _batch(self, cuts: list[tuple[Tensor, Targets]]) -> CutBatch:
        images = torch.stack([image for image, _ in cuts])[:, None]
        batch = CutBatch(images, stacked([targets for _, targets in cuts]), len(cuts))
        return batch.to(self._device)

    # -- figures ----------------------------------------------------------------------------

    def _look(self, images: Tensor) -> Maps:
        found: Maps = self.network(images)
        return found

    def _losses(self, batch: CutBatch) -> dict[str, Tensor]:
        return detector_losses(self._look(batch.images), batch.targets)

    def _figures(self, rows: NDArray[np.int64], check_stop: CheckStop) -> dict[str, float]:
        if not len(rows):
            return {}
        sums = FigureSums()
        for row in rows:
            check_stop()
            batch = self._batch([self._plain_cut(self._data.slices[int(row)])])
            maps = self._look(batch.images)
            sums.add(maps, batch.targets, detector_losses(maps, batch.targets))
        return sums.figures()


def _chances(data: DetectorData, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """How often each slice is drawn: by its source's weight, shared among the source's slices."""
    sources = np.asarray([data.sources[int(row)] for row in rows])
    chances = np.zeros(len(rows))
    for source in np.unique(sources):
        own = sources == source
        chances[own] = data.weights[str(source)] / own.sum()
    return np.asarray(chances / chances.sum())
