"""The discs of one cell of a confusion matrix, and the ways to them."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from spinegrader.gui.training.notices import secondary_label
from spinegrader.services.graded_pairs import Pair
from spinegrader.texts import for_translation, translate

_CHOOSE = for_translation(
    "Click a cell of the matrix, or go to it with the arrow keys and press Enter: its discs are "
    "listed here."
)


class CellList(QWidget):
    """Discs with their studies; Enter or a double click opens one in Read."""

    read_requested = Signal(object)
    review_requested = Signal(object)
    """The ``Pair`` that is to be shown in that workspace."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = secondary_label()
        self.list = QListWidget()
        self.list.setAccessibleName(translate("Discs of the cell"))
        self.list.setUniformItemSizes(True)
        self.list.itemActivated.connect(lambda _: self._ask(self.read_requested))
        self.read_button = QPushButton(translate("Show in Read"))
        self.read_button.setToolTip(translate("Brings the disc to the front in Read"))
        self.review_button = QPushButton(translate("Show in Review"))
        self.review_button.setToolTip(translate("Brings the disc to the front in Review"))
        self.read_button.clicked.connect(lambda: self._ask(self.read_requested))
        self.review_button.clicked.connect(lambda: self._ask(self.review_requested))
        self.list.currentRowChanged.connect(self._enable)
        buttons = QHBoxLayout()
        buttons.addWidget(self.read_button)
        buttons.addWidget(self.review_button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.title)
        column.addWidget(self.list, 1)
        column.addLayout(buttons)
        self.clear()

    @property
    def chosen(self) -> Pair | None:
        """The disc in focus."""
        item = self.list.currentItem()
        data = None if item is None else item.data(Qt.ItemDataRole.UserRole)
        return data if isinstance(data, Pair) else None

    def clear(self) -> None:
        """Lists nothing, and says how to list something."""
        self.list.clear()
        self.title.setText(translate(_CHOOSE))
        self._enable()

    def show_pairs(self, words: str, pairs: Sequence[Pair], titles: Mapping[str, str]) -> None:
        """Lists the discs of a cell.

        Args:
            words: What they have in common.
            pairs: The discs.
            titles: What each study is called.
        """
        self.list.clear()
        self.title.setText(words)
        for pair in pairs:
            item = QListWidgetItem(_words(pair, titles))
            item.setData(Qt.ItemDataRole.UserRole, pair)
            self.list.addItem(item)
        if pairs:
            self.list.setCurrentRow(0)
        self._enable()

    def name_studies(self, titles: Mapping[str, str]) -> None:
        """Calls the studies of the listed discs otherwise."""
        for row in range(self.list.count()):
            item = self.list.item(row)
            item.setText(_words(item.data(Qt.ItemDataRole.UserRole), titles))

    def _enable(self) -> None:
        for button in (self.read_button, self.review_button):
            button.setEnabled(self.chosen is not None)

    def _ask(self, signal: object) -> None:
        pair = self.chosen
        if pair is not None:
            signal.emit(pair)  # type: ignore[attr-defined]


def _words(pair: Pair, titles: Mapping[str, str]) -> str:
    return f"{pair.disc}\t{titles.get(pair.study_uid, '')}"
