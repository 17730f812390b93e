"""Paints the posterior parts of the vertebrae: pedicles, laminae, facets, spinous processes."""

import numpy as np

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import FloatArray
from spinegrader.simulate.painting.canal import HALF_WIDTH_MM, SpinalCanal
from spinegrader.simulate.painting.canvas import Canvas, Field, Region, coverage, length
from spinegrader.simulate.person.spine import PlacedBody
from spinegrader.simulate.scanner.tissues import CORTEX, FAT, MARROW_WATER, ROOT, Protocol, Signal

_CORTEX_MM = 0.9
_FACET_ASIDE_MM = 15.0


def paint_posterior_parts(canvas: Canvas, canal: SpinalCanal, protocol: Protocol) -> None:
    """Paints the posterior parts of all bodies down to S2."""
    marrow = 0.45 * protocol.signal(FAT) + 0.55 * protocol.signal(MARROW_WATER)
    bone = (protocol.signal(CORTEX), marrow.astype(np.float32))
    depths = canal.spine.person.canal_depths_mm
    for body, depth_mm in zip(canal.spine.bodies, depths, strict=True):
        if body.shape.level is None:
            continue
        corners = body.corners
        region = canvas.around(
            (float(corners[:, 0].mean()) - 5, float(corners[:, 1].min()) - 38),
            (float(corners[:, 0].max()) + 62, float(corners[:, 1].max()) + 25),
        )
        if region is not None:
            _paint_one(region, body, depth_mm, bone, protocol)


def _paint_one(
    region: Region,
    body: PlacedBody,
    depth_mm: float,
    bone: tuple[Signal, Signal],
    protocol: Protocol,
) -> None:
    backward, headward = body.local(region.back, region.head)
    behind = backward - np.float32(body.shape.depth_lower / 2)
    aside = np.abs(region.left)
    height = body.shape.height_mm
    canal = depth_mm
    size = height / 25
    if not _is_sacral(body):
        _paint_foramen(region, behind, headward + np.float32(height / 2), aside, protocol)
        pedicle = _capsule(behind, headward, (-6, 0.2 * height), (canal - 2, 0.2 * height), 6.5)
        _paint_bone(region, np.minimum(pedicle, 5.5 - np.abs(aside - 13.5)), bone)
        facet_aside = 6.5 - np.abs(aside - np.float32(_FACET_ASIDE_MM))
        top = _capsule(behind, headward, (canal, 4), (canal + 3, 0.72 * height), 4.0)
        bottom = _capsule(behind, headward, (canal + 4, 0), (canal + 10, -0.92 * height), 4.2)
        _paint_bone(region, np.minimum(top, facet_aside), bone)
        _paint_bone(region, np.minimum(bottom, facet_aside), bone)
    lamina = _capsule(
        behind,
        headward,
        (canal + 3.5, -0.05 * height),
        (canal + 6.5, -0.58 * height),
        3.4 if not _is_sacral(body) else 2.2,
    )
    _paint_bone(region, np.minimum(lamina, HALF_WIDTH_MM + 1 - aside), bone)
    _paint_bone(region, _spinous(body, behind, headward, canal, size, aside), bone)


def _spinous(
    body: PlacedBody, behind: Field, headward: Field, canal: float, size: float, aside: Field
) -> Field:
    """Hatchet-shaped in the lumbar spine, slanting in the thoracic one, a crest on the sacrum."""
    height = body.shape.height_mm
    if _is_sacral(body):
        spike = _capsule(
            behind, headward, (canal + 4, -0.1 * height), (canal + 9, -0.2 * height), 4.0 * size
        )
    elif _is_thoracic(body):
        spike = _capsule(
            behind, headward, (canal + 7, -0.5 * height), (canal + 27, -0.95 * height), 5.2 * size
        )
    elif body.shape.level is VertebraLevel.L5:
        spike = _capsule(
            behind, headward, (canal + 8, -0.45 * height), (canal + 15, -0.55 * height), 5.8 * size
        )
    else:
        spike = _capsule(
            behind, headward, (canal + 9, -0.48 * height), (canal + 25, -0.62 * height), 8.2 * size
        )
    return np.asarray(np.minimum(spike, 3.6 - aside))


def _paint_foramen(
    region: Region, behind: Field, above_floor: Field, aside: Field, protocol: Protocol
) -> None:
    """Fat beside the canal at the lower half of a body and the disc below, and the root in it."""
    place = 8.0 - length(behind - 6, (above_floor - 2) / np.float32(1.3))
    inside = np.minimum(place, np.minimum(aside - 10, 20 - aside))
    region.fill(inside, protocol.signal(FAT) * np.float32(0.85))
    root = 2.4 - length(behind - 5, above_floor - 6)
    region.fill(np.minimum(root, inside + 1), protocol.signal(ROOT))


def _paint_bone(region: Region, distance: Field, bone: tuple[Signal, Signal]) -> None:
    cortex, marrow = bone
    region.fill(distance, cortex)
    region.paint(coverage(distance - np.float32(_CORTEX_MM), region.edge_mm), marrow)


def _capsule(
    behind: Field,
    headward: Field,
    start: tuple[float, float],
    end: tuple[float, float],
    radius_mm: float,
) -> Field:
    """Signed distance (inside > 0) to all that lies within a radius of a line."""
    axis: FloatArray = np.subtract(end, start)
    y, z = behind - np.float32(start[0]), headward - np.float32(start[1])
    share = (y * np.float32(axis[0]) + z * np.float32(axis[1])) / np.float32(axis @ axis)
    share = np.clip(share, 0, 1)
    return np.float32(radius_mm) - length(
        y - share * np.float32(axis[0]), z - share * np.float32(axis[1])
    )


def _is_sacral(body: PlacedBody) -> bool:
    level = body.shape.level
    return level is None or level.position >= VertebraLevel.S1.position


def _is_thoracic(body: PlacedBody) -> bool:
    level = body.shape.level
    return level is not None and level.position < VertebraLevel.L1.position
