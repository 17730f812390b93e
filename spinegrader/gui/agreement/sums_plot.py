"""Bland-Altman plot: how far the sums of two sides lie apart, over their mean."""

from collections import Counter
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QVBoxLayout, QWidget

from spinegrader.gui.training.notices import secondary_label
from spinegrader.gui.training.plots import follow_palette
from spinegrader.model.bland_altman import BlandAltman
from spinegrader.services.graded_pairs import Sums
from spinegrader.texts import for_translation, translate, translate_count

_EMPTY = for_translation(
    "No sums: it takes at least three studies whose six discs T12/L1 to L5/S1 both sides graded."
)
_LARGEST = 26.0
_SMALLEST = 9.0


class SumsPlot(QWidget):
    """Each study a circle, larger where several coincide; lines for bias and limits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = secondary_label()
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._plot: Any = pg.PlotWidget()
        self._plot.setAccessibleName(translate("Bland-Altman plot"))
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.setFrameShape(self._plot.Shape.NoFrame)
        for side in ("left", "bottom"):
            self._plot.getAxis(side).enableAutoSIPrefix(False)
        self._circles = pg.ScatterPlotItem(symbol="o", hoverable=True, tip=_tip)
        self._plot.addItem(self._circles)
        self._bands = [_band() for _ in range(3)]
        self._lines = [_line() for _ in range(3)]
        for item in (*self._bands, *self._lines):
            self._plot.addItem(item)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self._plot, 1)
        column.addWidget(self.words)
        self._follow_palette()
        self.show_nothing("")

    def show_nothing(self, why: str) -> None:
        """Says why there is no plot."""
        self._plot.hide()
        self.words.setText(why)
        self.setAccessibleDescription(why)

    def show_sums(self, sums: Sums, found: BlandAltman | None, first: str, second: str) -> None:
        """Draws the studies.

        Args:
            sums: Of both sides.
            found: Bias and limits; None where there are too few studies.
            first: What the first side is called.
            second: What the second side is called.
        """
        if found is None:
            self.show_nothing(translate(_EMPTY))
            return
        self._plot.show()
        means = (np.array(sums.first) + np.array(sums.second)) / 2
        differences = np.array(sums.second) - np.array(sums.first)
        counts = Counter(zip(means.tolist(), differences.tolist(), strict=True))
        most = max(counts.values())
        self._circles.setData(
            [
                {
                    "pos": place,
                    "size": max(_SMALLEST, _LARGEST * float(np.sqrt(count / most))),
                    "data": count,
                }
                for place, count in counts.items()
            ]
        )
        self._plot.setLabel("bottom", translate("Mean of both sums"))
        self._plot.setLabel(
            "left", translate("{second} minus {first}").format(second=second, first=first)
        )
        figures = (
            (found.bias, found.bias_interval, translate("bias {value:+.1f}")),
            (found.lower, found.lower_interval, translate("lower limit {value:+.1f}")),
            (found.upper, found.upper_interval, translate("upper limit {value:+.1f}")),
        )
        for line, band, (value, interval, words) in zip(
            self._lines, self._bands, figures, strict=True
        ):
            line.setValue(value)
            line.label.setFormat(words.format(value=value))
            band.setRegion(interval)
        ends = (*found.lower_interval, *found.upper_interval, *differences.tolist())
        self._plot.setYRange(min(ends), max(ends), padding=0.08)
        self._plot.setXRange(float(means.min()), float(means.max()), padding=0.15)
        self.words.setText(_words(sums, found))
        self.setAccessibleDescription(self.words.text())

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follows the theme."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._follow_palette()

    def _follow_palette(self) -> None:
        palette = self.palette()
        text = palette.color(QPalette.ColorRole.Text)
        accent = palette.color(QPalette.ColorRole.Accent)
        follow_palette(self._plot, palette)
        fill = QColor(accent)
        fill.setAlphaF(0.35)
        self._circles.setBrush(fill)
        self._circles.setPen(pg.mkPen(accent, width=1.5))
        shade = QColor(text)
        shade.setAlphaF(0.09)
        for at, line in enumerate(self._lines):
            style = Qt.PenStyle.SolidLine if at == 0 else Qt.PenStyle.DashLine
            line.setPen(pg.mkPen(text, width=1.5, style=style))
            line.label.setColor(text)
        for band in self._bands:
            band.setBrush(shade)


def _line() -> pg.InfiniteLine:
    return pg.InfiniteLine(
        angle=0,
        movable=False,
        label="",
        labelOpts={"position": 0.97, "anchors": [(1, 1), (1, 1)]},
    )


def _band() -> pg.LinearRegionItem:
    band = pg.LinearRegionItem(orientation="horizontal", movable=False, pen=pg.mkPen(None))
    band.setZValue(-10)
    return band


def _tip(x: float, y: float, data: object) -> str:
    count = int(str(data))
    studies = translate_count("{number} study", "{number} studies", count).format(number=count)
    return translate("{studies}: mean {mean:g}, difference {difference:+g}").format(
        studies=studies, mean=x, difference=y
    )


def _words(sums: Sums, found: BlandAltman) -> str:
    people = len(set(sums.subjects))
    told = [
        translate_count(
            "{studies} studies of {people} person.", "{studies} studies of {people} people.", people
        ).format(studies=found.n, people=people),
        translate(
            "Bias {bias:+.2f} ({bias_low:+.2f} to {bias_high:+.2f}); 95 % of differences are "
            "expected between {lower:+.2f} ({lower_low:+.2f} to {lower_high:+.2f}) and "
            "{upper:+.2f} ({upper_low:+.2f} to {upper_high:+.2f})."
        ).format(
            bias=found.bias,
            bias_low=found.bias_interval[0],
            bias_high=found.bias_interval[1],
            lower=found.lower,
            lower_low=found.lower_interval[0],
            lower_high=found.lower_interval[1],
            upper=found.upper,
            upper_low=found.upper_interval[0],
            upper_high=found.upper_interval[1],
        ),
    ]
    if people < found.n:
        told.append(translate("Visits of one person are taken as independent."))
    if sums.incomplete:
        told.append(
            translate_count(
                "{number} study is left out: not all six discs have both grades.",
                "{number} studies are left out: not all six discs have both grades.",
                sums.incomplete,
            ).format(number=sums.incomplete)
        )
    return " ".join(told)
