"""Choosing how a project is read: blinded or not, by how many, what is read again."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QGroupBox,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from spinegrader.domain.grades import ReadingMode
from spinegrader.gui.dialogs.fitting import fit_height, number_box
from spinegrader.gui.workbench import Workbench
from spinegrader.services.protocol import (
    LONGEST_WAIT_DAYS,
    MOST_READERS,
    ReadingProtocol,
    reading_protocol,
    set_protocol,
)
from spinegrader.texts import for_translation, translate

_BLINDED = for_translation(
    "The grades of models and of other readers stay out of sight until you have answered all "
    "items of a study."
)
_ASSISTED = for_translation(
    "The grades of models and of other readers may be looked at while a study is read."
)
_EITHER = for_translation(
    "What is looked at is recorded: from then on your answers to that study are kept as assisted "
    "ones, and are no longer compared with a model's."
)
_REPEAT = for_translation("“Draw repeat readings…” in the menu Edit begins with these numbers.")


class ProtocolDialog(QDialog):
    """Three groups: what is in sight, who reads, what is read again.

    Args:
        protocol: As the project is read now.
        parent: The window.
    """

    def __init__(self, protocol: ReadingProtocol, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("Reading protocol"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.blinded = QRadioButton(translate("&Blinded"))
        self.assisted = QRadioButton(translate("&Assisted"))
        (self.blinded if protocol.is_blinded else self.assisted).setChecked(True)
        self.blinded.setToolTip(translate(_BLINDED))
        self.assisted.setToolTip(translate(_ASSISTED))
        self.readers = number_box(
            translate("Readers each study needs"), 1, MOST_READERS, protocol.readers
        )
        self.readers.setToolTip(
            translate("Studies that others have read, but not enough of them, are marked")
        )
        self.percent = number_box(
            translate("Share of a reader's done studies"), 1, 100, protocol.repeat_percent, " %"
        )
        self.percent.setToolTip(translate("Of the studies that a reader has read completely"))
        self.days = number_box(
            translate("Not before"),
            0,
            LONGEST_WAIT_DAYS,
            protocol.repeat_after_days,
            translate(" days"),
        )
        self.days.setToolTip(translate("Long enough that the reader doesn't remember the study"))
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self._sight_group())
        column.addWidget(self._readers_group())
        column.addWidget(self._repeat_group())
        column.addWidget(buttons)
        fit_height(self, 520)

    @property
    def chosen(self) -> ReadingProtocol:
        """What was chosen."""
        return ReadingProtocol(
            mode=ReadingMode.BLINDED if self.blinded.isChecked() else ReadingMode.ASSISTED,
            readers=self.readers.value(),
            repeat_percent=self.percent.value(),
            repeat_after_days=self.days.value(),
        )

    def _sight_group(self) -> QGroupBox:
        group = QGroupBox(translate("What is in sight"))
        column = QVBoxLayout(group)
        for choice, words in (
            (self.blinded, translate(_BLINDED)),
            (self.assisted, translate(_ASSISTED)),
        ):
            choice.setAccessibleDescription(words)
            column.addWidget(choice)
            column.addWidget(_quiet(words, indent=24))
        column.addWidget(_quiet(translate(_EITHER)))
        return group

    def _readers_group(self) -> QGroupBox:
        group = QGroupBox(translate("Who reads"))
        QFormLayout(group).addRow(translate("&Readers each study needs"), self.readers)
        return group

    def _repeat_group(self) -> QGroupBox:
        group = QGroupBox(
            translate("What is read again, to see how far a reader agrees with oneself")
        )
        form = QFormLayout(group)
        form.addRow(translate("&Share of a reader's done studies"), self.percent)
        form.addRow(translate("Not &before"), self.days)
        form.addRow(
            _quiet(
                translate("Counted from the last answer to the study.") + f" {translate(_REPEAT)}"
            )
        )
        return group


def ask_protocol(workbench: Workbench, parent: QWidget) -> None:
    """Shows the protocol of the project and keeps what is chosen."""
    session = workbench.session
    dialog = ProtocolDialog(reading_protocol(session), parent)
    dialog.accepted.connect(lambda: workbench.attempt(lambda: set_protocol(session, dialog.chosen)))
    dialog.open()


def _quiet(text: str, indent: int = 0) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setContentsMargins(indent, 0, 0, 0)
    label.setForegroundRole(label.palette().ColorRole.PlaceholderText)
    return label
