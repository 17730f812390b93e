"""Signals of marrow, canal and discs in a labelled slice, and how they vary within a body."""

from dataclasses import dataclass

import numpy as np

from benchmarks.simulated_material import BoolArray, MidSlice, Structure
from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import FloatArray
from spinegrader.imaging.crops import MARROW_VALUE

_BODY_RIM_MM = 3.0
"""Kept away from the edge of a body: cortical bone, endplates and their partial volume."""

_CANAL_RIM_MM = 1.5
_NUCLEUS_DEPTH = 0.25
"""Half of the share of a disc's length, around its middle, that counts as nucleus …"""

_NUCLEUS_HEIGHT = 0.5
"""… as far as it is this share of the greatest distance away from the disc's edge."""

_RIM_MM = (0.3, 0.9)
_TREND_DEGREE = 2
_LEAST_PIXELS = 12
_WORN = (3, 4)


@dataclass(frozen=True)
class DiscSignal:
    """One disc with what surrounds it.

    Args:
        subject: Who.
        level: Of the vertebra above.
        pfirrmann: Its grade, 1 to 5; None where it has none.
        disc: Median signal of the nucleus' place.
        marrow: Median signal of the marrow of the bodies beside it.
        canal: Median signal of the canal behind it, from half of the body above to half of that
            below: fluid, cauda equina and what epidural fat the mask holds; NaN where no canal
            is known.
        fluid: Signal that a tenth of these pixels exceeds: nearly pure fluid; NaN likewise.
    """

    subject: str
    level: VertebraLevel
    pfirrmann: int | None
    disc: float
    marrow: float
    canal: float
    fluid: float


@dataclass(frozen=True)
class BodySignal:
    """How the marrow of one body varies.

    Args:
        subject: Who.
        level: Which body.
        median: Signal.
        texture: Standard deviation about a smooth trend, over the median.
        trend: Standard deviation of that trend (a polynomial of second degree), over the median.
        neighbours: Correlation of the rest with itself a millimetre further.
        backward: Signal of the posterior over that of the anterior quarter: the coil's fall-off.
        rim: Signal 0.3 to 0.9 mm within the edge, over the median: cortex and partial volume.
    """

    subject: str
    level: VertebraLevel
    median: float
    texture: float
    trend: float
    neighbours: float
    backward: float
    rim: float


def inner(inside: BoolArray, rim_mm: float, pixel_mm: tuple[float, float]) -> BoolArray:
    """What lies further than that from the edge."""
    return edge_distances_mm(inside, pixel_mm) > rim_mm


def edge_distances_mm(inside: BoolArray, pixel_mm: tuple[float, float]) -> FloatArray:
    """How far each pixel inside lies from the nearest one outside; 0 outside."""
    from scipy import ndimage

    found = np.zeros(inside.shape)
    if inside.any():
        # Only a small part of the slice: a pixel around it is enough.
        box = tuple(
            slice(max(axis.start - 1, 0), axis.stop + 1)
            for axis in ndimage.find_objects(inside.astype(np.uint8))[0]
        )
        found[box] = ndimage.distance_transform_edt(inside[box], sampling=pixel_mm)
    return found


def marrow_of(slice_: MidSlice, level: VertebraLevel) -> BoolArray:
    """Pixels well inside a body."""
    return inner(slice_.bodies[level].inside, _BODY_RIM_MM, slice_.pixel_mm)


def nucleus_of(slice_: MidSlice, level: VertebraLevel) -> BoolArray:
    """Pixels in the middle of the disc below a vertebra."""
    inside = slice_.discs[level].inside
    places = np.argwhere(inside) * slice_.pixel_mm
    centred = places - places.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(centred.T))
    along = centred @ vectors[:, int(values.argmax())]
    central = np.zeros_like(inside)
    central[inside] = np.abs(along) < _NUCLEUS_DEPTH * np.ptp(along)
    away = edge_distances_mm(inside, slice_.pixel_mm)
    return np.asarray(central & (away >= _NUCLEUS_HEIGHT * away.max()))


def canal_beside(slice_: MidSlice, level: VertebraLevel) -> BoolArray:
    """Pixels of the canal from half of the body above a disc to half of that below."""
    disc = slice_.discs[level].centre[0]
    above = slice_.bodies[level].centre[0]
    rows = np.arange(slice_.canal.shape[0])[:, None]
    near = (rows >= above) & (rows <= 2 * disc - above)
    return np.asarray(inner(slice_.canal, _CANAL_RIM_MM, slice_.pixel_mm) & near)


def disc_signals(slice_: MidSlice) -> list[DiscSignal]:
    """Every disc with a body above it and the canal behind it."""
    found = []
    for level in slice_.discs:
        if level not in slice_.bodies:
            continue
        beside = _bodies_beside(slice_, level)
        marrow = np.concatenate([slice_.pixels[marrow_of(slice_, item)] for item in beside])
        canal = slice_.pixels[canal_beside(slice_, level)]
        nucleus = slice_.pixels[nucleus_of(slice_, level)]
        if min(len(marrow), len(nucleus)) < _LEAST_PIXELS:
            continue
        held = len(canal) >= _LEAST_PIXELS
        found.append(
            DiscSignal(
                slice_.subject,
                level,
                slice_.pfirrmann.get(level),
                float(np.median(nucleus)),
                float(np.median(marrow)),
                float(np.median(canal)) if held else float("nan"),
                float(np.percentile(canal, 90)) if held else float("nan"),
            )
        )
    return found


def _bodies_beside(slice_: MidSlice, level: VertebraLevel) -> list[VertebraLevel]:
    """The bodies above and below a disc, as far as they are labelled (the sacrum isn't)."""
    order = [*slice_.bodies]
    place = order.index(level)
    return order[max(place - 1, 0) : place + 1]


def body_signals(slice_: MidSlice) -> list[BodySignal]:
    """Every body."""
    found = []
    for level in slice_.bodies:
        inside = marrow_of(slice_, level)
        values = slice_.pixels[inside]
        if len(values) < 100:
            continue
        median = float(np.median(values))
        trend = _trend(inside, values)
        rest = np.full(inside.shape, np.nan)
        rest[inside] = values - trend
        found.append(
            BodySignal(
                slice_.subject,
                level,
                median,
                float(np.std(values - trend)) / median,
                float(np.std(trend)) / median,
                _correlation(rest, slice_.pixel_mm),
                _backward(slice_, level, inside),
                _rim(slice_, level) / median,
            )
        )
    return found


def _trend(inside: BoolArray, values: FloatArray) -> FloatArray:
    """Least squares polynomial in rows and columns."""
    places = np.argwhere(inside).astype(np.float64)
    places = (places - places.mean(axis=0)) / places.std(axis=0)
    y, x = places.T
    terms = [x**i * y**j for i in range(_TREND_DEGREE + 1) for j in range(_TREND_DEGREE + 1 - i)]
    columns = np.stack(terms, axis=-1)
    return np.asarray(columns @ np.linalg.lstsq(columns, values, rcond=None)[0])


def _correlation(rest: FloatArray, pixel_mm: tuple[float, float]) -> float:
    """Of a picture with itself about a millimetre further along its columns and rows."""
    down, right = (max(round(1 / mm), 1) for mm in pixel_mm)
    pairs = ((rest[:-down], rest[down:]), (rest[:, :-right], rest[:, right:]))
    found = []
    for one, other in pairs:
        both = np.isfinite(one) & np.isfinite(other)
        if np.ptp(one[both]) > 0:
            found.append(np.corrcoef(one[both], other[both])[0, 1])
    return float(np.mean(found)) if found else float("nan")


def _backward(slice_: MidSlice, level: VertebraLevel, inside: BoolArray) -> float:
    body = slice_.overlay.vertebra(level)
    if body is None:
        return float("nan")
    corners = np.asarray(body.corners_mm)
    along = (corners[1] + corners[2] - corners[0] - corners[3])[1:]
    rows, columns = np.nonzero(inside)
    row_mm, column_mm = slice_.pixel_mm
    places = np.stack([columns * column_mm, -rows * row_mm], axis=-1) @ along
    values = slice_.pixels[inside]
    front, back = np.percentile(places, (25, 75))
    return float(np.median(values[places > back]) / np.median(values[places < front]))


def _rim(slice_: MidSlice, level: VertebraLevel) -> float:
    """Signal of the edge; NaN where pixels are too large to show it."""
    near, far = (inner(slice_.bodies[level].inside, mm, slice_.pixel_mm) for mm in _RIM_MM)
    edge = slice_.pixels[near & ~far]
    return float(np.median(edge)) if len(edge) else float("nan")


def normalised_values(slice_: MidSlice) -> dict[str, FloatArray]:
    """Signals of bodies, discs and canal, marrow at 0.25 as in the crops, clipped to [0, 1].

    Each disc is normalised by the bodies beside it, each body by itself and that below it, the
    canal by the bodies in front of it. ``worn disc`` holds the discs of Pfirrmann 3 and 4 only:
    all groups have enough of these, while grades are mixed differently in each.
    """
    gathered: dict[str, list[FloatArray]] = {
        name: [] for name in ("body", "disc", "worn disc", "canal")
    }
    for level, body in slice_.bodies.items():
        beside = _bodies_beside(slice_, level)
        marrow = np.concatenate([slice_.pixels[marrow_of(slice_, item)] for item in beside])
        scale = MARROW_VALUE / float(np.median(marrow))
        gathered["body"].append(scale * slice_.pixels[_edged(body, slice_)])
        if level in slice_.discs:
            disc = scale * slice_.pixels[slice_.discs[level].inside]
            gathered["disc"].append(disc)
            if slice_.pfirrmann.get(level) in _WORN:
                gathered["worn disc"].append(disc)
            gathered["canal"].append(scale * slice_.pixels[canal_beside(slice_, level)])
    return {
        name: np.clip(np.concatenate(parts), 0, 1) if parts else np.empty(0)
        for name, parts in gathered.items()
    }


def _edged(body: Structure, slice_: MidSlice) -> BoolArray:
    """A body without its outermost pixel."""
    return inner(body.inside, max(slice_.pixel_mm), slice_.pixel_mm)
