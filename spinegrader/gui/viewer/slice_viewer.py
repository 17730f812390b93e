"""The viewer: one volume, one overlay, and the reader's gestures as signals."""

from collections.abc import Mapping
from typing import Any

import numpy.typing as npt
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import Point, VolumeGeometry
from spinegrader.domain.overlays import Overlay, Vertebra
from spinegrader.gui.theme import VIEWER_ACCENT, VIEWER_BACKGROUND
from spinegrader.gui.viewer.annotations import AnnotationPicture, window_text
from spinegrader.gui.viewer.image_canvas import ImageCanvas
from spinegrader.gui.viewer.message_page import MessagePage
from spinegrader.gui.viewer.mouse import MouseScheme, ViewerMode
from spinegrader.gui.viewer.mouse_schemes import PACS_SCHEME
from spinegrader.gui.viewer.overlay_layer import OverlayLayer
from spinegrader.gui.viewer.pointer_control import PointerControl
from spinegrader.gui.viewer.slice_plane import SlicePlane
from spinegrader.imaging.display import orientation_letters

__all__ = ["SliceViewer", "ViewerMode"]

_FRAME = 2
_PAGE_SLICES = 5
_STEPS = {
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_PageUp: -_PAGE_SLICES,
    Qt.Key.Key_PageDown: _PAGE_SLICES,
}
FOCUS_LEAST_PIXELS = 140.0
"""A disc that is to be centred is magnified to at least this width."""


class SliceViewer(QWidget):
    """Shows the slices of a volume with its overlay; changes neither.

    Signals:
        slice_changed: Index of the slice on screen.
        window_changed: Values shown black and white.
        disc_clicked, vertebra_clicked: A `DiscLevel`, a `VertebraLevel`.
        vertebra_edited: The `Vertebra` as it is after a drag, once, when the button is
            released. The viewer goes back to the overlay it was given: whoever takes the
            edit sets the new overlay.
        place_clicked: A `Point` in patient millimetres, in PLACE mode.
        pointer_text: Pixel value and place under the pointer; empty outside the image.
        message_action: The button of the message was pressed.
        fill_wanted: The image should fill the layout alone, or go back to its place in it.
    """

    slice_changed = Signal(int)
    window_changed = Signal(float, float)
    disc_clicked = Signal(object)
    vertebra_clicked = Signal(object)
    vertebra_edited = Signal(object)
    place_clicked = Signal(object)
    pointer_text = Signal(str)
    message_action = Signal()
    fill_wanted = Signal()

    def __init__(self, parent: QWidget | None = None, scheme: MouseScheme = PACS_SCHEME) -> None:
        super().__init__(parent)
        self._pixels: npt.NDArray[Any] | None = None
        self._plane: SlicePlane | None = None
        self._window = (0.0, 1.0)
        self._scheme = scheme
        self._is_inverted = False
        self._corner_text: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
        self._shows_corner_text = True
        self._message = MessagePage()
        self._canvas = ImageCanvas()
        self._layer = OverlayLayer(self._canvas.overlay, self._canvas.framing)
        self._pointer = PointerControl(self._canvas, self._layer, scheme)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._message)
        self._pages.addWidget(self._canvas)
        layout = QVBoxLayout(self)
        # The margin holds the frame that shows the keyboard focus.
        layout.setContentsMargins(_FRAME, _FRAME, _FRAME, _FRAME)
        layout.addWidget(self._pages)
        self._connect()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Image")

    def _connect(self) -> None:
        self._message.action.connect(self.message_action)
        self._canvas.framing_changed.connect(self._follow_framing)
        pointer = self._pointer
        pointer.step_wanted.connect(self.step_slice)
        pointer.window_wanted.connect(self.set_window)
        pointer.pressed.connect(self._take_keyboard)
        pointer.disc_clicked.connect(self.disc_clicked)
        pointer.vertebra_clicked.connect(self.vertebra_clicked)
        pointer.vertebra_edited.connect(self.vertebra_edited)
        pointer.place_clicked.connect(self.place_clicked)
        pointer.pointer_text.connect(self.pointer_text)
        pointer.fill_wanted.connect(self.fill_wanted)

    # -- what is shown ----------------------------------------------------------------------

    def show_volume(
        self,
        pixels: npt.NDArray[Any],
        geometry: VolumeGeometry,
        window: tuple[float, float],
        corner_text: tuple[str, ...] = (),
    ) -> None:
        """Shows a volume, fitted, at its middle slice, without overlay and focus.

        Args:
            pixels: Shape (slices, rows, columns), in reading orientation.
            geometry: Where they lie.
            window: Values shown black and white.
            corner_text: Lines for the top left corner, see `set_corner_text`.
        """
        self._clear()
        self._pixels = pixels
        self._corner_text = (corner_text, ())
        plane = SlicePlane(geometry, geometry.shape[0] // 2)
        self.set_window(*window)
        self._show_plane(plane)
        self._canvas.set_plane(plane.extent, geometry.spacing_mm[:2])
        self._pages.setCurrentWidget(self._canvas)

    def show_message(self, title: str, text: str, action_text: str = "") -> None:
        """Shows words instead of an image, and a button if ``action_text`` says for what."""
        self._clear()
        self._message.set_message(title, text, action_text)
        self._pages.setCurrentWidget(self._message)
        self.setAccessibleDescription(f"{title} {text}".strip())

    def _clear(self) -> None:
        self._pointer.cancel()
        self._pointer.show_slice(None, None)
        self._pixels = self._plane = None
        self._layer.clear()

    def set_overlay(self, overlay: Overlay | None) -> None:
        """Shows another overlay; ends a drag on the old one without an edit."""
        if overlay != self._layer.overlay:
            self._pointer.cancel()
            self._layer.set_overlay(overlay)

    def set_focus(self, disc: DiscLevel | None, *, centre_on_focus: bool = False) -> None:
        """Highlights a disc and goes to its own mid-slice, where the overlay has it.

        Args:
            disc: None takes the highlight away and stays where the view is.
            centre_on_focus: Puts the disc in the middle and zooms no more than needed to
                read it; otherwise the view moves only if the disc is off screen.
        """
        self._layer.set_focus(disc)
        overlay = self._layer.overlay
        found = overlay.disc(disc) if overlay is not None and disc is not None else None
        if found is None or self._plane is None:
            return
        self.go_to_slice(self._plane.geometry.nearest_slice(found.centre_mm))
        regions = self._layer.disc_regions(found.level)
        if regions is None:
            return
        before = self._canvas.framing
        if centre_on_focus:
            framing = before.close_up(*regions, FOCUS_LEAST_PIXELS)
        else:
            framing = before.showing(regions[0])
        if framing != before:
            self._canvas.set_framing(framing)

    def set_disc_colours(self, colours: Mapping[DiscLevel, QColor]) -> None:
        """Colours discs by grade; discs that are not named keep the plain colour."""
        self._layer.set_colours(colours)

    def set_unsaved(self, levels: frozenset[VertebraLevel]) -> None:
        """Marks the vertebrae whose place is not on the disk."""
        self._layer.set_unsaved(levels)

    def select_vertebra(self, vertebra: Vertebra) -> None:
        """Marks the corners of a vertebra and goes to its own mid-slice."""
        self._layer.select(vertebra.level)
        if self._plane is not None:
            self.go_to_slice(self._plane.geometry.nearest_slice(vertebra.centre_mm))

    def set_overlays_visible(self, visible: bool) -> None:
        """Shows the plain image, or the overlays again."""
        self._pointer.cancel()
        self._layer.set_visible(visible)

    def set_corner_text(self, left: tuple[str, ...], right: tuple[str, ...] = ()) -> None:
        """Writes lines into the upper corners; they may name the patient."""
        self._corner_text = (left, right)
        self._annotate()

    @property
    def corner_text_visible(self) -> bool:
        """Whether the lines in the upper corners are shown."""
        return self._shows_corner_text

    def set_corner_text_visible(self, visible: bool) -> None:
        """Hides or shows the lines in the upper corners."""
        self._shows_corner_text = visible
        self._annotate()

    def set_mode(self, mode: ViewerMode) -> None:
        """Says what a click means."""
        self._pointer.set_mode(mode)

    @property
    def mouse_scheme(self) -> MouseScheme:
        """What the mouse does here."""
        return self._scheme

    def set_mouse_scheme(self, scheme: MouseScheme) -> None:
        """Says what the mouse does here from now on; a drag that is under way is cancelled."""
        self._scheme = scheme
        self._pointer.set_scheme(scheme)

    def set_smoothing(self, on: bool) -> None:
        """Blends enlarged pixels (bilinear), or shows each as a sharp square, as at first."""
        self._canvas.set_smoothed(smoothed=on)

    # -- slice, window, framing -------------------------------------------------------------

    @property
    def current_slice(self) -> int:
        """Index of the slice on screen, from 0."""
        return 0 if self._plane is None else self._plane.index

    @property
    def window_range(self) -> tuple[float, float]:
        """Values shown black and white."""
        return self._window

    @property
    def mouse_area(self) -> QWidget:
        """The part of the widget that takes the mouse."""
        return self._canvas.mouse_area

    def screen_place(self, point_mm: Point) -> QPointF:
        """Where a patient place stands in the mouse area, projected onto the slice."""
        if self._plane is None:
            return QPointF()
        x, y = self._canvas.framing.to_screen(self._plane.to_plane(point_mm))
        return QPointF(float(x), float(y))

    def go_to_slice(self, index: int) -> None:
        """Shows another slice; beyond the ends the last one."""
        if self._plane is None:
            return
        wanted = min(max(index, 0), self._plane.geometry.shape[0] - 1)
        if wanted != self._plane.index:
            self._pointer.cancel()
            self._show_plane(SlicePlane(self._plane.geometry, wanted))

    def step_slice(self, steps: int) -> None:
        """Shows the slice ``steps`` further."""
        self.go_to_slice(self.current_slice + steps)

    def set_window(self, low: float, high: float) -> None:
        """Changes which values are black and white; an empty range is widened."""
        window = (low, max(high, low + 1e-6 * max(1.0, abs(low))))
        if window != self._window:
            self._window = window
            self._pointer.set_window(window)
            self._canvas.set_window(window)
            self._annotate()
            self.window_changed.emit(*window)

    def invert(self) -> None:
        """Exchanges black and white."""
        self._is_inverted = not self._is_inverted
        self._canvas.set_inverted(inverted=self._is_inverted)

    def fit(self) -> None:
        """Shows the whole slice as large as it goes."""
        self._canvas.fit()

    def zoom_to_pixels(self) -> None:
        """Shows one pixel of the image on one of the screen."""
        self._canvas.zoom_to_pixels()

    def grab_image(self) -> QImage:
        """A picture of what the viewer shows, overlays included."""
        page = self._canvas if self._plane is not None else self._message
        return page.grab().toImage()

    def _show_plane(self, plane: SlicePlane) -> None:
        if self._pixels is None:
            return
        self._plane = plane
        pixels = self._pixels[plane.index]
        self._canvas.set_pixels(pixels, self._window)
        self._pointer.show_slice(pixels, plane)
        self._layer.set_plane(plane)
        self._annotate()
        self.setAccessibleDescription(self._slice_text())
        self.slice_changed.emit(plane.index)

    def _follow_framing(self) -> None:
        self._layer.set_framing(self._canvas.framing)
        self._annotate()

    def _slice_text(self) -> str:
        count = 0 if self._plane is None else self._plane.geometry.shape[0]
        return f"Slice {self.current_slice + 1} of {count}"

    def _annotate(self) -> None:
        if self._plane is None:
            self._canvas.annotations.show_picture(None)
            return
        left, right = self._corner_text if self._shows_corner_text else ((), ())
        zoom = self._canvas.device_pixels_per_image_pixel
        framing = self._canvas.framing
        self._canvas.annotations.show_picture(
            AnnotationPicture(
                framing.size,
                framing.pixels_per_mm,
                orientation_letters(self._plane.geometry),
                top_left="\n".join(left),
                top_right="\n".join(right),
                bottom_left="\n".join(
                    (self._slice_text(), window_text(*self._window), f"Zoom {zoom:.0%}")
                ),
            )
        )

    # -- keyboard ---------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Keeps Escape from shortcuts of the window while a drag can be cancelled with it."""
        wants_key = event.type() == QEvent.Type.ShortcutOverride and self._pointer.is_dragging
        if wants_key and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def _take_keyboard(self) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Up, Down, Page Up, Page Down change the slice; Escape cancels a drag."""
        steps = _STEPS.get(Qt.Key(event.key()))
        if steps is not None and self._plane is not None:
            self.step_slice(steps)
        elif event.key() != Qt.Key.Key_Escape or not self._pointer.cancel():
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draws the frame around the image, in the accent where the keyboard is."""
        del event
        colour = VIEWER_ACCENT if self.hasFocus() else VIEWER_BACKGROUND
        QPainter(self).fillRect(self.rect(), QColor(colour))
