"""Writes one small MR slice in every transfer syntax to tests/imaging/transfer_syntaxes.

Beside each picture's kind lies its truth as .npy. Needs imagecodecs, which encodes what the
decoders of SpineGrader can't: `pip install imagecodecs`, then run this without arguments.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import imagecodecs
import jpeg_ls
import numpy as np
import numpy.typing as npt
from openjpeg.utils import encode_array
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixels.encoders.base import get_encoder

FOLDER = Path(__file__).parents[1] / "tests" / "imaging" / "transfer_syntaxes"
ROWS, COLUMNS = 40, 32
MR_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.4"
Pixels = npt.NDArray[Any]


class Picture(NamedTuple):
    """What is shown, and how many bits of its room hold it."""

    pixels: Pixels
    bits_stored: int


def phantom(kind: str) -> Picture:
    """Vertebrae and discs in a row with some noise; the signed one goes below zero."""
    row, column = np.mgrid[:ROWS, :COLUMNS]
    spine = np.exp(-(((column - 16 - 3 * np.sin(row / 9)) / 6) ** 2))
    light = 0.15 + 0.6 * spine * (0.65 + 0.35 * np.cos(row * 2 * np.pi / 10))
    light += np.random.default_rng(20).normal(0, 0.02, light.shape)
    # Both ends of the range are met.
    light[0, :8], light[-1, -8:] = 0, 1
    light = light.clip(0, 1)
    if kind == "8":
        return Picture(np.round(light * 255).astype(np.uint8), 8)
    if kind == "12":
        return Picture(np.round(light * 4095).astype(np.uint16), 12)
    return Picture(np.round(light * 65535 - 32768).astype(np.int16), 16)


def unsigned(pixels: Pixels) -> Pixels:
    """The same bits without a sign, as codecs want them that know none."""
    return pixels.view(f"u{pixels.itemsize}")


def jpeg(pixels: Pixels, bits: int, predictor: int | None = None) -> bytes:
    """JPEG; lossless with the given predictor."""
    return bytes(
        imagecodecs.jpeg8_encode(
            unsigned(pixels),
            95,
            bitspersample=bits,
            lossless=predictor is not None,
            predictor=predictor,
        )
    )


def near_lossless(pixels: Pixels, bits: int, error: int) -> bytes:
    """JPEG-LS with values wrong by at most this much."""
    rows, columns = pixels.shape
    source = unsigned(pixels).tobytes()
    return bytes(jpeg_ls.encode_buffer(source, rows, columns, 1, bits, lossy_error=error))


def htj2k(pixels: Pixels, *, is_reversible: bool, tile_lengths: bool = False) -> bytes:
    """High-throughput JPEG 2000 by OpenJPH, in the order RPCL."""
    stream = bytes(
        imagecodecs.htj2k_encode(
            pixels,
            None if is_reversible else 0.02,
            reversible=is_reversible,
            resolutions=2,
            tlm=tile_lengths,
        )
    )
    # COD (T.800, A.6.1): the progression order follows marker, length and style.
    if stream[stream.index(b"\xff\x52") + 5] != 2:
        sys.exit("OpenJPH did not write the order RPCL")
    return stream


def rle(pixels: Pixels, bits: int) -> bytes:
    """RLE by pydicom."""
    description: dict[str, Any] = {
        "rows": ROWS,
        "columns": COLUMNS,
        "number_of_frames": 1,
        "samples_per_pixel": 1,
        "bits_allocated": pixels.itemsize * 8,
        "bits_stored": bits,
        "pixel_representation": int(pixels.dtype.kind == "i"),
        "photometric_interpretation": "MONOCHROME2",
    }
    encoder = get_encoder(uid.RLELossless)
    return encoder.encode(pixels.tobytes(), encoding_plugin="pydicom", **description)


Encoder = Callable[[Pixels, int], bytes]
ENCODERS: dict[str, tuple[str, str, Encoder]] = {
    "rle": (uid.RLELossless, "signed", rle),
    "jpeg_baseline": (uid.JPEGBaseline8Bit, "8", jpeg),
    "jpeg_extended": (uid.JPEGExtended12Bit, "12", jpeg),
    "jpeg_lossless": (uid.JPEGLossless, "12", lambda p, bits: jpeg(p, bits, predictor=6)),
    "jpeg_lossless_sv1": (uid.JPEGLosslessSV1, "signed", lambda p, bits: jpeg(p, bits, 1)),
    "jpeg_ls": (uid.JPEGLSLossless, "signed", lambda p, bits: near_lossless(p, bits, 0)),
    "jpeg_ls_near": (uid.JPEGLSNearLossless, "12", lambda p, bits: near_lossless(p, bits, 3)),
    "jpeg_2000": (uid.JPEG2000Lossless, "signed", encode_array),
    "jpeg_2000_lossy": (
        uid.JPEG2000,
        "12",
        lambda p, bits: encode_array(p, bits, signal_noise_ratios=[60]),
    ),
    "htj2k": (uid.HTJ2KLossless, "signed", lambda p, _: htj2k(p, is_reversible=True)),
    "htj2k_rpcl": (
        uid.HTJ2KLosslessRPCL,
        "signed",
        lambda p, _: htj2k(p, is_reversible=True, tile_lengths=True),
    ),
    "htj2k_lossy": (uid.HTJ2K, "8", lambda p, _: htj2k(p, is_reversible=False)),
}
NATIVE = {
    "implicit": (uid.ImplicitVRLittleEndian, "signed"),
    "explicit": (uid.ExplicitVRLittleEndian, "12"),
    "big_endian": (uid.ExplicitVRBigEndian, "signed"),
    "deflated": (uid.DeflatedExplicitVRLittleEndian, "12"),
}
LOSSY = {
    uid.JPEGBaseline8Bit,
    uid.JPEGExtended12Bit,
    uid.JPEGLSNearLossless,
    uid.JPEG2000,
    uid.HTJ2K,
}


def slice_of(picture: Picture, name: str, syntax: str) -> Dataset:
    """A sagittal MR slice without pixels."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = MR_IMAGE_STORAGE
    # UIDs that change from run to run would change the files.
    instance = f"1.2.826.0.1.1.{crc32(name.encode())}"
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = instance
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.826.0.1.1", f"{instance}.1"
    dataset.Modality, dataset.PatientID, dataset.StudyDate = "MR", "PHANTOM", "20240131"
    dataset.SeriesDescription = name
    dataset.RepetitionTime, dataset.EchoTime, dataset.SliceThickness = 3000, 100, 4
    dataset.SeriesNumber = dataset.InstanceNumber = 1
    dataset.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
    dataset.ImagePositionPatient = [0, -20, 30]
    dataset.PixelSpacing = [0.75, 0.5]
    dataset.Rows, dataset.Columns = picture.pixels.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = picture.pixels.itemsize * 8
    dataset.BitsStored, dataset.HighBit = picture.bits_stored, picture.bits_stored - 1
    if syntax in LOSSY:
        dataset.LossyImageCompression = "01"
    dataset.PixelRepresentation = int(picture.pixels.dtype.kind == "i")
    return dataset


def write(dataset: Dataset, name: str) -> None:
    """One file; the encoding follows the transfer syntax."""
    path = FOLDER / f"{name}.dcm"
    dataset.save_as(path, enforce_file_format=True)
    print(f"{path.name}: {path.stat().st_size} bytes")


def main() -> None:
    """Writes all files anew."""
    FOLDER.mkdir(exist_ok=True)
    for kind in ("8", "12", "signed"):
        np.save(FOLDER / f"truth_{kind}.npy", phantom(kind).pixels)
    for name, (syntax, kind) in NATIVE.items():
        picture = phantom(kind)
        dataset = slice_of(picture, name, syntax)
        order = ">" if syntax == uid.ExplicitVRBigEndian else "<"
        dataset.PixelData = picture.pixels.astype(
            picture.pixels.dtype.newbyteorder(order)
        ).tobytes()
        dataset["PixelData"].VR = "OW"
        write(dataset, name)
    for name, (syntax, kind, encode) in ENCODERS.items():
        picture = phantom(kind)
        dataset = slice_of(picture, name, syntax)
        dataset.PixelData = encapsulate([encode(picture.pixels, picture.bits_stored)])
        write(dataset, name)


if __name__ == "__main__":
    main()
