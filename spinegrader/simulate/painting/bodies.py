"""Paints vertebral bodies: cortex, endplates and their defects, marrow and what changes it."""

from dataclasses import dataclass

import numpy as np

from spinegrader.simulate.ageing.states import EndplateState
from spinegrader.simulate.fields import Field
from spinegrader.simulate.painting.canvas import Canvas
from spinegrader.simulate.painting.marrow import MarrowTable
from spinegrader.simulate.painting.noise import Grain
from spinegrader.simulate.painting.scene import Structure
from spinegrader.simulate.painting.shaping import bump, outline_radius, rounded, smooth_step
from spinegrader.simulate.person.spine import PlacedBody, Spine
from spinegrader.simulate.scanner.palette import Palette
from spinegrader.simulate.scanner.tissues import (
    CORTEX,
    FAT,
    MARROW_OEDEMA,
    MARROW_WATER,
    SCLEROSIS,
    VEIN,
)

_ROUNDING_MM = 1.5
_CORTEX_MM = 0.3
_DENSE_MM = 3.2
_DENSE_SHARE = 0.14
"""Reach and strength of the denser bone under the cortex, where marrow is darker."""

_GRAIN_SPREAD = 0.17
"""Spread of the marrow's signal by its trabeculae. These three are set so that signal by distance
from the edge and fine texture are those of real slices (docs/simulated-cohort.md)."""
_SPUR_REACH = 0.24
"""Share of the body's height at each end over which spurs grow."""


@dataclass(frozen=True)
class Ends:
    """What the neighbouring discs have done to a body.

    Args:
        upper: State of its upper endplate, None where no disc is known.
        lower: Of the lower one.
        spur_upper_mm: Length of the spurs at the upper rim.
        spur_lower_mm: At the lower rim.
    """

    upper: EndplateState | None
    lower: EndplateState | None
    spur_upper_mm: float
    spur_lower_mm: float

    @classmethod
    def of(cls, spine: Spine, index: int) -> "Ends":
        """Those of the body at a place in the spine."""
        above = spine.discs[index - 1].state if index else None
        below = spine.discs[index].state if index < len(spine.discs) else None
        return cls(
            None if above is None else above.lower,
            None if below is None else below.upper,
            0.0 if above is None else above.osteophyte_mm,
            0.0 if below is None else below.osteophyte_mm,
        )


@dataclass(frozen=True, eq=False)
class _Places:
    """Where samples lie in a body: distances in mm, inside > 0."""

    upper: Field
    lower: Field
    body: Field


def body_distance(
    body: PlacedBody, ends: Ends, backward: Field, headward: Field, left: Field
) -> Field:
    """Signed distance to a body's surface, inside > 0, in millimetres.

    Args:
        body: The body.
        ends: Its endplates and spurs.
        backward: Place of each sample in the body's own frame.
        headward: Likewise.
        left: Likewise.
    """
    return _places(body, ends, backward, headward, left).body


def _places(body: PlacedBody, ends: Ends, backward: Field, headward: Field, left: Field) -> _Places:
    radius, depth = _plan(body, ends, backward, headward, left)
    side = (1 - radius) * (depth * np.float32(0.5))
    upper, lower = _endplate_distances(body, ends, backward, headward, left, radius)
    return _Places(upper, lower, rounded(_ROUNDING_MM, side, upper, lower))


def paint_body(
    canvas: Canvas,
    body: PlacedBody,
    ends: Ends,
    inside: tuple[MarrowTable, Grain],
    index: int,
    palette: Palette,
) -> None:
    """Paints one body over what is there.

    Args:
        canvas: What to paint on.
        body: The body at its place.
        ends: Its endplates and spurs.
        inside: Its marrow, and the person's trabecular grain.
        index: Its place among the bodies, head to feet.
        palette: Colours.
    """
    shape = body.shape
    spur = max(ends.spur_upper_mm, ends.spur_lower_mm)
    reach = float(np.hypot(shape.depth_mm + 3, shape.height_mm + 4)) / 2 + 2 + spur
    region = canvas.around(
        (body.centre[0] - reach, body.centre[1] - reach),
        (body.centre[0] + reach, body.centre[1] + reach),
        shape.width_mm / 2 + 3 + spur,
    )
    if region is None:
        return
    backward, headward = body.local(region.back, region.head)
    places = _places(body, ends, backward, headward, region.left)
    region.fill(places.body, palette.colour(CORTEX), Structure.FIRST_BODY + index)
    local = (backward, headward, region.left)
    colour = _marrow(ends, inside[0], local, places, body, palette)
    dense = np.clip(1 - (places.body - np.float32(_CORTEX_MM)) / np.float32(_DENSE_MM), 0, 1)
    bright = inside[1].at(region.left, backward, headward, index) * np.float32(_GRAIN_SPREAD)
    bright -= np.float32(_DENSE_SHARE) * dense
    bright += 1
    colour *= np.maximum(bright, 0, out=bright)
    region.paint(region.coverage(places.body - np.float32(_CORTEX_MM)), colour)


def _plan(
    body: PlacedBody, ends: Ends, backward: Field, headward: Field, left: Field
) -> tuple[Field, Field]:
    """Radius in the body's outline seen from above (1 on its wall), and local depth in mm."""
    shape = body.shape
    level = headward * np.float32(1 / shape.height_mm)
    np.clip(level, -0.5, 0.5, out=level)
    middle = 1 - 4 * level * level
    spur = np.float32(ends.spur_upper_mm) * smooth_step((level - (0.5 - _SPUR_REACH)) / _SPUR_REACH)
    spur += np.float32(ends.spur_lower_mm) * smooth_step(
        (-level - (0.5 - _SPUR_REACH)) / _SPUR_REACH
    )
    depth = np.float32(shape.depth_mm) + level * np.float32(shape.depth_upper - shape.depth_lower)
    width = np.float32(shape.width_mm) + level * np.float32(shape.width_upper - shape.width_lower)
    front = backward < 0
    waist = np.where(front, np.float32(shape.waist_front), np.float32(shape.waist_back))
    half = depth * np.float32(0.5) * (1 - waist * middle)
    half += np.where(front, spur, np.float32(0.35) * spur)
    # The back wall is hollow seen from above, where the sac lies.
    hollow = bump(left * np.float32(2.6 / shape.width_mm))
    half -= np.where(front, np.float32(0), np.float32(shape.back_hollow * 0.5) * hollow * middle)
    across = np.abs(backward) / half
    aside = np.abs(left) / (
        width * np.float32(0.5) * (1 - np.float32(shape.waist_side) * middle)
        + np.float32(0.6) * spur
    )
    return outline_radius(across, aside), depth


def _endplate_distances(
    body: PlacedBody, ends: Ends, backward: Field, headward: Field, left: Field, radius: Field
) -> tuple[Field, Field]:
    """Distance of samples below the upper and above the lower endplate, mm."""
    shape = body.shape
    slope = (shape.height_anterior - shape.height_posterior) / (
        shape.depth_upper + shape.depth_lower
    )
    rim = np.float32(shape.height_mm / 2) - backward * np.float32(slope)
    # Endplates are flat at their ring and hollow within, deepest behind the middle.
    shift = np.float32(1 + shape.hollow_place) - backward * np.float32(
        2 * shape.hollow_place / shape.depth_mm
    )
    hollow = smooth_step((np.float32(0.93) - radius * shift) * np.float32(1.35))
    upper = rim - headward - np.float32(shape.concavity_upper) * hollow
    lower = rim + headward - np.float32(shape.concavity_lower) * hollow
    if ends.upper is not None and ends.upper.defect_mm > 0:
        upper -= _defect(ends.upper, shape.depth_upper, shape.width_upper, backward, left)
    if ends.lower is not None and ends.lower.defect_mm > 0:
        lower -= _defect(ends.lower, shape.depth_lower, shape.width_lower, backward, left)
    return upper, lower


def _defect(
    state: EndplateState, depth_mm: float, width_mm: float, backward: Field, left: Field
) -> Field:
    """How far an endplate is pushed in at each sample: a rounded pit (Schmorl's node)."""
    place = state.defect_place
    from_y = backward - np.float32(place[0] * depth_mm / 2)
    from_x = left - np.float32(place[1] * width_mm / 2)
    away = (from_y * from_y + from_x * from_x) * np.float32(
        1 / (1.45 * state.defect_radius_mm) ** 2
    )
    inside = np.maximum(1 - away * away, 0)
    return np.asarray(np.float32(state.defect_mm) * inside)


def _marrow(
    ends: Ends,
    marrow: MarrowTable,
    local: tuple[Field, Field, Field],
    places: _Places,
    body: PlacedBody,
    palette: Palette,
) -> Field:
    """Colour of the marrow at each sample, shape (channels, …)."""
    fat, blood = marrow.at(*local)
    oedema: Field | None = None
    sclerosis: Field | None = None
    for distance, state in zip((places.upper, places.lower), (ends.upper, ends.lower), strict=True):
        if state is None or max(state.oedema, state.fat, state.sclerosis) <= 0:
            continue
        zone = _zone(state, distance, local[0], body.shape.depth_mm, fat)
        fat = fat + zone * np.float32(0.45 * state.fat)
        fat -= zone * np.float32(0.3 * state.sclerosis + 0.2 * state.oedema)
        oedema = _most(oedema, zone, state.oedema)
        sclerosis = _most(sclerosis, zone, state.sclerosis)
    fat = np.clip(fat, 0, 0.95)
    water, venous = palette.colour(MARROW_WATER), palette.colour(VEIN)
    swollen, hard = palette.colour(MARROW_OEDEMA), palette.colour(SCLEROSIS)
    pure = palette.colour(FAT)
    colour = np.empty((len(water), *fat.shape), dtype=np.float32)
    for channel in range(len(water)):
        mixed = fat * (pure[channel] - water[channel])
        mixed += water[channel]
        if oedema is not None:
            mixed += oedema * (swollen[channel] - mixed)
        if sclerosis is not None:
            mixed += sclerosis * (hard[channel] - mixed)
        mixed += blood * (venous[channel] - mixed)
        colour[channel] = mixed
    return colour


def _zone(
    state: EndplateState, distance: Field, backward: Field, depth_mm: float, fat: Field
) -> Field:
    """Where the marrow beside an endplate is changed, 0 to 1, ragged like the marrow itself."""
    off = np.abs(backward * np.float32(2 / depth_mm) - np.float32(state.marrow_place))
    along = np.clip((np.float32(state.marrow_half_width) - off) * 3, 0, 1)
    ragged = (fat - np.float32(0.4)) * np.float32(3)
    deep = 1.25 - distance * np.float32(1 / state.extent_mm) - np.float32(0.6) * (1 - along)
    zone = smooth_step((deep + ragged * np.float32(0.25)) * np.float32(1.6))
    zone *= along
    return zone


def _most(before: Field | None, zone: Field, strength: float) -> Field | None:
    if strength <= 0:
        return before
    share = zone * np.float32(strength)
    return share if before is None else np.maximum(before, share)
