"""Settings of the person and of the window."""

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLineEdit, QWidget

from spinegrader.gui.theme import THEME_NAMES
from spinegrader.gui.training.notices import secondary_label
from spinegrader.gui.workbench import Workbench
from spinegrader.services.settings import Settings, Theme
from spinegrader.texts import translate


class GeneralPage(QWidget):
    """The reader's name, the theme, and what is done by itself."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self.name = QLineEdit()
        self.name.setToolTip(translate("Under whose name grades are kept"))
        self.name.editingFinished.connect(self._rename)
        self.theme = QComboBox()
        self.theme.setToolTip(translate("Colours of the window; images stand on black in each"))
        for theme in Theme:
            self.theme.addItem(translate(THEME_NAMES[theme]), theme)
        self.theme.currentIndexChanged.connect(self._choose_theme)
        note = secondary_label(
            translate("Grades that you gave before stay under the name that they were given under.")
        )
        self.finds = QCheckBox(translate("&Find vertebrae after each import"))
        self.finds.setToolTip(
            translate("Proposes vertebrae and discs beside your work; undo leaves them alone")
        )
        self.finds.toggled.connect(lambda on: workbench.change_settings(finds_vertebrae=on))
        finds_note = secondary_label(
            translate("They are dashed until you confirm them. What you have drawn stays.")
        )
        form = QFormLayout(self)
        form.addRow(translate("Reader's &name:"), self.name)
        form.addRow(note)
        form.addRow(translate("&Theme:"), self.theme)
        form.addRow(self.finds)
        form.addRow(finds_note)
        workbench.settings_changed.connect(self._show)
        self._show(workbench.settings)

    def _show(self, settings: Settings) -> None:
        self.name.setText(settings.reader_name)
        with QSignalBlocker(self.theme):
            self.theme.setCurrentIndex(self.theme.findData(settings.theme))
        with QSignalBlocker(self.finds):
            self.finds.setChecked(settings.finds_vertebrae)

    def _rename(self) -> None:
        name = self.name.text().strip()
        if not name:
            self._show(self._workbench.settings)
        elif name != self._workbench.settings.reader_name:
            self._workbench.change_reader(name)

    def _choose_theme(self) -> None:
        self._workbench.change_settings(theme=Theme(self.theme.currentData()))
