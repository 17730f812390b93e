"""How well the detector finds vertebrae, discs and names on simulated people."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from benchmarks.detector.matching import Outcome, compared, disc_dice
from benchmarks.detector.simulated_people import SimulatedStack, simulated_stacks
from spinegrader.services.finder import Finder


@dataclass(frozen=True, eq=False)
class SimulatedOutcome:
    """A simulated series and what was made of it."""

    group: str
    sequence: str
    field: str
    outcome: Outcome


def simulated_outcomes(find: Finder, usual: int, other: int) -> list[SimulatedOutcome]:
    """Looks at some usual people, and at as many of each other kind."""
    return [
        SimulatedOutcome(stack.group, stack.sequence, stack.field, outcome_of(stack, find))
        for stack in simulated_stacks(usual, other)
    ]


def outcome_of(stack: SimulatedStack, find: Finder) -> Outcome:
    """What a detector makes of a stack."""
    finding = find(stack.volume)
    geometry = stack.volume.geometry
    outcome = compared(stack.patient, stack.sequence, finding, geometry, stack.truth)
    dices = [
        max((disc_dice(disc, geometry, truth) for disc in finding.discs), default=0.0)
        for truth in stack.discs
        if _is_between(stack, truth)
    ]
    hits = [dice for dice in dices if dice > 0]
    outcome.sums["discs found"] = float(len(hits)), float(len(dices))
    outcome.sums["disc overlap"] = float(np.sum(hits)), float(len(hits))
    is_found = bool(finding.vertebrae)
    is_right, is_sure = outcome.is_named_right, finding.is_numbering_sure
    outcome.sums["wrong names flagged"] = (
        float(is_found and not is_right and not is_sure), float(is_found and not is_right)
    )  # fmt: skip
    outcome.sums["right names flagged"] = (
        float(is_right and not is_sure), float(is_right)
    )  # fmt: skip
    return outcome


def _is_between(stack: SimulatedStack, disc: object) -> bool:
    """Whether a disc lies between two bodies that must be found."""
    _, rows, _ = np.nonzero(disc)  # type: ignore[call-overload]
    y = float(rows.mean()) * stack.volume.geometry.spacing_mm[1]
    middles = [body.corners[:, 1].mean() for body in stack.truth if body.is_counted]
    return bool(middles) and min(middles) < y < max(middles)


def calibration(
    outcomes: Sequence[Outcome], bins: Sequence[float]
) -> list[tuple[str, int, float, float]]:
    """By range of the names' probability: how many series, their mean probability, how many right.

    Args:
        outcomes: The series.
        bins: Ends of the ranges, ascending.
    """
    rows = []
    for low, high in pairwise(bins):
        chosen = [
            item for item in outcomes
            if item.finding.vertebrae and low <= item.finding.numbering_confidence < high
        ]  # fmt: skip
        if chosen:
            mean = float(np.mean([item.finding.numbering_confidence for item in chosen]))
            right = float(np.mean([item.is_named_right for item in chosen]))
            rows.append((f"{low:.2f} to {high:.2f}", len(chosen), mean, right))
    return rows
