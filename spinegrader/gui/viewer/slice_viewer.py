"""The viewer: one volume, one overlay, and the reader's gestures as signals."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import Point, VolumeGeometry
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.gui.theme import VIEWER_ACCENT, VIEWER_BACKGROUND
from spinegrader.gui.viewer.colouring import Colouring, coloured_discs
from spinegrader.gui.viewer.framing import Framing
from spinegrader.gui.viewer.image_canvas import ImageCanvas
from spinegrader.gui.viewer.image_notes import CornerText, ImageNotes
from spinegrader.gui.viewer.measurement_control import POINT_MODES
from spinegrader.gui.viewer.measurement_layer import MeasurementLayer
from spinegrader.gui.viewer.measuring import Measurement
from spinegrader.gui.viewer.message_page import MessagePage
from spinegrader.gui.viewer.mouse import MouseScheme, ViewerMode
from spinegrader.gui.viewer.mouse_schemes import PACS_SCHEME
from spinegrader.gui.viewer.overlay_layer import OverlayLayer
from spinegrader.gui.viewer.pointer_control import PointerControl
from spinegrader.gui.viewer.reference_lines import ReferenceLine
from spinegrader.gui.viewer.slice_plane import SlicePlane
from spinegrader.texts import translate

__all__ = ["SliceViewer", "ViewerMode"]

_FRAME = 2
_PAGE_SLICES = 5
_STEPS = {
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_PageUp: -_PAGE_SLICES,
    Qt.Key.Key_PageDown: _PAGE_SLICES,
}
LEAST_OPACITY = 0.2
FOCUS_LEAST_PIXELS = 140.0
"""A disc that is to be centred is magnified to at least this width."""


class SliceViewer(QWidget):
    """Shows the slices of a volume with its overlay; changes neither.

    Signals:
        slice_changed: Index of the slice on screen.
        stepped_beyond: A step led beyond the first (-1) or the last slice (1).
        view_changed: Another part of the slice is on screen, or another magnification. True if
            somebody asked for it, False if the viewer got another size.
        window_changed: Values shown black and white.
        disc_clicked, vertebra_clicked: A `DiscLevel`, a `VertebraLevel`.
        vertebra_edited: The `Vertebra` as it is after a drag, once, when the button is
            released. The viewer goes back to the overlay it was given: whoever takes the
            edit sets the new overlay.
        disc_edited: Likewise the `Disc` whose outline was drawn.
        vertebra_placed: Two `Point`s in patient millimetres, in ADD mode: the middle of the upper
            endplate and of the lower one.
        menu_wanted: A right click, or the menu key: the `DiscLevel` or `VertebraLevel` that is
            meant, and where on the screen (a `QPoint`) the menu belongs.
        measurements_changed: The reader drew, moved or removed a measurement; see `measurements`.
        mode_changed: The `ViewerMode`, also when the reader left it with Escape.
        place_clicked: A `Point` in patient millimetres, in PLACE mode.
        pointed: The `Point` of any other click, in patient millimetres.
        pointer_text: Pixel value and place under the pointer; empty outside the image.
        focused: The keyboard came to it.
        message_action: The button of the message was pressed.
        fill_wanted: The image should fill the layout alone, or go back to its place in it.
    """

    slice_changed = Signal(int)
    stepped_beyond = Signal(int)
    view_changed = Signal(bool)
    window_changed = Signal(float, float)
    disc_clicked = Signal(object)
    vertebra_clicked = Signal(object)
    vertebra_edited = Signal(object)
    disc_edited = Signal(object)
    vertebra_placed = Signal(object, object)
    menu_wanted = Signal(object, QPoint)
    measurements_changed = Signal()
    mode_changed = Signal(object)
    place_clicked = Signal(object)
    pointed = Signal(object)
    pointer_text = Signal(str)
    focused = Signal()
    message_action = Signal()
    fill_wanted = Signal()

    def __init__(self, parent: QWidget | None = None, scheme: MouseScheme = PACS_SCHEME) -> None:
        super().__init__(parent)
        self._pixels: npt.NDArray[Any] | None = None
        self._plane: SlicePlane | None = None
        self._window = (0.0, 1.0)
        self._scheme = scheme
        self._is_inverted = False
        self._reference_lines: tuple[ReferenceLine, ...] = ()
        self._message = MessagePage()
        self._canvas = ImageCanvas()
        self._layer = OverlayLayer(self._canvas.overlay, self._canvas.framing)
        self._notes = ImageNotes(self._canvas, self._layer)
        self._measurements = MeasurementLayer(self._canvas.measurements, self._canvas.framing)
        self._pointer = PointerControl(self._canvas, self._layer, self._measurements, scheme)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._message)
        self._pages.addWidget(self._canvas)
        layout = QVBoxLayout(self)
        # The margin holds the frame that shows the keyboard focus.
        layout.setContentsMargins(_FRAME, _FRAME, _FRAME, _FRAME)
        layout.addWidget(self._pages)
        self._connect()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(translate("Image"))

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
        pointer.disc_edited.connect(self.disc_edited)
        pointer.menu_wanted.connect(self._ask_for_menu)
        pointer.measuring.measurements_changed.connect(self.measurements_changed)
        pointer.measuring.vertebra_placed.connect(self.vertebra_placed)
        pointer.place_clicked.connect(self.place_clicked)
        pointer.pointed.connect(self.pointed)
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
        self._notes.corner_text = CornerText(corner_text)
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
        self._notes.show_plane(None)
        self._canvas.set_colours(None)
        self._layer.clear()
        self.set_reference_lines(())
        self._measurements.set_measurements(())

    def set_overlay(self, overlay: Overlay | None, *, editable: bool = True) -> None:
        """Shows another overlay; ends a drag on the old one without an edit.

        Args:
            overlay: Of the series that is shown, or lent by another one of the same study.
            editable: False for a lent one: it is drawn thin and dotted, and only its discs can be
                clicked.
        """
        if overlay != self._layer.overlay or editable is self._layer.is_lent:
            self._pointer.cancel()
            self._layer.set_overlay(overlay, lent=not editable)
            self._notes.refresh()

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
        """Colours discs, without a legend; discs that are not named keep the plain colour."""
        self._layer.set_colouring(coloured_discs(colours))

    def set_colouring(self, colouring: Colouring) -> None:
        """Colours bodies and discs, and says in a legend what the colours mean."""
        self._layer.set_colouring(colouring)

    def set_slice_colours(self, colours: npt.NDArray[np.uint8] | None) -> None:
        """Lays colours over the slice on screen; they stay until the next, or another volume.

        Args:
            colours: (rows, columns, 4), red, green, blue and alpha; None takes them away.
        """
        self._canvas.set_colours(colours)

    def set_overlay_opacity(self, opacity: float) -> None:
        """Of outlines and names but not of the disc in focus, 0.2 to 1."""
        self._layer.set_opacity(min(max(opacity, LEAST_OPACITY), 1.0))

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
        self._canvas.set_colours_visible(visible=visible)
        self._measurements.set_visible(visible)

    def set_corner_text(self, left: tuple[str, ...], right: tuple[str, ...] = ()) -> None:
        """Writes lines into the upper corners; they may name the patient."""
        self._notes.set_corner_text(CornerText(left, right))

    @property
    def corner_text_visible(self) -> bool:
        """Whether the lines in the upper corners are shown."""
        return self._notes.is_visible

    def set_corner_text_visible(self, visible: bool) -> None:
        """Hides or shows the lines in the upper corners and the legend."""
        self._notes.set_visible(visible)

    def set_compact(self, compact: bool) -> None:
        """Leaves window, zoom and legend away: for small views."""
        self._notes.set_compact(compact)

    def set_mode(self, mode: ViewerMode) -> None:
        """Says what a click means; what was begun in another mode is dropped."""
        before = self._pointer.mode
        self._pointer.set_mode(mode)
        if mode is not before:
            self.mode_changed.emit(mode)

    @property
    def mode(self) -> ViewerMode:
        """What a click means."""
        return self._pointer.mode

    # -- measurements -----------------------------------------------------------------------

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """All of the series that is shown; another volume starts with none."""
        return self._measurements.measurements

    @measurements.setter
    def measurements(self, measurements: tuple[Measurement, ...]) -> None:
        self._pointer.cancel()
        self._measurements.set_measurements(measurements)

    def clear_measurements(self) -> None:
        """Takes all measurements of the series away."""
        if self.measurements:
            self.measurements = ()
            self.measurements_changed.emit()

    def set_reference_lines(self, lines: Sequence[ReferenceLine]) -> None:
        """Draws where the slices of other images cut this one."""
        self._reference_lines = tuple(lines)
        self._draw_reference_lines()

    def _draw_reference_lines(self) -> None:
        plane = self._plane
        lines = () if plane is None else self._reference_lines
        self._canvas.reference_lines.show_lines(lines, plane, self._canvas.framing)

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
    def volume_geometry(self) -> VolumeGeometry | None:
        """Where the images on screen lie in the patient; None while there are none."""
        return None if self._plane is None else self._plane.geometry

    @property
    def is_fitted(self) -> bool:
        """Whether the whole slice is shown, as large as it goes."""
        return self._canvas.is_fitted

    @property
    def view_centre_mm(self) -> Point | None:
        """The patient's place in the middle of the view."""
        if self._plane is None:
            return None
        return self._plane.to_patient(self._canvas.framing.centre_mm)

    @property
    def pixels_per_mm(self) -> float:
        """Logical screen pixels per millimetre."""
        return self._canvas.framing.pixels_per_mm

    def show_view(self, centre_mm: Point, pixels_per_mm: float) -> None:
        """Puts a place of the patient, projected onto the slice, in the middle of the view."""
        if self._plane is None:
            return
        across, down = self._plane.to_plane(centre_mm)
        size = self._canvas.framing.size
        framing = Framing((float(across), float(down)), pixels_per_mm, size)
        if framing != self._canvas.framing:
            self._canvas.set_framing(framing)

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
        """Shows the slice ``steps`` further; beyond the ends the last one."""
        before = self.current_slice
        self.go_to_slice(before + steps)
        if self._plane is not None and self.current_slice == before and steps:
            self.stepped_beyond.emit(1 if steps > 0 else -1)

    def set_window(self, low: float, high: float) -> None:
        """Changes which values are black and white; an empty range is widened."""
        window = (low, max(high, low + 1e-6 * max(1.0, abs(low))))
        if window != self._window:
            self._window = window
            self._pointer.set_window(window)
            self._canvas.set_window(window)
            self._notes.show_window(window)
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
        self._draw_reference_lines()
        self._notes.show_plane(plane)
        self.setAccessibleDescription(self._notes.slice_text)
        self.slice_changed.emit(plane.index)

    def _follow_framing(self, is_wanted: bool) -> None:
        self._layer.set_framing(self._canvas.framing)
        self._draw_reference_lines()
        self._measurements.set_framing(self._canvas.framing)
        self._notes.refresh()
        self.view_changed.emit(is_wanted)

    # -- keyboard ---------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Keeps Escape and Delete from shortcuts of the window while they mean something here."""
        wants_key = event.type() == QEvent.Type.ShortcutOverride
        if wants_key and isinstance(event, QKeyEvent) and self._has_use_for(Qt.Key(event.key())):
            event.accept()
            return True
        return super().event(event)

    def _has_use_for(self, key: Qt.Key) -> bool:
        if key is Qt.Key.Key_Delete:
            return self._measurements.selected is not None
        in_the_midst = self._pointer.is_dragging or self._pointer.mode in POINT_MODES
        return key is Qt.Key.Key_Escape and in_the_midst

    def _escape(self) -> bool:
        """Cancels a drag, else the line that was begun, else leaves a mode that takes points."""
        if self._pointer.cancel() or self._pointer.measuring.drop_draft():
            return True
        if self._pointer.mode not in POINT_MODES:
            return False
        self.set_mode(ViewerMode.BROWSE)
        return True

    def _ask_for_menu(self, level: DiscLevel | VertebraLevel, at: QPointF) -> None:
        self.menu_wanted.emit(level, self.mouse_area.mapToGlobal(at.toPoint()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        """The menu key asks for the menu of what is marked; the mouse has its own way."""
        level = self._layer.marked
        if event.reason() is not QContextMenuEvent.Reason.Keyboard or level is None:
            event.ignore()
            return
        centre = self._layer.centre_of(level)
        if centre is not None:
            self._ask_for_menu(level, self.screen_place(centre))

    def _take_keyboard(self) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Up, Down, Page Up, Page Down change the slice; Escape cancels, Delete removes."""
        steps = _STEPS.get(Qt.Key(event.key()))
        if steps is not None and self._plane is not None:
            self.step_slice(steps)
            return
        taken = {
            Qt.Key.Key_Escape: self._escape,
            Qt.Key.Key_Delete: self._pointer.measuring.remove_selected,
        }.get(Qt.Key(event.key()))
        if taken is None or not taken():
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Tells that keys act here now."""
        super().focusInEvent(event)
        self.focused.emit()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draws the frame around the image, in the accent where the keyboard is."""
        del event
        colour = VIEWER_ACCENT if self.hasFocus() else VIEWER_BACKGROUND
        QPainter(self).fillRect(self.rect(), QColor(colour))
