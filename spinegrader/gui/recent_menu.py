"""The projects that were open before, as a menu."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from spinegrader.gui.open_lists import Menu
from spinegrader.gui.workbench import Workbench
from spinegrader.texts import translate


class RecentMenu(Menu):
    """Lists the folders that are still there, the latest first; filled whenever it opens."""

    chosen = Signal(object)
    """The folder to open: a ``Path``."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(translate("Open &recent"), parent)
        self._workbench = workbench
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """Looks which folders are there."""
        self.clear()
        folders = [Path(item) for item in self._workbench.settings.recent_projects]
        there = [folder for folder in folders if folder.is_dir()]
        names = [folder.name for folder in there]
        for folder in there:
            is_alone = names.count(folder.name) == 1
            name = folder.name if is_alone else f"{folder.name}  ({folder.parent})"
            action = self.addAction(name.replace("&", "&&"))
            action.setToolTip(str(folder))
            action.triggered.connect(lambda _=False, folder=folder: self.chosen.emit(folder))
        if not there:
            self.addAction(translate("No project was open before")).setEnabled(False)
        self.addSeparator()
        clear = self.addAction(translate("&Clear list"))
        clear.setEnabled(bool(folders))
        clear.triggered.connect(lambda: self._workbench.change_settings(recent_projects=()))
