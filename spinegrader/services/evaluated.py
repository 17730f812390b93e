"""Whom and what a model would be compared with: grades that were given without seeing a model's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.services.evaluation import People
from spinegrader.services.graders import GradingModel, known_gradings
from spinegrader.services.labels import label_values
from spinegrader.services.material import disc_requests, subject_tokens, tokens_behind
from spinegrader.services.review import people_behind
from spinegrader.services.session import Session
from spinegrader.services.sight import may_look
from spinegrader.services.surveys import split_of

if TYPE_CHECKING:
    from spinegrader.model.splits import Part

GradedPlace: TypeAlias = tuple[str, DiscLevel, str]
"""Study, disc and grading."""


@dataclass(frozen=True)
class Evaluated:
    """Whom and what a model would be compared with, and whom it knows.

    Args:
        labels: The reader's grade of each disc that the model can judge.
        subjects: By study, the token of its person.
        learned_from: Tokens of those of the people whom the model has learned from.
        held_back: Studies left out because the reader still reads them blinded.
        unknown_runs: Runs behind the model that are gone: whom they learned from isn't known.
    """

    labels: Mapping[GradedPlace, int]
    subjects: Mapping[str, str]
    learned_from: frozenset[str]
    held_back: int = 0
    unknown_runs: frozenset[str] = frozenset()

    @property
    def studies(self) -> tuple[str, ...]:
        """Studies with a grade to compare with, each once."""
        return tuple(dict.fromkeys(study for study, _, _ in self.labels))

    @property
    def people(self) -> frozenset[str]:
        """Their people."""
        return frozenset(self.subjects[study] for study in self.studies)


def evaluated(
    session: Session, model: GradingModel, people: People = "test", reader: str = ""
) -> Evaluated:
    """What a model would be compared with: grades that were given without seeing a model's.

    Studies that the session's reader still reads blinded are left out, so that figures tell
    nothing of them.

    Args:
        session: The open project.
        model: The model.
        people: Whom to evaluate it on.
        reader: Whose grades; empty for the session's reader's first, then others'.
    """
    learned, unknown = people_behind(session, [model.name])
    behind, tokens, split = tokens_behind(session), subject_tokens(session), split_of(session)
    labels: dict[GradedPlace, int] = {}
    subjects: dict[str, str] = {}
    knew: set[str] = set()
    held_back = 0
    every = session.memory.recall(
        ("grades to evaluate", model.card.weights_sha256, session.reader, reader),
        lambda: _labels_by_study(session, model, reader),
    )
    for study_uid, own in every.items():
        patient_id = session.state.studies[study_uid].patient_id
        token, is_known = tokens[patient_id], not learned.isdisjoint(behind[patient_id])
        if not _is_wanted(split, people, token, is_known=is_known):
            continue
        if not may_look(session, study_uid):
            held_back += 1
            continue
        labels.update(own)
        subjects[study_uid] = token
        knew.update({token} if is_known else ())
    return Evaluated(labels, subjects, frozenset(knew), held_back, unknown)


def _labels_by_study(
    session: Session, model: GradingModel, reader: str
) -> dict[str, dict[GradedPlace, int]]:
    """By study, the grades that a model can be compared with; studies without any are left out."""
    known = frozenset(known_gradings(session, model.card))
    requests = disc_requests(session, confirmed_only=False, weightings=model.card.weightings)
    drawn = {(item.study_uid, item.target) for item in requests}
    found: dict[str, dict[GradedPlace, int]] = {}
    studies = dict.fromkeys(item.study_uid for item in requests)
    every = label_values(session, studies, reader or None, blinded=True)
    for study_uid, labels in every.items():
        own = {
            (study_uid, disc, grading): value
            for (disc, grading), value in labels.items()
            if grading in known and (study_uid, disc) in drawn
        }
        if own:
            found[study_uid] = own
    return found


def _is_wanted(
    split: "Mapping[str, Part]", people: People, subject: str, *, is_known: bool
) -> bool:
    from spinegrader.model.splits import Part

    if people == "test":
        return split[subject] is Part.TEST
    return people == "everyone" or not is_known
