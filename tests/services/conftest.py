"""A small project with two studies of one person and one of another, with made-up pixels."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.edits import ImportStudies, SetOverlay
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.study import Patient, Plane, Series, Study, Weighting
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.services.session import Session

GEOMETRY = VolumeGeometry.from_matrix(
    [[0, 0, 4.4, -13.2], [1.2, 0, 0, -60], [0, -1.2, 0, 110], [0, 0, 0, 1]], (7, 180, 120)
)
STUDIES = {
    "1.2.11": ("P1", date(2015, 2, 1)),
    "1.2.12": ("P1", date(2024, 5, 1)),
    "1.2.21": ("P2", None),
}


def column(series_uid: str) -> Overlay:
    """T12 to S1 as upright boxes in the middle slice."""
    names = ("T12", "L1", "L2", "L3", "L4", "L5", "S1")
    vertebrae = []
    for index, name in enumerate(names):
        top = 100.0 - 29.0 * index
        corners = ((0.0, 0.0, top), (0.0, 33.0, top), (0.0, 33.0, top - 22), (0.0, 0.0, top - 22))
        vertebrae.append(Vertebra(VertebraLevel(name), corners))
    return Overlay(series_uid, tuple(vertebrae))


def fill(session: Session) -> None:
    """Brings the three studies in."""
    pixels = np.random.default_rng(3).integers(0, 900, GEOMETRY.shape).astype(np.uint16)
    sha256 = session.store.write_pixels(pixels, GEOMETRY)
    patients = tuple(Patient(name, f"Name^{name}") for name in ("P1", "P2"))
    studies = tuple(Study(uid, patient, day) for uid, (patient, day) in STUDIES.items())
    series = tuple(
        Series(f"{uid}.1", uid, sha256, GEOMETRY, Plane.SAGITTAL, Weighting.T2) for uid in STUDIES
    )
    session.apply(ImportStudies(patients, studies, series))


@pytest.fixture
def session(tmp_path: Path):
    """An open session of reader “A” on the small project, without vertebrae."""
    opened = Session.open_or_create(tmp_path / "project", "A")
    fill(opened)
    yield opened
    opened.store.close(wait=True)


@pytest.fixture
def overlaid(session: Session) -> Session:
    """The same with vertebrae on every study."""
    for uid in STUDIES:
        session.apply(SetOverlay(f"{uid}.1", None, column(f"{uid}.1")))
    return session


@pytest.fixture
def reopened(session: Session) -> Iterator[Callable[[str], Session]]:
    """Opens the project once more, as it lies on the disk, under a reader's name."""
    sessions: list[Session] = []

    def reopen(reader: str = "A") -> Session:
        sessions.append(Session.open(session.store.folder, reader))
        return sessions[-1]

    yield reopen
    for opened in sessions:
        opened.store.close(compact=False)
