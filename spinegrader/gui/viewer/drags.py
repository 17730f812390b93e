"""What drags do: shift or magnify the image, change the grey window, edit a shape."""

import math
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QPointF

from spinegrader.gui.viewer.image_canvas import ImageCanvas
from spinegrader.gui.viewer.overlay_layer import OverlayLayer
from spinegrader.gui.viewer.shape_editing import Shape, ShapeDrag

WINDOW_PIXELS = 300.0
"""A drag this long changes the level by one window width, the width by a factor of e."""

ZOOM_PIXELS = 200.0
"""A drag this long magnifies by a factor of e."""


class Drag(Protocol):
    """A drag that is under way."""

    def moved(self, start: QPointF, now: QPointF) -> None:
        """The pointer is at another screen place."""

    def ended(self, *, keep: bool) -> None:
        """The button was released; or the drag was cancelled and leaves no trace."""


class PanDrag:
    """The image follows the pointer."""

    def __init__(self, canvas: ImageCanvas) -> None:
        self._canvas = canvas
        self._before = canvas.framing

    def moved(self, start: QPointF, now: QPointF) -> None:
        """Shifts the image as far as the pointer went."""
        shift = now - start
        self._canvas.set_framing(self._before.panned(shift.x(), shift.y()))

    def ended(self, *, keep: bool) -> None:
        """Goes back where it began, if it was cancelled."""
        if not keep:
            self._canvas.set_framing(self._before)


class ZoomDrag:
    """Up or down magnifies, the other way shrinks, about the place where the drag began.

    Args:
        canvas: What is magnified.
        downwards: Whether down magnifies, instead of up.
    """

    def __init__(self, canvas: ImageCanvas, *, downwards: bool) -> None:
        self._canvas = canvas
        self._before = canvas.framing
        self._sign = 1.0 if downwards else -1.0

    def moved(self, start: QPointF, now: QPointF) -> None:
        """Magnifies as far as the pointer went, whatever way it took."""
        magnification = math.exp(self._sign * (now - start).y() / ZOOM_PIXELS)
        wanted = self._before.pixels_per_mm * magnification
        self._canvas.zoom(wanted / self._canvas.framing.pixels_per_mm, start.toTuple())

    def ended(self, *, keep: bool) -> None:
        """Goes back to the first magnification, if it was cancelled."""
        if not keep:
            self._canvas.set_framing(self._before)


class WindowDrag:
    """Up brightens, down darkens, right flattens, left sharpens, in proportion to the window.

    Args:
        window: Low and high value at the start.
        set_window: Takes the new ones.
    """

    def __init__(
        self, window: tuple[float, float], set_window: Callable[[float, float], None]
    ) -> None:
        self._before = window
        self._set_window = set_window

    def moved(self, start: QPointF, now: QPointF) -> None:
        """Changes level and width."""
        low, high = self._before
        shift = now - start
        level = (low + high) / 2 + (high - low) * shift.y() / WINDOW_PIXELS
        width = (high - low) * math.exp(shift.x() / WINDOW_PIXELS)
        self._set_window(level - width / 2, level + width / 2)

    def ended(self, *, keep: bool) -> None:
        """Goes back to the first window, if it was cancelled."""
        if not keep:
            self._set_window(*self._before)


class EditDrag:
    """A part of a shape follows the pointer; the overlay itself stays as it was set.

    Args:
        canvas: Turns screen places into places of the slice.
        layer: Shows the preview.
        drag: What was taken hold of.
        edited: Takes the shape as it is when the button is released.
    """

    def __init__(
        self,
        canvas: ImageCanvas,
        layer: OverlayLayer,
        drag: ShapeDrag,
        edited: Callable[[Shape], None],
    ) -> None:
        self._canvas = canvas
        self._layer = layer
        self._drag = drag
        self._edited = edited
        self._last = drag.original

    def moved(self, start: QPointF, now: QPointF) -> None:
        """Shows the shape as it would be; an impossible one is passed over."""
        framing = self._canvas.framing
        # What is dropped beyond the edge of the view would be lost from sight.
        inside = framing.inside((now.x(), now.y()))
        places = framing.to_plane((start.x(), start.y())), framing.to_plane(inside)
        shape = self._drag.after(*places)
        if shape is not None:
            self._last = shape
            text = self._drag.readout(*places)
            self._layer.preview(shape, (text, QPointF(*inside)) if text else None)

    def ended(self, *, keep: bool) -> None:
        """Hands the shape over, if it was changed."""
        self._layer.preview(None)
        if keep and self._last != self._drag.original:
            self._edited(self._last)
