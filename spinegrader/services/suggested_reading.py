"""Which studies to grade next, so that the next fine-tuning learns most from it.

``suggestion_plan`` takes what the work needs out of the session, on its thread; the plan then runs
on any thread and touches no session.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from spinegrader.errors import TrainingError
from spinegrader.services.cutting import CuttingProgress, Emit, StopRequested
from spinegrader.services.graders import SHIPPED, SHIPPED_TITLE, GradingModel, grading_model
from spinegrader.services.labels import label_values
from spinegrader.services.material import CutRequest, cut_all, disc_requests
from spinegrader.services.model_words import about_model
from spinegrader.services.session import Session
from spinegrader.services.surveys import held_out
from spinegrader.services.wording import RESEARCH_NOTICE
from spinegrader.store.project import ProjectStore
from spinegrader.texts import for_translation, translate

if TYPE_CHECKING:
    from spinegrader.model.config import DeviceName
    from spinegrader.model.embedding import DiscEmbedder

_AT_ONCE = 512
"""Volumes in memory at once."""


class SuggestionReason(StrEnum):
    """Why a study is suggested, beside the others that could be; the values are what is told."""

    UNSURE = for_translation("unsure")
    """The network is less sure of it than of most."""
    UNLIKE = for_translation("unlike what is graded")
    """Its discs are less like graded ones than most."""
    VARIETY = for_translation("for variety")
    """Neither: it is unlike those that are suggested before it."""


@dataclass(frozen=True)
class SuggestedStudy:
    """A study to grade.

    Args:
        study_uid: The study.
        patient_id: Whose it is.
        discs: How many of its discs the network looked at.
        uncertainty: Mean entropy of its grades, as a share of the greatest possible.
        unlikeness: Mean over its discs of one minus the cosine with the graded disc that is most
            like it, as the network sees them; None where nothing is graded.
        reasons: Why it is suggested.
    """

    study_uid: str
    patient_id: str
    discs: int
    uncertainty: float
    unlikeness: float | None = None
    reasons: tuple[SuggestionReason, ...] = ()


@dataclass(frozen=True)
class SuggestedReading:
    """Studies in the order in which to grade them.

    Args:
        run: Name of the fine-tuned network that was asked.
        studies: The first to grade first.
        open_studies: How many there were to choose from.
        notices: What was left out, and why.
    """

    run: str
    studies: tuple[SuggestedStudy, ...]
    open_studies: int
    notices: tuple[str, ...]

    @property
    def model_title(self) -> str:
        """The model's name for people."""
        return translate(SHIPPED_TITLE) if self.run == SHIPPED else self.run

    def as_json(self) -> dict[str, Any]:
        """All of it as plain data."""
        return asdict(self) | {"note": RESEARCH_NOTICE}

    def in_words(self) -> str:
        """All of it for a person, a line each."""
        lines = [
            f"{place}. {item.study_uid} ({item.patient_id}), uncertainty {item.uncertainty:.2f}: "
            + ", ".join(item.reasons)
            for place, item in enumerate(self.studies, start=1)
        ]
        who = "The model that comes with SpineGrader" if self.run == SHIPPED else self.run
        head = f"{who} suggests {len(lines)} of {self.open_studies} ungraded studies:"
        return "\n".join([head, *lines, *self.notices])


@dataclass(frozen=True)
class SuggestionPlan:
    """All that a suggestion needs, taken out of the session.

    Args:
        store: Of the project.
        requests: The discs of graded and ungraded studies.
        graded: Studies with grades.
        model: The fine-tuned network.
        patients: PatientID by study.
        notices: What was left out, and why.
    """

    store: ProjectStore
    requests: tuple[CutRequest, ...]
    graded: frozenset[str]
    model: GradingModel
    patients: Mapping[str, str]
    notices: tuple[str, ...]

    def run(
        self,
        number: int,
        emit: Emit,
        stop_requested: StopRequested,
        device: "DeviceName" = "auto",
        seed: int = 0,
    ) -> SuggestedReading:
        """Looks at all discs and orders the ungraded studies.

        Args:
            number: How many studies to suggest.
            emit: Gets the progress.
            stop_requested: Asked before every volume.
            device: To compute on.
            seed: The same project, network and seed give the same studies.

        Raises:
            TrainingError: If the run can't be used.
            CancelledError: If a stop was requested.
        """
        from spinegrader.model.embedding import load_disc_embedder
        from spinegrader.model.suggestion import suggested_order, uncertainty, unlikeness

        embedder = load_disc_embedder(self.model.folder, device)
        studies, embeddings, probabilities = self._embedded(embedder, emit, stop_requested)
        order = suggested_order(
            probabilities, embeddings, studies, self.graded, number=number, seed=seed
        )
        open_studies = set(studies) - self.graded
        unsure = _of_studies(studies, uncertainty(probabilities), open_studies)
        unlike = _of_studies(studies, unlikeness(embeddings, studies, self.graded), open_studies)
        discs = Counter(studies)
        return SuggestedReading(
            run=self.model.name,
            studies=tuple(
                SuggestedStudy(
                    uid,
                    self.patients[uid],
                    discs[uid],
                    unsure[uid],
                    unlike.get(uid),
                    _reasons(uid, unsure, unlike),
                )
                for uid in order
            ),
            open_studies=len(open_studies),
            notices=self.notices,
        )

    def _embedded(
        self, embedder: "DiscEmbedder", emit: Emit, stop_requested: StopRequested
    ) -> tuple[list[str], "np.ndarray[Any, Any]", dict[str, "np.ndarray[Any, Any]"]]:
        """Study of each disc, its embedding, its probabilities by grading."""
        studies: list[str] = []
        told = []
        for start in range(0, len(self.requests), _AT_ONCE):
            part = self.requests[start : start + _AT_ONCE]
            emit(CuttingProgress(start, len(self.requests)))
            volumes, kept = cut_all(
                self.store, part, embedder.volume_shape, lambda _done, _total: None, stop_requested
            )
            studies += [part[place].study_uid for place in kept]
            told.append(embedder.embed(volumes, stop_requested=stop_requested))
        emit(CuttingProgress(len(self.requests), len(self.requests)))
        if not studies:
            raise TrainingError("No disc could be cut out of the images: check the overlays.")
        return (
            studies,
            np.concatenate([item.embeddings for item in told]),
            {
                name: np.concatenate([item.probabilities[name] for item in told])
                for name in told[0].probabilities
            },
        )


def _of_studies(
    studies: Sequence[str], values: "np.ndarray[Any, Any] | None", wanted: Collection[str]
) -> dict[str, float]:
    """The mean over the discs of each wanted study; nothing where there are no values."""
    if values is None:
        return {}
    found: dict[str, list[float]] = defaultdict(list)
    for study, value in zip(studies, values, strict=True):
        if study in wanted:
            found[study].append(float(value))
    return {study: float(np.mean(items)) for study, items in found.items()}


def _reasons(
    study_uid: str, unsure: Mapping[str, float], unlike: Mapping[str, float]
) -> tuple[SuggestionReason, ...]:
    """In what a study stands out: it lies above the middle of those that could be suggested."""
    reasons = tuple(
        reason
        for reason, values in (
            (SuggestionReason.UNSURE, unsure),
            (SuggestionReason.UNLIKE, unlike),
        )
        if values and values[study_uid] >= np.median(list(values.values()))
    )
    return reasons or (SuggestionReason.VARIETY,)


def suggestion_plan(session: Session, model: str = "default") -> SuggestionPlan:
    """Takes what a suggestion needs out of the session.

    People who are kept aside for tests are left out: grades that a network chose would make them
    a sample of the difficult, on which no honest figure can be told.

    Args:
        session: The open project.
        model: Name of a fine-tuning run; “default” is the newest, else the shipped one.

    Raises:
        TrainingError: If there is no network yet, or no ungraded study with vertebrae.
        InputError: If there is no such run.
    """
    network = grading_model(session, model)
    requests = disc_requests(session, confirmed_only=False, weightings=network.card.weightings)
    aside = held_out(session)
    every = {request.study_uid for request in requests}
    graded = frozenset(
        uid for uid, its in label_values(session, every, blinded=False).items() if its
    )
    kept = {request.study_uid for request in requests if request.subject in aside} - graded
    if not every - graded - kept:
        raise TrainingError(
            "There is no ungraded study with vertebrae of people who are trained on: import "
            "studies, or place their vertebrae."
        )
    notices = about_model(network, session.scheme)
    if kept:
        left_out = "study of people" if len(kept) == 1 else "studies of people"
        notices += (f"{len(kept)} ungraded {left_out} kept aside for tests: left out.",)
    state = session.state
    return SuggestionPlan(
        store=session.store,
        requests=tuple(item for item in requests if item.study_uid not in kept),
        graded=graded,
        model=network,
        patients={uid: state.studies[uid].patient_id for uid in every},
        notices=notices,
    )
