"""Paints vertebral bodies: cortex, endplates and their defects, marrow, basivertebral vein."""

import numpy as np
from scipy import ndimage

from spinegrader.simulate.person.draw import TEXTURE_SHAPE
from spinegrader.simulate.painting.canvas import Canvas, Field, coverage, outline_radius
from spinegrader.simulate.ageing.process import EndplateState
from spinegrader.simulate.person.spine import PlacedBody
from spinegrader.simulate.scanner.tissues import CORTEX, FAT, MARROW_OEDEMA, MARROW_WATER, VEIN, Protocol

_ROUNDING_MM = 2.5
_CORTEX_MM = 0.8
_FAT_PER_YEAR = 0.0035
"""Growth of the marrow's fat fraction: from about a quarter in the young to about a half in the
old (Kugel et al., J Magn Reson Imaging 13:263, 2001)."""

_TEXTURE_SPREAD = 0.035
_TEXTURE_DRIFT_YEARS = 12.0
"""Time in which the marrow's pattern turns by one radian: two patterns ten years apart
correlate by cos(10 / 12) = 0.67."""
_DEFECT_SPREAD_MM = 3.6
_MARROW_CHANGE_MM = 9.0


def paint_body(
    canvas: Canvas,
    body: PlacedBody,
    age_years: float,
    endplates: tuple[EndplateState | None, EndplateState | None],
    protocol: Protocol,
) -> None:
    """Paints one body over what is there.

    Args:
        canvas: What to paint on.
        body: The body at its place.
        age_years: For the fat in the marrow.
        endplates: State of its upper and of its lower endplate, None where no disc is known.
        protocol: The sequences.
    """
    shape = body.shape
    reach = float(np.hypot(shape.depth_upper + 4, shape.height_mm + 4)) / 2 + 3
    region = canvas.around(
        (body.centre[0] - reach, body.centre[1] - reach),
        (body.centre[0] + reach, body.centre[1] + reach),
    )
    if region is None:
        return
    backward, headward = body.local(region.back, region.head)
    radius, depth = _plan(body, backward, headward, region.left)
    side = (1 - radius) * depth / 2
    upper, lower = _endplate_distances(body, backward, headward, region.left, radius, endplates)
    distance = _rounded(side, upper, lower)
    marrow = _marrow(
        body, age_years, (backward, headward, region.left), (upper, lower), endplates, protocol
    )
    region.fill(distance, protocol.signal(CORTEX))
    region.paint(coverage(distance - np.float32(_CORTEX_MM), region.edge_mm), marrow)


def _plan(body: PlacedBody, backward: Field, headward: Field, left: Field) -> tuple[Field, Field]:
    """Radius in the body's outline seen from above (1 on its wall), and local depth in mm.

    The outline is a superellipse of power 3, drawn in at mid-height.
    """
    shape = body.shape
    level = np.clip(headward / np.float32(shape.height_mm), -0.5, 0.5)
    depth = np.float32((shape.depth_upper + shape.depth_lower) / 2) + level * np.float32(
        shape.depth_upper - shape.depth_lower
    )
    width = np.float32((shape.width_upper + shape.width_lower) / 2) + level * np.float32(
        shape.width_upper - shape.width_lower
    )
    middle = 1 - 4 * level * level
    waist = np.where(backward < 0, np.float32(shape.waist_front), np.float32(shape.waist_back))
    across = np.abs(backward) / (depth / 2 * (1 - waist * middle))
    aside = np.abs(left) / (width / 2 * (1 - np.float32(shape.waist_side) * middle))
    return outline_radius(across, aside), depth


def _endplate_distances(
    body: PlacedBody,
    backward: Field,
    headward: Field,
    left: Field,
    radius: Field,
    endplates: tuple[EndplateState | None, EndplateState | None],
) -> tuple[Field, Field]:
    """Distance of samples below the upper and above the lower endplate, mm."""
    shape = body.shape
    slope = (shape.height_anterior - shape.height_posterior) / (
        shape.depth_upper + shape.depth_lower
    )
    rim = np.float32(shape.height_mm / 2) - backward * np.float32(slope)
    hollow = np.clip(1 - radius * radius, 0, 1)
    upper = rim - headward - np.float32(shape.concavity_upper) * hollow
    lower = rim + headward - np.float32(shape.concavity_lower) * hollow
    if endplates[0] is not None and endplates[0].defect_mm > 0:
        upper = upper - _defect(endplates[0], shape.depth_upper, shape.width_upper, backward, left)
    if endplates[1] is not None and endplates[1].defect_mm > 0:
        lower = lower - _defect(endplates[1], shape.depth_lower, shape.width_lower, backward, left)
    return upper, lower


def _defect(
    state: EndplateState, depth_mm: float, width_mm: float, backward: Field, left: Field
) -> Field:
    """How far an endplate is pushed in at each sample: a rounded pit (Schmorl's node)."""
    place = state.defect_place
    away = (backward - np.float32(place[0] * depth_mm / 2)) ** 2 + (
        left - np.float32(place[1] * width_mm / 2)
    ) ** 2
    return np.float32(state.defect_mm) * np.exp(-((away / np.float32(_DEFECT_SPREAD_MM**2)) ** 2))


def _rounded(*distances: Field) -> Field:
    """Signed distance to a body with rounded edges, from those to its faces."""
    inward = [np.clip(np.float32(_ROUNDING_MM) - distance, 0, None) for distance in distances]
    return np.asarray(_ROUNDING_MM - np.sqrt(sum(depth * depth for depth in inward)))


def _marrow(
    body: PlacedBody,
    age_years: float,
    local: tuple[Field, Field, Field],
    to_endplates: tuple[Field, Field],
    endplates: tuple[EndplateState | None, EndplateState | None],
    protocol: Protocol,
) -> Field:
    """Signal of the marrow at each sample, shape (2, …): water, fat, and what changes them."""
    shape = body.shape
    backward, headward, left = local
    fat = np.float32(shape.fat_fraction + _FAT_PER_YEAR * max(age_years - 20, 0)) + np.float32(
        _TEXTURE_SPREAD
    ) * _texture(body, age_years, local)
    oedema = np.zeros_like(fat)
    for distance, state in zip(to_endplates, endplates, strict=True):
        if state is not None and state.marrow > 0:
            band = np.float32(state.marrow) * np.clip(
                1.4 - distance / np.float32(_MARROW_CHANGE_MM), 0, 1
            )
            if state.marrow_is_fatty:
                fat = fat + np.float32(0.4) * band
            else:
                oedema = np.maximum(oedema, band)
    fat = np.clip(fat, 0, 0.95)
    vein = _vein(body, backward, headward, left)
    colours = [protocol.signal(tissue) for tissue in (FAT, MARROW_WATER, MARROW_OEDEMA, VEIN)]
    signal = np.empty((2, *fat.shape), dtype=np.float32)
    for channel in range(2):
        fatty, watery, swollen, venous = (colour[channel] for colour in colours)
        mixed = watery + fat * (fatty - watery)
        mixed += oedema * (swollen - mixed)
        mixed += vein * (venous - mixed)
        signal[channel] = mixed
    return signal


def _vein(body: PlacedBody, backward: Field, headward: Field, left: Field) -> Field:
    """Share of the basivertebral vein: a wedge from the middle of the back wall forward."""
    shape = body.shape
    if shape.vein_width == 0:
        return np.zeros_like(backward)
    back_wall = (shape.depth_upper + shape.depth_lower) / 4 * (1 - shape.waist_back)
    forward = (np.float32(back_wall) - backward) / np.float32(shape.vein_depth)
    half = np.float32(shape.vein_width / 2) * np.clip(1 - 0.7 * forward, 0, 1)
    off = np.abs(headward - np.float32(shape.vein_height * shape.height_mm))
    inside = np.clip((half - off) / 1.5 + 0.5, 0, 1) * np.clip((1 - forward) * 3, 0, 1)
    return np.asarray(0.5 * inside * np.exp(-((left / np.float32(7)) ** 2)), dtype=np.float32)


def _texture(body: PlacedBody, age_years: float, local: tuple[Field, Field, Field]) -> Field:
    """The body's own random field, fixed to its axes, at an age."""
    shape = body.shape
    extents = (
        (shape.depth_upper + shape.depth_lower) / 2,
        shape.height_mm,
        (shape.width_upper + shape.width_lower) / 2,
    )
    nodes = np.stack(
        [
            (place / np.float32(extent) + np.float32(0.5)) * np.float32(count - 1)
            for place, extent, count in zip(local, extents, TEXTURE_SHAPE, strict=True)
        ]
    )
    turn = age_years / _TEXTURE_DRIFT_YEARS
    mixed = np.cos(turn) * shape.textures[0] + np.sin(turn) * shape.textures[1]
    field = mixed.astype(np.float32)
    return np.asarray(
        ndimage.map_coordinates(field, nodes, output=np.float32, order=1, mode="nearest")
    )
