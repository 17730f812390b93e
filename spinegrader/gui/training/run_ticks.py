"""The list of runs whose curves can be drawn: a tick draws one, a sample shows how."""

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from spinegrader.errors import TrainingError
from spinegrader.gui.training.plots import CurveLook, draw_sample
from spinegrader.gui.training.wording import run_title
from spinegrader.model.runs import RunCard, read_card
from spinegrader.texts import translate

_SAMPLE = (44, 16)
_FOLDER = Qt.ItemDataRole.UserRole


def look_of(place: int) -> CurveLook:
    """How the curve in a place is told apart from those in others."""
    return CurveLook(colour=place, line=place, symbol=place)


class RunTicks(QListWidget):
    """Runs of one folder, and those that were added from elsewhere.

    Args:
        runs_folder: Whose runs need no folder's name to be known by.
    """

    ticked = Signal(Path, bool)
    """A run is to be drawn, or no more."""

    def __init__(self, runs_folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs_folder = runs_folder
        self.setAccessibleName(translate("Runs to compare"))
        self.setToolTip(translate("A tick draws the run's curve"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setIconSize(QPixmap(*_SAMPLE).size())
        self.itemChanged.connect(
            lambda item: self.ticked.emit(
                item.data(_FOLDER), item.checkState() is Qt.CheckState.Checked
            )
        )

    def add(self, folder: Path) -> None:
        """Lists a run, unless it is there."""
        if self._item(folder) is not None:
            return
        with QSignalBlocker(self):
            title = _title(folder)
            is_own = folder.parent == self._runs_folder
            item = QListWidgetItem(title if is_own else f"{title}\n{folder.name}")
            item.setData(_FOLDER, folder)
            item.setToolTip(str(folder))
            item.setCheckState(Qt.CheckState.Unchecked)
            self.addItem(item)

    def tick(self, folder: Path) -> None:
        """Asks for the curve of a run, which is listed if it isn't yet."""
        self.add(folder)
        item = self._item(folder)
        if item is not None:
            item.setCheckState(Qt.CheckState.Checked)

    def take_back(self, folder: Path) -> None:
        """Takes a tick away that can't be followed; says nothing."""
        item = self._item(folder)
        if item is not None:
            with QSignalBlocker(self):
                item.setCheckState(Qt.CheckState.Unchecked)

    def show_samples(self, places: Mapping[Path, int]) -> None:
        """Shows at each run that is drawn what its curve looks like."""
        with QSignalBlocker(self):
            for item in self._items():
                place = places.get(item.data(_FOLDER))
                item.setIcon(QIcon() if place is None else self._sample(place))

    def _sample(self, place: int) -> QIcon:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round(_SAMPLE[0] * ratio), round(_SAMPLE[1] * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        draw_sample(painter, look_of(place), self.palette(), *_SAMPLE)
        painter.end()
        return QIcon(picture)

    def _items(self) -> list[QListWidgetItem]:
        return [self.item(row) for row in range(self.count())]

    def _item(self, folder: Path) -> QListWidgetItem | None:
        return next((item for item in self._items() if item.data(_FOLDER) == folder), None)


def _title(folder: Path) -> str:
    card = _card(folder)
    return folder.name if card is None else run_title(card.kind, card.started_at, folder)


def _card(folder: Path) -> RunCard | None:
    try:
        return read_card(folder)
    except TrainingError:
        return None
