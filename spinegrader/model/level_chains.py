"""The named bodies of a series in their order, with what the network says of each one's level."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinegrader.model.study_bodies import LEVELS


@dataclass(frozen=True, eq=False)
class Chains:
    """The bodies of studies in order; row ``i`` is one series.

    Args:
        names: Tokens of the series.
        studies: Tokens of their studies.
        subjects: Whose they are.
        logits: (C, 7, 7), by name and then by class; NaN where no body has that name.
    """

    names: tuple[str, ...]
    studies: tuple[str, ...]
    subjects: tuple[str, ...]
    logits: NDArray[np.float64]

    def of(self, subjects: frozenset[str]) -> "Chains":
        """Only those of some subjects."""
        rows = [row for row, subject in enumerate(self.subjects) if subject in subjects]
        return Chains(
            tuple(self.names[row] for row in rows),
            tuple(self.studies[row] for row in rows),
            tuple(self.subjects[row] for row in rows),
            self.logits[rows],
        )

    def renamed(self, shift: int) -> NDArray[np.float64]:
        """The logits as if every name were ``shift`` steps off: true level = name + shift."""
        found = np.full_like(self.logits, np.nan)
        for name in range(LEVELS):
            if 0 <= name + shift < LEVELS:
                found[:, name] = self.logits[:, name + shift]
        return found


def chains_of(
    logits: NDArray[np.floating],
    levels: NDArray[np.integer],
    series: Sequence[str],
    studies: Sequence[str],
    subjects: Sequence[str],
) -> Chains:
    """Gathers bodies to chains.

    Args:
        logits: (N, 7), one row a body.
        levels: (N,), index of its name in ``TRAINING_LEVELS``.
        series: (N,), token of the series.
        studies: (N,), token of the study.
        subjects: (N,), token of the person.
    """
    owner = dict(zip(series, zip(studies, subjects, strict=True), strict=True))
    places = {name: place for place, name in enumerate(owner)}
    found = np.full((len(owner), LEVELS, LEVELS), np.nan)
    found[[places[name] for name in series], levels] = logits
    return Chains(
        names=tuple(owner),
        studies=tuple(study for study, _ in owner.values()),
        subjects=tuple(subject for _, subject in owner.values()),
        logits=found,
    )


def one_misnamed(
    logits: NDArray[np.float64], generator: np.random.Generator
) -> NDArray[np.float64]:
    """Puts in each chain one body of a neighbouring level in the place of another.

    Args:
        logits: (C, 7, 7).
        generator: Draws which; all NaN for chains without two neighbours.
    """
    found = np.full_like(logits, np.nan)
    there = ~np.isnan(logits[:, :, 0])
    for row, present in enumerate(there):
        lower = np.flatnonzero(present[:-1] & present[1:])
        if len(lower):
            first = int(generator.choice(lower))
            place, other = generator.permutation([first, first + 1])
            found[row] = logits[row]
            found[row, place] = logits[row, other]
    return found
