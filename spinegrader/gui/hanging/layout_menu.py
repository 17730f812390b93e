"""The arrangements of images to choose from."""

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QWidget

from spinegrader.gui.open_lists import Menu
from spinegrader.gui.workbench import Workbench
from spinegrader.services.hanging import LAYOUTS, layout_of
from spinegrader.texts import translate


class LayoutMenu(Menu):
    """One entry a layout, the one in use ticked; it is remembered."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(translate("La&yout"), parent)
        self._workbench = workbench
        group = QActionGroup(self)
        for number, layout in enumerate(LAYOUTS, start=1):
            action = self.addAction(f"&{number}  {translate(layout.name)}")
            action.setObjectName(layout.id)
            action.setCheckable(True)
            action.triggered.connect(
                lambda _=False, chosen=layout.id: workbench.change_settings(hanging=chosen)
            )
            group.addAction(action)
        workbench.settings_changed.connect(lambda _: self._refresh())
        self._refresh()

    def _refresh(self) -> None:
        in_use = layout_of(self._workbench.settings.hanging).id
        for action in self.actions():
            action.setChecked(action.objectName() == in_use)
