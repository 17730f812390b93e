"""The best consistent chain of bodies, from the feet to the head, by dynamic programming."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from spinegrader.domain.geometry import FloatArray
from spinegrader.imaging.detection.bodies import BodyCandidate, body_candidates
from spinegrader.imaging.detection.halves import joined_halves
from spinegrader.imaging.detection.links import (
    Links,
    filled_in,
    links,
    own_costs,
    sacral_ease,
)
from spinegrader.imaging.detection.maps import LEVELS, PlaneMaps

SCORE_REWARD = 6.0
"""What a body of score 1 is worth, in units of the costs of ``links``."""

LEAST_WORTH = 0.15
"""Score of a body that is worth nothing."""

LEAST_BODIES = 3
LEAST_SCORE = 0.3
"""Mean over the chain's bodies below which there is no spine."""

MOST_STRAIN = 2.5
"""Mean cost of the steps between the bodies above which there is no spine."""

LEAST_CANAL = 0.3
BODIES_WITHOUT_CANAL, STRAIN_WITHOUT_CANAL, DISCS_WITHOUT_CANAL = 5, 1.5, 0.5
"""A slice beside the canal shows none: there a long, regular chain with its discs is asked for."""

GUESS_CONFIDENCE = 0.2
CUT_SHARE = 0.8
STRAIN_SCALE = 6.0
"""Cost at which a body that stands oddly is worth e^-1 of its confidence."""


@dataclass(frozen=True, eq=False)
class RunBody:
    """A body of a chain before it has a name.

    Args:
        corners: Shape (4, 2), millimetres.
        confidence: 0 to 1.
        level_log_probabilities: Shape (11,); all alike where the body is a guess.
        is_cut: Whether it reaches beyond the picture.
        is_guessed: Whether it wasn't seen but put between two that were.
    """

    corners: FloatArray
    confidence: float
    level_log_probabilities: FloatArray
    is_cut: bool = False
    is_guessed: bool = False


@dataclass(frozen=True, eq=False)
class Run:
    """The best chain, and what speaks for it.

    Args:
        bodies: Head to feet.
        seen: How many of them weren't guessed.
        score: Their mean score.
        strain: Mean cost of the steps between them.
        canal: Mean evidence of a canal behind them.
        discs: Mean evidence of discs between neighbours.
    """

    bodies: tuple[RunBody, ...] = ()
    seen: int = 0
    score: float = 0.0
    strain: float = 0.0
    canal: float = 0.0
    discs: float = 0.0

    @property
    def why_not(self) -> str | None:
        """Why this is no spine, as the end of a sentence; None where it may be one."""
        if self.seen == 0:
            return "nothing in the images looks like a vertebral body"
        if self.seen < LEAST_BODIES:
            return "fewer than three bodies stand upon each other like a spine's"
        if self.score < LEAST_SCORE or self.strain > MOST_STRAIN:
            return "what looks like bodies doesn't stand as regularly as a spine's"
        is_long = self.seen >= BODIES_WITHOUT_CANAL and self.strain <= STRAIN_WITHOUT_CANAL
        if self.canal < LEAST_CANAL and not (is_long and self.discs >= DISCS_WITHOUT_CANAL):
            return "no spinal canal runs behind what looks like bodies"
        return None


def best_run(plane: PlaneMaps) -> Run:
    """The best chain of a plane's body candidates; an empty one where there are none."""
    found = body_candidates(plane)
    if not found:
        return Run()
    found = (*found, *joined_halves(plane, found))
    corners = np.stack([item.corners for item in found])
    order = np.argsort(-corners.mean(axis=1) @ _footward(corners), kind="stable")
    found, corners = tuple(found[place] for place in order), corners[order]
    own, canal = own_costs(plane, corners)
    scores = np.asarray([item.score for item in found])
    worth = SCORE_REWARD * (scores - LEAST_WORTH) - own
    levels = np.stack([item.level_log_probabilities for item in found])
    steps = links(plane, corners, sacral_ease(levels))
    path, missing = _best_path(worth, steps)
    return _run_of(found, path, missing, steps, canal)


def _best_path(worth: FloatArray, steps: Links) -> tuple[list[int], list[int]]:
    """The most worthy path, feet to head, and how many bodies are missing at each step."""
    cheapest, left_out = steps.costs.min(axis=2), steps.costs.argmin(axis=2)
    totals, origin = worth.copy(), np.full(len(worth), -1)
    for place in range(1, len(worth)):
        ways = totals[:place] - cheapest[:place, place]
        best = int(ways.argmax())
        if ways[best] > 0:
            totals[place] += ways[best]
            origin[place] = best
    path = [int(totals.argmax())]
    while origin[path[-1]] >= 0:
        path.append(int(origin[path[-1]]))
    path.reverse()
    pairs = list(pairwise(path))
    return path, [int(left_out[pair]) for pair in pairs]


def _run_of(
    found: Sequence[BodyCandidate],
    path: list[int],
    missing: list[int],
    steps: Links,
    canal: FloatArray,
) -> Run:
    pairs = list(pairwise(path))
    strains = [
        float(steps.costs[low, up, left]) for (low, up), left in zip(pairs, missing, strict=True)
    ]
    discs = [
        float(steps.discs[pair]) for pair, left in zip(pairs, missing, strict=True) if not left
    ]
    bodies: list[RunBody] = []
    for place, index in enumerate(path):
        beside = strains[max(place - 1, 0) : place + 1] or [0.0]
        bodies.append(_seen_body(found[index], float(np.mean(beside))))
        if place < len(missing) and missing[place]:
            upper = found[path[place + 1]]
            bodies += _guesses(upper, found[index], missing[place])
    return Run(
        tuple(reversed(bodies)),
        len(path),
        float(np.mean([found[index].score for index in path])),
        float(np.mean(strains)) if strains else 0.0,
        float(np.mean(canal[path])),
        float(np.mean(discs)) if discs else 0.0,
    )


def _seen_body(found: BodyCandidate, strain: float) -> RunBody:
    confidence = float(np.sqrt(found.score)) * float(np.exp(-strain / STRAIN_SCALE))
    if found.is_cut:
        confidence *= CUT_SHARE
    return RunBody(found.corners, confidence, found.level_log_probabilities, found.is_cut)


def _guesses(upper: BodyCandidate, lower: BodyCandidate, missing: int) -> list[RunBody]:
    """Bodies between two, feet to head."""
    places = filled_in(upper.corners[None], lower.corners[None], missing)[0]
    alike = np.full(len(LEVELS), -np.log(len(LEVELS)))
    confidence = GUESS_CONFIDENCE * float(np.sqrt(min(upper.score, lower.score)))
    return [RunBody(corners, confidence, alike, is_guessed=True) for corners in places[::-1]]


def _footward(corners: FloatArray) -> FloatArray:
    """The direction in which most bodies look down, shape (2,)."""
    down = (corners[:, 2] + corners[:, 3] - corners[:, 0] - corners[:, 1]).mean(axis=0)
    return np.asarray(down / max(float(np.linalg.norm(down)), 1e-6))
