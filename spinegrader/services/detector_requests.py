"""Which series of a project teach the detector, and what is found of them in words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spinegrader.domain.overlays import Overlay, OverlayState
from spinegrader.domain.study import Series
from spinegrader.services.detectors import adopted_detector, shipped_detector_folder
from spinegrader.services.material import subject_tokens
from spinegrader.services.session import Session
from spinegrader.services.surveys import Survey, split_of
from spinegrader.services.wording import counted
from spinegrader.texts import translate, translate_count

if TYPE_CHECKING:
    from spinegrader.model.splits import Part

LEAST_TRAINED_ON = 3
"""With fewer people it would learn their images by heart."""

_LEAST_BODIES = 2


@dataclass(frozen=True)
class DetectorRequest:
    """One series to learn from or to be measured on.

    Args:
        series: The series.
        overlay: Its vertebrae as a reader confirmed them.
        subject: Anonymous token of the person.
    """

    series: Series
    overlay: Overlay
    subject: str


def detector_requests(session: Session) -> tuple[DetectorRequest, ...]:
    """All sagittal series in sight whose vertebrae a reader confirmed.

    A series whose slices are in another one of the same person counts once.
    """
    subjects = subject_tokens(session)
    seen: set[tuple[str, str]] = set()
    found = []
    for study in session.state.visible_studies():
        subject = subjects[study.patient_id]
        for series, overlay in _overlaid(session, study.uid):
            slices = {(subject, item) for item in series.slice_hashes if item}
            if overlay.state is OverlayState.CONFIRMED and seen.isdisjoint(slices):
                seen |= slices
                found.append(DetectorRequest(series, overlay, subject))
    return tuple(found)


def survey_retraining(session: Session) -> Survey:
    """What a training of the detector would find in the project."""
    from spinegrader.model.splits import Part

    requests = detector_requests(session)
    people = people_by_part(requests, split_of(session))
    findings = [
        translate("{series} with confirmed vertebrae, of {people}.").format(
            series=counted(len(requests), "sagittal series", "sagittal series"),
            people=counted(sum(people.values()), "person", "people"),
        ),
        translate(
            "To train on: {train}. To choose the best epoch: {validation}. To judge by: {test}. "
            "Those to choose and to judge by are never trained on."
        ).format(
            train=counted(people[Part.TRAIN], "person", "people"),
            validation=counted(people[Part.VALIDATION], "person", "people"),
            test=counted(people[Part.TEST], "person", "people"),
        ),
        *_further(session, requests),
    ]
    return Survey(tuple(findings), _problem(people))


def people_by_part(
    requests: Sequence[DetectorRequest], split: Mapping[str, "Part"]
) -> Counter["Part"]:
    """How many people of each part have confirmed vertebrae."""
    return Counter(split[subject] for subject in {request.subject for request in requests})


def _further(session: Session, requests: Sequence[DetectorRequest]) -> list[str]:
    found = []
    bodies = sum(len(request.overlay.vertebrae) for request in requests)
    drawn = sum(len(request.overlay.edited_discs) for request in requests)
    found.append(
        translate("{bodies}; {discs}.").format(
            bodies=counted(bodies, "vertebral body", "vertebral bodies"),
            discs=counted(drawn, "disc with an outline of its own", "discs with their own outline"),
        )
    )
    if waiting := _unconfirmed(session):
        found.append(
            translate_count(
                "{count} series has vertebrae that nobody has confirmed: not used.",
                "{count} series have vertebrae that nobody has confirmed: not used.",
                waiting,
            ).format(count=waiting)
        )
    adopted = adopted_detector(session)
    found.append(
        translate("In use now: the detector that comes with the program.")
        if adopted is None
        else translate("In use now: the project's own detector “{name}”.").format(name=adopted.run)
    )
    return found


def _problem(people: Mapping["Part", int]) -> str:
    from spinegrader.model.splits import Part

    if not shipped_detector_folder().is_dir():
        return translate(
            "The detector that comes with the program isn't there: install SpineGrader again."
        )
    if people[Part.TRAIN] < LEAST_TRAINED_ON:
        return translate(
            "Retraining needs confirmed vertebrae of at least {count} people, beside those kept "
            "aside. Confirm the vertebrae of more studies."
        ).format(count=LEAST_TRAINED_ON)
    if not people[Part.TEST] + people[Part.VALIDATION]:
        return translate(
            "None of the people who are kept aside has confirmed vertebrae, so that nothing could "
            "say whether the new detector is better. Confirm the vertebrae of more people."
        )
    return ""


def _unconfirmed(session: Session) -> int:
    return sum(
        overlay.state is not OverlayState.CONFIRMED
        for study in session.state.visible_studies()
        for _, overlay in _overlaid(session, study.uid)
    )


def _overlaid(session: Session, study_uid: str) -> list[tuple[Series, Overlay]]:
    pairs = (
        (series, session.state.overlay(series.uid))
        for series in session.state.series_of(study_uid)
        if series.is_sagittal
    )
    return [
        (series, overlay)
        for series, overlay in pairs
        if overlay is not None and len(overlay.vertebrae) >= _LEAST_BODIES
    ]
