"""Paints the canal: fat, veins and ligaments, sac, cord and roots; bones and discs come after."""

import numpy as np
from scipy import ndimage

from spinegrader.simulate.painting.canal_shape import SpinalCanal
from spinegrader.simulate.painting.canvas import Canvas, Field, Region
from spinegrader.simulate.painting.scene import Structure
from spinegrader.simulate.painting.shaping import length
from spinegrader.simulate.scanner.palette import Palette
from spinegrader.simulate.scanner.tissues import CORD, CORTEX, FAT, FLUID, LIGAMENT, ROOT, VEIN

_SAC_WIDTH_SHARE = 0.76
"""Width of the sac as a share of the bony canal's."""

_DURA_MM = 0.45
_USUAL_DEPTH_MM = 14.5
_ROOT_SHARE = 0.24
"""Share of a usual sac that roots take up; it grows as the sac narrows."""

_STRANDS = 64


def paint_canal(
    canvas: Canvas, canal: SpinalCanal, palette: Palette, rng: np.random.Generator
) -> None:
    """Paints the canal over what surrounds the spine."""
    spine = canal.spine
    region = canvas.around(
        (float(spine.back_wall.min()) - 6, float(spine.heights_mm[0])),
        (float(spine.back_wall.max()) + 30, float(spine.heights_mm[-1])),
        float(canal.half_width.max()) + 1,
    )
    if region is None:
        return
    behind = region.back - spine.profile(spine.back_wall)(region.head)
    behind *= spine.profile(canal.cosine)(region.head)
    depth = spine.profile(canal.depth)(region.head)
    half_width = spine.profile(canal.half_width)(region.head)
    aside = np.abs(region.left) / half_width
    bony = np.minimum(np.minimum(behind + 4, depth - behind), (1 - aside) * half_width)
    region.fill(bony, palette.colour(FAT) * np.float32(0.9))
    front = spine.profile(canal.front)(region.head)
    _paint_front(region, behind, front, palette)
    _paint_flavum(region, canal, behind, depth, palette)
    _paint_sac(region, canal, (behind, front, half_width), palette, rng)


def _paint_front(region: Region, behind: Field, front: Field, palette: Palette) -> None:
    """Veins and the posterior longitudinal ligament between back walls and sac."""
    veins = np.minimum(np.minimum(behind + 1, front - behind), 8 - np.abs(region.left))
    region.paint(region.coverage(veins) * np.float32(0.75), palette.colour(VEIN))
    ligament = np.minimum(behind + np.float32(1.5), np.float32(0.6) - behind)
    region.fill(np.minimum(ligament, 7 - np.abs(region.left)), palette.colour(CORTEX))


def _paint_flavum(
    region: Region, canal: SpinalCanal, behind: Field, depth: Field, palette: Palette
) -> None:
    """The ligaments between the laminae: two bands that meet behind the fat in a narrow angle."""
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
    region.fill(np.minimum(band, 13 - aside), palette.colour(LIGAMENT) * np.float32(1.3))


def _paint_sac(
    region: Region,
    canal: SpinalCanal,
    places: tuple[Field, Field, Field],
    palette: Palette,
    rng: np.random.Generator,
) -> None:
    spine = canal.spine
    behind, front, half_width = places
    back = spine.profile(canal.back)(region.head)
    half = np.maximum((back - front) * np.float32(0.5), np.float32(0.05))
    across = (behind - front - half) / half
    aside = region.left / (half_width * np.float32(_SAC_WIDTH_SHARE))
    sac = (1 - length(across, aside)) * half
    closed = 2 * half - 2
    region.fill(np.minimum(sac + np.float32(_DURA_MM), closed), palette.colour(CORTEX))
    region.fill(np.minimum(sac, closed), palette.colour(FLUID), Structure.SAC)
    inside = region.coverage(np.minimum(sac - np.float32(0.3), half - 1))
    cord_radius = spine.profile(canal.cord_radius)(region.head)
    roots = _roots(region, canal, (across, aside, half), rng) * inside
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
    rng: np.random.Generator,
) -> Field:
    """Share of nerve roots: strands along the canal that sink to the back of the lying person."""
    across, aside, half = places
    count = _STRANDS
    strands = ndimage.gaussian_filter(rng.standard_normal((count, count)), 1.2, mode="wrap")
    strands = (strands / strands.std()).astype(np.float32)
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
