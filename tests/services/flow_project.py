"""The small project of three studies, read by several readers."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.edits import AddPredictions
from spinegrader.domain.grades import Answer
from spinegrader.domain.predictions import Prediction
from spinegrader.services import reading
from spinegrader.services.session import Session
from tests.services.conftest import fill

STUDY, FOLLOW_UP, UNRELATED = "1.2.11", "1.2.12", "1.2.21"
L4_L5 = reading.Item(DiscLevel.parse("L4/L5"), "pfirrmann")


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """Reader “A” on the small project, which asks for one grading; project.h5 is left alone."""
    opened = Session.open_or_create(tmp_path / "project", "A")
    fill(opened)
    reading.ask_gradings(opened, ["pfirrmann"])
    yield opened
    opened.store.close(compact=False)


def read(session: Session, study_uid: str = STUDY, value: int = 2) -> None:
    """Answers all open items of a study."""
    while (item := reading.next_open_item(session, study_uid)) is not None:
        reading.answer(session, study_uid, item, Answer.GRADED, value)


def predict(session: Session, study_uid: str = STUDY, value: int = 4) -> None:
    """A model grades L4/L5."""
    values = (1, 2, 3, 4, 5)
    prediction = Prediction(
        id=f"{study_uid}-{value}",
        study_uid=study_uid,
        series_uid=f"{study_uid}.1",
        disc=L4_L5.disc,
        grading=L4_L5.grading,
        values=values,
        probabilities=tuple(0.6 if digit == value else 0.1 for digit in values),
        run="finetune-20260101-000000",
        model_hash="0123456789abcdef",
        predicted_at=datetime.now(UTC),
    )
    session.apply(AddPredictions((prediction,)))
