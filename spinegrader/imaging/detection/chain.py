"""The spine in the plane: bodies with their names, and how sure these are."""

from dataclasses import dataclass

from spinegrader.domain.anatomy import VertebraLevel, levels_between
from spinegrader.domain.geometry import FloatArray
from spinegrader.imaging.detection.numbering import Naming, namings, sacral_probability
from spinegrader.imaging.detection.run import Run

SURE = 0.93
"""Probability from which names count as sure, chosen on people who trained nothing
(``docs/detector.md``). Even clear ones get about 0.95 only, since some people have other counts."""

_SACRAL = (VertebraLevel.S1, VertebraLevel.S2)


@dataclass(frozen=True, eq=False)
class ChainBody:
    """A body of the spine.

    Args:
        level: Its name.
        corners: (x, y) in the order of ``Vertebra``, shape (4, 2), millimetres.
        confidence: 0 to 1.
        is_cut: Whether the picture's edge cuts it.
        is_guessed: Whether it wasn't seen but stands between two that were.
    """

    level: VertebraLevel
    corners: FloatArray
    confidence: float
    is_cut: bool = False
    is_guessed: bool = False


@dataclass(frozen=True, eq=False)
class Chain:
    """The named bodies of one spine.

    Args:
        bodies: Head to feet.
        numbering_confidence: Probability of their names, 0 to 1.
        alternatives: Other names of the same bodies, the most probable first.
        sacrum_in_view: Whether a body of the sacrum was seen.
    """

    bodies: tuple[ChainBody, ...]
    numbering_confidence: float
    alternatives: tuple[Naming, ...]
    sacrum_in_view: bool

    @property
    def levels(self) -> tuple[VertebraLevel, ...]:
        """Names, head to feet."""
        return tuple(body.level for body in self.bodies)

    @property
    def absent(self) -> tuple[VertebraLevel, ...]:
        """Regular levels that the names pass over: the person doesn't have them."""
        between = levels_between(self.levels[0], self.levels[-1]) if len(self.levels) > 1 else ()
        return tuple(level for level in between if level not in self.levels)

    @property
    def is_numbering_sure(self) -> bool:
        """Whether a reader may lean on the names."""
        return self.numbering_confidence >= SURE


def chain_of(run: Run) -> Chain:
    """Names the bodies of a run, which holds one at least."""
    best, *others = namings(run.bodies)
    bodies = tuple(
        ChainBody(level, body.corners, body.confidence, body.is_cut, body.is_guessed)
        for level, body in zip(best.levels, run.bodies, strict=True)
        if level is not None
    )
    sacrum_in_view = any(
        level in _SACRAL and not body.is_guessed and sacral_probability(body) >= 0.5
        for level, body in zip(best.levels, run.bodies, strict=True)
    )
    named = [place for place, level in enumerate(best.levels) if level is not None]
    alternatives = tuple(
        Naming(tuple(other.levels[place] for place in named), other.probability) for other in others
    )
    return Chain(bodies, best.probability, alternatives, sacrum_in_view)
