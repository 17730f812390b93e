"""Ideal maps of a spine that is given by the corners of its bodies, and ways to spoil them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.vertebrae import Vertebra, disc_between
from spinegrader.imaging.detection.maps import LEVELS, SliceMaps

CANAL_MM = (4.0, 18.0)
HALF_WIDTH_MM = {"body": 22.0, "canal": 9.0}


@dataclass(frozen=True, eq=False)
class Drawn:
    """A body in plane millimetres, and what the network makes of it."""

    level: VertebraLevel
    corners: np.ndarray
    peak: float = 0.9
    looks_like: VertebraLevel | None = None
    in_masks: bool = True


@dataclass(frozen=True, eq=False)
class Scene:
    """Bodies from head to feet, and how they are rendered."""

    bodies: tuple[Drawn, ...]
    view_mm: tuple[float, float] = (180.0, 280.0)
    noise: float = 0.0
    confusion: float = 0.15
    has_canal: bool = True
    has_discs: bool = True
    extra: tuple[Drawn, ...] = field(default=())

    def but(self, **changes) -> "Scene":
        return replace(self, **changes)

    def without(self, *levels: VertebraLevel) -> "Scene":
        """Bodies that the network's centre map misses; masks stay."""
        bodies = tuple(
            replace(body, peak=0.0) if body.level in levels else body for body in self.bodies
        )
        return replace(self, bodies=bodies)

    def only(self, top: VertebraLevel, bottom: VertebraLevel) -> "Scene":
        bodies = tuple(
            body for body in self.bodies if top.position <= body.level.position <= bottom.position
        )
        return replace(self, bodies=bodies)

    def turned(self, degrees: float) -> "Scene":
        """The whole picture turned about its middle."""
        angle = np.radians(degrees)
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        middle = np.array(self.view_mm) / 2
        moved = [
            replace(body, corners=(body.corners - middle) @ turn.T + middle) for body in self.bodies
        ]
        return replace(self, bodies=tuple(moved))

    def named(self, looks) -> "Scene":
        """What the network takes each level for."""
        bodies = tuple(replace(body, looks_like=looks(body.level)) for body in self.bodies)
        return replace(self, bodies=bodies)


def rendered(
    scene: Scene, slices: Sequence[int] = (0,), middle=0.0, slice_mm: float = 4.0, seed: int = 0
) -> SliceMaps:
    """The maps of a stack.

    Args:
        scene: What there is.
        slices: Which slices are looked at.
        middle: Slice of the spine's middle: a number, or a function of y in millimetres.
        slice_mm: Distance of slices.
        seed: Of the noise.
    """
    rng = np.random.default_rng(seed)
    width, height = scene.view_mm
    rows, columns = (int(-(-size // 32) * 32) for size in (height, width))
    flat = _plane(scene, rows, columns)
    y = np.arange(rows, dtype=float)
    middles = np.broadcast_to(np.asarray(middle(y) if callable(middle) else middle), (rows,))
    masks, centre = [], []
    for number in slices:
        off = np.abs(number - middles) * slice_mm
        body, canal = (np.clip(HALF_WIDTH_MM[k] - off + 0.5, 0, 1) for k in ("body", "canal"))
        scale = np.stack([body, body, canal]).astype(np.float32)[:, :, None]
        masks.append(flat.masks[0] * scale)
        centre.append(flat.centre[0] * scale[0, ::2])
    corners, levels = (
        np.repeat(array, len(slices), axis=0) for array in (flat.corners, flat.levels)
    )
    arrays = [np.stack(masks), np.stack(centre), corners, levels]
    for place, share in enumerate((1, 0.5, 5) if scene.noise else ()):
        shape = arrays[place].shape
        noise = rng.standard_normal(shape, dtype=np.float32) * np.float32(share * scene.noise)
        arrays[place] = arrays[place] + noise
    for place in (0, 1):
        arrays[place] = np.clip(arrays[place], 0, 1)
    return SliceMaps(tuple(slices), *arrays, scene.view_mm)


@lru_cache(maxsize=64)
def _plane(scene: Scene, rows: int, columns: int) -> SliceMaps:
    masks = np.zeros((3, rows, columns))
    centre = np.zeros((rows // 2, columns // 2))
    corners = np.zeros((8, rows // 2, columns // 2))
    levels = np.full((len(LEVELS), rows // 2, columns // 2), -np.log(len(LEVELS)))
    cells = np.stack(np.meshgrid(np.arange(columns // 2), np.arange(rows // 2)), axis=-1) * 2 + 0.5
    nearest = np.full(centre.shape, np.inf)
    for body in (*scene.bodies, *scene.extra):
        if body.in_masks:
            masks[0] = np.maximum(masks[0], coverage(body.corners, rows, columns))
        middle = body.corners.mean(axis=0)
        distance = np.linalg.norm(cells - middle, axis=-1)
        near = distance < np.minimum(nearest, 24)
        nearest = np.where(near, distance, nearest)
        for corner in range(4):
            for axis in range(2):
                offset = body.corners[corner, axis] - cells[..., axis]
                corners[2 * corner + axis][near] = offset[near]
        levels[:, near] = log_shares(body.looks_like or body.level, scene.confusion)[:, None]
        centre = np.maximum(centre, body.peak * np.exp(-0.5 * (distance / 3) ** 2))
    if scene.has_discs:
        for upper, lower in zip(scene.bodies, scene.bodies[1:], strict=False):
            disc = coverage(disc_polygon(upper.corners, lower.corners), rows, columns)
            masks[1] = np.maximum(masks[1], disc)
    if scene.has_canal and scene.bodies:
        masks[2] = coverage(canal_polygon(scene.bodies), rows, columns)
    inside = np.zeros((rows, columns), dtype=bool)
    inside[: int(scene.view_mm[1]), : int(scene.view_mm[0])] = True
    masks = masks * inside
    centre = centre * inside[::2, ::2]
    arrays = [np.asarray(a[None], dtype=np.float32) for a in (masks, centre, corners, levels)]
    return SliceMaps((0,), *arrays, scene.view_mm)


def log_shares(level: VertebraLevel, confusion: float) -> np.ndarray:
    """Log probabilities of the classes: neighbours get some, the sacrum less of it."""
    place = LEVELS.index(level)
    away = np.abs(np.arange(len(LEVELS)) - place).astype(float)
    sacral = np.array([name.startswith("S") for name in LEVELS])
    away[sacral != sacral[place]] += 1.5
    shares = confusion**away
    return np.log(shares / shares.sum())


def disc_polygon(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    bodies = [
        Vertebra(level, tuple((0.0, float(x), float(-y)) for x, y in corners))
        for level, corners in ((VertebraLevel.L1, upper), (VertebraLevel.L2, lower))
    ]
    outline = np.asarray(disc_between(*bodies).outline_mm)[:, 1:]
    return outline * (1, -1)


def canal_polygon(bodies: Sequence[Drawn]) -> np.ndarray:
    front, back = [], []
    for body in bodies:
        backward = body.corners[1] + body.corners[2] - body.corners[0] - body.corners[3]
        backward = backward / np.linalg.norm(backward)
        for corner in body.corners[1:3]:
            front.append(corner + CANAL_MM[0] * backward)
            back.append(corner + CANAL_MM[1] * backward)
    return np.array(front + back[::-1])


def coverage(polygon: np.ndarray, rows: int, columns: int, finer: int = 4) -> np.ndarray:
    """Share of each pixel of 1 mm that a polygon covers."""
    low = np.maximum(np.floor(polygon.min(axis=0)).astype(int) - 1, 0)
    high = np.minimum(np.ceil(polygon.max(axis=0)).astype(int) + 2, (columns, rows))
    covered = np.zeros((rows, columns))
    if np.any(high <= low):
        return covered
    x, y = (
        (np.arange((high[axis] - low[axis]) * finer) + 0.5) / finer - 0.5 + low[axis]
        for axis in (0, 1)
    )
    fine = contains(polygon, x, y).reshape(len(y) // finer, finer, len(x) // finer, finer)
    covered[low[1] : high[1], low[0] : high[0]] = fine.mean(axis=(1, 3))
    return covered


def contains(polygon: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Which places of a grid lie in a polygon (even-odd rule), shape (y, x)."""
    inside = np.zeros((len(y), len(x)), dtype=bool)
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        crosses = (y0 > y) != (y1 > y)
        at = x0 + (y - y0) / (y1 - y0) * (x1 - x0)
        inside ^= crosses[:, None] & (x[None, :] < at[:, None])
    return inside
