import sys

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QPushButton

from spinegrader.gui.dialogs.banner import ErrorBanner, details_of
from spinegrader.gui.unexpected import present_unexpected
from spinegrader.gui.workbench import Workbench
from spinegrader.services.settings import Settings


@pytest.fixture
def workbench(qapp, monkeypatch):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    bench = Workbench(Settings())
    present_unexpected(bench)
    return bench


def test_a_fault_behind_a_click_is_told_with_its_details(qtbot, workbench):
    banner = ErrorBanner()
    qtbot.addWidget(banner)
    workbench.failed.connect(banner.present)
    told = []
    workbench.failed.connect(told.append)
    button = QPushButton()
    qtbot.addWidget(button)
    button.clicked.connect(lambda: {}["no such key"])
    with qtbot.captureExceptions():
        # The test runner has put its own hook in place of the window's.
        present_unexpected(workbench)
        QTimer.singleShot(0, button, button.click)
        qtbot.waitUntil(lambda: bool(told))
    assert "made a mistake" in banner.text
    assert not banner.isHidden()
    assert "KeyError: 'no such key'" in details_of(told[0])
