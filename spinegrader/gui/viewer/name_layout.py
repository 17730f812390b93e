"""Where the names of levels stand: before the bodies, on no disc, text or other name."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPolygonF

from spinegrader.gui.viewer.drawing import Anchor, Corners, draw_text, text_box

_GAP = 10.0
_REACH = 8.0
_STEP = 8.0
_STEPS = 6
"""A name that would cover a disc or another text is moved forward so often before it is left out.

So is one of the lowest rank that would cover another name; others stay in their column.
"""


@dataclass(frozen=True)
class Name:
    """A text that is to be written in front of a shape.

    Args:
        text: What is written.
        at: Where it ends, or begins, logical screen pixels.
        anchor: RIGHT where the spine lies to its right.
        colour: As #rrggbb.
        bold, opacity: Of the letters.
        rank: Names of a lower rank are left out first where two would collide.
    """

    text: str
    at: QPointF
    anchor: Anchor
    colour: str
    bold: bool = False
    opacity: float = 1.0
    rank: int = 0


def draw_names(
    painter: QPainter,
    names: Sequence[Name],
    discs: Sequence[Corners],
    kept_free: Sequence[QRectF] = (),
) -> None:
    """Writes as many names as have room.

    Args:
        painter: In logical screen pixels, with the font set.
        names: From head to feet.
        discs: Their closed outlines, which no name may cover.
        kept_free: Where something else is written, likewise.
    """
    outlines = [QPolygonF([QPointF(x, y) for x, y in corners]) for corners in discs]
    boxes = [outline.boundingRect() for outline in outlines]
    taken: list[QRectF] = []
    for name in sorted(names, key=lambda item: -item.rank):
        forward = -_STEP if name.anchor is Anchor.RIGHT else _STEP
        for step in range(_STEPS):
            at = name.at + QPointF(step * forward, 0)
            box = text_box(painter, name.text, at, name.anchor, colour=name.colour, bold=name.bold)
            covers = any(box.intersects(area) for area in kept_free) or any(
                box.intersects(bounds) and outline.intersects(QPolygonF(box))
                for bounds, outline in zip(boxes, outlines, strict=True)
            )
            crowded = any(box.intersects(other) for other in taken)
            if covers or (crowded and name.rank == 0):
                continue
            if not crowded:
                taken.append(box)
                draw_text(
                    painter,
                    name.text,
                    at,
                    name.anchor,
                    colour=name.colour,
                    bold=name.bold,
                    opacity=name.opacity,
                )
            break


def name_place(corners: Corners) -> tuple[QPointF, Anchor]:
    """Where a level's name stands: before the front edge, clear of the body.

    Args:
        corners: In the order of `Vertebra.corners_mm`, logical screen pixels.
    """
    (front_x, front_y), (back_x, back_y) = (
        ((corners[a][0] + corners[b][0]) / 2, (corners[a][1] + corners[b][1]) / 2)
        for a, b in ((0, 3), (1, 2))
    )
    backward = back_x - front_x, back_y - front_y
    y = front_y - backward[1] / max(math.hypot(*backward), 1e-6) * _GAP
    # A tilted front edge must not run into the name's upper or lower corner.
    edge = [_edge_x(corners[0], corners[3], at) for at in (y - _REACH, y + _REACH)]
    if backward[0] >= 0:
        return QPointF(min(edge) - _GAP, y), Anchor.RIGHT
    return QPointF(max(edge) + _GAP, y), Anchor.LEFT


def disc_name_place(corners: Corners, above: Corners) -> tuple[QPointF, Anchor]:
    """Where a disc's grade stands: before its foremost point.

    Args:
        corners: The disc's outline.
        above: The corners of the body above it, which tell where the front is.
    """
    front, back = above[0][0] + above[3][0], above[1][0] + above[2][0]
    if back >= front:
        x, y = min(corners)
        return QPointF(x - _GAP, y), Anchor.RIGHT
    x, y = max(corners)
    return QPointF(x + _GAP, y), Anchor.LEFT


def _edge_x(start: tuple[float, float], end: tuple[float, float], y: float) -> float:
    """Where the line between two corners is at a height; beyond them, the nearer corner."""
    rise = end[1] - start[1]
    share = 0.5 if rise == 0 else min(max((y - start[1]) / rise, 0.0), 1.0)
    return start[0] + (end[0] - start[0]) * share
