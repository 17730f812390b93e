"""A small plot of one disc: its grades from visit to visit."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pyqtgraph as pg
from PySide6.QtGui import QPalette

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.scheme import Grading
from spinegrader.gui.agreement.course_words import course_words
from spinegrader.gui.agreement.source_marks import MARKS
from spinegrader.gui.training.plots import follow_palette
from spinegrader.services.changes_over_time import Course, Source
from spinegrader.services.items import Item
from spinegrader.texts import translate

_DAYS_A_YEAR = 365.25
_SECONDS_A_DAY = 86400
_HALF_A_YEAR_S = 183 * _SECONDS_A_DAY


class CoursePlot(pg.PlotWidget):  # type: ignore[misc]
    """Shows the grades of one disc; may be used for person after person.

    Args:
        disc: The disc.
        palette: Of the theme.
        shows_years: Whether years since the first visit stand in the place of dates.
    """

    def __init__(self, disc: DiscLevel, palette: QPalette, *, shows_years: bool) -> None:
        axis = _YearAxis() if shows_years else pg.DateAxisItem(orientation="bottom", utcOffset=0)
        super().__init__(axisItems={"bottom": axis})
        self.disc = disc
        self._time_axis = axis
        self._curves: dict[Source, Any] = {}
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setMouseEnabled(x=False, y=False)
        self.setFrameShape(self.Shape.NoFrame)
        self.setMinimumSize(200, 170)
        self.getAxis("left").setWidth(26)
        self.showGrid(x=False, y=True, alpha=0.2)
        self.take_colours(palette)

    def show_course(self, course: Course, grading: Grading, *, identity_hidden: bool) -> None:
        """Shows the grades of a person in one grading."""
        item = Item(self.disc, grading.id)
        days = [visit.day for visit in course.visits if visit.day is not None]
        if isinstance(self._time_axis, _YearAxis):
            self._time_axis.begin_at(min(days, default=date.today()))
        for source in MARKS:
            self._draw(course, item, source)
        values = grading.values
        self.getAxis("left").setTicks([[(value, str(value)) for value in values]])
        self.setYRange(values[0] - 0.5, values[-1] + 0.5, padding=0)
        self.setXRange(*_span(days), padding=0)
        words = course_words(course, item, identity_hidden=identity_hidden)
        self.setAccessibleName(f"{self.disc}: {words}")
        self.setToolTip(f"{self.disc}\n{words}")

    def _draw(self, course: Course, item: Item, source: Source) -> None:
        points = [
            (_time(told.visit.day), told.value)
            for told in course.answered(item, source)
            if told.visit.day is not None
        ]
        if points and source not in self._curves:
            mark = MARKS[source]
            self._curves[source] = self.plot(
                [], [], symbol=mark.symbol, symbolSize=mark.size, antialias=True
            )
            self._curves[source].setZValue(list(MARKS).index(source))
            mark.give_to(self._curves[source], self._palette)
        if source in self._curves:
            self._curves[source].setData([at for at, _ in points], [value for _, value in points])

    def take_colours(self, palette: QPalette) -> None:
        """Draws in the colours of the theme."""
        self._palette = palette
        follow_palette(self, palette)
        text = palette.color(QPalette.ColorRole.Text).name()
        self.setTitle(str(self.disc), color=text, size="11pt", bold=True)
        for source, curve in self._curves.items():
            MARKS[source].give_to(curve, palette)


class _YearAxis(pg.AxisItem):  # type: ignore[misc]
    """Years since the first visit, where dates are hidden."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self._first = 0.0
        self.enableAutoSIPrefix(False)
        self.setLabel(translate("years since the first visit"))

    def begin_at(self, first: date) -> None:
        """Says when the first visit was."""
        self._first = _time(first)

    def tickValues(  # noqa: N802
        self, minimum: float, maximum: float, size: float
    ) -> list[tuple[float, list[float]]]:
        """At whole years."""
        year = _DAYS_A_YEAR * _SECONDS_A_DAY
        low, high = (minimum - self._first) / year, (maximum - self._first) / year
        step = max(1, round((high - low) / max(size / 60, 1)))
        years = range(0, int(high) + 1, step)
        return [(year * step, [self._first + number * year for number in years if number >= low])]

    def tickStrings(  # noqa: N802
        self, values: Sequence[float], scale: float, spacing: float
    ) -> list[str]:
        """Numbers of years."""
        del scale, spacing
        year = _DAYS_A_YEAR * _SECONDS_A_DAY
        return [f"{(value - self._first) / year:.0f}" for value in values]


def _span(days: Sequence[date]) -> tuple[float, float]:
    """From before the first to behind the last visit, at least a year."""
    if not days:
        return 0.0, 1.0
    low, high = _time(min(days)), _time(max(days))
    air = max(0.12 * (high - low), _HALF_A_YEAR_S)
    return low - air, high + air


def _time(day: date) -> float:
    """Seconds since 1970 in UTC, at noon."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()
