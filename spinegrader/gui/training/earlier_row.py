"""Earlier results of a kind of job: a list and a button that shows one of them."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QWidget

from spinegrader.gui.training.forms import chooser
from spinegrader.texts import translate


class EarlierRow(QWidget):
    """Shows earlier results again.

    Args:
        name: What the results are called.
        entries: Their titles, and what makes the dialog that shows them.
    """

    def __init__(
        self,
        name: str,
        entries: Sequence[tuple[str, Callable[[QWidget], QDialog]]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._makers = [make for _, make in entries]
        self.box = chooser(name)
        self.box.setToolTip(translate("Results that are kept"))
        for title, _ in entries:
            self.box.addItem(title)
        self.button = QPushButton(translate("Show"))
        self.button.setToolTip(translate("Opens the chosen result"))
        self.button.setAutoDefault(False)
        self.button.clicked.connect(self.show_chosen)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.box, 1)
        layout.addWidget(self.button)

    def show_chosen(self) -> QDialog:
        """Opens the chosen result over this dialog."""
        dialog = self._makers[self.box.currentIndex()](self.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        return dialog
