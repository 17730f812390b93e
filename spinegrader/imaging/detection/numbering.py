"""Names for a chain of bodies: which of them is S1, and what follows from it.

Every way of laying the named sequence along the chain is weighed by what the network says of
each body. The step from lumbar to sacral is weighed apart from the rest: it is what a reader
counts from, and a sacral body looks unlike any other, whereas two lumbar neighbours look alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import FloatArray
from spinegrader.imaging.detection.maps import LEVELS
from spinegrader.imaging.detection.run import RunBody

LEVEL_TEMPERATURE = 0.3
"""Power of the evidence for one level among the lumbar and thoracic or the sacral ones.

Neighbouring bodies' evidence comes from overlapping pieces of one picture, so that a product over
all of them would be far too sure.
"""

SACRUM_TEMPERATURE = 0.6
"""Power of the evidence for sacral or not. Both powers were chosen on series of people who trained
nothing, so that the probabilities come out about as often as they say."""

CUT_SHARE = 0.05
"""What counts of the evidence for the level of a body that the picture's edge cuts: cut bodies
look alike, and like a sacrum's where their lower end is missing."""

LEVEL_FLOOR, SACRUM_FLOOR = 0.03, 0.01
"""Share of the evidence that is spread evenly, so that one body can't overrule all others."""

TAPER_MIDDLE, TAPER_SPREAD, TAPER_CAP = 0.83, 0.08, 1.5
"""Lower by upper depth of a body: about 0.67 of S1, 0.97 of lumbar bodies (``morphometry``).
Logarithm of the odds for sacral: the distance from the middle by the spread, capped."""

BELOW_S2 = 0.02
"""Of a chain whose lowest body lies below S2: the network isn't taught to find those."""

SIX_LUMBAR, FOUR_LUMBAR, THIRTEEN_THORACIC = 0.035, 0.03, 0.02
"""How many people have a sixth lumbar vertebra, no fifth one, a thirteenth thoracic one.

After Tins and Balain (Insights Imaging 2016;7:199), whole-spine MR of 418 people: 18 had one
mobile vertebra more, 14 one less, 8 a sacralised L5, 4 a lumbarised S1. They don't tell thoracic
from lumbar: we give six in ten of those with one more a sixth lumbar vertebra, and four in ten of
those with one less a lumbar vertebra too few.
"""

LEAST_ALTERNATIVE = 0.02
"""Probability below which other names aren't worth a word."""

_SACRAL = frozenset({VertebraLevel.S1, VertebraLevel.S2})
_IS_SACRAL = np.asarray([level in _SACRAL for level in LEVELS])
_UP = tuple(reversed(LEVELS))
_TWIN = {VertebraLevel.L6: VertebraLevel.L5, VertebraLevel.T13: VertebraLevel.T12}
"""What a level looks like that the network has no class for."""


@dataclass(frozen=True)
class Naming:
    """Names of a chain's bodies, head to feet, and how probable they are.

    Args:
        levels: None where a body lies above T9 or below S2 and has no name.
        probability: 0 to 1.
    """

    levels: tuple[VertebraLevel | None, ...]
    probability: float


def namings(bodies: Sequence[RunBody]) -> tuple[Naming, ...]:
    """All names that the bodies (head to feet) could bear, the most probable first.

    Names with less than ``LEAST_ALTERNATIVE`` are left out, but for the best.
    """
    upward = list(reversed(bodies))
    evidence = _evidence(upward)
    sums: dict[tuple[VertebraLevel | None, ...], float] = {}
    weights: list[tuple[tuple[VertebraLevel | None, ...], float]] = []
    for names_up, prior in _SEQUENCES:
        for start in range(-1, len(names_up) - 2):
            names = tuple(
                names_up[start + step] if 0 <= start + step < len(names_up) else None
                for step in range(len(upward))
            )
            if sum(name is not None for name in names) < min(3, len(upward)):
                continue
            log_prior = np.log(prior) + (np.log(BELOW_S2) if start < 0 else 0.0)
            readings = [
                evidence[range(len(upward)), classes].sum() for classes in _classes(names, start)
            ]
            likelihood = float(np.logaddexp.reduce(readings)) - np.log(len(readings))
            weights.append((names[::-1], log_prior + likelihood))
    highest = max(weight for _, weight in weights)
    for names, weight in weights:
        sums[names] = sums.get(names, 0.0) + float(np.exp(weight - highest))
    total = sum(sums.values())
    ranked = sorted(sums.items(), key=lambda item: -item[1])
    found = [Naming(names, share / total) for names, share in ranked]
    return (found[0], *(item for item in found[1:] if item.probability >= LEAST_ALTERNATIVE))


def sacral_probability(body: RunBody) -> float:
    """How probable it is that a body belongs to the sacrum, by its looks and its shape."""
    share = float(_level_shares(body)[_IS_SACRAL].sum())
    share = np.clip(share, 1e-6, 1 - 1e-6)
    odds = np.log(share / (1 - share)) + _taper_odds(body)
    return float(1 / (1 + np.exp(-odds)))


def _level_shares(body: RunBody) -> FloatArray:
    """The network's probability of each level, shape (11,), of a cut body nearly even ones."""
    shares = np.exp(body.level_log_probabilities)
    if not body.is_cut:
        return np.asarray(shares)
    return np.asarray(CUT_SHARE * shares + (1 - CUT_SHARE) / len(LEVELS))


def _evidence(bodies: Sequence[RunBody]) -> FloatArray:
    """Tempered log evidence of each body for each class, (bodies, 11); 0 where it's a guess."""
    evidence = np.zeros((len(bodies), len(LEVELS)))
    for place, body in enumerate(bodies):
        if body.is_guessed:
            continue
        shares = _level_shares(body)
        sacral = sacral_probability(body)
        for group, probability in ((_IS_SACRAL, sacral), (~_IS_SACRAL, 1 - sacral)):
            among = shares[group] / max(float(shares[group].sum()), 1e-12)
            count = int(group.sum())
            if float(shares[group].sum()) < 1e-9:
                among = np.full(count, 1 / count)
            level = np.log((1 - LEVEL_FLOOR) * among + LEVEL_FLOOR / count)
            side = np.log((1 - SACRUM_FLOOR) * probability + SACRUM_FLOOR / 2)
            evidence[place, group] = LEVEL_TEMPERATURE * level + SACRUM_TEMPERATURE * side
    return evidence


def _taper_odds(body: RunBody) -> float:
    """Log odds for sacral by how much a body narrows downward; 0 where it isn't wholly seen."""
    if body.is_cut or body.is_guessed:
        return 0.0
    upper = float(np.linalg.norm(body.corners[1] - body.corners[0]))
    lower = float(np.linalg.norm(body.corners[2] - body.corners[3]))
    odds = (TAPER_MIDDLE - lower / max(upper, 1e-6)) / TAPER_SPREAD
    return float(np.clip(odds, -TAPER_CAP, TAPER_CAP))


def _classes(names: tuple[VertebraLevel | None, ...], start: int) -> list[list[int]]:
    """What the network may call the bodies (feet to head), in numbers of ``LEVELS``.

    It is taught to count up from the sacrum, as if everybody were regular; but it may as well go
    by what a body looks like, so that L1 of somebody with six lumbar vertebrae looks like L1.
    """
    counted = [min(max(start + step, 0), len(_UP) - 1) for step in range(len(names))]
    looks = [
        place if name is None else _UP.index(_TWIN.get(name, name))
        for place, name in zip(counted, names, strict=True)
    ]
    readings = [counted] if looks == counted else [counted, looks]
    return [[len(_UP) - 1 - place for place in reading] for reading in readings]


def _with(level: VertebraLevel, above: VertebraLevel) -> tuple[VertebraLevel, ...]:
    place = _UP.index(above) + 1
    return (*_UP[:place], level, *_UP[place:])


_SEQUENCES: tuple[tuple[tuple[VertebraLevel, ...], float], ...] = (
    (_UP, 1 - SIX_LUMBAR - FOUR_LUMBAR - THIRTEEN_THORACIC),
    (_with(VertebraLevel.L6, VertebraLevel.S1), SIX_LUMBAR),
    (_with(VertebraLevel.T13, VertebraLevel.L1), THIRTEEN_THORACIC),
    (tuple(level for level in _UP if level is not VertebraLevel.L5), FOUR_LUMBAR),
)
"""Feet to head, and how many people have them."""
