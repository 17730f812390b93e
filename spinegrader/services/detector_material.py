"""What the detector learns from one series: its slices, and what is known of their pixels.

A reader confirms bodies, discs and names. The spinal canal, and vertebrae above or below those
that were drawn, nobody draws: there the detector that comes with the program is believed where it
is confident, and what stays open is left unknown. Without that the network would forget the canal,
and learn that what wasn't drawn isn't there.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from spinegrader.domain.geometry import FloatArray
from spinegrader.domain.overlays import Overlay
from spinegrader.imaging.detection import maps
from spinegrader.imaging.detection.drawn import DrawnSlice, between_ends, drawn_slices, inside
from spinegrader.imaging.detection.maps import PIXEL_MM, resampled, slice_inputs
from spinegrader.imaging.sampling import bilinear
from spinegrader.imaging.volume import Volume
from spinegrader.model.detector.data import BODY, CANAL, DISC, UNKNOWN, DetectorSlice

if TYPE_CHECKING:
    from spinegrader.model.detector.detect import Detector

Labels: TypeAlias = npt.NDArray[np.uint8]

SPACING_MM = 0.8
"""Finer than what the network is shown, so that turned and scaled cuts stay sharp."""

_SURELY, _SURELY_NOT = 0.85, 0.1
_CANAL_BESIDE = 0.5
_FREE_MM = 10.0
"""Nearer to what a reader drew, bodies and discs are the reader's word alone."""

_BESIDE_MM = 4.0
_BRIGHT_PERCENTILE, _BRIGHT = 99.5, 200.0


def slices_to_learn(
    volume: Volume, overlay: Overlay, teacher: "Detector"
) -> tuple[DetectorSlice, ...]:
    """The slices of a series that show its vertebrae as a reader confirmed them.

    Args:
        volume: Sagittal, in reading orientation.
        overlay: Confirmed on it.
        teacher: Believed of what isn't drawn, where it is confident.
    """
    drawn = drawn_slices(overlay, volume.geometry)
    if not drawn:
        return ()
    numbers = [item.index for item in drawn]
    column_mm, row_mm, _ = volume.geometry.spacing_mm
    raw = np.nan_to_num(np.asarray(volume.pixels[numbers], dtype=np.float32))
    images = _as_bytes(resampled(raw, (column_mm, row_mm), SPACING_MM))
    seen = teacher.look(slice_inputs(volume, numbers)).masks
    return tuple(
        DetectorSlice(
            image,
            labels_of(item, masks, image.shape),
            SPACING_MM,
            item.corners_mm.astype(np.float32),
            item.levels,
        )
        for item, image, masks in zip(drawn, images, seen, strict=True)
    )


def labels_of(drawn: DrawnSlice, seen: npt.NDArray[np.float32], shape: Sequence[int]) -> Labels:
    """What is known of each pixel of a slice.

    Args:
        drawn: What a reader confirmed.
        seen: The teacher's probabilities of body, disc and canal, shape (3, R, C), 1 mm.
        shape: Rows and columns of pixels of ``SPACING_MM``.

    Returns:
        ``BODY``, ``DISC``, ``CANAL``, 0 or ``UNKNOWN``, of that shape.
    """
    rows, columns = shape
    x = np.arange(columns, dtype=np.float64)[None, :] * SPACING_MM
    y = np.arange(rows, dtype=np.float64)[:, None] * SPACING_MM
    channels = np.arange(len(seen))[:, None, None]
    shares = bilinear(seen, channels, x / PIXEL_MM, y / PIXEL_MM)
    columns_drawn = [inside(column, x, y) for column in drawn.columns_mm]
    away_mm = [_distance_mm(covered) for covered in columns_drawn]
    free = np.all([distance > _FREE_MM for distance in away_mm], axis=0)
    labels = np.full((rows, columns), UNKNOWN, np.uint8)
    labels[(shares < _SURELY_NOT).all(axis=0)] = 0
    labels[shares[maps.CANAL] > _SURELY] = CANAL
    labels[(shares[maps.BODY] > _SURELY) & free] = BODY
    labels[(shares[maps.DISC] > _SURELY) & free] = DISC
    for column, covered, distance in zip(drawn.columns_mm, columns_drawn, away_mm, strict=True):
        # In front of and behind a drawn body is no body; above and below it another may stand.
        beside = (distance <= _BESIDE_MM) & between_ends(column, x, y)
        labels[beside] = np.where(shares[maps.CANAL] > _CANAL_BESIDE, CANAL, 0)[beside]
        labels[covered] = 0
    for outline in drawn.discs_mm:
        labels[inside(outline, x, y)] = DISC
    for corners in drawn.corners_mm:
        labels[inside(corners, x, y)] = BODY
    return labels


def _distance_mm(covered: npt.NDArray[np.bool_]) -> FloatArray:
    """How far each pixel lies from those that are covered; far from everything if none is."""
    from scipy import ndimage

    if not covered.any():
        return np.full(covered.shape, np.inf)
    return np.asarray(ndimage.distance_transform_edt(~covered, sampling=SPACING_MM))


def _as_bytes(pictures: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    bright = max(float(np.percentile(pictures, _BRIGHT_PERCENTILE)), 1e-6)
    return np.asarray(np.clip(np.rint(pictures * (_BRIGHT / bright)), 0, 255), np.uint8)
