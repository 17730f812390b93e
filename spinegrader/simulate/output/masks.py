"""Label maps of simulated studies, numbered as public tools number theirs.

A map follows the convention of TotalSpineSeg; where the person has a vertebra that it has no
number for (T13, L6), that of SPINEPS. Vertebrae are their bodies; the sacrum is one label, the
rudimentary discs within it included.
"""

import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.imaging.mask_conventions import TABLES, Convention, LabelTable
from spinegrader.simulate.painting.scene import Structure
from spinegrader.simulate.person.spine import Spine

MASK_FILE = "mask.nii.gz"
"""Name of the label map in the folder of a study: a name that import takes for no image."""

_CANAL = {Convention.TOTALSPINESEG: (1, 2), Convention.SPINEPS: (60, 61)}
"""Labels of the cord and of the canal around it."""

_UINT8 = 2
_SCANNER_SPACE = 1
_MILLIMETRES = 2
_HEADER_BYTES = 348
_DATA_OFFSET = 352
_GZIP_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
"""Deflated, without name and time, of no particular system."""


def convention_of(spine: Spine) -> Convention:
    """Whose numbers the label map of a person follows."""
    levels = {body.shape.level for body in spine.bodies}
    has_more = levels & {VertebraLevel.T13, VertebraLevel.L6}
    return Convention.SPINEPS if has_more else Convention.TOTALSPINESEG


def label_map(
    labels: npt.NDArray[np.uint8], spine: Spine
) -> tuple[npt.NDArray[np.uint8], Mapping[str, int]]:
    """The painted structures by the numbers of a public convention.

    Args:
        labels: ``Structure`` of every voxel, any shape.
        spine: Whose bodies and discs they count.

    Returns:
        The map, of the same shape, and its numbers by name: ``L4``, ``L4/L5``, ``sacrum``,
        ``canal``, ``cord``.
    """
    convention = convention_of(spine)
    table = TABLES[convention]
    cord, canal = _CANAL[convention]
    sacrum = table.sacrum or 0
    names = {"cord": cord, "canal": canal, "sacrum": sacrum}
    lookup = np.zeros(256, dtype=np.uint8)
    lookup[Structure.SAC], lookup[Structure.CORD] = canal, cord
    bodies = _numbers_of_bodies(spine, table)
    for index, (body, number) in enumerate(zip(spine.bodies, bodies, strict=True)):
        lookup[Structure.FIRST_BODY + index] = number
        if body.shape.level is not None and number != sacrum:
            names[str(body.shape.level)] = number
    for index, disc in enumerate(spine.discs):
        above = bodies[index]
        number = sacrum if above == sacrum else table.disc_below[above]
        lookup[Structure.FIRST_DISC + index] = number
        if disc.level is not None and number != sacrum:
            names[str(disc.level)] = number
    return lookup[labels], names


def _numbers_of_bodies(spine: Spine, table: LabelTable) -> list[int]:
    """Head to feet; the topmost body, which has no name here, counts back from the one below."""
    numbers = {name: number for number, name in table.vertebrae.items()}
    found: list[int] = []
    for body in reversed(spine.bodies):
        if body.shape.is_sacral:
            found.append(table.sacrum or 0)
        elif body.shape.level is None:
            found.append(found[-1] - 1)
        else:
            found.append(numbers[body.shape.level])
    return found[::-1]


def write_nifti(path: Path, labels: npt.NDArray[np.uint8], geometry: VolumeGeometry) -> None:
    """Writes a label map as compressed NIfTI-1.

    Runs are all that is compressed: quick, and the part of zlib that its versions agree on.

    Args:
        path: Ends in ``.nii.gz``.
        labels: (slices, rows, columns).
        geometry: Of these voxels, LPS millimetres.

    Raises:
        OSError: If the file can't be written.
    """
    content = _header(geometry) + bytes(_DATA_OFFSET - _HEADER_BYTES) + labels.tobytes()
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS, 9, zlib.Z_RLE)
    packed = packer.compress(content) + packer.flush()
    end = struct.pack("<II", zlib.crc32(content), len(content))
    path.write_bytes(_GZIP_HEADER + packed + end)


def _header(geometry: VolumeGeometry) -> bytes:
    """See https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h."""
    header = bytearray(_HEADER_BYTES)
    slices, rows, columns = geometry.shape
    struct.pack_into("<i", header, 0, _HEADER_BYTES)
    struct.pack_into("<8h", header, 40, 3, columns, rows, slices, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, _UINT8, 8)
    struct.pack_into("<4f", header, 76, 1.0, *geometry.spacing_mm)
    struct.pack_into("<f", header, 108, _DATA_OFFSET)
    struct.pack_into("<f", header, 112, 1.0)
    header[123] = _MILLIMETRES
    header[148:168] = b"Simulated label map\0"
    struct.pack_into("<2h", header, 252, 0, _SCANNER_SPACE)
    # NIfTI's axes run to the right, to the front and to the head.
    to_ras = np.diag([-1.0, -1.0, 1.0]) @ geometry.matrix[:3]
    struct.pack_into("<12f", header, 280, *to_ras.round(6).reshape(-1))
    header[344:348] = b"n+1\0"
    return bytes(header)
