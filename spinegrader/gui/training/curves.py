"""Learning curves: losses, and beside them one figure of the held-out people."""

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QWidget,
)

from spinegrader.gui.training.figure_chooser import FigureChooser
from spinegrader.gui.training.history import RunHistory
from spinegrader.gui.training.notices import heading
from spinegrader.gui.training.plots import (
    CurveKey,
    CurveLook,
    EpochCurve,
    Points,
    epoch_plot,
    follow_palette,
    key_row,
    use_log_scale,
)
from spinegrader.gui.training.wording import figure_name
from spinegrader.model.events import EpochEvent
from spinegrader.texts import for_translation, translate

_TRAIN = CurveLook(colour=0, line=0, symbol=0)
_VALIDATION = CurveLook(colour=1, line=1, symbol=1)
_METRICS = ("verification_auc", "mean_class_accuracy", "disc_dice", "level_accuracy")
SMOOTHINGS = (
    (for_translation("Not smoothed"), 0.0),
    (for_translation("Smoothed lightly"), 0.6),
    (for_translation("Smoothed strongly"), 0.9),
)
"""What the choices are called, and the weight of earlier epochs."""

_MOST_SHOWN_BATCHES = 2000


class CurvesView(QWidget):
    """Two plots over the same epochs."""

    compare_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(translate("Learning curves"))
        self._history = RunHistory()
        # What they show is named above them.
        self._loss_plot, self._metric_plot = epoch_plot(""), epoch_plot("")
        self._metric_plot.setXLink(self._loss_plot)
        self.batch_curve = pg.PlotDataItem()
        self._loss_plot.addItem(self.batch_curve)
        self.train_curve = EpochCurve(self._loss_plot, _TRAIN)
        self.validation_curve = EpochCurve(self._loss_plot, _VALIDATION)
        self.metric_train_curve = EpochCurve(self._metric_plot, _TRAIN)
        self.metric_curve = EpochCurve(self._metric_plot, _VALIDATION)
        self._best_lines = [_best_line(plot) for plot in (self._loss_plot, self._metric_plot)]
        self._metric_train_key = CurveKey(translate("training"), _TRAIN)
        self._make_choices()
        self._lay_out()
        self._drawn: tuple[object, ...] = ()
        self._follow_palette()

    def _make_choices(self) -> None:
        self.smoothing = QComboBox()
        for words, weight in SMOOTHINGS:
            self.smoothing.addItem(translate(words), weight)
        self.smoothing.setAccessibleName(translate("Smoothing of the curves"))
        self.smoothing.setToolTip(
            translate("Averages each epoch with those before it; the true values stay behind")
        )
        self.log_scale = QCheckBox(translate("Logarithmic loss"))
        self.log_scale.setToolTip(translate("Equal steps for equal ratios of the loss"))
        self.batches = QCheckBox(translate("Each batch"))
        self.batches.setToolTip(translate("Draws the loss of single batches too"))
        self.figure = FigureChooser()
        self.compare_button = QPushButton(translate("Compare…"))
        self.compare_button.setToolTip(
            translate("Draws the curves of several runs in one plot, of other folders too")
        )
        self.smoothing.currentIndexChanged.connect(self._draw)
        self.figure.currentIndexChanged.connect(self._draw)
        self.log_scale.toggled.connect(self._draw)
        self.batches.toggled.connect(self._draw)
        self.compare_button.clicked.connect(self.compare_requested)

    def _lay_out(self) -> None:
        choices = QHBoxLayout()
        choices.setSpacing(12)
        for widget in (self.smoothing, self.log_scale, self.batches):
            choices.addWidget(widget)
        choices.addStretch(1)
        choices.addWidget(self.compare_button)
        loss_keys = (
            CurveKey(translate("training"), _TRAIN),
            CurveKey(translate("validation"), _VALIDATION),
        )
        metric_key = CurveKey(translate("validation"), _VALIDATION)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(12)
        layout.setVerticalSpacing(4)
        layout.addLayout(choices, 0, 0, 1, 2)
        layout.addWidget(heading(translate("Loss"), 1.0), 1, 0)
        layout.addWidget(self.figure, 1, 1)
        layout.addLayout(key_row(*loss_keys), 2, 0)
        layout.addLayout(key_row(self._metric_train_key, metric_key), 2, 1)
        layout.addWidget(self._loss_plot, 3, 0)
        layout.addWidget(self._metric_plot, 3, 1)
        layout.setColumnStretch(0, 1)
        layout.setColumnStretch(1, 1)
        self.setMinimumHeight(300)
        self.setMaximumHeight(420)

    def show_history(self, history: RunHistory) -> None:
        """Draws what a run has told of; nothing where it is drawn already."""
        drawn = (
            id(history),
            history.started,
            len(history.epochs),
            history.last_epoch,
            len(history.losses) if self.batches.isChecked() else 0,
        )
        if drawn == self._drawn:
            return
        self._drawn = drawn
        self._history = history
        self.figure.offer([(figure_name(key), key) for key in _figures_of(history)])
        self._draw()

    def _draw(self) -> None:
        history, weight = self._history, float(self.smoothing.currentData())
        is_log = self.log_scale.isChecked()
        use_log_scale(self._loss_plot, is_on=is_log)
        epochs = history.in_order
        for curve, of_validation in ((self.train_curve, False), (self.validation_curve, True)):
            curve.draw(_points(epochs, "loss", of_validation, above_zero=is_log), weight)
        self._draw_batches(is_log=is_log)
        metric = str(self.figure.currentData() or "")
        training = _points(epochs, metric, of_validation=False)
        self.metric_train_curve.draw(training, weight)
        self._metric_train_key.setVisible(bool(training))
        self.metric_curve.draw(_points(epochs, metric, of_validation=True), weight)
        if metric in _METRICS:
            self._metric_plot.setYRange(0, 1, padding=0.02)
        else:
            self._metric_plot.enableAutoRange(axis="y")
        asked = history.started.epochs if history.started is not None else 0
        first = 0 if self.batches.isChecked() else 1
        self._loss_plot.setXRange(first, max([asked, 2, *history.epochs]), padding=0.04)
        for line in self._best_lines:
            line.setVisible(history.best_epoch > 0)
            line.setValue(history.best_epoch)

    def _draw_batches(self, *, is_log: bool) -> None:
        losses: Points = self._history.losses if self.batches.isChecked() else ()
        step = 1 + len(losses) // _MOST_SHOWN_BATCHES
        shown = [(at, loss) for at, loss in losses[::step] if loss > 0 or not is_log]
        self.batch_curve.setData([at for at, _ in shown], [loss for _, loss in shown])

    def changeEvent(self, event: object) -> None:  # noqa: N802
        """Follows the theme."""
        super().changeEvent(event)  # type: ignore[arg-type]
        self._follow_palette()

    def _follow_palette(self) -> None:
        palette = self.palette()
        for plot in (self._loss_plot, self._metric_plot):
            follow_palette(plot, palette)
        for curve in (
            self.train_curve,
            self.validation_curve,
            self.metric_train_curve,
            self.metric_curve,
        ):
            curve.follow_palette(palette)
        self.batch_curve.setPen(_TRAIN.pen(palette, width=1.0, is_faint=True))
        text = palette.color(QPalette.ColorRole.Text)
        behind = palette.color(QPalette.ColorRole.Base)
        for line in self._best_lines:
            line.setPen(pg.mkPen(text, style=Qt.PenStyle.DotLine))
            line.label.setColor(text)
            # The word stays readable where a curve runs behind it.
            line.label.fill = pg.mkBrush(behind)
            line.label.update()


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


def _points(
    epochs: Sequence[EpochEvent], key: str, of_validation: bool, *, above_zero: bool = False
) -> Points:
    return [
        point
        for point in values_of(epochs, key, of_validation=of_validation)
        if point[1] > 0 or not above_zero
    ]


def values_of(epochs: Sequence[EpochEvent], key: str, *, of_validation: bool) -> Points:
    """Epoch and value of one figure, where the epochs give it."""
    figures = [(event, event.validation if of_validation else event.train) for event in epochs]
    return [(event.epoch, values[key]) for event, values in figures if key in values]


def _figures_of(history: RunHistory) -> list[str]:
    """The figures that can be drawn, the usual ones first."""
    given = list(dict.fromkeys(key for event in history.in_order for key in event.validation))
    usual = [key for key in _METRICS if key in given]
    return usual + [key for key in given if key not in (*usual, "loss")]
