"""What a second look found: plain data with sentences."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from spinegrader.services.wording import RESEARCH_NOTICE

if TYPE_CHECKING:
    from spinegrader.model.error_rates import ErrorRates, Estimate


MOST_FALSE_ALARMS = 0.05
"""Share measured on people kept aside beyond which a check raises no flags (ours)."""


@dataclass(frozen=True)
class Misfiled:
    """A study that doesn't look like its patient.

    Args:
        study_uid: The study.
        patient_id: Whose it is said to be.
        own_study_uid: The patient's study that it fits best.
        levels: How many levels were compared with that one.
        likelihood_ratio: Of another person to the same; at most 1000.
        rank: Place of the patient among all people whom it could be compared with; 1: the best.
        people: How many these are.
        better_patient_id: Whom it fits best, if that is another person.
        better_study_uid: That person's study.
        learnt_from: Whether the network was trained with the patient's images as they are filed.
        sentence: All this in words.
    """

    study_uid: str
    patient_id: str
    own_study_uid: str
    levels: int
    likelihood_ratio: float
    rank: int
    people: int
    better_patient_id: str | None
    better_study_uid: str | None
    learnt_from: bool
    sentence: str


@dataclass(frozen=True)
class DoubtedLevels:
    """An overlay whose names the network doubts.

    Args:
        study_uid: The study.
        series_uid: The series.
        patient_id: Whose it is.
        shift: Steps towards the feet from all names to the likelier ones; 0: single bodies only.
        probability: That all names are shifted by one.
        bodies: Name, likelier name, probability of the name; of single bodies.
        transitional: Whether the overlay names T13, L6 or absent levels; such are never flagged.
        learnt_from: Whether the network was trained with these names.
        sentence: All this in words.
    """

    study_uid: str
    series_uid: str
    patient_id: str
    shift: int
    probability: float
    bodies: tuple[tuple[str, str, float], ...]
    transitional: bool
    learnt_from: bool
    sentence: str


@dataclass(frozen=True)
class SecondLook:
    """What a second look found.

    Args:
        run: The pre-training that looked.
        compared: How many studies could be compared with another one of their patient.
        chains: How many overlays were looked at.
        misfiled: The most suspicious first.
        levels: The most probably shifted first.
        error_rates: By check: how often it errs, on people kept aside.
        notices: What couldn't be told, and why.
        simulated: Whether the figures are those of simulated people.
        is_origin_unknown: Whether nobody can tell whom the network was trained on: then nothing
            is flagged by it, as it may err more often than is measured.
    """

    run: str
    compared: int
    chains: int
    misfiled: tuple[Misfiled, ...]
    levels: tuple[DoubtedLevels, ...]
    error_rates: Mapping[str, "ErrorRates"]
    notices: tuple[str, ...]
    simulated: bool
    is_origin_unknown: bool = False

    def flag_words(self) -> dict[str, str]:
        """By study, a flag's words, from checks that seldom alarm for nothing.

        Of transitional spines none: their names were weighed by a reader.
        """
        words: dict[str, str] = {}
        for item in self.levels:
            check = "shifted_levels" if item.shift else "single_levels"
            if self.is_reliable(check) and not item.transitional:
                words[item.study_uid] = (
                    "Levels may be shifted by one."
                    if item.shift
                    else f"Level of {', '.join(body[0] for body in item.bodies)} may be wrong."
                )
        for misfiled in self.misfiled:
            if self.is_reliable("identity"):
                words[misfiled.study_uid] = "May be another person’s images."
        return words

    def is_reliable(self, check: str) -> bool:
        """Whether a check's errors are known and its false alarms few enough to flag by it."""
        if self.is_origin_unknown:
            return False
        rates = self.error_rates.get(check)
        return rates is not None and rates.false_alarms.value <= MOST_FALSE_ALARMS

    def as_json(self) -> dict[str, Any]:
        """All of it as plain data."""
        rates = {name: item.model_dump(mode="json") for name, item in self.error_rates.items()}
        return asdict(self) | {"error_rates": rates, "note": RESEARCH_NOTICE}

    def in_words(self) -> str:
        """All of it for a person, a line each."""
        lines = [
            f"{self.run} looked at {self.chains} overlays and compared {self.compared} studies."
        ]
        lines += [f"{item.study_uid}: {item.sentence}" for item in self.misfiled]
        lines += [f"{item.study_uid}: {item.sentence}" for item in self.levels]
        if not self.misfiled and "identity" in self.error_rates:
            lines.append("No study looks misfiled.")
        if not self.levels and "shifted_levels" in self.error_rates:
            lines.append("No level is doubted.")
        people = "simulated people" if self.simulated else "people"
        people += " of this project" if self.is_origin_unknown else " kept aside"
        lines += [_rates_in_words(*item, people) for item in self.error_rates.items()]
        return "\n".join([*lines, *self.notices, RESEARCH_NOTICE])


_CHECK_NAMES = {
    "identity": "Misfiled studies",
    "identity_same_scanner": "The same with impostors from one scanner",
    "shifted_levels": "Levels shifted by one",
    "single_levels": "Single misnamed levels",
}


def _rates_in_words(name: str, rates: "ErrorRates", people: str) -> str:
    return (
        f"{_CHECK_NAMES[name]}, measured on {rates.people} {people}: "
        f"false alarms {_percent(rates.false_alarms)}, missed {_percent(rates.misses)}, "
        f"AUC {rates.auc.value:.3f} ({rates.auc.low:.3f} to {rates.auc.high:.3f})."
        + ("" if rates.false_alarms.value <= MOST_FALSE_ALARMS else " Too many to flag by it.")
    )


def _percent(estimate: "Estimate") -> str:
    return f"{estimate.value:.1%} ({estimate.low:.1%} to {estimate.high:.1%})"
