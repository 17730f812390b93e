"""The spine of a stack in patient millimetres, from the network's maps to plain sentences."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import FloatArray, Point, VolumeGeometry, as_point
from spinegrader.domain.vertebrae import Disc, Vertebra
from spinegrader.imaging.detection.borders import on_borders
from spinegrader.imaging.detection.chain import Chain, ChainBody, chain_of
from spinegrader.imaging.detection.discs import disc_outline
from spinegrader.imaging.detection.maps import PlaneMaps, SliceMaps
from spinegrader.imaging.detection.numbering import Naming
from spinegrader.imaging.detection.run import best_run
from spinegrader.imaging.detection.surface import Surface, mid_surface, on_surface

_FUSED = frozenset({VertebraLevel.S1, VertebraLevel.S2})
"""Grown together below, so that their bone has no border there."""

STEEPEST = 0.6
"""How far the surface may run aside within one body, by height: 31 degrees of coronal tilt are a
severe scoliosis, more is noise."""


ROOM_MM = 30.0
"""Picture below the lowest body in which the sacrum would be seen if that body were L5."""


@dataclass(frozen=True)
class SpineFinding:
    """What was found on one stack.

    Args:
        vertebrae: Head to feet, each on its own mid-slice.
        discs: Outlines where the disc was seen, head to feet.
        numbering_confidence: Probability of the names, 0 to 1.
        is_numbering_sure: Whether a reader may lean on them.
        alternatives: Other names for the bodies, the most probable first.
        sacrum_in_view: Whether S1 or S2 was seen.
        cut: Levels that the edge of the picture cuts.
        absent: Regular levels that the names pass over: L5 of somebody with four lumbar vertebrae.
        guessed: Levels that weren't seen but stand between two that were.
        warnings: Plain sentences.
    """

    vertebrae: tuple[Vertebra, ...] = ()
    discs: tuple[Disc, ...] = ()
    numbering_confidence: float = 0.0
    is_numbering_sure: bool = False
    alternatives: tuple[Naming, ...] = ()
    sacrum_in_view: bool = False
    cut: tuple[VertebraLevel, ...] = ()
    absent: tuple[VertebraLevel, ...] = ()
    guessed: tuple[VertebraLevel, ...] = ()
    warnings: tuple[str, ...] = ()


def find_spine(maps: SliceMaps, geometry: VolumeGeometry) -> SpineFinding:
    """The spine of a sagittal stack.

    Args:
        maps: The network's evidence.
        geometry: Of the stack in reading orientation.

    Returns:
        No vertebrae and a sentence why, where there is no spine.
    """
    surface = mid_surface(maps, geometry.spacing_mm[2])
    plane = on_surface(maps, surface)
    run = best_run(plane)
    if run.why_not is not None:
        return SpineFinding(warnings=(f"No vertebrae were found: {run.why_not}.",))
    chain = chain_of(run)
    bodies = [_drawn(body, plane) for body in chain.bodies]
    place = _Placement(geometry, surface)
    return SpineFinding(
        tuple(place.vertebra(body) for body in bodies),
        tuple(place.discs(bodies, plane)),
        chain.numbering_confidence,
        chain.is_numbering_sure,
        chain.alternatives,
        chain.sacrum_in_view,
        tuple(body.level for body in chain.bodies if body.is_cut),
        chain.absent,
        tuple(body.level for body in chain.bodies if body.is_guessed),
        _warnings(chain, plane),
    )


def _drawn(body: ChainBody, plane: PlaneMaps) -> ChainBody:
    """A body with its corners on the borders of its bone, where it was seen whole."""
    if body.is_cut or body.is_guessed or body.level in _FUSED:
        return body
    return replace(body, corners=on_borders(body.corners, plane))


@dataclass(frozen=True, eq=False)
class _Placement:
    """From the plane to the patient."""

    geometry: VolumeGeometry
    surface: Surface

    def vertebra(self, body: ChainBody) -> Vertebra:
        """Each corner on the surface, so that the body tilts sideways as the spine does."""
        heights = body.corners[:, 1]
        middle = float(heights.mean())
        own = self.surface.at(np.asarray(middle))
        aside = self.surface.at(heights) - own
        most = STEEPEST * np.abs(heights - middle) / self.geometry.spacing_mm[2]
        first, second, third, fourth = self._places(body.corners, own + np.clip(aside, -most, most))
        return Vertebra(body.level, (first, second, third, fourth), body.confidence)

    def discs(self, bodies: Sequence[ChainBody], plane: PlaneMaps) -> list[Disc]:
        """Outlines of the discs that were seen, each on the slice plane of its own middle."""
        found = []
        for upper, lower in pairwise(bodies):
            # What is left of a disc within the sacrum has no outline worth following.
            if upper.level in _FUSED and lower.level in _FUSED:
                continue
            outline = disc_outline(plane, upper.corners, lower.corners)
            if outline is not None:
                own = self.surface.at(outline[:, 1].mean())
                places = self._places(outline, np.full(len(outline), own))
                found.append(Disc(DiscLevel(upper.level, lower.level), tuple(places)))
        return found

    def _places(self, plane_mm: FloatArray, slices: FloatArray) -> list[Point]:
        column_mm, row_mm, _ = self.geometry.spacing_mm
        indices = np.stack([plane_mm[:, 0] / column_mm, plane_mm[:, 1] / row_mm, slices], axis=1)
        return [as_point(place) for place in self.geometry.to_mm(indices)]


def _warnings(chain: Chain, plane: PlaneMaps) -> tuple[str, ...]:
    """What a reader should look at, in plain sentences."""
    sentences = []
    if not chain.is_numbering_sure:
        sentences.append(f"{_cause(chain, plane)}: {_doubt(chain)}")
    sentences += [
        f"{body.level} wasn't seen: it was put between its neighbours, check its place."
        for body in chain.bodies
        if body.is_guessed
    ]
    sentences += [
        f"{body.level} is cut by the edge of the images." for body in chain.bodies if body.is_cut
    ]
    return tuple(sentences)


def _cause(chain: Chain, plane: PlaneMaps) -> str:
    """Why the names are unsure."""
    if chain.sacrum_in_view:
        return "The names are unsure"
    room_mm = plane.view_mm[1] - float(chain.bodies[-1].corners[:, 1].max())
    return "The sacrum wasn't found" if room_mm > ROOM_MM else "The sacrum isn't in view"


def _doubt(chain: Chain) -> str:
    """What the bodies could be called instead; only those that would have another name."""
    for other in chain.alternatives:
        pairs = [
            (own, instead)
            for own, instead in zip(chain.levels, other.levels, strict=True)
            if instead is not None and own != instead
        ]
        if pairs:
            own, instead = (_span(levels) for levels in zip(*pairs, strict=True))
            return f"{own} could also be {instead}."
    return f"check that {_span(chain.levels)} are named right."


def _span(levels: Sequence[VertebraLevel]) -> str:
    return str(levels[0]) if len(levels) == 1 else f"{levels[0]} to {levels[-1]}"
