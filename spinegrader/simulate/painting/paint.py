"""Paints the whole scene of one visit, from the outside in."""

import numpy as np

from spinegrader.domain.geometry import FloatArray
from spinegrader.simulate.fields import Field, Labels
from spinegrader.simulate.painting.abdomen import draw_abdomen, paint_abdomen
from spinegrader.simulate.painting.back import Layers, draw_back, draw_layers, paint_back
from spinegrader.simulate.painting.bodies import Ends, paint_body
from spinegrader.simulate.painting.canal import paint_canal
from spinegrader.simulate.painting.canal_shape import SpinalCanal
from spinegrader.simulate.painting.canvas import Canvas
from spinegrader.simulate.painting.discs import paint_disc, paint_herniation
from spinegrader.simulate.painting.marrow import marrow_table
from spinegrader.simulate.painting.noise import Grain
from spinegrader.simulate.painting.posterior import paint_foramina, paint_posterior_parts
from spinegrader.simulate.painting.scene import Scene, Structure
from spinegrader.simulate.person.spine import Spine
from spinegrader.simulate.scanner.palette import Palette
from spinegrader.simulate.scanner.tissues import FLUID

_GRAIN_OF_BONE_MM = (1.6, 0.25, 0.3)
_GRAIN_OF_SOFT_MM = (2.0, 0.7, 0.9)


def paint_scene(
    spine: Spine,
    index_to_person: FloatArray,
    shape: tuple[int, int, int],
    palette: Palette,
    slicing: tuple[float, int],
    rng: np.random.Generator,
    margin: tuple[int, int] = (0, 0),
) -> Scene:
    """Everything in the slices.

    Args:
        spine: The person's spine at this visit.
        index_to_person: 4 x 4, (column, row, slice, 1) of the image to the person's millimetres.
        shape: Slices, rows and columns of the image.
        palette: Colours.
        slicing: Thickness in millimetres, and thinner slices that each is made of.
        rng: For what is new at each visit.
        margin: Rows and columns that are painted beyond the image at each side.
    """
    matrix = index_to_person.copy()
    matrix[:, 3] = index_to_person @ np.array([-margin[1], -margin[0], 0.0, 1.0])
    size = (shape[0], shape[1] + 2 * margin[0], shape[2] + 2 * margin[1])
    channels = 1 + len(palette.sequences)
    signal = np.zeros((channels, *size), dtype=np.float32)
    labels = np.zeros(size, dtype=np.uint8)
    canvas = Canvas(matrix, signal, labels, spine.lateral)
    canal = SpinalCanal(spine)
    layers = draw_layers(canal, rng)
    own = np.random.default_rng([spine.person.detail_seed, 1])
    bone, soft = Grain.drawn(own, _GRAIN_OF_BONE_MM), Grain.drawn(own, _GRAIN_OF_SOFT_MM)
    _paint_surroundings(canvas, canal, layers, soft, palette, rng)
    columns = _columns_of_spine(canvas, canal)
    fine = canvas.divided(columns, slicing[1], slicing[0])
    _paint_spine(fine, canal, (bone, soft), palette, rng)
    signal[:, :, :, columns] = fine.averaged()
    return _scene(canvas, labels, canal, layers, margin, palette)


def _columns_of_spine(canvas: Canvas, canal: SpinalCanal) -> slice:
    spine = canal.spine
    behind = max(
        body.corners[:, 0].max() + body.shape.canal_depth + body.shape.spinous_length
        for body in spine.bodies
    )
    return canvas.columns_between(float(spine.front_wall.min()) - 8, float(behind) + 8)


def _paint_surroundings(
    canvas: Canvas,
    canal: SpinalCanal,
    layers: Layers,
    grain: Grain,
    palette: Palette,
    rng: np.random.Generator,
) -> None:
    spine = canal.spine
    slices, rows, width = canvas.labels.shape
    front = slice(0, canvas.columns_between(-1e4, float(spine.back_wall.max()) + 2).stop)
    behind = slice(canvas.columns_between(float(spine.back_wall.min()) - 2, 1e4).start, width)
    abdomen = draw_abdomen(canal, (slices, rows, front.stop), rng)
    back = draw_back(canal, layers, (slices, rows, width - behind.start), rng)
    # Slice by slice: small arrays stay in the processor's cache.
    for index in range(slices):
        paint_abdomen(canvas.block(index, front), index, abdomen, grain, palette)
        paint_back(canvas.block(index, behind), index, back, grain, palette)


def _paint_spine(
    canvas: Canvas,
    canal: SpinalCanal,
    grains: tuple[Grain, Grain],
    palette: Palette,
    rng: np.random.Generator,
) -> None:
    spine = canal.spine
    bone, soft = grains
    paint_foramina(canvas, spine, palette)
    paint_canal(canvas, canal, palette, rng)
    paint_posterior_parts(canvas, spine, bone, palette)
    for index, disc in enumerate(spine.discs):
        paint_disc(canvas, disc, index, soft, palette, spine.person.soft.nuclei)
        paint_herniation(canvas, disc, index, soft, palette)
    for index, body in enumerate(spine.bodies):
        marrow = marrow_table(body.shape, spine.age_years, bone, index)
        paint_body(canvas, body, Ends.of(spine, index), (marrow, bone), index, palette)


def _scene(
    canvas: Canvas,
    labels: Labels,
    canal: SpinalCanal,
    layers: Layers,
    margin: tuple[int, int],
    palette: Palette,
) -> Scene:
    spine = canal.spine
    region = canvas.everywhere()
    depth: Field = spine.profile(layers.skin)(region.head) - region.back
    fluid = palette.colour(FLUID)[1]
    sac = labels == Structure.SAC
    share = np.where(sac, np.clip(canvas.signal[1] / fluid, 0, 1), np.float32(0))
    return Scene(
        fat=canvas.signal[0],
        water=canvas.signal[1:],
        labels=labels,
        fluid=share.astype(np.float32),
        depth_mm=depth,
        head_mm=region.head,
        margin=margin,
    )
