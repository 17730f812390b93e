"""What a report shall tell, and of which studies."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from spinegrader.gui.dialogs.fitting import fit_height
from spinegrader.gui.workbench import Workbench
from spinegrader.services.sight import is_held_back
from spinegrader.services.study_report import ReportWish
from spinegrader.texts import translate


class ReportDialog(QDialog):
    """This study or all finished ones; with the model's grades or without; with identity or not.

    Args:
        workbench: The window's, with a study in front or without one.
        parent: The window.
    """

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("Report of a study"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._workbench = workbench
        self.this_study = QRadioButton(translate("&This study"))
        self.this_study.setToolTip(translate("The one whose images are in front"))
        self.all_finished = QRadioButton(translate("&All studies that I have finished"))
        self.all_finished.setToolTip(translate("A file for each, in a folder that you choose"))
        has_study = bool(workbench.study_uid)
        self.this_study.setEnabled(has_study)
        (self.this_study if has_study else self.all_finished).setChecked(True)
        self.with_model = QCheckBox(translate("With the &model's grades"))
        self.with_model.setToolTip(translate("Where they may be shown; beside the reader's own"))
        self.with_model.setChecked(True)
        hidden = workbench.settings.identity_hidden
        self.with_identity = QCheckBox(translate("With &name, number and dates"))
        self.with_identity.setToolTip(
            translate("Not while identity is hidden in the window")
            if hidden
            else translate("Without them a page doesn't tell whose it is")
        )
        self.with_identity.setChecked(not hidden)
        self.with_identity.setEnabled(not hidden)
        self.note = QLabel()
        self.note.setWordWrap(True)
        self._lay_out()
        self.this_study.toggled.connect(self._refresh)
        self.with_model.toggled.connect(self._refresh)
        self._refresh()

    def _lay_out(self) -> None:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        write = buttons.addButton(translate("&Write…"), QDialogButtonBox.ButtonRole.AcceptRole)
        write.setToolTip(translate("Asks where to, then writes PDF"))
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for widget in (
            self.this_study,
            self.all_finished,
            self.with_model,
            self.with_identity,
            self.note,
            buttons,
        ):
            column.addWidget(widget)
        # Only now: a button that isn't in the dialog yet can't become its default.
        write.setDefault(True)
        self.note.setText(self._longest_note)
        fit_height(self, 460)

    @property
    def wish(self) -> ReportWish:
        """What is to be told."""
        return ReportWish(
            with_model=self.with_model.isChecked(),
            identity_hidden=not self.with_identity.isChecked(),
        )

    @property
    def _longest_note(self) -> str:
        return translate(
            "That you see the model's grades is recorded: an answer of these studies that you "
            "change afterwards counts as assisted."
        )

    def _refresh(self, _: bool = False) -> None:
        bench = self._workbench
        note = self._longest_note
        if not self.with_model.isChecked():
            note = ""
        elif self.this_study.isChecked() and is_held_back(bench.session, bench.study_uid):
            note = translate(
                "The model's grades stay out of this report until all items of the study are "
                "answered: it is read blinded."
            )
        self.note.setText(note)
