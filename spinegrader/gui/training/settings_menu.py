"""The button with what can be done with a job's settings: save, load, copy as a command."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QPushButton, QWidget

from spinegrader.errors import SpineGraderError
from spinegrader.gui.training.forms import StartForm
from spinegrader.services.job_settings import save_config
from spinegrader.texts import translate


class SettingsButton(QPushButton):
    """Saves the settings of a form to a file, loads them, or copies them as a command line."""

    said = Signal(str)
    """A sentence on what was done."""
    failed = Signal(str)
    """A sentence on what could not be done."""

    def __init__(self, form: StartForm, name: str, parent: QWidget | None = None) -> None:
        """Makes the button; ``name`` is what a file is called at first."""
        super().__init__(parent)
        self._form = form
        self._name = name
        self.setText(translate("Settings"))
        self.setToolTip(translate("Save the settings, load them, or copy them as a command line"))
        self.setAutoDefault(False)
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        if form.settings_file() is not None:
            self.save_action = menu.addAction(translate("Save to a file…"), self._ask_save)
            self.load_action = menu.addAction(translate("Load from a file…"), self._ask_load)
            menu.addSeparator()
        self.copy_action = menu.addAction(
            translate("Copy as command line"), lambda: self.copy(several=False)
        )
        self.copy_action.setToolTip(
            translate("The same job without a window, such as on a computer of a cluster")
        )
        if form.runs_in_several:
            self.copy_several_action = menu.addAction(
                translate("Copy as command line for several GPUs"), lambda: self.copy(several=True)
            )
            self.copy_several_action.setToolTip(
                translate("torchrun starts a process for each GPU of the computer")
            )
        self.setMenu(menu)

    def _ask_save(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(
            self, translate("Save settings"), f"{self._name}.json", translate("Settings (*.json)")
        )
        if chosen:
            self.save(Path(chosen))

    def _ask_load(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self, translate("Load settings"), "", translate("Settings (*.json)")
        )
        if chosen:
            self.load(Path(chosen))

    def save(self, path: Path) -> None:
        """Writes the settings to a file that the command line reads, too."""
        config = self._form.settings_file()
        if config is None:
            return
        try:
            save_config(config, path)
        except SpineGraderError as error:
            self.failed.emit(error.message)
        else:
            self.said.emit(translate("Saved as “{name}”.").format(name=path.name))

    def load(self, path: Path) -> None:
        """Chooses what a file says."""
        try:
            self._form.load_settings_file(path)
        except SpineGraderError as error:
            self.failed.emit(error.message)
        else:
            self.said.emit(translate("Loaded from “{name}”.").format(name=path.name))

    def copy(self, *, several: bool) -> None:
        """Puts the command line that does the same into the clipboard."""
        try:
            text = self._form.command(several=several)
        except SpineGraderError as error:
            self.failed.emit(error.message)
        else:
            QApplication.clipboard().setText(text)
            self.said.emit(translate("The command line is in the clipboard."))
