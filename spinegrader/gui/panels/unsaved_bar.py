"""What was not saved, across the window, for as long as it isn't."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from spinegrader.gui.workbench import Workbench
from spinegrader.services.unsaved_words import unsaved_sentence
from spinegrader.texts import translate


class UnsavedBar(QFrame):
    """There is no button that closes it: it goes when all is saved or thrown away."""

    try_again_requested = Signal()
    discard_requested = Signal()

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # The look of errors.
        self.setObjectName("errorBanner")
        self.setAccessibleName(translate("Not saved"))
        self._workbench = workbench
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self.try_again = QPushButton(translate("Try again"))
        self.try_again.setToolTip(
            translate("Also done by itself every 10 seconds and with the next change")
        )
        self.discard = QPushButton(translate("Discard"))
        self.discard.setToolTip(translate("Goes back to what is on the disk; redo makes it again"))
        for button in (self.try_again, self.discard):
            # A click leaves the keyboard where the reader works.
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.try_again.clicked.connect(self.try_again_requested)
        self.discard.clicked.connect(self.discard_requested)
        row = QHBoxLayout(self)
        row.addWidget(self._text, 1)
        row.addWidget(self.try_again)
        row.addWidget(self.discard)
        workbench.unsaved_changed.connect(self._refresh)
        workbench.project_changed.connect(self._refresh)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence on show."""
        return self._text.text()

    def _refresh(self) -> None:
        text = ""
        if self._workbench.has_session:
            session = self._workbench.session
            text = unsaved_sentence(session.unsaved, session.scheme)
        self._text.setText(text)
        self.setVisible(bool(text))
