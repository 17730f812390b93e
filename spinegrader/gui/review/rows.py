"""What a review row says and which rows are asked for; no widgets here."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.grades import Answer
from spinegrader.services.reading import work_list
from spinegrader.services.review_rows import ReviewRow
from spinegrader.services.session import Session
from spinegrader.texts import for_translation, translate, translate_count

UNSURE_BELOW = 0.7
"""A model is called unsure whose grade has a lower calibrated probability."""


class RowState(StrEnum):
    """How the reader's answer stands to the model's grade."""

    OPEN = for_translation("open")
    DIFFERS = for_translation("differs")
    UNSURE = for_translation("unsure")
    ACCEPTED = for_translation("accepted")
    AGREES = for_translation("agrees")
    OWN = for_translation("own")

    @property
    def text(self) -> str:
        """The state with a sign in front, so that it is quick to find."""
        signs = {
            RowState.OPEN: "○",
            RowState.DIFFERS: "≠",
            RowState.UNSURE: "?",
            RowState.ACCEPTED: "✓",
            RowState.AGREES: "=",
            RowState.OWN: "●",
        }
        return f"{signs[self]} {translate(str(self))}"


class Shown(StrEnum):
    """Which states are listed."""

    ALL = for_translation("All rows")
    DIFFERS = for_translation("Differing")
    OPEN = for_translation("Open")
    UNSURE_MODEL = for_translation("Model unsure")
    OTHER_READER = for_translation("Another reader differs")
    CHANGED = for_translation("Changed since the visit before")

    def takes(self, row: ReviewRow) -> bool:
        """Whether a row is among them."""
        if self is Shown.DIFFERS:
            return bool(row.disagreement)
        if self is Shown.OPEN:
            return row.grade is None
        if self is Shown.UNSURE_MODEL:
            return row.prediction is not None and row.prediction.confidence < UNSURE_BELOW
        if self is Shown.OTHER_READER:
            return row.other_reader_differs
        return self is Shown.ALL or row.has_changed


def state_of(row: ReviewRow) -> RowState:
    """How the reader's answer stands to the model's grade."""
    if row.grade is None:
        return RowState.OPEN
    if row.is_accepted:
        return RowState.ACCEPTED
    if row.grade.answer is not Answer.GRADED:
        return RowState.UNSURE
    if row.disagreement is None:
        return RowState.OWN
    return RowState.DIFFERS if row.disagreement else RowState.AGREES


@dataclass(frozen=True)
class Cell:
    """One cell of a confusion matrix.

    Args:
        grading: Id of the grading.
        reference: The reader's grade.
        predicted: The model's.
        places: Study and disc of each that fell into it.
    """

    grading: str
    reference: int
    predicted: int
    places: frozenset[tuple[str, DiscLevel]]


@dataclass(frozen=True)
class RowFilter:
    """Which rows are listed.

    Args:
        study_uid: Only this study; empty for all.
        shown: Only these states.
        grading: Only this one; empty for all.
        cell: Only what fell into this cell; beats the others but for the study.
    """

    study_uid: str = ""
    shown: Shown = Shown.ALL
    grading: str = ""
    cell: Cell | None = None

    def takes(self, row: ReviewRow) -> bool:
        """Whether a row is listed."""
        if self.cell is not None:
            place = (row.study_uid, row.item.disc)
            return row.item.grading == self.cell.grading and place in self.cell.places
        if self.grading and row.item.grading != self.grading:
            return False
        return self.shown.takes(row)


def study_titles(session: Session, *, identity_hidden: bool) -> dict[str, str]:
    """What each study is called: person and date, or their numbers where these are hidden."""
    titles: dict[str, str] = {}
    patients: dict[str, int] = {}
    for study_uid in work_list(session):
        study = session.state.studies[study_uid]
        person = session.state.person_of(study.patient_id)
        visit = patients[person] = patients.get(person, 0) + 1
        if identity_hidden:
            titles[study_uid] = translate("Patient {patients}, visit {visit}").format(
                patients=len(patients), visit=visit
            )
        else:
            date = "" if study.date is None else f", {study.date.isoformat()}"
            titles[study_uid] = f"{person}{date}"
    return titles


def held_back_words(number: int) -> str:
    """Says how many studies are not listed, and why; empty where there are none."""
    if not number:
        return ""
    return translate_count(
        "{number} study with a model's grades is held back: this project is read blinded, and you "
        "have not answered all of their items yet. Read them first; their rows come here as they "
        "are done.",
        "{number} studies with a model's grades are held back: this project is read blinded, and "
        "you have not answered all of their items yet. Read them first; their rows come here as "
        "they are done.",
        number,
    ).format(number=number)


def open_rows(rows: Iterable[ReviewRow]) -> list[ReviewRow]:
    """Those that have a prediction and no answer yet."""
    return [row for row in rows if row.grade is None and row.prediction is not None]
