"""What is painted over an image, in the pixels of the view."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from spinegrader.gui.theme import readable_font


class ViewPainter(QGraphicsItem):
    """Covers the whole view and paints in logical screen pixels: lines keep their width."""

    def __init__(self) -> None:
        super().__init__()
        self._bounds = QRectF()

    def cover(self, size: tuple[float, float]) -> None:
        """Takes the size of the view, logical pixels."""
        if self._bounds.size().toTuple() != size:
            self.prepareGeometryChange()
            self._bounds = QRectF(0, 0, *size)

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        """The whole view."""
        return self._bounds

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Draws with smooth edges and a readable font."""
        del option, widget
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(readable_font())
        self.draw(painter)

    def draw(self, painter: QPainter) -> None:
        """Draws what there is; for each kind of picture its own."""
        raise NotImplementedError
