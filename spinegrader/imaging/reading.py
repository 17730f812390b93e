"""Opening DICOM files safely, and refusing what is no MR slice."""

import functools
import logging
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from spinegrader.errors import InputError
from spinegrader.imaging import elements

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

_DIRECTORY = "1.2.840.10008.1.3.10"
_DEFLATED = b"1.2.840.10008.1.2.1.99"


def read_dataset(path: Path, only: list[str] | None = None) -> "FileDataset":
    """Reads a DICOM file with pydicom.

    Args:
        path: The file.
        only: Keywords of the elements that are wanted, without the pixels; None for all.

    Raises:
        InputError: If it can't be read; without the file's name.
    """
    _quieten_pydicom()
    from pydicom import dcmread

    try:
        # Old archives leave out the 128 bytes before the content; check_start has seen that
        # such a file begins as a DICOM data set does.
        return dcmread(
            path,
            force=True,
            stop_before_pixels=only is not None,
            specific_tags=list(only or ()) or None,
        )
    except PermissionError as error:
        raise InputError("It can't be opened: reading it is not permitted.") from error
    # On damaged files pydicom raises almost anything, its own kinds and Python's.
    except Exception as error:
        raise InputError("It is a damaged DICOM file: export it again.") from error


@functools.cache
def _quieten_pydicom() -> None:
    """Keeps pydicom's remarks out of logs: they quote elements, and so may name a patient."""
    from pydicom import config

    config.settings.reading_validation_mode = config.IGNORE
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", module=r"pydicom(\.|$)")


def check_start(path: Path) -> None:
    """Refuses what can't be DICOM, before pydicom sees it.

    Raises:
        InputError: With the reason.
    """
    try:
        with path.open("rb") as file:
            start = file.read(1024)
    except OSError as error:
        raise InputError("It can't be opened: check that reading it is permitted.") from error
    if not start:
        raise InputError("It is empty.")
    is_part_10 = start[128:132] == b"DICM"
    if not is_part_10 and start[:2] not in (b"\x08\x00", b"\x02\x00"):
        raise InputError("It is not a DICOM file.")
    # Unpacking deflated files isn't bounded: one megabyte can unfold to gigabytes.
    if _DEFLATED in start:
        raise InputError(
            "Its transfer syntax is Deflated Explicit VR Little Endian, which can't be read:"
            " export it uncompressed."
        )


def check_kind(dataset: "FileDataset") -> None:
    """Refuses everything but a single MR slice.

    Raises:
        InputError: With the reason.
    """
    sop_class = elements.text(dataset, "SOPClassUID")
    if _DIRECTORY in (sop_class, getattr(dataset.file_meta, "MediaStorageSOPClassUID", "")):
        raise InputError("It is a DICOMDIR, an index of other files, and holds no image.")
    modality = elements.text(dataset, "Modality")
    rows, columns = elements.whole(dataset, "Rows"), elements.whole(dataset, "Columns")
    if rows < 1 or columns < 1:
        raise InputError("It holds no image, such as a report or a presentation state.")
    if modality != "MR":
        raise InputError(f"It is no MR image (modality {_short_code(modality)}).")
    if elements.whole(dataset, "NumberOfFrames") > 1:
        raise InputError(
            "It holds many slices in one file (enhanced multi-frame), which can't be read yet:"
            " export it as one file for each slice."
        )
    if elements.whole(dataset, "SamplesPerPixel") > 1:
        raise InputError("It is a colour picture, such as a screen shot, and no MR slice.")


def _short_code(value: str) -> str:
    """A coded value for a message; anything that isn't a plain code is kept out of it."""
    return value if value.isalnum() and value.isascii() and len(value) <= 4 else "not told"


def check_transfer_syntax(dataset: "FileDataset") -> None:
    """Refuses compressed pixels that nothing installed can unpack.

    Raises:
        InputError: Naming the transfer syntax.
    """
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import UID

    uid = UID(str(getattr(dataset.file_meta, "TransferSyntaxUID", "")))
    if not uid or not uid.is_transfer_syntax or not uid.is_compressed:
        return
    try:
        available = bool(get_decoder(uid).is_available)
    except NotImplementedError:
        available = False
    if not available:
        raise InputError(
            f"Its transfer syntax is {uid.name}, which can't be unpacked here: export it"
            " uncompressed (Explicit VR Little Endian)."
        )
