"""From what the pointer is on to the drag that moves it."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QCursor

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.overlays import Overlay
from spinegrader.gui.viewer.corner_editing import BodyDrag, CornerDrag
from spinegrader.gui.viewer.disc_editing import DiscHandles, OutlineDrag, disc_handles
from spinegrader.gui.viewer.edge_editing import EdgeDrag, RotationDrag
from spinegrader.gui.viewer.framing import Framing
from spinegrader.gui.viewer.grips import Grip, GripKind, edge_cursor, rotation_cursor
from spinegrader.gui.viewer.shape_editing import ShapeDrag
from spinegrader.gui.viewer.shapes import OverlayShapes
from spinegrader.gui.viewer.slice_plane import SlicePlane


def handles_of(overlay: Overlay, level: DiscLevel) -> DiscHandles | None:
    """The handles of a disc's outline; None if the overlay has no such disc."""
    disc, bodies = overlay.disc(level), overlay.spaces.get(level)
    if disc is None or bodies is None:
        return None
    return disc_handles(disc, (*bodies[0].corners_mm, *bodies[1].corners_mm))


def drag_of(grip: Grip, overlay: Overlay, plane: SlicePlane) -> ShapeDrag | None:
    """The drag that a grip begins; None if the overlay hasn't what was taken hold of."""
    if isinstance(grip.level, DiscLevel):
        handles = handles_of(overlay, grip.level)
        return None if handles is None else OutlineDrag(handles, grip.index, plane)
    vertebra = overlay.vertebra(grip.level)
    if vertebra is None:
        return None
    if grip.kind is GripKind.CORNER:
        return CornerDrag(vertebra, grip.index, plane)
    if grip.kind is GripKind.EDGE:
        return EdgeDrag(vertebra, grip.index, plane)
    if grip.kind is GripKind.ROTATION:
        return RotationDrag(vertebra, plane)
    return BodyDrag(vertebra, plane)


def cursor_of(grip: Grip, shapes: OverlayShapes, framing: Framing) -> QCursor:
    """A cross for a point, a double arrow for an edge, four for a body, a round one to turn."""
    if grip.kind is GripKind.ROTATION:
        return rotation_cursor()
    if grip.kind is GripKind.BODY:
        return QCursor(Qt.CursorShape.SizeAllCursor)
    if grip.kind is GripKind.EDGE and isinstance(grip.level, VertebraLevel):
        shape = shapes.vertebra(grip.level)
        if shape is not None:
            corners = framing.to_screen(shape.points_mm)
            start, end = corners[grip.index], corners[(grip.index + 1) % 4]
            return QCursor(edge_cursor(start, end))
    return QCursor(Qt.CursorShape.CrossCursor)
