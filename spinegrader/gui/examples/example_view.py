"""Shows the drawn example of a class, sharp at every scale of the screen."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from spinegrader.domain.scheme import GradeClass, Grading
from spinegrader.gui.examples.axial import paint_canal, paint_outline
from spinegrader.gui.examples.catalogue import picture_of
from spinegrader.gui.examples.foramen import paint_foramen
from spinegrader.gui.examples.pictures import (
    CanalPicture,
    ExamplePicture,
    ForamenPicture,
    MarrowPicture,
    OutlinePicture,
    SagittalPicture,
    view_in_words,
)
from spinegrader.gui.examples.sagittal import paint_sagittal
from spinegrader.gui.examples.strokes import grey, write_letters
from spinegrader.texts import translate

PICTURE_SIZE = QSize(120, 90)
"""Logical pixels in which every example reads."""

_GAP = 4.0


class ExampleView(QWidget):
    """A picture of fixed size; hidden for a class that has none.

    Args:
        scale: How many times as large as :data:`PICTURE_SIZE`.
        parent: The widget around it.
    """

    def __init__(self, scale: float = 1.0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture: ExamplePicture | None = None
        self._scale = scale
        self.setFixedSize(PICTURE_SIZE * scale)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(translate("Drawn example"))
        self.hide()

    def show_class(self, grading: Grading, grade_class: GradeClass | None) -> None:
        """Draws what a class looks like; without a class, or a picture of it, nothing."""
        self.picture = None if grade_class is None else picture_of(grading, grade_class.value)
        if self.picture is not None and grade_class is not None:
            drawing = translate("A drawing, {view}").format(view=view_in_words(self.picture))
            self.setAccessibleDescription(f"{drawing}: {grade_class.meaning}.")
            self.setToolTip(drawing)
        self.setVisible(self.picture is not None)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        """Draws the picture anew: lines stay sharp on every screen."""
        if self.picture is not None:
            painter = QPainter(self)
            painter.scale(self._scale, self._scale)
            paint_example(painter, self.picture)


def paint_example(painter: QPainter, picture: ExamplePicture) -> None:
    """Draws a picture into a frame of :data:`PICTURE_SIZE` at the painter's origin."""
    frame = QRectF(0, 0, PICTURE_SIZE.width(), PICTURE_SIZE.height())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    match picture:
        case SagittalPicture():
            paint_sagittal(painter, frame, picture)
        case MarrowPicture():
            _paint_pair(painter, frame, picture)
        case CanalPicture():
            paint_canal(painter, frame, picture)
        case ForamenPicture():
            paint_foramen(painter, frame, picture)
        case OutlinePicture():
            paint_outline(painter, frame, picture)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(grey(0))
    painter.drawRect(frame.adjusted(0.5, 0.5, -0.5, -0.5))


def _paint_pair(painter: QPainter, frame: QRectF, picture: MarrowPicture) -> None:
    painter.fillRect(frame, grey(0))
    width = (frame.width() - _GAP) / 2
    for name, half, left in (
        ("T1", picture.t1, 0.0),
        ("T2", picture.t2, width + _GAP),
    ):
        part = QRectF(frame.left() + left, frame.top(), width, frame.height())
        paint_sagittal(painter, part, half)
        write_letters(painter, part, name)
