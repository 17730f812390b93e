"""Which figure of the runs a plot draws."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from spinegrader.texts import translate

_LEAST_LETTERS = 12


class FigureChooser(QComboBox):
    """A list of figures in the room that there is; names too long for it are in the tool tip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(translate("Figure to draw"))
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(_LEAST_LETTERS)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.currentIndexChanged.connect(self._tell)
        self._tell()

    def offer(self, figures: Sequence[tuple[str, object]]) -> None:
        """Lists these; what was chosen stays chosen, if it is among them.

        Args:
            figures: What each is called, and its key.
        """
        keys = [key for _, key in figures]
        if keys == [self.itemData(index) for index in range(self.count())]:
            return
        chosen = self.currentData()
        with QSignalBlocker(self):
            self.clear()
            for name, key in figures:
                self.addItem(name, key)
            self.setCurrentIndex(keys.index(chosen) if chosen in keys else 0)
        self.setEnabled(len(keys) > 1)
        self._tell()

    def showPopup(self) -> None:  # noqa: N802 (Qt's name)
        """Names stand in full in the list."""
        view = self.view()
        bar = view.verticalScrollBar().sizeHint().width()
        view.setMinimumWidth(view.sizeHintForColumn(0) + bar + 2 * view.frameWidth())
        super().showPopup()

    def _tell(self) -> None:
        tip = translate("Which figure of the runs is drawn")
        name = self.currentText()
        self.setToolTip(f"{name}\n{tip}" if name else tip)
