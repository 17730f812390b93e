"""Opens the windows on agreement and on change over time, each at most once."""

from typing import TypeVar

from PySide6.QtWidgets import QWidget

from spinegrader.gui.agreement.change_window import ChangeWindow
from spinegrader.gui.agreement.window import AgreementWindow
from spinegrader.gui.workbench import Workbench

_Window = TypeVar("_Window", bound=QWidget)


def open_agreement(workbench: Workbench, parent: QWidget) -> tuple[AgreementWindow, bool]:
    """The window “Agreement” on screen, and whether it is a new one."""
    known = parent.findChild(AgreementWindow)
    return _in_front(known or AgreementWindow(workbench, parent)), known is None


def open_changes(workbench: Workbench, parent: QWidget, study_uid: str) -> ChangeWindow:
    """The window “Change over time” on screen, with the patient of a study."""
    opened = parent.findChild(ChangeWindow)
    if opened is None:
        opened = ChangeWindow(workbench, parent, study_uid)
    opened.show_study(study_uid)
    return _in_front(opened)


def _in_front(window: _Window) -> _Window:
    window.show()
    window.raise_()
    window.activateWindow()
    return window
