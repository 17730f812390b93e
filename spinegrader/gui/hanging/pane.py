"""One image of several: a line that says what it is, above its viewer."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from spinegrader.gui.theme import tabular_font
from spinegrader.gui.viewer.slice_viewer import SliceViewer


class ImagePane(QWidget):
    """A viewer with a heading; other visits can be chosen in it."""

    visit_chosen = Signal(str)
    """StudyInstanceUID."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.viewer = SliceViewer()
        self.viewer.setAccessibleName(f"Image, {name}")
        self.heading = QLabel()
        self.heading.setFont(tabular_font(self.heading.font()))
        self.heading.setTextFormat(Qt.TextFormat.PlainText)
        self.heading.setMinimumWidth(1)
        self.heading.setAccessibleName(f"What is shown, {name}")
        self.visits = QComboBox()
        self.visits.setAccessibleName("Visit to compare with")
        self.visits.setToolTip("Which other visit is shown here")
        self.visits.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.visits.activated.connect(self._on_activated)
        self.visits.hide()
        line = QHBoxLayout()
        line.setContentsMargins(6, 2, 6, 2)
        line.addWidget(self.visits)
        line.addWidget(self.heading, 1)
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
        self._line.setVisible(bool(text) or self.visits.count() > 1)

    def set_visits(self, visits: Sequence[tuple[str, str]], chosen: str) -> None:
        """Offers other visits: UID and words of each; one alone is named in the heading."""
        self.visits.clear()
        for uid, words in visits:
            self.visits.addItem(words, uid)
        self.visits.setCurrentIndex(max(self.visits.findData(chosen), 0))
        self.visits.setVisible(len(visits) > 1)

    def _on_activated(self, index: int) -> None:
        self.visit_chosen.emit(str(self.visits.itemData(index)))
