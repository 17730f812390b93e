"""How well two bodies stand upon each other, and a body on its own: costs of a chain.

Costs are soft: each grows with the square of a deviation and levels off, so that a fractured,
fused or slipped body costs something but isn't thrown out. Lengths are in units of the bodies'
depth, which fractures leave as it is; nothing depends on how the picture is turned.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import FloatArray
from spinegrader.imaging.detection.bodies import depth_and_height, fill, sampled, within
from spinegrader.imaging.detection.maps import BODY, CANAL, DISC, LEVELS, PlaneMaps

MOST_MISSING = 2
"""Bodies in a row that may be filled in."""

USUAL_GAP, GAP_SPREAD, GAP_CAP = 0.24, 0.1, 4.0
"""Between facing endplates, of the depth: 0.16 at T9 to 0.31 at L4 (``morphometry``)."""

SHIFT_SPREAD, SHIFT_CAP = 0.11, 2.5
"""Of facing endplates along each other; a slip of the second degree is 0.25 to 0.5."""

USUAL_TURN_DEG, TURN_SPREAD_DEG, TURN_CAP = 5.0, 11.0, 2.0
"""Between facing endplates, the lower one's front further down: lumbar discs are wedges that open
to the front, L5/S1 by up to 25 degrees; a kyphotic fracture turns the other way."""

DEPTH_SPREAD, DEPTH_CAP = 0.14, 2.0
HEIGHT_SPREAD, HEIGHT_CAP = 0.25, 1.2
"""Of the logarithm of facing endplates' and of neighbours' heights."""

USUAL_SHAPE, SHAPE_SPREAD, SHAPE_CAP = 0.77, 0.25, 2.0
"""Height by the longer endplate of one body; a fractured one has a half of it."""

NO_DISC_COST, NO_CANAL_COST = 1.0, 1.5
"""Of bodies with less of it than where there is most."""

SLIP_EASE, SACRAL_EASE = 0.5, 0.85
"""Share of its cost that a step is spared where the network calls its bodies L5 and S1, or S1 and
S2: a slipped L5 stands oddly on its sacrum, and the sacrum's own bodies taper and bend."""

MISSING_COST, UNSEEN_COST = 0.8, 1.7
"""Of each body that is filled in, and more where no body was seen in its place."""

_L5, _S1, _S2 = (
    LEVELS.index(level) for level in (VertebraLevel.L5, VertebraLevel.S1, VertebraLevel.S2)
)

_GAP_REACH = (-0.35, 0.75)
_SHIFT_REACH = 0.9
_TURN_REACH_DEG = 55.0
_DEPTH_RATIO = 2.2
_BEHIND_MM = np.arange(2.0, 21.0, 2.0)


@dataclass(frozen=True, eq=False)
class Links:
    """Costs of stepping from a lower to an upper body.

    Args:
        costs: From i up to j with k bodies left out between, shape (n, n, 1 + MOST_MISSING);
            infinite where it can't be.
        discs: Disc evidence between i and j, shape (n, n), 0 to 1; 0 where they aren't neighbours.
    """

    costs: FloatArray
    discs: FloatArray


def levelled(deviation: FloatArray, cap: float) -> FloatArray:
    """Half the square of a deviation in units of its spread, levelling off at a cap."""
    return np.asarray(cap * (1 - np.exp(-(deviation**2) / (2 * cap))))


def links(plane: PlaneMaps, corners: FloatArray, ease: FloatArray | float = 0.0) -> Links:
    """The costs between all bodies, corners of shape (n, 4, 2).

    Args:
        plane: The evidence.
        corners: Of the bodies.
        ease: Share of its cost that a step between neighbours is spared, as of ``sacral_ease``.
    """
    pairs = _facing(corners)
    direct = levelled((pairs.gap - USUAL_GAP) / GAP_SPREAD, GAP_CAP) + pairs.oddness
    direct = direct * (1 - ease)
    costs = np.full((*pairs.gap.shape, 1 + MOST_MISSING), np.inf)
    near = pairs.can_follow & (pairs.gap > _GAP_REACH[0]) & (pairs.gap < _GAP_REACH[1])
    lower, upper = np.nonzero(near)
    discs = np.zeros(pairs.gap.shape)
    discs[lower, upper] = _disc_between(plane, corners[upper], corners[lower])
    # Where the network sees no disc at all, their absence says nothing.
    costs[lower, upper, 0] = (direct + NO_DISC_COST * (discs.max() - discs))[lower, upper]
    for missing in range(1, MOST_MISSING + 1):
        usual = USUAL_GAP + missing * (pairs.height + USUAL_GAP)
        stretch = (pairs.gap - usual) / (GAP_SPREAD * (1 + missing))
        lower, upper = np.nonzero(pairs.can_follow & (np.abs(stretch) < 2.5))
        if len(lower):
            guesses = filled_in(corners[upper], corners[lower], missing)
            seen = fill(plane, BODY, guesses.reshape(-1, 4, 2)).reshape(len(lower), missing)
            price = (MISSING_COST + UNSEEN_COST * (1 - seen)).sum(axis=1)
            # Over a longer way a bend and a shift add up.
            odd = pairs.oddness[lower, upper] / (1 + missing)
            strain = levelled(stretch[lower, upper], GAP_CAP)
            costs[lower, upper, missing] = strain + odd + price
    return Links(costs, discs)


def sacral_ease(level_log_probabilities: FloatArray) -> FloatArray:
    """How much easier the steps to the sacrum and within it are, (n, 11) to (n, n)."""
    shares = np.exp(level_log_probabilities)
    step = np.zeros((len(shares), len(shares)))
    for upper, lower, ease in ((_L5, _S1, SLIP_EASE), (_S1, _S2, SACRAL_EASE)):
        step += ease * shares[:, lower][:, None] * shares[:, upper][None, :]
    return step


def filled_in(upper: FloatArray, lower: FloatArray, missing: int) -> FloatArray:
    """Bodies between two, head to feet: (n, 4, 2) each to (n, missing, 4, 2).

    Their middles lie evenly on the curve that runs through both bodies along their axes (Hermite),
    and they turn and change their shape evenly from one to the other.
    """
    share = ((np.arange(missing) + 1) / (missing + 1))[:, None]
    ends = upper.mean(axis=1), lower.mean(axis=1)
    turns = _tilts(upper), _tilts(lower)
    length = np.linalg.norm(ends[1] - ends[0], axis=1)[:, None]
    starts, stops = (length * np.stack([np.sin(turn), np.cos(turn)], axis=-1) for turn in turns)
    middles = (
        (2 * share**3 - 3 * share**2 + 1) * ends[0][:, None]
        + (share**3 - 2 * share**2 + share) * starts[:, None]
        + (3 * share**2 - 2 * share**3) * ends[1][:, None]
        + (share**3 - share**2) * stops[:, None]
    )
    own = [
        _turned(corners - middle[:, None], -turn)
        for corners, middle, turn in zip((upper, lower), ends, turns, strict=True)
    ]
    shapes = own[0][:, None] + share[:, :, None] * (own[1] - own[0])[:, None]
    tilts = turns[0][:, None] + share[:, 0] * (turns[1] - turns[0])[:, None]
    return np.asarray(middles[:, :, None] + _turned(shapes, tilts))


def _tilts(corners: FloatArray) -> FloatArray:
    """How far the fronts of quads (n, 4, 2) look to the feet, radians, shape (n,)."""
    backward = corners[:, 1] + corners[:, 2] - corners[:, 0] - corners[:, 3]
    return np.asarray(np.arctan2(-backward[:, 1], backward[:, 0]))


def _turned(places: FloatArray, tilts: FloatArray) -> FloatArray:
    """Places, shape (..., k, 2), with their fronts turned to the feet by ``tilts``, (...)."""
    cosine, sine = np.cos(tilts)[..., None], np.sin(tilts)[..., None]
    x, y = places[..., 0], places[..., 1]
    return np.stack([x * cosine + y * sine, y * cosine - x * sine], axis=-1)


def own_costs(plane: PlaneMaps, corners: FloatArray) -> tuple[FloatArray, FloatArray]:
    """What each body costs by itself, and the canal evidence behind it (0 to 1), (n,) each."""
    height = depth_and_height(corners)[1]
    plates = corners[:, [1, 2]] - corners[:, [0, 3]]
    depth = np.linalg.norm(plates, axis=2).max(axis=1)
    odd = levelled(np.log(height / depth / USUAL_SHAPE) / SHAPE_SPREAD, SHAPE_CAP)
    canal = _canal_behind(plane, corners)
    # On a slice beside the canal no body has one behind it.
    return odd + NO_CANAL_COST * (canal.max() - canal), canal


@dataclass(frozen=True, eq=False)
class _Facing:
    """Lower body i under upper body j, shapes (n, n); lengths in depths of facing endplates."""

    gap: FloatArray
    height: FloatArray
    oddness: FloatArray
    can_follow: npt.NDArray[np.bool_]


def _facing(corners: FloatArray) -> _Facing:
    top, bottom = corners[:, :2], corners[:, [3, 2]]
    upper_plate, lower_plate = top[:, 1] - top[:, 0], bottom[:, 1] - bottom[:, 0]
    upper_depth = np.linalg.norm(upper_plate, axis=1)
    lower_depth = np.linalg.norm(lower_plate, axis=1)
    depth = (upper_depth[:, None] + lower_depth[None, :]) / 2
    one, other = upper_plate / upper_depth[:, None], lower_plate / lower_depth[:, None]
    along = one[:, None] + other[None, :]
    along = along / np.maximum(np.linalg.norm(along, axis=2, keepdims=True), 1e-6)
    down = np.stack([-along[..., 1], along[..., 0]], axis=-1)
    offset = top.mean(axis=1)[:, None] - bottom.mean(axis=1)[None, :]
    gap, shift = (offset * down).sum(axis=2) / depth, (offset * along).sum(axis=2) / depth
    # Rows grow to the feet: positive where the lower body's front looks further down.
    cross = other[None, :, 1] * one[:, None, 0] - other[None, :, 0] * one[:, None, 1]
    turn = np.degrees(np.arctan2(cross, (one[:, None] * other[None, :]).sum(axis=2)))
    size = np.log(upper_depth)[:, None] - np.log(lower_depth)[None, :]
    height = depth_and_height(corners)[1]
    taller = np.log(height)[:, None] - np.log(height)[None, :]
    oddness = levelled(shift / SHIFT_SPREAD, SHIFT_CAP)
    oddness += levelled((turn - USUAL_TURN_DEG) / TURN_SPREAD_DEG, TURN_CAP)
    oddness += levelled(size / DEPTH_SPREAD, DEPTH_CAP)
    oddness += levelled(taller / HEIGHT_SPREAD, HEIGHT_CAP)
    middles = corners.mean(axis=1)
    rise = ((middles[:, None] - middles[None, :]) * down).sum(axis=2) / depth
    can = (np.abs(turn) < _TURN_REACH_DEG) & (np.abs(size) < np.log(_DEPTH_RATIO))
    # A gap over missing bodies may run around a bend: there the shift is that of the bend.
    can &= (np.abs(shift) < _SHIFT_REACH) & (rise > 0.15)
    mean_height = (height[:, None] + height[None, :]) / 2 / depth
    return _Facing(gap, mean_height, oddness, can)


def _disc_between(plane: PlaneMaps, upper: FloatArray, lower: FloatArray) -> FloatArray:
    """How much disc lies between bodies, (n, 4, 2) each: the best on each way down, (n,)."""
    if len(upper) == 0:
        return np.zeros(0)
    quads = np.stack([upper[:, 3], upper[:, 2], lower[:, 1], lower[:, 0]], axis=1)
    across, down = np.meshgrid(np.linspace(0.15, 0.85, 6), np.linspace(0.1, 0.9, 5))
    places = within(quads, across.ravel(), down.ravel())
    values = sampled(plane, DISC, places).reshape(-1, 5, 6)
    return np.asarray(values.max(axis=1).mean(axis=1))


def _canal_behind(plane: PlaneMaps, corners: FloatArray) -> FloatArray:
    """How much canal lies just behind the back walls, shape (n,)."""
    shares = np.linspace(0.1, 0.9, 5)
    walls = within(corners, np.ones_like(shares), shares)
    backward = corners[:, 1] + corners[:, 2] - corners[:, 0] - corners[:, 3]
    backward /= np.maximum(np.linalg.norm(backward, axis=1, keepdims=True), 1e-6)
    places = walls[:, :, None] + backward[:, None, None] * _BEHIND_MM[:, None]
    return np.asarray(sampled(plane, CANAL, places).max(axis=2).mean(axis=1))
