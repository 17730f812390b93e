"""Paints intervertebral discs: nucleus, annulus, bulge."""

import numpy as np

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.simulate.painting.canvas import Canvas, Field, outline_radius
from spinegrader.simulate.person.spine import PlacedDisc
from spinegrader.simulate.scanner.tissues import LIGAMENT, Protocol, annulus, nucleus

_UNDER_ENDPLATE_MM = 9.0
"""The disc is painted this far into the bodies, which then cover it down to their endplates."""

_OUTER_ANNULUS = 0.80
"""Radius (1 at the edge) from which on the annulus is as dark as a ligament."""


def paint_disc(canvas: Canvas, disc: PlacedDisc, protocol: Protocol) -> None:
    """Paints one disc; the bodies must be painted after it."""
    reach = disc.depth_mm / 2 + 10
    region = canvas.around(
        (disc.centre[0] - reach, disc.centre[1] - reach),
        (disc.centre[0] + reach, disc.centre[1] + reach),
    )
    if region is None:
        return
    backward, headward = disc.local(region.back, region.head)
    radius = _radius(disc, backward, region.left)
    half = np.maximum(
        np.float32(disc.height_mm / 2) - backward * np.float32(np.tan(disc.wedge_rad / 2)), 0.6
    )
    ceiling = half + np.float32(_UNDER_ENDPLATE_MM) * np.clip(1 - radius * radius, 0, 1)
    inside = np.minimum((1 - radius) * np.float32(disc.depth_mm / 2), ceiling - np.abs(headward))
    outer = protocol.signal(LIGAMENT)
    region.fill(inside, outer)
    if disc.level is None:
        return
    stage = _painted_stage(disc)
    inner = _smooth_step((np.float32(_OUTER_ANNULUS) - radius) / np.float32(0.22) + 0.5)
    covered = np.clip(inside / np.float32(region.edge_mm) + 0.5, 0, 1)
    region.paint(covered * inner, protocol.signal(annulus(stage)))
    core = _nucleus(disc, backward, headward, region.left)
    region.paint(covered * core, protocol.signal(nucleus(stage)))


def _radius(disc: PlacedDisc, backward: Field, left: Field) -> Field:
    """Radius in the disc's outline seen from above, 1 on its edge, bulging where it bulges."""
    state = disc.state
    spread = np.exp(-((left / np.float32(state.bulge_half_width_mm)) ** 2))
    behind = np.float32(disc.depth_mm / 2 + 0.5) + np.float32(state.bulge_mm) * spread
    before = np.float32(disc.depth_mm / 2 + 0.8 + 0.5 * state.bulge_mm)
    across = np.abs(backward) / np.where(backward < 0, before, behind)
    aside = np.abs(left) / np.float32(disc.width_mm / 2 + 0.8 + 0.3 * state.bulge_mm)
    return outline_radius(across, aside)


def _nucleus(disc: PlacedDisc, backward: Field, headward: Field, left: Field) -> Field:
    """Share of nucleus at each sample; its border blurs and it shrinks as the disc degenerates."""
    stage = _painted_stage(disc)
    size = 1 - 0.05 * (stage - 1)
    along = (backward - np.float32(0.04 * disc.depth_mm)) / np.float32(0.33 * disc.depth_mm * size)
    aside = left / np.float32(0.33 * disc.width_mm * size)
    radius = np.sqrt(along * along + aside * aside)
    # Endplates are hollow, so that the nucleus is taller than the disc at its rim.
    tall = np.float32(0.42 * disc.height_mm * size + 1.3)
    upright = headward / tall
    softness = np.float32(np.interp(stage, (1, 2, 3, 4), (0.22, 0.28, 0.55, 0.8)))
    whole = np.sqrt(radius * radius + upright * upright)
    share = _smooth_step((1 - whole) / softness + np.float32(0.5))
    cleft = np.interp(stage, (1.3, 1.9, 2.7, 3.4), (0.0, 0.55, 0.5, 0.1))
    band = np.exp(-((headward / np.float32(1.1)) ** 2)) * np.clip((0.85 - radius) * 4, 0, 1)
    return np.asarray(share * (1 - np.float32(cleft) * band), dtype=np.float32)


def _painted_stage(disc: PlacedDisc) -> float:
    """The disc's stage; the rudimentary disc within the sacrum is never bright."""
    is_sacral = disc.level is not None and disc.level.upper is VertebraLevel.S1
    return max(disc.state.stage, 3.2) if is_sacral else disc.state.stage


def _smooth_step(share: Field) -> Field:
    clipped = np.clip(share, 0, 1)
    return np.asarray(clipped * clipped * (3 - 2 * clipped), dtype=np.float32)
