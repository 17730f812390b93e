"""Outlines of bodies and discs in the spine's curved mid-plane, from the painted shapes."""

from collections.abc import Mapping

import numpy as np

from spinegrader.domain.geometry import FloatArray
from spinegrader.simulate.ageing.states import HerniationKind
from spinegrader.simulate.output.contours import largest_outline, simplified
from spinegrader.simulate.painting.bodies import Ends, body_distance
from spinegrader.simulate.painting.canvas import Field
from spinegrader.simulate.painting.discs import disc_distance, herniation_distance
from spinegrader.simulate.person.spine import PlacedBody, PlacedDisc, Spine
from spinegrader.simulate.scanner.setup import Setup

_STEP_MM = 0.5
_MARGIN_MM = 8.0
"""How far beyond the plain shape is looked: room for spurs, bulges and herniations."""

_TOLERANCE_MM = 0.12


def outlines_mm(spine: Spine, setup: Setup) -> Mapping[str, FloatArray]:
    """Closed polygons in patient millimetres, by the name of the vertebra or the disc.

    A sequester is not part of its disc's outline.

    Returns:
        Arrays of shape (n, 3), the first point not repeated.
    """
    placed = [(body, Ends.of(spine, index)) for index, body in enumerate(spine.bodies)]
    outlines: dict[str, FloatArray] = {}
    for body, ends in placed:
        if body.shape.level is not None:
            outlines[str(body.shape.level)] = _outline_of_body(body, ends)
    for index, disc in enumerate(spine.discs):
        if disc.level is not None:
            outlines[str(disc.level)] = _outline_of_disc(disc, placed[index : index + 2])
    return {
        name: _placed(outline, spine, setup) for name, outline in outlines.items() if len(outline)
    }


def _outline_of_body(body: PlacedBody, ends: Ends) -> FloatArray:
    shape = body.shape
    back, head = _grid(body.centre, body.tilt_rad, (shape.depth_mm, shape.height_mm))
    return _traced(_inside_body(body, ends, back, head), back, head)


def _outline_of_disc(disc: PlacedDisc, beside: list[tuple[PlacedBody, Ends]]) -> FloatArray:
    state = disc.state
    reach = 2 * max(state.herniation.reach_mm, abs(state.herniation.migration_mm))
    back, head = _grid(
        disc.centre, disc.tilt_rad, (disc.depth_mm + reach, disc.height_mm + 2 * reach)
    )
    backward, headward = disc.local(back, head)
    left = np.zeros_like(backward)
    inside = disc_distance(disc, backward, headward, left)
    kind = state.herniation.kind
    if kind in (HerniationKind.PROTRUSION, HerniationKind.EXTRUSION):
        inside = np.maximum(inside, herniation_distance(disc, backward, headward, left))
    for body, ends in beside:
        inside = np.minimum(inside, -_inside_body(body, ends, back, head))
    return _traced(inside, back, head)


def _inside_body(body: PlacedBody, ends: Ends, back: Field, head: Field) -> Field:
    backward, headward = body.local(back, head)
    return body_distance(body, ends, backward, headward, np.zeros_like(backward))


def _grid(centre: FloatArray, tilt_rad: float, size_mm: tuple[float, float]) -> tuple[Field, Field]:
    """(back, head) of samples around a shape, along its own axes, shape (rows, columns)."""
    halves = [np.ceil((size / 2 + _MARGIN_MM) / _STEP_MM) for size in size_mm]
    across, up = (_STEP_MM * np.arange(-half, half + 1) for half in halves)
    cosine, sine = float(np.cos(tilt_rad)), float(np.sin(tilt_rad))
    back = centre[0] + across[None, :] * cosine - up[:, None] * sine
    head = centre[1] + across[None, :] * sine + up[:, None] * cosine
    return back.astype(np.float32), head.astype(np.float32)


def _traced(inside: Field, back: Field, head: Field) -> FloatArray:
    """The zero line as (back, head) millimetres, shape (n, 2)."""
    outline = largest_outline(np.asarray(inside, dtype=np.float64))
    if not len(outline):
        return outline
    origin = np.array([back[0, 0], head[0, 0]], dtype=np.float64)
    column = np.array([back[0, 1], head[0, 1]], dtype=np.float64) - origin
    row = np.array([back[1, 0], head[1, 0]], dtype=np.float64) - origin
    return simplified(origin + outline[:, :1] * column + outline[:, 1:] * row, _TOLERANCE_MM)


def _placed(outline: FloatArray, spine: Spine, setup: Setup) -> FloatArray:
    """(back, head) on the mid-plane to patient millimetres."""
    sideways = spine.lateral(outline[:, 1].astype(np.float32)).astype(np.float64)
    points = np.column_stack([sideways, outline])
    return np.asarray(points @ setup.to_patient[:3, :3].T + setup.to_patient[:3, 3])
