"""What there is to review: each disc and grading with the reader's, the model's, others' grades."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.grades import Grade
from spinegrader.domain.predictions import Prediction
from spinegrader.domain.scheme import Grading, Scale
from spinegrader.services.progress import counted_ahead
from spinegrader.services.reading import Item, asked_gradings
from spinegrader.services.session import Session
from spinegrader.services.sight import (
    Sights,
    held_back,
    is_held_back,
    may_look,
    note_sights,
    sights_to_come,
)
from spinegrader.services.steps import Steps, finished
from spinegrader.services.visits import prior_visit

_Place = tuple[DiscLevel, str]
_KEPT_STUDIES = 16
"""Whose grades stay at hand: the visits of a person come one after the other."""


@dataclass(frozen=True)
class PriorAnswer:
    """What was said of the same disc at the visit before.

    Args:
        study_uid: That visit.
        study_date: When it was.
        grade: The session's reader's answer, else the latest of another reader.
    """

    study_uid: str
    study_date: date
    grade: Grade


@dataclass(frozen=True)
class ReviewRow:
    """One disc and grading with all that is said of it.

    Args:
        study_uid: The study.
        item: Disc and grading.
        grade: The session's reader's answer; None while open.
        prediction: The newest prediction; None where there is none.
        disagreement: Steps between the two on an ordinal scale; 1 for different classes of a
            nominal one; None unless both have a value.
        others: Answers in force of other readers, by name.
        prior: The answer at the visit before; None where there is none to show.
    """

    study_uid: str
    item: Item
    grade: Grade | None
    prediction: Prediction | None
    disagreement: int | None
    others: tuple[Grade, ...] = ()
    prior: PriorAnswer | None = None

    @property
    def is_accepted(self) -> bool:
        """Whether the reader's answer came from this prediction."""
        return (
            self.grade is not None
            and self.prediction is not None
            and self.grade.accepted_prediction == self.prediction.id
        )

    @property
    def value(self) -> int | None:
        """The reader's grade, as long as it is open the model's; None where there is neither."""
        if self.grade is not None:
            return self.grade.value
        return None if self.prediction is None else self.prediction.value

    @property
    def other_reader_differs(self) -> bool:
        """Whether another reader's grade is another than the reader's, else than the model's."""
        return self.value is not None and any(
            grade.value not in (None, self.value) for grade in self.others
        )

    @property
    def has_changed(self) -> bool:
        """Whether the grade is another than that of the visit before."""
        before = None if self.prior is None else self.prior.grade.value
        return None not in (self.value, before) and self.value != before


def review_rows(session: Session, studies: Iterable[str] | None = None) -> list[ReviewRow]:
    """A row for each prediction or answer of the asked gradings, to be shown; worst ones first.

    Open items come after disagreements, agreements last; within each the least confident first.
    Studies whose predictions are held back have no rows; that the others were seen is recorded.
    Other readers' answers stand only where there are predictions: for these alone nobody needs
    to be unblinded.

    Raises:
        NotSavedError: If the record of what is seen couldn't be written.
    """
    return finished(gather_rows(session, studies))


def gather_rows(session: Session, studies: Iterable[str] | None = None) -> Steps[list[ReviewRow]]:
    """As :func:`review_rows`, study by study; what is seen is recorded by the last step."""
    chosen = sorted(_chosen(session, studies), key=lambda uid: _person(session, uid))
    rows = _Rows(session)
    for at, study_uid in enumerate(counted_ahead(session, chosen)):
        if not is_held_back(session, study_uid):
            rows.add_study(study_uid)
        yield at / len(chosen)
    note_sights(session, rows.in_sight)
    rows.found.sort(key=review_order)
    return rows.found


def rows_held_back(session: Session, studies: Iterable[str] | None = None) -> int:
    """How many studies with predictions have no rows, as the reader still reads them blinded."""
    return len(held_back(session, _chosen(session, studies)))


def review_order(row: ReviewRow) -> tuple[float, ...]:
    """Where a row stands by disagreement: large ones, then open items, then agreements."""
    confidence = 1.0 if row.prediction is None else row.prediction.confidence
    disc = row.item.disc.upper.position
    if row.disagreement:
        return (0, -row.disagreement, confidence, disc)
    if row.grade is None:
        return (1, 0, confidence, disc)
    return (2, 0, confidence, disc)


def other_predictions(session: Session, row: ReviewRow) -> tuple[Prediction, ...]:
    """What other models say of a row's disc and grading, the newest of each, newest first.

    To be asked only for rows that are shown: that the study's predictions are seen is recorded.
    """
    return besides(row.prediction, predictions_by_item(session, row.study_uid).get(row.item, ()))


def predictions_by_item(session: Session, study_uid: str) -> dict[Item, tuple[Prediction, ...]]:
    """What all models say of a study, the newest of each by disc and grading, newest first.

    To be asked only for studies that are shown, as :func:`other_predictions`.
    """
    newest: dict[Item, dict[tuple[str, str], Prediction]] = {}
    for found in session.state.predictions.glance(study_uid).values():
        models = newest.setdefault(Item(found.disc, found.grading), {})
        model = (found.run, found.model_hash)
        if model not in models or models[model].predicted_at < found.predicted_at:
            models[model] = found
    return {
        item: tuple(sorted(models.values(), key=lambda found: found.predicted_at, reverse=True))
        for item, models in newest.items()
    }


def besides(first: Prediction | None, told: Iterable[Prediction]) -> tuple[Prediction, ...]:
    """Those of other models than the first one's."""
    model = None if first is None else (first.run, first.model_hash)
    return tuple(item for item in told if (item.run, item.model_hash) != model)


class _Rows:
    """Puts rows together, and remembers whose predictions come in sight by them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._gradings = {grading.id: grading for grading in asked_gradings(session)}
        self._grades: OrderedDict[str, tuple[Grade, ...]] = OrderedDict()
        self.found: list[ReviewRow] = []
        self.in_sight: list[str] = []

    def add_study(self, study_uid: str) -> None:
        """Adds the rows of a study that isn't held back."""
        grades = self._grades_of(study_uid)
        sights = Sights({})
        if may_look(self._session, study_uid):
            sights = sights_to_come(self._session, study_uid, grades)
        is_in_sight = bool(sights.predictions)
        if is_in_sight:
            self.in_sight.append(study_uid)
        own = self._own(study_uid, grades)
        others = _by_place(sights.others) if is_in_sight else {}
        places = {place for place in sights.predictions if place[1] in self._gradings} | own.keys()
        prior = self._prior(study_uid, places) if is_in_sight else {}
        for place in places:
            self.found.append(
                self._row(study_uid, place, own, sights.predictions, others.get(place, ()), prior)
            )

    def _row(
        self,
        study_uid: str,
        place: _Place,
        own: Mapping[_Place, Grade],
        predictions: Mapping[_Place, Prediction],
        others: tuple[Grade, ...],
        prior: Mapping[_Place, PriorAnswer],
    ) -> ReviewRow:
        grade, prediction = own.get(place), predictions.get(place)
        return ReviewRow(
            study_uid,
            Item(*place),
            grade,
            prediction,
            _disagreement(grade, prediction, self._gradings[place[1]]),
            others,
            prior.get(place),
        )

    def _grades_of(self, study_uid: str) -> tuple[Grade, ...]:
        kept = self._grades.pop(study_uid, None)
        if kept is None:
            kept = tuple(self._session.seen.grades_of_study(study_uid))
        self._grades[study_uid] = kept
        if len(self._grades) > _KEPT_STUDIES:
            self._grades.popitem(last=False)
        return kept

    def _own(self, study_uid: str, grades: Iterable[Grade]) -> dict[_Place, Grade]:
        session = self._session
        mine = (session.reader, session.state.asked_reading(study_uid, session.reader))
        return {
            (grade.key.disc, grade.key.grading): grade
            for grade in grades
            if (grade.key.reader, grade.key.reading) == mine and grade.key.grading in self._gradings
        }

    def _prior(self, study_uid: str, places: Iterable[_Place]) -> dict[_Place, PriorAnswer]:
        """Answers of the visit before; another reader's only where those may be seen."""
        visit = prior_visit(self._session, study_uid)
        if visit is None or visit.date is None:
            return {}
        grades = self._grades_of(visit.uid)
        own = self._own(visit.uid, grades)
        others: dict[_Place, tuple[Grade, ...]] = {}
        if any(place not in own for place in places) and may_look(self._session, visit.uid):
            others = _by_place(sights_to_come(self._session, visit.uid, grades).others)
        found: dict[_Place, PriorAnswer] = {}
        for place in places:
            grade = own.get(place)
            if grade is None and place in others:
                grade = max(others[place], key=lambda item: item.graded_at)
                if visit.uid not in self.in_sight:
                    self.in_sight.append(visit.uid)
            if grade is not None:
                found[place] = PriorAnswer(visit.uid, visit.date, grade)
        return found


def _by_place(grades: Iterable[Grade]) -> dict[_Place, tuple[Grade, ...]]:
    """Answers of other readers by disc and grading, in order of their names; the latest reading."""
    found: dict[_Place, dict[str, Grade]] = {}
    for grade in sorted(grades, key=lambda item: (item.key.reader, item.key.reading)):
        place = (grade.key.disc, grade.key.grading)
        found.setdefault(place, {})[grade.key.reader] = grade
    return {place: tuple(by_reader.values()) for place, by_reader in found.items()}


def _disagreement(
    grade: Grade | None, prediction: Prediction | None, grading: Grading
) -> int | None:
    if grade is None or grade.value is None or prediction is None:
        return None
    steps = abs(grade.value - prediction.value)
    return steps if grading.scale is Scale.ORDINAL else min(steps, 1)


def _chosen(session: Session, studies: Iterable[str] | None) -> list[str]:
    visible = (study.uid for study in session.state.visible_studies())
    return list(visible if studies is None else studies)


def _person(session: Session, study_uid: str) -> str:
    return session.state.person_of(session.state.studies[study_uid].patient_id)
