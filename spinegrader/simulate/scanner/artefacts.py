"""What goes wrong on the way from the scene to the image."""

import numpy as np
import numpy.typing as npt

from spinegrader.domain.geometry import FloatArray
from spinegrader.simulate.fields import Field
from spinegrader.simulate.painting.scene import Structure

_BAND_GAP_MM = (6.0, 20.0)
_BAND_TILT = (-0.12, 0.06)
_BAND_WIDTH_MM = (60.0, 130.0)
_BAND_EDGE_MM = (8.0, 20.0)
_BAND_LEFT = (0.04, 0.18)
"""Saturation band: distance from the foremost body, sideways millimetres for one downward, width,
soft edge, and the share of signal that is left, lowest and highest of each; set by eye."""

_BORDER_SHARE = (0.0, 0.045)
"""Depth of the black borders left by the correction of distortion, as a share of the rows."""

_FOLDED = 0.6
"""Share of its signal that the nearest of what folds in still has."""

_FIRST_COPIES = ((1, 1.0), (-1, 1.0), (2, 0.5), (-2, 0.5))
"""Orders of ghosts and their strength against the first."""


def shifted(fat: Field, by_pixels: float, axis: int) -> Field:
    """A slice's fat displaced along one axis; the border's values go on beyond it.

    Args:
        fat: Shape (rows, columns).
        by_pixels: Towards growing index where positive.
        axis: 0 for along the columns, 1 for along the rows.
    """
    whole = int(np.floor(by_pixels))
    part = by_pixels - whole
    near = _rolled(fat, whole, axis)
    if part == 0:
        return near
    far = _rolled(fat, whole + 1, axis)
    near *= np.float32(1 - part)
    far *= np.float32(part)
    near += far
    return near


def _rolled(image: Field, by: int, axis: int) -> Field:
    """A copy moved by whole pixels, with the border repeated."""
    moved = np.empty_like(image)
    source, target = (image, moved) if axis == 0 else (image.T, moved.T)
    size = source.shape[0]
    by = min(max(by, 1 - size), size - 1)
    if by >= 0:
        target[by:] = source[: size - by]
        target[:by] = source[0]
    else:
        target[:by] = source[-by:]
        target[by:] = source[-1]
    return moved


def folded(image: Field, margin: tuple[int, int], axis: int | None) -> Field:
    """Cuts the margin off; along the phase axis it comes back at the opposite side.

    Args:
        image: Shape (rows, columns) with the margin.
        margin: Rows and columns beyond the image at each side.
        axis: Of the phase encoding, or None where nothing folds in.
    """
    rows, columns = image.shape[0] - 2 * margin[0], image.shape[1] - 2 * margin[1]
    inner = image[margin[0] : margin[0] + rows, margin[1] : margin[1] + columns].copy()
    if axis is None or margin[axis] == 0:
        return inner
    beyond = margin[axis]
    if axis == 0:
        strip, target = image[:, margin[1] : margin[1] + columns], inner
    else:
        strip, target = image[margin[0] : margin[0] + rows].T, inner.T
    # Farther out less is excited and received.
    weight = np.arange(1, beyond + 1, dtype=np.float32)[:, None] * np.float32(_FOLDED / beyond)
    target[-beyond:] += strip[:beyond] * weight
    target[:beyond] += strip[-beyond:] * weight[::-1]
    return inner


def add_ghosts(
    channels: Field, source: Field, spacing: int, phase_rad: float, axis: int, wraps: bool
) -> None:
    """Adds faint copies of what moves, evenly spaced along the phase axis.

    Periodic motion of period P gives copies every P-th part of the field of view, out of phase
    with the image (Wood and Henkelman, Med Phys 12:143, 1985).

    Args:
        channels: Real and imaginary part, shape (2, rows, columns); changed.
        source: What moves, as strong as the first ghost, shape (rows, columns); overwritten.
        spacing: Of the ghosts in pixels.
        phase_rad: Of the first ghosts.
        axis: Of the phase encoding, 0 or 1.
        wraps: Whether ghosts that leave the image come back at the opposite side.
    """
    weights = np.array([np.cos(phase_rad), np.sin(phase_rad)], dtype=np.float32)
    for channel, weight in zip(channels, weights, strict=True):
        weighted = source * weight
        for order, strength in _FIRST_COPIES:
            copy = weighted if strength == 1 else weighted * np.float32(strength)
            _add_moved(channel, copy, order * spacing, axis, wraps)


def _add_moved(target: Field, source: Field, by: int, axis: int, wraps: bool) -> None:
    if axis == 1:
        target, source = target.T, source.T
    size = source.shape[0]
    by = by % size if wraps else by
    if abs(by) >= size:
        return
    if by >= 0:
        target[by:] += source[: size - by]
        if wraps and by:
            target[:by] += source[size - by :]
    else:
        target[:by] += source[-by:]


def flow_loss(shape: tuple[int, int], strength: float, rng: np.random.Generator) -> Field:
    """Share of the fluid's signal that pulsation takes, in soft patches.

    Args:
        shape: Rows and columns.
        strength: Largest share.
        rng: Of the visit.
    """
    rows, columns = shape
    coarse = rng.random((rows // 20 + 2, columns // 8 + 2), dtype=np.float32)
    # Squared, so that most of the fluid keeps its signal.
    coarse *= coarse * np.float32(strength)
    down, across = _between(coarse.shape[0], rows), _between(coarse.shape[1], columns)
    tall = coarse[down[0]] * (1 - down[1])[:, None] + coarse[down[0] + 1] * down[1][:, None]
    return np.asarray(tall[:, across[0]] * (1 - across[1]) + tall[:, across[0] + 1] * across[1])


def _between(nodes: int, size: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float32]]:
    """The node before each pixel, and how far on the way to the next."""
    place = np.arange(size) * (nodes - 1.001) / size
    whole = place.astype(np.intp)
    return whole, (place - whole).astype(np.float32)


def saturation_band(
    labels: npt.NDArray[np.uint8], spacing_mm: tuple[float, float], rng: np.random.Generator
) -> Field | None:
    """Share of signal left by an oblique band in front of the bodies, shape (rows, columns).

    Args:
        labels: ``Structure`` in the middle slice.
        spacing_mm: Between columns and between rows.
        rng: Of the visit.

    Returns:
        None where no body is in the slice.
    """
    across_mm, down_mm = spacing_mm
    gap, tilt, width, edge, left = (
        float(rng.uniform(*limits))
        for limits in (_BAND_GAP_MM, _BAND_TILT, _BAND_WIDTH_MM, _BAND_EDGE_MM, _BAND_LEFT)
    )
    bodies = (labels >= Structure.FIRST_BODY) & (labels < Structure.FIRST_DISC)
    rows = np.flatnonzero(bodies.any(axis=1))
    if not len(rows):
        return None
    fronts: FloatArray = np.argmax(bodies[rows], axis=1) * across_mm
    border = float(np.min(fronts - tilt * rows * down_mm)) - gap
    # Distance into the band: positive between its two borders.
    row = (tilt * down_mm) * np.arange(labels.shape[0])[:, None] + border
    inside = row - across_mm * np.arange(labels.shape[1])[None, :]
    depth = np.minimum(inside, width - inside)
    share = np.clip(depth / edge + 0.5, 0, 1)
    share *= share * (3 - 2 * share)
    return np.asarray(1 - (1 - left) * share, dtype=np.float32)


def black_borders(shape: tuple[int, int], rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Curved borders at the top and the bottom that hold no image, shape (rows, columns)."""
    rows, columns = shape
    centre = columns * float(rng.uniform(0.45, 0.75))
    off = (np.arange(columns) - centre) / columns
    missing = np.zeros(shape, dtype=bool)
    row = np.arange(rows)[:, None]
    for edge in (row, rows - 1 - row):
        depth = rows * float(rng.uniform(*_BORDER_SHARE))
        missing |= edge < depth * 3 * off * off
    return missing
