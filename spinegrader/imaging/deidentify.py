"""One DICOM file without anything that tells whose it is: DICOM PS3.15, annex E.

Nothing is taken out of the file that came: a new one is built from the elements that
resources/deidentification.json lists and from the decoded pixels, so that what the list doesn't
name can't stay, wherever it hides.
"""

import functools
import io
import logging
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from spinegrader import __version__
from spinegrader.domain.study import Patient
from spinegrader.durable import is_disk_full, write_durably
from spinegrader.errors import InputError
from spinegrader.imaging.decoding import EncodedPixels, decode_pixels
from spinegrader.imaging.deidentify_elements import (
    Cleaner,
    date_of,
    first_number,
    text_of,
    values_of,
)
from spinegrader.imaging.deidentify_table import Table, load_table
from spinegrader.imaging.pixel_format import PixelFormat, TransferSyntax
from spinegrader.imaging.pseudonyms import Pseudonymiser

if TYPE_CHECKING:
    from pydicom.dataset import Dataset, FileDataset

TASK = "spinegrader.imaging.deidentify:deidentify_file"

_MR = frozenset(f"1.2.840.10008.5.1.4.1.1.4{ending}" for ending in ("", ".1", ".4"))
_SECONDARY_CAPTURE = frozenset(
    f"1.2.840.10008.5.1.4.1.1.7{ending}" for ending in ("", ".1", ".2", ".3", ".4")
)
_DIRECTORY = "1.2.840.10008.1.3.10"
_SCREEN_WORDS = ("SCREEN", "CAPTURE")
_BASIC_PROFILE = ("113100", "Basic Application Confidentiality Profile")
_SAFE_PRIVATE = ("113111", "Retain Safe Private Option")
# UUID-derived (PS3.5, B.2): names this writer of files, nothing about them.
_IMPLEMENTATION = "2.25.1769211741791781513375952559836437839"
_DELIMITER = b"\xfe\xff\xdd\xe0\x00\x00\x00\x00"
# Elements that MR images must have even where nothing may be told (PS3.3, type 2).
_EMPTY = (
    "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "ReferringPhysicianName", "StudyID",
    "AccessionNumber", "PositionReferenceIndicator",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FileToDeidentify:
    """What one run of :func:`deidentify_file` needs.

    Args:
        path: The file.
        name: As the report calls it.
        output: Where the new one goes; its folder exists.
        table: resources/deidentification.json.
        key: Secret.
        keep_pictures_with_text: Whether pictures that may show a name are written, too.
    """

    path: Path
    name: str
    output: Path
    table: Path
    key: bytes = field(repr=False)
    keep_pictures_with_text: bool = False


@dataclass(frozen=True, slots=True)
class Deidentified:
    """What was written, under its new names."""

    patient_id: str
    study_uid: str
    series_uid: str
    sop_uid: str


@dataclass(frozen=True, slots=True)
class MayShowText:
    """Nothing was written, since the picture itself may show whose it is."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotWritten:
    """Nothing was written, since the disk took no more."""

    is_full: bool


def deidentify_file(item: FileToDeidentify) -> Deidentified | MayShowText | NotWritten:
    """Writes a de-identified copy of an MR image.

    Raises:
        InputError: If it isn't an MR image, or is damaged; without names.
    """
    dataset = _read(item.path)
    _check_kind(dataset)
    reason = _text_shown(dataset)
    if reason and not item.keep_pictures_with_text:
        return MayShowText(reason)
    pseudonymiser = Pseudonymiser(item.key)
    result = _deidentified(dataset, load_table(item.table), pseudonymiser, shows_text=bool(reason))
    content = _as_file(result)
    try:
        write_durably(item.output, content)
    except OSError as error:
        return NotWritten(is_disk_full(error))
    return Deidentified(
        str(result.PatientID),
        str(result.StudyInstanceUID),
        str(result.SeriesInstanceUID),
        str(result.SOPInstanceUID),
    )


def _deidentified(
    dataset: "FileDataset", table: Table, pseudonymiser: Pseudonymiser, *, shows_text: bool
) -> "Dataset":
    patient = _patient(dataset)
    cleaner = Cleaner(table, pseudonymiser, patient)
    result = cleaner.cleaned(dataset)
    options = {_BASIC_PROFILE[0]: _BASIC_PROFILE[1], **table.options}
    if cleaner.add_private(dataset, result):
        options[_SAFE_PRIVATE[0]] = _SAFE_PRIVATE[1]
    # Written whether they were there or not.
    result.PatientID = result.PatientName = pseudonymiser.patient_id(patient.id)
    if shows_text and result.get("BurnedInAnnotation") == "NO":
        del result.BurnedInAnnotation
    for keyword in _EMPTY:
        if keyword not in result:
            setattr(result, keyword, "")
    _add_pixels(dataset, result)
    _mark(result, table.standard, options)
    return result


def _mark(result: "Dataset", standard: str, options: dict[str, str]) -> None:
    """Says that and how the file was de-identified (PS3.3, C.7.1.1; codes of CID 7050)."""
    from pydicom.dataset import Dataset

    result.PatientIdentityRemoved = "YES"
    result.LongitudinalTemporalInformationModified = "MODIFIED"
    result.DeidentificationMethod = f"SpineGrader {__version__}, {standard}"[:64]
    codes = []
    for code, meaning in sorted(options.items()):
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code, "DCM", meaning
        codes.append(item)
    result.DeidentificationMethodCodeSequence = codes


def _add_pixels(dataset: "FileDataset", result: "Dataset") -> None:
    """Decodes the pixels and stores them plainly: no bytes beside them, no text in a codestream."""
    if text_of(dataset, "PhotometricInterpretation") not in ("MONOCHROME1", "MONOCHROME2"):
        raise InputError("It is a colour picture, such as a screen shot, and no MR slice.")
    value = next(iter(values_of(dataset, "PixelData")), None)
    if not isinstance(value, bytes):
        raise InputError("Its pixels are damaged: export or copy it again.")
    stored = _pixel_format(dataset)
    source = value if stored.is_native else value + _DELIMITER
    length = len(source) if stored.is_native else None
    pixels = decode_pixels(EncodedPixels(source, 0, length, stored))
    result.BitsAllocated, result.BitsStored = stored.bits_allocated, stored.bits_stored
    result.HighBit = stored.bits_stored - 1
    data = pixels.astype(pixels.dtype.newbyteorder("<"), copy=False).tobytes()
    result.PixelData = data + b"\0" * (len(data) % 2)
    result["PixelData"].VR = "OB" if stored.bits_allocated == 8 else "OW"


def _pixel_format(dataset: "FileDataset") -> PixelFormat:
    def number(keyword: str) -> int:
        return first_number(values_of(dataset, keyword))

    return PixelFormat(
        transfer_syntax=_transfer_syntax(dataset),
        rows=number("Rows"),
        columns=number("Columns"),
        frames=number("NumberOfFrames") or 1,
        bits_allocated=number("BitsAllocated"),
        bits_stored=number("BitsStored"),
        high_bit=number("HighBit") or number("BitsStored") - 1,
        is_signed=number("PixelRepresentation") == 1,
        photometric=text_of(dataset, "PhotometricInterpretation"),
        is_in_words=dataset["PixelData"].VR != "OB",
    )


def _as_file(result: "Dataset") -> bytes:
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import UID

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = result.SOPClassUID
    meta.MediaStorageSOPInstanceUID = result.SOPInstanceUID
    meta.TransferSyntaxUID = UID(TransferSyntax.EXPLICIT_LITTLE_ENDIAN)
    meta.ImplementationClassUID = UID(_IMPLEMENTATION)
    meta.ImplementationVersionName = "SPINEGRADER"
    result.file_meta = meta
    buffer = io.BytesIO()
    try:
        result.save_as(buffer, enforce_file_format=True)
    # An element's value that its own kind of number can't hold ends in almost any error.
    except Exception as error:
        raise InputError("It holds numbers out of their range: export it again.") from error
    return buffer.getvalue()


def _check_kind(dataset: "FileDataset") -> None:
    sop_class = text_of(dataset, "SOPClassUID")
    if _DIRECTORY in (sop_class, text_of(dataset.file_meta, "MediaStorageSOPClassUID")):
        raise InputError("It is a DICOMDIR, an index of other files, and holds no image.")
    if "PixelData" not in dataset:
        raise InputError("It holds no image, such as a report or an enclosed document.")
    if sop_class not in _MR | _SECONDARY_CAPTURE:
        raise InputError("It is no MR image: only these are de-identified.")
    uids = [text_of(dataset, f"{name}InstanceUID") for name in ("SOP", "Study", "Series")]
    if not all(uids):
        raise InputError("It lacks the UIDs that say which study and series it belongs to.")


def _text_shown(dataset: "FileDataset") -> str:
    """Why the picture itself may show whose it is; empty if nothing speaks for it."""
    if text_of(dataset, "BurnedInAnnotation").upper() == "YES":
        return "It says that text is burned into the picture, which may name the patient."
    kinds = " ".join(str(item).upper() for item in values_of(dataset, "ImageType"))
    is_capture = text_of(dataset, "SOPClassUID") in _SECONDARY_CAPTURE
    if is_capture or text_of(dataset, "ConversionType") or any(w in kinds for w in _SCREEN_WORDS):
        return "It is a screen shot or a scanned picture, which may show the patient's name."
    return ""


def _patient(dataset: "FileDataset") -> Patient:
    """Whose image it is, by the same rule as on import where no PatientID is given."""
    given = text_of(dataset, "PatientID")
    name, sex = text_of(dataset, "PatientName"), text_of(dataset, "PatientSex")
    birth_date = date_of(dataset, "PatientBirthDate")
    if not given:
        told = f"{name}|{birth_date}|{sex}" if name and birth_date else ""
        given = f"no-id-{told or text_of(dataset, 'StudyInstanceUID')}"
    return Patient(given, name, sex, birth_date)


def _read(path: Path) -> "FileDataset":
    _quieten_pydicom()
    from pydicom import dcmread

    try:
        with path.open("rb") as file:
            start = file.read(132)
    except OSError as error:
        raise InputError("It can't be opened: check that reading it is permitted.") from error
    if start[128:] != b"DICM" and start[:2] not in (b"\x08\x00", b"\x02\x00"):
        raise InputError("It is not a DICOM file.")
    try:
        return dcmread(path, force=True)
    # On damaged files pydicom raises almost anything, its own kinds and Python's.
    except Exception as error:
        raise InputError("It is a damaged DICOM file: export it again.") from error


def _transfer_syntax(dataset: "FileDataset") -> str:
    told = text_of(dataset.file_meta, "TransferSyntaxUID")
    if told:
        return told
    # A file without a header of its own says by its form how it is written.
    is_implicit, is_little_endian = dataset.original_encoding
    if not is_little_endian:
        return TransferSyntax.EXPLICIT_BIG_ENDIAN
    return (
        TransferSyntax.IMPLICIT_LITTLE_ENDIAN
        if is_implicit
        else TransferSyntax.EXPLICIT_LITTLE_ENDIAN
    )


@functools.cache
def _quieten_pydicom() -> None:
    """Keeps pydicom's remarks out of logs: they quote elements, and so may name a patient."""
    from pydicom import config

    config.settings.reading_validation_mode = config.IGNORE
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", module=r"pydicom(\.|$)")
