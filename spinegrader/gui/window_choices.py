"""What the menus ask once in a while: who reads what and how, settings, keys."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QInputDialog, QMessageBox, QWidget

from spinegrader.gui.actions import ALL_ACTIONS
from spinegrader.gui.dialogs import protocol, repeats
from spinegrader.gui.dialogs.about import about_html
from spinegrader.gui.dialogs.gradings import GradingsDialog
from spinegrader.gui.dialogs.key_sheet import KeySheet
from spinegrader.gui.keys import keys_in_force
from spinegrader.gui.workbench import Workbench
from spinegrader.services import reading
from spinegrader.texts import translate


class WindowChoices(QObject):
    """Opens a dialog and keeps what was chosen.

    Args:
        workbench: The window's.
        window: In front of which is asked.
    """

    def __init__(self, workbench: Workbench, window: QWidget) -> None:
        super().__init__(window)
        self._workbench = workbench
        self._window = window

    def ask_gradings(self) -> None:
        """Asks which gradings the project's readers are asked for."""
        session = self._workbench.session
        asked = [grading.id for grading in reading.asked_gradings(session)]
        dialog = GradingsDialog(session.scheme, asked, self._window)
        if dialog.exec():
            self._workbench.attempt(lambda: reading.ask_gradings(session, dialog.chosen))

    def ask_protocol(self) -> None:
        """Asks how the project is read."""
        protocol.ask_protocol(self._workbench, self._window)

    def ask_repeats(self) -> None:
        """Asks which studies are read a second time."""
        repeats.ask_repeats(self._workbench, self._window)

    def ask_reader(self) -> None:
        """Asks under whose name grades are kept."""
        name, entered = QInputDialog.getText(
            self._window,
            translate("Reader's name"),
            translate("Grades are kept under this name:"),
            text=self._workbench.settings.reader_name,
        )
        if entered and name.strip():
            self._workbench.change_reader(name.strip())

    def show_settings(self) -> None:
        """Opens the settings, or brings them to the front."""
        from spinegrader.gui.dialogs.settings.dialog import SettingsDialog

        opened = self._window.findChild(SettingsDialog)
        opened = opened or SettingsDialog(self._workbench, self._window)
        opened.show()
        opened.raise_()
        opened.activateWindow()

    def show_keys(self) -> None:
        """Opens the sheet of all keys and of what the mouse does."""
        from spinegrader.gui.agreement.adjudication_pane import ADJUDICATION_KEYS
        from spinegrader.gui.review.review_keys import REVIEW_KEYS
        from spinegrader.gui.viewer.mouse_schemes import MOUSE_SCHEMES

        settings = self._workbench.settings
        scheme = MOUSE_SCHEMES[settings.mouse]
        mouse = translate("Mouse, as in {name}").format(name=scheme.name)
        review = [(translate(key), translate(words)) for key, words in REVIEW_KEYS]
        settling = [(translate(key), translate(words)) for key, words in ADJUDICATION_KEYS]
        further = {
            translate("In Review"): review,
            translate("Where two readers differ"): settling,
            mouse: scheme.rows,
        }
        KeySheet(ALL_ACTIONS, keys_in_force(settings), further, self._window).exec()

    def show_about(self) -> None:
        """Says which program this is, and who made what it is built of."""
        QMessageBox.about(self._window, translate("About SpineGrader"), about_html())
