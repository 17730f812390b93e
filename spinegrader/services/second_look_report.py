"""Judges a project's studies by checks whose errors are known, and tells it in sentences."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spinegrader.domain.anatomy import TRAINING_LEVELS
from spinegrader.services.second_look_findings import DoubtedLevels, Misfiled, SecondLook

if TYPE_CHECKING:
    from spinegrader.model.check_records import CheckRecord
    from spinegrader.model.error_rates import ErrorRates
    from spinegrader.model.level_chains import Chains
    from spinegrader.model.level_check import ChainDoubt
    from spinegrader.model.misfiled import Misfit
    from spinegrader.model.study_bodies import StudyBodies

_LARGEST_RATIO = 1000.0
"""A likelihood ratio beyond it is more than the checks' errors could bear out."""


@dataclass(frozen=True)
class Filed:
    """How the project files what is judged.

    Args:
        patients: PatientID by study.
        learnt_from: Subjects that the network was trained with.
        transitional: Series whose overlay names T13, L6 or absent levels.
        simulated: Whether people of the project are simulated.
    """

    patients: Mapping[str, str]
    learnt_from: frozenset[str]
    transitional: frozenset[str]
    simulated: bool


def second_look_of(
    run: str,
    checks: "CheckRecord",
    bodies: "StudyBodies",
    chains: "Chains",
    filed: Filed,
    *,
    is_proxy: bool,
    names_levels: bool = True,
    is_origin_unknown: bool = False,
) -> SecondLook:
    """Judges all studies by checks whose errors are known, and tells it in words.

    Args:
        run: Name of the run.
        checks: With their error rates.
        bodies: All studies.
        chains: All overlays.
        filed: How the project files them.
        is_proxy: Whether the network learnt from something else than follow-ups.
        names_levels: Whether the network learnt to name levels.
        is_origin_unknown: Whether nobody can tell whom it was trained on.
    """
    from spinegrader.model.level_check import doubted
    from spinegrader.model.misfiled import misfits

    doubts, misfiled, compared = [], [], 0
    rates: dict[str, ErrorRates] = {}
    if checks.levels is not None:
        doubts = [_doubted(item, chains, filed) for item in doubted(checks.levels.fit, chains)]
        rates |= {
            "shifted_levels": checks.levels.shifted,
            "single_levels": checks.levels.misnamed,
        }
    if checks.identity is not None:
        # Under shifted names a body is compared with its neighbour: the levels come first.
        shifted = frozenset(item.study_uid for item in doubts if item.shift)
        clear = bodies.without(shifted)
        found, compared = misfits(checks.identity.fit, clear)
        misfiled = [_misfiled(item, clear, filed) for item in found]
        rates["identity"] = checks.identity.rates
        if checks.identity.same_scanner is not None:
            rates["identity_same_scanner"] = checks.identity.same_scanner
    return SecondLook(
        run=run,
        compared=compared,
        chains=len(chains.names),
        misfiled=tuple(misfiled),
        levels=tuple(doubts),
        error_rates=rates,
        notices=_notices(
            checks,
            is_proxy=is_proxy,
            names_levels=names_levels,
            is_origin_unknown=is_origin_unknown,
        ),
        simulated=filed.simulated,
        is_origin_unknown=is_origin_unknown,
    )


def _misfiled(
    misfit: "Misfit",
    bodies: "StudyBodies",
    filed: Filed,
) -> Misfiled:
    study, own = bodies.studies[misfit.row], bodies.studies[misfit.own_row]
    better = None if misfit.better_row is None else bodies.studies[misfit.better_row]
    ratio = min(math.exp(min(misfit.log_likelihood_ratio, 50.0)), _LARGEST_RATIO)
    told = f"more than {ratio:.0f}" if ratio == _LARGEST_RATIO else f"{ratio:.0f}"
    sentence = (
        f"may be another person's: its vertebrae are unlike those of {own} of the same patient "
        f"(likelihood ratio {told}, {misfit.levels} levels)."
    )
    if better is not None:
        sentence += (
            f" Of {misfit.people} people {misfit.rank - 1} fit better, "
            f"best {filed.patients[better]} ({better})."
        )
    seen = bodies.subjects[misfit.row] in filed.learnt_from
    if seen:
        sentence += " The network was trained with this patient as filed."
    return Misfiled(
        study_uid=study,
        patient_id=filed.patients[study],
        own_study_uid=own,
        levels=misfit.levels,
        likelihood_ratio=ratio,
        rank=misfit.rank,
        people=misfit.people,
        better_patient_id=None if better is None else filed.patients[better],
        better_study_uid=better,
        learnt_from=seen,
        sentence=sentence,
    )


def _doubted(
    doubt: "ChainDoubt",
    chains: "Chains",
    filed: Filed,
) -> DoubtedLevels:
    study = chains.studies[doubt.row]
    bodies = tuple(
        (str(TRAINING_LEVELS[item.name]), str(TRAINING_LEVELS[item.likelier]), item.probability)
        for item in doubt.misnamed
    )
    if doubt.shift:
        way = "feet" if doubt.shift > 0 else "head"
        sentence = (
            f"all levels may be shifted by one: the likelier names are one further to the {way} "
            f"(probability {doubt.probability:.2f})."
        )
    else:
        named = "; ".join(f"{name} looks like {other}" for name, other, _ in bodies)
        sentence = f"single levels look otherwise: {named}."
    is_transitional = chains.names[doubt.row] in filed.transitional
    if is_transitional:
        sentence += " The spine is said to be transitional, which the network wasn't taught."
    seen = chains.subjects[doubt.row] in filed.learnt_from
    if seen:
        sentence += " The network was trained with these names."
    return DoubtedLevels(
        study_uid=study,
        series_uid=chains.names[doubt.row],
        patient_id=filed.patients[study],
        shift=doubt.shift,
        probability=doubt.probability,
        bodies=bodies,
        transitional=is_transitional,
        learnt_from=seen,
        sentence=sentence,
    )


def _notices(
    checks: "CheckRecord", *, is_proxy: bool, names_levels: bool, is_origin_unknown: bool
) -> tuple[str, ...]:
    from spinegrader.model.identity_check import LEAST_FOLLOWED
    from spinegrader.model.level_check import LEAST_CHAINS

    notices = []
    if is_origin_unknown:
        notices.append(
            "This network came as a file, and nobody can tell whether it was trained on these "
            "people: the checks may err more often than is measured here, and raise no flags."
        )
    if is_proxy:
        notices.append(
            "This network was not trained on follow-ups alone, so it can't verify identity: "
            "pre-train on follow-up scans."
        )
    elif checks.identity is None:
        notices.append(
            "Whether studies are misfiled can't be told: too few people with follow-up scans were "
            f"kept aside to know how often the check errs ({LEAST_FOLLOWED} for validation and "
            f"{LEAST_FOLLOWED} for the test are needed)."
        )
    if not names_levels:
        notices.append(
            "This network didn't learn the names of vertebrae, so it can't doubt levels: pre-train "
            "with them."
        )
    elif checks.levels is None:
        notices.append(
            "Levels can't be doubted: too few people with confirmed vertebrae were kept aside to "
            f"know how often the check errs ({LEAST_CHAINS} for validation and {LEAST_CHAINS} for "
            "the test are needed)."
        )
    return tuple(notices)
