"""Flagging a study in a few words, and lowering the flag again."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from spinegrader.gui.dialogs.fitting import fit_height
from spinegrader.gui.workbench import Workbench
from spinegrader.services import flags
from spinegrader.texts import translate


class FlagDialog(QDialog):
    """One line of words; Enter keeps them.

    Args:
        words: What the line begins with.
        parent: The window.
    """

    kept = Signal(str)
    """The words of the flag; may be empty."""

    def __init__(self, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("Flag the study"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        label = QLabel(
            translate("&Why should somebody look at this study? The words may stay empty.")
        )
        label.setWordWrap(True)
        self.words = QLineEdit(words)
        self.words.setAccessibleName(translate("Words of the flag"))
        self.words.setToolTip(
            translate("Other readers see them only when they have read the study")
        )
        self.words.setMaxLength(500)
        label.setBuddy(self.words)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        keep = buttons.addButton(translate("&Raise flag"), QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for widget in (label, self.words, buttons):
            column.addWidget(widget)
        # Only now: a button that isn't in the dialog yet can't become its default.
        keep.setDefault(True)
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setAutoDefault(False)
        self.words.setFocus(Qt.FocusReason.OtherFocusReason)
        fit_height(self, 460)

    def setVisible(self, visible: bool) -> None:  # noqa: N802 - Qt's method
        """Puts the cursor behind the words: a dialog that opens would select them all."""
        super().setVisible(visible)
        self.words.end(False)

    def accept(self) -> None:
        """Tells the words."""
        self.kept.emit(self.words.text())
        super().accept()


def toggle_flag(workbench: Workbench, study_uid: str, parent: QWidget | None) -> None:
    """Lowers the flag of a study, or asks for the words of a new one."""
    if not workbench.has_session or not study_uid:
        workbench.notified.emit(translate("Choose a visit first, then flag it."))
        return
    session = workbench.session
    if flags.is_flagged(session, study_uid):
        if workbench.attempt(lambda: flags.lower_flag(session, study_uid)):
            workbench.notified.emit(translate("The flag is down; undo raises it again."))
        return
    item = workbench.item if study_uid == workbench.study_uid else None
    dialog = FlagDialog(flags.words_to_begin_with(session, item), parent)
    dialog.kept.connect(
        lambda words: workbench.attempt(lambda: flags.raise_flag(session, study_uid, words))
    )
    dialog.open()
