"""The reader's answer to a model's grade, and how well the two agree."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.edits import Changes, EditGroup
from spinegrader.domain.grades import Answer
from spinegrader.domain.scheme import Grading, Scale
from spinegrader.services.graders import SHIPPED
from spinegrader.services.labels import blinded_labels_of
from spinegrader.services.material import subject_tokens, tokens_behind
from spinegrader.services.progress import counted_ahead
from spinegrader.services.reading import answer, grade_edit, own_grade
from spinegrader.services.review_rows import ReviewRow
from spinegrader.services.session import Session
from spinegrader.services.sight import may_look
from spinegrader.services.steps import Steps

if TYPE_CHECKING:
    from spinegrader.model.metrics import Agreement


_Pair = tuple[int, int, str, tuple[str, DiscLevel]]
"""Reader's grade, model's grade, subject, study and disc."""


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


def accept_all(session: Session, rows: Sequence[ReviewRow]) -> int:
    """Accepts the predictions of all rows that the reader hasn't answered, as one change.

    What was answered since the rows were shown, such as in another window, stays as it is.

    Returns:
        How many were accepted.

    Raises:
        NotSavedError: If it couldn't be written.
    """
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
        if row.prediction is not None
        and row.grade is None
        and own_grade(session, row.study_uid, row.item) is None
    )
    if edits:
        session.apply(EditGroup("Accept predictions", edits))
    return len(edits)


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


def gather_comparisons(
    session: Session, *, trained_on: Iterable[str] = (), in_sight_only: bool = False
) -> Steps[tuple[Comparison, ...]]:
    """Pairs predictions with grades that were given without seeing them, study by study.

    A grade that was changed after the reader had seen the model's counts as it was before.

    Args:
        session: The open project.
        trained_on: Tokens of the subjects that the model learned from; left out, under whatever
            name it has seen them.
        in_sight_only: Whether studies that the reader still reads blinded are left out, so that
            figures on screen tell nothing of them.

    Returns:
        One comparison for each grading of the scheme that has at least one disc with both.
    """
    excluded = frozenset(trained_on)
    pairs: dict[str, list[_Pair]] = {}
    subjects, behind = subject_tokens(session), tokens_behind(session)
    chosen = [study.uid for study in session.state.visible_studies()]
    for at, study_uid in enumerate(counted_ahead(session, chosen)):
        yield at / len(chosen)
        patient_id = session.state.studies[study_uid].patient_id
        if in_sight_only and not may_look(session, study_uid):
            continue
        if not excluded.isdisjoint(behind[patient_id]):
            continue
        compared = session.state.predictions_of_study(study_uid)
        if not compared:
            continue
        subject = subjects[patient_id]
        for place, grade in blinded_labels_of(session, study_uid).items():
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


def gather_shown_runs(session: Session) -> Steps[frozenset[str]]:
    """Names of the runs whose predictions are the newest somewhere, study by study."""
    found: set[str] = set()
    chosen = [study.uid for study in session.state.visible_studies()]
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
