"""Paints the canal: fat, veins and ligaments, sac, cord and roots; bones and discs come after."""

import numpy as np
from scipy import ndimage

from spinegrader.simulate.fields import Field
from spinegrader.simulate.painting.canal_shape import SpinalCanal
from spinegrader.simulate.painting.canvas import Canvas, Region
from spinegrader.simulate.painting.scene import Structure
from spinegrader.simulate.painting.shaping import length
from spinegrader.simulate.scanner.palette import Palette
from spinegrader.simulate.scanner.tissues import CORD, CORTEX, FAT, FLUID, LIGAMENT, ROOT, VEIN

_SAC_WIDTH_SHARE = 0.76
"""Width of the sac as a share of the bony canal's."""

_DURA_MM = 0.45
_USUAL_DEPTH_MM = 14.5
_ROOT_SHARE = 0.31
"""Share of a usual sac that roots take up; it grows as the sac narrows."""

_STRANDS = 64
_BAND = 80
"""Heights of the spine that are painted at once: small arrays stay in the processor's cache."""


def paint_canal(
    canvas: Canvas, canal: SpinalCanal, palette: Palette, rng: np.random.Generator
) -> None:
    """Paints the canal over what surrounds the spine, in bands from head to feet."""
    spine = canal.spine
    strands = ndimage.gaussian_filter(rng.standard_normal((_STRANDS, _STRANDS)), 1.2, mode="wrap")
    strands = (strands / strands.std()).astype(np.float32)
    heights = spine.heights_mm
    for first in range(0, len(heights), _BAND):
        band = slice(first, first + _BAND + 1)
        walls = spine.back_wall[band]
        region = canvas.around(
            (float(walls.min()) - 5, float(heights[band][0])),
            (
                float(walls.max() + (canal.depth / canal.cosine)[band].max()) + 4,
                float(heights[band][-1]),
            ),
            float(canal.half_width[band].max()) + 1,
        )
        if region is not None:
            _paint_band(region, canal, (heights[band][0], heights[band][-1]), strands, palette)


def _paint_band(
    region: Region,
    canal: SpinalCanal,
    heights_mm: tuple[float, float],
    strands: Field,
    palette: Palette,
) -> None:
    spine = canal.spine
    # What lies in another band is left to that one.
    far = np.where(
        (region.head >= np.float32(heights_mm[0])) & (region.head < np.float32(heights_mm[1])),
        np.float32(1e3),
        np.float32(-1e3),
    )
    behind = region.back - spine.profile(spine.back_wall)(region.head)
    behind *= spine.profile(canal.cosine)(region.head)
    depth = spine.profile(canal.depth + canal.pad)(region.head)
    # Between the laminae fat fills the angle behind the canal, most of it in the mid-plane.
    depth -= spine.profile(canal.pad)(region.head) * np.clip(
        np.abs(region.left) * np.float32(1 / 9), 0, 1
    )
    half_width = spine.profile(canal.half_width)(region.head)
    aside = np.abs(region.left) / half_width
    bony = np.minimum(np.minimum(behind + 4, depth - behind), (1 - aside) * half_width)
    region.fill(np.minimum(bony, far), palette.colour(FAT) * np.float32(0.9))
    front = spine.profile(canal.front)(region.head)
    _paint_front(region, (behind, front, far), palette)
    _paint_flavum(region, canal, (behind, depth, far), palette)
    _paint_sac(region, canal, (behind, front, half_width, far), strands, palette)


def _paint_front(region: Region, places: tuple[Field, Field, Field], palette: Palette) -> None:
    """Veins and the posterior longitudinal ligament between back walls and sac."""
    behind, front, far = places
    veins = np.minimum(np.minimum(behind + 1, front - behind), 8 - np.abs(region.left))
    region.paint(region.coverage(np.minimum(veins, far)) * np.float32(0.75), palette.colour(VEIN))
    ligament = np.minimum(behind + np.float32(1.5), np.float32(0.6) - behind)
    ligament = np.minimum(np.minimum(ligament, far), 7 - np.abs(region.left))
    region.fill(ligament, palette.colour(CORTEX))


def _paint_flavum(
    region: Region, canal: SpinalCanal, places: tuple[Field, Field, Field], palette: Palette
) -> None:
    """The ligaments between the laminae: two bands that meet behind the fat in a narrow angle."""
    behind, depth, far = places
    spine = canal.spine
    thick = np.full_like(spine.heights_mm, 2.2)
    for disc in spine.discs:
        grown = disc.state.flavum_mm + 0.5 * disc.state.facet_mm
        thick += grown * np.exp(-(((spine.heights_mm - disc.centre[1] + 2) / 8) ** 2))
    thick[spine.heights_mm < spine.sacrum.centre[1]] = 0
    edge = spine.profile(thick)(region.head)
    # Between the bands lies the fat of the mid-plane.
    aside = np.abs(region.left)
    inner = np.clip((aside - 1) * np.float32(0.4), 0, 1) * edge
    band = np.minimum(depth + 1 - behind, behind - depth + np.float32(0.2) + inner)
    region.fill(
        np.minimum(np.minimum(band, far), 13 - aside), palette.colour(LIGAMENT) * np.float32(1.3)
    )


def _paint_sac(
    region: Region,
    canal: SpinalCanal,
    places: tuple[Field, Field, Field, Field],
    strands: Field,
    palette: Palette,
) -> None:
    spine = canal.spine
    behind, front, half_width, far = places
    back = spine.profile(canal.back)(region.head)
    half = np.maximum((back - front) * np.float32(0.5), np.float32(0.05))
    across = (behind - front - half) / half
    aside = region.left / (half_width * np.float32(_SAC_WIDTH_SHARE))
    sac = np.minimum((1 - length(across, aside)) * half, far)
    closed = 2 * half - 2
    region.fill(np.minimum(sac + np.float32(_DURA_MM), closed), palette.colour(CORTEX))
    region.fill(np.minimum(sac, closed), palette.colour(FLUID), Structure.SAC)
    inside = region.coverage(np.minimum(sac - np.float32(0.3), half - 1))
    cord_radius = spine.profile(canal.cord_radius)(region.head)
    roots = _roots(region, canal, (across, aside, half), strands) * inside
    roots *= 1 - np.clip((cord_radius - 2) * np.float32(0.5), 0, 0.8)
    region.paint(roots, palette.colour(ROOT))
    place = front + np.float32(0.46) * (back - front)
    cord = np.minimum(cord_radius, half * np.float32(0.85))
    cord -= length(behind - place, region.left * np.float32(1 / 1.2))
    region.paint(region.coverage(cord) * inside, palette.colour(CORD), Structure.CORD)


def _roots(
    region: Region,
    canal: SpinalCanal,
    places: tuple[Field, Field, Field],
    strands: Field,
) -> Field:
    """Share of nerve roots: strands along the canal that sink to the back of the lying person."""
    across, aside, half = places
    count = _STRANDS
    rows = ((across + 1) * np.float32(count / 2 - 0.5)).astype(np.int32)
    columns = ((aside + 1) * np.float32(count / 2 - 0.5)).astype(np.int32)
    np.clip(rows, 0, count - 1, out=rows)
    np.clip(columns, 0, count - 1, out=columns)
    crowding = np.clip(np.float32(_USUAL_DEPTH_MM / 2) / half, 0.5, 2.2)
    crowding *= crowding
    top = canal.conus_head_mm
    fewer = np.clip((region.head - np.float32(canal.sacrum_head_mm - 45)) / 110, 0.1, 1)
    fewer *= np.clip((np.float32(top + 30) - region.head) / 30, 0.2, 1)
    behind = np.clip(np.float32(0.30) + across, 0, 2) * np.float32(1.6)
    mean = np.float32(_ROOT_SHARE * canal.spine.person.soft.roots) * crowding * fewer * behind
    spread = strands[rows, columns] * (np.float32(0.12) + np.float32(0.25) * mean) * fewer
    return np.asarray(np.clip(mean + spread, 0, 0.95))
