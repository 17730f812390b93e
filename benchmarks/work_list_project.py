"""The project of ``work_list``: thousands of studies, half of them read, all of them predicted."""

import datetime as dt
import hashlib
import uuid
from pathlib import Path

import numpy as np

from benchmarks.large_project import edits
from spinegrader.domain.edits import AddPredictions, EditGroup, SetGrade
from spinegrader.domain.grades import Answer, Grade, GradeKey
from spinegrader.domain.predictions import Prediction
from spinegrader.services.containment import containment
from spinegrader.services.items import Item, asked_gradings, items_of
from spinegrader.services.progress import work_list
from spinegrader.services.reading import own_grade
from spinegrader.services.session import Session
from spinegrader.store.compaction import compact_project
from spinegrader.store.pixels import write_as
from spinegrader.store.project import ProjectStore

READER = "Dr. Abel"
_MODEL = hashlib.sha256(b"benchmark").hexdigest()
_NOON = dt.datetime(2026, 3, 3, 12, tzinfo=dt.UTC)
_BRIGHTEST = 4096


def make_project(folder: Path, studies: int, grades: int, images: int) -> None:
    """Writes a project in which READER has read the first half of the work list.

    Args:
        folder: Where it shall be.
        studies: How many there are; a model has graded all of them.
        grades: How many answers there are before the first half is answered to its end.
        images: How many studies have images, from the first one and from the middle on.
    """
    rng = np.random.default_rng(6)
    with ProjectStore.create(folder, containment()) as store:
        for edit in edits(studies, grades):
            store.state.apply(edit, store.append(edit, by=READER))
        session = Session(store, READER)
        order = work_list(session)
        for at, study_uid in enumerate(order):
            if at < len(order) // 2:
                answers = _missing(session, study_uid)
                store.state.apply(answers, store.append(answers, by=READER))
            store.append(_predicted(session, study_uid, rng), by=READER)
        middle = len(order) // 2
        _keep_images(session, [*order[:images], *order[middle : middle + images]], rng)
        store.close(compact=False)
    compact_project(folder, containment())


def _keep_images(session: Session, studies: list[str], rng: np.random.Generator) -> None:
    """Puts noise of the right size where the pixels of some studies are looked for."""
    for study_uid in studies:
        for series in session.state.series_of(study_uid):
            pixels = rng.integers(0, _BRIGHTEST, series.geometry.shape, dtype=np.uint16)
            folder = session.store.folder / "pixels"
            write_as(folder, series.pixels, pixels, series.geometry, containment())


def _missing(session: Session, study_uid: str) -> EditGroup:
    made = [
        SetGrade(None, Grade(_key(study_uid, item), Answer.GRADED, 1, 1, _NOON, 2.5))
        for item in items_of(session, study_uid)
        if own_grade(session, study_uid, item) is None
    ]
    return EditGroup("Grades", tuple(made))


def _key(study_uid: str, item: Item) -> GradeKey:
    return GradeKey(study_uid, item.disc, item.grading, READER)


def _predicted(session: Session, study_uid: str, rng: np.random.Generator) -> AddPredictions:
    gradings = {grading.id: grading for grading in asked_gradings(session)}
    series_uid = session.state.series_of(study_uid)[0].uid
    made = []
    for item in items_of(session, study_uid):
        values = gradings[item.grading].values
        shares = rng.dirichlet(np.ones(len(values)))
        made.append(
            Prediction(
                id=str(uuid.UUID(bytes=rng.bytes(16))),
                study_uid=study_uid,
                series_uid=series_uid,
                disc=item.disc,
                grading=item.grading,
                values=values,
                probabilities=tuple(float(share) for share in shares),
                run="benchmark",
                model_hash=_MODEL,
                predicted_at=_NOON,
            )
        )
    return AddPredictions(tuple(made))
