"""The table on the left, the disc on the right; who drags the line between them has the say."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

_TABLE_SHARE = 0.62
_WIDEST_TABLE = 960
"""More room than that tells nothing more in the table; the image can use it."""


class TwoSides(QSplitter):
    """Shares its width anew with each size of the window, until it is dragged."""

    def __init__(self, left: QWidget, right: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.addWidget(left)
        self.addWidget(right)
        self.setChildrenCollapsible(False)
        self._was_dragged = False
        self.splitterMoved.connect(self._on_dragged)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Gives the table what it needs and the disc the rest."""
        super().resizeEvent(event)
        if not self._was_dragged:
            table = min(_WIDEST_TABLE, round(_TABLE_SHARE * self.width()))
            self.setSizes([table, self.width() - self.handleWidth() - table])

    def _on_dragged(self) -> None:
        self._was_dragged = True
