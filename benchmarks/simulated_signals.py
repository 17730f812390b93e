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

_TREND_DEGREE = 2
_LEAST_PIXELS = 12


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
            below: fluid, cauda equina and what epidural fat the mask holds.
        fluid: Signal that a tenth of these pixels exceeds: nearly pure fluid.
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
    """

    subject: str
    level: VertebraLevel
    median: float
    texture: float
    trend: float
    neighbours: float


def inner(inside: BoolArray, rim_mm: float, pixel_mm: tuple[float, float]) -> BoolArray:
    """What lies further than that from the edge."""
    from scipy import ndimage

    return np.asarray(ndimage.distance_transform_edt(inside, sampling=pixel_mm) > rim_mm)


def marrow_of(slice_: MidSlice, level: VertebraLevel) -> BoolArray:
    """Pixels well inside a body."""
    return inner(slice_.bodies[level].inside, _BODY_RIM_MM, slice_.pixel_mm)


def nucleus_of(slice_: MidSlice, level: VertebraLevel) -> BoolArray:
    """Pixels in the middle of the disc below a vertebra."""
    from scipy import ndimage

    inside = slice_.discs[level].inside
    places = np.argwhere(inside) * slice_.pixel_mm
    centred = places - places.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(centred.T))
    along = centred @ vectors[:, int(values.argmax())]
    central = np.zeros_like(inside)
    central[inside] = np.abs(along) < _NUCLEUS_DEPTH * np.ptp(along)
    away = ndimage.distance_transform_edt(inside, sampling=slice_.pixel_mm)
    return np.asarray(central & (away >= _NUCLEUS_HEIGHT * away.max()))


def canal_beside(slice_: MidSlice, level: VertebraLevel) -> BoolArray:
    """Pixels of the canal from half of the body above a disc to half of that below."""
    disc = slice_.discs[level].centre[0]
    above = slice_.bodies[level].centre[0]
    rows = np.arange(slice_.canal.shape[0])[:, None]
    near = (rows >= above) & (rows <= 2 * disc - above)
    whole = inner(slice_.canal, _CANAL_RIM_MM, slice_.pixel_mm)
    return np.asarray(whole & near)


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
        if min(len(marrow), len(canal), len(nucleus)) < _LEAST_PIXELS:
            continue
        found.append(
            DiscSignal(
                slice_.subject,
                level,
                slice_.pfirrmann.get(level),
                float(np.median(nucleus)),
                float(np.median(marrow)),
                float(np.median(canal)),
                float(np.percentile(canal, 90)),
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
        found.append(np.corrcoef(one[both], other[both])[0, 1])
    return float(np.mean(found))


def normalised_values(slice_: MidSlice) -> dict[str, FloatArray]:
    """Signals of bodies, discs and canal, marrow at 0.25 as in the crops, clipped to [0, 1].

    Each disc is normalised by the bodies beside it, each body by itself, the canal by the
    bodies in front of it.
    """
    gathered: dict[str, list[FloatArray]] = {"body": [], "disc": [], "canal": []}
    for level, body in slice_.bodies.items():
        beside = _bodies_beside(slice_, level)
        marrow = np.concatenate([slice_.pixels[marrow_of(slice_, item)] for item in beside])
        scale = MARROW_VALUE / float(np.median(marrow))
        gathered["body"].append(scale * slice_.pixels[_edged(body, slice_)])
        if level in slice_.discs:
            gathered["disc"].append(scale * slice_.pixels[slice_.discs[level].inside])
            gathered["canal"].append(scale * slice_.pixels[canal_beside(slice_, level)])
    return {
        name: np.clip(np.concatenate(parts), 0, 1) if parts else np.empty(0)
        for name, parts in gathered.items()
    }


def _edged(body: Structure, slice_: MidSlice) -> BoolArray:
    """A body without its outermost pixel."""
    return inner(body.inside, max(slice_.pixel_mm), slice_.pixel_mm)
