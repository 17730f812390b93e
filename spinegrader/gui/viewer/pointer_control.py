"""What the viewer does when the mouse clicks, drags and hovers."""

from typing import Any

import numpy.typing as npt
from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QCursor

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.gui.viewer.drags import Drag, EditDrag, PanDrag, WindowDrag, ZoomDrag
from spinegrader.gui.viewer.gestures import MouseGestures
from spinegrader.gui.viewer.image_canvas import ImageCanvas
from spinegrader.gui.viewer.measurement_control import (
    POINT_MODES,
    DrawDrag,
    EndDrag,
    MeasurementControl,
)
from spinegrader.gui.viewer.measurement_layer import MeasurementLayer
from spinegrader.gui.viewer.menu_clicks import MenuClicks
from spinegrader.gui.viewer.mouse import EDITING, Gesture, MouseScheme, ViewerMode
from spinegrader.gui.viewer.overlay_layer import OverlayLayer
from spinegrader.gui.viewer.shape_editing import Shape
from spinegrader.gui.viewer.slice_plane import SlicePlane, describe_place


class PointerControl(QObject):
    """Turns gestures into pans, zooms, previews, and signals for what others decide.

    Args:
        canvas: Where the gestures happen.
        layer: What they point at.
        measurements: What is measured on the image.
        scheme: What they mean.
    """

    step_wanted = Signal(int)
    window_wanted = Signal(float, float)
    disc_clicked = Signal(object)
    vertebra_clicked = Signal(object)
    vertebra_edited = Signal(object)
    disc_edited = Signal(object)
    menu_wanted = Signal(object, QPointF)
    place_clicked = Signal(object)
    pointed = Signal(object)
    pointer_text = Signal(str)
    pressed = Signal()
    fill_wanted = Signal()

    def __init__(
        self,
        canvas: ImageCanvas,
        layer: OverlayLayer,
        measurements: MeasurementLayer,
        scheme: MouseScheme,
    ) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._layer = layer
        self._measurements = measurements
        self.measuring = MeasurementControl(canvas, measurements)
        self._mode = ViewerMode.BROWSE
        self._plane: SlicePlane | None = None
        self._pixels: npt.NDArray[Any] | None = None
        self._window = (0.0, 1.0)
        self._drag: Drag | None = None
        self._gestures = MouseGestures(canvas.mouse_area, scheme)
        self._gestures.pressed.connect(self.pressed)
        self._gestures.stepped.connect(self.step_wanted)
        self._gestures.zoomed.connect(self._zoom)
        self._gestures.fill_wanted.connect(self._fill)
        self._gestures.clicked.connect(self._click)
        self._gestures.drag_started.connect(self._start_drag)
        self._gestures.dragged.connect(self._move_drag)
        self._gestures.drag_ended.connect(self._end_drag)
        self._gestures.hovered.connect(self._hover)
        self._gestures.left.connect(self._leave)
        # After the gestures: what is installed last hears of an event first.
        MenuClicks(canvas.mouse_area).asked.connect(self._ask_for_menu)

    def show_slice(self, pixels: npt.NDArray[Any] | None, plane: SlicePlane | None) -> None:
        """Says what is on screen: one slice, shape (rows, columns), and where it lies."""
        self._pixels, self._plane = pixels, plane
        self.measuring.set_plane(plane)

    def set_window(self, window: tuple[float, float]) -> None:
        """Says which values are black and white."""
        self._window = window

    def set_scheme(self, scheme: MouseScheme) -> None:
        """Says what the gestures mean from now on."""
        self._gestures.set_scheme(scheme)

    def set_mode(self, mode: ViewerMode) -> None:
        """Says what a click means."""
        self.cancel()
        self._mode = mode
        self.measuring.set_mode(mode)
        self._show_pointer(None)

    @property
    def mode(self) -> ViewerMode:
        """What a click means."""
        return self._mode

    @property
    def is_dragging(self) -> bool:
        """Whether there is a drag to cancel."""
        return self._gestures.is_dragging

    def cancel(self) -> bool:
        """Ends a drag without a trace; says whether there was one."""
        return self._gestures.cancel()

    def _zoom(self, factor: float, at: QPointF) -> None:
        self._canvas.zoom(factor, (at.x(), at.y()))

    def _click(self, at: QPointF) -> None:
        if self._mode is ViewerMode.PLACE:
            self._place(at)
        elif self._mode in POINT_MODES:
            self.measuring.add_point(at)
        else:
            self._select(at)

    def _select(self, at: QPointF) -> None:
        measured = self._measurements.line_at(at)
        self._measurements.select(measured)
        if measured is not None:
            return
        self._point(at)
        level = self._layer.shape_at(at)
        if isinstance(level, DiscLevel):
            self._layer.select(None)
            self.disc_clicked.emit(level)
        else:
            self._layer.select(level)
            if level is not None:
                self.vertebra_clicked.emit(level)

    def _ask_for_menu(self, at: QPointF) -> None:
        if self._mode is ViewerMode.BROWSE and not self._layer.is_lent:
            level = self._layer.shape_at(at)
            if level is not None:
                self.menu_wanted.emit(level, at)

    def _point(self, at: QPointF) -> None:
        place = self.measuring.place_at(at)
        if place is not None:
            self.pointed.emit(place)

    def _fill(self) -> None:
        # A quick second click while placing isn't meant for the layout.
        if self._mode is ViewerMode.BROWSE:
            self.fill_wanted.emit()

    def _place(self, at: QPointF) -> None:
        place = self.measuring.place_at(at)
        if place is not None:
            self.place_clicked.emit(place)

    def _start_drag(self, gesture: Gesture, at: QPointF) -> None:
        drag = self._drag_of_shape(at) if gesture in EDITING else None
        if drag is not None:
            self._drag = drag
        elif gesture in (Gesture.WINDOW, Gesture.EDIT_OR_WINDOW):
            self._drag = WindowDrag(self._window, self.window_wanted.emit)
        elif gesture in (Gesture.ZOOM_UPWARDS, Gesture.ZOOM_DOWNWARDS):
            downwards = gesture is Gesture.ZOOM_DOWNWARDS
            self._drag = ZoomDrag(self._canvas, downwards=downwards)
        elif gesture in (Gesture.PAN, Gesture.EDIT_OR_PAN):
            self._drag = PanDrag(self._canvas)
            self._canvas.mouse_area.setCursor(Qt.CursorShape.ClosedHandCursor)

    def _drag_of_shape(self, at: QPointF) -> Drag | None:
        """What a drag that begins here moves or draws; None for the image."""
        if self._mode is ViewerMode.PLACE:
            return None
        if self._mode is not ViewerMode.ADD:
            end = self._measurements.end_at(at)
            if end is not None and not self.measuring.is_drawing:
                return EndDrag(self.measuring, self._measurements, end)
        if self._mode in POINT_MODES:
            return DrawDrag(self.measuring, at)
        grip = self._layer.start_drag(at)
        return None if grip is None else EditDrag(self._canvas, self._layer, grip, self._hand_over)

    def _hand_over(self, shape: Shape) -> None:
        if isinstance(shape, Vertebra):
            self.vertebra_edited.emit(shape)
        else:
            self.disc_edited.emit(shape)

    def _move_drag(self, start: QPointF, now: QPointF) -> None:
        if self._drag is not None:
            self._drag.moved(start, now)

    def _end_drag(self, keep: bool) -> None:
        drag, self._drag = self._drag, None
        if drag is not None:
            drag.ended(keep=keep)
        self._show_pointer(None)

    def _hover(self, at: QPointF) -> None:
        self._show_pointer(at)
        self.measuring.preview(at)
        if self._plane is None or self._pixels is None:
            return
        plane_mm = self._canvas.framing.to_plane((at.x(), at.y()))
        pixel = self._plane.pixel_at(plane_mm)
        if pixel is None:
            self.pointer_text.emit("")
        else:
            place = self._plane.to_patient(plane_mm)
            self.pointer_text.emit(describe_place(self._pixels[pixel], place))

    def _leave(self) -> None:
        if self._drag is None:
            self._show_pointer(None)
        self.pointer_text.emit("")

    def _show_pointer(self, at: QPointF | None) -> None:
        browsing = self._mode is ViewerMode.BROWSE
        placing = self._mode in (ViewerMode.PLACE, ViewerMode.ADD)
        on_end = self._measurements.hover(None if placing else at)
        cursor = self._layer.hover(at if browsing and not on_end else None)
        if on_end or not browsing:
            cursor = QCursor(Qt.CursorShape.CrossCursor)
        self._canvas.mouse_area.setCursor(cursor)
