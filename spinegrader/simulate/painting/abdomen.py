"""Paints what lies in front of the spine: fat, vessels, muscles, bowel and organs, the belly.

Schematic. What has nothing to do with the bones is drawn anew at each visit.
"""

from dataclasses import dataclass

import numpy as np

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.simulate.fields import Field
from spinegrader.simulate.painting.canal_shape import SpinalCanal
from spinegrader.simulate.painting.canvas import Region
from spinegrader.simulate.painting.noise import Grain, SmoothField
from spinegrader.simulate.painting.shaping import length, smooth_step
from spinegrader.simulate.scanner.palette import Palette
from spinegrader.simulate.scanner.tissues import (
    AIR,
    BLOOD_FLOWING,
    BOWEL,
    BOWEL_FLUID,
    CORTEX,
    FAT,
    GAS,
    LIGAMENT,
    MUSCLE,
    ORGAN,
    SKIN,
)

_CAVA_LEFT_MM = -15.0
_FORK_SLOPE = 0.55
_PREVERTEBRAL_MM = 15.0


@dataclass(frozen=True, eq=False)
class Abdomen:
    """All that is drawn at a visit before the slices are painted.

    Args:
        canal: Of the spine.
        blobs: Whose hills are loops of bowel.
        inner: Slow changes within them.
        belly_mm: Distance from the bodies' front walls to the skin of the belly.
        fat_mm: Thickness of the fat under that skin.
    """

    canal: SpinalCanal
    blobs: SmoothField
    inner: SmoothField
    belly_mm: float
    fat_mm: float


def draw_abdomen(
    canal: SpinalCanal, shape: tuple[int, int, int], rng: np.random.Generator
) -> Abdomen:
    """Draws the contents of a block of that shape (slices, rows, columns)."""
    soft = canal.spine.person.soft
    return Abdomen(
        canal,
        SmoothField.drawn(shape, (5, 26, 22), rng),
        SmoothField.drawn(shape, (5, 11, 9), rng),
        soft.belly_mm * float(rng.lognormal(0, 0.05)),
        0.9 * soft.fat_mm * float(rng.lognormal(0, 0.2)),
    )


def paint_abdomen(
    region: Region, sample: int, abdomen: Abdomen, grain: Grain, palette: Palette
) -> None:
    """Paints everything in front of the back walls of one slice."""
    canal, spine = abdomen.canal, abdomen.canal.spine
    before = spine.profile(spine.front_wall)(region.head) - region.back
    fine = grain.at(region.left, region.back, region.head, 11)
    pure, strand = palette.colour(FAT), palette.colour(LIGAMENT)
    blobs, inner = abdomen.blobs.plane(sample), abdomen.inner.plane(sample)
    # Vessels of the mesentery: thin dark lines in the fat.
    share = np.clip(np.float32(0.8) - np.abs(blobs + inner) * np.float32(5), 0, 0.6)
    share *= np.clip(np.float32(0.35) * (inner - blobs), 0, 1)
    # Breathing draws what is fine into streaks along the body.
    drawn = grain.at(region.left, region.back, region.head * np.float32(0.25), 12)
    share += np.clip(drawn * np.float32(0.07) + inner * np.float32(0.06), 0, 0.3)
    for channel in range(len(pure)):
        region.signal[channel] = pure[channel] + share * (strand[channel] - pure[channel])
    _paint_bowel(region, canal, (before, blobs, inner), fine, palette)
    _paint_crura(region, canal, before, palette)
    _paint_vessels(region, canal, before, palette)
    _paint_psoas(region, canal, before, fine, palette)
    _paint_front_ligament(region, before, palette)
    _paint_belly(region, abdomen, before, palette)


def _paint_bowel(
    region: Region,
    canal: SpinalCanal,
    places: tuple[Field, Field, Field],
    fine: Field,
    palette: Palette,
) -> None:
    """Loops of bowel below, organs above: blobs with walls, some filled with fluid or gas."""
    before, blobs, inner = places
    depth = before - np.float32(_PREVERTEBRAL_MM) - 5 * inner
    height = region.head - np.float32(canal.sacrum_head_mm)
    # The pelvis widens the fat in front of the sacrum.
    depth -= np.clip(10 - height * np.float32(0.5), 0, 22)
    streak = np.clip(np.float32(0.85) + np.float32(0.18) * fine, 0.3, 1)
    wall = np.minimum(depth, (blobs - np.float32(0.25)) * 8)
    region.paint(region.coverage(wall, 2.2) * streak, palette.colour(BOWEL))
    fill = np.clip(inner * np.float32(0.5) + np.float32(0.25) + np.float32(0.15) * fine, 0, 0.9)
    lumen = region.coverage(wall - np.float32(2.0), 3.0)
    region.paint(lumen * fill, palette.colour(BOWEL_FLUID))
    gas = region.coverage((inner * blobs - np.float32(0.9)) * 9, 1.0) * lumen
    region.paint(gas, palette.colour(GAS))
    organ = np.minimum(depth - 8, height - np.float32(150) + 14 * blobs)
    texture = 1 - np.clip(np.abs(fine) * np.float32(0.12), 0, 0.5)
    region.paint(region.coverage(organ, 1.0) * texture, palette.colour(ORGAN))


def _paint_crura(region: Region, canal: SpinalCanal, before: Field, palette: Palette) -> None:
    """The crura of the diaphragm before the upper lumbar bodies, and their tendon below."""
    lumbar = next(body for body in canal.spine.bodies if not body.shape.is_thoracic)
    above = region.head - np.float32(lumbar.centre[1] - 32)
    thick = np.clip(above * np.float32(1 / 9), 0, 5.5)
    inside = np.minimum(before + 3, thick - before)
    aside = np.abs(region.left) - 2
    region.fill(np.minimum(inside, np.minimum(aside, 16 - aside)), palette.colour(MUSCLE))


def _paint_vessels(region: Region, canal: SpinalCanal, before: Field, palette: Palette) -> None:
    """Aorta and vena cava, dark by flow; both fork before L4."""
    soft = canal.spine.person.soft
    fork = _fork_head_mm(canal)
    below = np.clip(np.float32(fork) - region.head, 0, None)
    vessels = (
        (soft.aorta_left_mm, soft.aorta_mm + 1.8, soft.aorta_mm),
        (_CAVA_LEFT_MM, soft.aorta_mm + 2.2, soft.aorta_mm + 1.0),
    )
    for left, front, radius in vessels:
        # Below the fork the iliac vessel of that side leads outward, thinner.
        place = np.float32(left) + np.float32(np.sign(left) * _FORK_SLOPE) * below
        wide = np.float32(radius) - np.clip(below / 4, 0, np.float32(radius - 4.5))
        inside = wide - length(region.left - place, before - np.float32(front))
        region.fill(inside + np.float32(0.9), palette.colour(LIGAMENT), soft_mm=1.0)
        region.fill(inside, palette.colour(BLOOD_FLOWING), soft_mm=1.2)


def _fork_head_mm(canal: SpinalCanal) -> float:
    """Height of the aorta's fork, counted in bodies below the top of L4."""
    spine = canal.spine
    index = next(
        (i for i, body in enumerate(spine.bodies) if body.shape.level is VertebraLevel.L4),
        spine.bodies.index(spine.sacrum) - 2,
    )
    tops = [float(body.corners[0, 1]) for body in spine.bodies[index - 1 : index + 3]]
    return float(np.interp(spine.person.soft.fork_level + 1, range(len(tops)), tops))


def _paint_psoas(
    region: Region, canal: SpinalCanal, before: Field, fine: Field, palette: Palette
) -> None:
    """The muscles beside the lumbar bodies."""
    lumbar = next(body for body in canal.spine.bodies if not body.shape.is_thoracic)
    above = np.float32(lumbar.centre[1] + 10) - region.head
    grown = smooth_step(above * np.float32(1 / 95))
    thick = grown * np.float32(canal.spine.person.soft.psoas_mm + 2) - 1
    # Below L5 the muscle leaves the spine forward and outward.
    leaving = np.clip(np.float32(canal.sacrum_head_mm + 15) - region.head, 0, None)
    place = np.float32(22) - np.float32(0.9) * leaving
    aside = np.abs(region.left) - np.float32(lumbar.shape.width_mm / 2 + 1.5)
    aside -= np.float32(0.15) * leaving
    inside = np.minimum(aside, thick - np.abs(before + place))
    streak = np.clip(1 - np.abs(fine) * np.float32(0.07), 0, 1)
    region.paint(region.coverage(inside) * streak, palette.colour(MUSCLE))


def _paint_front_ligament(region: Region, before: Field, palette: Palette) -> None:
    inside = np.minimum(np.minimum(before + 1, np.float32(1.1) - before), 14 - np.abs(region.left))
    region.fill(inside, palette.colour(CORTEX))


def _paint_belly(region: Region, abdomen: Abdomen, before: Field, palette: Palette) -> None:
    """Muscle, fat and skin of the belly's wall, and the air before it."""
    fat = abdomen.fat_mm
    to_skin = np.float32(abdomen.belly_mm) - before
    to_skin -= region.left * region.left * np.float32(1 / 3000)
    region.fill(np.minimum(np.float32(fat + 8) - to_skin, to_skin), palette.colour(MUSCLE))
    region.fill(np.minimum(np.float32(fat) - to_skin, to_skin), palette.colour(FAT))
    region.fill(np.float32(1.8) - np.abs(to_skin - np.float32(1.8)), palette.colour(SKIN))
    region.fill(-to_skin, palette.colour(AIR))
