"""The pixels of a series that scan has found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spinegrader.domain.study import Patient, Series, Study
from spinegrader.errors import InputError
from spinegrader.imaging import elements
from spinegrader.imaging.reading import read_dataset
from spinegrader.imaging.scan import FoundSeries, FoundStack
from spinegrader.imaging.volume import Volume

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset
    from pydicom.uid import UID


@dataclass(frozen=True)
class LoadedSeries:
    """One series with its pixels.

    Args:
        patient: Whose it is.
        study: Of which visit.
        series: What is known of it; its ``pixels`` still empty.
        volumes: One for each of its stacks, turned for reading.
        warnings: Sentences on what a reader should know of the pixels.
    """

    patient: Patient
    study: Study
    series: Series
    volumes: tuple[Volume, ...]
    warnings: tuple[str, ...] = ()


def read_series(found: FoundSeries) -> LoadedSeries:
    """Reads the slices, in their order along the normal, and turns them for reading.

    Pixels stay whole numbers where the images are not rescaled, and become float32 otherwise.

    Raises:
        InputError: If a file is gone, damaged, or not the one that was found.
    """
    volumes: list[Volume] = []
    warnings: list[str] = []
    for stack in found.stacks:
        slices, is_lossy = _read_slices(stack)
        volume = Volume(np.stack(slices), stack.acquired)
        volumes.append(volume.in_reading_orientation(found.series.plane))
        warnings += _warnings(found.series, slices, is_lossy)
    return LoadedSeries(
        found.patient, found.study, found.series, tuple(volumes), tuple(dict.fromkeys(warnings))
    )


def _read_slices(stack: FoundStack) -> tuple[list[npt.NDArray[Any]], bool]:
    """The slices in their order, and whether one was compressed with loss."""
    rows, columns = stack.acquired.shape[1:]
    slices: list[npt.NDArray[Any]] = []
    is_lossy = False
    for path, sop_uid in zip(stack.files, stack.sop_uids, strict=True):
        try:
            dataset = read_dataset(path)
            _check_content(dataset, sop_uid, (rows, columns))
            slices.append(_decoded(dataset))
        except InputError as error:
            raise InputError(
                f"{path.name} can't be read. {error.message}", error.context
            ) from error
        is_lossy = is_lossy or elements.text(dataset, "LossyImageCompression") == "01"
    return slices, is_lossy


def available_decoders() -> dict[str, bool]:
    """The compressed transfer syntaxes by name, and whether they can be unpacked here."""
    from pydicom import uid
    from pydicom.pixels.decoders.base import get_decoder

    syntaxes = (
        uid.RLELossless,
        uid.JPEGBaseline8Bit,
        uid.JPEGExtended12Bit,
        uid.JPEGLossless,
        uid.JPEGLosslessSV1,
        uid.JPEGLSLossless,
        uid.JPEGLSNearLossless,
        uid.JPEG2000Lossless,
        uid.JPEG2000,
    )
    return {syntax.name: bool(get_decoder(syntax).is_available) for syntax in syntaxes}


def _warnings(series: Series, slices: Sequence[npt.NDArray[Any]], is_lossy: bool) -> Iterator[str]:
    if is_lossy:
        yield f"Series {series.number} was compressed with loss: fine detail may be missing."
    # Blank slices at the ends of a stack are alike without being copies.
    shown = [pixels.tobytes() for pixels in slices if pixels.min() < pixels.max()]
    if len(set(shown)) < len(shown):
        yield f"Series {series.number} shows the same picture in several places: check its source."


def _check_content(dataset: "FileDataset", sop_uid: str, matrix: tuple[int, int]) -> None:
    found = (elements.whole(dataset, "Rows"), elements.whole(dataset, "Columns"))
    if elements.text(dataset, "SOPInstanceUID") != sop_uid or found != matrix:
        raise InputError("It has changed since the images were looked through: import them again.")
    syntax = getattr(dataset.file_meta, "TransferSyntaxUID", None)
    if syntax is None:
        # A file without a header of its own says by its form how it is written.
        dataset.file_meta.TransferSyntaxUID = _syntax_by_form(dataset)
    elif syntax.is_compressed:
        return
    promised = matrix[0] * matrix[1] * (elements.whole(dataset, "BitsAllocated") // 8)
    # Compared before anything is allocated: the size that a header promises can be absurd.
    if len(dataset.get("PixelData") or b"") < promised:
        raise InputError("It holds fewer pixels than it promises: export or copy it again.")


def _syntax_by_form(dataset: "FileDataset") -> "UID":
    from pydicom import uid

    is_implicit, is_little_endian = dataset.original_encoding
    if not is_little_endian:
        return uid.ExplicitVRBigEndian
    return uid.ImplicitVRLittleEndian if is_implicit else uid.ExplicitVRLittleEndian


def _decoded(dataset: "FileDataset") -> npt.NDArray[Any]:
    """Shape (rows, columns), MONOCHROME1 inverted, rescaled where the images ask for it."""
    try:
        pixels: npt.NDArray[Any] = dataset.pixel_array
    # On damaged pixels pydicom and its decoders raise almost anything.
    except Exception as error:
        raise InputError("Its pixels are damaged: export or copy it again.") from error
    if elements.text(dataset, "PhotometricInterpretation") == "MONOCHROME1":
        # The stored range is mirrored: unsigned 0 … 2^n - 1, signed -2^(n-1) … 2^(n-1) - 1.
        signed = elements.whole(dataset, "PixelRepresentation") == 1
        top = 0 if signed else 2 ** elements.whole(dataset, "BitsStored")
        pixels = (top - 1 - pixels.astype(np.int32)).astype(pixels.dtype)
    slope = elements.number(dataset, "RescaleSlope")
    intercept = elements.number(dataset, "RescaleIntercept") or 0.0
    slope = 1.0 if slope is None else slope
    if slope == 0:
        raise InputError("Its rescale slope is zero, so that it shows nothing: export it again.")
    if slope == 1 and intercept == 0:
        return pixels
    return (pixels * slope + intercept).astype(np.float32)
