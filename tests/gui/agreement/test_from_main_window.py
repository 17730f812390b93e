"""The windows as they are opened from the main one."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from spinegrader.gui.agreement.change_window import ChangeWindow
from spinegrader.gui.agreement.sides_bar import Kind
from spinegrader.gui.agreement.window import AgreementWindow
from spinegrader.gui.main_window import MainWindow
from spinegrader.services.demo import SIMULATED_READER
from spinegrader.services.progress import done_studies
from spinegrader.services.protocol import ReadingProtocol, set_protocol
from spinegrader.services.settings import Settings
from tests.gui.agreement.two_readers import OTHER, STUDIES, compare, read_likewise
from tests.gui.test_review import leave_card, predict


@pytest.fixture
def main(qtbot, monkeypatch, tmp_path, project):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    shown = MainWindow(Settings(reader=SIMULATED_READER))
    qtbot.addWidget(shown)
    with qtbot.waitExposed(shown):
        shown.show()
    assert shown.projects.open(project)
    session = shown.workbench.session
    read_likewise(session, OTHER, done_studies(session)[:STUDIES])
    yield shown
    shown.close()


def test_a_disc_of_a_cell_is_brought_to_the_front(qtbot, main):
    main.show_page("page_models")
    main.window_actions["agreement"].trigger()
    main.window_actions["agreement"].trigger()
    (shown,) = main.findChildren(AgreementWindow)
    pane = compare(qtbot, shown, Kind.READERS)
    pair = pane.chosen.pairs[-1]
    place = pane.discs.matrix.cell_area(pair.first, pair.second).center().toPoint()
    QTest.mouseClick(pane.discs.matrix, Qt.MouseButton.LeftButton, pos=place)
    chosen = pane.discs.cell.chosen
    qtbot.mouseClick(pane.discs.cell.read_button, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert main.pages.currentWidget() is main.read_page
    assert main.workbench.study_uid == chosen.study_uid
    assert main.workbench.item.disc == chosen.disc
    shown.close()
    qtbot.waitUntil(lambda: not main.findChildren(AgreementWindow))


def test_review_leads_to_it_and_the_menu_to_the_rest(qtbot, main):
    session = main.workbench.session
    set_protocol(session, ReadingProtocol(mode="assisted"))
    predict(session)
    leave_card(session)
    main.show_page("page_review")
    qtbot.waitUntil(lambda: bool(main.review_page.strip.found), timeout=30_000)
    main.review_page.strip.more_button.click()
    (shown,) = main.findChildren(AgreementWindow)
    assert shown.tabs.currentWidget() is shown.agreement
    main.window_actions["adjudicate"].trigger()
    assert shown.tabs.currentWidget() is shown.adjudication
    shown.close()
    focused = main.review_page.focused_row
    main.window_actions["changes"].trigger()
    (changes,) = main.findChildren(ChangeWindow)
    state = session.state
    assert changes._course.person == state.person_of(state.studies[focused.study_uid].patient_id)
    main.workbench.close_session()
    qtbot.waitUntil(lambda: not main.findChildren(ChangeWindow))
