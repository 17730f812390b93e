"""The overlay as the viewer has it: what is shown, what is pointed at, what is being dragged."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QCursor

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import Point, as_point
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.gui.viewer.colouring import Colouring
from spinegrader.gui.viewer.disc_editing import DiscHandles
from spinegrader.gui.viewer.framing import Extent, Framing
from spinegrader.gui.viewer.grips import Grip
from spinegrader.gui.viewer.hit_testing import GripTargets, grip_at, is_near, shape_at
from spinegrader.gui.viewer.overlay_grasp import cursor_of, drag_of, handles_of
from spinegrader.gui.viewer.overlay_painter import OverlayPainter
from spinegrader.gui.viewer.overlay_picture import OverlayLook, OverlayPicture
from spinegrader.gui.viewer.shape_editing import Shape, ShapeDrag
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
        self._look = OverlayLook()
        self._is_visible = True
        self._grip: Grip | None = None
        self._handles: DiscHandles | None = None
        self._readout: tuple[str, QPointF] | None = None

    @property
    def overlay(self) -> Overlay | None:
        """What was set, without a drag that is under way."""
        return self._overlay

    @property
    def is_lent(self) -> bool:
        """Whether the overlay is another series' and nobody's to edit here."""
        return self._look.is_lent

    @property
    def marked(self) -> DiscLevel | VertebraLevel | None:
        """What a key that asks for a menu means: the selected body, else the disc in focus."""
        return self._look.selected or self._look.focus

    def centre_of(self, level: DiscLevel | VertebraLevel) -> Point | None:
        """Where a disc or body stands in the patient, if the overlay has it."""
        if self._overlay is None:
            return None
        shape: Shape | None
        if isinstance(level, DiscLevel):
            shape = self._overlay.disc(level)
        else:
            shape = self._overlay.vertebra(level)
        return None if shape is None else as_point(shape.centre_mm)

    # -- what is shown ----------------------------------------------------------------------

    def set_overlay(self, overlay: Overlay | None, *, lent: bool = False) -> None:
        """Replaces the overlay; a drag under way on the old one leaves no trace."""
        self._overlay = overlay
        self._preview = self._readout = None
        self._forget_pointer()
        self._look = replace(self._look, is_lent=lent)
        self._update_shapes()

    def clear(self) -> None:
        """Forgets the overlay and all that belongs to it; keeps how overlays are shown."""
        self._plane = None
        look = OverlayLook(opacity=self._look.opacity, shows_legend=self._look.shows_legend)
        self._look = look
        self.set_overlay(None)

    def set_plane(self, plane: SlicePlane) -> None:
        """Another slice is on screen."""
        self._plane = plane
        self._forget_pointer()
        self._update_shapes()

    def set_framing(self, framing: Framing) -> None:
        """Another part of the slice is on screen."""
        self._framing = framing
        self._repaint()

    def set_focus(self, disc: DiscLevel | None) -> None:
        """The disc that is being read."""
        self._handles = None
        self._set_look(replace(self._look, focus=disc))

    def set_colouring(self, colouring: Colouring) -> None:
        """Colours of bodies and discs, and what they mean."""
        self._set_look(replace(self._look, colouring=colouring))

    def set_opacity(self, opacity: float) -> None:
        """Of everything but the disc in focus."""
        self._set_look(replace(self._look, opacity=opacity))

    def set_legend_visible(self, visible: bool) -> None:
        """Hides or shows what the colours mean."""
        self._set_look(replace(self._look, shows_legend=visible))

    def keep_free(self, areas: tuple[QRectF, ...]) -> None:
        """Where something else is written: no name stands there."""
        self._set_look(replace(self._look, kept_free=areas))

    def set_unsaved(self, levels: frozenset[VertebraLevel]) -> None:
        """Bodies whose place is not on the disk."""
        self._set_look(replace(self._look, unsaved=levels))

    def select(self, level: VertebraLevel | None) -> None:
        """Whose corners stay marked."""
        self._set_look(replace(self._look, selected=level))

    def set_visible(self, visible: bool) -> None:
        """Hidden shapes can't be pointed at either."""
        if visible != self._is_visible:
            self._is_visible = visible
            self._forget_pointer()
            self._repaint()

    def disc_regions(self, level: DiscLevel) -> tuple[Extent, Extent] | None:
        """On the present slice: the disc, and the disc with both bodies around it."""
        overlay = self._overlay
        disc = overlay.disc(level) if overlay is not None else None
        if overlay is None or disc is None or self._plane is None:
            return None
        outline = self._plane.to_plane(disc.outline_mm)
        bodies = [self._plane.to_plane(body.corners_mm) for body in overlay.spaces[level]]
        return Extent.around(outline), Extent.around(np.concatenate([outline, *bodies]))

    # -- pointing ---------------------------------------------------------------------------

    def hover(self, at: QPointF | None) -> QCursor:
        """Marks what lies under the pointer and says which pointer suits it."""
        if at is None or not self._is_visible:
            grip, handles = None, None
        else:
            handles = self._handles_near(at)
            grip = self._grip_at(at, handles)
        if grip != self._grip or handles != self._handles:
            self._grip, self._handles = grip, handles
            self._repaint()
        if grip is not None:
            return cursor_of(grip, self._shapes, self._framing)
        under = self.shape_at(at) if at is not None else None
        return QCursor(
            Qt.CursorShape.ArrowCursor if under is None else Qt.CursorShape.PointingHandCursor
        )

    def shape_at(self, at: QPointF) -> DiscLevel | VertebraLevel | None:
        """The disc or body that a click means; a lent overlay has only discs to click."""
        if not self._is_visible:
            return None
        found = shape_at(self._shapes, self._framing, at)
        return None if self.is_lent and not isinstance(found, DiscLevel) else found

    def _handles_near(self, at: QPointF) -> DiscHandles | None:
        """Handles of the disc in focus while the pointer is on it: else they'd hide its rim."""
        shape = self._shapes.disc(self._look.focus) if self._look.focus is not None else None
        if shape is None or self._overlay is None or self.is_lent:
            return None
        if not is_near(self._framing.to_screen(shape.points_mm), at):
            return None
        return handles_of(self._overlay, shape.level)

    def _grip_at(self, at: QPointF, handles: DiscHandles | None) -> Grip | None:
        if not self._is_visible or self.is_lent or self._plane is None:
            return None
        targets = GripTargets(self._shapes, self._look.selected)
        if handles is not None:
            places = self._plane.to_plane(handles.places_mm)
            targets = replace(targets, disc=handles.disc.level, handles_mm=places)
        return grip_at(targets, self._framing, at)

    def _forget_pointer(self) -> None:
        self._grip = self._handles = None

    # -- dragging ---------------------------------------------------------------------------

    def start_drag(self, at: QPointF) -> ShapeDrag | None:
        """Takes hold of what lies at a screen place, if it can be moved."""
        handles = self._handles_near(at)
        grip = self._grip_at(at, handles)
        if grip is None or self._overlay is None or self._plane is None:
            return None
        self._grip, self._handles = grip, handles
        selected = grip.level if isinstance(grip.level, VertebraLevel) else None
        self._look = replace(self._look, selected=selected)
        return drag_of(grip, self._overlay, self._plane)

    def preview(self, shape: Shape | None, readout: tuple[str, QPointF] | None = None) -> None:
        """Shows the overlay with one shape changed, and a text at a screen place.

        Args:
            shape: None shows the overlay as it was set.
            readout: What is written, and where the pointer is.
        """
        self._preview = None
        self._readout = readout
        if self._overlay is not None and shape is not None:
            if isinstance(shape, Vertebra):
                self._preview = self._overlay.with_vertebra(shape)
            else:
                self._preview = self._overlay.with_disc(shape)
                if self._handles is not None:
                    self._handles = replace(self._handles, disc=shape)
        self._update_shapes()

    # -- painting ---------------------------------------------------------------------------

    def _set_look(self, look: OverlayLook) -> None:
        if look != self._look:
            self._look = look
            self._repaint()

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
        handles = self._handles
        places = None if handles is None else self._plane.to_plane(handles.places_mm)
        picture = OverlayPicture(self._shapes, self._framing, self._look, self._grip, places)
        self._painter.show_picture(replace(picture, readout=self._readout))
