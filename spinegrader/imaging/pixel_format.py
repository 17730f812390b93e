"""How the pixels of a DICOM object are stored: plain numbers, known before any is read."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from spinegrader.errors import InputError


class TransferSyntax(StrEnum):
    """The transfer syntaxes that can be read, by their UID (DICOM PS3.6, table A-1)."""

    IMPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2"
    EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
    DEFLATED = "1.2.840.10008.1.2.1.99"
    EXPLICIT_BIG_ENDIAN = "1.2.840.10008.1.2.2"
    RLE = "1.2.840.10008.1.2.5"
    JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
    JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"
    JPEG_LOSSLESS = "1.2.840.10008.1.2.4.57"
    JPEG_LOSSLESS_SV1 = "1.2.840.10008.1.2.4.70"
    JPEG_LS_LOSSLESS = "1.2.840.10008.1.2.4.80"
    JPEG_LS_NEAR_LOSSLESS = "1.2.840.10008.1.2.4.81"
    JPEG_2000_LOSSLESS = "1.2.840.10008.1.2.4.90"
    JPEG_2000 = "1.2.840.10008.1.2.4.91"
    HTJ2K_LOSSLESS = "1.2.840.10008.1.2.4.201"
    HTJ2K_LOSSLESS_RPCL = "1.2.840.10008.1.2.4.202"
    HTJ2K = "1.2.840.10008.1.2.4.203"


NATIVE = frozenset(
    {
        TransferSyntax.IMPLICIT_LITTLE_ENDIAN,
        TransferSyntax.EXPLICIT_LITTLE_ENDIAN,
        TransferSyntax.DEFLATED,
        TransferSyntax.EXPLICIT_BIG_ENDIAN,
    }
)
LOSSY = frozenset(
    {
        TransferSyntax.JPEG_BASELINE,
        TransferSyntax.JPEG_EXTENDED,
        TransferSyntax.JPEG_LS_NEAR_LOSSLESS,
        TransferSyntax.JPEG_2000,
        TransferSyntax.HTJ2K,
    }
)


@dataclass(frozen=True, slots=True)
class PixelFormat:
    """The Image Pixel module of an object with one sample a pixel (DICOM PS3.3, C.7.6.3).

    Args:
        transfer_syntax: UID.
        rows: Of one frame.
        columns: Of one frame.
        frames: In the whole object.
        bits_allocated: Room for one sample.
        bits_stored: Bits of that room which hold the sample.
        high_bit: The highest of them, counted from zero.
        is_signed: Whether samples are two's complement.
        photometric: Such as MONOCHROME2.
        is_in_words: Whether the value representation of Pixel Data is OW, not OB.
    """

    transfer_syntax: str
    rows: int
    columns: int
    frames: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    is_signed: bool
    photometric: str
    is_in_words: bool = True

    @property
    def bytes_per_frame(self) -> int:
        """Of one frame unpacked."""
        return self.rows * self.columns * (self.bits_allocated // 8)

    @property
    def is_native(self) -> bool:
        """Whether pixels are stored as they are, not compressed (deflated counts as native)."""
        return self.transfer_syntax in NATIVE

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of native pixels in the file, in the byte order of the transfer syntax."""
        order = ">" if self.transfer_syntax == TransferSyntax.EXPLICIT_BIG_ENDIAN else "<"
        return np.dtype(f"{order}{'iu'[not self.is_signed]}{self.bits_allocated // 8}")

    def check(self) -> None:
        """Refuses what can't be a picture, before anything is allocated.

        Raises:
            InputError: If a number contradicts the others.
        """
        if min(self.rows, self.columns, self.frames) < 1:
            raise InputError("It holds no image, such as a report or a presentation state.")
        if (
            self.bits_allocated not in (8, 16, 32)
            or not 1 <= self.bits_stored <= self.bits_allocated
            or not self.bits_stored - 1 <= self.high_bit < self.bits_allocated
        ):
            raise InputError(
                f"Its header contradicts itself ({self.bits_allocated} bits allocated,"
                f" {self.bits_stored} stored, high bit {self.high_bit}): export it again."
            )
