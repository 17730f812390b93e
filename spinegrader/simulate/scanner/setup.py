"""Where the person lies and where the slices are, at one visit.

Everything here is drawn anew at each visit and knows nothing of who is being scanned, but that
the operator centres the field of view on the lumbar spine. The spreads are our choice.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import FloatArray, VolumeGeometry
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.simulate.person.spine import Spine
from spinegrader.simulate.scanner.protocol import Protocol

_FIELD_OF_VIEW_MM = (240.0, 280.0, 340.0)
"""Lowest, most frequent and highest."""

_ROOM_MM = 7.0
"""Between the outermost corners of T12 and S1 and the edges of the field of view."""

_TURN_SD_DEG = (2.5, 1.5, 2.0)
_TABLE_SD_MM = (6.0, 15.0, 25.0)
_OBLIQUITY_SD_DEG = (1.0, 0.8, 1.0)
_SIDEWAYS_SD_MM = 1.2
_OFF_CENTRE = 0.15
"""Share of visits centred high or low, so that T10 or the lower sacrum is cut."""

_CENTRING = (0.35, 0.65)
_WEAK_CENTRING = (0.0, 1.0)
_SPINE_PLACE = (0.46, 0.57)
"""Of the spine from front to back, as a share of the width."""

_MARGIN_SHARES = {"HF": 0.05, "AP": 0.10}
"""Of the rows or the columns, painted beyond each side where the image wraps."""

_DIRECTION_DECIMALS = 9
_POSITION_DECIMALS = 6
"""Rounding hides that processors differ in the last bits of a product of matrices."""


@dataclass(frozen=True, eq=False)
class Setup:
    """How the person lies and where the slices are.

    Args:
        geometry: The stack in patient millimetres.
        to_patient: 4 x 4, the person's frame to patient millimetres.
        margin: Rows and columns that are painted beyond the field of view at each side.
    """

    geometry: VolumeGeometry
    to_patient: FloatArray
    margin: tuple[int, int]

    @cached_property
    def to_person(self) -> FloatArray:
        """4 x 4, patient millimetres to the person's frame."""
        return _rounded(np.asarray(np.linalg.inv(self.to_patient), dtype=np.float64))

    @cached_property
    def painted(self) -> VolumeGeometry:
        """The stack with its margin."""
        slices, rows, columns = self.geometry.shape
        above, before = self.margin
        matrix = self.geometry.matrix.copy()
        matrix[:3, 3] -= before * matrix[:3, 0] + above * matrix[:3, 1]
        shape = (slices, rows + 2 * above, columns + 2 * before)
        return VolumeGeometry.from_matrix(matrix, shape)

    def vertebrae(self, spine: Spine) -> tuple[Vertebra, ...]:
        """The bodies T11 to S1 that lie wholly in view, corners in patient millimetres."""
        found: list[Vertebra] = []
        rows, columns = self.geometry.shape[1:]
        for body in spine.bodies:
            level = body.shape.level
            if level is None or not _between(level, VertebraLevel.T11):
                continue
            corners = _moved(self.to_patient, spine.corners_mm(body))
            index = self.geometry.to_index(corners)
            if np.all(index[:, :2] >= 0) and np.all(index[:, :2] <= (columns - 1, rows - 1)):
                a, b, c, d = ((float(x), float(y), float(z)) for x, y, z in corners)
                found.append(Vertebra(level, (a, b, c, d)))
        return tuple(found)


def draw_setup(spine: Spine, protocol: Protocol, rng: np.random.Generator) -> Setup:
    """Lays the person on the table and places the slices.

    The head points to the head of the scanner; the person lies turned by a few degrees, and the
    slices follow the spine but not quite.
    """
    turn = _rotation(rng.normal(0, _TURN_SD_DEG))
    to_patient = np.eye(4)
    to_patient[:3, :3] = turn
    to_patient[:3, 3] = rng.normal(0, _TABLE_SD_MM)
    to_patient = _rounded(to_patient)
    # The columns run backward, the rows to the feet, the slices from right to left.
    slices = turn @ _rotation(rng.normal(0, _OBLIQUITY_SD_DEG))
    axes = np.stack([slices[:, 1], -slices[:, 2], slices[:, 0]])
    corners = np.concatenate(
        [
            spine.corners_mm(body)
            for body in spine.bodies
            if body.shape.level is not None and _between(body.shape.level, VertebraLevel.T12)
        ]
    )
    backward, footward, leftward = axes @ _moved(to_patient, corners).T
    needed_mm = float(np.ptp(footward)) + 2 * _ROOM_MM
    field_mm = max(float(rng.triangular(*_FIELD_OF_VIEW_MM)), needed_mm)
    pixel_mm = round(field_mm / protocol.rows + 5e-5, 4)
    slack_mm = field_mm - needed_mm
    centring = _WEAK_CENTRING if rng.random() < _OFF_CENTRE else _CENTRING
    top = float(footward.min()) - _ROOM_MM - slack_mm * rng.uniform(*centring)
    width_mm = pixel_mm * protocol.columns
    front = float(np.median(backward)) - width_mm * rng.uniform(*_SPINE_PLACE)
    middle = float(np.median(leftward)) + rng.normal(0, _SIDEWAYS_SD_MM)
    first = middle - (protocol.slices - 1) / 2 * protocol.slice_distance_mm
    matrix = np.eye(4)
    matrix[:3, :3] = axes.T * (pixel_mm, pixel_mm, protocol.slice_distance_mm)
    matrix[:3, 3] = np.array([front + pixel_mm / 2, top + pixel_mm / 2, first]) @ axes
    shape = (protocol.slices, protocol.rows, protocol.columns)
    return Setup(VolumeGeometry.from_matrix(_rounded(matrix), shape), to_patient, _margin(protocol))


def _margin(protocol: Protocol) -> tuple[int, int]:
    """Rows and columns beyond the field of view that some sequence folds into it."""
    wrapping = {item.phase_axis for item in protocol.sequences if item.wraps}
    return (
        round(_MARGIN_SHARES["HF"] * protocol.rows) if "HF" in wrapping else 0,
        round(_MARGIN_SHARES["AP"] * protocol.columns) if "AP" in wrapping else 0,
    )


def _between(level: VertebraLevel, highest: VertebraLevel) -> bool:
    return highest.position <= level.position <= VertebraLevel.S1.position


def _rotation(angles_deg: FloatArray) -> FloatArray:
    """Rotation about x, then y, then z."""
    (cx, cy, cz), (sx, sy, sz) = np.cos(np.radians(angles_deg)), np.sin(np.radians(angles_deg))
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return np.asarray(about_z @ about_y @ about_x)


def _moved(matrix: FloatArray, points_mm: FloatArray) -> FloatArray:
    return np.asarray(points_mm @ matrix[:3, :3].T + matrix[:3, 3])


def _rounded(matrix: FloatArray) -> FloatArray:
    rounded = np.round(matrix, _DIRECTION_DECIMALS)
    rounded[:3, 3] = np.round(matrix[:3, 3], _POSITION_DECIMALS)
    return np.asarray(rounded)
