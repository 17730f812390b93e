"""The middle of a dialog: as high as what is in it, and scrolled where the screen is lower."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

_AROUND = 60
"""Of the screen's height: what the window's frame takes, and a little air."""


class FittingArea(QScrollArea):
    """Holds a column of widgets; its dialog grows and shrinks with them.

    Args:
        content: With a layout.
    """

    def __init__(self, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._content = content
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        # The keyboard goes from field to field; those that are out of sight scroll into it.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(content)
        content.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """Something came, went or changed its text."""
        if watched is self._content and event.type() == QEvent.Type.LayoutRequest:
            self.fit()
        return super().eventFilter(watched, event)

    def fit(self) -> None:
        """Makes the dialog as high as it has to be, or as the screen allows."""
        window, layout = self.window(), self._content.layout()
        if window is self or layout is None:
            return
        wanted = layout.totalHeightForWidth(self.viewport().width())
        around = window.height() - self.height()
        most = window.screen().availableGeometry().height() - _AROUND - around
        height = min(wanted, most)
        if height == self.height():
            return
        self.setMinimumHeight(height)
        window.resize(window.width(), height + around)
