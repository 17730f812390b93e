"""One visit to a scanner: where the person lies, what is in view, what the receiver makes of it.

Everything here is drawn anew at each visit and knows nothing of who is being scanned, but that
the operator centres the field of view on the lumbar spine.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spinegrader.domain.anatomy import TRAINING_LEVELS, VertebraLevel
from spinegrader.domain.geometry import FloatArray, VolumeGeometry
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.errors import InputError
from spinegrader.simulate.painting.bodies import paint_body
from spinegrader.simulate.painting.canal import SpinalCanal, paint_canal
from spinegrader.simulate.painting.canvas import Canvas, Field
from spinegrader.simulate.painting.discs import paint_disc
from spinegrader.simulate.painting.posterior import paint_posterior_parts
from spinegrader.simulate.person.spine import Spine
from spinegrader.simulate.painting.surroundings import draw_back, paint_surroundings
from spinegrader.simulate.scanner.tissues import Protocol, Signal

Pixels = npt.NDArray[np.uint16]

_REFERENCE_ROWS = 256
_MARGIN_MM = 7.0
_HIGHEST_PIXEL = 4095


@dataclass(frozen=True)
class AcquisitionConfig:
    """Size of the simulated stacks.

    Args:
        slices: Number of sagittal slices.
        rows: Of each slice; pixels grow as rows shrink, so that the field of view stays.
        columns: Of each slice.
        slice_thickness_mm: Thickness.
        slice_distance_mm: Distance of neighbouring slices' middles.
        samples_per_slice: Thinner slices that are averaged into each (partial volume).

    Raises:
        InputError: If a number is out of range.
    """

    slices: int = 13
    rows: int = 256
    columns: int = 256
    slice_thickness_mm: float = 4.0
    slice_distance_mm: float = 4.4
    samples_per_slice: int = 3

    def __post_init__(self) -> None:
        if not (1 <= self.slices <= 99 and 64 <= self.rows <= 1024 and 64 <= self.columns <= 1024):
            raise InputError("Simulated stacks have 1 to 99 slices of 64 to 1024 rows and columns.")
        if not 0 < self.slice_thickness_mm <= self.slice_distance_mm:
            raise InputError("Simulated slices must have a thickness and must not overlap.")
        if not 1 <= self.samples_per_slice <= 9:
            raise InputError("Simulated slices are made of 1 to 9 thinner ones.")


@dataclass(frozen=True, eq=False)
class Setup:
    """How the person lies and where the slices are.

    Args:
        geometry: The stack in patient millimetres.
        to_patient: 4 x 4, the person's frame to patient millimetres.
    """

    geometry: VolumeGeometry
    to_patient: FloatArray

    def vertebrae(self, spine: Spine) -> tuple[Vertebra, ...]:
        """The bodies T11 to S1 that lie wholly in view, corners in patient millimetres."""
        levels = (VertebraLevel.T11, *TRAINING_LEVELS)
        found: list[Vertebra] = []
        rows, columns = self.geometry.shape[1:]
        for body in spine.bodies:
            if body.shape.level not in levels or body.shape.level is None:
                continue
            corners = _moved(self.to_patient, spine.corners_mm(body))
            index = self.geometry.to_index(corners)
            if np.all(index[:, :2] >= 0) and np.all(index[:, :2] <= (columns - 1, rows - 1)):
                a, b, c, d = ((float(x), float(y), float(z)) for x, y, z in corners)
                found.append(Vertebra(body.shape.level, (a, b, c, d)))
        return tuple(found)


def draw_setup(spine: Spine, config: AcquisitionConfig, rng: np.random.Generator) -> Setup:
    """Lays the person on the table and places the slices.

    The head points to the head of the scanner; the person lies turned by a few degrees, and the
    slices follow the spine but not quite.
    """
    turn = _rotation(rng.normal(0, [2.5, 1.5, 2.0]))
    to_patient = np.eye(4)
    to_patient[:3, :3] = turn
    to_patient[:3, 3] = rng.normal(0, [6, 15, 25])
    # The columns run backward, the rows to the feet, the slices from right to left.
    slices = turn @ _rotation(rng.normal(0, [1.0, 0.8, 1.0]))
    backward, footward, leftward = slices[:, 1], -slices[:, 2], slices[:, 0]
    corners = np.concatenate([spine.corners_mm(spine.body(level)) for level in TRAINING_LEVELS])
    placed = _moved(to_patient, corners)
    along = placed @ footward
    needed = float(np.ptp(along)) + 2 * _MARGIN_MM
    drawn = float(rng.uniform(1.05, 1.2)) * _REFERENCE_ROWS
    field_mm = max(drawn, needed)
    pixel_mm = round(field_mm / config.rows + 5e-5, 4)
    slack = field_mm - needed
    top = along.min() - _MARGIN_MM - slack * rng.uniform(0.35, 0.65)
    width_mm = pixel_mm * config.columns
    # The spine lies behind the middle of the field of view, as the abdomen is in front of it.
    front = float(np.median(placed @ backward)) - width_mm * rng.uniform(0.44, 0.54)
    middle = float(np.median(placed @ leftward)) + rng.normal(0, 1.2)
    first = middle - (config.slices - 1) / 2 * config.slice_distance_mm
    origin = (front + pixel_mm / 2) * backward + (top + pixel_mm / 2) * footward + first * leftward
    matrix = np.eye(4)
    matrix[:3, 0] = pixel_mm * backward
    matrix[:3, 1] = pixel_mm * footward
    matrix[:3, 2] = config.slice_distance_mm * leftward
    matrix[:3, 3] = origin
    shape = (config.slices, config.rows, config.columns)
    return Setup(VolumeGeometry.from_matrix(matrix, shape), to_patient)


def render(
    spine: Spine,
    setup: Setup,
    protocol: Protocol,
    config: AcquisitionConfig,
    rng: np.random.Generator,
) -> tuple[Pixels, Pixels]:
    """The T1- and the T2-weighted stack, each (slices, rows, columns), 12 bits."""
    to_person = np.linalg.inv(setup.to_patient)
    canvas = Canvas(to_person @ setup.geometry.matrix, setup.geometry.shape, spine.lateral)
    canal = SpinalCanal(spine)
    back = draw_back(canal, rng)
    paint_surroundings(canvas, canal, back, protocol, rng)
    whole = canvas.everywhere()
    to_coil = spine.profile(back.skin)(whole.head) - whole.back
    height = whole.head - np.float32(rng.normal(10, 20))
    canvas.subdivide(config.samples_per_slice, config.slice_thickness_mm)
    paint_canal(canvas, canal, protocol, rng)
    paint_posterior_parts(canvas, canal, protocol)
    for disc in spine.discs:
        paint_disc(canvas, disc, protocol)
    for index, body in enumerate(spine.bodies):
        above = spine.discs[index - 1].state.lower if index else None
        below = spine.discs[index].state.upper if index < len(spine.discs) else None
        paint_body(canvas, body, spine.age_years, (above, below), protocol)
    signal = canvas.averaged()
    return _received(signal, to_coil, height, rng)


def _received(
    signal: Signal, to_coil: Field, height: Field, rng: np.random.Generator
) -> tuple[Pixels, Pixels]:
    """Shading of the spine coil, saturation in front, Rician noise, scaling to whole numbers.

    Noise: the magnitude of two Gaussian channels (Gudbjartsson and Patz, Magn Reson Med 34:910,
    1995).
    """
    reach = np.float32(rng.uniform(90, 150))
    sensitivity = 1 / (1 + (np.clip(to_coil, 0, None) / reach) ** 2)
    sensitivity *= np.exp(-((height / np.float32(rng.uniform(190, 300))) ** 2))
    if rng.random() < 0.6:
        edge = to_coil - np.float32(rng.uniform(135, 160))
        sensitivity *= 1 - np.float32(0.85) * np.clip(edge / 12, 0, 1)
    stacks = []
    for channel in range(2):
        sigma = np.float32(rng.uniform(0.0035, 0.007))
        noise = rng.standard_normal((2, *to_coil.shape), dtype=np.float32) * sigma
        received = np.hypot(signal[channel] * sensitivity + noise[0], noise[1])
        gain = np.float32(rng.uniform(1500, 3200))
        stacks.append(np.clip(np.rint(received * gain), 0, _HIGHEST_PIXEL).astype(np.uint16))
    return stacks[0], stacks[1]


def _rotation(angles_deg: FloatArray) -> FloatArray:
    """Rotation about x, then y, then z."""
    (cx, cy, cz), (sx, sy, sz) = np.cos(np.radians(angles_deg)), np.sin(np.radians(angles_deg))
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return np.asarray(about_z @ about_y @ about_x)


def _moved(matrix: FloatArray, points_mm: FloatArray) -> FloatArray:
    return np.asarray(points_mm @ matrix[:3, :3].T + matrix[:3, 3])
