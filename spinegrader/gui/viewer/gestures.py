"""From the mouse events of a widget to gestures, by a scheme."""

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from spinegrader.gui.viewer.mouse import Gesture, MouseInput, MouseScheme

CLICK_PIXELS = 3.0
"""A press that moves further is a drag; small, since corners are moved by little."""

_WHEEL_NOTCH = 120
_ZOOM_PER_NOTCH = 1.2


class MouseGestures(QObject):
    """Watches a widget's mouse and tells what the reader means by it."""

    stepped = Signal(int)
    zoomed = Signal(float, QPointF)
    fill_wanted = Signal()
    clicked = Signal(QPointF)
    drag_started = Signal(object, QPointF)
    dragged = Signal(QPointF, QPointF)
    drag_ended = Signal(bool)
    hovered = Signal(QPointF)
    pressed = Signal()
    left = Signal()

    def __init__(self, area: QWidget, scheme: MouseScheme) -> None:
        super().__init__(area)
        self._scheme = scheme
        self._button = Qt.MouseButton.NoButton
        self._modifiers = Qt.KeyboardModifier.NoModifier
        self._start = QPointF()
        self._is_dragging = False
        self._wheel = 0
        area.setMouseTracking(True)
        area.installEventFilter(self)

    def set_scheme(self, scheme: MouseScheme) -> None:
        """Takes other bindings; a drag of the old ones is cancelled."""
        self.cancel()
        self._scheme = scheme

    @property
    def is_dragging(self) -> bool:
        """Whether a drag is under way."""
        return self._is_dragging

    def cancel(self) -> bool:
        """Ends a drag and takes back what it did; says whether there was one."""
        was_dragging = self._is_dragging
        self._button = Qt.MouseButton.NoButton
        self._is_dragging = False
        if was_dragging:
            self.drag_ended.emit(False)
        return was_dragging

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Takes all mouse events of the area; lets others pass."""
        del watched
        kind = event.type()
        if isinstance(event, QWheelEvent):
            self._on_wheel(event)
        elif kind == QEvent.Type.Leave:
            self.left.emit()
            return False
        elif not isinstance(event, QMouseEvent):
            return False
        elif kind == QEvent.Type.MouseButtonPress:
            self._on_press(event)
        elif kind == QEvent.Type.MouseMove:
            self._on_move(event)
        elif kind == QEvent.Type.MouseButtonRelease:
            self._on_release(event)
        elif kind == QEvent.Type.MouseButtonDblClick:
            self._on_double_click(event)
        return True

    def _on_wheel(self, event: QWheelEvent) -> None:
        delta = event.angleDelta().y()
        gesture = self._scheme.gesture(MouseInput.WHEEL, Qt.MouseButton.NoButton, event.modifiers())
        if self._is_dragging or delta == 0:
            return
        if gesture is Gesture.ZOOM:
            self.zoomed.emit(_ZOOM_PER_NOTCH ** (delta / _WHEEL_NOTCH), event.position())
        elif gesture is Gesture.STEP_SLICES:
            # Trackpads send fractions of a notch; turning back starts anew.
            self._wheel = delta if delta * self._wheel < 0 else self._wheel + delta
            notches = int(self._wheel / _WHEEL_NOTCH)
            self._wheel -= notches * _WHEEL_NOTCH
            if notches:
                self.stepped.emit(-notches)

    def _on_press(self, event: QMouseEvent) -> None:
        self.pressed.emit()
        if self._button != Qt.MouseButton.NoButton:
            return
        self._button = event.button()
        self._modifiers = event.modifiers()
        self._start = event.position()

    def _on_move(self, event: QMouseEvent) -> None:
        if self._button == Qt.MouseButton.NoButton:
            self.hovered.emit(event.position())
            return
        if not event.buttons() & self._button:
            # The release went to another window.
            self.cancel()
            return
        shift = event.position() - self._start
        if not self._is_dragging and max(abs(shift.x()), abs(shift.y())) >= CLICK_PIXELS:
            gesture = self._scheme.gesture(MouseInput.DRAG, self._button, self._modifiers)
            if gesture is None:
                return
            self._is_dragging = True
            self.drag_started.emit(gesture, self._start)
        if self._is_dragging:
            self.dragged.emit(self._start, event.position())

    def _on_release(self, event: QMouseEvent) -> None:
        if event.button() != self._button:
            return
        self._button = Qt.MouseButton.NoButton
        if self._is_dragging:
            self._is_dragging = False
            self.dragged.emit(self._start, event.position())
            self.drag_ended.emit(True)
            return
        gesture = self._scheme.gesture(MouseInput.CLICK, event.button(), self._modifiers)
        if gesture is Gesture.SELECT:
            self.clicked.emit(self._start)

    def _on_double_click(self, event: QMouseEvent) -> None:
        gesture = self._scheme.gesture(MouseInput.DOUBLE_CLICK, event.button(), event.modifiers())
        if gesture is Gesture.FILL:
            self.fill_wanted.emit()
