"""The header of a NIfTI-1 file: https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h."""

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np

from spinegrader.domain.geometry import FloatArray
from spinegrader.errors import InputError
from spinegrader.imaging.volume_layout import VolumeLayout, affine_of

HEADER_BYTES = 348
MAGIC = b"n+1\0"
_MAGIC_AT = 344
# datatype -> bytes of a pixel; the others are colours, complex numbers or single bits.
_PIXEL_BYTES = {2: 1, 4: 2, 8: 4, 16: 4, 64: 8, 256: 1, 512: 2, 768: 4, 1024: 8, 1280: 8}
# xyzt_units, its lower three bits -> millimetres. Programs that leave it out write millimetres.
_UNITS_MM = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}
# NIfTI's axes run to the right, to the front and to the head.
_TO_LPS = np.diag([-1.0, -1.0, 1.0])
_CONTRARY_COSINE = 0.7


def is_nifti(start: bytes) -> bool:
    """Whether an unpacked file's first 348 bytes are a NIfTI-1 header with its pixels behind."""
    sizes = (struct.pack("<i", HEADER_BYTES), struct.pack(">i", HEADER_BYTES))
    return start[:4] in sizes and start[_MAGIC_AT:HEADER_BYTES] == MAGIC


def nifti_layout(path: Path) -> VolumeLayout:
    """Reads the header.

    Raises:
        InputError: If it isn't a three-dimensional image that says where it lies.
    """
    with path.open("rb") as file:
        is_packed = file.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path) if is_packed else path.open("rb") as file:
            header = file.read(HEADER_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError("Its packed content is damaged: export or copy it again.") from error
    if not is_nifti(header):
        raise InputError("It is no NIfTI-1 file in one piece: convert it to .nii.gz.")
    order = "<" if header[:4] == struct.pack("<i", HEADER_BYTES) else ">"
    datatype, _ = struct.unpack_from(f"{order}2h", header, 70)
    if datatype not in _PIXEL_BYTES:
        raise InputError("It holds colours or several values a pixel, and is no MR image.")
    offset = struct.unpack_from(f"{order}f", header, 108)[0]
    if not HEADER_BYTES <= offset <= 1 << 24:
        raise InputError("Its header is damaged: export or copy it again.")
    return VolumeLayout(
        size=_size(header, order),
        pixel_bytes=_PIXEL_BYTES[datatype],
        affines=_affines(header, order),
        data_path=path,
        data_offset=int(offset),
        packing="file" if is_packed else "",
    )


def _size(header: bytes, order: str) -> tuple[int, int, int]:
    count, *sizes = struct.unpack_from(f"{order}8h", header, 40)
    if not 1 <= count <= 7:
        raise InputError("Its header is damaged: export or copy it again.")
    if count < 3 or any(size != 1 for size in sizes[3:count]):
        raise InputError(
            f"It has {count} dimensions instead of three: export each volume as its own file."
        )
    return sizes[0], sizes[1], sizes[2]


def _affines(header: bytes, order: str) -> tuple[FloatArray, ...]:
    qform_code, sform_code = struct.unpack_from(f"{order}2h", header, 252)
    unit_mm = _UNITS_MM.get(header[123] & 7)
    if unit_mm is None:
        raise InputError("It doesn't say its spacing in millimetres: export it again.")
    told = []
    if qform_code > 0:
        told.append(_qform(header, order))
    if sform_code > 0:
        rows = np.asarray(struct.unpack_from(f"{order}12f", header, 280)).reshape(3, 4)
        told.append(affine_of(rows[:, :3], rows[:, 3]))
    if not told:
        raise InputError(
            "It doesn't say how it lies in the patient (neither qform nor sform), so that left"
            " and right can't be told: export it with its orientation."
        )
    _check_same_way(told)
    scale = np.diag([unit_mm, unit_mm, unit_mm, 1.0])
    to_lps = affine_of(_TO_LPS, np.zeros(3))
    return tuple(scale @ to_lps @ affine for affine in told)


def _check_same_way(affines: list[FloatArray]) -> None:
    """Refuses a qform and an sform that turn an axis differently: which one is right?"""
    with np.errstate(invalid="ignore", divide="ignore"):  # refused later, with its own words
        first, last = (
            steps / np.linalg.norm(steps, axis=0)
            for steps in (affines[0][:3, :3], affines[-1][:3, :3])
        )
    if (first * last).sum(axis=0).min() < _CONTRARY_COSINE:
        raise InputError(
            "Its two orientations (qform and sform) contradict each other, so that left and"
            " right can't be told: export it again."
        )


def _qform(header: bytes, order: str) -> FloatArray:
    """Method 2 of nifti1.h: a quaternion, the spacing, and the sign of the third axis."""
    sign, *spacing = struct.unpack_from(f"{order}4f", header, 76)
    b, c, d, *offset = struct.unpack_from(f"{order}6f", header, 256)
    if not all(value > 0 for value in spacing):
        raise InputError("Its spacing is zero, negative or no number: export it again.")
    # Rounded to single precision, the other three can be a little longer than 1.
    a = np.sqrt(max(0.0, 1.0 - (b * b + c * c + d * d)))
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )
    steps = rotation * np.asarray(spacing)
    steps[:, 2] *= -1.0 if sign < 0 else 1.0
    return affine_of(steps, np.asarray(offset))
