"""What can be done with the vertebrae, and what to do next."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.gui.open_lists import ChoiceBox
from spinegrader.gui.panels.flow_layout import FlowLayout
from spinegrader.texts import translate


class OverlayBar(QWidget):
    """A button with words for each action, a hint, and the levels while placing.

    Args:
        actions: What the buttons do; they take words, keys and state from these.
        offer: What is offered beside the hint, now and then.
    """

    levels_changed = Signal()
    """Another upper or lower level was chosen."""

    def __init__(
        self, actions: Sequence[QAction], offer: QAction, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(translate("Vertebrae"))
        self.buttons = [ActionButton(action) for action in actions]
        self.offer = ActionButton(offer)
        self.levels = LevelChooser()
        self.levels.levels_changed.connect(self.levels_changed)
        self.levels.hide()
        self.hint = QLabel()
        self.hint.setWordWrap(True)
        self.hint.setAccessibleName(translate("What to do next"))
        holder = QWidget()
        flow = FlowLayout(holder)
        for button in self.buttons:
            flow.addWidget(button)
        line = QHBoxLayout()
        line.setSpacing(10)
        line.addWidget(self.levels)
        line.addWidget(self.offer)
        line.addWidget(self.hint, 1)
        # The images mustn't move when something is offered.
        line.addStrut(self.offer.sizeHint().height())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(2)
        layout.addWidget(holder)
        layout.addLayout(line)

    def set_hint(self, text: str) -> None:
        """Says what to do next; empty for nothing."""
        self.hint.setText(text)

    def set_placing(self, placing: bool) -> None:
        """Shows the levels while two vertebrae are being clicked."""
        self.levels.setVisible(placing)

    @property
    def top_level(self) -> VertebraLevel:
        """What the first click stands for."""
        return self.levels.top

    @property
    def bottom_level(self) -> VertebraLevel:
        """What the second click stands for; always below the first."""
        return self.levels.bottom


class LevelChooser(QWidget):
    """Two lists of levels that stay in order."""

    levels_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        levels = list(VertebraLevel)
        self.upper_box = _level_box(translate("Upper vertebra"), levels[:-1], VertebraLevel.L1)
        self.lower_box = _level_box(translate("Lower vertebra"), levels[1:], VertebraLevel.S1)
        self.upper_box.currentIndexChanged.connect(self._on_upper)
        self.lower_box.currentIndexChanged.connect(self._on_lower)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for text, box in ((translate("From"), self.upper_box), (translate("to"), self.lower_box)):
            layout.addWidget(QLabel(text))
            layout.addWidget(box)

    @property
    def top(self) -> VertebraLevel:
        """The upper one."""
        return VertebraLevel(self.upper_box.currentData())

    @property
    def bottom(self) -> VertebraLevel:
        """The lower one."""
        return VertebraLevel(self.lower_box.currentData())

    def _on_upper(self) -> None:
        if self.bottom.position <= self.top.position:
            self.lower_box.setCurrentText(_next_regular(self.top, 1))
        self.levels_changed.emit()

    def _on_lower(self) -> None:
        if self.bottom.position <= self.top.position:
            self.upper_box.setCurrentText(_next_regular(self.bottom, -1))
        self.levels_changed.emit()


class ActionButton(QPushButton):
    """Shows an action's words with its key, which Qt's own tool button leaves out."""

    def __init__(self, action: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._action = action
        self.setStyleSheet("padding: 3px 7px")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(action.trigger)
        action.changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        action = self._action
        words = action.text().replace("&", "")
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        self.setText(f"{words} ({keys})" if keys else words)
        self.setAccessibleName(words)
        self.setToolTip(action.toolTip())
        self.setEnabled(action.isEnabled())
        # Shown without a parent, a button is a window of its own and takes the keyboard away.
        if self.parentWidget() is not None or not action.isVisible():
            self.setVisible(action.isVisible())
        self.setCheckable(action.isCheckable())
        self.setChecked(action.isChecked())


def _level_box(name: str, levels: Sequence[VertebraLevel], chosen: VertebraLevel) -> ChoiceBox:
    box = ChoiceBox()
    for level in levels:
        box.addItem(level.value, level)
    box.setCurrentText(chosen)
    box.setAccessibleName(name)
    box.setToolTip(translate("{name}: the level that you click").format(name=name))
    return box


def _next_regular(level: VertebraLevel, direction: int) -> VertebraLevel:
    """The nearest level above (-1) or below (1) that isn't a transitional one."""
    order = list(VertebraLevel)
    place = order.index(level) + direction
    while order[place].is_transitional:
        place += direction
    return order[place]
