"""A hand on the mouse: real events to real widgets."""

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget


class Hand:
    """A reader's hand on the mouse: sends real events to a widget.

    ``QTest.mouseMove`` holds no button down on every platform, so drags are sent whole here.
    """

    def __init__(self, area: QWidget) -> None:
        self._area = area
        self.held_keys = Qt.KeyboardModifier.NoModifier
        """Of the keyboard, while the mouse is pressed and moved."""

    def hover(self, at: QPointF) -> None:
        self._send(QEvent.Type.MouseMove, at, Qt.MouseButton.NoButton, Qt.MouseButton.NoButton)

    def press(self, at: QPointF, button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> None:
        self._send(QEvent.Type.MouseButtonPress, at, button, button)

    def move(self, at: QPointF, button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> None:
        self._send(QEvent.Type.MouseMove, at, Qt.MouseButton.NoButton, button)

    def release(self, at: QPointF, button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> None:
        self._send(QEvent.Type.MouseButtonRelease, at, button, Qt.MouseButton.NoButton)

    def click(self, at: QPointF, button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> None:
        self.press(at, button)
        self.release(at, button)

    def double_click(self, at: QPointF) -> None:
        button = Qt.MouseButton.LeftButton
        self.click(at)
        self._send(QEvent.Type.MouseButtonDblClick, at, button, button)
        self.release(at)

    def drag(
        self, start: QPointF, end: QPointF, button: Qt.MouseButton = Qt.MouseButton.LeftButton
    ) -> None:
        self.press(start, button)
        for share in (0.25, 0.5, 0.75, 1.0):
            self.move(start + (end - start) * share, button)
        self.release(end, button)

    def wheel(
        self,
        at: QPointF,
        angle: int,
        modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        QApplication.sendEvent(
            self._area,
            QWheelEvent(
                at,
                self._area.mapToGlobal(at),
                QPoint(),
                QPoint(0, angle),
                Qt.MouseButton.NoButton,
                modifiers,
                Qt.ScrollPhase.NoScrollPhase,
                False,
            ),
        )

    def _send(
        self, kind: QEvent.Type, at: QPointF, button: Qt.MouseButton, held: Qt.MouseButton
    ) -> None:
        place = self._area.mapToGlobal(at)
        event = QMouseEvent(kind, at, place, button, held, self.held_keys)
        QApplication.sendEvent(self._area, event)
