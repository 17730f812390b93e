"""A project of made-up people with follow-ups, and a tiny pre-training on some of them."""

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from spinegrader.domain.edits import EditGroup, ImportStudies, SetOverlay
from spinegrader.domain.overlays import OverlayState
from spinegrader.domain.study import Patient, Plane, Series, Study, Weighting
from spinegrader.model.check_records import CHECKS
from spinegrader.model.runs import new_run_folder
from spinegrader.model.splits import Part
from spinegrader.services.material import subject_tokens
from spinegrader.services.second_look import second_look_plan
from spinegrader.services.session import Session
from spinegrader.services.training import pretrain_plan
from spinegrader.store.layout import ProjectLayout, write_marker
from tests.model.model_samples import STILL, never, pretrain_config
from tests.services.conftest import GEOMETRY, column

TRAINED, ASIDE, LATER = 4, 12, 4
KNOWN = TRAINED + 2 * ASIDE
PEOPLE = KNOWN + LATER
DAYS = (date(2014, 3, 1), date(2024, 3, 1))


PROJECT_ID = "5ec0dd20"
"""Pseudonyms come of it, and of them who teaches the checks where all people are unseen: with this
one both misfiled people do."""

MISFILED = (KNOWN, KNOWN + 3)
"""Two people whose second visits are filed under each other's names."""


def trained_project(base: Path, copy: Path) -> tuple[Path, str]:
    """A project with two misfiled studies and a pre-training, made once, then copied.

    The network has seen all vertebrae, but nothing was measured yet.

    Returns:
        The copy, and the name of the run.
    """
    made = base / "second-look-project"
    if not made.exists():
        session = fill(made, MISFILED)
        folder = session.store.runs_folder / train(session)
        second_look_plan(session).run(lambda _event: None, never, "cpu")
        (folder / CHECKS).unlink()
        session.close()
    (run,) = (made / "runs").glob("pretrain-*")
    return Path(shutil.copytree(made, copy)), run.name


def study_uid(person: int, visit: int) -> str:
    """StudyInstanceUID."""
    return f"1.2.{person}.{visit}"


def patient_id(person: int) -> str:
    """PatientID."""
    return f"P{person:02d}"


def fill(folder: Path, swapped: tuple[int, int] | None = None) -> Session:
    """Brings two visits of each person in, with confirmed vertebrae.

    Args:
        folder: Of the project.
        swapped: Two people whose second visits are filed under each other's names.
    """
    layout = ProjectLayout(folder, PROJECT_ID, created_at="2026-01-01T00:00:00+00:00")
    layout.make_folders()
    write_marker(layout)
    session = Session.open(folder, "A")
    owners = {person: person for person in range(PEOPLE)}
    if swapped is not None:
        owners |= {swapped[0]: swapped[1], swapped[1]: swapped[0]}
    studies, series = [], []
    for person in range(PEOPLE):
        for visit, day in enumerate(DAYS):
            filed = owners[person] if visit else person
            uid = study_uid(person, visit)
            pixels = session.store.write_pixels(image(person, visit), GEOMETRY)
            studies.append(Study(uid, patient_id(filed), day))
            series.append(
                Series(
                    f"{uid}.1",
                    uid,
                    pixels,
                    GEOMETRY,
                    Plane.SAGITTAL,
                    Weighting.T2,
                    manufacturer=f"Maker {person % 2}",
                )
            )
    patients = tuple(Patient(patient_id(person), "") for person in range(PEOPLE))
    session.apply(ImportStudies(patients, tuple(studies), tuple(series)))
    overlays = tuple(
        SetOverlay(
            item.uid, None, replace(column(item.uid), state=OverlayState.CONFIRMED, author="A")
        )
        for item in series
    )
    session.apply(EditGroup("Vertebrae", overlays))
    return session


def image(person: int, visit: int) -> np.ndarray:
    """The person's own waves, a bar in each body that tells its level, the visit's noise."""
    _, rows, columns = GEOMETRY.shape
    own = np.random.default_rng([5, person])
    y, x = np.mgrid[:rows, :columns] * 1.2
    pixels = np.full((rows, columns), 400.0)
    for _ in range(6):
        wave = own.normal(scale=0.12, size=2)
        pixels += 60 * np.cos(wave[0] * x + wave[1] * y + own.uniform(0, 6))
    for level in range(7):
        top = 10 + 29 * level + 3 * level
        in_bar = (abs(y - top) < 2) & (x > 78)
        pixels[in_bar] += 350
    noise = np.random.default_rng([6, person, visit])
    noisy = pixels + noise.normal(scale=8, size=GEOMETRY.shape)
    return noisy.clip(0, 2000).astype(np.uint16)


def train(session: Session, epochs: int = 8, aside: int = ASIDE, **changes) -> str:
    """Pre-trains on the first people; others validate and test, the last come later.

    Returns:
        Name of the run.
    """
    tokens = subject_tokens(session)
    names = [tokens[patient_id(person)] for person in range(KNOWN)]
    split = dict.fromkeys(names, Part.TRAIN)
    split |= dict.fromkeys(names[TRAINED : TRAINED + aside], Part.VALIDATION)
    split |= dict.fromkeys(names[TRAINED + ASIDE : TRAINED + ASIDE + aside], Part.TEST)
    config = pretrain_config(epochs=epochs, augment=STILL, **changes)
    plan = pretrain_plan(session, config)
    known = tuple(item for item in plan.requests if item.subject in split)
    folder = new_run_folder(session.store.runs_folder, "pretrain")
    replace(plan, requests=known, split=split).run(folder, lambda _event: None, never)
    return folder.name
