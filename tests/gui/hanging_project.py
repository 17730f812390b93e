"""A person with two visits: T2, T1 and axial images at the later one, T2 at the earlier one."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.edits import ImportStudies, SetOverlay
from spinegrader.domain.geometry import VolumeGeometry, as_point
from spinegrader.domain.overlays import Overlay, OverlayState
from spinegrader.domain.study import Patient, Plane, Series, Study, Weighting
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.gui.main_window import MainWindow
from spinegrader.services.session import Session
from spinegrader.services.settings import Settings

READER = "Dr A"
SHAPE = (9, 120, 100)
LEVELS = (VertebraLevel.L3, VertebraLevel.L4, VertebraLevel.L5, VertebraLevel.S1)
L4_L5 = DiscLevel(VertebraLevel.L4, VertebraLevel.L5)
PRIOR_SHIFT = (4.0, -12.0, 9.0)
EARLIER, LATER = "1.1", "1.2"
T2, T1, AXIAL_T2, EARLIER_T2 = "1.2.1", "1.2.2", "1.2.3", "1.1.1"


def sagittal(shift_mm=(0.0, 0.0, 0.0)) -> VolumeGeometry:
    """1 mm pixels, slices 4 mm apart from the patient's right to the left."""
    x, y, z = shift_mm
    return VolumeGeometry.from_matrix(
        [[0, 0, 4, -16 + x], [1, 0, 0, -50 + y], [0, -1, 0, 60 + z], [0, 0, 0, 1]], SHAPE
    )


AXIAL = VolumeGeometry.from_matrix(
    [[1, 0, 0, -30], [0, 1, 0, -30], [0, 0, 5, -40], [0, 0, 0, 1]], (17, 60, 60)
)


def vertebrae(shift_mm=(0.0, 0.0, 0.0), bend_mm=0.0) -> tuple[Vertebra, ...]:
    """Four bodies, 24 mm high and 30 mm deep, 32 mm apart, each further to the left."""
    found = []
    for number, level in enumerate(LEVELS):
        top = 50 - 32 * number
        corners = [(-15, top), (15, top), (15, top - 24), (-15, top - 24)]
        found.append(
            Vertebra(
                level,
                tuple(as_point(np.add((bend_mm * number, y, z), shift_mm)) for y, z in corners),
            )
        )
    return tuple(found)


def make_project(folder) -> None:
    """Four years apart; the person lay elsewhere on the table."""
    session = Session.open_or_create(folder, READER)
    generator = np.random.default_rng(7)

    def series(uid, study, geometry, plane, weighting, number):
        noise = generator.integers(0, 900, geometry.shape, np.int16)
        pixels = session.store.write_pixels(noise, geometry)
        return Series(uid, study, pixels, geometry, plane, weighting, number=number)

    session.apply(
        ImportStudies(
            (Patient("P-1", "Poe, Pat"),),
            (
                Study(EARLIER, "P-1", dt.date(2015, 3, 1)),
                Study(LATER, "P-1", dt.date(2019, 3, 1)),
            ),
            (
                series(EARLIER_T2, EARLIER, sagittal(PRIOR_SHIFT), Plane.SAGITTAL, Weighting.T2, 1),
                series(T2, LATER, sagittal(), Plane.SAGITTAL, Weighting.T2, 1),
                series(T1, LATER, sagittal((2.0, 0, 0)), Plane.SAGITTAL, Weighting.T1, 2),
                series(AXIAL_T2, LATER, AXIAL, Plane.AXIAL, Weighting.T2, 3),
            ),
        )
    )
    for uid, shift in ((EARLIER_T2, PRIOR_SHIFT), (T2, (0.0, 0.0, 0.0))):
        overlay = Overlay(uid, vertebrae(shift, 4.0), OverlayState.CONFIRMED, READER)
        session.apply(SetOverlay(uid, None, overlay))
    session.store.close(compact=False)


@contextmanager
def opened_window(qtbot, folder) -> Iterator[MainWindow]:
    """The real window with the later visit in front and all its images hung."""
    make_project(folder)
    window = MainWindow(Settings(reader=READER))
    window.resize(1400, 900)
    with qtbot.waitExposed(window):
        window.show()
    window.projects.open(folder)
    window.workbench.select_study(LATER)
    area = window.read_page.images_area
    qtbot.waitUntil(lambda: all(show.series_uid for show in area.shows.values()))
    window.activateWindow()
    qtbot.waitUntil(area.main.hasFocus)
    yield window
    if window.workbench.has_session:
        window.workbench.session.store.close(compact=False)
    assert window.close()
    window.deleteLater()
