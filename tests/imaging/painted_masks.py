"""Label maps painted from known quads, with posterior parts, canal, discs and sacrum."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import SimpleITK

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import VolumeGeometry, as_point
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.imaging.bodies import axes, corners_of, taper_of
from spinegrader.imaging.mask_conventions import Convention
from spinegrader.imaging.morphometry import PRIORS

_L = VertebraLevel
LUMBAR = (_L.T11, _L.T12, _L.L1, _L.L2, _L.L3, _L.L4, _L.L5, _L.S1)
HALF_WIDTH_MM = 21.0


@dataclass(frozen=True)
class Bone:
    """A vertebra: its quad in (back, foot) millimetres, and where its middle lies to the left.

    ``across`` is the direction of its width in (left, back, foot): turned in scoliosis.
    """

    level: VertebraLevel
    quad: np.ndarray
    left: float
    across: np.ndarray

    @property
    def centre(self):
        return self.quad.mean(axis=0)

    def vertebra(self, turn=None):
        turn = np.eye(3) if turn is None else turn
        places = [as_point(turn @ (self.left, back, -foot)) for back, foot in self.quad]
        return Vertebra(self.level, tuple(places))

    def local(self, places):
        """(left, back, foot) of places to own (across, backward, footward), quad's centre at 0."""
        upper = self.quad[1] - self.quad[0]
        tilt = np.arctan2(-upper[1], upper[0])
        backward, footward = axes(np.asarray(tilt))
        basis = np.stack([self.across, (0, *backward), (0, *footward)], axis=1)
        return (places - (self.left, *self.centre)) @ np.linalg.inv(basis).T

    def in_plane(self, places):
        """(back, foot) where the line through a place along ``across`` meets the mid-plane."""
        steps = (places[..., :1] - self.left) / self.across[0]
        return places[..., 1:] - steps * self.across[1:]


def spine(levels=LUMBAR, scoliosis_mm=0.0, turn_degrees=0.0, top_mm=-118.0):
    """Bodies of usual size and tilt from head to feet, in (left, back, foot) about 0."""
    bones, place, before = [], np.array([0.0, top_mm]), None
    for number, level in enumerate(levels):
        prior = PRIORS[level]
        tilt = float(np.radians(prior.tilt_degrees))
        _, footward = axes(np.asarray(tilt))
        if before is not None:
            gap = (before + footward) / np.linalg.norm(before + footward)
            place = place + gap * PRIORS[levels[number - 1]].disc_below_mm
        centre = place + footward * prior.height_mm / 2
        depth = (prior.upper_depth_mm + prior.lower_depth_mm) / 2
        quad = corners_of(centre, tilt, prior.height_mm, depth, taper_of(prior))
        place, before = centre + footward * prior.height_mm / 2, footward
        phase = np.pi * number / (len(levels) - 1)
        turn = np.radians(turn_degrees) * np.cos(phase)
        across = np.array([1.0, np.tan(turn), 0.7 * np.tan(turn)])
        bones.append(Bone(level, quad, scoliosis_mm * np.sin(phase), across))
    return bones


def grid(spacing_mm, size_mm=(72, 112, 290), turn=None, order="sagittal"):
    """A grid around the spine; (left, back, foot) extents; index axes as ``order`` says."""
    turn = np.eye(3) if turn is None else turn
    columns = {
        "sagittal": np.stack([(0, 1, 0), (0, 0, -1), (1, 0, 0)], axis=1),
        "axial": np.stack([(1, 0, 0), (0, 1, 0), (0, 0, 1)], axis=1),
        "ras": np.stack([(-1, 0, 0), (0, -1, 0), (0, 0, 1)], axis=1),
    }[order].astype(float)
    extent = np.abs(columns.T @ np.asarray(size_mm, dtype=float))
    counts = np.round(extent / spacing_mm).astype(int)
    matrix = np.eye(4)
    matrix[:3, :3] = turn @ columns * spacing_mm
    centre = turn @ np.array([0.0, 10.0, 0.0])
    matrix[:3, 3] = centre - matrix[:3, :3] @ ((counts - 1) / 2)
    return VolumeGeometry.from_matrix(matrix, tuple(int(count) for count in counts[::-1]))


def labels_of(convention):
    """(label of a level, label of the disc below it, sacrum, canal) as plain tables."""
    if convention is Convention.TOTALSPINESEG:
        bodies = {_L.T10: 30, _L.T11: 31, _L.T12: 32} | {_L(f"L{i}"): 40 + i for i in range(1, 6)}
        discs = {_L.T11: 82, _L.T12: 91, _L.L1: 92, _L.L2: 93, _L.L3: 94, _L.L4: 95, _L.L5: 100}
        return bodies, discs, 50, 2
    if convention is Convention.SPINEPS:
        bodies = {_L.T10: 17, _L.T11: 18, _L.T12: 19, _L.T13: 28}
        bodies |= {_L(f"L{i}"): 19 + i for i in range(1, 7)}
        return bodies, {level: 100 + label for level, label in bodies.items()}, 26, None
    bodies = {_L(f"L{i}"): 6 - i for i in range(1, 6)} | {_L.T12: 6, _L.T11: 7, _L.T10: 8}
    return bodies, {level: 200 + label for level, label in bodies.items()}, None, 100


class Canvas:
    """Paints shapes onto a grid, each only near its bone."""

    def __init__(self, geometry, turn):
        self.labels = np.zeros(geometry.shape, dtype=np.uint16)
        self._geometry, self._turn = geometry, turn
        flip = np.diag([1.0, 1.0, -1.0])
        self._steps = flip @ turn.T @ geometry.matrix[:3, :3]
        self._start = flip @ turn.T @ geometry.matrix[:3, 3]

    def paint(self, bone, margins_mm, label, shape):
        """Margins are in front, behind, and to head and feet."""
        front, behind, along = margins_mm
        low, high = (
            bone.quad.min(axis=0) - (front, along),
            np.add(bone.quad.max(axis=0), (behind, along)),
        )
        ends = [(bone.left - 36, bone.left + 36), (low[0], high[0]), (-high[1], -low[1])]
        corners = np.stack(np.meshgrid(*ends), axis=-1).reshape(-1, 3) @ self._turn.T
        index = self._geometry.to_index(corners)[:, ::-1]
        first = np.clip(np.floor(index.min(axis=0)).astype(int), 0, None)
        last = np.maximum(np.ceil(index.max(axis=0)).astype(int) + 1, first)
        part = self.labels[tuple(slice(a, b) for a, b in zip(first, last, strict=True))]
        if not part.size:
            return
        index = np.indices(part.shape).reshape(3, -1) + first[:, None]
        places = np.ascontiguousarray((self._steps @ index[::-1] + self._start[:, None]).T)
        part[shape(bone, places).reshape(part.shape)] = label


def painted(bones, geometry, convention, turn=None, hollow_mm=0.0):
    """The label map as an array (slices, rows, columns)."""
    canvas = Canvas(geometry, np.eye(3) if turn is None else turn)
    names, discs, sacrum, canal = labels_of(convention)
    for bone in bones if canal else ():
        canvas.paint(bone, (-8, 18, 16), canal, _canal)
    for upper, lower in pairwise(bones):
        quad = np.array([upper.quad[3], upper.quad[2], lower.quad[1], lower.quad[0]])
        disc = Bone(upper.level, quad, (upper.left + lower.left) / 2, upper.across)
        canvas.paint(disc, (4, 4, 4), discs[upper.level], _box)
    for bone in bones:
        label = sacrum if bone.level is _L.S1 else names[bone.level]
        if label is None:
            continue
        canvas.paint(bone, (-8, 44, 16), label, _arch)
        if bone.level is _L.S1:
            canvas.paint(bone, (4, 32, 40), label, _sacrum)
        canvas.paint(bone, (4, 4, 4), label, lambda b, p: _box(b, p, hollow_mm))
        if convention is Convention.SPINEPS:
            canvas.paint(bone, (4, 4, 4), 200 + label, _endplates)
    return canvas.labels


def write_map(path: Path, labels, geometry) -> Path:
    """Writes labels with their place as NIfTI, MetaImage or NRRD, whichever the name says."""
    image = SimpleITK.GetImageFromArray(labels)
    image.SetSpacing(geometry.spacing_mm)
    image.SetDirection(geometry.directions.ravel().tolist())
    image.SetOrigin(geometry.matrix[:3, 3].tolist())
    SimpleITK.WriteImage(image, str(path), True)
    return path


def _box(bone, places, hollow_mm=0.0):
    flat = bone.in_plane(places)
    inside = np.abs(places[:, 0] - bone.left) <= HALF_WIDTH_MM
    for number, (start, end) in enumerate(
        zip(bone.quad, np.roll(bone.quad, -1, axis=0), strict=True)
    ):
        along, towards = end - start, flat - start
        length = np.linalg.norm(along)
        depth = (along[0] * towards[:, 1] - along[1] * towards[:, 0]) / length
        share = (towards @ along) / length**2
        hollow = hollow_mm if number != 1 else 0.6 * hollow_mm
        inside &= depth >= hollow * 4 * np.clip(share * (1 - share), 0, 0.25)
    return inside


def _endplates(bone, places):
    flat, inside = bone.in_plane(places), _box(bone, places)
    near = np.zeros(len(places), dtype=bool)
    for first, second in ((0, 1), (3, 2)):
        along = bone.quad[second] - bone.quad[first]
        towards = flat - bone.quad[first]
        away = np.abs(along[0] * towards[:, 1] - along[1] * towards[:, 0])
        near |= away / np.linalg.norm(along) < 1.0
    return inside & near


def _behind(bone, places):
    across, backward, footward = bone.local(places).T
    depth = np.linalg.norm(bone.quad[2] - bone.quad[3])
    height = np.linalg.norm(bone.quad[3] - bone.quad[0])
    return np.abs(across), backward - depth / 2, footward / height


def _canal(bone, places):
    aside, behind, level = _behind(bone, places)
    return (aside < 8) & (behind > 1) & (behind < 14) & (np.abs(level) < 0.8)


def _arch(bone, places):
    aside, behind, level = _behind(bone, places)
    pedicle = (np.abs(aside - 12) < 4) & (behind > -3) & (behind < 16) & (np.abs(level + 0.1) < 0.3)
    lamina = (aside < 15) & (np.abs(behind - 17) < 2) & (np.abs(level - 0.15) < 0.3)
    spinous = (aside < 3.5) & (np.abs(behind - 28) < 12) & (np.abs(level - 0.3) < 0.35)
    costal = (np.abs(aside - 24) < 10) & (np.abs(behind - 3) < 4) & (np.abs(level) < 0.2)
    return pedicle | lamina | spinous | costal


def _sacrum(bone, places):
    """The next sacral bodies below, fused, and the wings."""
    across, backward, footward = bone.local(places).T
    height = np.linalg.norm(bone.quad[3] - bone.quad[0])
    lower = np.linalg.norm(bone.quad[2] - bone.quad[3])
    below = (np.abs(backward) < lower / 2) & (footward > 0) & (footward < height / 2 + 30)
    wings = (np.abs(footward) < height / 2) & (np.abs(backward) < lower / 2)
    return (below & (np.abs(across) < 14)) | (wings & (np.abs(across) < 34))
