"""One compressed frame with one sample a pixel -> its samples.

A codestream's own size is compared with the DICOM header before it is unpacked: a few bytes can
promise gigabytes, and a picture of another size is another picture.
"""

import struct
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from spinegrader.imaging.encapsulation import damaged, has_end_marker
from spinegrader.imaging.pixel_format import PixelFormat, TransferSyntax

# Markers that start a frame (ITU-T T.81, table B.1; T.87 for F7), and those without a length.
_STARTS_OF_FRAME = frozenset({*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC})
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_RLE_HEADER = 64
_JPEG_2000_START = b"\xff\x4f\xff\x51"


class Samples(NamedTuple):
    """A frame unpacked.

    Args:
        values: Shape (rows, columns), whole numbers.
        precision: Bits of each.
        is_signed: Whether the codestream says that they have a sign; JPEG and JPEG-LS never do.
    """

    values: npt.NDArray[Any]
    precision: int
    is_signed: bool


def decode_jpeg(frame: bytes, pixels: PixelFormat) -> Samples:
    """JPEG baseline, extended and lossless (ITU-T T.81) by GDCM.

    Raises:
        InputError: If it is damaged or of another size than the header says.
        ImportError: If GDCM is missing. From damaged data GDCM raises other kinds too.
    """
    import gdcm

    precision = _jpeg_precision(frame, pixels)
    bits = 8 if precision <= 8 else 16
    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(frame)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((pixels.columns, pixels.rows, 1))
    image.SetPhotometricInterpretation(
        gdcm.PhotometricInterpretation(gdcm.PhotometricInterpretation.MONOCHROME2)
    )
    syntax = gdcm.TransferSyntax.GetTSType(str(pixels.transfer_syntax))
    image.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    # Told of fewer bits than the codestream has, GDCM cuts values off or ends the process.
    image.SetPixelFormat(gdcm.PixelFormat(1, bits, bits, bits - 1, 0))
    image.SetDataElement(element)
    # The bytes come as text, those that are no UTF-8 as lone surrogates.
    buffer = image.GetBuffer().encode("utf-8", "surrogateescape")
    values = np.frombuffer(buffer, f"u{bits // 8}")
    return Samples(values.reshape(pixels.rows, pixels.columns), precision, is_signed=False)


def decode_jpeg_ls(frame: bytes, pixels: PixelFormat) -> Samples:
    """JPEG-LS (ITU-T T.87) by CharLS.

    Raises:
        InputError: If it is damaged or of another size than the header says.
        ImportError: If pyjpegls is missing. From damaged data it raises other kinds too.
    """
    import jpeg_ls

    precision = _jpeg_precision(frame, pixels)
    try:
        buffer, _ = jpeg_ls.decode_pixel_data(frame)
    except RuntimeError:
        # Some encoders put an empty byte before the end marker, which CharLS refuses.
        start, empty, end = frame.rpartition(b"\0\xff\xd9")
        if not empty:
            raise
        buffer, _ = jpeg_ls.decode_pixel_data(start + b"\xff\xd9" + end)
    values = np.frombuffer(buffer, "u1" if precision <= 8 else "u2")
    return Samples(values.reshape(pixels.rows, pixels.columns), precision, is_signed=False)


def decode_jpeg_2000(frame: bytes, pixels: PixelFormat) -> Samples:
    """JPEG 2000 and high-throughput JPEG 2000 (ITU-T T.800, T.814) by OpenJPEG.

    Raises:
        InputError: If it is damaged or of another size than the header says.
        ImportError: If pylibjpeg-openjpeg is missing. From damaged data it raises other kinds too.
    """
    from openjpeg.utils import decode

    # Some writers put the codestream into a JP2 file, whose boxes say nothing that is needed.
    start = frame.find(_JPEG_2000_START)
    if start < 0:
        raise damaged()
    codestream = frame[start:]
    # SIZ (T.800, A.5.1): size and origin on the reference grid, tiles, then each component.
    right, bottom, left, top = struct.unpack_from(">4I", codestream, 8)
    components, depth, step_x, step_y = struct.unpack_from(">H3B", codestream, 40)
    shape = (bottom - top, right - left)
    precision = (depth & 0x7F) + 1
    if shape != (pixels.rows, pixels.columns) or (components, step_x, step_y) != (1, 1, 1):
        raise damaged()
    if precision > pixels.bits_allocated:
        raise damaged()
    return Samples(decode(codestream, j2k_format=0), precision, is_signed=depth > 0x7F)


def decode_rle(frame: bytes, pixels: PixelFormat) -> Samples:
    """RLE (DICOM PS3.5, annex G): one segment for each byte of a sample, the highest first.

    Raises:
        InputError: If it is damaged or of another size than the header says.
    """
    if len(frame) < _RLE_HEADER:
        raise damaged()
    count, *starts = struct.unpack_from("<16I", frame)
    if count != pixels.bits_allocated // 8 or starts[0] < _RLE_HEADER:
        raise damaged()
    size = pixels.rows * pixels.columns
    stops = [*starts[1:count], len(frame)]
    planes = [
        np.frombuffer(_unpacked(frame[start:stop], size), np.uint8)
        for start, stop in zip(starts[:count], stops, strict=True)
    ]
    values = np.stack(planes, axis=-1).view(f">u{count}")
    return Samples(
        values.reshape(pixels.rows, pixels.columns), pixels.bits_allocated, is_signed=False
    )


def _unpacked(segment: bytes, size: int) -> bytearray:
    """One segment of RLE (PS3.5, G.3.2), which must end with the picture but for padding."""
    unpacked = bytearray()
    place = 0
    while len(unpacked) < size and place < len(segment):
        control = segment[place]
        if control < 128:
            unpacked += segment[place + 1 : place + 2 + control]
            place += 2 + control
        elif control > 128:
            unpacked += segment[place + 1 : place + 2] * (257 - control)
            place += 2
        else:
            place += 1
    # A picture of an odd number of pixels may have been padded before it was packed.
    if not size <= len(unpacked) <= size + 1 or segment[place:].strip(b"\0"):
        raise damaged()
    return unpacked[:size]


def _jpeg_precision(frame: bytes, pixels: PixelFormat) -> int:
    """Bits of a sample, once the frame header (T.81, B.2.2) agrees with DICOM's.

    Raises:
        InputError: If it doesn't, or the end is missing.
    """
    # On data that are cut off, CharLS can go on for many seconds.
    if frame[:2] != b"\xff\xd8" or not has_end_marker(frame):
        raise damaged()
    place = 2
    while place + 4 <= len(frame):
        prefix, marker, length = struct.unpack_from(">2BH", frame, place)
        if prefix != 0xFF:
            break
        if marker == 0xFF or marker in _WITHOUT_LENGTH:
            place += 1 if marker == 0xFF else 2
            continue
        if marker in _STARTS_OF_FRAME:
            precision, rows, columns, components = struct.unpack_from(">BHHB", frame, place + 4)
            is_jpeg_ls = pixels.transfer_syntax in (
                TransferSyntax.JPEG_LS_LOSSLESS,
                TransferSyntax.JPEG_LS_NEAR_LOSSLESS,
            )
            if (
                (rows, columns, components) == (pixels.rows, pixels.columns, 1)
                and 2 <= precision <= min(16, pixels.bits_allocated)
                and (marker == 0xF7) == is_jpeg_ls
            ):
                return int(precision)
            break
        place += 2 + length
    raise damaged()
