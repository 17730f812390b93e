"""The window “Agreement” over a small simulated project that two have read."""

import pytest
from PySide6.QtCore import Qt

from spinegrader.gui.agreement.window import AgreementWindow
from spinegrader.services.progress import done_studies
from tests.gui.agreement.two_readers import OTHER, STUDIES, read_likewise
from tests.gui.cohort_project import opened, project, workbench

__all__ = ["opened", "project", "workbench"]


@pytest.fixture
def studies(opened):
    """Those that a second reader has read too."""
    found = done_studies(opened.session)[:STUDIES]
    read_likewise(opened.session, OTHER, found)
    return found


@pytest.fixture
def window(qtbot, opened, studies):
    shown = AgreementWindow(opened)
    shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(shown)
    shown.show()
    return shown
