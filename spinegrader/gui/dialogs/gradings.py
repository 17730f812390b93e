"""Choosing which gradings a project asks for, and in which order."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from spinegrader.domain.scheme import Scheme
from spinegrader.texts import translate


class GradingsDialog(QDialog):
    """A list to tick and to drag into order."""

    def __init__(self, scheme: Scheme, asked: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("Gradings asked"))
        self.resize(380, 460)
        column = QVBoxLayout(self)
        words = QLabel(translate("Tick what this project asks for on every disc; drag into order."))
        words.setWordWrap(True)
        column.addWidget(words)
        self._list = QListWidget()
        self._list.setAccessibleName(translate("Gradings, in the order in which they are asked"))
        self._list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        others = [item.id for item in scheme.gradings if item.id not in asked]
        for grading_id in (*asked, *others):
            item = QListWidgetItem(scheme.grading(grading_id).name)
            item.setData(Qt.ItemDataRole.UserRole, grading_id)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            checked = Qt.CheckState.Checked if grading_id in asked else Qt.CheckState.Unchecked
            item.setCheckState(checked)
            self._list.addItem(item)
        self._list.itemChanged.connect(self._refresh)
        column.addWidget(self._list)
        self._buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        column.addWidget(self._buttons)

    @property
    def chosen(self) -> tuple[str, ...]:
        """Ids of the ticked gradings, in their order."""
        items = [self._list.item(row) for row in range(self._list.count())]
        return tuple(
            str(item.data(Qt.ItemDataRole.UserRole))
            for item in items
            if item.checkState() is Qt.CheckState.Checked
        )

    def _refresh(self) -> None:
        ok = self._buttons.button(QDialogButtonBox.StandardButton.Ok)
        ok.setEnabled(bool(self.chosen))
