"""Paints what surrounds the spine: fat, muscles, vessels, bowel, skin.

Schematic, and drawn anew at each visit where it has nothing to do with the bones.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.interpolate import CubicSpline

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import FloatArray
from spinegrader.simulate.painting.canal import SpinalCanal
from spinegrader.simulate.painting.canvas import Canvas, Field, Region, coverage, length
from spinegrader.simulate.scanner.tissues import (
    BLOOD_FLOWING,
    BOWEL,
    FAT,
    LIGAMENT,
    MUSCLE,
    SKIN,
    Protocol,
    Signal,
)

_AORTA = (9.0, 11.0, 8.5)
_CAVA = (-15.0, 12.0, 9.5)
"""Place to the left, in front of the bodies, and radius of the great vessels, millimetres."""

_FORK_SLOPE = 0.55
_PREVERTEBRAL_MM = 24.0
_SKIN_MM = 2.0


@dataclass(frozen=True, eq=False)
class Back:
    """Heights of the layers behind the canal at the spine's heights: posterior places in mm."""

    muscle: FloatArray
    skin: FloatArray


def draw_back(canal: SpinalCanal, rng: np.random.Generator) -> Back:
    """Muscle and fat behind the canal; how much fat there is changes between visits."""
    spine = canal.spine
    heights = spine.heights_mm
    sacrum = float(spine.body(VertebraLevel.S1).corners[1, 1])
    canal_back = spine.back_wall + canal.depth / canal.cosine
    below = np.clip((sacrum + 15 - heights) / 70, 0, 1)
    muscle = canal_back + spine.person.back_muscle_mm * (1 - 0.75 * below)
    muscle = ndimage.gaussian_filter1d(muscle, 50, mode="nearest")
    fat = spine.person.back_fat_mm * float(rng.lognormal(0, 0.2))
    hump = np.exp(-(((heights - sacrum - 10) / 60) ** 2))
    skin = ndimage.gaussian_filter1d(muscle + fat * (0.7 + 0.7 * hump), 60, mode="nearest")
    return Back(muscle, np.maximum(skin, muscle + 3))


def paint_surroundings(
    canvas: Canvas, canal: SpinalCanal, back: Back, protocol: Protocol, rng: np.random.Generator
) -> None:
    """Paints everything but the spine itself, over the whole field of view."""
    spine = canal.spine
    region = canvas.everywhere()
    noise = _field(region.back.shape, (4, 28, 28), rng)
    region.paint(
        np.ones_like(region.back), _streaked(protocol.signal(FAT), protocol.signal(LIGAMENT), noise)
    )
    before = spine.profile(spine.front_wall)(region.head) - region.back
    _paint_abdomen(region, before, protocol, rng)
    _paint_vessels(region, canal, before, protocol)
    _paint_psoas(region, canal, before, protocol)
    _paint_back(region, canal, back, _field(region.back.shape, (4, 12, 70), rng), protocol)


def _streaked(ground: Signal, strand: Signal, noise: Field) -> Signal:
    """Mostly the one tissue, with strands of the other where the noise is high."""
    share = np.clip(noise - 0.6, 0, 1) * np.float32(0.5)
    return np.stack([(1 - share) * a + share * b for a, b in zip(ground, strand, strict=True)])


def _paint_abdomen(
    region: Region, before: Field, protocol: Protocol, rng: np.random.Generator
) -> None:
    """Bowel and organs in front of the great vessels: blobs, new at each visit."""
    blobs = _field(region.back.shape, (3, 11, 11), rng)
    inner = _field(region.back.shape, (4, 22, 22), rng)
    depth = before - np.float32(_PREVERTEBRAL_MM) - 4 * inner
    bowel = coverage(np.minimum(depth, (blobs + 0.1) * 10), 3 * region.edge_mm)
    shade = np.clip(0.75 + 0.3 * inner, 0.2, 1.5)
    colour = protocol.signal(BOWEL)
    region.paint(bowel, np.stack([shade * colour[0], shade * colour[1]]))
    gas = coverage((inner - 1.2) * 6, 3 * region.edge_mm) * bowel
    region.paint(gas, protocol.signal(BLOOD_FLOWING))


def _paint_vessels(region: Region, canal: SpinalCanal, before: Field, protocol: Protocol) -> None:
    """Aorta and vena cava, dark by flow; both fork before L4."""
    fork = float(canal.spine.body(VertebraLevel.L4).centre[1])
    below = np.clip(np.float32(fork) - region.head, 0, None)
    for left, front, radius in (_AORTA, _CAVA):
        # Below the fork the iliac vessel of that side leads outward, thinner.
        place = np.float32(left) + np.float32(np.sign(left) * _FORK_SLOPE) * below
        wide = np.float32(radius) - np.clip(below / 4, 0, np.float32(radius - 5))
        inside = wide - length(region.left - place, before - np.float32(front))
        region.fill(inside + np.float32(1.2), protocol.signal(LIGAMENT))
        region.fill(inside, protocol.signal(BLOOD_FLOWING))


def _paint_psoas(region: Region, canal: SpinalCanal, before: Field, protocol: Protocol) -> None:
    """The muscles beside the lumbar bodies."""
    body = canal.spine.body(VertebraLevel.L1)
    above = np.float32(body.centre[1]) - region.head
    thick = np.clip(above / 6, -3, 18)
    aside = np.abs(region.left) - np.float32(body.shape.width_lower / 2 + 3.5)
    inside = np.minimum(aside, thick - np.abs(before + np.float32(18)))
    region.fill(inside, protocol.signal(MUSCLE))


def _paint_back(
    region: Region, canal: SpinalCanal, back: Back, noise: Field, protocol: Protocol
) -> None:
    """Muscles and ligaments behind the canal, fascia, subcutaneous fat, skin, air."""
    spine = canal.spine
    depth_along = canal.depth / canal.cosine
    behind = region.back - spine.profile(spine.back_wall + depth_along)(region.head)
    muscle_end = spine.profile(back.muscle)(region.head) - region.back
    inside = np.minimum(behind + 1, muscle_end)
    flesh, fatty = protocol.signal(MUSCLE), protocol.signal(FAT)
    # Between the spinous processes lie ligaments and fat, beside them muscle with streaks of fat.
    aside = np.clip((np.abs(region.left) - 3) / 4, 0, 1)
    lean = np.clip(0.55 + 0.3 * aside - 0.14 * noise, 0.1, 1)
    mixed = np.stack([lean * a + (1 - lean) * b for a, b in zip(flesh, fatty, strict=True)])
    region.paint(coverage(inside, region.edge_mm), mixed)
    region.fill(1.0 - np.abs(muscle_end), protocol.signal(LIGAMENT))
    to_skin = spine.profile(back.skin)(region.head) - region.back
    region.fill(np.float32(_SKIN_MM) - to_skin, protocol.signal(SKIN))
    region.fill(-to_skin, np.zeros(2, dtype=np.float32))


def _field(shape: tuple[int, ...], nodes: tuple[int, int, int], rng: np.random.Generator) -> Field:
    """A smooth random field of mean 0 and spread about 1 over an array of that shape."""
    coarse = ndimage.gaussian_filter(rng.standard_normal(nodes), 0.5)
    coarse /= coarse.std()
    # Splines along one axis after the other: far quicker than a three-dimensional zoom.
    slices, rows, columns = (
        CubicSpline(np.arange(count), np.eye(count))(np.linspace(0, count - 1, length))
        for count, length in zip(nodes, shape, strict=True)
    )
    along = np.tensordot(slices, coarse, axes=1).astype(np.float32)
    fine = rows.astype(np.float32) @ along @ columns.astype(np.float32).T
    return np.asarray(fine, dtype=np.float32)
