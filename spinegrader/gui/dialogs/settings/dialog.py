"""The window of the settings: every change counts at once and is kept."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTabWidget, QVBoxLayout, QWidget

from spinegrader.gui.dialogs.settings.general_page import GeneralPage
from spinegrader.gui.dialogs.settings.image_page import ImagePage
from spinegrader.gui.dialogs.settings.keys_page import KeysPage
from spinegrader.gui.dialogs.settings.mouse_page import MousePage
from spinegrader.gui.workbench import Workbench
from spinegrader.texts import translate


class SettingsDialog(QDialog):
    """Four pages; stays open beside the work and goes away when it is closed."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(translate("Settings"))
        self.resize(640, 620)
        self.general = GeneralPage(workbench)
        self.mouse = MousePage(workbench)
        self.keys = KeysPage(workbench)
        self.image = ImagePage(workbench)
        self.pages = QTabWidget()
        self.pages.addTab(self.general, translate("&General"))
        self.pages.addTab(self.mouse, translate("&Mouse"))
        self.pages.addTab(self.keys, translate("&Keys"))
        self.pages.addTab(self.image, translate("&Image"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        # Return ends what is being entered, not the whole window.
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setAutoDefault(False)
        close.setText(translate("Close"))
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.pages)
        column.addWidget(buttons)
