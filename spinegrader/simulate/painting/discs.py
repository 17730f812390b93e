"""Paints intervertebral discs: annulus, nucleus, cleft, fissure, gas, bulge and herniation."""

import numpy as np

from spinegrader.simulate.ageing.states import HerniationKind
from spinegrader.simulate.fields import Field
from spinegrader.simulate.painting.canvas import Canvas, Region
from spinegrader.simulate.painting.noise import Grain
from spinegrader.simulate.painting.scene import Structure
from spinegrader.simulate.painting.shaping import bump, outline_radius, smooth_step
from spinegrader.simulate.person.spine import PlacedDisc
from spinegrader.simulate.scanner.palette import Palette
from spinegrader.simulate.scanner.tissues import (
    CORTEX,
    FLUID,
    GAS,
    LIGAMENT,
    annulus,
    nucleus,
)

_UNDER_ENDPLATE_MM = 9.0
"""The disc is painted this far into the bodies, which then cover it down to their endplates."""

_OUTER_ANNULUS = 0.84
"""Radius (1 at the edge) from which on the annulus is as dark as a ligament."""

_RUDIMENT_MM = 3.5
"""Height of a disc below which (within the sacrum) it is a dark plate."""

_RIM_MM = 0.5


def paint_disc(
    canvas: Canvas,
    disc: PlacedDisc,
    index: int,
    grain: Grain,
    palette: Palette,
    brightness: float = 1.0,
) -> None:
    """Paints one disc; the bodies must be painted after it.

    Args:
        canvas: What to paint on.
        disc: The disc at its place.
        index: Its place among the discs, head to feet.
        grain: The person's fine texture.
        palette: Colours.
        brightness: Signal of a young nucleus against the mean.
    """
    state = disc.state
    reach = disc.depth_mm / 2 + 4 + state.bulge_mm + state.herniation.reach_mm
    tall = disc.height_mm / 2 + disc.depth_mm * abs(np.sin(disc.tilt_rad)) / 2 + 11
    region = canvas.around(
        (disc.centre[0] - reach, disc.centre[1] - tall),
        (disc.centre[0] + reach, disc.centre[1] + tall),
        disc.width_mm / 2 + 2 + state.bulge_mm,
    )
    if region is None:
        return
    backward, headward = disc.local(region.back, region.head)
    radius, inside = _radius_and_distance(disc, backward, headward, region.left)
    label = Structure.FIRST_DISC + index if disc.level is not None else None
    region.fill(inside, palette.colour(LIGAMENT), label)
    if disc.level is None or disc.height_mm < _RUDIMENT_MM:
        region.fill(inside - np.float32(0.7), palette.colour(annulus(0.3)), soft_mm=0.5)
        return
    speckle = grain.at(region.left, backward, headward, 100 + index)
    places = (backward, headward, radius, inside)
    _paint_inside(region, disc, places, speckle, palette, brightness)


def disc_distance(disc: PlacedDisc, backward: Field, headward: Field, left: Field) -> Field:
    """Signed distance to a disc's surface, inside > 0, mm, in the disc's own frame.

    It reaches into the bodies, which cover it down to their endplates; herniations are apart.
    """
    return _radius_and_distance(disc, backward, headward, left)[1]


def _radius_and_distance(
    disc: PlacedDisc, backward: Field, headward: Field, left: Field
) -> tuple[Field, Field]:
    radius = _radius(disc, backward, left)
    half = np.float32(disc.height_mm / 2) - backward * np.float32(np.tan(disc.wedge_rad / 2))
    np.maximum(half, 0.5, out=half)
    hollow = 1 - radius * radius
    np.maximum(hollow, 0, out=hollow)
    ceiling = half + np.float32(_UNDER_ENDPLATE_MM) * hollow
    return radius, np.minimum(
        (1 - radius) * np.float32(disc.depth_mm / 2), ceiling - np.abs(headward)
    )


def _paint_inside(
    region: Region,
    disc: PlacedDisc,
    places: tuple[Field, Field, Field, Field],
    grain: Field,
    palette: Palette,
    brightness: float,
) -> None:
    backward, headward, radius, inside = places
    state = disc.state
    covered = region.coverage(inside)
    blur = 0.16 + 0.25 * (1 - state.border)
    inner = smooth_step((np.float32(_OUTER_ANNULUS) - radius) / np.float32(blur) + 0.5)
    inner *= covered
    region.paint(inner * (1 + np.float32(0.10) * grain), palette.colour(annulus(state.hydration)))
    core = _nucleus(disc, backward, headward, region.left)
    core += core * grain * np.float32(0.10)
    core *= covered
    bright = np.float32(1 + (brightness - 1) * state.hydration)
    region.paint(core, palette.colour(nucleus(state.hydration)) * bright)
    if state.fissure > 0:
        _paint_fissure(region, disc, backward, headward, palette)
    if state.vacuum > 0:
        across = backward * np.float32(2.4 / disc.depth_mm) + np.float32(0.2)
        flat = headward * np.float32(3.2 / max(disc.height_mm, 2.5)) + grain * np.float32(0.2)
        gas = smooth_step((1 - across * across - flat * flat) * np.float32(1.5))
        region.paint(gas * covered * np.float32(state.vacuum), palette.colour(GAS))


def _paint_fissure(
    region: Region, disc: PlacedDisc, backward: Field, headward: Field, palette: Palette
) -> None:
    """A high-intensity zone: a bright spot in the back of the annulus (Aprill and Bogduk 1992)."""
    place = np.float32(0.455 * disc.depth_mm)
    spot = bump((backward - place) / np.float32(2.2))
    spot *= bump((headward + np.float32(0.12 * disc.height_mm)) / np.float32(3.0))
    spot *= bump(region.left / np.float32(9.0))
    region.paint(spot * np.float32(0.75 * disc.state.fissure), palette.colour(FLUID))


def _radius(disc: PlacedDisc, backward: Field, left: Field) -> Field:
    """Radius in the disc's outline seen from above, 1 on its edge, bulging where it bulges."""
    bulge = disc.state.bulge_mm
    behind = np.float32(disc.depth_mm / 2 + 0.4 + bulge)
    before = np.float32(disc.depth_mm / 2 + 0.9 + 0.6 * bulge)
    across = np.abs(backward) / np.where(backward < 0, before, behind)
    aside = np.abs(left) * np.float32(1 / (disc.width_mm / 2 + 0.8 + 0.5 * bulge))
    return outline_radius(across, aside)


def _nucleus(disc: PlacedDisc, backward: Field, headward: Field, left: Field) -> Field:
    """Share of nucleus at each sample; its border blurs and it shrinks as the disc degenerates."""
    state = disc.state
    size = 0.86 + 0.14 * state.border
    along = (backward - np.float32(0.05 * disc.depth_mm)) * np.float32(
        1 / (0.36 * disc.depth_mm * size)
    )
    aside = left * np.float32(1 / (0.37 * disc.width_mm * size))
    # Endplates are hollow, so that the nucleus is taller than the disc at its rim.
    upright = headward * np.float32(1 / (0.44 * disc.height_mm * size + 1.6))
    flat = along * along + aside * aside
    whole = flat + upright * upright * upright * upright
    softness = np.float32(0.55 + 0.75 * (1 - state.border))
    share = smooth_step((1 - whole) / softness + np.float32(0.5))
    if state.cleft > 0:
        band = bump(headward * np.float32(1 / (0.8 + 0.05 * disc.height_mm)))
        band *= smooth_step((np.float32(0.75) - flat) * np.float32(1.8))
        share *= 1 - np.float32(0.85 * state.cleft) * band
    return share


def paint_herniation(
    canvas: Canvas, disc: PlacedDisc, index: int, grain: Grain, palette: Palette
) -> None:
    """Paints what reaches beyond the ring into the canal; the bodies are painted after it."""
    herniation = disc.state.herniation
    if herniation.kind <= HerniationKind.BULGE or herniation.reach_mm <= 0:
        return
    edge = disc.depth_mm / 2 + disc.state.bulge_mm
    tall = herniation.half_height_mm + abs(herniation.migration_mm)
    reach = float(edge + 2 * herniation.reach_mm + 3)
    backward_axis = np.array([np.cos(disc.tilt_rad), np.sin(disc.tilt_rad)])
    centre = disc.centre + backward_axis * edge
    region = canvas.around(
        (centre[0] - reach / 2, centre[1] - tall - reach / 2),
        (centre[0] + reach / 2, centre[1] + tall + reach / 2),
        abs(herniation.left_mm) + herniation.half_width_mm + 2,
    )
    if region is None:
        return
    backward, headward = disc.local(region.back, region.head)
    distance = herniation_distance(disc, backward, headward, region.left)
    region.fill(distance + np.float32(_RIM_MM), palette.colour(CORTEX))
    colour = palette.colour(annulus(0.2)) * np.float32(1 - herniation.brightness)
    colour += palette.colour(nucleus(0.6)) * np.float32(herniation.brightness)
    region.fill(distance, colour, Structure.FIRST_DISC + index)
    speck = grain.at(region.left, backward, headward, 300 + index)
    region.paint(
        region.coverage(distance - 1) * np.clip(speck * np.float32(0.2), 0, 1),
        palette.colour(LIGAMENT),
    )


def herniation_distance(disc: PlacedDisc, backward: Field, headward: Field, left: Field) -> Field:
    """Signed distance to a herniation's surface, inside > 0, mm, in the disc's own frame."""
    herniation = disc.state.herniation
    free = herniation.kind is HerniationKind.SEQUESTRATION
    edge = disc.depth_mm / 2 + disc.state.bulge_mm
    # A sequester lies free in the canal; else the mass stands on the edge of the disc.
    middle = edge + (herniation.reach_mm / 2 + 0.6 if free else 0.0)
    depth_mm = herniation.reach_mm / 2 if free else herniation.reach_mm
    y = (backward - np.float32(middle)) * np.float32(1 / depth_mm)
    z = (headward - np.float32(herniation.migration_mm)) * np.float32(1 / herniation.half_height_mm)
    x = (left - np.float32(herniation.left_mm)) * np.float32(1 / herniation.half_width_mm)
    radius = np.sqrt(x * x + y * y + z * z)
    return np.asarray((1 - radius) * np.float32(min(depth_mm, herniation.half_height_mm)))
