"""A right click that doesn't become a drag asks for a menu."""

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from spinegrader.gui.viewer.gestures import CLICK_PIXELS


class MenuClicks(QObject):
    """Watches a widget's right button; leaves all events to those who act on them.

    The menu comes on release: on press, as window systems have it, it would cut off drags.
    """

    asked = Signal(QPointF)

    def __init__(self, area: QWidget) -> None:
        super().__init__(area)
        self._start: QPointF | None = None
        area.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Tells a click from a drag."""
        del watched
        if not isinstance(event, QMouseEvent):
            return False
        kind = event.type()
        if kind == QEvent.Type.MouseButtonPress:
            alone = event.buttons() == Qt.MouseButton.RightButton
            self._start = event.position() if alone else None
        elif kind == QEvent.Type.MouseMove and self._start is not None:
            shift = event.position() - self._start
            if max(abs(shift.x()), abs(shift.y())) >= CLICK_PIXELS:
                self._start = None
        elif kind == QEvent.Type.MouseButtonRelease:
            start, self._start = self._start, None
            if start is not None and event.button() == Qt.MouseButton.RightButton:
                self.asked.emit(start)
        return False
