"""Small plots of one person: the grades of each disc from visit to visit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.scheme import Grading
from spinegrader.services.changes_over_time import Course, GradeAtVisit, Source
from spinegrader.services.reading import Item
from spinegrader.texts import translate

_DAYS_A_YEAR = 365.25
_COLUMNS = 3
_SIZE = 11
_KEY_SIZE = 16


@dataclass(frozen=True)
class Mark:
    """How the grades of one source are drawn: told apart by form and filling, not by colour.

    Args:
        symbol: As pyqtgraph names it.
        is_filled: Whether it is filled.
        is_joined: Whether a line goes from visit to visit.
        size: Pixels.
    """

    symbol: str
    is_filled: bool
    is_joined: bool
    size: int


MARKS = {
    Source.MODEL: Mark("s", is_filled=False, is_joined=True, size=_SIZE + 5),
    Source.READER: Mark("o", is_filled=True, is_joined=True, size=_SIZE - 2),
    Source.ADJUDICATED: Mark("star", is_filled=False, is_joined=False, size=_SIZE + 12),
}
"""From below to above: an open square goes around a filled circle of the same grade."""


class ChangePlots(QWidget):
    """One plot for each disc, over the same time and the same grades."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(6)
        self.plots: dict[DiscLevel, Any] = {}
        self._curves: list[tuple[Any, Mark]] = []

    def show_course(self, course: Course, grading: Grading, *, identity_hidden: bool) -> None:
        """Draws the grades of one grading.

        Args:
            course: Of one person.
            grading: Which grades.
            identity_hidden: Whether years since the first visit stand in the place of dates.
        """
        self._clear()
        days = [visit.day for visit in course.visits if visit.day is not None]
        first = min(days, default=date.today())
        for at, disc in enumerate(course.discs):
            plot = _plot(grading, first, is_hidden=identity_hidden)
            plot.setTitle(str(disc))
            for source, mark in MARKS.items():
                self._draw(plot, mark, course.of(Item(disc, grading.id), source))
            plot.setXRange(*_span(days), padding=0)
            words = course_words(course, Item(disc, grading.id), identity_hidden=identity_hidden)
            plot.setAccessibleName(f"{disc}: {words}")
            plot.setToolTip(f"{disc}\n{words}")
            self.plots[disc] = plot
            self._grid.addWidget(plot, at // _COLUMNS, at % _COLUMNS)
        self._follow_palette()

    def _draw(self, plot: Any, mark: Mark, grades: Sequence[GradeAtVisit]) -> None:  # noqa: ANN401
        points = [(_time(g.visit.day), g.value) for g in grades if g.visit.day is not None]
        if points:
            times, values = zip(*points, strict=True)
            curve = plot.plot(list(times), list(values), symbol=mark.symbol, symbolSize=mark.size)
            self._curves.append((curve, mark))

    def _clear(self) -> None:
        for plot in self.plots.values():
            self._grid.removeWidget(plot)
            plot.hide()
            plot.deleteLater()
        self.plots, self._curves = {}, []

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follows the theme."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._follow_palette()

    def _follow_palette(self) -> None:
        palette = self.palette()
        text = palette.color(QPalette.ColorRole.Text)
        for disc, plot in self.plots.items():
            plot.setBackground(palette.color(QPalette.ColorRole.Base))
            plot.setTitle(str(disc), color=text.name(), size="11pt", bold=True)
            for side in ("left", "bottom"):
                axis = plot.getAxis(side)
                axis.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
                axis.setTextPen(text)
        for curve, mark in self._curves:
            colour = mark_colour(palette)
            style = Qt.PenStyle.SolidLine if mark.is_filled else Qt.PenStyle.DashLine
            curve.setPen(pg.mkPen(colour, width=1.5, style=style) if mark.is_joined else None)
            curve.setSymbolPen(pg.mkPen(colour, width=2))
            curve.setSymbolBrush(colour if mark.is_filled else None)


class MarkKey(QWidget):
    """What the marks stand for, beside the plots."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for source in (Source.READER, Source.MODEL, Source.ADJUDICATED):
            row.addWidget(_Sign(MARKS[source]))
            row.addWidget(QLabel(translate(str(source))))
            row.addSpacing(12)
        row.addStretch(1)


class _Sign(QWidget):
    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self._mark = mark
        self.setFixedSize(_KEY_SIZE + 8, _KEY_SIZE + 8)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draws the mark as the plots do."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = mark_colour(self.palette())
        painter.translate(QPointF(self.width() / 2, self.height() / 2))
        size = min(self._mark.size, _KEY_SIZE)
        painter.scale(size, size)
        painter.setPen(pg.mkPen(colour, width=2, cosmetic=True))
        painter.setBrush(colour if self._mark.is_filled else Qt.BrushStyle.NoBrush)
        painter.drawPath(pg.graphicsItems.ScatterPlotItem.Symbols[self._mark.symbol])


def mark_colour(palette: QPalette) -> QColor:
    """The one colour of all marks."""
    return palette.color(QPalette.ColorRole.Accent)


def course_words(course: Course, item: Item, *, identity_hidden: bool) -> str:
    """The grades of one disc in words, visit by visit."""
    told = []
    for at, visit in enumerate(course.visits):
        here = course.at_visit(visit, item)
        words = ", ".join(f"{translate(str(grade.source))} {grade.value}" for grade in here)
        name = visit_words(course, at, identity_hidden=identity_hidden)
        told.append(f"{name}: {words or '–'}")
    return "; ".join(told)


def visit_words(course: Course, at: int, *, identity_hidden: bool) -> str:
    """What a visit is called: its date, or its number where dates are hidden or not known."""
    day = course.visits[at].day
    if identity_hidden or day is None:
        return translate("Visit {number}").format(number=at + 1)
    return day.isoformat()


class _YearAxis(pg.AxisItem):  # type: ignore[misc]
    """Years since the first visit, where dates are hidden."""

    def __init__(self, first: date) -> None:
        super().__init__("bottom")
        self._first = _time(first)
        self.enableAutoSIPrefix(False)
        self.setLabel(translate("years since the first visit"))

    def tickValues(  # noqa: N802
        self, minimum: float, maximum: float, size: float
    ) -> list[tuple[float, list[float]]]:
        """At whole years."""
        year = _DAYS_A_YEAR * 86400
        low, high = (minimum - self._first) / year, (maximum - self._first) / year
        step = max(1, round((high - low) / max(size / 60, 1)))
        years = range(0, int(high) + 1, step)
        return [(year * step, [self._first + number * year for number in years if number >= low])]

    def tickStrings(  # noqa: N802
        self, values: Sequence[float], scale: float, spacing: float
    ) -> list[str]:
        """Numbers of years."""
        del scale, spacing
        return [f"{(value - self._first) / _DAYS_A_YEAR / 86400:.0f}" for value in values]


def _plot(grading: Grading, first: date, *, is_hidden: bool) -> Any:  # noqa: ANN401
    axis = _YearAxis(first) if is_hidden else pg.DateAxisItem(orientation="bottom", utcOffset=0)
    plot: Any = pg.PlotWidget(axisItems={"bottom": axis})
    plot.setMenuEnabled(False)
    plot.hideButtons()
    plot.setMouseEnabled(x=False, y=False)
    plot.setFrameShape(plot.Shape.NoFrame)
    plot.setMinimumSize(200, 170)
    values = grading.values
    left = plot.getAxis("left")
    left.setTicks([[(value, str(value)) for value in values]])
    left.setWidth(26)
    plot.showGrid(x=False, y=True, alpha=0.2)
    plot.setYRange(values[0] - 0.5, values[-1] + 0.5, padding=0)
    return plot


def _span(days: Sequence[date]) -> tuple[float, float]:
    """From before the first to behind the last visit, at least a year."""
    if not days:
        return 0.0, 1.0
    low, high = _time(min(days)), _time(max(days))
    air = max(0.12 * (high - low), 183 * 86400)
    return low - air, high + air


def _time(day: date) -> float:
    """Seconds since 1970 in UTC, at noon."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()
