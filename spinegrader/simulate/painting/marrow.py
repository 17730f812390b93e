"""The marrow of one body as a table in its own frame: how much fat, how much slow blood.

A body is looked at through the same table at every visit, so that its pattern stays with the
person however the slices lie.
"""

from dataclasses import dataclass

import numpy as np

from spinegrader.simulate.fields import Field
from spinegrader.simulate.painting.noise import Grain
from spinegrader.simulate.person.shapes import TEXTURE_SHAPE, BodyShape

_TEXTURE_SPREAD = 0.038
"""Spread of the fat fraction by the smooth pattern; set by eye."""

_TEXTURE_DRIFT_YEARS = 12.0
"""Time in which the marrow's pattern turns by one radian: two patterns ten years apart
correlate by cos(10 / 12) = 0.67."""

_CELLS = (44, 32, 36)
_REACH = 1.15
"""Cells front to back, feet to head, right to left; they reach a little beyond the body's box."""

_VEIN_SHARE = 0.6


@dataclass(frozen=True, eq=False)
class MarrowTable:
    """Fat fraction and share of slow blood, shape (2, *cells), flattened behind the first axis.

    Args:
        values: Shape (2, cells).
        extents_mm: Size of the table in space: front to back, feet to head, right to left.
    """

    values: Field
    extents_mm: tuple[float, float, float]

    def at(self, backward: Field, headward: Field, left: Field) -> tuple[Field, Field]:
        """Fat and blood at places in the body's own millimetres."""
        index = np.zeros(backward.shape, dtype=np.int32)
        for place, count, extent in zip(
            (backward, headward, left), _CELLS, self.extents_mm, strict=True
        ):
            cell = (place * np.float32(count / extent) + np.float32(count / 2)).astype(np.int32)
            index *= count
            index += np.clip(cell, 0, count - 1, out=cell)
        return self.values[0][index], self.values[1][index]


def marrow_table(shape: BodyShape, age_years: float, grain: Grain, offset: int) -> MarrowTable:
    """The marrow of a body at an age.

    Args:
        shape: The body.
        age_years: At the visit.
        grain: The person's fine texture.
        offset: Which part of it is this body's.
    """
    extents = (shape.depth_mm * _REACH, shape.height_mm * _REACH, shape.width_mm * _REACH)
    centres = [(np.arange(count) + 0.5) / count - 0.5 for count in _CELLS]
    back, head, left = (
        (centre * extent).astype(np.float32)
        for centre, extent in zip(centres, extents, strict=True)
    )
    grid = np.meshgrid(back, head, left, indexing="ij")
    pattern = _pattern(shape, age_years)
    fine = grain.at(grid[2], grid[0], grid[1], offset)
    marrow = shape.marrow
    fat = pattern * np.float32(_TEXTURE_SPREAD * marrow.contrast)
    fat += np.float32(marrow.fat_fraction)
    blood = _vein(shape, grid[0], grid[1], grid[2])
    for spot in marrow.spots:
        centre = [
            share * size / 2
            for share, size in zip(
                spot.place, (shape.depth_mm, shape.height_mm, shape.width_mm), strict=True
            )
        ]
        away = fine * np.float32(0.35)
        for axis, at in zip(grid, centre, strict=True):
            off = (axis - np.float32(at)) * np.float32(1 / spot.radius_mm)
            away += off * off
        inside = np.clip(1.6 - 1.3 * away, 0, 1)
        fat += inside * np.float32(spot.fat)
        blood = np.maximum(blood, inside * np.float32(spot.fluid))
    np.clip(fat, 0.02, 0.92, out=fat)
    values = np.stack([fat.reshape(-1), blood.reshape(-1)])
    return MarrowTable(values, extents)


def _pattern(shape: BodyShape, age_years: float) -> Field:
    """The body's own smooth random field at an age, on the cells."""
    turn = age_years / _TEXTURE_DRIFT_YEARS
    textures = shape.marrow.textures
    field = np.cos(turn) * textures[0] + np.sin(turn) * textures[1]
    for axis, (count, nodes) in enumerate(zip(_CELLS, TEXTURE_SHAPE, strict=True)):
        places = ((np.arange(count) + 0.5) / count - 0.5) * _REACH * (nodes - 1) + (nodes - 1) / 2
        places = np.clip(places, 0, nodes - 1.001)
        first = places.astype(np.intp)
        share = (places - first).reshape([-1 if i == axis else 1 for i in range(3)])
        low, high = np.take(field, first, axis=axis), np.take(field, first + 1, axis=axis)
        field = low + share * (high - low)
    return np.asarray(field.astype(np.float32))


def _vein(shape: BodyShape, backward: Field, headward: Field, left: Field) -> Field:
    """Share of the basivertebral vein: a wedge from the middle of the back wall forward."""
    marrow = shape.marrow
    if marrow.vein_width_mm == 0:
        return np.zeros_like(backward)
    back_wall = shape.depth_mm / 2 * (1 - shape.waist_back)
    forward = (np.float32(back_wall) - backward) * np.float32(1 / marrow.vein_depth_mm)
    half = np.float32(marrow.vein_width_mm / 2) * np.clip(1 - 0.6 * forward, 0.15, 1)
    off = np.abs(headward - np.float32(marrow.vein_height * shape.height_mm))
    inside = np.clip((half - off) / 2 + 0.5, 0, 1)
    inside *= np.clip((1.15 - forward) * 2, 0, 1)
    aside = np.clip(1.2 - np.abs(left) * np.float32(1 / 8.0), 0, 1)
    return np.asarray(np.float32(_VEIN_SHARE) * inside * aside)
