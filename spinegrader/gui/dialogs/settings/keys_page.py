"""Giving actions other keys."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from spinegrader.gui.actions import ALL_ACTIONS, ActionSpec, native_key
from spinegrader.gui.keys import (
    Keys,
    keys_in_force,
    keys_of,
    portable_key,
    why_not,
    with_keys,
)
from spinegrader.gui.workbench import Workbench
from spinegrader.services.settings import Settings
from spinegrader.texts import translate

_SPEC = Qt.ItemDataRole.UserRole


class KeysPage(QWidget):
    """Every action by group with its keys, and below the one that is being changed."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self.tree = QTreeWidget()
        self.tree.setAccessibleName(translate("Actions and their keys"))
        self.tree.setHeaderLabels([translate("Action"), translate("Keys")])
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setStretchLastSection(False)
        self.tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self._items: dict[str, QTreeWidgetItem] = {}
        self._fill()
        self.tree.currentItemChanged.connect(lambda *_: self._take_up())
        self.editor = QKeySequenceEdit()
        self.editor.setMaximumSequenceLength(1)
        self.editor.setAccessibleName(translate("New key"))
        self.editor.setToolTip(translate("Click here or come with Tab, then press the new key"))
        self.editor.keySequenceChanged.connect(lambda _: self._judge())
        self.problem = QLabel()
        self.problem.setWordWrap(True)
        self.problem.setAccessibleName(translate("What can't be done"))
        self._make_buttons()
        self._lay_out()
        workbench.settings_changed.connect(self._show)
        self._show(workbench.settings)
        self.choose(ALL_ACTIONS[0].id)

    def _fill(self) -> None:
        groups: dict[str, QTreeWidgetItem] = {}
        for spec in ALL_ACTIONS:
            if spec.group not in groups:
                group = groups[spec.group] = QTreeWidgetItem(self.tree, [translate(spec.group)])
                group.setFlags(Qt.ItemFlag.ItemIsEnabled)
                group.setFirstColumnSpanned(True)
            item = QTreeWidgetItem(groups[spec.group], [spec.words])
            item.setData(0, _SPEC, spec)
            item.setToolTip(0, translate(spec.tip))
            self._items[spec.id] = item
        self.tree.expandAll()

    def _make_buttons(self) -> None:
        self.replace_button = _button(
            translate("&Use this key"), translate("The action has this key and no other")
        )
        self.add_button = _button(translate("&Add it"), translate("The action keeps its keys, too"))
        self.clear_button = _button(
            translate("&No key"), translate("The action has its place in the menu only")
        )
        self.reset_button = _button(
            translate("&Reset this"), translate("The keys that the action had at first")
        )
        self.reset_all_button = _button(
            translate("Reset a&ll"), translate("All actions have the keys that they had at first")
        )
        self.replace_button.clicked.connect(lambda: self._set((self._new_key,)))
        self.add_button.clicked.connect(self._add)
        self.clear_button.clicked.connect(lambda: self._set(()))
        self.reset_button.clicked.connect(self._reset)
        self.reset_all_button.clicked.connect(lambda: self._workbench.change_settings(keys={}))

    def _lay_out(self) -> None:
        self._title = QLabel()
        self._title.setBuddy(self.editor)
        entry = QHBoxLayout()
        entry.addWidget(self._title)
        entry.addWidget(self.editor, 1)
        entry.addWidget(self.replace_button)
        entry.addWidget(self.add_button)
        buttons = QHBoxLayout()
        buttons.addWidget(self.clear_button)
        buttons.addWidget(self.reset_button)
        buttons.addStretch(1)
        buttons.addWidget(self.reset_all_button)
        column = QVBoxLayout(self)
        column.addWidget(self.tree, 1)
        column.addLayout(entry)
        column.addWidget(self.problem)
        column.addLayout(buttons)

    def choose(self, action_id: str) -> None:
        """Takes up an action, to give it other keys."""
        self.tree.setCurrentItem(self._items[action_id])

    def _show(self, settings: Settings) -> None:
        in_force = keys_in_force(settings)
        for name, item in self._items.items():
            item.setText(1, ", ".join(native_key(key) for key in in_force[name]))
            font = item.font(1)
            font.setBold(name in settings.keys)
            item.setFont(1, font)
        self._take_up()

    # -- the action that is being changed ---------------------------------------------------

    @property
    def _spec(self) -> ActionSpec | None:
        item = self.tree.currentItem()
        spec = None if item is None else item.data(0, _SPEC)
        return spec if isinstance(spec, ActionSpec) else None

    @property
    def _new_key(self) -> str:
        return portable_key(self.editor.keySequence())

    def _take_up(self) -> None:
        spec = self._spec
        self._title.setText(
            translate("N&ew key of “{action}”:").format(action=spec.words) if spec else ""
        )
        self.editor.clear()
        self._judge()

    def _judge(self) -> None:
        """Says at once whether the key can be had."""
        spec, settings = self._spec, self._workbench.settings
        self.editor.setEnabled(spec is not None)
        reason = why_not(self._new_key, spec, settings) if spec and self._new_key else ""
        self.problem.setText(reason)
        keys: Keys = keys_of(spec, settings) if spec else ()
        is_new = bool(self._new_key) and self._new_key not in keys
        self.replace_button.setEnabled(bool(self._new_key) and not reason)
        self.add_button.setEnabled(is_new and bool(keys) and not reason)
        self.clear_button.setEnabled(bool(keys))
        self.reset_button.setEnabled(spec is not None and spec.id in settings.keys)
        self.reset_all_button.setEnabled(bool(settings.keys))

    def _add(self) -> None:
        if (spec := self._spec) is not None:
            self._set((*keys_of(spec, self._workbench.settings), self._new_key))

    def _reset(self) -> None:
        spec, settings = self._spec, self._workbench.settings
        if spec is None:
            return
        reasons = [why_not(key, spec, settings) for key in spec.keys]
        if any(reasons):
            self.problem.setText(next(filter(None, reasons)))
        else:
            self._set(spec.keys)

    def _set(self, keys: Keys) -> None:
        if (spec := self._spec) is not None:
            changed = with_keys(self._workbench.settings, spec, keys)
            self._workbench.change_settings(keys=changed)


def _button(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setAutoDefault(False)
    return button
