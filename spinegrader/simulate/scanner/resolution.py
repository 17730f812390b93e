"""Finite resolution: fewer acquired than shown pixels, and edge enhancement afterwards."""

import numpy as np

from spinegrader.domain.geometry import FloatArray
from spinegrader.simulate.fields import Field

_REACH = 3
_FULL = 0.97
"""From here on blurring is left out."""


def point_spread(acquired_share: float) -> FloatArray:
    """Weights of a pixel and of its neighbours up to three away, at one side; shape (4,).

    The centre of k-space alone is measured: a sinc as wide as the acquired pixel, tapered as
    reconstructions do (Hann window), with the small negative lobes of truncation (Gibbs). The
    weights of all seven pixels add up to 1.

    Args:
        acquired_share: Acquired pixels for one that is shown, up to 1.
    """
    if acquired_share >= _FULL:
        return np.array([1.0, 0.0, 0.0, 0.0])
    place = np.arange(_REACH + 1)
    taper = 0.5 + 0.5 * np.cos(np.pi * place / (_REACH + 1))
    weights = np.sinc(acquired_share * place) * taper
    return np.asarray(weights / (weights[0] + 2 * weights[1:].sum()))


def noise_gain(kernel: FloatArray) -> float:
    """Standard deviation of white noise after blurring along one axis."""
    return float(np.sqrt(kernel[0] ** 2 + 2 * np.sum(kernel[1:] ** 2)))


def blur(images: Field, kernel: FloatArray, axis: int) -> Field:
    """Blurs a stack of images along one axis.

    The ends meet, as in the discrete Fourier transform.

    Args:
        images: Shape (any, rows, columns).
        kernel: Weights as from ``point_spread``.
        axis: 1 for along the columns, 2 for along the rows.
    """
    if kernel[0] == 1:
        return images
    size = images.shape[axis]
    ends = images[:, -_REACH:] if axis == 1 else images[:, :, -_REACH:]
    starts = images[:, :_REACH] if axis == 1 else images[:, :, :_REACH]
    padded: Field = np.concatenate([ends, images, starts], axis=axis)

    def shifted(by: int) -> Field:
        place = slice(_REACH + by, _REACH + by + size)
        return padded[:, place] if axis == 1 else padded[:, :, place]

    weights = kernel.astype(np.float32)
    blurred: Field = np.multiply(images, weights[0])
    pair = np.empty_like(images)
    for by in range(1, _REACH + 1):
        np.add(shifted(-by), shifted(by), out=pair)
        pair *= weights[by]
        blurred += pair
    return blurred


def sharpen(image: Field, strength: float) -> None:
    """Adds the difference from the mean of the four neighbours, in place; the border stays.

    Args:
        image: Shape (rows, columns).
        strength: 0 leaves the image as it is.
    """
    if strength == 0:
        return
    around = image[:-2, 1:-1] + image[2:, 1:-1]
    around += image[1:-1, :-2]
    around += image[1:-1, 2:]
    around *= np.float32(-strength / 4)
    inner = image[1:-1, 1:-1]
    inner *= np.float32(1 + strength)
    inner += around
    np.maximum(inner, 0, out=inner)
