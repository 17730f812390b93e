"""What tells whether two images are the same: a hash of each slice, and how alike two are."""

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt

_LETTERS = 16
_INT32 = np.iinfo(np.int32)
_THUMBNAIL = 16


def slice_hashes(pixels: npt.NDArray[Any]) -> tuple[str, ...]:
    """A hash of the values of each slice, the same for the same values whatever their dtype.

    Args:
        pixels: Shape (slices, rows, columns), in reading orientation.

    Returns:
        For each slice the first 16 hexadecimal digits of the SHA-256 over its shape and its
        values as little-endian int32, or float32 where one isn't a whole number (float64 for
        whole numbers beyond int32); empty for a slice of one value, which tells nothing.
    """
    return tuple(_hash(item) for item in pixels)


def _hash(pixels: npt.NDArray[Any]) -> str:
    if pixels.size == 0 or not np.any(pixels != pixels.flat[0]):
        return ""
    values = _canonical(pixels)
    digest = hashlib.sha256(f"{pixels.shape[0]}x{pixels.shape[1]}".encode())
    digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()[:_LETTERS]


def _canonical(pixels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    low, high = pixels.min(), pixels.max()
    is_whole = pixels.dtype.kind in "iu" or bool(np.all(pixels == np.rint(pixels)))
    if is_whole and bool(low >= _INT32.min and high <= _INT32.max):
        return pixels.astype("<i4")
    # Adding zero makes one of the two zeros of floating point.
    return pixels.astype("<f8") if is_whole else pixels.astype("<f4") + np.float32(0)


def thumbnail(pixels: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """A slice in 16 x 16 block means, of mean 0 and length 1; zeros where it tells nothing.

    The product of two such is their correlation.

    Args:
        pixels: Shape (rows, columns).

    Returns:
        Shape (256,).
    """
    rows, columns = (
        np.linspace(0, size, _THUMBNAIL, endpoint=False).astype(np.intp) for size in pixels.shape
    )
    finite = np.nan_to_num(np.asarray(pixels, dtype=np.float64), posinf=0.0, neginf=0.0)
    sums = np.add.reduceat(np.add.reduceat(finite, rows, axis=0), columns, axis=1)
    heights = np.diff(rows, append=pixels.shape[0])
    widths = np.diff(columns, append=pixels.shape[1])
    # A slice of less than 16 pixels repeats some: no block is empty then.
    means = sums / np.maximum(heights[:, None] * widths[None, :], 1)
    centred = (means - means.mean()).ravel()
    length = float(np.linalg.norm(centred))
    if not np.isfinite(length) or length < 1e-9:
        return np.zeros(_THUMBNAIL * _THUMBNAIL, dtype=np.float32)
    return np.asarray(centred / length, dtype=np.float32)


def correlation(first: npt.NDArray[Any], second: npt.NDArray[Any]) -> float:
    """Pearson's correlation of two images of one shape; 0 where one of them is blank."""
    one = np.nan_to_num(np.asarray(first, dtype=np.float32).ravel())
    other = np.nan_to_num(np.asarray(second, dtype=np.float32).ravel())
    one, other = one - one.mean(dtype=np.float64), other - other.mean(dtype=np.float64)
    lengths = float(np.linalg.norm(one)) * float(np.linalg.norm(other))
    return float(np.dot(one, other)) / lengths if lengths > 0 else 0.0
