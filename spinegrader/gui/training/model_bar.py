"""Below a run: whether the project grades with it, what is noted on it, and its file."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from spinegrader.gui.training.notices import heading, secondary_label
from spinegrader.gui.training.runs_model import RunEntry
from spinegrader.texts import for_translation, translate

_PAUSE_MS = 800
"""After the last key the note is written."""

_LINES = 3
_CHOSEN = for_translation("This project grades with this model.")
_NEWEST = for_translation(
    "Predictions take this model, as it is the newest and none has been chosen."
)
_PLACEHOLDER = for_translation(
    "What is worth remembering of this run. It goes along when the model is exported: no names "
    "or numbers of patients."
)


class ModelBar(QWidget):
    """Shows the run that it is given; asks others to act on it."""

    use_requested = Signal()
    export_requested = Signal()

    def __init__(
        self, keep_note: Callable[[Path, str], bool], parent: QWidget | None = None
    ) -> None:
        """Makes the bar; ``keep_note`` writes the note on a run and tells whether it could."""
        super().__init__(parent)
        self._keep_note = keep_note
        self._folder: Path | None = None
        self._shown_note = ""
        self.in_use = secondary_label()
        self.use_button = QPushButton(translate("Use this model"))
        self.use_button.setToolTip(
            translate("From now on predictions of this project take this model")
        )
        self.export_button = QPushButton(translate("Export…"))
        self.export_button.setToolTip(
            translate("Writes the model as one file that another project can import")
        )
        self.note = QPlainTextEdit()
        self.note.setAccessibleName(translate("Note on this run"))
        self.note.setPlaceholderText(translate(_PLACEHOLDER))
        self.note.setTabChangesFocus(True)
        line = self.note.fontMetrics().lineSpacing()
        margins = 2 * (self.note.frameWidth() + round(self.note.document().documentMargin()))
        self.note.setFixedHeight(_LINES * line + margins)
        self.note.installEventFilter(self)
        self._write_soon = QTimer(self)
        self._write_soon.setSingleShot(True)
        self._write_soon.setInterval(_PAUSE_MS)
        self._write_soon.timeout.connect(self.write_note)
        self.note.textChanged.connect(self._on_typed)
        self.use_button.clicked.connect(self.use_requested)
        self.export_button.clicked.connect(self.export_requested)
        self._lay_out()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.use_button)
        buttons.addWidget(self.in_use, 3)
        buttons.addStretch(1)
        buttons.addWidget(self.export_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(9, 0, 9, 9)
        layout.addWidget(heading(translate("Note"), 1.1))
        layout.addWidget(self.note)
        layout.addLayout(buttons)

    def show_run(self, entry: RunEntry) -> None:
        """Shows what belongs to a run; what is being typed on the same one stays."""
        if entry.folder != self._folder:
            self.write_note()
            self._folder = entry.folder
            self._show_note(entry.note)
        elif not self._is_changed and entry.note != self._shown_note:
            self._show_note(entry.note)
        grades = entry.kind == "finetune"
        can_go_out = entry.has_ended and entry.kind in ("pretrain", "finetune")
        self.use_button.setVisible(grades and entry.has_ended and not entry.is_chosen)
        self.in_use.setVisible(grades and entry.is_in_use)
        self.in_use.setText(translate(_CHOSEN if entry.is_chosen else _NEWEST))
        self.export_button.setVisible(can_go_out)
        # A run that has not begun yet has no folder that will surely stay.
        self.note.setEnabled(entry.card is not None)

    def write_note(self) -> None:
        """Hands over what was typed, at once; what can't be written stays on screen."""
        self._write_soon.stop()
        typed = self.note.toPlainText().strip()
        if self._folder is not None and self._is_changed and self._keep_note(self._folder, typed):
            self._shown_note = typed

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """The note is written when the keyboard leaves it."""
        if watched is self.note and event.type() == QEvent.Type.FocusOut:
            self.write_note()
        return super().eventFilter(watched, event)

    def hideEvent(self, event: object) -> None:  # noqa: N802
        """Nothing typed waits while nobody sees it."""
        self.write_note()
        super().hideEvent(event)  # type: ignore[arg-type]

    @property
    def _is_changed(self) -> bool:
        return self.note.toPlainText().strip() != self._shown_note

    def _show_note(self, text: str) -> None:
        self._shown_note = text
        self.note.setPlainText(text)
        self._write_soon.stop()

    def _on_typed(self) -> None:
        self._write_soon.start()
