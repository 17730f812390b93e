"""Paints the posterior parts of the vertebrae: pedicles, laminae, facets, spinous processes."""

import numpy as np

from spinegrader.simulate.ageing.states import DiscState
from spinegrader.simulate.fields import Field
from spinegrader.simulate.painting.canvas import Canvas, Region
from spinegrader.simulate.painting.noise import Grain
from spinegrader.simulate.painting.scene import Structure
from spinegrader.simulate.painting.shaping import length, rounded, spindle, united
from spinegrader.simulate.painting.spinous import SpinousShape, spinous_distance
from spinegrader.simulate.person.spine import PlacedBody, Spine
from spinegrader.simulate.scanner.palette import Palette
from spinegrader.simulate.scanner.tissues import (
    CARTILAGE,
    CORTEX,
    FAT,
    MARROW_WATER,
    ROOT,
)

_CORTEX_MM = 0.55
_FATTER = 0.08
"""Fat fraction of the arches' marrow above the body's; set by eye, as is the cortex."""

_BLEND_MM = 3.0


def paint_posterior_parts(canvas: Canvas, spine: Spine, grain: Grain, palette: Palette) -> None:
    """Paints the posterior parts of all named bodies, from the feet up.

    The lower facets of each vertebra lie behind the upper ones of the next: they come after.
    """
    for index in range(len(spine.bodies) - 1, -1, -1):
        body = spine.bodies[index]
        if body.shape.level is None:
            continue
        below = spine.discs[index].state if index < len(spine.discs) else None
        own = SpinousShape.of(spine, index)
        _paint_lower(canvas, body, below, own, (grain, index), palette)
    for index, body in enumerate(spine.bodies):
        if body.shape.level is not None and not body.shape.is_sacral:
            above = spine.discs[index - 1].state if index else None
            _paint_upper(canvas, body, above, (grain, index), palette)
            _paint_transverse(canvas, body, (grain, index), palette)


def _region(canvas: Canvas, body: PlacedBody, half_width_mm: float) -> Region | None:
    """The block that holds all of a body's arch."""
    shape = body.shape
    behind = shape.canal_depth + shape.spinous_length + 8
    return _block(
        canvas, body, behind, (-1.1 * shape.height_mm, 0.7 * shape.height_mm), half_width_mm
    )


def _block(
    canvas: Canvas,
    body: PlacedBody,
    behind_mm: float,
    heights_mm: tuple[float, float],
    half_width_mm: float,
) -> Region | None:
    """The block behind a body, down from its lower and up from its upper edge by some heights."""
    corners = body.corners
    return canvas.around(
        (float(corners[:, 0].mean()) - 2, float(corners[:, 1].min()) + heights_mm[0]),
        (float(corners[:, 0].max()) + behind_mm, float(corners[:, 1].max()) + heights_mm[1]),
        half_width_mm,
    )


def _frame(region: Region, body: PlacedBody) -> tuple[Field, Field, Field]:
    """Backward of the back wall, headward of the middle, distance from the mid-plane."""
    backward, headward = body.local(region.back, region.head)
    backward -= np.float32(body.shape.depth_mm / 2)
    return backward, headward, np.abs(region.left)


def _growth(state: DiscState | None, left: Field) -> Field:
    """Growth of the facet joint on the side of each sample, millimetres."""
    if state is None or state.facet_mm == 0:
        return np.zeros_like(left)
    mean, more = np.float32(state.facet_mm), np.float32(state.facet_mm * state.facet_left_share)
    return np.where(left > 0, mean + more, mean - more)


def _paint_lower(
    canvas: Canvas,
    body: PlacedBody,
    state: DiscState | None,
    own: SpinousShape,
    texture: tuple[Grain, int],
    palette: Palette,
) -> None:
    """Laminae, spinous process, and the lower facets."""
    shape = body.shape
    height, canal, half = shape.height_mm, shape.canal_depth, shape.canal_width / 2
    region = _region(canvas, body, half + 9)
    if region is None:
        return
    behind, headward, aside = _frame(region, body)
    if state is not None and state.arch_stays:
        # The broken arch stays where it was when the body slips forward.
        behind -= np.float32(state.slip_mm)
    spinous = spinous_distance(body, own, behind, headward, aside)
    # The laminae slope backward to the mid-plane and to the feet.
    slope = behind + aside * np.float32(0.28)
    plate = spindle(
        slope, headward, (canal + 3.4, -0.02 * height), (canal + 5.4, -0.52 * height), (2.2, 3.3)
    )
    lamina = rounded(1.5, plate, np.float32(half + 3) - aside)
    bone = united(_BLEND_MM, spinous, lamina)
    if not shape.is_sacral:
        grown = np.float32(0.45) * _growth(state, region.left)
        pillar = np.float32(5.2) - np.abs(
            aside - np.float32(half + 2.5) + headward * np.float32(0.06)
        )
        lower = spindle(
            behind,
            headward,
            (canal + 3.0, -0.15 * height),
            (canal + 5.5, -0.92 * height),
            (3.6, 3.9),
        )
        bone = united(_BLEND_MM, bone, rounded(2.0, lower + grown, pillar + grown))
    _paint_bone(region, bone, body, texture, palette)


def _paint_upper(
    canvas: Canvas,
    body: PlacedBody,
    state: DiscState | None,
    texture: tuple[Grain, int],
    palette: Palette,
) -> None:
    """The pedicle, and the upper facet with its cartilage."""
    shape = body.shape
    height, canal, half = shape.height_mm, shape.canal_depth, shape.canal_width / 2
    region = _block(canvas, body, canal + 9, (2.0, 0.45 * height), half + 9)
    if region is None:
        return
    behind, headward, aside = _frame(region, body)
    middle = 0.5 * height - shape.pedicle_height / 2 - 0.05 * height
    across = np.float32(4.3) - np.abs(aside - np.float32(half + 4.0))
    pedicle = rounded(
        2.5,
        spindle(
            behind,
            headward,
            (-5.0, middle),
            (canal - 2.0, middle + 1.0),
            (shape.pedicle_height / 2 + 0.5, shape.pedicle_height / 2 - 1.0),
        ),
        across,
    )
    grown = np.float32(0.4) * _growth(state, region.left)
    pillar = np.float32(4.6) - np.abs(aside - np.float32(half + 3.0))
    upper = spindle(
        behind,
        headward,
        (canal - 1.0, middle),
        (canal - 0.5, 0.74 * height),
        (4.0, 3.0),
    )
    facet = rounded(2.0, upper + grown, pillar + grown)
    # A bright seam of cartilage parts the facet from the one of the vertebra above.
    region.fill(facet + np.float32(0.9), palette.colour(CARTILAGE))
    _paint_bone(region, united(_BLEND_MM, pedicle, facet), body, texture, palette)


def _paint_transverse(
    canvas: Canvas, body: PlacedBody, texture: tuple[Grain, int], palette: Palette
) -> None:
    """The transverse processes, which the outer slices cut across."""
    shape = body.shape
    root, tip = shape.canal_width / 2 + 8, shape.canal_width / 2 + 26
    region = _block(canvas, body, shape.canal_depth, (4.0, -4.0), tip)
    if region is None:
        return
    behind, headward, aside = _frame(region, body)
    place = (0.35 * shape.canal_depth, 0.08 * shape.height_mm)
    across = np.float32(4.8) - length(
        (behind - place[0]) * np.float32(1.5), headward - np.float32(place[1])
    )
    bone = rounded(1.5, across, np.minimum(aside - np.float32(root), np.float32(tip) - aside))
    _paint_bone(region, bone, body, texture, palette)


def _paint_bone(
    region: Region,
    distance: Field,
    body: PlacedBody,
    texture: tuple[Grain, int],
    palette: Palette,
) -> None:
    """Cortex, and marrow with its grain; it is a little fatter than the body's."""
    region.fill(distance, palette.colour(CORTEX), Structure.POSTERIOR)
    grain = texture[0].at(region.left, region.back, region.head, 200 + texture[1])
    fat = np.float32(min(body.shape.marrow.fat_fraction + _FATTER, 0.9))
    marrow = fat * palette.colour(FAT) + (1 - fat) * palette.colour(MARROW_WATER)
    bright = np.maximum(1 + np.float32(0.10) * grain, 0)
    inner = region.coverage(distance - np.float32(_CORTEX_MM), 0.3)
    region.paint(inner, marrow[:, None, None, None] * bright)


def paint_foramina(canvas: Canvas, spine: Spine, palette: Palette) -> None:
    """Fat beside the canal at the lower half of each body and the disc below; the root in it."""
    for index, body in enumerate(spine.bodies[:-1]):
        shape = body.shape
        if shape.level is None or shape.is_sacral:
            continue
        half = shape.canal_width / 2
        region = _block(canvas, body, 14.0, (-0.5 * shape.height_mm, 0.0), half + 9)
        if region is None:
            continue
        behind, headward, aside = _frame(region, body)
        floor = headward + np.float32(shape.height_mm / 2)
        reach = np.float32(7.5) - np.float32(0.5) * _growth(spine.discs[index].state, region.left)
        place = reach - length(behind - 5, (floor - 1.5) * np.float32(1 / 1.45))
        inside = np.minimum(place, np.minimum(aside - np.float32(half - 2.5), half + 9 - aside))
        region.fill(inside, palette.colour(FAT))
        root = np.float32(2.6) - length(behind - 4.2, floor - 6.5)
        region.fill(np.minimum(root, inside + 1), palette.colour(ROOT))
