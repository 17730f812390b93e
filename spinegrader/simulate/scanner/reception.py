"""What the receiver makes of a scene: one stack of whole numbers for each sequence.

Sizes of artefacts are set by eye after real lumbar images. The order follows the physics: fat is
displaced, flowing fluid loses signal, the coil weighs all of it, what moves leaves ghosts, what
lies beyond the field folds in, noise comes to both channels, the acquired resolution blurs both,
the magnitude is taken, and the maker's filters and scaling come last.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.simulate.fields import Field
from spinegrader.simulate.painting.scene import Scene
from spinegrader.simulate.scanner.artefacts import (
    add_ghosts,
    black_borders,
    flow_loss,
    folded,
    saturation_band,
    shifted,
)
from spinegrader.simulate.scanner.coil import CoilMap, coil_map
from spinegrader.simulate.scanner.noise import draw_noise, noise_sd
from spinegrader.simulate.scanner.protocol import Protocol
from spinegrader.simulate.scanner.resolution import blur, noise_gain, point_spread, sharpen
from spinegrader.simulate.scanner.scaling import Received, store
from spinegrader.simulate.scanner.sequence import Sequence
from spinegrader.simulate.scanner.tissues import FAT, FLUID

_NOISE_SPREAD = (0.85, 1.25)
_COIL_CENTRE_SD_MM = 22.0
_FLOW_LOSS = (0.0, 0.45)
_PULSATION = (0.0, 0.035)
_BREATHING = (0.0, 0.05)
_RESTLESS = 0.12
_RESTLESSNESS = (0.01, 0.05)
_GHOST_SPACING = (0.07, 0.35)
"""Strength of ghosts against their source, and their spacing as a share of the field of view."""

_BELLY_MM = (150.0, 200.0)
"""Depth over which the breathing front wall begins."""

_CROSSTALK = (0.0, 0.04)
"""Share of signal that every other slice loses to its neighbours; less where gaps are wide."""


@dataclass(frozen=True)
class _Ghost:
    """Strength against the source, spacing in pixels, phase."""

    strength: float
    spacing: int
    phase_rad: float


@dataclass(frozen=True, eq=False)
class _Course:
    """How one sequence of the visit goes: all that is drawn once for its slices.

    Args:
        sequence: Which.
        fat: Signal of pure fat.
        fluid: Signal of cerebrospinal fluid.
        shift: Displacement of fat in pixels.
        flow: Largest share of the fluid's signal that is lost.
        pulsation: Ghosts of the fluid.
        breathing: Ghosts of the front wall.
        restlessness: Ghosts of everything.
        sd: Of the noise before blurring.
        spread: Kernels along columns and rows.
    """

    sequence: Sequence
    fat: float
    fluid: float
    shift: float
    flow: float
    pulsation: _Ghost
    breathing: _Ghost
    restlessness: _Ghost
    sd: float
    spread: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]

    @property
    def phase_axis(self) -> int:
        """Of an image: 0 for along the columns, 1 for along the rows."""
        return 0 if self.sequence.phase_axis == "HF" else 1


def receive(
    scene: Scene, protocol: Protocol, geometry: VolumeGeometry, rng: np.random.Generator
) -> tuple[Received, ...]:
    """The series of a visit, one for each sequence.

    Args:
        scene: What was painted, with the margin.
        protocol: Scanner and sequences.
        geometry: Of the images, without the margin.
        rng: Of the visit.
    """
    scanner = protocol.scanner
    coil = coil_map(scanner.coil, float(rng.normal(0, _COIL_CENTRE_SD_MM)), scanner.evening)
    across_mm, down_mm, _ = geometry.spacing_mm
    middle = scene.labels[scene.labels.shape[0] // 2]
    band = saturation_band(middle, (across_mm, down_mm), rng)
    borders = black_borders(geometry.shape[1:], rng)
    courses = [_draw_course(sequence, protocol, geometry, rng) for sequence in protocol.sequences]
    stacks = np.empty((len(courses), *geometry.shape), dtype=np.float32)
    gap = protocol.slice_distance_mm / protocol.slice_thickness_mm - 1
    crosstalk = float(rng.uniform(*_CROSSTALK)) * max(1 - 5 * gap, 0)
    for index in range(geometry.shape[0]):
        seen = _SliceSeen(scene, index, coil, band if protocol.saturation_band else None)
        seen.weaken(1 - crosstalk * (index % 2))
        for number, course in enumerate(courses):
            stacks[number, index] = _image(scene, index, number, seen, course, rng)
            sharpen(stacks[number, index], scanner.sharpening)
    if scanner.cuts_corners:
        stacks[:, :, borders] = 0
    return tuple(
        store(stack, course.sequence, protocol.field_strength_t, scanner.scaling, rng)
        for stack, course in zip(stacks, courses, strict=True)
    )


class _SliceSeen:
    """Weights that all sequences share in one slice, with the margin.

    Attributes:
        weight: Of the signal.
        correction: That the scanner applies to the image; without the margin.
        belly: Share that breathes.
    """

    def __init__(self, scene: Scene, index: int, coil: CoilMap, band: Field | None) -> None:
        depth_mm = scene.depth_mm[index]
        cells = coil.cells(depth_mm, scene.head_mm[index])
        self.weight: Field = coil.sensitivity.take(cells)
        if band is not None:
            self.weight *= band
        rows, columns = scene.margin
        inner = slice(rows, cells.shape[0] - rows), slice(columns, cells.shape[1] - columns)
        self.correction: Field = coil.correction.take(cells[inner])
        first, last = _BELLY_MM
        belly = (depth_mm[inner] - np.float32(first)) * np.float32(1 / (last - first))
        self.belly: Field = np.clip(belly, 0, 1, out=belly)
        self.inner = inner

    def weaken(self, factor: float) -> None:
        """Takes away a share of the whole slice's signal."""
        if factor != 1:
            self.weight *= np.float32(factor)


def _draw_course(
    sequence: Sequence, protocol: Protocol, geometry: VolumeGeometry, rng: np.random.Generator
) -> _Course:
    field_t = protocol.field_strength_t
    down, across = (
        (sequence.acquired_phase, sequence.acquired_frequency)
        if sequence.phase_axis == "HF"
        else (sequence.acquired_frequency, sequence.acquired_phase)
    )
    spread = point_spread(down), point_spread(across)
    length = geometry.shape[1] if sequence.phase_axis == "HF" else geometry.shape[2]

    def ghost(strength: tuple[float, float]) -> _Ghost:
        spacing = max(round(float(rng.uniform(*_GHOST_SPACING)) * length), 1)
        return _Ghost(float(rng.uniform(*strength)), spacing, float(rng.uniform(0, 2 * np.pi)))

    sd = noise_sd(sequence, protocol, geometry) * float(rng.uniform(*_NOISE_SPREAD))
    return _Course(
        sequence=sequence,
        fat=sequence.signal(FAT, field_t),
        fluid=sequence.signal(FLUID, field_t),
        shift=sequence.fat_shift_pixels(field_t) * (1 if rng.random() < 0.5 else -1),
        flow=float(rng.uniform(*_FLOW_LOSS)),
        pulsation=ghost(_PULSATION),
        breathing=ghost(_BREATHING),
        restlessness=ghost(_RESTLESSNESS if rng.random() < _RESTLESS else (0.0, 0.0)),
        sd=sd / noise_gain(spread[0]) / noise_gain(spread[1]),
        spread=spread,
    )


def _image(
    scene: Scene,
    index: int,
    number: int,
    seen: _SliceSeen,
    course: _Course,
    rng: np.random.Generator,
) -> Field:
    """The magnitude image of one slice, without the margin."""
    axis = course.phase_axis
    wraps = course.sequence.wraps
    fat = shifted(scene.fat[index], course.shift, 1 - axis)
    fat *= np.float32(course.fat)
    fat *= seen.weight
    fluid = scene.fluid[index] * seen.weight
    fluid *= np.float32(course.fluid)
    signal = scene.water[number, index] * seen.weight
    signal += fat
    if course.flow > 0:
        loss = flow_loss(fluid.shape, course.flow, rng)
        loss *= fluid
        signal -= loss
    shown = folded(signal, scene.margin, axis if wraps else None)
    channels = draw_noise((2, *shown.shape), course.sd, rng)
    channels[0] += shown
    moving = (
        (course.pulsation, fluid[seen.inner]),
        (course.breathing, fat[seen.inner] * seen.belly),
        (course.restlessness, shown),
    )
    for ghost, source in moving:
        if ghost.strength > 0:
            faint = source * np.float32(ghost.strength)
            add_ghosts(channels, faint, ghost.spacing, ghost.phase_rad, axis, wraps)
    blurred = blur(blur(channels, course.spread[0], 1), course.spread[1], 2)
    blurred *= blurred
    power = blurred[0]
    power += blurred[1]
    image: Field = np.sqrt(power, out=power)
    image *= seen.correction
    return image
