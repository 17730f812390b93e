"""Spines in the plane: of the usual shape, and of simulated people."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.study import Plane
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.imaging.bodies import axes, corners_of, taper_of
from spinegrader.imaging.detection.maps import SliceMaps, view_mm
from spinegrader.imaging.morphometry import PRIORS
from spinegrader.imaging.volume import turned_for_reading
from spinegrader.simulate.person.placement import place_spine
from spinegrader.simulate.plan import CohortPlan
from spinegrader.simulate.scanner.config import AcquisitionConfig
from spinegrader.simulate.scanner.protocol import draw_protocol
from spinegrader.simulate.scanner.setup import draw_setup
from tests.imaging.detection.rendering import Drawn, Scene, rendered

REGULAR = tuple(level for level in VertebraLevel if not level.is_transitional)


def usual_spine(
    top: VertebraLevel = VertebraLevel.T11,
    bottom: VertebraLevel = VertebraLevel.S2,
    lordosis: float = 1.0,
    size_mm: tuple[float, float] = (180.0, 300.0),
    levels: tuple[VertebraLevel, ...] = REGULAR,
    **heights: float,
) -> Scene:
    """Bodies of the usual sizes and tilts, in the middle of the picture.

    Args:
        top: Highest level.
        bottom: Lowest one.
        lordosis: Times the usual tilts.
        size_mm: Width and height.
        levels: What the person has.
        heights: Shares of the usual height by level: ``L2=0.4`` is a fractured L2.
    """
    names = [level for level in levels if top.position <= level.position <= bottom.position]
    tilts = {level: lordosis * np.radians(PRIORS[level].tilt_degrees) for level in names}
    tall = {level: PRIORS[level].height_mm * heights.get(level.value, 1.0) for level in names}
    centres = [np.zeros(2)]
    for upper, lower in pairwise(names):
        down = axes((tilts[upper] + tilts[lower]) / 2)[1]
        step = tall[upper] / 2 + PRIORS[upper].disc_below_mm + tall[lower] / 2
        centres.append(centres[-1] + step * down)
    bodies = []
    for level, centre in zip(names, centres, strict=True):
        prior = PRIORS[level]
        depth = (prior.upper_depth_mm + prior.lower_depth_mm) / 2
        corners = corners_of(centre, tilts[level], tall[level], depth, taper_of(prior))
        bodies.append(Drawn(level, corners))
    every = np.concatenate([body.corners for body in bodies])
    shift = np.array(size_mm) / 2 - (every.min(axis=0) + every.max(axis=0)) / 2
    placed = tuple(Drawn(body.level, body.corners + shift) for body in bodies)
    return Scene(placed, size_mm)


@dataclass(frozen=True, eq=False)
class Simulated:
    """A simulated person on a stack.

    Args:
        scene: All bodies from T9 to S2 whose middle is in view, in the plane.
        geometry: Of the stack, in reading orientation.
        middles: Slice of the spine's middle at y in millimetres.
        truth: The vertebrae wholly in view, patient millimetres.
    """

    scene: Scene
    geometry: VolumeGeometry
    middles: Callable[[np.ndarray], np.ndarray]
    truth: tuple[Vertebra, ...]

    def maps(self, noise: float = 0.08, seed: int = 0, slices=None) -> SliceMaps:
        every = range(self.geometry.shape[0]) if slices is None else slices
        slice_mm = self.geometry.spacing_mm[2]
        scene = self.scene.but(noise=noise)
        return rendered(scene, tuple(every), self.middles, slice_mm, seed)


def simulated(number: int, seed: int = 5, bow: float = 1.0) -> Simulated:
    """Lays a person of a cohort on the scanner's table, without painting images.

    Args:
        number: Which one.
        seed: Of the cohort.
        bow: Times the sideways bend.
    """
    visit = next(v for v in CohortPlan(number, 0, seed).visits() if v.number == number)
    person, rng = visit.person(), visit.rng()
    spine = place_spine(person, visit.age_years, rng.normal(0, 2))
    setup = draw_setup(spine, draw_protocol(AcquisitionConfig(), rng, person.detail_seed), rng)
    geometry = turned_for_reading(setup.geometry, Plane.SAGITTAL)
    bodies, heights, aside = [], [], []
    for body in spine.bodies:
        places = spine.corners_mm(body) * (bow, 1, 1)
        indices = geometry.to_index(places @ setup.to_patient[:3, :3].T + setup.to_patient[:3, 3])
        corners = indices[:, :2] * geometry.spacing_mm[:2]
        heights.append(corners[:, 1].mean())
        aside.append(indices[:, 2].mean())
        if body.shape.level is not None and body.shape.level.position >= VertebraLevel.T9.position:
            bodies.append(Drawn(body.shape.level, corners))
    view = view_mm(geometry)
    names = counted([body.level for body in bodies])
    bodies = [replace(body, looks_like=names[body.level]) for body in bodies]
    view = np.array(view_mm(geometry))
    middles = [body.corners.mean(axis=0) for body in bodies]
    seen = tuple(
        body
        for body, middle in zip(bodies, middles, strict=True)
        if np.all((middle > 2) & (middle < view - 2))
    )
    order = np.argsort(heights)
    ticks, offsets = np.array(heights)[order], np.array(aside)[order]
    truth = setup.vertebrae(spine) if bow == 1 else ()
    scene = Scene(seen, view_mm(geometry), confusion=0.25)
    return Simulated(scene, geometry, lambda y: np.interp(y, ticks, offsets), truth)


def counted(levels: list[VertebraLevel]) -> dict[VertebraLevel, VertebraLevel]:
    """What each level is called when counted up from the sacrum as if all were regular."""
    upward = levels[: levels.index(VertebraLevel.S1) + 1][::-1]
    regular = REGULAR[: REGULAR.index(VertebraLevel.S1) + 1][::-1]
    names = {level: regular[min(step, len(regular) - 1)] for step, level in enumerate(upward)}
    return names | {VertebraLevel.S2: VertebraLevel.S2}


def slipped(scene: Scene, upper: VertebraLevel, mm: float) -> Scene:
    """All bodies down to one slipped forward along the endplate below."""
    lower = next(b for b in scene.bodies if b.level.position > upper.position)
    plate = lower.corners[0] - lower.corners[1]
    offset = mm * plate / np.linalg.norm(plate)
    return _moved(scene, lambda level: level.position <= upper.position, offset)


def fused(scene: Scene, upper: VertebraLevel) -> Scene:
    """One body joined to the next, without a disc between them."""
    place = [body.level for body in scene.bodies].index(upper)
    one, other = (body.corners for body in scene.bodies[place : place + 2])
    offset = (one[[3, 2]] - other[:2]).mean(axis=0)
    return _moved(scene, lambda level: level.position > upper.position, offset)


def halved(scene: Scene, level: VertebraLevel) -> Scene:
    """One body whose upper and lower half the network takes for bodies."""
    bodies = []
    for body in scene.bodies:
        top, bottom = body.corners[:2], body.corners[[3, 2]]
        waist = (top + bottom) / 2
        parts = ([*top, *waist[::-1]], [*waist, *bottom[::-1]])
        bodies += (
            [replace(body, corners=np.array(part)) for part in parts]
            if body.level is level
            else [body]
        )
    return scene.but(bodies=tuple(bodies))


def _moved(scene: Scene, chosen, offset: np.ndarray) -> Scene:
    bodies = (
        replace(body, corners=body.corners + offset) if chosen(body.level) else body
        for body in scene.bodies
    )
    return scene.but(bodies=tuple(bodies))
