"""Pieces of plots over epochs: axes, curves that are told apart without colour, their keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from spinegrader.gui.theme import curve_colour
from spinegrader.texts import translate

_KEY_WIDTH = 28
_SYMBOL_SIZE = 8
_FAINT = 0.35
_DECADES = 1.5
_STYLES = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DashDotLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotDotLine,
)
_SYMBOLS = ("o", "s", "t", "d", "t1", "x")

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class CurveLook:
    """How a curve is told apart: colour, line and symbol, each by its place among the others."""

    colour: int
    line: int = 0
    symbol: int = 0

    def pen(self, palette: QPalette, *, width: float = 2.0, is_faint: bool = False) -> QPen:
        """The pen on a plot of these colours."""
        colour = curve_colour(self.colour, palette.color(QPalette.ColorRole.Base))
        colour.setAlphaF(_FAINT if is_faint else 1.0)
        pen: QPen = pg.mkPen(colour, width=width, style=_STYLES[self.line % len(_STYLES)])
        return pen


class EpochCurve(pg.PlotDataItem):  # type: ignore[misc]
    """One curve over epochs; where it is smoothed, what it was stands faintly behind it."""

    def __init__(self, plot: pg.PlotWidget, look: CurveLook) -> None:
        super().__init__(symbol=_SYMBOLS[look.symbol % len(_SYMBOLS)], symbolSize=6, symbolPen=None)
        self._look = look
        self._behind = pg.PlotDataItem()
        self._behind.setZValue(-1)
        plot.addItem(self._behind)
        plot.addItem(self)

    def draw(self, points: Points, smoothing: float = 0.0) -> None:
        """Shows other points.

        Args:
            points: Epoch and value, by rising epochs.
            smoothing: Weight of what was before, 0 to below 1; 0 leaves the values as they are.
        """
        epochs, values = [epoch for epoch, _ in points], [value for _, value in points]
        self.setData(epochs, smoothed(values, smoothing))
        self._behind.setData(*((epochs, values) if smoothing else ([], [])))

    def follow_palette(self, palette: QPalette) -> None:
        """Takes the colours that go with the plot's background."""
        pen = self._look.pen(palette)
        self.setPen(pen)
        self.setSymbolBrush(pen.color())
        self._behind.setPen(self._look.pen(palette, width=1.0, is_faint=True))


def smoothed(values: Sequence[float], weight: float) -> list[float]:
    """Exponential moving average without the pull of its start.

    The correction is that of D. P. Kingma and J. Ba, "Adam" (ICLR 2015), section 3.

    Args:
        values: In their order.
        weight: Of what was before, 0 to below 1.
    """
    average, found = 0.0, []
    for count, value in enumerate(values, start=1):
        average = weight * average + (1 - weight) * value
        found.append(average / (1 - weight**count))
    return found


class _EpochAxis(pg.AxisItem):  # type: ignore[misc]
    """Epochs are whole: no ticks between them."""

    def tickSpacing(  # noqa: N802
        self, minimum: float, maximum: float, size: float
    ) -> list[tuple[float, float]]:
        spacings: list[tuple[float, float]] = super().tickSpacing(minimum, maximum, size)
        return [spacing for spacing in spacings if spacing[0] >= 1] or [(1.0, 0.0)]


class _ValueAxis(pg.AxisItem):  # type: ignore[misc]
    """Where the logarithm is drawn, less than two decades get ticks at even values too."""

    def logTickValues(  # noqa: N802
        self, low: float, high: float, size: float, levels: list[tuple[float, list[float]]]
    ) -> list[tuple[float | None, list[float]]]:
        """Places of ticks, in decades."""
        if high - low > _DECADES:
            ticks: list[tuple[float | None, list[float]]]
            ticks = super().logTickValues(low, high, size, levels)
            return ticks
        first, last = 10.0**low, 10.0**high
        step = self.tickSpacing(first, last, size)[0][0]
        values = np.arange(np.ceil(first / step), np.floor(last / step) + 1) * step
        return [(None, list(np.log10(values[values > 0])))]

    def logTickStrings(  # noqa: N802
        self, values: Sequence[float], scale: float, spacing: float
    ) -> list[str]:
        """The values themselves."""
        del scale, spacing
        return [f"{10.0**value:.3g}" for value in values]


def epoch_plot(label: str) -> pg.PlotWidget:
    """An empty plot over epochs that is looked at, not moved."""
    plot: Any = pg.PlotWidget(
        axisItems={"bottom": _EpochAxis("bottom"), "left": _ValueAxis("left")}
    )
    plot.setMenuEnabled(False)
    plot.hideButtons()
    plot.setMouseEnabled(x=False, y=False)
    plot.setFrameShape(plot.Shape.NoFrame)
    plot.setLabel("left", label)
    plot.setLabel("bottom", translate("Epoch"))
    plot.showGrid(x=False, y=True, alpha=0.15)
    left = plot.getAxis("left")
    left.enableAutoSIPrefix(False)
    left.setStyle(maxTickLevel=0)
    left.setWidth(64)
    return plot


def use_log_scale(plot: pg.PlotWidget, *, is_on: bool) -> None:
    """Draws values by their logarithm, or as they are."""
    plot.setLogMode(x=False, y=is_on)


def follow_palette(plot: pg.PlotWidget, palette: QPalette) -> None:
    """Gives a plot the colours of the theme."""
    plot.setBackground(palette.color(QPalette.ColorRole.Base))
    for side in ("left", "bottom"):
        axis = plot.getAxis(side)
        axis.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        axis.setTextPen(palette.color(QPalette.ColorRole.Text))


class CurveKey(QWidget):
    """A piece of a curve and what it is called: beside the plot, where it covers nothing."""

    def __init__(self, name: str, look: CurveLook, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.label = QLabel(name)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(_KEY_WIDTH + 6, 0, 0, 0)
        layout.addWidget(self.label)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draws the piece of curve."""
        del event
        draw_sample(QPainter(self), self._look, self.palette(), _KEY_WIDTH, self.height())


def draw_sample(
    painter: QPainter, look: CurveLook, palette: QPalette, width: float, height: float
) -> None:
    """Draws a piece of a curve into a width and height in logical pixels."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle, half = QPointF(width / 2, height / 2), QPointF(width / 2, 0)
    pen = look.pen(palette)
    painter.setPen(pen)
    painter.drawLine(middle - half, middle + half)
    painter.setBrush(pen.color())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.translate(middle)
    painter.scale(_SYMBOL_SIZE, _SYMBOL_SIZE)
    painter.drawPath(Symbols[_SYMBOLS[look.symbol % len(_SYMBOLS)]])


def key_row(*keys: CurveKey) -> QHBoxLayout:
    """Keys side by side, above the right end of their plot."""
    row = QHBoxLayout()
    row.setSpacing(18)
    row.addStretch(1)
    for key in keys:
        row.addWidget(key)
    return row
