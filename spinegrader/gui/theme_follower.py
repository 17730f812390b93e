"""Changes the look of the program while it runs: by the settings, and with the desktop."""

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication

from spinegrader.gui.theme import apply_colours, apply_theme, scheme_colours
from spinegrader.gui.workbench import Workbench
from spinegrader.services.settings import Settings, Theme


class ThemeFollower(QObject):
    """Applies the theme of the settings; SYSTEM goes with the desktop by day and by night.

    Args:
        workbench: Whose settings are followed. Their theme was applied at the start.
        parent: The window.
    """

    def __init__(self, workbench: Workbench, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = workbench.settings.theme
        workbench.settings_changed.connect(self._on_settings)
        QApplication.styleHints().colorSchemeChanged.connect(self._on_desktop)

    def _on_settings(self, settings: Settings) -> None:
        app = QApplication.instance()
        if settings.theme is not self._theme and isinstance(app, QApplication):
            self._theme = settings.theme
            apply_theme(app, settings.theme)

    def _on_desktop(self, scheme: Qt.ColorScheme) -> None:
        app = QApplication.instance()
        if self._theme is Theme.SYSTEM and isinstance(app, QApplication):
            # Colours only: setting the scheme would overrule the desktop, and come back here.
            apply_colours(app, scheme_colours(scheme))
