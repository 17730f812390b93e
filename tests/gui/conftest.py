"""A window system for tests, and a watch over what they leave behind."""

import gc
import os
import sys
import threading
from collections.abc import Iterator

# Before the first import of Qt: the platform is chosen once.
if sys.platform.startswith("linux") and not (
    os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pytest
from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QObject,
    QThread,
    QTimer,
)
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import VolumeGeometry, as_point
from spinegrader.domain.overlays import Overlay, OverlayState
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.gui.viewer.slice_viewer import SliceViewer
from tests.hands import Hand

_GRACE_S = 2.0
OBLIQUE_SPACING_MM = (0.6, 0.9, 4.0)
OBLIQUE_SHAPE = (9, 180, 200)


@pytest.fixture(scope="session", autouse=True)
def known_before():
    """What runs before the first test; grows by every leak, so that each is told only once."""
    known = [*_running_objects(), *_visible_windows()]
    # What imports made is looked through no more: thousands of objects for every test.
    gc.collect()
    gc.freeze()
    yield known
    gc.unfreeze()


@pytest.fixture(autouse=True)
def nothing_left_behind(known_before):
    """Fails a test that leaves a thread, a running timer or a visible window behind.

    Widgets that are handed to ``qtbot.addWidget`` are closed before this looks.
    """
    threads_before = set(threading.enumerate())
    yield
    leaks = _leaked_threads(threads_before)
    leaks += _left_running(known_before)
    if leaks:
        pytest.fail(f"The test left running or visible: {', '.join(leaks)}.", pytrace=False)


def _left_running(known_before: list[QObject]) -> list[str]:
    leaks = []
    if QApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    known = {id(thing) for thing in known_before}
    for found in (*_running_objects(), *_visible_windows()):
        if id(found) not in known:
            # Kept alive, too: its id must not be given to another.
            known_before.append(found)
            leaks.append(f"{type(found).__name__} “{found.objectName()}”")
    return leaks


def _leaked_threads(before: set[threading.Thread]) -> list[str]:
    leaked = [thread for thread in threading.enumerate() if thread not in before]
    for thread in leaked:
        thread.join(_GRACE_S)
    return [f"thread “{thread.name}”" for thread in leaked if thread.is_alive()]


def _running_objects() -> list[QObject]:
    """Timers and threads that run, whether Python or Qt holds on to them."""
    # By type alone: asking proxies for their class would run their code. And by known types, as
    # there are hundreds of thousands of objects behind each test.
    kinds = {*_kinds_of(QTimer), *_kinds_of(QThread)}
    found = {id(thing): thing for thing in gc.get_objects() if type(thing) in kinds}
    for widget in QApplication.topLevelWidgets() if QApplication.instance() else []:
        for kind in (QTimer, QThread) if isValid(widget) else ():
            found.update({id(child): child for child in widget.findChildren(kind)})
    return [thing for thing in found.values() if isValid(thing) and _runs(thing)]


def _kinds_of(kind: type[QObject]) -> Iterator[type[QObject]]:
    yield kind
    for special in kind.__subclasses__():
        yield from _kinds_of(special)


def _runs(thing: QObject) -> bool:
    if isinstance(thing, QTimer):
        return thing.isActive()
    # The thread that runs the tests is wrapped as soon as somebody asks for it.
    application = QCoreApplication.instance()
    is_main = application is not None and thing == application.thread()
    return isinstance(thing, QThread) and thing.isRunning() and not is_main


def _visible_windows() -> list[QWidget]:
    if QApplication.instance() is None:
        return []
    return [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]


@pytest.fixture(scope="session")
def oblique_geometry() -> VolumeGeometry:
    """Sagittal in reading orientation, turned about two axes, three different spacings."""
    about_z, about_x = np.deg2rad(14.0), np.deg2rad(-9.0)
    turn_z = np.array(
        [
            [np.cos(about_z), -np.sin(about_z), 0],
            [np.sin(about_z), np.cos(about_z), 0],
            [0, 0, 1],
        ]
    )
    turn_x = np.array(
        [
            [1, 0, 0],
            [0, np.cos(about_x), -np.sin(about_x)],
            [0, np.sin(about_x), np.cos(about_x)],
        ]
    )
    upright = np.array([[0, 0, 1], [1, 0, 0], [0, -1, 0]])
    matrix = np.eye(4)
    matrix[:3, :3] = turn_z @ turn_x @ upright * OBLIQUE_SPACING_MM
    matrix[:3, 3] = (-17.0, -61.0, 83.0)
    return VolumeGeometry.from_matrix(matrix, OBLIQUE_SHAPE)


@pytest.fixture(scope="session")
def counting_pixels() -> np.ndarray:
    """Every pixel's value tells its place."""
    count = int(np.prod(OBLIQUE_SHAPE))
    return np.arange(count, dtype=np.int32).reshape(OBLIQUE_SHAPE)


@pytest.fixture
def lumbar_overlay(oblique_geometry) -> Overlay:
    """L3, L4, L5 on the slices 4, 4, 6; bodies 34 mm deep, 26 mm high, discs 9 mm."""
    vertebrae = []
    for order, (level, index) in enumerate(
        ((VertebraLevel.L3, 4), (VertebraLevel.L4, 4), (VertebraLevel.L5, 6))
    ):
        front, back, top = 70, 70 + 34 / 0.6, 30 + order * 35 / 0.9
        low = top + 26 / 0.9
        places = [(front, top), (back, top), (back, low), (front, low)]
        corners = tuple(
            as_point(oblique_geometry.to_mm((column, row, index))) for column, row in places
        )
        vertebrae.append(Vertebra(level, corners))
    return Overlay("1.2.3", tuple(vertebrae), OverlayState.CONFIRMED)


@pytest.fixture
def viewer(qtbot, oblique_geometry, counting_pixels) -> SliceViewer:
    """A viewer on screen with the oblique volume at its middle slice."""
    widget = SliceViewer()
    qtbot.addWidget(widget)
    widget.resize(704, 644)
    widget.show()
    qtbot.waitExposed(widget)
    widget.show_volume(counting_pixels, oblique_geometry, (0.0, float(counting_pixels.max())))
    return widget


@pytest.fixture
def hand(viewer) -> Hand:
    """A hand on the viewer's mouse."""
    return Hand(viewer.mouse_area)


@pytest.fixture
def restored_look(qapp):
    """Leaves the application as it was."""
    before = qapp.font(), qapp.palette(), qapp.styleSheet()
    yield qapp
    qapp.setStyleSheet(before[2])
    qapp.setPalette(before[1])
    qapp.setFont(before[0])
