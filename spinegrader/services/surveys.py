"""What a training or a prediction would find in the project, in words, before it starts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spinegrader.domain.scheme import Grading
from spinegrader.services.graders import known_gradings
from spinegrader.services.labels import labels_by_grading
from spinegrader.services.material import (
    CutRequest,
    disc_requests,
    subject_token,
    subject_tokens,
    unconfirmed_studies,
)
from spinegrader.services.reading import asked_gradings
from spinegrader.services.relatives import related_pairs
from spinegrader.services.session import Session
from spinegrader.services.wording import counted
from spinegrader.texts import translate, translate_count

if TYPE_CHECKING:
    from spinegrader.model.runs import RunCard
    from spinegrader.model.splits import Part

_LEAST_PEOPLE = 3
_LEAST_TO_PAIR = 2


@dataclass(frozen=True)
class Survey:
    """What a job would learn from, in words.

    Args:
        findings: One plain sentence each.
        problem: Why the job can't start and what to do; empty if it can.
    """

    findings: tuple[str, ...]
    problem: str = ""


@dataclass(frozen=True)
class GradedDiscs:
    """The discs with confirmed vertebrae, and which grades a model may learn.

    Args:
        requests: The discs.
        labels: By grading id, the grade of each disc; None where it has none.
    """

    requests: tuple[CutRequest, ...]
    labels: Mapping[str, tuple[int | None, ...]]


def graded_discs(session: Session) -> GradedDiscs:
    """What a model may learn to grade from.

    For people kept aside for validation and test only grades count that were given without
    seeing a model's: else a model would be measured against its predecessor.
    """
    return session.memory.recall(("graded discs", session.reader), lambda: _graded_discs(session))


def _graded_discs(session: Session) -> GradedDiscs:
    requests = disc_requests(session, confirmed_only=True)
    return GradedDiscs(requests, labels_by_grading(session, requests, held_out(session)))


def survey_finetuning(session: Session) -> Survey:
    """What a fine-tuning would find in the project."""
    labels = _labels_by_grading(session)
    findings = []
    for grading in asked_gradings(session):
        counts = Counter(value for _, value in labels[grading.id])
        people = len({subject for subject, _ in labels[grading.id]})
        if not counts:
            findings.append(
                translate("{grading}: no graded disc yet.").format(grading=grading.name)
            )
            continue
        spread = ", ".join(f"{grading.label_of(v)}:\u00a0{counts[v]}" for v in sorted(counts))
        if missing := [grading.label_of(v) for v in grading.values if not counts[v]]:
            spread += "; " + translate("none yet: {labels}").format(labels=", ".join(missing))
        graded = translate("{grading}: {discs} of {people} ({spread}).").format(
            grading=grading.name,
            discs=counted(sum(counts.values()), "graded disc", "graded discs"),
            people=counted(people, "person", "people"),
            spread=spread,
        )
        findings.append(graded)
    if waiting := unconfirmed_studies(session):
        findings.append(unconfirmed_words(waiting))
    asked = {grading.id for grading in asked_gradings(session)}
    aside = held_out(session)
    usable = any(_is_learnable(labels[grading_id], aside) for grading_id in asked)
    problem = (
        ""
        if usable
        else translate(
            "Fine-tuning needs graded discs of at least {count} people, with at least 2 different "
            "grades among those not kept aside for tests. Grade some more studies and confirm "
            "their vertebrae."
        ).format(count=_LEAST_PEOPLE)
    )
    return Survey(tuple(findings), problem)


def unconfirmed_words(studies: int) -> str:
    """What is said of studies that are left out since nobody has confirmed their vertebrae."""
    return translate_count(
        "{count} study has vertebrae that nobody has confirmed: not used.",
        "{count} studies have vertebrae that nobody has confirmed: not used.",
        studies,
    ).format(count=studies)


def learnable_gradings(session: Session) -> list[tuple[Grading, int]]:
    """The asked gradings that there are enough grades for, and how many discs have one."""
    labels, aside = _labels_by_grading(session), held_out(session)
    return [
        (grading, len(labels[grading.id]))
        for grading in asked_gradings(session)
        if _is_learnable(labels[grading.id], aside)
    ]


def _labels_by_grading(session: Session) -> dict[str, list[tuple[str, int]]]:
    """By grading id, subject and value of each graded disc."""
    discs = graded_discs(session)
    return {
        grading_id: [
            (request.subject, value)
            for request, value in zip(discs.requests, values, strict=True)
            if value is not None
        ]
        for grading_id, values in discs.labels.items()
    }


def _is_learnable(labels: Sequence[tuple[str, int]], aside: frozenset[str]) -> bool:
    people = {subject for subject, _ in labels}
    trained_on = {value for subject, value in labels if subject not in aside}
    return len(people) >= _LEAST_PEOPLE and len(trained_on) >= 2


def survey_prediction(
    session: Session, studies: Sequence[str] | None = None, card: "RunCard | None" = None
) -> Survey:
    """What a prediction would look at in the project.

    Args:
        session: The open project.
        studies: Only these.
        card: Of the model; None where it isn't known yet.
    """
    drawn = disc_requests(session, confirmed_only=False, studies=studies)
    weightings = () if card is None else card.weightings
    requests = [item for item in drawn if not weightings or item.series.weighting in weightings]
    visible = sum(1 for _ in session.state.visible_studies())
    chosen = visible if studies is None else len(studies)
    with_vertebrae = len({request.study_uid for request in drawn})
    judged = len({request.study_uid for request in requests})
    findings = [
        translate("{discs} in {studies} with vertebrae.").format(
            discs=counted(len(requests), "disc", "discs"),
            studies=counted(judged, "study", "studies"),
        )
    ]
    if bare := chosen - with_vertebrae:
        left_out = translate_count(
            "{count} study has no vertebrae on a sagittal series: left out.",
            "{count} studies have no vertebrae on a sagittal series: left out.",
            bare,
        )
        findings.append(left_out.format(count=bare))
    named = "/".join(weightings)
    if unfit := with_vertebrae - judged:
        left_out = translate_count(
            "{count} study has no {weightings}-weighted sagittal series: left out.",
            "{count} studies have no {weightings}-weighted sagittal series: left out.",
            unfit,
        )
        findings.append(left_out.format(count=unfit, weightings=named))
    problem = ""
    if not drawn:
        problem = translate("No study has vertebrae on it yet: place them first.")
    elif not requests:
        problem = translate(
            "This model was trained on {weightings}-weighted sagittal series, and no study with "
            "vertebrae has one: choose another model."
        ).format(weightings=named)
    elif card is not None and not known_gradings(session, card):
        problem = translate(
            "This model gives no grading of this project's scheme: choose another model."
        )
    return Survey(tuple(findings), problem)


def split_of(session: Session) -> Mapping[str, "Part"]:
    """Who is trained on, validated on and kept aside for the test; relatives stay together."""
    return session.memory.recall("parts of people", lambda: _split_of(session))


def _split_of(session: Session) -> Mapping[str, "Part"]:
    from spinegrader.model.splits import split_subjects

    tokens = subject_tokens(session)
    relatives = [
        [tokens.get(record) or subject_token(session, record) for record in pair]
        for pair in related_pairs(session)
    ]
    return split_subjects(tokens.values(), relatives=relatives)


def is_simulated(session: Session) -> bool:
    """Whether images of simulated people are in the project: every figure must then say so."""
    return any("simulated" in item.manufacturer.lower() for item in session.state.series.values())


def held_out(session: Session) -> frozenset[str]:
    """The people that no network is trained on."""
    from spinegrader.model.splits import Part

    split = split_of(session)
    return frozenset(subject for subject, part in split.items() if part is not Part.TRAIN)
