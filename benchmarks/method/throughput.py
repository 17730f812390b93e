"""How much of the training's speed is left for data and augmentation, and how a usual loader does.

The laptop's network on vertebral volumes. All three do the same steps on it, turn by turn: the
training itself, from an array mapped from the disk; the network alone on random tensors that lie
in memory; and a DataLoader with two workers whose samples are moved by MONAI's transforms, one
by one, by rotations, shifts, scales, flips and intensities as wide as ours. Then the batches of
both without a network: what a network on a GPU would wait for.
"""

import math
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.measuring import Row, median
from spinegrader.model.ahead import one_ahead
from spinegrader.model.config import PretrainConfig
from spinegrader.model.data import PretrainData
from spinegrader.model.devices import place, run_environment
from spinegrader.model.events import BatchEvent, Event
from spinegrader.model.losses import class_terms, contrastive_terms
from spinegrader.model.optimisers import build_optimiser
from spinegrader.model.pairs import training_pairs
from spinegrader.model.precision import compute_in
from spinegrader.model.pretrain import pretrain
from spinegrader.model.pretrain_task import PretrainTask
from spinegrader.model.siamese import SiameseNetwork
from spinegrader.model.splits import Part

_PEOPLE, _LEVELS = 48, 7
_ROUNDS = 5
_STEPS = 20
_WARM_UP = 4
_GOAL_SHARE, _GOAL_FACTOR = 0.9, 3.0
_WORKERS = 2


def measure() -> list[Row]:
    """Volumes a second, as seconds a thousand volumes, so that less is better."""
    config = PretrainConfig.laptop().model_copy(update={"device": "cpu", "epochs": 1})
    with tempfile.TemporaryDirectory(prefix="benchmark-throughput-") as folder:
        data = _data(Path(folder), config)
        runs: dict[str, Callable[[], float]] = {
            "training": lambda: _training(data, config),
            "resident": lambda: _network_alone(config, _resident(config)),
            "loader": lambda: _network_alone(config, _loaded(data, config)),
            "our batches": lambda: _batches_alone(_made_ready(data, config)),
            "loader's batches": lambda: _batches_alone(_loaded(data, config)),
        }
        seconds: dict[str, list[float]] = {name: [] for name in runs}
        for _ in range(_ROUNDS):
            for name, run in runs.items():
                seconds[name].append(1000 * run())
    ours, alone, loader, our_batches, its_batches = (median(seconds[name]) for name in runs)
    shape = " x ".join(map(str, config.volume_shape))
    what = f"Pre-training, a thousand volumes of {shape}, {config.backbone.width:g} of the width"
    return [
        Row(
            f"{what}, median of {_ROUNDS}",
            ours,
            "s",
            alone,
            "the same network alone on tensors in memory",
            goal_ratio=1 / _GOAL_SHARE,
        ),
        Row(
            f"{what}, beside the usual pipeline",
            ours,
            "s",
            loader,
            f"DataLoader, {_WORKERS} workers, MONAI's transforms",
            goal_ratio=1 / _GOAL_FACTOR,
        ),
        Row(
            f"A thousand volumes of {shape} read and moved, without a network",
            our_batches,
            "s",
            its_batches,
            f"DataLoader, {_WORKERS} workers, MONAI's transforms",
        ),
    ]


def _data(folder: Path, config: PretrainConfig) -> PretrainData:
    """People who came twice, on the disk."""
    count = _PEOPLE * _LEVELS * 2
    path = folder / "volumes.npy"
    numbers = np.random.default_rng(0)
    written = np.lib.format.open_memmap(
        path, mode="w+", dtype=np.float16, shape=(count, *config.volume_shape)
    )
    for row in range(count):
        written[row] = numbers.random(config.volume_shape)
    written.flush()
    people, visits, levels = (
        axis.ravel() for axis in np.meshgrid(*map(np.arange, (_PEOPLE, 2, _LEVELS)), indexing="ij")
    )
    return PretrainData(
        np.load(path, mmap_mode="r"),
        tuple(f"person {item}" for item in people),
        tuple(700_000 + 4_000 * int(item) for item in visits),
        tuple(f"{one}-{other}" for one, other in zip(people, visits, strict=True)),
        levels.astype(np.int64),
    )


def _training(data: PretrainData, config: PretrainConfig) -> float:
    """Seconds a volume, from the moments at which batches were done."""
    moments: list[float] = []

    def emit(event: Event) -> None:
        if isinstance(event, BatchEvent):
            moments.append(time.perf_counter())

    split = dict.fromkeys(data.subjects, Part.TRAIN)
    with tempfile.TemporaryDirectory(prefix="benchmark-run-") as folder:
        pretrain(
            config, data, split, Path(folder) / "run", emit,
            lambda: len(moments) > _WARM_UP + _STEPS,
        )  # fmt: skip
    steps = moments[_WARM_UP : _WARM_UP + _STEPS + 1]
    return (steps[-1] - steps[0]) / (len(steps) - 1) / (2 * config.batch_pairs)


def _resident(config: PretrainConfig) -> Iterator[Tensor]:
    numbers = torch.Generator().manual_seed(0)
    batch = torch.rand(2 * config.batch_pairs, *config.volume_shape, generator=numbers)
    while True:
        yield batch


def _network_alone(config: PretrainConfig, batches: Iterator[Tensor]) -> float:
    """Seconds a volume of the network's steps on batches that somebody else makes."""
    device = torch.device("cpu")
    # One core is left to the window, as in the training.
    with run_environment(device, config.seed):
        network = SiameseNetwork(config.backbone, unit_embedding=config.unit_embedding)
        place(network, device)
        compute_in(network, config.precision, device)
        network.train()
        optimiser = build_optimiser(config.optimiser, network)
        started_s = 0.0
        for number in range(_WARM_UP + _STEPS):
            if number == _WARM_UP:
                started_s = time.perf_counter()
            _step(network, optimiser, next(batches), config)
        return (time.perf_counter() - started_s) / _STEPS / (2 * config.batch_pairs)


def _step(
    network: SiameseNetwork,
    optimiser: torch.optim.Optimizer,
    volumes: Tensor,
    config: PretrainConfig,
) -> None:
    same = torch.arange(len(volumes) // 2) % 2 == 0
    levels = torch.arange(len(volumes)) % _LEVELS
    optimiser.zero_grad(set_to_none=True)
    embedded, _, logits = network(volumes)
    pairs = contrastive_terms(embedded[0::2], embedded[1::2], same, config.margin).mean()
    loss = pairs + class_terms(logits, levels, torch.ones(_LEVELS)).mean()
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), config.optimiser.clip_gradient_norm)
    optimiser.step()


def _batches_alone(batches: Iterator[Tensor]) -> float:
    """Seconds a volume until batches are there, which nobody uses."""
    with run_environment(torch.device("cpu"), 0):
        for _ in range(_WARM_UP):
            next(batches)
        started_s = time.perf_counter()
        count = sum(len(next(batches)) for _ in range(_STEPS))
        return (time.perf_counter() - started_s) / count


def _made_ready(data: PretrainData, config: PretrainConfig) -> Iterator[Tensor]:
    """What the training hands to its network."""
    split = dict.fromkeys(data.subjects, Part.TRAIN)
    task = PretrainTask(config, data, split, training_pairs(data, split), torch.device("cpu"))
    while True:
        for batch in one_ahead(task.batches(np.random.default_rng(0))):
            if batch.moved is not None and len(batch) == config.batch_pairs:
                yield batch.moved


def _loaded(data: PretrainData, config: PretrainConfig) -> Iterator[Tensor]:
    from torch.utils.data import DataLoader

    loader = DataLoader(
        _Samples(data, config),
        batch_size=2 * config.batch_pairs,
        num_workers=_WORKERS,
        shuffle=True,
        drop_last=True,
        multiprocessing_context="fork",
    )

    while True:
        yield from loader


class _Samples:
    """Volumes moved one by one by MONAI."""

    def __init__(self, data: PretrainData, config: PretrainConfig) -> None:
        from monai.transforms import Compose, RandAffine, RandFlip, RandScaleIntensity

        augment = config.augment
        width = config.volume_shape[2]
        self._volumes = data.volumes
        self._transform = Compose(
            [
                RandAffine(
                    prob=1,
                    rotate_range=(math.radians(augment.rotation_deg), 0, 0),
                    translate_range=(
                        augment.shift_slices,
                        augment.shift_rows * width,
                        augment.shift_columns * width,
                    ),
                    scale_range=(0, augment.scale, augment.scale),
                    mode="bilinear",
                    padding_mode="zeros",
                ),
                RandFlip(prob=0.5, spatial_axis=0),
                RandScaleIntensity(prob=1, factors=augment.intensity),
            ]
        )

    def __len__(self) -> int:
        return len(self._volumes)

    def __getitem__(self, row: int) -> Tensor:
        volume = np.asarray(self._volumes[np.array([row])], np.float32)
        moved: Tensor = self._transform(torch.from_numpy(volume)).as_tensor()
        return moved[0]
