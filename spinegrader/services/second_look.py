"""A second look by a pre-trained network: studies that may be misfiled, levels that it doubts.

``second_look_plan`` takes what the work needs out of the session, on its thread; the plan then
runs on any thread and touches no session. Only overlays that a reader has confirmed are looked at.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from spinegrader.domain.anatomy import TRAINING_LEVELS, VertebraLevel
from spinegrader.domain.numbering import Absence
from spinegrader.domain.overlays import Overlay
from spinegrader.errors import TrainingError
from spinegrader.services.cutting import CuttingProgress, Emit, StopRequested
from spinegrader.services.flags import raise_flag
from spinegrader.services.graders import is_imported
from spinegrader.services.material import (
    CutRequest,
    cut_all,
    names_of_subjects,
    vertebra_requests,
)
from spinegrader.services.pretraining_material import day_of
from spinegrader.services.runs import run_folder
from spinegrader.services.second_look_findings import SecondLook
from spinegrader.services.second_look_report import Filed, second_look_of
from spinegrader.services.session import Session
from spinegrader.services.surveys import is_simulated
from spinegrader.services.visit_series import scanner_token
from spinegrader.store.project import ProjectStore

if TYPE_CHECKING:
    from spinegrader.model.check_records import CheckRecord
    from spinegrader.model.config import DeviceName
    from spinegrader.model.embedding import BodyEmbedder, BodyEmbeddings
    from spinegrader.model.level_chains import Chains
    from spinegrader.model.runs import RunCard
    from spinegrader.model.study_bodies import StudyBodies

_AT_ONCE = 512
"""Volumes in memory at once."""

_MOST_HELD_OUT = 250
"""People from whom thresholds and error rates are told: more make them hardly better."""

_LEVELS = {level: place for place, level in enumerate(TRAINING_LEVELS)}


@dataclass(frozen=True)
class SecondLookPlan:
    """All that a second look needs, taken out of the session.

    Args:
        store: Of the project.
        requests: The vertebrae to look at.
        run_folder: Of the pre-training.
        patients: PatientID by study.
        tokens: Every name under which the run may have seen a person, by subject.
        transitional: Series whose overlay names T13, L6 or absent levels.
        simulated: Whether people of the project are simulated.
        is_origin_unknown: Whether the run came as a file, so that nobody can tell whom it has seen.
    """

    store: ProjectStore
    requests: tuple[CutRequest, ...]
    run_folder: Path
    patients: Mapping[str, str]
    tokens: Mapping[str, frozenset[str]]
    transitional: frozenset[str]
    simulated: bool
    is_origin_unknown: bool = False

    def run(
        self, emit: Emit, stop_requested: StopRequested, device: "DeviceName" = "auto"
    ) -> SecondLook:
        """Looks at all vertebrae, tells the checks' error rates, and what is doubtful.

        Raises:
            TrainingError: If the run can't be used.
            CancelledError: If a stop was requested.
        """
        from spinegrader.model.check_records import read_checks, write_checks
        from spinegrader.model.config import PretrainConfig
        from spinegrader.model.devices import choose_device
        from spinegrader.model.embedding import BodyEmbedder
        from spinegrader.model.origins import open_run

        run = open_run(self.run_folder)
        embedder = BodyEmbedder(run, choose_device(device))
        requests, told = self._embedded(embedder, run.card.weights_sha256, emit, stop_requested)
        if not requests:
            raise TrainingError("No vertebra could be cut out of the images: check the overlays.")
        bodies = _bodies(self.store.project_id, requests, told)
        chains = _chains(requests, told)
        known = read_checks(self.run_folder, run.card.weights_sha256)
        config = run.config if isinstance(run.config, PretrainConfig) else None
        is_proxy = config is not None and config.pairs != "follow-up"
        # Without their loss the layer that names levels is as it was drawn.
        names_levels = config is None or config.level_weight > 0
        checks = self._checked(
            known, run.card, bodies, chains, is_proxy=is_proxy, names_levels=names_levels
        )
        if checks != known:
            write_checks(self.run_folder, checks)
        trained = frozenset(run.card.subjects.get("train", ()))
        return second_look_of(
            run=run.card.name,
            checks=checks,
            bodies=bodies,
            chains=chains,
            filed=Filed(
                self.patients,
                self._subjects_behind(trained),
                self.transitional,
                simulated=self.simulated,
            ),
            is_proxy=is_proxy,
            names_levels=names_levels,
            is_origin_unknown=self.is_origin_unknown,
        )

    def _embedded(
        self, embedder: "BodyEmbedder", weights: str, emit: Emit, stop_requested: StopRequested
    ) -> tuple[list[CutRequest], "BodyEmbeddings"]:
        """The requests that could be cut, and what the network says of them."""
        from spinegrader.model.check_records import KnownBodies
        from spinegrader.model.embedding import BodyEmbeddings

        book = KnownBodies(self.run_folder, weights)
        kept: list[CutRequest] = []
        told: list[BodyEmbeddings] = []
        for start in range(0, len(self.requests), _AT_ONCE):
            part = self.requests[start : start + _AT_ONCE]
            volumes, places = cut_all(
                self.store,
                part,
                embedder.volume_shape,
                self._progress(emit, start),
                stop_requested,
            )
            kept += [part[place] for place in places]
            told.append(book.embed(embedder, volumes, stop_requested))
        book.keep()
        return kept, BodyEmbeddings(
            np.concatenate([item.embeddings for item in told]),
            np.concatenate([item.level_logits for item in told]),
        )

    def _progress(self, emit: Emit, start: int) -> Callable[[int, int], None]:
        return lambda done, _total: emit(CuttingProgress(start + done, len(self.requests)))

    def _checked(
        self,
        known: "CheckRecord",
        card: "RunCard",
        bodies: "StudyBodies",
        chains: "Chains",
        *,
        is_proxy: bool,
        names_levels: bool,
    ) -> "CheckRecord":
        """The checks, measured on held-out people where they aren't known yet."""
        from spinegrader.model.identity_check import check_identity, fit_identity
        from spinegrader.model.level_check import check_levels, fit_levels

        to_fit, to_test = self._held_out(card, bodies)
        identity, levels = known.identity, known.levels
        if is_proxy:
            identity = None
        elif identity is None and (fit := fit_identity(bodies.of(to_fit))):
            identity = check_identity(fit, bodies.of(to_test))
        if names_levels and levels is None and (level_fit := fit_levels(chains.of(to_fit))):
            levels = check_levels(level_fit, chains.of(to_test))
        return known.model_copy(update={"identity": identity, "levels": levels})

    def _held_out(
        self, card: "RunCard", bodies: "StudyBodies"
    ) -> tuple[frozenset[str], frozenset[str]]:
        """People to fit with and others to test with, none of whom the network was trained on.

        Those whose pictures chose the network's epoch fit, those kept aside for its test test.
        Where one of both is missing, as with a network from elsewhere, half of those whom it never
        saw fit and the other half test.
        """
        from spinegrader.model.splits import Part

        trained = self._subjects_behind(frozenset(card.subjects.get(Part.TRAIN, ())))
        chosen = self._subjects_behind(frozenset(card.subjects.get(Part.VALIDATION, ())))
        kept = self._subjects_behind(frozenset(card.subjects.get(Part.TEST, ())))
        visits: dict[str, set[int]] = defaultdict(set)
        for subject, day in zip(bodies.subjects, bodies.days, strict=True):
            visits[subject].add(day)
        # Those with follow-ups first: only they tell how far a person lies from oneself.
        everybody = sorted(visits, key=lambda subject: (len(visits[subject]) < 2, subject))
        fit = [item for item in everybody if item in chosen - trained]
        test = [item for item in everybody if item in kept - trained - chosen]
        if not fit or not test:
            unseen = [item for item in everybody if item not in trained | chosen]
            fit, test = unseen[::2], unseen[1::2]
        return frozenset(fit[:_MOST_HELD_OUT]), frozenset(test[:_MOST_HELD_OUT])

    def _subjects_behind(self, tokens: frozenset[str]) -> frozenset[str]:
        return frozenset(name for name, own in self.tokens.items() if not own.isdisjoint(tokens))


def second_look_plan(session: Session, model: str = "latest") -> SecondLookPlan:
    """Takes what a second look needs out of the session.

    Args:
        session: The open project.
        model: Name of a pre-training run; “latest” is the newest.

    Raises:
        TrainingError: If there is no pre-training run yet, or no confirmed vertebrae.
        InputError: If there is no such run.
    """
    folder = run_folder(session, model, "pretrain")
    requests = vertebra_requests(session)
    if not requests:
        raise TrainingError(
            "No reader has confirmed the vertebrae of a study yet: confirm them first."
        )
    state = session.state
    overlays = {request.series.uid: request.overlay for request in requests}
    return SecondLookPlan(
        store=session.store,
        requests=requests,
        run_folder=folder,
        patients={
            request.study_uid: state.studies[request.study_uid].patient_id for request in requests
        },
        tokens=names_of_subjects(session),
        transitional=frozenset(uid for uid, item in overlays.items() if _is_transitional(item)),
        simulated=is_simulated(session),
        is_origin_unknown=is_imported(folder.name),
    )


def flag_findings(session: Session, look: SecondLook) -> int:
    """Flags the studies in which something was found and that nobody has flagged.

    Returns:
        How many were flagged.

    Raises:
        NotSavedError: If a flag couldn't be written; those before are kept.
    """
    flagged = 0
    for study_uid, words in look.flag_words().items():
        if study_uid in session.state.studies and session.state.flag(study_uid) is None:
            raise_flag(session, study_uid, words)
            flagged += 1
    return flagged


def _is_transitional(overlay: Overlay) -> bool:
    drawn = any(item.level.is_transitional for item in overlay.vertebrae)
    return drawn or any(item.absence is Absence.ABSENT for item in overlay.missing)


def _places(requests: Sequence[CutRequest]) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.array([_LEVELS[VertebraLevel(str(item.target))] for item in requests], np.int64)


def _bodies(
    project_id: str, requests: Sequence[CutRequest], told: "BodyEmbeddings"
) -> "StudyBodies":
    """By study; without those whose day isn't known, which can't be told to be a follow-up."""
    from spinegrader.model.study_bodies import by_study

    rows = [row for row, item in enumerate(requests) if item.study_date is not None]
    dated = [requests[row] for row in rows]
    scanners = tuple(scanner_token(project_id, item.series) for item in dated)
    return by_study(
        told.embeddings[rows],
        _places(dated),
        studies=tuple(item.study_uid for item in dated),
        subjects=tuple(item.subject for item in dated),
        days=tuple(day_of(item) for item in dated),
        scanners=scanners if any(scanners) else (),
    )


def _chains(requests: Sequence[CutRequest], told: "BodyEmbeddings") -> "Chains":
    from spinegrader.model.level_chains import chains_of

    return chains_of(
        told.level_logits,
        _places(requests),
        series=tuple(item.series.uid for item in requests),
        studies=tuple(item.study_uid for item in requests),
        subjects=tuple(item.subject for item in requests),
    )
