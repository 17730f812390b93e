"""The spine of a stack in patient millimetres, from the network's maps to plain sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import FloatArray, Point, VolumeGeometry, as_point
from spinegrader.domain.vertebrae import Disc, Vertebra
from spinegrader.imaging.detection.chain import Chain, ChainBody, Names, chain_of
from spinegrader.imaging.detection.discs import disc_outline
from spinegrader.imaging.detection.maps import PIXEL_MM, PlaneMaps, SliceMaps
from spinegrader.imaging.detection.run import best_run
from spinegrader.imaging.detection.surface import Surface, mid_surface, on_surface

STEEPEST = 0.6
"""How far the surface may run aside within one body, by height: 31 degrees of coronal tilt are a
severe scoliosis, more is noise."""


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
        guessed: Levels that weren't seen but stand between two that were.
        warnings: Plain sentences.
    """

    vertebrae: tuple[Vertebra, ...] = ()
    discs: tuple[Disc, ...] = ()
    numbering_confidence: float = 0.0
    is_numbering_sure: bool = False
    alternatives: tuple[Names, ...] = ()
    sacrum_in_view: bool = False
    cut: tuple[VertebraLevel, ...] = ()
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
    bodies = [body for body in chain.bodies if _has_centre_in_view(body, plane)]
    place = _Placement(geometry, surface)
    return SpineFinding(
        tuple(place.vertebra(body) for body in bodies),
        tuple(place.discs(bodies, plane)),
        chain.numbering_confidence,
        chain.is_numbering_sure,
        chain.alternatives,
        chain.sacrum_in_view,
        tuple(body.level for body in bodies if body.is_cut),
        tuple(body.level for body in bodies if body.is_guessed),
        _warnings(chain),
    )


def _has_centre_in_view(body: ChainBody, plane: PlaneMaps) -> bool:
    x, y = body.corners.mean(axis=0) + PIXEL_MM / 2
    width, height = plane.view_mm
    return bool(0 <= x <= width and 0 <= y <= height)


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


def _warnings(chain: Chain) -> tuple[str, ...]:
    """What a reader should look at, in plain sentences."""
    sentences = []
    if not chain.is_numbering_sure:
        cause = "The names are unsure" if chain.sacrum_in_view else "The sacrum isn't in view"
        sentences.append(f"{cause}: {_doubt(chain)}")
    sentences += [
        f"{body.level} wasn't seen: it was put between its neighbours, check its place."
        for body in chain.bodies
        if body.is_guessed
    ]
    return tuple(sentences)


def _doubt(chain: Chain) -> str:
    own = _span(chain.levels)
    others = [_span(names.levels) for names in chain.alternatives]
    if not others:
        return f"check that {own} are named right."
    return f"{own} could also be {others[0]}."


def _span(levels: Sequence[VertebraLevel]) -> str:
    return f"{levels[0]} to {levels[-1]}"
