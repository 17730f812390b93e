"""One bar for each grade: how probable the model holds it, and a click that overrules with it."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QAbstractButton, QVBoxLayout, QWidget

from spinegrader.domain.scheme import Grading
from spinegrader.gui.theme import tabular_font
from spinegrader.services.review_rows import ReviewRow
from spinegrader.texts import translate

_HEIGHT = 28
_NAME_SHARE = 0.36
_PERCENT_WIDTH = 52
_MARK_WIDTH = 86


class ClassBar(QAbstractButton):
    """Digit and name of a grade, a bar, the percentage, and who says so."""

    def __init__(self, value: int, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.value = value
        self._name = f"{value}  {name}"
        self._probability: float | None = None
        self._mark = ""
        self._is_by_model = False
        self.setFont(tabular_font())
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_probability(self, probability: float | None, *, by_model: bool, by_you: bool) -> None:
        """Shows how probable the grade is and whose grade it is."""
        self._probability = probability
        self._is_by_model = by_model
        self._mark = {
            (True, True): translate("model, you"),
            (True, False): translate("model"),
            (False, True): translate("you"),
        }.get((by_model, by_you), "")
        told = self._name
        if probability is not None:
            told += ", " + translate("{number:.0f} percent").format(number=100 * probability)
        self.setAccessibleName(f"{told} {self._mark}".strip())
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """As high as a line of text with room for a finger."""
        return QSize(320, max(_HEIGHT, self.fontMetrics().height() + 10))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draws name, bar, percentage and mark."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        area = QRectF(self.rect()).adjusted(4, 2, -4, -2)
        if self.underMouse() or self.hasFocus():
            painter.setPen(
                palette.color(QPalette.ColorRole.Accent)
                if self.hasFocus()
                else palette.color(QPalette.ColorRole.Mid)
            )
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
        name_width = area.width() * _NAME_SHARE
        bar_left = area.left() + name_width
        bar_width = max(20.0, area.width() - name_width - _PERCENT_WIDTH - _MARK_WIDTH)
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        middle = Qt.AlignmentFlag.AlignVCenter
        name_area = QRectF(area.left() + 2, area.top(), name_width - 6, area.height())
        name = painter.fontMetrics().elidedText(
            self._name, Qt.TextElideMode.ElideRight, int(name_area.width())
        )
        painter.drawText(name_area, middle, name)
        track = QRectF(bar_left, area.center().y() - 5, bar_width, 10)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.color(QPalette.ColorRole.Button))
        painter.drawRoundedRect(track, 3, 3)
        if self._probability is not None:
            track.setWidth(max(2.0, bar_width * self._probability))
            role = (
                QPalette.ColorRole.Accent
                if self._is_by_model
                else QPalette.ColorRole.PlaceholderText
            )
            painter.setBrush(palette.color(role))
            painter.drawRoundedRect(track, 3, 3)
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        percent = "" if self._probability is None else f"{100 * self._probability:.0f} %"
        right = QRectF(bar_left + bar_width, area.top(), _PERCENT_WIDTH - 8, area.height())
        painter.drawText(right, middle | Qt.AlignmentFlag.AlignRight, percent)
        mark = QRectF(right.right() + 8, area.top(), _MARK_WIDTH, area.height())
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        painter.drawText(mark, middle, self._mark)


class ClassBars(QWidget):
    """The bars of one grading."""

    overruled = Signal(int)
    """A grade was clicked: its digit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bars: tuple[ClassBar, ...] = ()
        self._grading: Grading | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(1)

    def show_row(self, row: ReviewRow, grading: Grading) -> None:
        """Shows the probabilities of a row's prediction and whose grade is which."""
        if grading != self._grading:
            self._rebuild(grading)
        prediction = row.prediction
        known: dict[int, float] = {}
        if prediction is not None:
            known = dict(zip(prediction.values, prediction.probabilities, strict=True))
        for bar in self.bars:
            bar.show_probability(
                known.get(bar.value),
                by_model=prediction is not None and prediction.value == bar.value,
                by_you=row.grade is not None and row.grade.value == bar.value,
            )

    def _rebuild(self, grading: Grading) -> None:
        for bar in self.bars:
            self._column.removeWidget(bar)
            # Hidden at once: the deletion waits for the event loop.
            bar.hide()
            bar.deleteLater()
        self._grading = grading
        self.bars = _bars(grading)
        for bar in self.bars:
            bar.clicked.connect(lambda _=False, value=bar.value: self.overruled.emit(value))
            self._column.addWidget(bar)


def _bars(grading: Grading) -> tuple[ClassBar, ...]:
    bars = []
    for item in grading.classes:
        bar = ClassBar(item.value, item.label)
        bar.setToolTip(
            translate("{meaning}. Press {value} to give this grade").format(
                meaning=item.meaning, value=item.value
            )
        )
        bars.append(bar)
    return tuple(bars)
