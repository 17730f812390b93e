"""The cheap first look at one file: is it an MR slice, or several, and of what?"""

import hashlib
import logging
import os
import warnings
from functools import cache, lru_cache
from typing import TypeVar

from spinegrader.domain.study import Patient, Study
from spinegrader.errors import InputError
from spinegrader.imaging.decoding import check_transfer_syntax
from spinegrader.imaging.element_reader import damaged
from spinegrader.imaging.elements import PRIVATE_BLOCKS, Elements, tag_of
from spinegrader.imaging.frames import frames_of, is_multi_frame
from spinegrader.imaging.kinds import check_kind
from spinegrader.imaging.parsing import RawDataset, parse_file
from spinegrader.imaging.pixel_format import PixelFormat, TransferSyntax
from spinegrader.imaging.slices import CommonHeader, ImageFile, Scaling, SeriesFacts, SliceHeader
from spinegrader.imaging.sources import SourceFile
from spinegrader.imaging.weighting import Timing, weighting_of

_COMMON = (
    "SpecificCharacterSet", "SOPClassUID", "ImageType", "StudyDate", "SeriesDate",
    "AcquisitionDate", "ContentDate", "Modality", "Manufacturer", "StudyDescription",
    "SeriesDescription", "ManufacturerModelName", "AcquisitionContrast", "PatientName",
    "PatientID", "PatientBirthDate", "PatientSex", "BodyPartExamined", "ScanningSequence",
    "SliceThickness", "RepetitionTime", "EchoTime", "InversionTime", "EchoNumbers",
    "MagneticFieldStrength", "SpacingBetweenSlices", "ProtocolName", "StudyInstanceUID",
    "SeriesInstanceUID", "SeriesNumber", "ImageOrientationPatient",
    "TemporalPositionIdentifier", "SamplesPerPixel", "PhotometricInterpretation",
    "NumberOfFrames", "Rows", "Columns", "PixelSpacing", "BitsAllocated", "BitsStored",
    "HighBit", "PixelRepresentation", "LossyImageCompression", "EchoPulseSequence",
    "BurnedInAnnotation",
)  # fmt: skip
_OWN = (
    "SOPInstanceUID", "InstanceNumber", "AcquisitionNumber", "ImagePositionPatient",
    "WindowCenter", "WindowWidth", "RescaleSlope", "RescaleIntercept",
)  # fmt: skip
_FRAMES = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")

_PHILIPS = (0x2005, b"Philips MR Imaging DD 001", 0x0E)
"""Private creator and element of the scale slope."""

T = TypeVar("T")

_LONGEST_UID = 64
_MOST_COMMON_HEADERS = 512

# Values of ImageType that say how a slice was corrected or combined, not what it shows; within
# one stack some scanners set them on some slices only.
_VOLATILE_TYPES = frozenset(
    {"ND", "NORM", "DIS2D", "DIS3D", "FIL", "FM", "SH", "MFSPLIT", "OTHER", "AI"}
)

_known: dict[tuple[object, ...], CommonHeader] = {}


@cache
def _tags(*keywords: str) -> frozenset[int]:
    return frozenset(tag_of(keyword) for keyword in keywords)


@cache
def _common_tags() -> tuple[int, ...]:
    return tuple(tag_of(keyword) for keyword in _COMMON)


@cache
def _wanted() -> frozenset[int]:
    group, _, element = _PHILIPS
    private = {group << 16 | block for block in PRIVATE_BLOCKS}
    private |= {group << 16 | block << 8 | element for block in PRIVATE_BLOCKS}
    return _tags(*_COMMON, *_OWN, *_FRAMES) | private


def read_headers(source: SourceFile) -> tuple[SliceHeader, ...]:
    """Reads one file's header: one slice, or as many as it has frames.

    Raises:
        InputError: If it holds no MR slice that can be stacked; the message says why, without
            the file's name and without patient identity.
    """
    _quieten_pydicom()
    raw, status = parse_file(source.location, _wanted())
    elements = Elements(raw)
    has_frames = is_multi_frame(elements)
    if raw.pixels is None or has_frames:
        check_kind(elements)
    file = _image_file(source, raw, status)
    if has_frames:
        frames = enumerate(frames_of(elements))
        slices = tuple(_slice(frame, file, index, True) for index, frame in frames)
    else:
        slices = (_slice(elements, file, 0, False),)
    _check_pixels(slices[0].common.pixel_format, file)
    return slices


@cache
def _quieten_pydicom() -> None:
    """Keeps pydicom's remarks out of logs: they quote elements, and so may name a patient."""
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", module=r"pydicom(\.|$)")


def _image_file(source: SourceFile, raw: RawDataset, status: os.stat_result) -> ImageFile:
    if raw.pixels is None:
        what = "floating-point pixels" if raw.has_float_pixels else "no pixels"
        raise InputError(f"It holds {what}, and so no MR slice as scanners write them.")
    return ImageFile(
        source.location,
        source.name,
        status.st_size,
        status.st_mtime_ns,
        _shared(raw.pixels),
        raw.transfer_syntax == TransferSyntax.DEFLATED,
    )


@lru_cache(maxsize=1024, typed=True)
def _shared(value: T) -> T:
    """The one object of this value: it crosses to the other process once for many slices."""
    return value


def _slice(elements: Elements, file: ImageFile, frame: int, is_one_of_many: bool) -> SliceHeader:
    position = elements.numbers("ImagePositionPatient", 3)
    common = _common(elements, has_position=position is not None)
    if position is None:
        raise damaged()
    uid = elements.text("SOPInstanceUID")
    if not 0 < len(uid) <= _LONGEST_UID:
        raise _without_uids()
    return SliceHeader(
        common=common,
        file=file,
        frame=frame,
        sop_uid=f"{uid}.{frame + 1}" if is_one_of_many else uid,
        position_mm=position,
        instance_number=frame + 1 if is_one_of_many else elements.whole("InstanceNumber"),
        acquisition=elements.whole("AcquisitionNumber"),
        window=_shared(_window(elements, common)),
        scaling=_shared(_scaling(elements)),
    )


def _common(elements: Elements, *, has_position: bool) -> CommonHeader:
    """The part that neighbours share, made once for all that say exactly the same."""
    values = elements.raw.values
    key = (
        elements.raw.transfer_syntax,
        elements.raw.has_pixels_in_words,
        has_position,
        *map(values.get, _common_tags()),
    )
    common = _known.get(key)
    if common is None:
        common = _make_common(elements, has_position=has_position)
        if len(_known) >= _MOST_COMMON_HEADERS:
            _known.clear()
        _known[key] = common
    return common


def _make_common(elements: Elements, *, has_position: bool) -> CommonHeader:
    check_kind(elements)
    orientation, spacing = _placement(elements, has_position=has_position)
    study_uid, series_uid = (elements.text(f"{name}InstanceUID") for name in ("Study", "Series"))
    if not all(0 < len(uid) <= _LONGEST_UID for uid in (study_uid, series_uid)):
        raise _without_uids()
    patient, has_patient_id = _patient(elements, study_uid)
    date = elements.date("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate")
    kinds = elements.texts("ImageType")[2:]
    return CommonHeader(
        series_uid=series_uid,
        patient=patient,
        has_patient_id=has_patient_id,
        study=Study(study_uid, patient.id, date, elements.text("StudyDescription")),
        facts=_facts(elements),
        orientation=orientation,
        spacing_mm=spacing,
        pixel_format=_pixel_format(elements),
        echo_number=elements.whole("EchoNumbers"),
        temporal_position=elements.whole("TemporalPositionIdentifier"),
        image_type=tuple(kind for kind in kinds if kind not in _VOLATILE_TYPES),
        is_lossy=elements.text("LossyImageCompression") == "01",
        has_burned_in_text=elements.text("BurnedInAnnotation").upper() == "YES",
    )


def _without_uids() -> InputError:
    return InputError("It lacks the UIDs that say which study and series it belongs to.")


def _placement(
    elements: Elements, *, has_position: bool
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    orientation = elements.numbers("ImageOrientationPatient", 6)
    spacing = elements.numbers("PixelSpacing", 2)
    found = {
        "orientation": orientation is not None,
        "position": has_position,
        "pixel spacing": spacing is not None,
    }
    missing = [name for name, is_there in found.items() if not is_there]
    if missing or orientation is None or spacing is None:
        raise InputError(
            f"Its {' and '.join(missing)} is missing or unreadable, so that it has no place in"
            " the patient: export the original images."
        )
    if min(spacing) <= 0:
        raise InputError("Its pixel spacing is zero or negative: export the original images.")
    return orientation, spacing


def _patient(elements: Elements, study_uid: str) -> tuple[Patient, bool]:
    given = elements.text("PatientID")
    name = elements.person("PatientName")
    birth_date = elements.date("PatientBirthDate")
    sex = elements.text("PatientSex")
    identity = given
    if not identity:
        # Name and birth date together tell a person; a name alone would merge two people.
        told = f"{name}|{birth_date}|{sex}" if name and birth_date else study_uid
        identity = f"no-id-{hashlib.sha256(told.encode()).hexdigest()[:16]}"
    return Patient(identity, name, sex, birth_date), bool(given)


def _facts(elements: Elements) -> SeriesFacts:
    description = elements.text("SeriesDescription")
    words = (description, elements.text("ProtocolName"), elements.text("AcquisitionContrast"))
    maker = (elements.text(name) for name in ("Manufacturer", "ManufacturerModelName"))
    timing = Timing(
        repetition_time_ms=elements.positive("RepetitionTime"),
        echo_time_ms=elements.positive("EchoTime"),
        inversion_time_ms=elements.positive("InversionTime"),
        sequences=frozenset(elements.texts("ScanningSequence")),
        description=" ".join(words),
    )
    return SeriesFacts(
        description=description,
        number=elements.whole("SeriesNumber"),
        body_part=elements.text("BodyPartExamined"),
        manufacturer=" ".join(maker).strip(),
        field_strength_t=elements.positive("MagneticFieldStrength"),
        repetition_time_ms=timing.repetition_time_ms,
        echo_time_ms=timing.echo_time_ms,
        inversion_time_ms=timing.inversion_time_ms,
        slice_thickness_mm=elements.positive("SliceThickness"),
        slice_distance_mm=elements.positive("SpacingBetweenSlices"),
        weighting=weighting_of(timing),
    )


def _pixel_format(elements: Elements) -> PixelFormat:
    allocated = elements.whole("BitsAllocated")
    stored = elements.whole("BitsStored") or allocated
    return PixelFormat(
        transfer_syntax=elements.raw.transfer_syntax,
        rows=elements.whole("Rows"),
        columns=elements.whole("Columns"),
        frames=max(1, elements.whole("NumberOfFrames")),
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=elements.whole("HighBit") or stored - 1,
        is_signed=elements.whole("PixelRepresentation") == 1,
        photometric=elements.text("PhotometricInterpretation") or "MONOCHROME2",
        is_in_words=elements.raw.has_pixels_in_words,
    )


def _scaling(elements: Elements) -> Scaling:
    slope = elements.number("RescaleSlope")
    if slope == 0:
        raise InputError("Its rescale slope is zero, so that it shows nothing: export it again.")
    return Scaling(
        1.0 if slope is None else slope,
        elements.number("RescaleIntercept") or 0.0,
        elements.private_number(*_PHILIPS),
    )


def _window(elements: Elements, common: CommonHeader) -> tuple[float, float] | None:
    centre, width = elements.number("WindowCenter"), elements.positive("WindowWidth")
    # An inverted image's window would have to be turned with it; the default serves as well.
    is_inverted = common.pixel_format.photometric == "MONOCHROME1"
    return None if centre is None or width is None or is_inverted else (centre, width)


def _check_pixels(pixel_format: PixelFormat, file: ImageFile) -> None:
    """Compares what the header promises with what the file holds, before anything is allocated."""
    pixel_format.check()
    if pixel_format.is_native:
        promised = pixel_format.bytes_per_frame * pixel_format.frames
        there = file.pixels.length
        in_file = None if file.is_deflated else file.size - file.pixels.offset
        if there is None or there < promised or (in_file is not None and in_file < promised):
            raise InputError("It holds fewer pixels than it promises: export or copy it again.")
        # Padding is forgiven; a whole frame too many means that the header is wrong.
        if there - promised >= pixel_format.bytes_per_frame:
            raise InputError("It holds more pixels than its header says: export it again.")
        return
    check_transfer_syntax(pixel_format.transfer_syntax)
