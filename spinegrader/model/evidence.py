"""Where in a disc's volume its grade came from.

Integrated gradients unless another way is asked for: occlusion takes many times as many passes,
and HiRes-CAM sees no finer than the last convolution, which has a few rows and columns in small
networks. ``benchmarks/method/evidence.py`` measures all three on defects that the simulation
paints, whose place is known. A map tells what a network looked at, not whether it looked at the
right thing.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, zoom
from torch import Tensor

from spinegrader.errors import TrainingError
from spinegrader.model.config import DeviceName, VolumeShape
from spinegrader.model.devices import choose_device
from spinegrader.model.grader import GradingNetwork, probabilities
from spinegrader.model.origins import TrainedRun, open_run
from spinegrader.model.ready import grading_network
from spinegrader.model.volumes import check_shape

Method: TypeAlias = Literal["occlusion", "integrated-gradients", "hires-cam"]
METHODS: tuple[Method, ...] = get_args(Method)
DEFAULT_METHOD: Method = "integrated-gradients"

_SLICES_SD = 0.7
"""Reach of a blur or a smoothing across slices, in slices."""

_PLANE_SD = 1 / 20
"""Reach of what is hidden within a slice, as a share of the columns: about 3.5 mm."""

_DELETION_SD = 1 / 10
"""Likewise of the blur that takes the place of what is hidden."""

_SMOOTHING_SD = 1 / 40
"""Likewise of the smoothing of integrated gradients, which are grainy."""

_STEPS = 32
"""Of the integral."""

_VOXELS_AT_ONCE = 1 << 21
"""In one batch: many small volumes, or a few of the published size."""

_GRADIENT_COST = 4
"""How much more memory a volume takes where gradients are asked for."""

_STEPS_AT_ONCE = 4
"""Of the integral, at most: between two batches a map can be given up."""

Volume: TypeAlias = NDArray[np.float32]
BetweenBatches: TypeAlias = Callable[[float], None]
"""Is told which part is done, 0 to 1, and may raise to give the map up."""


def go_on(_: float) -> None:
    """Nobody listens, and nobody gives the map up."""


@dataclass(frozen=True, eq=False)
class EvidenceMap:
    """What a grade of a disc was read from.

    Args:
        values: (slices, rows, columns) on the crop's grid, in [0, 1]; all zero where nothing
            speaks for the grade.
        class_index: The grade whose evidence it is.
        probability: The network's, of that grade.
    """

    values: Volume
    class_index: int
    probability: float


class EvidenceMapper:
    """Draws evidence maps of a grading network.

    Args:
        network: In use, on its device.
        volume_shape: Of its discs.
        temperatures: By grading id, what logits are divided by for probabilities.
        device: To compute on.
    """

    def __init__(
        self,
        network: GradingNetwork,
        volume_shape: VolumeShape,
        temperatures: Mapping[str, float],
        device: torch.device,
    ) -> None:
        self.network = network
        self._device = device
        self._temperatures = temperatures
        self.volume_shape = volume_shape
        self.gradings: tuple[str, ...] = network.heads.gradings

    def with_random_weights(self, seed: int = 0) -> "EvidenceMapper":
        """The same network with its weights in random order, whose maps must say less.

        The sanity check of Adebayo et al., NeurIPS 2018: a map that stays as it is shows edges of
        the image, not what the network has learnt.
        """
        shuffled = copy.deepcopy(self.network)
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for values in shuffled.parameters():
                order = torch.randperm(values.numel(), generator=generator).to(self._device)
                values.copy_(values.flatten()[order].view_as(values))
        return EvidenceMapper(shuffled, self.volume_shape, self._temperatures, self._device)

    def draw(
        self,
        volume: NDArray[np.floating],
        grading: str,
        class_index: int | None = None,
        method: Method = DEFAULT_METHOD,
        between_batches: BetweenBatches = go_on,
    ) -> EvidenceMap:
        """The evidence for a grade: what raises its log odds against all other grades.

        Args:
            volume: (slices, rows, columns) in [0, 1].
            grading: Id of a grading that the network gives.
            class_index: The grade; None for the one that the network gives.
            method: How to find it.
            between_batches: Called before each batch; what it raises ends the work.

        Raises:
            TrainingError: If the volume has another shape or the network no such grading.
        """
        told = self.grade(volume, grading)
        plain = volume.astype(np.float32)
        index = int(told.argmax()) if class_index is None else class_index
        target = _Target(self.network, grading, index)
        drawn = {
            "occlusion": self._occlusion,
            "integrated-gradients": self._integrated_gradients,
            "hires-cam": self._hires_cam,
        }[method](plain, target, between_batches)
        positive = np.maximum(drawn, 0)
        highest = float(positive.max())
        values = positive / highest if highest > 0 else positive
        return EvidenceMap(values.astype(np.float32), index, float(told[index]))

    def grade(self, volume: NDArray[np.floating], grading: str) -> NDArray[np.float64]:
        """The network's probabilities, (classes,); arguments and errors as of :meth:`draw`."""
        check_shape(volume[None], self.volume_shape)
        if grading not in self.gradings:
            raise TrainingError(f"The network doesn't grade “{grading}”: choose another grading.")
        with torch.no_grad():
            logits = self.network(self._tensor(volume[None].astype(np.float32)))
        return np.asarray(probabilities(logits, self._temperatures)[grading][0].numpy())

    def _occlusion(
        self, volume: Volume, target: "_Target", between_batches: BetweenBatches
    ) -> Volume:
        """Hides place after place and adds up how much the log odds fall.

        Zeiler and Fergus, ECCV 2014. As in Fong and Vedaldi, ICCV 2017, what is hidden is blurred
        away behind a soft edge, since a grey box would be a defect of its own.
        """
        blurred = _blurred(volume, _DELETION_SD)
        fallen, weight = np.zeros_like(volume), np.zeros_like(volume)
        every = sum(1 for _ in _windows(volume.shape))
        hidden_so_far = 0
        with torch.no_grad():
            whole = float(target(self._tensor(volume[None]))[0])
            for windows in _batches(_windows(volume.shape), volume.size):
                between_batches(hidden_so_far / every)
                hidden_so_far += len(windows)
                hidden = volume + windows * (blurred - volume)
                falls = whole - target(self._tensor(hidden)).cpu().numpy()
                fallen += np.tensordot(falls, windows, axes=1)
                weight += windows.sum(axis=0)
        return np.asarray(fallen / np.maximum(weight, 1e-6), np.float32)

    def _integrated_gradients(
        self, volume: Volume, target: "_Target", between_batches: BetweenBatches
    ) -> Volume:
        """Sundararajan et al., ICML 2017, from the blurred volume to the volume, smoothed."""
        change = volume - _blurred(volume, _DELETION_SD)
        total = np.zeros_like(volume)
        shares = (np.arange(_STEPS, dtype=np.float32) + 0.5) / _STEPS
        fitting = _VOXELS_AT_ONCE // (_GRADIENT_COST * volume.size)
        size = min(max(1, fitting), _STEPS_AT_ONCE)
        for start in range(0, _STEPS, size):
            between_batches(start / _STEPS)
            part = shares[start : start + size]
            way = volume - (1 - part[:, None, None, None]) * change
            points = self._tensor(way).requires_grad_()
            (gradient,) = torch.autograd.grad(target(points).sum(), points)
            total += gradient.sum(dim=0).cpu().numpy() / _STEPS
        return _blurred(total * change, _SMOOTHING_SD)

    def _hires_cam(
        self, volume: Volume, target: "_Target", between_batches: BetweenBatches
    ) -> Volume:
        """Draelos and Carin, arXiv:2011.08891: the last convolution's output times its gradient."""
        between_batches(0.0)
        kept: list[Tensor] = []
        convolutions = self.network.backbone.convolutions
        handle = convolutions.register_forward_hook(lambda _module, _in, out: kept.append(out))
        try:
            # Frozen layers give no gradient unless what goes in asks for one.
            score = target(self._tensor(volume[None]).requires_grad_()).sum()
        finally:
            handle.remove()
        (gradient,) = torch.autograd.grad(score, kept[0])
        coarse = (kept[0] * gradient).sum(dim=1)[0].detach().cpu().numpy()
        factors = [wanted / there for wanted, there in zip(volume.shape, coarse.shape, strict=True)]
        return np.asarray(
            zoom(coarse, factors, order=1, grid_mode=True, mode="nearest"), np.float32
        )

    def _tensor(self, volumes: Volume) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(volumes)).to(self._device)


def evidence_mapper(run: TrainedRun, device: torch.device) -> EvidenceMapper:
    """A mapper of a fine-tuning run.

    Raises:
        TrainingError: If it is another sort of run, or its weights don't fit its card.
    """
    temperatures = {name: its.temperature for name, its in run.card.gradings.items()}
    network = grading_network(run, device)
    return EvidenceMapper(network, run.config.volume_shape, temperatures, device)


def load_evidence_mapper(run_folder: Path, device: DeviceName = "auto") -> EvidenceMapper:
    """Opens a fine-tuning run for evidence maps.

    Raises:
        TrainingError: If it is no such run, damaged, a pickle, or the device is missing.
    """
    return evidence_mapper(open_run(run_folder), choose_device(device))


class _Target:
    """Log odds of one grade against all others, (N,), of volumes."""

    def __init__(self, network: GradingNetwork, grading: str, index: int) -> None:
        self._network, self._grading, self._index = network, grading, index

    def __call__(self, volumes: Tensor) -> Tensor:
        logits = self._network(volumes)[self._grading]
        others = [place for place in range(logits.shape[1]) if place != self._index]
        odds: Tensor = logits[:, self._index] - torch.logsumexp(logits[:, others], dim=1)
        return odds


def _blurred(volume: Volume, plane_sd: float) -> Volume:
    pixels = plane_sd * volume.shape[2]
    blurred = gaussian_filter(volume, (_SLICES_SD, pixels, pixels), mode="nearest")
    return np.asarray(blurred, np.float32)


def _windows(shape: tuple[int, ...]) -> Iterator[Volume]:
    """Soft windows (slices, rows, columns), one after the other, over the whole crop."""
    pixels = _PLANE_SD * shape[2]
    step = max(1, round(pixels * 1.25))
    bells = [
        [np.exp(-(((np.arange(size) - middle) / sd) ** 2) / 2) for middle in middles]
        for size, middles, sd in (
            (shape[0], range(shape[0]), _SLICES_SD),
            (shape[1], range(step // 2, shape[1], step), pixels),
            (shape[2], range(step // 2, shape[2], step), pixels),
        )
    ]
    for across in bells[0]:
        for down in bells[1]:
            for along in bells[2]:
                window = across[:, None, None] * down[:, None] * along
                yield window.astype(np.float32)


def _batches(windows: Iterator[Volume], voxels: int) -> Iterator[Volume]:
    size = max(1, _VOXELS_AT_ONCE // voxels)
    while waiting := list(islice(windows, size)):
        yield np.stack(waiting)
