"""What a pre-training pairs in the project, and what it would find, in words."""

from typing import TYPE_CHECKING

from spinegrader.services.material import (
    CutRequest,
    discs_beside,
    paired_studies,
    unconfirmed_studies,
    vertebra_requests,
)
from spinegrader.services.session import Session
from spinegrader.services.surveys import Survey, split_of, unconfirmed_words
from spinegrader.texts import translate, translate_count

if TYPE_CHECKING:
    from spinegrader.model.config import PairKind, Structure

_LEAST_TO_PAIR = 2


def survey_pretraining(session: Session, pairs: "PairKind" = "follow-up") -> Survey:
    """What a pre-training would find in the project.

    Args:
        session: The open project.
        pairs: What it pairs.
    """
    from spinegrader.model.splits import Part

    requests = pretraining_requests(session, pairs)
    split = split_of(session)
    visits: dict[str, set[int]] = {}
    for request in requests:
        days = visits.setdefault(request.subject, set())
        if request.study_date is not None:
            days.add(day_of(request))
    followed = {subject for subject, days in visits.items() if len(days) > 1}
    within = paired_studies(session)
    aside = sum(part is Part.TEST for part in split.values())
    findings = [
        translate_count(
            "{count} person with confirmed vertebrae, {followed} of them with a follow-up scan.",
            "{count} people with confirmed vertebrae, {followed} of them with a follow-up scan.",
            len(visits),
        ).format(count=len(visits), followed=len(followed)),
        translate_count(
            "{count} vertebral body from T12 to S1.",
            "{count} vertebral bodies from T12 to S1.",
            len(requests),
        ).format(count=len(requests)),
        translate_count(
            "{count} study shows the same vertebrae on two sagittal series or more.",
            "{count} studies show the same vertebrae on two sagittal series or more.",
            len(within),
        ).format(count=len(within)),
        translate_count(
            "{count} person is kept aside for the final test and never trained on.",
            "{count} people are kept aside for the final test and never trained on.",
            aside,
        ).format(count=aside),
    ]
    if waiting := unconfirmed_studies(session):
        findings.append(unconfirmed_words(waiting))
    wanted = {"follow-up": followed, "same-study": set(within.values())}
    usable = wanted.get(pairs, followed | set(within.values()))
    training, others = (
        sum(split[subject] is Part.TRAIN for subject in people)
        for people in (usable, wanted["same-study"])
    )
    problem = "" if training >= _LEAST_TO_PAIR else _too_few_words(pairs, training, others)
    return Survey(tuple(findings), problem)


def _too_few_words(pairs: "PairKind", training: int, others: int) -> str:
    if pairs != "follow-up":
        return translate_count(
            "Pre-training needs at least 2 people to pair images of, beside those kept aside for "
            "testing; there is {count}. Import studies with two sagittal series, such as T1 and "
            "T2, place their vertebrae and confirm them.",
            "Pre-training needs at least 2 people to pair images of, beside those kept aside for "
            "testing; there are {count}. Import studies with two sagittal series, such as T1 and "
            "T2, place their vertebrae and confirm them.",
            training,
        ).format(count=training)
    problem = translate_count(
        "Pre-training needs at least 2 people with scans of different days, beside those kept "
        "aside for testing; there is {count}. Import earlier or later studies of the same "
        "people, place their vertebrae and confirm them.",
        "Pre-training needs at least 2 people with scans of different days, beside those kept "
        "aside for testing; there are {count}. Import earlier or later studies of the same "
        "people, place their vertebrae and confirm them.",
        training,
    ).format(count=training)
    if others < _LEAST_TO_PAIR:
        return problem
    hint = translate(
        "Or choose under Pairs two series of one study, a weaker stand-in for a follow-up: {count} "
        "people have such studies. On the command line: set “pairs” to “same-study” in a settings "
        "file, and give it to “spinegrader pretrain --config”."
    ).format(count=others)
    return f"{problem} {hint}"


def pretraining_requests(
    session: Session, pairs: "PairKind" = "follow-up", structure: "Structure" = "vertebra"
) -> tuple[CutRequest, ...]:
    """The confirmed vertebrae, or the discs between them, that can stand in pairs.

    Args:
        session: The open project.
        pairs: Follow-ups take the graded series of studies whose day is known. Pairs within a
            study take all sagittal series, whether its day is known or not; where both are
            wanted, a study without a day comes in only if it has two series.
        structure: Vertebral bodies or discs.
    """

    def work() -> tuple[CutRequest, ...]:
        bodies = _paired_bodies(session, pairs)
        return bodies if structure == "vertebra" else discs_beside(bodies)

    return session.memory.recall(("requests of a pre-training", pairs, structure), work)


def _paired_bodies(session: Session, pairs: "PairKind") -> tuple[CutRequest, ...]:
    if pairs == "follow-up":
        return tuple(item for item in vertebra_requests(session) if item.study_date is not None)
    requests = vertebra_requests(session, with_other_series=True)
    if pairs == "same-study":
        return requests
    paired = paired_studies(session)
    return tuple(
        item for item in requests if item.study_date is not None or item.study_uid in paired
    )


def day_of(request: CutRequest) -> int:
    """The day of the visit as a number; 0 where it isn't known."""
    return 0 if request.study_date is None else request.study_date.toordinal()
