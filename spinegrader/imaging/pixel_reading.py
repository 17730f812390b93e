"""The pixels of slices whose headers are known.

Uncompressed ones are bytes at a known place, checked against the file's size, and are read here.
All others are unpacked by decoders that damaged data can crash: in a child process.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spinegrader.errors import CancelledError, InputError
from spinegrader.imaging.decoding import EncodedPixels, decode_pixels, stored_values
from spinegrader.imaging.parsing import inflated
from spinegrader.imaging.pixel_format import PixelFormat, TransferSyntax
from spinegrader.imaging.sandbox import Sandbox, StopRequested, never
from spinegrader.imaging.slices import ImageFile, SliceHeader

Pixels = npt.NDArray[Any]

_READ_FRAMES = "spinegrader.imaging.pixel_reading:read_frames"
_GONE = "It can't be opened any more."
_PLAIN = frozenset({TransferSyntax.IMPLICIT_LITTLE_ENDIAN, TransferSyntax.EXPLICIT_LITTLE_ENDIAN})


@dataclass(frozen=True)
class FramesWanted:
    """Some frames of one file.

    Args:
        file: The file.
        pixel_format: How they are written.
        frames: Which.
    """

    file: ImageFile
    pixel_format: PixelFormat
    frames: tuple[int, ...]


def read_stored(
    slices: Sequence[SliceHeader], sandbox: Sandbox, stop_requested: StopRequested = never
) -> Pixels:
    """The stored values of slices of one matrix, in their order.

    Args:
        slices: At least one.
        sandbox: Where compressed ones are unpacked.
        stop_requested: Asked all the time.

    Returns:
        Shape (slices, rows, columns).

    Raises:
        InputError: If a file is gone, has changed or is damaged; the message names it.
        CancelledError: If a stop was requested.
    """
    first = slices[0].common.pixel_format
    if all(_is_plain(item) and item.common.pixel_format == first for item in slices):
        return _read_plain(slices, stop_requested)
    wanted = [
        FramesWanted(file, run[0].common.pixel_format, tuple(item.frame for item in run))
        for file, run in ((f, list(group)) for f, group in groupby(slices, lambda item: item.file))
    ]
    pictures: list[Pixels] = []
    for request, outcome in sandbox.map(_READ_FRAMES, wanted, stop_requested):
        if isinstance(outcome, InputError):
            raise _unreadable(request.file, outcome)
        pictures.append(np.asarray(outcome))
    if len({picture.dtype for picture in pictures}) > 1:
        pictures = [picture.astype(np.int32) for picture in pictures]
    return np.concatenate(pictures)


def read_frames(wanted: FramesWanted) -> Pixels:
    """Unpacks frames of one file; runs in a child process.

    Raises:
        InputError: If they are damaged, or the file is gone or has changed.
    """
    try:
        return _read_frames(wanted)
    except OSError as error:
        raise InputError(_GONE) from error


def _read_frames(wanted: FramesWanted) -> Pixels:
    file = wanted.file
    _check_unchanged(file, Path(file.path).stat())
    encoded = EncodedPixels(
        source=inflated(Path(file.path)) if file.is_deflated else Path(file.path),
        offset=file.pixels.offset,
        length=file.pixels.length,
        format=wanted.pixel_format,
        frames=wanted.frames,
    )
    return decode_pixels(encoded)


def holds_same_picture(one: SliceHeader, other: SliceHeader) -> bool:
    """Whether two slices hold the same stored bytes; False also where that can't be told."""
    first, second = one.common.pixel_format, other.common.pixel_format
    if first != second or first.frames > 1 or one.file.is_deflated:
        return False
    if one.file.pixels.length != other.file.pixels.length:
        return False
    try:
        return _stored_bytes(one) == _stored_bytes(other)
    except OSError:
        return False


def _stored_bytes(item: SliceHeader) -> bytes:
    place = item.file.pixels
    with Path(item.file.path).open("rb") as file:
        file.seek(place.offset)
        return file.read(-1 if place.length is None else place.length)


def _is_plain(item: SliceHeader) -> bool:
    return item.common.pixel_format.transfer_syntax in _PLAIN


def _read_plain(slices: Sequence[SliceHeader], stop_requested: StopRequested) -> Pixels:
    pixel_format = slices[0].common.pixel_format
    shape = (len(slices), pixel_format.rows, pixel_format.columns)
    pixels = np.empty(shape, dtype=pixel_format.dtype)
    for item, picture in zip(slices, pixels, strict=True):
        if stop_requested():
            raise CancelledError("Reading was stopped.")
        try:
            _read_into(picture, item)
        except InputError as error:
            raise _unreadable(item.file, error) from error
        except OSError as error:
            raise _unreadable(item.file, InputError(_GONE)) from error
    values = pixels.astype(pixels.dtype.newbyteorder("="), copy=False)
    return stored_values(values, pixel_format, pixel_format.bits_allocated)


def _read_into(picture: Pixels, item: SliceHeader) -> None:
    offset = item.file.pixels.offset + item.frame * picture.nbytes
    with Path(item.file.path).open("rb", buffering=0) as file:
        _check_unchanged(item.file, os.fstat(file.fileno()))
        file.seek(offset)
        # The size is known to suffice; a shorter read is a failing disk.
        if file.readinto(picture.data.cast("B")) != picture.nbytes:
            raise InputError("It ended too early: copy it again.")


def _check_unchanged(file: ImageFile, status: os.stat_result) -> None:
    if (status.st_size, status.st_mtime_ns) != (file.size, file.modified_ns):
        raise InputError("It has changed since the images were looked through: import them again.")


def _unreadable(file: ImageFile, error: InputError) -> InputError:
    return InputError(f"{file.name} can't be read. {error.message}", error.context)


def real_values(stored: Pixels, slices: Iterable[SliceHeader]) -> tuple[Pixels, bool]:
    """Stored values as they are meant to be seen, comparable across the stack.

    Philips scales each image on its own and keeps the factor in a private element: where the
    factors differ within a stack, RescaleSlope alone would leave the slices with different
    units. Formula: Chenevert et al., Translational Oncology 7 (2014), 65-71.

    Args:
        stored: Shape (slices, rows, columns); may be changed in place.
        slices: Their headers.

    Returns:
        Whole numbers where nothing is rescaled, else float32, MONOCHROME1 turned; and whether
        the units are still those of the slices' proposed windows.
    """
    headers = list(slices)
    pixel_format = headers[0].common.pixel_format
    if pixel_format.photometric == "MONOCHROME1":
        # The stored range is mirrored: unsigned 0 … 2^n - 1, signed -2^(n-1) … 2^(n-1) - 1.
        stored = np.invert(stored)
        if not pixel_format.is_signed and pixel_format.bits_stored < pixel_format.bits_allocated:
            stored &= (1 << pixel_format.bits_stored) - 1
    scalings = [item.scaling for item in headers]
    if all(scaling.is_identity for scaling in scalings):
        return stored, True
    slopes = np.asarray([scaling.slope for scaling in scalings], dtype=np.float64)
    intercepts = np.asarray([scaling.intercept for scaling in scalings], dtype=np.float64)
    factors = [scaling.philips_slope for scaling in scalings]
    is_in_own_units = len(set(zip(slopes, factors, strict=True))) > 1 and all(factors)
    if is_in_own_units:
        intercepts = intercepts / (slopes * np.asarray(factors, dtype=np.float64))
        slopes = 1.0 / np.asarray(factors, dtype=np.float64)
    values = stored * slopes[:, None, None] + intercepts[:, None, None]
    return values.astype(np.float32), not is_in_own_units
