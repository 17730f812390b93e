"""The one door to pixels, native and compressed: values as DICOM stores them, not rescaled."""

import functools
import importlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from spinegrader.errors import InputError
from spinegrader.imaging import codecs
from spinegrader.imaging.encapsulation import damaged, find_frames, read_frame
from spinegrader.imaging.pixel_format import LOSSY, NATIVE, PixelFormat, TransferSyntax

_MAX_BYTES = 1 << 30


class _Codec(NamedTuple):
    """A function, and what it needs: a module, and the package for pip that brings it."""

    decode: Callable[[bytes, PixelFormat], codecs.Samples]
    module: str | None = None
    package: str = ""


_JPEG = _Codec(codecs.decode_jpeg, "gdcm", "python-gdcm")
_JPEG_LS = _Codec(codecs.decode_jpeg_ls, "jpeg_ls", "pyjpegls")
_JPEG_2000 = _Codec(codecs.decode_jpeg_2000, "openjpeg", "pylibjpeg-openjpeg")
_CODECS: dict[str, _Codec] = {
    TransferSyntax.RLE: _Codec(codecs.decode_rle),
    TransferSyntax.JPEG_BASELINE: _JPEG,
    TransferSyntax.JPEG_EXTENDED: _JPEG,
    TransferSyntax.JPEG_LOSSLESS: _JPEG,
    TransferSyntax.JPEG_LOSSLESS_SV1: _JPEG,
    TransferSyntax.JPEG_LS_LOSSLESS: _JPEG_LS,
    TransferSyntax.JPEG_LS_NEAR_LOSSLESS: _JPEG_LS,
    TransferSyntax.JPEG_2000_LOSSLESS: _JPEG_2000,
    TransferSyntax.JPEG_2000: _JPEG_2000,
    TransferSyntax.HTJ2K_LOSSLESS: _JPEG_2000,
    TransferSyntax.HTJ2K_LOSSLESS_RPCL: _JPEG_2000,
    TransferSyntax.HTJ2K: _JPEG_2000,
}


@dataclass(frozen=True, slots=True)
class EncodedPixels:
    """Where the value of Pixel Data lies, and how it is stored.

    Args:
        source: The file, or the bytes of a data set that was inflated.
        offset: Of the value's first byte in it.
        length: Of the value in bytes; None where it is undefined, as it is for compressed pixels.
        format: How it is stored.
        frames: Which frames are wanted, counted from zero; None for all.
    """

    source: Path | bytes
    offset: int
    length: int | None
    format: PixelFormat
    frames: tuple[int, ...] | None = None


def decode_pixels(item: EncodedPixels) -> npt.NDArray[Any]:
    """Unpacks frames.

    Returns:
        Shape (frames, rows, columns), as wide as BitsAllocated, signed as PixelRepresentation
        says, in the byte order of this machine. Bits outside BitsStored are taken out.

    Raises:
        InputError: If pixels are missing, damaged or too many, or a decoder is missing.
    """
    pixels = item.format
    pixels.check()
    check_transfer_syntax(pixels.transfer_syntax)
    wanted = range(pixels.frames) if item.frames is None else item.frames
    if any(not 0 <= index < pixels.frames for index in wanted):
        raise _too_few()
    if len(wanted) * pixels.bytes_per_frame > _MAX_BYTES:
        raise InputError("It promises more pixels than can be read at once: export it again.")
    try:
        with _opened(item.source) as file:
            if pixels.is_native:
                return _read_native(file, item, wanted)
            return _read_compressed(file, item, wanted)
    except OSError as error:
        raise InputError("It can't be read: check the disc, or copy it again.") from error


def available_decoders() -> dict[str, bool]:
    """The transfer syntaxes that need unpacking, by name, and whether they can be unpacked here."""
    return {
        _name(syntax): missing_package(syntax) is None
        for syntax in (TransferSyntax.DEFLATED, *_CODECS)
    }


def missing_package(transfer_syntax: str) -> str | None:
    """What to install so that pixels can be unpacked, by its name for pip; None for nothing.

    Raises:
        InputError: If nothing unpacks this transfer syntax.
    """
    if transfer_syntax in NATIVE:
        return None
    codec = _CODECS.get(transfer_syntax)
    if codec is None:
        raise InputError(
            f"Its transfer syntax is {_name(transfer_syntax)}, which can't be unpacked: export it"
            " uncompressed (Explicit VR Little Endian)."
        )
    return None if codec.module is None or _is_installed(codec.module) else codec.package


def check_transfer_syntax(transfer_syntax: str) -> None:
    """Refuses pixels that can't be unpacked here.

    Raises:
        InputError: Naming the transfer syntax, and what to install if that would help.
    """
    package = missing_package(transfer_syntax)
    if package is not None:
        raise InputError(
            f"Its transfer syntax is {_name(transfer_syntax)}, which needs the package {package}:"
            f" install it (pip install {package}), or export the images uncompressed."
        )


@functools.cache
def _is_installed(module: str) -> bool:
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True


def _name(transfer_syntax: str) -> str:
    from pydicom.config import IGNORE
    from pydicom.uid import UID

    uid = UID(transfer_syntax, IGNORE)
    # Anything may stand in the header; only what the standard knows goes into a message.
    return uid.name if uid.is_transfer_syntax and not uid.is_private else "not a known one"


def _opened(source: Path | bytes) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _read_native(file: BinaryIO, item: EncodedPixels, wanted: Sequence[int]) -> npt.NDArray[Any]:
    pixels, size = item.format, item.format.bytes_per_frame
    excess = (item.length or 0) - pixels.frames * size
    if excess < 0:
        raise _too_few()
    # Padding is forgiven; a whole frame too many means that the header is wrong.
    if excess >= size:
        raise InputError("It holds more pixels than its header says: export it again.")
    if file.seek(0, io.SEEK_END) < item.offset + pixels.frames * size:
        raise _too_few()
    offset = item.offset
    is_big_endian = pixels.transfer_syntax == TransferSyntax.EXPLICIT_BIG_ENDIAN
    if is_big_endian and pixels.is_in_words and pixels.bits_allocated == 8:
        # Bytes are swapped within words, which frames of odd size share (PS3.5, 8.1.2).
        file.seek(offset)
        value = file.read(pixels.frames * size + 1)
        words = np.frombuffer(value[: len(value) // 2 * 2], ">u2")
        file, offset = io.BytesIO(words.astype("<u2").tobytes()), 0
    frames = np.empty((len(wanted), size), np.uint8)
    for frame, index in zip(frames, wanted, strict=True):
        file.seek(offset + index * size)
        if file.readinto(frame) != size:  # type: ignore[attr-defined]
            raise _too_few()
    values = frames.view(pixels.dtype).reshape(len(wanted), pixels.rows, pixels.columns)
    values = values.astype(pixels.dtype.newbyteorder("="), copy=False)
    return stored_values(values, pixels, pixels.bits_allocated)


def _read_compressed(
    file: BinaryIO, item: EncodedPixels, wanted: Sequence[int]
) -> npt.NDArray[Any]:
    end = file.seek(0, io.SEEK_END)
    if item.length is not None:
        end = min(end, item.offset + item.length)
    file.seek(item.offset)
    frames = find_frames(file, end, item.format.frames)
    shape = (len(wanted), item.format.rows, item.format.columns)
    unpacked = np.empty(shape, item.format.dtype.newbyteorder("="))
    for place, index in enumerate(wanted):
        unpacked[place] = _decoded(read_frame(file, frames[index]), item.format)
    return unpacked


def _decoded(frame: bytes, pixels: PixelFormat) -> npt.NDArray[Any]:
    """Shape (rows, columns)."""
    codec = _CODECS[pixels.transfer_syntax]
    try:
        samples = codec.decode(frame, pixels)
    except MemoryError:
        raise
    # On damaged pixels decoders raise almost anything else.
    except Exception as error:
        raise damaged() from error
    if samples.values.shape != (pixels.rows, pixels.columns):
        raise damaged()
    values = samples.values
    if (
        pixels.transfer_syntax in LOSSY
        and samples.precision > pixels.bits_stored == pixels.high_bit + 1
        and samples.is_signed == pixels.is_signed
    ):
        # Compression with loss overshoots what BitsStored can hold; cut off, it would turn over.
        low = -(1 << pixels.bits_stored - 1) if pixels.is_signed else 0
        values = values.clip(low, low + (1 << pixels.bits_stored) - 1)
    widened = values.astype(f"u{pixels.bits_allocated // 8}")
    return stored_values(widened, pixels, samples.precision)


def stored_values(
    values: npt.NDArray[Any], pixels: PixelFormat, precision: int
) -> npt.NDArray[Any]:
    """Leaves only the bits that hold the sample, with its sign.

    Old images keep overlays in the bits above (PS3.5, 8.1.1).

    Args:
        values: Whole numbers as wide as BitsAllocated, in the byte order of this machine; changed
            in place.
        pixels: Which bits hold the sample.
        precision: How many bits the codec kept; if those of BitsStored alone, they lie lowest.
    """
    room, bits = pixels.bits_allocated, pixels.bits_stored
    values = values.view(pixels.dtype.newbyteorder("="))
    spare = room - 1 - (pixels.high_bit if precision > bits else bits - 1)
    if bits < room and spare == room - bits and not pixels.is_signed:
        values &= (1 << bits) - 1
    elif bits < room:
        # The shift back to the right copies the sign into the bits above.
        values <<= spare
        values >>= room - bits
    return values


def _too_few() -> InputError:
    return InputError("It holds fewer pixels than it promises: export or copy it again.")
