"""Projects that were open before, in the Project menu."""

import pytest

from spinegrader.gui.main_window import MainWindow
from spinegrader.gui.menus import PROJECT
from spinegrader.gui.recent_menu import RecentMenu
from spinegrader.services.session import Session
from spinegrader.services.settings import Settings


@pytest.fixture
def window(qtbot, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    opened = MainWindow(Settings(reader="Dr A"))
    qtbot.addWidget(opened)
    with qtbot.waitExposed(opened):
        opened.show()
    yield opened
    opened.close()


@pytest.fixture
def recent(window):
    """The menu, and its entries as they are when it opens."""
    (menu,) = window.findChildren(RecentMenu)

    def entries():
        menu.aboutToShow.emit()
        return [action for action in menu.actions() if not action.isSeparator()]

    return entries


def make(folder):
    Session.open_or_create(folder, "Dr A").close()
    return folder


def test_the_menu_stands_behind_opening(window):
    texts = [action.text() for action in window._menus[PROJECT].actions()]
    assert texts[:4] == [
        "&New project…",
        "&Open project…",
        "Open &recent",
        "Open the &demo project",
    ]


def test_the_latest_is_first_and_opens(window, recent, tmp_path):
    folders = [make(tmp_path / name) for name in ("one", "two & a half")]
    for folder in folders:
        assert window.projects.open(folder)
    first, second, _ = recent()
    assert [first.text(), second.text()] == ["two && a half", "one"]
    assert second.toolTip() == str(folders[0])
    second.trigger()
    assert window.workbench.session.store.folder == folders[0]
    assert recent()[0].text() == "one"


def test_folders_that_went_are_not_offered(window, recent, tmp_path):
    assert window.projects.open(make(tmp_path / "one"))
    window.window_actions["close_project"].trigger()
    (tmp_path / "one").rename(tmp_path / "elsewhere")
    first, clear = recent()
    assert not first.isEnabled()
    assert clear.isEnabled()


def test_equal_names_are_told_apart(window, recent, tmp_path):
    for parent in ("a", "b"):
        assert window.projects.open(make(tmp_path / parent / "lumbar"))
    texts = [action.text() for action in recent()[:2]]
    assert texts == [f"lumbar  ({tmp_path / parent})" for parent in ("b", "a")]


def test_the_list_can_be_cleared(window, recent, tmp_path):
    assert window.projects.open(make(tmp_path / "one"))
    recent()[-1].trigger()
    assert window.workbench.settings.recent_projects == ()
    first, clear = recent()
    assert first.text() == "No project was open before"
    assert not clear.isEnabled()
