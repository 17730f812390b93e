"""The theme “as the desktop” changes when the desktop does."""

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QPalette

from spinegrader.gui.theme import DARK_COLOURS, LIGHT_COLOURS
from spinegrader.gui.theme_follower import ThemeFollower
from spinegrader.services.settings import Theme
from tests.gui.cohort_project import workbench

__all__ = ["workbench"]

Scheme = Qt.ColorScheme


@pytest.fixture
def desktop(qapp):
    """The application; afterwards it looks as before."""
    before = qapp.font(), qapp.palette(), qapp.styleSheet()
    yield qapp
    qapp.styleHints().unsetColorScheme()
    qapp.setStyleSheet(before[2])
    qapp.setPalette(before[1])
    qapp.setFont(before[0])


@pytest.fixture
def follower(workbench, desktop):
    owner = QObject()
    ThemeFollower(workbench, owner)
    yield owner
    owner.deleteLater()


def window_colour(app):
    return app.palette().color(QPalette.ColorRole.Window)


def turn(app, scheme):
    """The desktop becomes dark or light; Qt says it by this signal."""
    app.styleHints().colorSchemeChanged.emit(scheme)


def test_day_and_night_follow_the_desktop(desktop, follower):
    turn(desktop, Scheme.Light)
    assert window_colour(desktop) == QColor(LIGHT_COLOURS.window)
    assert LIGHT_COLOURS.button in desktop.styleSheet()
    turn(desktop, Scheme.Dark)
    assert window_colour(desktop) == QColor(DARK_COLOURS.window)


def test_a_chosen_theme_stays_whatever_the_desktop_does(workbench, desktop, follower):
    workbench.change_settings(theme=Theme.LIGHT)
    assert window_colour(desktop) == QColor(LIGHT_COLOURS.window)
    turn(desktop, Scheme.Dark)
    assert window_colour(desktop) == QColor(LIGHT_COLOURS.window)
    workbench.change_settings(theme=Theme.DARK)
    turn(desktop, Scheme.Light)
    assert window_colour(desktop) == QColor(DARK_COLOURS.window)


def test_going_back_to_the_desktop_follows_it_again(workbench, desktop, follower):
    workbench.change_settings(theme=Theme.DARK)
    workbench.change_settings(theme=Theme.SYSTEM)
    turn(desktop, Scheme.Light)
    assert window_colour(desktop) == QColor(LIGHT_COLOURS.window)


def test_other_settings_do_not_dress_the_window_anew(workbench, desktop, follower):
    turn(desktop, Scheme.Light)
    desktop.setStyleSheet("")
    workbench.change_settings(identity_hidden=True)
    assert desktop.styleSheet() == ""
