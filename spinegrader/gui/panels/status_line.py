"""The line at the foot of the window: saving, notices, jobs, training."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from spinegrader.gui.dialogs.banner import DetailsDialog
from spinegrader.gui.panels.job_slot import JobSlot
from spinegrader.gui.panels.save_state import SaveState
from spinegrader.gui.theme import tabular_font
from spinegrader.gui.workbench import Workbench
from spinegrader.texts import translate

_NOTICE_MS = 8000
_RECOVERY_SIZE = (640, 220)


class StatusLine(QWidget):
    """Short and true; nothing in it moves but progress."""

    show_training_requested = Signal()

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(translate("Status"))
        self._workbench = workbench
        self.save_state = SaveState(workbench, self)
        self.recovery = ElidedLabel(translate("What was found when the project was opened"))
        self.recovery_details = _small_button(translate("Details…"))
        self.recovery_details.setAccessibleName(translate("What was found, in full"))
        self.recovery_details.clicked.connect(self.show_recovery)
        self.recovery.clicked.connect(self.show_recovery)
        self.notice = ElidedLabel(translate("Notice"))
        self.pointer = QLabel()
        self.pointer.setFont(tabular_font(self.pointer.font()))
        self.pointer.setAccessibleName(translate("Under the pointer"))
        self.job = JobSlot(workbench, workbench.quick_lane, self)
        self.detecting = JobSlot(workbench, workbench.detecting_lane, self)
        self.training = QLabel()
        self.training.setFont(tabular_font(self.training.font()))
        self.training.setAccessibleName(translate("Training"))
        self.show_training = _small_button(translate("Show"))
        self.show_training.setAccessibleName(translate("Show training"))
        self.show_training.setToolTip(translate("Goes to the run that is training"))
        self.show_training.clicked.connect(self.show_training_requested)
        self._build()
        self.fading = QTimer(self)
        self.fading.setSingleShot(True)
        self.fading.setInterval(_NOTICE_MS)
        self.fading.timeout.connect(self._clear_notice)
        self._clear_notice()
        workbench.notified.connect(self.show_notice)
        workbench.project_changed.connect(self._on_project)
        self.set_training_text("")
        self._on_project()

    def _build(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 2, 8, 2)
        layout.setSpacing(16)
        layout.addWidget(self.save_state)
        layout.addWidget(self.recovery, 3)
        layout.addWidget(self.recovery_details)
        layout.addWidget(self.notice, 2)
        # Takes the room while there is neither of them.
        layout.addStretch(0)
        layout.addWidget(self.pointer)
        layout.addWidget(self.job)
        layout.addWidget(self.detecting)
        layout.addWidget(self.training)
        layout.addWidget(self.show_training)
        # The line keeps its height when buttons come and go.
        self.setFixedHeight(self.show_training.sizeHint().height() + 4)

    def show_notice(self, text: str) -> None:
        """Says something for some seconds."""
        self.notice.set_text(text)
        self.notice.show()
        self.fading.start()

    def _clear_notice(self) -> None:
        self.notice.set_text("")
        self.notice.hide()

    def set_training_text(self, text: str) -> None:
        """What the training in progress has come to; empty while there is none."""
        self.training.setText(text)
        self.training.setVisible(bool(text))
        self.show_training.setVisible(bool(text))

    def set_pointer_text(self, text: str) -> None:
        """Pixel value and place under the pointer."""
        self.pointer.setText(text)

    def _on_project(self) -> None:
        recovery = self._workbench.session.store.recovery if self._workbench.has_session else ""
        self.recovery.set_text(recovery)
        self.recovery.setVisible(bool(recovery))
        self.recovery_details.setVisible(bool(recovery))
        self.pointer.clear()

    def show_recovery(self) -> None:
        """Shows the whole of what was found when the project was opened."""
        if self.recovery.whole_text:
            dialog = DetailsDialog(self.recovery.whole_text, self.window())
            dialog.setWindowTitle(translate("What was found when the project was opened"))
            dialog.resize(*_RECOVERY_SIZE)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()


def _small_button(text: str) -> QPushButton:
    button = QPushButton(text)
    button.setStyleSheet("padding: 1px 8px")
    # A click leaves the keyboard where the reader works.
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


class ElidedLabel(QLabel):
    """A line that gives way to its neighbours; the whole text is in its tool tip."""

    clicked = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole = ""
        self.setAccessibleName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    @property
    def whole_text(self) -> str:
        """The text, whether or not there is room for it."""
        return self._whole

    def set_text(self, text: str) -> None:
        """Shows as much of a text as there is room for."""
        self._whole = text
        self.setToolTip(text)
        self.setAccessibleDescription(text)
        self._elide()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """A click asks for the whole text."""
        super().mouseReleaseEvent(event)
        if event.button() is Qt.MouseButton.LeftButton and self._whole:
            self.clicked.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """More room shows more of the text."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        metrics = QFontMetrics(self.font())
        self.setText(metrics.elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width()))
