"""Stands in for the detector where its place in the program is tried, not its eyes."""

from dataclasses import dataclass

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.vertebrae import Disc, Vertebra
from spinegrader.imaging.volume import Volume
from tests.services.conftest import column

L4_L5 = DiscLevel(VertebraLevel.L4, VertebraLevel.L5)
OUTLINE = ((0.0, 0.0, -39.0), (0.0, 16.0, -37.5), (0.0, 35.0, -39.0), (0.0, 16.0, -44.5))


@dataclass(frozen=True)
class Names:
    """Other names, head to feet."""

    levels: tuple[VertebraLevel, ...]


@dataclass(frozen=True)
class Finding:
    """As much of a finding as the services look at: T12 to S1, and one outline."""

    vertebrae: tuple[Vertebra, ...] = column("1.2").vertebrae
    discs: tuple[Disc, ...] = (Disc(L4_L5, OUTLINE),)
    is_numbering_sure: bool = True
    alternatives: tuple[Names, ...] = ()
    sacrum_in_view: bool = True
    absent: tuple[VertebraLevel, ...] = ()
    warnings: tuple[str, ...] = ()


NOTHING = Finding((), (), warnings=("No vertebrae were found: is it the spine?",))


def finder(*findings: Finding):
    """Loads what gives one finding after the other, whatever it looks at; the last one stays."""
    waiting = list(findings or (Finding(),))

    def find(_: Volume) -> Finding:
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    return lambda: find
