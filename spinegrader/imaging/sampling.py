"""Linear interpolation in the plane of slices; never across them."""

from typing import Any

import numpy as np
import numpy.typing as npt

from spinegrader.domain.geometry import FloatArray


def bilinear(
    pixels: npt.NDArray[Any],
    slices: npt.NDArray[np.intp],
    columns: FloatArray,
    rows: FloatArray,
) -> FloatArray:
    """Values between pixels, zero outside the images.

    Args:
        pixels: Shape (slices, rows, columns).
        slices: Whole slice indices within the stack.
        columns: Fractional column indices.
        rows: Fractional row indices; the three broadcast against one another.

    Returns:
        The broadcast shape.
    """
    row_count, column_count = pixels.shape[1:]
    inside = (columns >= 0) & (columns <= column_count - 1) & (rows >= 0) & (rows <= row_count - 1)
    left = np.clip(np.floor(columns).astype(np.intp), 0, max(column_count - 2, 0))
    top = np.clip(np.floor(rows).astype(np.intp), 0, max(row_count - 2, 0))
    right, bottom = np.minimum(left + 1, column_count - 1), np.minimum(top + 1, row_count - 1)
    across, down = np.clip(columns - left, 0, 1), np.clip(rows - top, 0, 1)
    values = (
        pixels[slices, top, left] * ((1 - across) * (1 - down))
        + pixels[slices, top, right] * (across * (1 - down))
        + pixels[slices, bottom, left] * ((1 - across) * down)
        + pixels[slices, bottom, right] * (across * down)
    )
    return np.asarray(values * inside, dtype=np.float64)
