"""Curves of several runs in one plot: of this project, or of any run folder."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from spinegrader.gui.training.curves import SMOOTHINGS, values_of
from spinegrader.gui.training.figure_chooser import FigureChooser
from spinegrader.gui.training.history import RunHistory
from spinegrader.gui.training.notices import NoticeBox, secondary_label
from spinegrader.gui.training.plots import (
    EpochCurve,
    epoch_plot,
    follow_palette,
    use_log_scale,
)
from spinegrader.gui.training.run_ticks import RunTicks, look_of
from spinegrader.gui.training.wording import figure_name
from spinegrader.model.run_watch import RunWatch
from spinegrader.model.runs import EVENTS, list_runs
from spinegrader.texts import for_translation, translate

MOST_CURVES = 6
"""As many as can be told apart at a glance."""

_LOOK_MS = 2000
_SIZE = (940, 560)
_PARTS = (
    (for_translation("{figure}, validation"), True),
    (for_translation("{figure}, training"), False),
)
_MANY = for_translation("Six curves are the most that can be told apart: take one away first.")
_NO_RUN = for_translation(
    "“{name}” is no run: choose the folder of one, in which its events.jsonl lies."
)


class WatchedRun:
    """One run and what it has told so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.history = RunHistory()
        self._watch = RunWatch(folder)

    def look(self) -> bool:
        """Reads on; whether there was anything new."""
        events = self._watch.news()
        for event in events:
            self.history.take(event)
        return bool(events)


class CompareCurvesDialog(QDialog):
    """Stands beside the window; runs that still go on grow while it is open.

    Args:
        runs_folder: Whose runs are offered.
        first: Which of them is drawn at first.
        parent: In front of which it stands.
    """

    def __init__(self, runs_folder: Path, first: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs_folder = runs_folder
        self._runs: dict[Path, WatchedRun] = {}
        self._places: dict[Path, int] = {}
        self._curves: list[EpochCurve] = []
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(translate("Compare curves"))
        self._make_controls()
        self._lay_out()
        for card in list_runs(runs_folder):
            self.list.add(runs_folder / card.name)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()
        self.list.tick(first)

    def _make_controls(self) -> None:
        self.list = RunTicks(self._runs_folder)
        self.list.ticked.connect(self._on_tick)
        self.open_button = QPushButton(translate("Open another run…"))
        # Return ticks a run of the list, and asks for no folder.
        self.open_button.setAutoDefault(False)
        self.open_button.setToolTip(
            translate("Any run's folder, such as one that another computer trains now")
        )
        self.open_button.clicked.connect(self._ask_folder)
        self.figure = FigureChooser()
        self.smoothing = QComboBox()
        for words, weight in SMOOTHINGS:
            self.smoothing.addItem(translate(words), weight)
        self.smoothing.setAccessibleName(translate("Smoothing of the curves"))
        self.log_scale = QCheckBox(translate("Logarithmic"))
        self.notice = NoticeBox()
        self._plot = epoch_plot("")
        for box in (self.figure, self.smoothing):
            box.currentIndexChanged.connect(self._draw)
        self.log_scale.toggled.connect(self._draw)
        for place in range(MOST_CURVES):
            self._curves.append(EpochCurve(self._plot, look_of(place)))

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.addWidget(QLabel(translate("Runs")))
        left.addWidget(self.list, 1)
        left.addWidget(self.open_button)
        choices = QHBoxLayout()
        for widget in (self.figure, self.smoothing, self.log_scale):
            choices.addWidget(widget)
        choices.setStretchFactor(self.figure, 1)
        right = QVBoxLayout()
        right.addLayout(choices)
        right.addWidget(self._plot, 1)
        right.addWidget(self.notice)
        right.addWidget(
            secondary_label(
                translate("Runs with other people kept aside are not measured on the same data.")
            )
        )
        layout = QHBoxLayout(self)
        layout.addLayout(left, 2)
        layout.addLayout(right, 5)
        self.resize(*_SIZE)
        self._follow_palette()

    # -- choosing ---------------------------------------------------------------------------

    @property
    def drawn(self) -> tuple[Path, ...]:
        """Folders of the runs whose curves are drawn, in the order of their colours."""
        return tuple(sorted(self._places, key=lambda folder: self._places[folder]))

    def points_of(self, folder: Path) -> list[tuple[float, float]]:
        """What is drawn of a run."""
        epochs, values = self._curves[self._places[folder]].getOriginalDataset()
        return [] if epochs is None else list(zip(epochs, values, strict=True))

    def open_folder(self, folder: Path) -> bool:
        """Draws the run in a folder too; whether it is one."""
        if not (folder / EVENTS).is_file():
            self.notice.set_text(translate(_NO_RUN).format(name=folder.name))
            return False
        self.list.tick(folder)
        return True

    def _ask_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, translate("Open a run's folder"))
        if chosen:
            self.open_folder(Path(chosen))

    def _on_tick(self, folder: Path, is_wanted: bool) -> None:
        self.notice.set_text("")
        if is_wanted and folder not in self._places:
            free = [place for place in range(MOST_CURVES) if place not in self._places.values()]
            if not free:
                self.notice.set_text(translate(_MANY))
                self.list.take_back(folder)
                return
            self._places[folder] = free[0]
            self._runs.setdefault(folder, WatchedRun(folder)).look()
        elif not is_wanted:
            self._places.pop(folder, None)
        self.list.show_samples(self._places)
        self._offer_figures()
        self._draw()

    # -- drawing ----------------------------------------------------------------------------

    def _look(self) -> None:
        news = [self._runs[folder].look() for folder in self._places]
        if any(news):
            self._offer_figures()
            self._draw()

    def _offer_figures(self) -> None:
        histories = [self._runs[folder].history for folder in self._places]
        keys = _figures_of(histories)
        words = {part: translate(text) for text, part in _PARTS}
        self.figure.offer(
            [(words[part].format(figure=figure_name(key)), (key, part)) for key, part in keys]
        )

    def _draw(self) -> None:
        is_log = self.log_scale.isChecked()
        use_log_scale(self._plot, is_on=is_log)
        key, of_validation = self.figure.currentData() or ("", True)
        at = {place: folder for folder, place in self._places.items()}
        for place, curve in enumerate(self._curves):
            points = []
            if place in at:
                epochs = self._runs[at[place]].history.in_order
                points = [
                    point
                    for point in values_of(epochs, key, of_validation=of_validation)
                    if point[1] > 0 or not is_log
                ]
            curve.draw(points, float(self.smoothing.currentData()))
        self._plot.setLabel("left", figure_name(key) if key else "")

    def changeEvent(self, event: object) -> None:  # noqa: N802
        """Follows the theme."""
        super().changeEvent(event)  # type: ignore[arg-type]
        if self._curves:
            self._follow_palette()
            self.list.show_samples(self._places)

    def _follow_palette(self) -> None:
        follow_palette(self._plot, self.palette())
        for curve in self._curves:
            curve.follow_palette(self.palette())

    def done(self, result: int) -> None:
        """Looks no more."""
        self._timer.stop()
        super().done(result)


def _figures_of(histories: Sequence[RunHistory]) -> list[tuple[str, bool]]:
    """Figures that the runs tell, and of which part; the losses first."""
    found: dict[tuple[str, bool], None] = {}
    for history in histories:
        for event in history.in_order:
            found |= dict.fromkeys((key, True) for key in event.validation)
            found |= dict.fromkeys((key, False) for key in event.train)
    return sorted(found, key=lambda item: (item[0] != "loss", not item[1]))
