"""A small real project, opened in a workbench."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from spinegrader.domain.edits import ImportStudies
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.study import Patient, Plane, Series, Study, Weighting
from spinegrader.gui.theme import apply_theme
from spinegrader.gui.workbench import Workbench
from spinegrader.services.session import Session
from spinegrader.services.settings import Settings, Theme

READER = "Dr. Reader"
SHAPE = (3, 4, 5)
SAGITTAL = VolumeGeometry.from_matrix(
    [[0, 0, -4.4, 0], [0.59, 0, 0, 0], [0, -0.59, 0, 0], [0, 0, 0, 1]], SHAPE
)


@dataclass(frozen=True)
class Visit:
    """What a test wants to know of a study that it made."""

    uid: str
    t2: str
    t1: str
    axial: str


def visit_series(study_uid: str, pixels: str, *, sagittal: bool = True) -> tuple[Series, ...]:
    """Sagittal T2 and T1, and an axial T2."""
    kinds = [("3", Plane.AXIAL, Weighting.T2)]
    if sagittal:
        kinds += [("1", Plane.SAGITTAL, Weighting.T2), ("2", Plane.SAGITTAL, Weighting.T1)]
    return tuple(
        Series(
            f"{study_uid}.{number}",
            study_uid,
            pixels,
            SAGITTAL,
            plane,
            weighting,
            description=f"{plane} {weighting} TSE",
            number=int(number),
        )
        for number, plane, weighting in kinds
    )


def import_people(session: Session) -> None:
    """Anna has two visits, Bert one, Carl one without sagittal images."""
    pixels = session.store.write_pixels(np.arange(60, dtype=np.int16).reshape(SHAPE), SAGITTAL)
    patients = (Patient("A-17", "Arndt, Anna"), Patient("B-42", "Berger, Bert"), Patient("C-3"))
    studies = (
        Study("1.2.1", "A-17", dt.date(2016, 4, 26), "Lumbar spine"),
        Study("1.2.2", "A-17", dt.date(2019, 8, 3), "Lumbar follow-up"),
        Study("1.2.3", "B-42", dt.date(2017, 1, 9), "Lumbar spine"),
        Study("1.2.4", "C-3", None, "Axial only"),
    )
    series = [
        item
        for study in studies
        for item in visit_series(study.uid, pixels, sagittal=study.uid != "1.2.4")
    ]
    session.apply(ImportStudies(patients, studies, tuple(series)))


@pytest.fixture(autouse=True)
def _own_settings_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def project_folder(tmp_path: Path) -> Path:
    return tmp_path / "project"


@pytest.fixture
def empty_workbench(qapp, project_folder: Path) -> Iterator[Workbench]:
    """A project without images is open."""
    apply_theme(qapp, Theme.DARK)
    workbench = Workbench(Settings(reader=READER))
    workbench.open_session(Session.open_or_create(project_folder, READER))
    yield workbench
    if workbench.has_session:
        # Renewing project.h5 takes a process and seconds; no test here reads it.
        workbench.session.store.close(compact=False)
    workbench.close_session()
    for lane in (workbench.quick_lane, workbench.training_lane):
        assert lane.shut_down(10.0)


@pytest.fixture
def workbench(empty_workbench: Workbench) -> Workbench:
    """A project with three patients is open."""
    import_people(empty_workbench.session)
    return empty_workbench


@pytest.fixture
def reopened(workbench: Workbench, project_folder: Path) -> Iterator[Callable[[], Session]]:
    """Closes the project in the workbench and reads it anew from the disk."""

    def reopen() -> Session:
        workbench.session.store.close(compact=False)
        workbench.close_session()
        session = Session.open(project_folder, READER)
        sessions.append(session)
        return session

    sessions: list[Session] = []
    yield reopen
    for session in sessions:
        session.store.close(compact=False)
