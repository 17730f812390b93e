"""The overlay as the viewer has it: what is shown, what is pointed at, what is being dragged."""

from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.overlays import Overlay, Vertebra
from spinegrader.gui.viewer.corner_editing import VertebraDrag
from spinegrader.gui.viewer.framing import Extent, Framing
from spinegrader.gui.viewer.hit_testing import Grip, grip_at, shape_at
from spinegrader.gui.viewer.overlay_painter import OverlayPainter, OverlayPicture
from spinegrader.gui.viewer.shapes import OverlayShapes, shapes_on_slice
from spinegrader.gui.viewer.slice_plane import SlicePlane


class OverlayLayer:
    """Keeps the painter's picture in step with overlay, slice, framing and pointer."""

    def __init__(self, painter: OverlayPainter, framing: Framing) -> None:
        self._painter = painter
        self._framing = framing
        self._plane: SlicePlane | None = None
        self._overlay: Overlay | None = None
        self._preview: Overlay | None = None
        self._shapes = OverlayShapes()
        self._focus: DiscLevel | None = None
        self._colours: dict[DiscLevel, QColor] = {}
        self._unsaved: frozenset[VertebraLevel] = frozenset()
        self._is_visible = True
        self._selected: VertebraLevel | None = None
        self._grip: Grip | None = None

    @property
    def overlay(self) -> Overlay | None:
        """What was set, without a drag that is under way."""
        return self._overlay

    # -- what is shown ----------------------------------------------------------------------

    def set_overlay(self, overlay: Overlay | None) -> None:
        """Replaces the overlay; a drag under way on the old one leaves no trace."""
        self._overlay = overlay
        self._preview = None
        self._grip = None
        self._update_shapes()

    def clear(self) -> None:
        """Forgets the overlay and all that belongs to it."""
        self._plane = None
        self._focus = None
        self._colours = {}
        self._unsaved = frozenset()
        self._selected = None
        self.set_overlay(None)

    def set_plane(self, plane: SlicePlane) -> None:
        """Another slice is on screen."""
        self._plane = plane
        self._grip = None
        self._update_shapes()

    def set_framing(self, framing: Framing) -> None:
        """Another part of the slice is on screen."""
        self._framing = framing
        self._repaint()

    def set_focus(self, disc: DiscLevel | None) -> None:
        """The disc that is being read."""
        self._focus = disc
        self._repaint()

    def set_colours(self, colours: Mapping[DiscLevel, QColor]) -> None:
        """Colours of discs by grade."""
        self._colours = dict(colours)
        self._repaint()

    def set_unsaved(self, levels: frozenset[VertebraLevel]) -> None:
        """Bodies whose place is not on the disk."""
        self._unsaved = levels
        self._repaint()

    def set_visible(self, visible: bool) -> None:
        """Hidden shapes can't be pointed at either."""
        self._is_visible = visible
        self._grip = None
        self._repaint()

    def select(self, level: VertebraLevel | None) -> None:
        """Whose corners stay marked."""
        self._selected = level
        self._repaint()

    def disc_regions(self, level: DiscLevel) -> tuple[Extent, Extent] | None:
        """On the present slice: the disc, and the disc with both bodies around it."""
        overlay = self._overlay
        disc = overlay.disc(level) if overlay is not None else None
        if overlay is None or disc is None or self._plane is None:
            return None
        outline = self._plane.to_plane(disc.outline_mm)
        bodies = [
            self._plane.to_plane(vertebra.corners_mm)
            for vertebra in overlay.vertebrae
            if vertebra.level in (level.upper, level.lower)
        ]
        return Extent.around(outline), Extent.around(np.concatenate([outline, *bodies]))

    # -- pointing ---------------------------------------------------------------------------

    def hover(self, at: QPointF | None) -> Qt.CursorShape:
        """Marks what lies under the pointer and says which pointer suits it."""
        grip = self._grip_at(at) if at is not None else None
        if grip != self._grip:
            self._grip = grip
            self._repaint()
        if at is None or not self._is_visible:
            return Qt.CursorShape.ArrowCursor
        if grip is not None:
            whole = grip.corner is None
            return Qt.CursorShape.SizeAllCursor if whole else Qt.CursorShape.CrossCursor
        under = shape_at(self._shapes, self._framing, at)
        return Qt.CursorShape.ArrowCursor if under is None else Qt.CursorShape.PointingHandCursor

    def shape_at(self, at: QPointF) -> DiscLevel | VertebraLevel | None:
        """The disc or body that a click means."""
        return shape_at(self._shapes, self._framing, at) if self._is_visible else None

    def _grip_at(self, at: QPointF) -> Grip | None:
        return grip_at(self._shapes, self._framing, at) if self._is_visible else None

    # -- dragging ---------------------------------------------------------------------------

    def start_drag(self, at: QPointF) -> VertebraDrag | None:
        """Takes hold of the corner or body at a screen place, if there is one."""
        grip = self._grip_at(at)
        if grip is None or self._overlay is None or self._plane is None:
            return None
        vertebra = self._overlay.vertebra(grip.level)
        if vertebra is None:
            return None
        self._grip = grip
        self._selected = grip.level
        return VertebraDrag(vertebra, grip.corner, self._plane)

    def preview(self, vertebra: Vertebra | None) -> None:
        """Shows the overlay with one vertebra moved; None shows it as it was set."""
        self._preview = None
        if self._overlay is not None and vertebra is not None:
            self._preview = self._overlay.with_vertebra(vertebra)
        self._update_shapes()

    # -- painting ---------------------------------------------------------------------------

    def _update_shapes(self) -> None:
        overlay = self._preview or self._overlay
        if overlay is None or self._plane is None:
            self._shapes = OverlayShapes()
        else:
            self._shapes = shapes_on_slice(overlay, self._plane.geometry, self._plane.index)
        self._repaint()

    def _repaint(self) -> None:
        if not self._is_visible or self._plane is None:
            self._painter.show_picture(None)
            return
        grip = self._grip
        self._painter.show_picture(
            OverlayPicture(
                self._shapes,
                self._framing,
                self._focus,
                self._colours,
                marked=grip.level if grip is not None else self._selected,
                hot_corner=grip.corner if grip is not None else None,
                unsaved=self._unsaved,
            )
        )
