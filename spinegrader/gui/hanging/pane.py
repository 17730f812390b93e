"""One image of several: a line that says what it is, above its viewer."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from spinegrader.gui.open_lists import ChoiceBox
from spinegrader.gui.theme import tabular_font
from spinegrader.gui.viewer.slice_viewer import SliceViewer
from spinegrader.texts import translate


class ImagePane(QWidget):
    """A viewer with a heading, in which something else may be chosen for it."""

    chosen = Signal(str)
    """The UID of a series, or of the study to compare with."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.viewer = SliceViewer()
        self.viewer.setAccessibleName(translate("Image, {name}").format(name=name))
        self.heading = QLabel()
        self.heading.setFont(tabular_font(self.heading.font()))
        self.heading.setTextFormat(Qt.TextFormat.PlainText)
        self.heading.setMinimumWidth(1)
        self.heading.setAccessibleName(translate("What is shown, {name}").format(name=name))
        self.choice = ChoiceBox()
        self.choice.setAccessibleName(translate("What to show, {name}").format(name=name))
        self.choice.setToolTip(translate("Shows another one here"))
        self.choice.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.choice.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.choice.activated.connect(self._on_activated)
        self.choice.hide()
        line = QHBoxLayout()
        line.setContentsMargins(4, 2, 4, 2)
        line.addWidget(self.choice, 1)
        line.addWidget(self.heading, 2)
        self._line = QWidget()
        self._line.setLayout(line)
        self._line.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._line)
        column.addWidget(self.viewer, 1)

    def set_heading(self, text: str) -> None:
        """Says what is shown; the line stays away while there is nothing to say."""
        self.heading.setText(text)
        self.heading.setToolTip(text)
        self.heading.setVisible(bool(text))
        self._line.setVisible(bool(text) or self.choice.count() > 1)

    def set_choices(self, choices: Sequence[tuple[str, str]], chosen: str) -> None:
        """Offers what may be shown: UID and words of each; a single one needs no choosing."""
        known = [
            (self.choice.itemData(i), self.choice.itemText(i)) for i in range(self.choice.count())
        ]
        if known != list(choices):
            self.choice.clear()
            for uid, words in choices:
                self.choice.addItem(words, uid)
        self.choice.setCurrentIndex(max(self.choice.findData(chosen), 0))
        self.choice.setVisible(len(choices) > 1)

    def _on_activated(self, index: int) -> None:
        self.chosen.emit(str(self.choice.itemData(index)))
        self.viewer.setFocus(Qt.FocusReason.OtherFocusReason)
