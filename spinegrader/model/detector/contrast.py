"""Other scanners, other sequences, other trouble: what is done to a cut's brightness at random."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from spinegrader.model.detector.config import DetectorAugmentConfig
from spinegrader.model.detector.data import BODY, CANAL, DISC

_TISSUES = (BODY, DISC, CANAL)
_BRIGHTEST = 2.0


def changed(
    image: Tensor, labels: Tensor, config: DetectorAugmentConfig, numbers: np.random.Generator
) -> Tensor:
    """A cut as another scanner, another sequence or another patient would have shown it.

    Args:
        image: Brightness about 0 to 2, shape (side, side).
        labels: Its mask, same shape.
        config: How far and how often.
        numbers: All random choices come from here.
    """
    if numbers.random() < config.fusion:
        image = _fused(image, labels)
    if numbers.random() < config.class_contrast:
        image = _other_tissues(image, labels, numbers)
    if numbers.random() < config.inversion:
        image = (1.2 - image).clamp(min=0) * (image > 0.02)
    if numbers.random() < config.metal:
        image = _with_voids(image, numbers)
    image = image.clamp(min=0) ** float(np.exp(numbers.normal(0, 0.25)))
    image = image * _shading(image.shape, numbers)
    if numbers.random() < 0.5:
        image = _blurred(image, config.blur_mm * numbers.random())
    if numbers.random() < 0.3:
        image = _coarser(image, numbers)
    image = image * float(np.exp(numbers.normal(0, 0.2)))
    image = _noisy(image, config.noise * numbers.random() ** 2, numbers)
    return image.clamp(0, _BRIGHTEST)


def _fused(image: Tensor, labels: Tensor) -> Tensor:
    """The discs as bright as marrow, as where bodies have grown together."""
    inside = labels == BODY
    if not inside.any():
        return image
    marrow = image[inside].mean()
    share = _softened(labels == DISC)
    return image * (1 - share) + marrow * share


def _other_tissues(image: Tensor, labels: Tensor, numbers: np.random.Generator) -> Tensor:
    """Bodies, discs and canal brighter or darker, a little towards one brightness each."""
    for tissue in _TISSUES:
        inside = labels == tissue
        if not inside.any():
            continue
        share = _softened(inside)
        wanted = float(numbers.uniform(0, 1.4))
        flatness = float(numbers.uniform(0.2, 1)) * 0.7
        mean = image[inside].mean().clamp(min=0.05)
        own = image / mean * wanted
        image = image * (1 - share) + share * (own * (1 - flatness) + wanted * flatness)
    return image


def _softened(inside: Tensor) -> Tensor:
    return functional.avg_pool2d(inside.float()[None, None], 3, stride=1, padding=1)[0, 0]


def _with_voids(image: Tensor, numbers: np.random.Generator) -> Tensor:
    """Signal voids with a bright rim, as around screws and cages."""
    side = image.shape[0]
    rows, columns = torch.meshgrid(
        torch.arange(side, dtype=torch.float32),
        torch.arange(side, dtype=torch.float32),
        indexing="ij",
    )
    for _ in range(int(numbers.integers(1, 5))):
        row, column = numbers.uniform(0.15, 0.85, 2) * side
        tall, wide = numbers.uniform(4, 22, 2)
        away = ((rows - row) / tall) ** 2 + ((columns - column) / wide) ** 2
        rim = torch.exp(-((away - 1.3) ** 2) / 0.15) * float(numbers.uniform(0, 0.8))
        image = image * (1 - torch.exp(-(away**2))) + rim
    return image


def _shading(shape: torch.Size, numbers: np.random.Generator) -> Tensor:
    """Brightness of a coil: smooth, brighter on one side."""
    coarse = torch.from_numpy(numbers.normal(0, 0.3, (1, 1, 3, 3)).astype(np.float32))
    smooth = functional.interpolate(coarse, size=shape, mode="bicubic", align_corners=True)
    return torch.exp(smooth[0, 0])


def _blurred(image: Tensor, spread_mm: float) -> Tensor:
    reach = int(np.ceil(2.5 * spread_mm))
    if reach < 1:
        return image
    ticks = torch.arange(-reach, reach + 1, dtype=torch.float32)
    kernel = torch.exp(-(ticks**2) / (2 * spread_mm**2))
    kernel = kernel / kernel.sum()
    across = functional.conv2d(image[None, None], kernel[None, None, None], padding=(0, reach))
    return functional.conv2d(across, kernel[None, None, :, None], padding=(reach, 0))[0, 0]


def _coarser(image: Tensor, numbers: np.random.Generator) -> Tensor:
    """Fewer pixels in one direction or both, as at low field."""
    size = [int(side * numbers.uniform(0.6, 1)) for side in image.shape]
    small = functional.interpolate(image[None, None], size=size, mode="area")
    return functional.interpolate(small, size=image.shape, mode="bicubic", align_corners=False)[
        0, 0
    ].clamp(min=0)


def _noisy(image: Tensor, spread: float, numbers: np.random.Generator) -> Tensor:
    """Rician noise (Gudbjartsson and Patz, Magn Reson Med 1995;34:910)."""
    grain = torch.from_numpy(numbers.standard_normal((2, *image.shape), np.float32)) * spread
    return torch.sqrt((image + grain[0]) ** 2 + grain[1] ** 2)
