"""Simulated readers: they see the true values of a disc with a bias and with noise.

A reader has habits (where he sees one grade end and the next begin, for each grading), a lasting
opinion on every disc, which is the same when he reads it again, and a passing noise at every
reading. Agreement within a reader is limited by the noise alone, agreement between readers by all
of these. The spreads below are set so that the agreement measured on simulated people
(``benchmarks/simulated_readers.py``) comes near these figures, Cohen's kappa within and between:

- Pfirrmann 0.80 and 0.60, unweighted: 0.84 to 0.90 and 0.69 to 0.81 for the readers who made the
  scale (Pfirrmann 2001, from memory), 0.57 to 0.77 and 0.43 to 0.55 for others at 3 T (Acta Radiol
  2019, doi 10.1177/0284185119842472, looked up);
- central stenosis 0.82 and 0.73, foraminal stenosis 0.66 and 0.58, weighted (Lurie et al., Spine
  33:1605, 2008; values from memory); foraminal 0.58 between in a later study too (PMC7160219,
  looked up);
- herniation 0.81 between, linear weights (Lurie et al., Spine 33:991, 2008, looked up), 0.9 within;
- Modic types 0.78 and 0.65: "substantial to almost perfect" (Jensen et al., Acta Radiol 48:748,
  2007, looked up), 0.78 and 0.39 in PMC7160219;
- endplate defects 0.80 and 0.50: "moderate" in Jensen 2007, 0.87 and 0.25 for Schmorl's nodes in
  PMC7160219;
- narrowing and degeneration 0.75 to 0.80 and about 0.60, slips 0.85 and 0.80: our choice.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from spinegrader.simulate.ageing.grades import LOWEST_AND_HIGHEST


class Spread(NamedTuple):
    """Standard deviations on the scale of a grading's grades.

    Args:
        habit: Of a reader's habit, common to all boundaries between grades.
        boundary: Likewise of each boundary.
        opinion: Of his lasting opinion on a disc.
        noise: Of one reading.
    """

    habit: float
    boundary: float
    opinion: float
    noise: float


_SPREADS = {
    "pfirrmann": Spread(0.10, 0.09, 0.22, 0.15),
    "narrowing": Spread(0.12, 0.10, 0.29, 0.22),
    "degeneration": Spread(0.08, 0.08, 0.20, 0.15),
    "central_stenosis": Spread(0.12, 0.10, 0.25, 0.21),
    "spondylolisthesis": Spread(0.06, 0.05, 0.10, 0.10),
    "endplate_upper": Spread(0.05, 0.00, 0.26, 0.11),
    "endplate_lower": Spread(0.05, 0.00, 0.26, 0.11),
    "foraminal_left": Spread(0.06, 0.00, 0.13, 0.19),
    "foraminal_right": Spread(0.06, 0.00, 0.13, 0.19),
}


class Confusion(NamedTuple):
    """How a class of a nominal grading is mistaken.

    Args:
        opinion: Chance that a reader's lasting opinion on it is a mistake.
        noise: Chance that one reading is, besides.
        others: What it is mistaken for, with the chances of each.
    """

    opinion: float
    noise: float
    others: Mapping[int, float]


_MARROW = (
    Confusion(0.007, 0.008, {1: 0.3, 2: 0.6, 4: 0.1}),
    Confusion(0.070, 0.080, {0: 0.5, 2: 0.2, 4: 0.3}),
    Confusion(0.070, 0.080, {0: 0.6, 1: 0.1, 3: 0.1, 4: 0.2}),
    Confusion(0.070, 0.080, {0: 0.3, 2: 0.5, 4: 0.2}),
    Confusion(0.070, 0.080, {0: 0.1, 1: 0.4, 2: 0.4, 3: 0.1}),
)
"""Modic changes: faint ones are missed, mixed ones taken for one type (rule and chances ours)."""

_CONFUSIONS = {
    "modic_upper": _MARROW,
    "modic_lower": _MARROW,
    "herniation": (
        Confusion(0.015, 0.02, {1: 0.85, 2: 0.15}),
        Confusion(0.05, 0.03, {0: 0.6, 2: 0.4}),
        Confusion(0.05, 0.03, {0: 0.2, 1: 0.6, 3: 0.2}),
        Confusion(0.06, 0.04, {2: 0.8, 4: 0.2}),
        Confusion(0.06, 0.04, {2: 0.2, 3: 0.8}),
    ),
}
"""Herniations are taken for the neighbouring kind (rule and chances ours)."""

_MOST_BOUNDARIES = 4
_HABITS, _OPINION, _READING = 1, 2, 3


@dataclass(frozen=True)
class Reader:
    """One simulated reader.

    Args:
        seed: Of all readers.
        number: Counted from 1.
        shifts: By grading, how much higher than the true ones his boundaries lie, in grades; one
            for each boundary.
    """

    seed: int
    number: int
    shifts: Mapping[str, tuple[float, ...]]

    def read(
        self,
        latent: Mapping[str, float],
        true_grades: Mapping[str, int],
        *,
        study: str,
        disc: str,
        reading: int = 1,
    ) -> dict[str, int]:
        """What he answers; depends on nothing but seed, reader, study, disc and reading.

        Args:
            latent: Continuous values of the ordinal gradings, see ``grades.latent_of``.
            true_grades: Of all gradings that he is asked for.
            study: Any name that no other study has.
            disc: Of the study.
            reading: Counts how often he reads the disc: his opinion stays, the noise is new.
        """
        opinion = _Perception(_generator(self.seed, self.number, _OPINION, study, disc))
        noise = _Perception(_generator(self.seed, self.number, _READING, study, disc, reading))
        answers: dict[str, int] = {}
        for grading, grade in true_grades.items():
            if grading in _SPREADS:
                spread = _SPREADS[grading]
                seen = latent[grading]
                seen += spread.opinion * opinion.normal[grading]
                seen += spread.noise * noise.normal[grading]
                answers[grading] = self._ordinal(grading, seen)
            else:
                confusion = _CONFUSIONS[grading][grade]
                held = _mistaken(grade, confusion, confusion.opinion, opinion.uniform[grading])
                confusion = _CONFUSIONS[grading][held]
                answers[grading] = _mistaken(
                    held, confusion, confusion.noise, noise.uniform[grading]
                )
        return answers

    def _ordinal(self, grading: str, seen: float) -> int:
        lowest, highest = LOWEST_AND_HIGHEST[grading]
        passed = sum(
            seen >= lowest + 0.5 + place + self.shifts[grading][place]
            for place in range(highest - lowest)
        )
        return lowest + passed


class _Perception:
    """Random numbers for all gradings, so that none depends on which others are asked for."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.normal = dict(zip(_SPREADS, rng.standard_normal(len(_SPREADS)).tolist(), strict=True))
        pairs = rng.random((len(_CONFUSIONS), 2)).tolist()
        self.uniform = dict(zip(_CONFUSIONS, pairs, strict=True))


def draw_readers(seed: int, count: int) -> tuple[Reader, ...]:
    """Readers with habits of their own; the first ones are the same whatever their number.

    Args:
        seed: Not negative.
        count: How many.
    """
    return tuple(_draw_reader(seed, number) for number in range(1, count + 1))


def _draw_reader(seed: int, number: int) -> Reader:
    rng = _generator(seed, number, _HABITS)
    shifts: dict[str, tuple[float, ...]] = {}
    for grading, spread in _SPREADS.items():
        habit, *own = rng.standard_normal(1 + _MOST_BOUNDARIES).tolist()
        shifts[grading] = tuple(spread.habit * habit + spread.boundary * value for value in own)
    return Reader(seed, number, shifts)


def _mistaken(grade: int, confusion: Confusion, chance: float, drawn: list[float]) -> int:
    """The class that two uniform numbers decide on: whether it is mistaken, and for what."""
    if drawn[0] >= chance:
        return grade
    reached = 0.0
    for other, share in confusion.others.items():
        reached += share
        if drawn[1] < reached:
            return other
    return grade


def _generator(seed: int, *key: int | str) -> np.random.Generator:
    """Random numbers of a key, the same on every machine and in any order."""
    text = "\x1f".join(str(part) for part in key)
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    return np.random.default_rng([seed, int.from_bytes(digest, "little")])
