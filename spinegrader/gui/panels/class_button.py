"""A button for one class of a grading: its digit, which is also its key, and its label."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QWidget

from spinegrader.domain.scheme import GradeClass, Grading
from spinegrader.gui.theme import grade_colour, tabular_font, text_colour_on, unsaved_pen
from spinegrader.texts import translate

_PADDING = 7
_GAP = 5
_CORNER = 4


class ClassButton(QAbstractButton):
    """Filled with the colour of its grade while it is the answer."""

    hovered = Signal(bool)
    """The pointer or the keyboard came to it (True) or left it."""

    def __init__(
        self, grading: Grading, grade_class: GradeClass, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        place = grading.values.index(grade_class.value)
        self.grade_class = grade_class
        self._fill = grade_colour(place, len(grading.values))
        self._digit = str(grade_class.value)
        self._bold = tabular_font(self.font())
        self._bold.setWeight(QFont.Weight.Bold)
        self._is_saved = True
        self.setCheckable(True)
        self.setText(f"{self._digit} {grade_class.label}")
        self.setAccessibleName(f"{grading.name} {self.text()}")
        self.setAccessibleDescription(grade_class.meaning)
        self.setToolTip(
            translate("{tip} (key {key})").format(tip=grade_class.meaning, key=self._digit)
        )
        # A click must not take the keyboard from the image.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Room for digit and label."""
        digit, label = self._widths()
        height = QFontMetrics(self._bold).height() + 9
        return QSize(digit + label + _GAP + 2 * _PADDING, height)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """The same: labels are never cut."""
        return self.sizeHint()

    def set_saved(self, is_saved: bool) -> None:
        """A dashed frame stands around an answer that isn't on the disk."""
        self._is_saved = is_saved
        self.update()

    def nextCheckState(self) -> None:  # noqa: N802
        """Left as it is: the answer in the project decides what is filled."""

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: N802
        """Tells that the meaning of this class is of interest."""
        super().enterEvent(event)
        self.hovered.emit(True)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        """Tells that it no longer is."""
        super().leaveEvent(event)
        self.hovered.emit(self.hasFocus())

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """The keyboard came: the same as the pointer."""
        super().focusInEvent(event)
        self.hovered.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """The keyboard left; the pointer may still be here."""
        super().focusOutEvent(event)
        self.hovered.emit(self.underMouse())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        """Draws frame, digit and label."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        background = self._background()
        painter.setBrush(background)
        painter.setPen(self._frame())
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), _CORNER, _CORNER)
        painter.setPen(
            text_colour_on(background) if self.isChecked() else self.palette().text().color()
        )
        digit, label = self._widths()
        left = max((self.width() - digit - label - _GAP) // 2, _PADDING)
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.setFont(self._bold)
        painter.drawText(self.rect().adjusted(left, 0, 0, 0), middle, self._digit)
        painter.setFont(self.font())
        text = self.rect().adjusted(left + digit + _GAP, 0, 0, 0)
        painter.drawText(text, middle, self.grade_class.label)

    def _background(self) -> QColor:
        if self.isChecked():
            return self._fill
        palette = self.palette()
        return palette.button().color() if self.underMouse() else palette.base().color()

    def _frame(self) -> QPen:
        palette = self.palette()
        if self.isChecked() and not self._is_saved:
            return unsaved_pen()
        if self.hasFocus():
            return QPen(palette.accent().color(), 2)
        # Mid is too near to the window in both themes; the text's colour, thinned, is not.
        colour = palette.text().color()
        colour.setAlphaF(0.35)
        return QPen(colour, 1)

    def _widths(self) -> tuple[int, int]:
        digit = QFontMetrics(self._bold).horizontalAdvance(self._digit)
        return digit, QFontMetrics(self.font()).horizontalAdvance(self.grade_class.label)
