"""Learning curves: losses, and beside them one figure of the held-out people."""

from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

from spinegrader.gui.training.history import RunHistory
from spinegrader.gui.training.wording import figure_name
from spinegrader.model.events import EpochEvent
from spinegrader.texts import translate

# Okabe and Ito, "Color Universal Design", 2008: told apart with every colour blindness; the
# line's style and symbol tell them apart too.
_TRAIN_COLOUR = "#e69f00"
_VALIDATION_COLOUR = "#56b4e9"
_METRIC_COLOUR = "#009e73"

_KEY_WIDTH = 28
_METRICS = ("verification_auc", "mean_class_accuracy", "disc_dice", "level_accuracy")


class CurvesView(QWidget):
    """Two plots over the same epochs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(translate("Learning curves"))
        self._loss_plot = _plot(translate("Loss"))
        self._metric_plot = _plot(translate("Figure"))
        self._metric_plot.setXLink(self._loss_plot)
        self.train_curve = _curve(self._loss_plot, _TRAIN_COLOUR)
        self.validation_curve = _curve(self._loss_plot, _VALIDATION_COLOUR, is_dashed=True)
        self.metric_curve = _curve(self._metric_plot, _METRIC_COLOUR)
        self._loss_keys = (
            CurveKey(translate("training"), _TRAIN_COLOUR),
            CurveKey(translate("validation"), _VALIDATION_COLOUR, is_dashed=True),
        )
        self._best_lines = [_best_line(plot) for plot in (self._loss_plot, self._metric_plot)]
        self._metric_key = CurveKey(translate("validation"), _METRIC_COLOUR)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(12)
        layout.setVerticalSpacing(2)
        layout.addLayout(_key_row(*self._loss_keys), 0, 0)
        layout.addLayout(_key_row(self._metric_key), 0, 1)
        layout.addWidget(self._loss_plot, 1, 0)
        layout.addWidget(self._metric_plot, 1, 1)
        layout.setColumnStretch(0, 1)
        layout.setColumnStretch(1, 1)
        self.setMinimumHeight(220)
        self.setMaximumHeight(340)
        self._drawn: tuple[object, ...] = ()
        self._follow_palette()

    def show_history(self, history: RunHistory) -> None:
        """Draws the epochs that a run has told of; nothing where they are drawn already."""
        drawn = (id(history), history.started, len(history.epochs), history.last_epoch)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        epochs = [history.epochs[number] for number in sorted(history.epochs)]
        _draw(self.train_curve, epochs, "loss", of_validation=False)
        _draw(self.validation_curve, epochs, "loss", of_validation=True)
        metric = _metric_of(epochs)
        _draw(self.metric_curve, epochs, metric, of_validation=True)
        self._metric_plot.setLabel("left", figure_name(metric) if metric else translate("Figure"))
        if metric in _METRICS:
            self._metric_plot.setYRange(0, 1, padding=0.02)
        else:
            self._metric_plot.enableAutoRange(axis="y")
        asked = history.started.epochs if history.started is not None else 0
        last = max([asked, 2, *history.epochs])
        self._loss_plot.setXRange(1, last, padding=0.02)
        for line in self._best_lines:
            line.setVisible(history.best_epoch > 0)
            line.setValue(history.best_epoch)

    def changeEvent(self, event: object) -> None:  # noqa: N802
        """Follows the theme."""
        super().changeEvent(event)  # type: ignore[arg-type]
        self._follow_palette()

    def _follow_palette(self) -> None:
        palette = self.palette()
        background = palette.color(QPalette.ColorRole.Base)
        text = palette.color(QPalette.ColorRole.Text)
        for plot in (self._loss_plot, self._metric_plot):
            plot.setBackground(background)
            for side in ("left", "bottom"):
                axis = plot.getAxis(side)
                axis.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
                axis.setTextPen(text)
        for line in self._best_lines:
            line.setPen(pg.mkPen(text, style=Qt.PenStyle.DotLine))
            line.label.setColor(text)


class _EpochAxis(pg.AxisItem):  # type: ignore[misc]
    """Epochs are whole: no ticks between them."""

    def tickSpacing(  # noqa: N802
        self, minimum: float, maximum: float, size: float
    ) -> list[tuple[float, float]]:
        spacings: list[tuple[float, float]] = super().tickSpacing(minimum, maximum, size)
        return [spacing for spacing in spacings if spacing[0] >= 1] or [(1.0, 0.0)]


def _plot(label: str) -> pg.PlotWidget:
    plot: Any = pg.PlotWidget(axisItems={"bottom": _EpochAxis("bottom")})
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


def _curve(plot: pg.PlotWidget, colour: str, *, is_dashed: bool = False) -> pg.PlotDataItem:
    return plot.plot(
        pen=_pen(colour, is_dashed=is_dashed),
        symbol="o",
        symbolSize=6,
        symbolPen=None,
        symbolBrush=QColor(colour),
    )


def _pen(colour: str, *, is_dashed: bool) -> QPen:
    pen: QPen = pg.mkPen(
        QColor(colour), width=2, style=Qt.PenStyle.DashLine if is_dashed else Qt.PenStyle.SolidLine
    )
    return pen


class CurveKey(QWidget):
    """A piece of a curve and what it is called: beside the plot, where it covers nothing."""

    def __init__(
        self, name: str, colour: str, parent: QWidget | None = None, *, is_dashed: bool = False
    ) -> None:
        super().__init__(parent)
        self._pen = _pen(colour, is_dashed=is_dashed)
        label = QLabel(name)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(_KEY_WIDTH + 6, 0, 0, 0)
        layout.addWidget(label)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draws the piece of curve."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        painter.setPen(self._pen)
        painter.drawLine(QPointF(0, middle), QPointF(_KEY_WIDTH, middle))
        painter.setBrush(self._pen.color())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawEllipse(QPointF(_KEY_WIDTH / 2, middle), 3.5, 3.5)


def _key_row(*keys: CurveKey) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(18)
    row.addStretch(1)
    for key in keys:
        row.addWidget(key)
    return row


def _best_line(plot: pg.PlotWidget) -> pg.InfiniteLine:
    line = pg.InfiniteLine(
        angle=90,
        movable=False,
        label=translate("best"),
        labelOpts={"position": 0.08, "anchors": [(0, 1), (1, 1)]},
    )
    line.setVisible(False)
    plot.addItem(line, ignoreBounds=True)
    return line


def _draw(
    curve: pg.PlotDataItem, epochs: Sequence[EpochEvent], key: str, *, of_validation: bool
) -> None:
    figures = [(event, event.validation if of_validation else event.train) for event in epochs]
    known = [(event.epoch, values[key]) for event, values in figures if key in values]
    curve.setData([epoch for epoch, _ in known], [value for _, value in known])


def _metric_of(epochs: Sequence[EpochEvent]) -> str:
    """The figure to draw: the first of the usual ones that the held-out people give."""
    given = [key for event in epochs for key in event.validation if key != "loss"]
    return next((key for key in _METRICS if key in given), given[0] if given else "")
