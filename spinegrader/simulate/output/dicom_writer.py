"""Writes simulated stacks as single-frame MR Image Storage (DICOM PS3.3 A.4)."""

import datetime as dt
import uuid
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, MRImageStorage
from pydicom.valuerep import DSfloat

from spinegrader import __version__
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.simulate.scanner.acquisition import Pixels
from spinegrader.simulate.scanner.tissues import Sequence

IMAGE_COMMENT = "Simulated image"
"""ImageComments of every file: nobody may take it for a real patient's."""

_NAMESPACE = uuid.UUID("7d0d6c5e-93a4-5b0e-8f0a-2f6a1b1f9a11")
_FIELD_STRENGTH_T = 1.5
_MHZ_PER_T = 42.577


@dataclass(frozen=True)
class Visit:
    """What all images of one study have in common.

    Args:
        key: Text that is this study's alone; its UIDs are made from it.
        patient_id: PatientID.
        patient_name: PatientName.
        sex: ``F`` or ``M``.
        birth_date: PatientBirthDate.
        at: When the study began.
        number: Of the person's visits, from 1.
        scanner: ManufacturerModelName.
    """

    key: str
    patient_id: str
    patient_name: str
    sex: str
    birth_date: dt.date
    at: dt.datetime
    number: int
    scanner: str

    @property
    def study_uid(self) -> str:
        """StudyInstanceUID."""
        return made_uid(f"{self.key}/study")

    def series_uid(self, number: int) -> str:
        """SeriesInstanceUID of the series of that number."""
        return made_uid(f"{self.key}/series/{number}")


def made_uid(text: str) -> UID:
    """A UID that follows from a text alone (UUID-derived, DICOM PS3.5 B.2)."""
    return UID(f"2.25.{uuid.uuid5(_NAMESPACE, text).int}")


def write_series(
    folder: Path,
    visit: Visit,
    number: int,
    sequence: Sequence,
    pixels: Pixels,
    geometry: VolumeGeometry,
    thickness_mm: float,
) -> int:
    """Writes one file a slice, ``IM0001`` and on, and returns how many.

    Args:
        folder: Made if it isn't there.
        visit: The study.
        number: SeriesNumber.
        sequence: Weighting and timing.
        pixels: (slices, rows, columns).
        geometry: Of these pixels.
        thickness_mm: SliceThickness.

    Raises:
        OSError: If the files can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    common = _series_attributes(visit, number, sequence, pixels, geometry, thickness_mm)
    series_uid = visit.series_uid(number)
    for index in range(pixels.shape[0]):
        sop_uid = made_uid(f"{visit.key}/series/{number}/image/{index + 1}")
        image = Dataset()
        image.update(common)
        image.SeriesInstanceUID = series_uid
        image.SOPInstanceUID = sop_uid
        image.InstanceNumber = index + 1
        position = geometry.to_mm((0, 0, index))
        image.ImagePositionPatient = _decimals(*position)
        normal = np.cross(geometry.directions[:, 0], geometry.directions[:, 1])
        image.SliceLocation = _decimals(float(position @ normal))[0]
        image.PixelData = pixels[index].astype("<u2").tobytes()
        image.file_meta = _file_meta(sop_uid)
        image.save_as(folder / f"IM{index + 1:04d}", enforce_file_format=True)
    return int(pixels.shape[0])


def _file_meta(sop_uid: UID) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = MRImageStorage
    meta.MediaStorageSOPInstanceUID = sop_uid
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = made_uid("implementation")
    meta.ImplementationVersionName = "SPINEGRADER"
    return meta


def _series_attributes(
    visit: Visit,
    number: int,
    sequence: Sequence,
    pixels: Pixels,
    geometry: VolumeGeometry,
    thickness_mm: float,
) -> Dataset:
    common = Dataset()
    _add_patient_and_study(common, visit)
    _add_series(common, visit, number, sequence)
    _add_sequence(common, sequence)
    _add_image(common, pixels, geometry, thickness_mm)
    return common


def _add_patient_and_study(common: Dataset, visit: Visit) -> None:
    common.SpecificCharacterSet = "ISO_IR 192"
    common.PatientName = visit.patient_name
    common.PatientID = visit.patient_id
    common.PatientBirthDate = f"{visit.birth_date:%Y%m%d}"
    common.PatientSex = visit.sex
    years = (visit.at.date() - visit.birth_date).days // 365.25
    common.PatientAge = f"{int(years):03d}Y"
    common.PatientComments = "Simulated person"
    common.StudyInstanceUID = visit.study_uid
    common.StudyDate = f"{visit.at:%Y%m%d}"
    common.StudyTime = f"{visit.at:%H%M%S}"
    common.ReferringPhysicianName = ""
    common.StudyID = str(visit.number)
    common.AccessionNumber = ""
    common.StudyDescription = "Lumbar spine MR (simulated)"


def _add_series(common: Dataset, visit: Visit, number: int, sequence: Sequence) -> None:
    at = visit.at + dt.timedelta(minutes=6 * number)
    common.Modality = "MR"
    common.SeriesNumber = number
    common.SeriesDescription = f"Sagittal {sequence.weighting} TSE (simulated)"
    common.BodyPartExamined = "LSPINE"
    common.PatientPosition = "HFS"
    common.FrameOfReferenceUID = made_uid(f"{visit.key}/frame")
    common.PositionReferenceIndicator = ""
    common.Manufacturer = "SpineGrader"
    common.ManufacturerModelName = visit.scanner
    common.SoftwareVersions = __version__
    common.SOPClassUID = MRImageStorage
    for name in ("Series", "Acquisition", "Content"):
        setattr(common, f"{name}Date", f"{at:%Y%m%d}")
        setattr(common, f"{name}Time", f"{at:%H%M%S}")
    common.AcquisitionNumber = 1
    common.ImageComments = IMAGE_COMMENT


def _add_sequence(common: Dataset, sequence: Sequence) -> None:
    common.ImageType = ["ORIGINAL", "PRIMARY", "OTHER"]
    common.ScanningSequence = "SE"
    common.SequenceVariant = "SK"
    common.ScanOptions = ""
    common.MRAcquisitionType = "2D"
    common.RepetitionTime = _decimals(sequence.repetition_time_ms)[0]
    common.EchoTime = _decimals(sequence.echo_time_ms)[0]
    common.EchoTrainLength = sequence.echo_train_length
    common.FlipAngle = "90"
    common.NumberOfAverages = "1"
    common.MagneticFieldStrength = _decimals(_FIELD_STRENGTH_T)[0]
    common.ImagingFrequency = _decimals(round(_FIELD_STRENGTH_T * _MHZ_PER_T, 4))[0]
    common.ImagedNucleus = "1H"


def _add_image(
    common: Dataset, pixels: Pixels, geometry: VolumeGeometry, thickness_mm: float
) -> None:
    column_mm, row_mm, slice_mm = geometry.spacing_mm
    common.ImageOrientationPatient = _decimals(
        *geometry.directions[:, 0], *geometry.directions[:, 1]
    )
    common.PixelSpacing = _decimals(row_mm, column_mm)
    common.SliceThickness = _decimals(thickness_mm)[0]
    common.SpacingBetweenSlices = _decimals(slice_mm)[0]
    common.SamplesPerPixel = 1
    common.PhotometricInterpretation = "MONOCHROME2"
    common.Rows, common.Columns = pixels.shape[1:]
    common.BitsAllocated, common.BitsStored, common.HighBit = 16, 12, 11
    common.PixelRepresentation = 0
    common.SmallestImagePixelValue = int(pixels.min())
    common.LargestImagePixelValue = int(pixels.max())
    bright = float(np.percentile(pixels[pixels.shape[0] // 2], 98.5))
    common.WindowCenter = _decimals(round(bright / 2))[0]
    common.WindowWidth = _decimals(max(round(bright), 1))[0]


def _decimals(*values: float) -> list[DSfloat]:
    """Numbers as decimal strings of at most 16 characters."""
    return [DSfloat(float(value), auto_format=True) for value in values]
