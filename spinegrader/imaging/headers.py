"""The cheap first look at one file: is it an MR slice, and of what?"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spinegrader.domain.study import Patient, Study, Weighting
from spinegrader.errors import InputError
from spinegrader.imaging import elements
from spinegrader.imaging.reading import (
    check_kind,
    check_start,
    check_transfer_syntax,
    read_dataset,
)
from spinegrader.imaging.weighting import Timing, weighting_of

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_TAGS = [
    "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Modality",
    "SpecificCharacterSet", "PatientID", "PatientName", "PatientSex", "PatientBirthDate",
    "StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate", "StudyDescription",
    "SeriesDescription", "ProtocolName", "SeriesNumber", "InstanceNumber", "BodyPartExamined",
    "Manufacturer", "ManufacturerModelName", "MagneticFieldStrength", "ImageType",
    "ScanningSequence", "RepetitionTime", "EchoTime", "EchoNumbers", "InversionTime",
    "SliceThickness", "SpacingBetweenSlices", "TemporalPositionIdentifier",
    "ImageOrientationPatient", "ImagePositionPatient", "PixelSpacing", "Rows", "Columns",
    "NumberOfFrames", "SamplesPerPixel", "PhotometricInterpretation", "WindowCenter",
    "WindowWidth",
]  # fmt: skip

_LONGEST_UID = 64

# Values of ImageType that say how a slice was corrected or combined, not what it shows; within
# one stack some scanners set them on some slices only.
_VOLATILE_TYPES = frozenset(
    {"ND", "NORM", "DIS2D", "DIS3D", "FIL", "FM", "SH", "MFSPLIT", "OTHER", "AI"}
)


@dataclass(frozen=True)
class SeriesFacts:
    """What a slice says about its series, in the terms of domain.study.Series."""

    description: str
    number: int
    body_part: str
    manufacturer: str
    field_strength_t: float | None
    repetition_time_ms: float | None
    echo_time_ms: float | None
    inversion_time_ms: float | None
    slice_thickness_mm: float | None
    slice_distance_mm: float | None
    weighting: Weighting


@dataclass(frozen=True)
class SliceHeader:
    """One readable MR slice, without its pixels.

    Args:
        path: Its file.
        sop_uid: SOPInstanceUID.
        series_uid: SeriesInstanceUID as it came.
        patient: Whose it is.
        has_patient_id: False if the patient's id had to be derived.
        study: Of which visit.
        facts: About its series.
        orientation: ImageOrientationPatient, LPS: direction of columns' growth, then rows'.
        position_mm: ImagePositionPatient, LPS.
        spacing_mm: Distance between rows, then between columns (the order of DICOM).
        matrix: Rows and columns.
        echo_number: EchoNumbers, the first.
        temporal_position: TemporalPositionIdentifier.
        image_type: ImageType without its origin and volatile parts.
        instance_number: InstanceNumber; never used to order slices in space.
        window: Window centre and width that the slice proposes.
    """

    path: Path
    sop_uid: str
    series_uid: str
    patient: Patient
    has_patient_id: bool
    study: Study
    facts: SeriesFacts
    orientation: tuple[float, ...]
    position_mm: tuple[float, ...]
    spacing_mm: tuple[float, ...]
    matrix: tuple[int, int]
    echo_number: int
    temporal_position: int
    image_type: tuple[str, ...]
    instance_number: int
    window: tuple[float, float] | None


def read_header(path: Path) -> SliceHeader:
    """Reads one file's header.

    Raises:
        InputError: If it isn't an MR slice that can be stacked; the message says why, without
            the file's name and without patient identity.
    """
    check_start(path)
    dataset = read_dataset(path, only=_TAGS)
    check_kind(dataset)
    check_transfer_syntax(dataset)
    orientation, position, spacing = _placement(dataset)
    uids = [elements.text(dataset, f"{name}InstanceUID") for name in ("SOP", "Study", "Series")]
    if not all(0 < len(uid) <= _LONGEST_UID for uid in uids):
        raise InputError("It lacks the UIDs that say which study and series it belongs to.")
    sop_uid, study_uid, series_uid = uids
    patient, has_patient_id = _patient(dataset, study_uid)
    return SliceHeader(
        path=path,
        sop_uid=sop_uid,
        series_uid=series_uid,
        patient=patient,
        has_patient_id=has_patient_id,
        study=_study(dataset, study_uid, patient.id),
        facts=_facts(dataset),
        orientation=orientation,
        position_mm=position,
        spacing_mm=spacing,
        matrix=(elements.whole(dataset, "Rows"), elements.whole(dataset, "Columns")),
        echo_number=elements.whole(dataset, "EchoNumbers"),
        temporal_position=elements.whole(dataset, "TemporalPositionIdentifier"),
        image_type=_image_type(dataset),
        instance_number=elements.whole(dataset, "InstanceNumber"),
        window=_window(dataset),
    )


def _placement(
    dataset: "Dataset",
) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
    orientation = elements.numbers(dataset, "ImageOrientationPatient", 6)
    position = elements.numbers(dataset, "ImagePositionPatient", 3)
    spacing = elements.numbers(dataset, "PixelSpacing", 2)
    missing = [
        name
        for name, value in (
            ("orientation", orientation),
            ("position", position),
            ("pixel spacing", spacing),
        )
        if value is None
    ]
    if orientation is None or position is None or spacing is None:
        raise InputError(
            f"Its {' and '.join(missing)} is missing or unreadable, so that it has no place in"
            " the patient: export the original images."
        )
    if min(spacing) <= 0:
        raise InputError("Its pixel spacing is zero or negative: export the original images.")
    return orientation, position, spacing


def _patient(dataset: "Dataset", study_uid: str) -> tuple[Patient, bool]:
    given = elements.text(dataset, "PatientID")
    name = elements.person(dataset, "PatientName")
    birth_date = elements.date(dataset, "PatientBirthDate")
    sex = elements.text(dataset, "PatientSex")
    identity = given
    if not identity:
        # Name and birth date together tell a person; a name alone would merge two people.
        told = f"{name}|{birth_date}|{sex}" if name and birth_date else study_uid
        identity = f"no-id-{hashlib.sha256(told.encode()).hexdigest()[:16]}"
    return Patient(identity, name, sex, birth_date), bool(given)


def _study(dataset: "Dataset", uid: str, patient_id: str) -> Study:
    date = elements.date(dataset, "StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate")
    return Study(uid, patient_id, date, elements.text(dataset, "StudyDescription"))


def _facts(dataset: "Dataset") -> SeriesFacts:
    description = elements.text(dataset, "SeriesDescription")
    maker = (elements.text(dataset, name) for name in ("Manufacturer", "ManufacturerModelName"))
    timing = Timing(
        repetition_time_ms=elements.positive(dataset, "RepetitionTime"),
        echo_time_ms=elements.positive(dataset, "EchoTime"),
        inversion_time_ms=elements.positive(dataset, "InversionTime"),
        sequences=frozenset(elements.texts(dataset, "ScanningSequence")),
        description=f"{description} {elements.text(dataset, 'ProtocolName')}",
    )
    return SeriesFacts(
        description=description,
        number=elements.whole(dataset, "SeriesNumber"),
        body_part=elements.text(dataset, "BodyPartExamined"),
        manufacturer=" ".join(maker).strip(),
        field_strength_t=elements.positive(dataset, "MagneticFieldStrength"),
        repetition_time_ms=timing.repetition_time_ms,
        echo_time_ms=timing.echo_time_ms,
        inversion_time_ms=timing.inversion_time_ms,
        slice_thickness_mm=elements.positive(dataset, "SliceThickness"),
        slice_distance_mm=elements.positive(dataset, "SpacingBetweenSlices"),
        weighting=weighting_of(timing),
    )


def _image_type(dataset: "Dataset") -> tuple[str, ...]:
    kinds = elements.texts(dataset, "ImageType")[2:]
    return tuple(kind for kind in kinds if kind not in _VOLATILE_TYPES)


def _window(dataset: "Dataset") -> tuple[float, float] | None:
    centre, width = (
        elements.number(dataset, "WindowCenter"),
        elements.positive(dataset, "WindowWidth"),
    )
    # An inverted image's window would have to be turned with it; the default serves as well.
    is_inverted = elements.text(dataset, "PhotometricInterpretation") == "MONOCHROME1"
    return None if centre is None or width is None or is_inverted else (centre, width)
