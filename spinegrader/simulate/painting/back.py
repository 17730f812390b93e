"""Paints what lies behind the spine: muscles, ligaments, fascia, fat under the skin."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from spinegrader.domain.geometry import FloatArray
from spinegrader.simulate.fields import Field
from spinegrader.simulate.painting.canal_shape import SpinalCanal
from spinegrader.simulate.painting.canvas import Region
from spinegrader.simulate.painting.noise import Grain, SmoothField
from spinegrader.simulate.painting.shaping import bump
from spinegrader.simulate.scanner.palette import Palette
from spinegrader.simulate.scanner.tissues import AIR, CORTEX, FAT, LIGAMENT, MUSCLE, SKIN

_SKIN_MM = 1.8


@dataclass(frozen=True, eq=False)
class Layers:
    """Posterior places of the layers behind the canal at the spine's heights, millimetres."""

    muscle: FloatArray
    skin: FloatArray


def draw_layers(canal: SpinalCanal, rng: np.random.Generator) -> Layers:
    """Muscle and fat behind the canal; how much fat there is changes between visits."""
    spine, soft = canal.spine, canal.spine.person.soft
    heights = spine.heights_mm
    sacrum = canal.sacrum_head_mm
    canal_back = spine.back_wall + canal.depth / canal.cosine
    below = np.clip((sacrum + 10 - heights) / 75, 0, 1)
    above = np.clip((heights - sacrum - 120) / 120, 0, 1)
    muscle = canal_back + soft.muscle_mm * (1 - 0.72 * below) * (1 - 0.15 * above)
    muscle = ndimage.gaussian_filter1d(muscle, 40, mode="nearest")
    fat = soft.fat_mm * float(rng.lognormal(0, 0.2))
    hump = np.exp(-(((heights - sacrum - 5) / 55) ** 2))
    # The skin of a lying person is flattened by the table.
    skin = ndimage.gaussian_filter1d(muscle + fat * (0.75 + 0.6 * hump), 70, mode="nearest")
    return Layers(muscle, np.maximum(skin, muscle + 3))


@dataclass(frozen=True, eq=False)
class Back:
    """All that is drawn at a visit before the slices are painted.

    Args:
        canal: Of the spine.
        layers: Behind it.
        fat: Fat fraction of the muscles.
        streaks: Of fat in the muscles.
        septa: In the fat under the skin.
    """

    canal: SpinalCanal
    layers: Layers
    fat: float
    streaks: SmoothField
    septa: SmoothField


def draw_back(
    canal: SpinalCanal, layers: Layers, shape: tuple[int, int, int], rng: np.random.Generator
) -> Back:
    """Draws the texture of a block of that shape (slices, rows, columns)."""
    spine = canal.spine
    streaks = SmoothField.drawn(shape, (6, 9, 26), rng)
    return Back(
        canal, layers, spine.muscle_fat, streaks, SmoothField.drawn(shape, (8, 56, 12), rng)
    )


def paint_back(region: Region, sample: int, back: Back, grain: Grain, palette: Palette) -> None:
    """Paints everything behind the back walls of one slice, to the air behind the skin."""
    canal, spine = back.canal, back.canal.spine
    wall = spine.back_wall + canal.depth / canal.cosine
    behind = region.back - spine.profile(wall)(region.head)
    muscle_end = spine.profile(back.layers.muscle)(region.head) - region.back
    to_skin = spine.profile(back.layers.skin)(region.head) - region.back
    streaks = back.streaks.plane(sample)
    _paint_muscle(region, back.fat, (behind, muscle_end), streaks, grain, palette)
    _paint_fat(region, (muscle_end, to_skin), (back.septa.plane(sample), streaks), palette)
    region.fill(np.float32(_SKIN_MM) - np.abs(to_skin - np.float32(_SKIN_MM)), palette.colour(SKIN))
    region.fill(-to_skin, palette.colour(AIR))


def _paint_muscle(
    region: Region,
    fat: float,
    depths: tuple[Field, Field],
    streaks: Field,
    grain: Grain,
    palette: Palette,
) -> None:
    """Muscle with streaks of fat; ligaments and fat between the spinous processes."""
    behind, muscle_end = depths
    fine = grain.at(region.left, region.back, region.head * np.float32(0.35), 7)
    # Near the mid-plane lie fat and ligaments, beside it muscle; deep muscle is fattier.
    middle = bump(region.left * np.float32(1 / 7.0))
    share = np.float32(fat) + np.float32(0.16) * streaks + np.float32(0.10) * fine
    share += (np.float32(0.10) + np.float32(0.30) * streaks) * middle
    share += np.float32(0.25) * np.clip(1 - behind * np.float32(1 / 14), 0, 1)
    np.clip(share, 0.02, 0.95, out=share)
    strands = (
        np.clip(np.float32(0.35) + np.float32(0.3) * fine - np.float32(0.3) * streaks, 0, 0.9)
        * middle
    )
    flesh, pure, strand = palette.colour(MUSCLE), palette.colour(FAT), palette.colour(LIGAMENT)
    colour = np.empty((len(flesh), *share.shape), dtype=np.float32)
    for channel in range(len(flesh)):
        mixed = flesh[channel] + share * (pure[channel] - flesh[channel])
        colour[channel] = mixed + strands * (strand[channel] - mixed)
    # Beside the vertebrae muscle reaches forward between the transverse processes.
    forward = 2 + np.clip((np.abs(region.left) - 21) * 2, 0, 16)
    region.paint(region.coverage(np.minimum(behind + forward, muscle_end)), colour)


def _paint_fat(
    region: Region,
    depths: tuple[Field, Field],
    textures: tuple[Field, Field],
    palette: Palette,
) -> None:
    """Fat under the skin with its septa; the fascia in front of it."""
    muscle_end, to_skin = depths
    inside = np.minimum(to_skin, -muscle_end)
    region.fill(inside + 1, palette.colour(FAT) * np.float32(0.97))
    # Septa are lines along which one field is zero, broken where the other is low.
    waves, gaps = textures
    septa = np.clip(1 - np.abs(waves) * np.float32(8), 0, 1)
    septa *= np.clip(np.float32(0.05) + np.float32(0.35) * gaps, 0, 0.45)
    septa *= region.coverage(inside - 1)
    region.paint(septa, palette.colour(LIGAMENT))
    region.fill(np.float32(0.8) - np.abs(muscle_end), palette.colour(CORTEX))
