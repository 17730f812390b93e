"""The reader's grades beside the model's: rows, accepting, overruling, agreement."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.edits import Changes, EditGroup
from spinegrader.domain.grades import Answer, Grade
from spinegrader.domain.predictions import Prediction
from spinegrader.domain.scheme import Grading, Scale
from spinegrader.services.graders import SHIPPED
from spinegrader.services.labels import blinded_labels_of
from spinegrader.services.material import subject_tokens, tokens_behind
from spinegrader.services.progress import counted_ahead
from spinegrader.services.reading import Item, answer, asked_gradings, grade_edit
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

if TYPE_CHECKING:
    from spinegrader.model.metrics import Agreement


_Pair = tuple[int, int, str, tuple[str, DiscLevel]]
"""Reader's grade, model's grade, subject, study and disc."""


@dataclass(frozen=True)
class ReviewRow:
    """One disc and grading with what the reader and the model say of it.

    Args:
        study_uid: The study.
        item: Disc and grading.
        grade: The session's reader's answer; None while open.
        prediction: The newest prediction; None where there is none.
        disagreement: Steps between the two on an ordinal scale; 1 for different classes of a
            nominal one; None unless both have a value.
    """

    study_uid: str
    item: Item
    grade: Grade | None
    prediction: Prediction | None
    disagreement: int | None

    @property
    def is_accepted(self) -> bool:
        """Whether the reader's answer came from this prediction."""
        return (
            self.grade is not None
            and self.prediction is not None
            and self.grade.accepted_prediction == self.prediction.id
        )


def review_rows(session: Session, studies: Iterable[str] | None = None) -> list[ReviewRow]:
    """A row for each prediction or answer of the asked gradings, to be shown; worst ones first.

    Open items come after disagreements, agreements last; within each the least confident first.
    Studies whose predictions are held back have no rows; that the others were seen is recorded.

    Raises:
        NotSavedError: If the record of what is seen couldn't be written.
    """
    return finished(gather_rows(session, studies))


def gather_rows(session: Session, studies: Iterable[str] | None = None) -> Steps[list[ReviewRow]]:
    """As :func:`review_rows`, study by study; what is seen is recorded by the last step."""
    chosen = _chosen(session, studies)
    gradings = {grading.id: grading for grading in asked_gradings(session)}
    rows: list[ReviewRow] = []
    in_sight: list[str] = []
    for at, study_uid in enumerate(counted_ahead(session, chosen)):
        if not is_held_back(session, study_uid):
            may_see = may_look(session, study_uid)
            sights = sights_to_come(session, study_uid) if may_see else None
            rows += _rows_of_study(session, study_uid, sights, gradings)
            if sights:
                in_sight.append(study_uid)
        yield at / len(chosen)
    note_sights(session, in_sight)
    rows.sort(key=_review_order)
    return rows


def rows_held_back(session: Session, studies: Iterable[str] | None = None) -> int:
    """How many studies with predictions have no rows, as the reader still reads them blinded."""
    return len(held_back(session, _chosen(session, studies)))


def _chosen(session: Session, studies: Iterable[str] | None) -> list[str]:
    visible = (study.uid for study in session.state.visible_studies())
    return list(visible if studies is None else studies)


def _rows_of_study(
    session: Session, study_uid: str, sights: Sights | None, gradings: Mapping[str, Grading]
) -> list[ReviewRow]:
    predictions = {} if sights is None else sights.predictions
    places = {place for place in predictions if place[1] in gradings}
    mine = (session.reader, session.state.asked_reading(study_uid, session.reader))
    own = {
        (grade.key.disc, grade.key.grading): grade
        for grade in session.seen.grades_of_study(study_uid)
        if (grade.key.reader, grade.key.reading) == mine and grade.key.grading in gradings
    }
    rows = []
    for disc, grading_id in places | own.keys():
        item = Item(disc, grading_id)
        grade = own.get((disc, grading_id))
        prediction = predictions.get((disc, grading_id))
        ordinal = gradings[grading_id].scale is Scale.ORDINAL
        disagreement = _disagreement(grade, prediction, ordinal=ordinal)
        rows.append(ReviewRow(study_uid, item, grade, prediction, disagreement))
    return rows


def _disagreement(
    grade: Grade | None, prediction: Prediction | None, *, ordinal: bool
) -> int | None:
    if grade is None or grade.value is None or prediction is None:
        return None
    steps = abs(grade.value - prediction.value)
    return steps if ordinal else min(steps, 1)


def _review_order(row: ReviewRow) -> tuple[float, ...]:
    confidence = 1.0 if row.prediction is None else row.prediction.confidence
    disc = row.item.disc.upper.position
    if row.disagreement:
        return (0, -row.disagreement, confidence, disc)
    if row.grade is None:
        return (1, 0, confidence, disc)
    return (2, 0, confidence, disc)


def accept(session: Session, row: ReviewRow) -> Changes:
    """Makes the model's grade the reader's own, naming the prediction that it came from.

    Nothing where there is no prediction.
    """
    if row.prediction is None or row.is_accepted:
        return Changes()
    return answer(
        session,
        row.study_uid,
        row.item,
        Answer.GRADED,
        row.prediction.value,
        prediction=row.prediction,
    )


def accept_all(session: Session, rows: Sequence[ReviewRow]) -> Changes:
    """Accepts the predictions of all rows that the reader hasn't answered, as one change."""
    edits = tuple(
        grade_edit(
            session,
            row.study_uid,
            row.item,
            Answer.GRADED,
            row.prediction.value,
            prediction=row.prediction,
        )
        for row in rows
        if row.prediction is not None and row.grade is None
    )
    return session.apply(EditGroup("Accept predictions", edits)) if edits else Changes()


def overrule(session: Session, row: ReviewRow, value: int) -> Changes:
    """Keeps the reader's own grade against the model's; recorded as seen with the prediction.

    Raises:
        InvalidEditError: If the grading has no such grade.
    """
    return answer(
        session,
        row.study_uid,
        row.item,
        Answer.GRADED,
        value,
        prediction_visible=row.prediction is not None,
    )


def unsure(session: Session, row: ReviewRow) -> Changes:
    """Says that the reader can't decide, having seen the model's grade."""
    return answer(
        session,
        row.study_uid,
        row.item,
        Answer.UNSURE,
        prediction_visible=row.prediction is not None,
    )


@dataclass(frozen=True)
class Comparison:
    """The grades of one grading beside the model's, taken out of the session.

    Args:
        grading: What was graded.
        reference: The reader's grades.
        predicted: The model's, in the same order.
        subjects: Tokens of the people, likewise.
        places: Study and disc, likewise.
    """

    grading: Grading
    reference: tuple[int, ...]
    predicted: tuple[int, ...]
    subjects: tuple[str, ...]
    places: tuple[tuple[str, DiscLevel], ...]

    def places_of(self, reference: int, predicted: int) -> frozenset[tuple[str, DiscLevel]]:
        """Study and disc of one cell of the confusion matrix."""
        return frozenset(
            place
            for place, mine, its in zip(self.places, self.reference, self.predicted, strict=True)
            if (mine, its) == (reference, predicted)
        )

    def agreement(self) -> "Agreement":
        """Kappa and the rest; takes a while, and may run on any thread."""
        from spinegrader.model.metrics import agreement

        return agreement(
            reference=self.reference,
            predicted=self.predicted,
            values=self.grading.values,
            subjects=self.subjects,
            ordinal=self.grading.scale is Scale.ORDINAL,
        )


def compare(
    session: Session,
    *,
    trained_on: Iterable[str] = (),
    reader: str | None = None,
    predictions: Iterable[Prediction] | None = None,
    in_sight_only: bool = False,
) -> tuple[Comparison, ...]:
    """Pairs predictions with grades that were given without seeing them.

    A grade that was changed after the reader had seen the model's counts as it was before.

    Args:
        session: The open project.
        trained_on: Tokens of the subjects that the model learned from; left out, under whatever
            name it has seen them.
        reader: Whose grades; None takes the session's reader's first, then others'.
        predictions: Those to compare; None takes the newest that the project holds.
        in_sight_only: Whether studies that the reader still reads blinded are left out, so that
            figures on screen tell nothing of them.

    Returns:
        One comparison for each grading of the scheme that has at least one disc with both.
    """
    return finished(
        gather_comparisons(
            session,
            trained_on=trained_on,
            reader=reader,
            predictions=predictions,
            in_sight_only=in_sight_only,
        )
    )


def gather_comparisons(
    session: Session,
    *,
    trained_on: Iterable[str] = (),
    reader: str | None = None,
    predictions: Iterable[Prediction] | None = None,
    in_sight_only: bool = False,
) -> Steps[tuple[Comparison, ...]]:
    """As :func:`compare`, study by study."""
    excluded = frozenset(trained_on)
    given = None if predictions is None else _by_study(predictions)
    pairs: dict[str, list[_Pair]] = {}
    subjects, behind = subject_tokens(session), tokens_behind(session)
    chosen = _chosen(session, None)
    for at, study_uid in enumerate(counted_ahead(session, chosen)):
        yield at / len(chosen)
        patient_id = session.state.studies[study_uid].patient_id
        if in_sight_only and not may_look(session, study_uid):
            continue
        if not excluded.isdisjoint(behind[patient_id]):
            continue
        newest = {} if given is not None else session.state.predictions_of_study(study_uid)
        compared = newest if given is None else given.get(study_uid, {})
        if not compared:
            continue
        subject = subjects[patient_id]
        for place, grade in blinded_labels_of(session, study_uid, reader).items():
            prediction = compared.get(place)
            if prediction is not None and grade.value is not None:
                pair = (grade.value, prediction.value, subject, (study_uid, place[0]))
                pairs.setdefault(place[1], []).append(pair)
    return tuple(
        Comparison(
            grading,
            tuple(pair[0] for pair in pairs[grading.id]),
            tuple(pair[1] for pair in pairs[grading.id]),
            tuple(pair[2] for pair in pairs[grading.id]),
            tuple(pair[3] for pair in pairs[grading.id]),
        )
        for grading in session.scheme.gradings
        if grading.id in pairs
    )


def _by_study(
    predictions: Iterable[Prediction],
) -> dict[str, dict[tuple[DiscLevel, str], Prediction]]:
    found: dict[str, dict[tuple[DiscLevel, str], Prediction]] = {}
    for item in predictions:
        found.setdefault(item.study_uid, {})[item.disc, item.grading] = item
    return found


def gather_shown_runs(session: Session) -> Steps[frozenset[str]]:
    """Names of the runs whose predictions are the newest somewhere, study by study."""
    found: set[str] = set()
    chosen = _chosen(session, None)
    for at, study_uid in enumerate(chosen):
        newest = session.state.predictions_of_study(study_uid)
        found.update(prediction.run for prediction in newest.values())
        yield at / len(chosen)
    return frozenset(found)


def people_behind(session: Session, runs: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Who shaped some models, the people of the pre-trainings they started from included.

    The model that comes with the program was made elsewhere: nobody of a project shaped it.

    Returns:
        Tokens of the people trained on or validated on, and the names of runs that can't tell
        because they are no longer there, or were trained elsewhere.
    """
    from spinegrader.model.runs import list_runs

    cards = {card.name: card for card in list_runs(session.store.runs_folder)}
    people: set[str] = set()
    unknown: set[str] = set()
    waiting, seen = set(runs), {SHIPPED}
    while waiting - seen:
        name = (waiting - seen).pop()
        seen.add(name)
        card = cards.get(name)
        if card is None or card.imported is not None:
            unknown.add(name)
            continue
        for part in ("train", "validation"):
            people.update(card.subjects.get(part, ()))
        if card.start_from is not None:
            waiting.add(card.start_from.name)
    return frozenset(people), frozenset(unknown)
