"""One bar for each grade: how probable models hold it, and a click that overrules with it."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QAbstractButton, QVBoxLayout, QWidget

from spinegrader.domain.predictions import Prediction
from spinegrader.domain.scheme import Grading
from spinegrader.gui.theme import tabular_font
from spinegrader.services.review_rows import ReviewRow
from spinegrader.texts import translate

_HEIGHT = 28
_HEIGHT_OF_TWO = 34
_AIR = 10
_NAME_SHARE = 0.36
_PERCENT_WIDTH = 60
_MARK_WIDTH = 86
_THICK, _THIN = 10.0, 7.0


@dataclass(frozen=True)
class _Told:
    """What a bar shows.

    Args:
        first: Probability that the model in question holds the grade with; None if it has none.
        second: Likewise of the model beside it; None where none is chosen.
        is_first: Whether it is the grade of the model in question.
        mark: Whose grade it is, in words.
    """

    first: float | None = None
    second: float | None = None
    is_first: bool = False
    mark: str = ""


class ClassBar(QAbstractButton):
    """Digit and name of a grade, a bar a model, the percentage, and who says so."""

    def __init__(self, value: int, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.value = value
        self._name = f"{value}  {name}"
        self._told = _Told()
        self.setFont(tabular_font())
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_grades(
        self, prediction: Prediction | None, second: Prediction | None, own_value: int | None
    ) -> None:
        """Shows how probable the grade is by one or two models, and whose grade it is."""
        is_first = prediction is not None and prediction.value == self.value
        is_second = second is not None and second.value == self.value
        names = []
        if is_first:
            names.append(translate("model") if second is None else "A")
        if is_second:
            names.append("B")
        if own_value == self.value:
            names.append(translate("you"))
        self._told = _Told(
            _probability(prediction, self.value),
            _probability(second, self.value),
            is_first,
            ", ".join(names),
        )
        spoken = [self._name]
        if self._told.first is not None:
            spoken.append(_percent_words(self._told.first))
        if self._told.second is not None:
            spoken.append(translate("model B") + " " + _percent_words(self._told.second))
        self.setAccessibleName(f"{', '.join(spoken)} {self._told.mark}".strip())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """As high as a line of text with room for a finger."""
        lines, least = (1, _HEIGHT) if self._told.second is None else (2, _HEIGHT_OF_TWO)
        air = _AIR if lines == 1 else 2
        return QSize(320, max(least, lines * self.fontMetrics().height() + air))

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
        column = QRectF(bar_left, area.top(), bar_width, area.height())
        percent = QRectF(column.right(), area.top(), _PERCENT_WIDTH - 8, area.height())
        accent, quiet = QPalette.ColorRole.Accent, QPalette.ColorRole.PlaceholderText
        role = accent if self._told.is_first else quiet
        if self._told.second is None:
            self._draw_bar(painter, column, percent, self._told.first, role, _THICK)
        else:
            half = area.height() / 2
            upper, lower = (0, 0, 0, -half), (0, half, 0, 0)
            self._draw_bar(
                painter,
                column.adjusted(*upper),
                percent.adjusted(*upper),
                self._told.first,
                role,
                _THICK,
            )
            self._draw_bar(
                painter,
                column.adjusted(*lower),
                percent.adjusted(*lower),
                self._told.second,
                quiet,
                _THIN,
                "B ",
            )
        mark = QRectF(percent.right() + 8, area.top(), _MARK_WIDTH, area.height())
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        painter.drawText(mark, middle, self._told.mark)

    def _draw_bar(
        self,
        painter: QPainter,
        column: QRectF,
        beside: QRectF,
        probability: float | None,
        role: QPalette.ColorRole,
        thickness: float,
        letter: str = "",
    ) -> None:
        """A track, the bar on it, and the percentage behind a model's letter."""
        palette = self.palette()
        track = QRectF(
            column.left(), column.center().y() - thickness / 2, column.width(), thickness
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.color(QPalette.ColorRole.Button))
        painter.drawRoundedRect(track, 3, 3)
        if probability is None:
            return
        track.setWidth(max(2.0, track.width() * probability))
        painter.setBrush(palette.color(role))
        painter.drawRoundedRect(track, 3, 3)
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(beside, right, f"{letter}{100 * probability:.0f} %")


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

    def show_row(self, row: ReviewRow, grading: Grading, second: Prediction | None = None) -> None:
        """Shows the probabilities of a row's prediction, and of a second model's beside it."""
        if grading != self._grading:
            self._rebuild(grading)
        own_value = None if row.grade is None else row.grade.value
        for bar in self.bars:
            bar.show_grades(row.prediction, second, own_value)

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


def _probability(prediction: Prediction | None, value: int) -> float | None:
    if prediction is None or value not in prediction.values:
        return None
    return prediction.probabilities[prediction.values.index(value)]


def _percent_words(probability: float) -> str:
    return translate("{number:.0f} percent").format(number=100 * probability)
