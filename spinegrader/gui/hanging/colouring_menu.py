"""The colours of overlays to choose from."""

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QWidget

from spinegrader.gui.hanging.colouring_choice import BY_GRADE_IN_FOCUS, BY_LEVEL
from spinegrader.gui.open_lists import Menu
from spinegrader.gui.workbench import Workbench
from spinegrader.services.reading import asked_gradings
from spinegrader.texts import for_translation, translate

_KINDS = (
    ("", for_translation("&Plain")),
    (BY_LEVEL, for_translation("By &level")),
    (BY_GRADE_IN_FOCUS, for_translation("By the &grade in focus")),
)


class ColouringMenu(Menu):
    """Filled when it opens: which gradings are asked is the project's setting."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(translate("&Colours of overlays"), parent)
        self._workbench = workbench
        self._group: QActionGroup | None = None
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """Offers what there is now."""
        self.clear()
        # Held, so that the ticks exclude each other as long as the menu shows them.
        self._group = QActionGroup(self)
        for choice, words in _KINDS:
            self._offer(choice, translate(words))
        if self._workbench.has_session:
            self.addSeparator()
            for grading in asked_gradings(self._workbench.session):
                self._offer(grading.id, translate("By {name}").format(name=grading.name))

    def _offer(self, choice: str, words: str) -> None:
        action = self.addAction(words)
        action.setCheckable(True)
        action.setChecked(choice == self._workbench.settings.overlay_colouring)
        action.triggered.connect(
            lambda _=False: self._workbench.change_settings(overlay_colouring=choice)
        )
        if self._group is not None:
            self._group.addAction(action)
