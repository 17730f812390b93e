"""What a volume file says of itself, read without the library that will read its pixels.

SimpleITK fills in what a file leaves out: spacing 1, no turning, black where pixels are missing,
and of two places that contradict each other it takes one. So the header is read here as well:
what isn't said is refused, and what SimpleITK arrives at must agree with it.
"""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spinegrader.domain.geometry import FloatArray
from spinegrader.errors import InputError

LARGEST_BYTES = 1 << 30
_CHUNK_BYTES = 1 << 20
_ORTHOGONAL_TOLERANCE = 1e-3
_PLACE_TOLERANCE_MM = 0.05


@dataclass(frozen=True)
class VolumeLayout:
    """Size and place of a volume, and where its pixels are kept.

    Args:
        size: Number of columns, rows and slices (the file's own three axes).
        pixel_bytes: Of one pixel.
        affines: 4 x 4 each: (column, row, slice, 1) to LPS millimetres; more than one where a
            file tells its place in two ways.
        data_path: The file that holds the pixels.
        data_offset: Where they begin in it; counted unpacked if the whole file is packed.
        packing: ``""``; ``"file"`` if the whole file is packed by gzip; ``"pixels"`` if what
            follows the offset is, by gzip or zlib.
    """

    size: tuple[int, int, int]
    pixel_bytes: int
    affines: tuple[FloatArray, ...]
    data_path: Path
    data_offset: int
    packing: str = ""

    @property
    def promised_bytes(self) -> int:
        """What the pixels take when unpacked."""
        return self.size[0] * self.size[1] * self.size[2] * self.pixel_bytes

    def check(self) -> None:
        """Refuses an absurd size, other pixels than promised, and a place that isn't one.

        Raises:
            InputError: With the reason.
        """
        if min(self.size) < 1:
            raise InputError("It holds no pixels.")
        if self.promised_bytes > LARGEST_BYTES:
            raise InputError(
                f"It says that it holds {self.promised_bytes / 1e9:.1f} GB of pixels, more than"
                f" a medical image does (at most {LARGEST_BYTES / 1e9:.1f} GB)."
            )
        for affine in self.affines:
            _check_affine(affine)
        present_bytes = self._present_bytes()
        if present_bytes < self.promised_bytes:
            raise InputError("It holds fewer pixels than it promises: export or copy it again.")
        # Too many mean that the header, or where it ends, isn't what it was.
        if present_bytes > self.promised_bytes:
            raise InputError("It holds more pixels than it promises: export or copy it again.")

    def check_agrees(self, size: tuple[int, ...], affine: FloatArray) -> None:
        """Compares with what another reader made of the same file.

        Raises:
            InputError: If that reader would put a pixel elsewhere.
        """
        if tuple(size) != self.size:
            raise InputError("Its header can be read in two ways: export it again.")
        places = [_corners_mm(told, self.size) for told in self.affines]
        found = _corners_mm(affine, self.size)
        if not any(np.abs(found - place).max() <= _PLACE_TOLERANCE_MM for place in places):
            raise InputError(
                "Its header contradicts itself about spacing, orientation or position, so that"
                " nothing could be measured: export it again."
            )

    def _present_bytes(self) -> int:
        """How many bytes of pixels are there; far beyond what is promised they aren't counted."""
        if not self.packing:
            return self.data_path.stat().st_size - self.data_offset
        wanted = self.promised_bytes + (self.data_offset if self.packing == "file" else 0)
        present = 0
        try:
            for chunk in _unpacked_chunks(self):
                present += len(chunk)
                if present > wanted + _CHUNK_BYTES:
                    break
        except (OSError, EOFError, zlib.error) as error:
            raise InputError("Its packed pixels are damaged: export or copy it again.") from error
        return present - (wanted - self.promised_bytes)


def _unpacked_chunks(layout: VolumeLayout) -> Iterator[bytes]:
    with layout.data_path.open("rb") as file:
        if layout.packing == "pixels":
            file.seek(layout.data_offset)
            if file.peek(2)[:2] != b"\x1f\x8b":  # zlib's own form, that of MetaImage
                unpacking = zlib.decompressobj()
                while not unpacking.eof:
                    packed = unpacking.unconsumed_tail or file.read(_CHUNK_BYTES)
                    if not packed:
                        raise EOFError
                    yield unpacking.decompress(packed, _CHUNK_BYTES)
                return
        with gzip.GzipFile(fileobj=file) as unpacked:
            while chunk := unpacked.read(_CHUNK_BYTES):
                yield chunk


def _check_affine(affine: FloatArray) -> None:
    steps = affine[:3, :3]
    spacing_mm = np.linalg.norm(steps, axis=0)
    if not np.isfinite(affine).all():
        raise InputError("Its spacing, orientation or position is no number: export it again.")
    if spacing_mm.min() <= 0:
        raise InputError("Its spacing is zero: export it again.")
    directions = steps / spacing_mm
    if np.abs(directions.T @ directions - np.eye(3)).max() > _ORTHOGONAL_TOLERANCE:
        raise InputError(
            "Its three axes are not perpendicular to each other (sheared, as by a registration),"
            " so that it can't be shown without resampling: export the original images."
        )


def _corners_mm(affine: FloatArray, size: tuple[int, int, int]) -> FloatArray:
    """The eight corners' pixel centres, LPS millimetres, shape (8, 3)."""
    ends = np.stack(np.meshgrid(*[(0, count - 1) for count in size], indexing="ij"), axis=-1)
    return np.asarray(ends.reshape(8, 3) @ affine[:3, :3].T + affine[:3, 3], dtype=np.float64)


def affine_of(steps_mm: FloatArray, origin_mm: FloatArray) -> FloatArray:
    """A 4 x 4 affine from the steps of the three axes (as columns) and the first pixel's place."""
    affine: FloatArray = np.eye(4, dtype=np.float64)
    affine[:3, :3] = steps_mm
    affine[:3, 3] = origin_mm
    return affine
