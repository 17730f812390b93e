"""Which two readers' differences are asked for, and which of them are listed."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from spinegrader.services.differing import Asked
from spinegrader.texts import translate


class ReadersBar(QWidget):
    """Two readers, how far apart they are, and whether settled discs are listed."""

    changed = Signal()
    """Other readers, or another distance, are asked for."""
    filtered = Signal()
    """Others of the same discs are to be listed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.first, self.second, self.least = QComboBox(), QComboBox(), QComboBox()
        for combo, name in (
            (self.first, translate("One reader")),
            (self.second, translate("Other reader")),
            (self.least, translate("How far apart")),
        ):
            combo.setAccessibleName(name)
            combo.setToolTip(name)
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.least.addItem(translate("differ"), 1)
        self.least.addItem(translate("differ by more than one step"), 2)
        self.open_only = QCheckBox(translate("Only open ones"))
        self.open_only.setToolTip(translate("Leave out what has a final answer"))
        self.first.currentIndexChanged.connect(self._on_first)
        self.second.currentIndexChanged.connect(lambda _: self.changed.emit())
        self.least.currentIndexChanged.connect(lambda _: self.changed.emit())
        self.open_only.toggled.connect(lambda _: self.filtered.emit())
        readers, further = QHBoxLayout(), QHBoxLayout()
        for line, widgets in (
            (readers, (self.first, QLabel(translate("and")), self.second)),
            (further, (self.least, self.open_only)),
        ):
            line.setSpacing(10)
            for widget in widgets:
                line.addWidget(widget)
            line.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(readers)
        column.addLayout(further)

    def show_readers(self, readers: Sequence[str]) -> None:
        """Offers readers; keeps who was chosen as far as they are still there."""
        _fill(self.first, readers)
        self._on_first()

    @property
    def asked(self) -> Asked | None:
        """Whose differences are asked for; None where there aren't two readers."""
        first, second = self.first.currentText(), self.second.currentText()
        return Asked(first, second, int(self.least.currentData())) if first and second else None

    def _on_first(self) -> None:
        names = [self.first.itemText(at) for at in range(self.first.count())]
        _fill(self.second, [name for name in names if name != self.first.currentText()])
        self.changed.emit()


def _fill(combo: QComboBox, names: Sequence[str]) -> None:
    chosen = combo.currentText()
    with QSignalBlocker(combo):
        combo.clear()
        combo.addItems(list(names))
        if chosen in names:
            combo.setCurrentText(chosen)
