"""What all images of one simulated series have in common, as the MR Image asks for it.

Modules: DICOM PS3.3, A.4.3 (MR Image IOD) and C.8.3.1 (MR Image).
"""

import datetime as dt
import uuid
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import UID, MRImageStorage
from pydicom.valuerep import DSfloat

from spinegrader import __version__
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.simulate.output.habits import HABITS, Habits
from spinegrader.simulate.scanner.protocol import Protocol
from spinegrader.simulate.scanner.scaling import Pixels, Received
from spinegrader.simulate.scanner.sequence import Sequence

IMAGE_COMMENT = "Simulated image"
"""ImageComments of every file: nobody may take it for a real patient's."""

_NAMESPACE = uuid.UUID("7d0d6c5e-93a4-5b0e-8f0a-2f6a1b1f9a11")
_MHZ_PER_T = 42.577
_MINUTES_PER_SERIES = 6
_DAYS_PER_YEAR = 365.25
_AIR_SHARE = 0.08
_TISSUE_PERCENTILE = 70
_BRIGHT_SHARE = 1.35
"""The window ends above most of what is brighter than air: the fat behind the spine, near to the
coil, is left to be white, as scanners leave it."""

_PRIVATE_GROUP = 0x0019
_PRIVATE_PADDING = 128
"""Bytes of the private element that only takes up room, as those of real scanners do for others."""


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
    """

    key: str
    patient_id: str
    patient_name: str
    sex: str
    birth_date: dt.date
    at: dt.datetime
    number: int

    @property
    def study_uid(self) -> str:
        """StudyInstanceUID."""
        return made_uid(f"{self.key}/study")

    def series_uid(self, number: int) -> str:
        """SeriesInstanceUID of the series of that number."""
        return made_uid(f"{self.key}/series/{number}")

    @property
    def age_years(self) -> float:
        """Of the person."""
        return (self.at.date() - self.birth_date).days / _DAYS_PER_YEAR


def made_uid(text: str) -> UID:
    """A UID that follows from a text alone (UUID-derived, DICOM PS3.5 B.2)."""
    return UID(f"2.25.{uuid.uuid5(_NAMESPACE, text).int}")


def decimals(*values: float, digits: int = 6) -> list[DSfloat]:
    """Numbers as decimal strings of at most 16 characters.

    They are rounded first: the last bits of computed numbers differ between processors.
    """
    return [DSfloat(round(float(value), digits) + 0.0, auto_format=True) for value in values]


def series_attributes(
    visit: Visit, number: int, received: Received, protocol: Protocol, geometry: VolumeGeometry
) -> Dataset:
    """The attributes of a series, without those of its single images.

    Args:
        visit: The study.
        number: SeriesNumber.
        received: Pixels, and the sequence that they were made with.
        protocol: Of the study.
        geometry: Of the pixels.
    """
    habits = HABITS[protocol.scanner.vendor]
    common = Dataset()
    _add_patient_and_study(common, visit, habits)
    _add_series(common, visit, number, received.sequence.weighting, habits)
    _add_equipment(common, protocol)
    _add_sequence(common, received.sequence, protocol, habits)
    _add_geometry(common, protocol, geometry, habits)
    _add_pixels(common, received)
    _add_private(common, habits)
    return common


def _add_patient_and_study(common: Dataset, visit: Visit, habits: Habits) -> None:
    common.SpecificCharacterSet = habits.character_set
    common.PatientName = visit.patient_name
    common.PatientID = visit.patient_id
    common.PatientBirthDate = f"{visit.birth_date:%Y%m%d}"
    common.PatientSex = visit.sex
    common.PatientAge = f"{int(visit.age_years):03d}Y"
    common.PatientComments = "Simulated person"
    common.StudyInstanceUID = visit.study_uid
    common.StudyDate = f"{visit.at:%Y%m%d}"
    common.StudyTime = f"{visit.at:%H%M%S}"
    common.ReferringPhysicianName = ""
    common.StudyID = str(visit.number)
    common.AccessionNumber = ""
    common.StudyDescription = habits.study


def _add_series(common: Dataset, visit: Visit, number: int, weighting: str, habits: Habits) -> None:
    at = visit.at + dt.timedelta(minutes=_MINUTES_PER_SERIES * number)
    common.SOPClassUID = MRImageStorage
    common.SeriesInstanceUID = visit.series_uid(number)
    common.Modality = "MR"
    common.SeriesNumber = number
    common.SeriesDescription = habits.series[weighting]
    if habits.protocol[weighting]:
        common.ProtocolName = habits.protocol[weighting]
    common.BodyPartExamined = "LSPINE"
    common.PatientPosition = habits.patient_position
    common.FrameOfReferenceUID = made_uid(f"{visit.key}/frame")
    common.PositionReferenceIndicator = ""
    for name in ("Series", "Acquisition", "Content"):
        setattr(common, f"{name}Date", f"{at:%Y%m%d}")
        setattr(common, f"{name}Time", f"{at:%H%M%S}")
    common.ImageComments = IMAGE_COMMENT


def _add_equipment(common: Dataset, protocol: Protocol) -> None:
    scanner = protocol.scanner
    common.Manufacturer = scanner.manufacturer
    common.ManufacturerModelName = scanner.model
    common.SoftwareVersions = __version__
    common.MagneticFieldStrength = decimals(scanner.field_strength_t)[0]
    common.ImagingFrequency = decimals(scanner.field_strength_t * _MHZ_PER_T, digits=4)[0]
    common.ImagedNucleus = "1H"


def _add_sequence(common: Dataset, sequence: Sequence, protocol: Protocol, habits: Habits) -> None:
    common.ImageType = list(habits.image_type)
    common.ScanningSequence = "SE"
    common.SequenceVariant = "SK"
    common.ScanOptions = "SP" if protocol.saturation_band else ""
    common.MRAcquisitionType = "2D"
    if habits.sequence_name:
        common.SequenceName = habits.sequence_name.format(echoes=sequence.echo_train_length)
    common.RepetitionTime = decimals(sequence.repetition_time_ms)[0]
    common.EchoTime = decimals(sequence.echo_time_ms)[0]
    common.EchoTrainLength = sequence.echo_train_length
    if sequence.inversion_time_ms is not None:
        common.ScanningSequence = ["SE", "IR"]
        common.InversionTime = decimals(sequence.inversion_time_ms)[0]
    common.FlipAngle = decimals(sequence.refocusing_deg)[0]
    common.NumberOfAverages = decimals(sequence.averages)[0]
    common.PixelBandwidth = decimals(sequence.bandwidth_hz)[0]
    along_columns = sequence.phase_axis == "HF"
    common.InPlanePhaseEncodingDirection = "COL" if along_columns else "ROW"
    sizes = (protocol.rows, protocol.columns)
    phase, frequency = sizes if along_columns else sizes[::-1]
    encoded = round(frequency * sequence.acquired_frequency), round(phase * sequence.acquired_phase)
    common.AcquisitionMatrix = [0, *encoded, 0] if along_columns else [encoded[0], 0, 0, encoded[1]]
    common.PercentSampling = decimals(100 * sequence.acquired_phase, digits=2)[0]
    common.PercentPhaseFieldOfView = decimals(100 * phase / frequency, digits=2)[0]


def _add_geometry(
    common: Dataset, protocol: Protocol, geometry: VolumeGeometry, habits: Habits
) -> None:
    column_mm, row_mm, slice_mm = geometry.spacing_mm
    directions = (*geometry.directions[:, 0], *geometry.directions[:, 1])
    common.ImageOrientationPatient = decimals(*directions, digits=10)
    common.PixelSpacing = decimals(row_mm, column_mm)
    common.SliceThickness = decimals(protocol.slice_thickness_mm)[0]
    if habits.spacing_written:
        common.SpacingBetweenSlices = decimals(slice_mm)[0]


def _add_pixels(common: Dataset, received: Received) -> None:
    pixels = received.pixels
    is_signed = pixels.dtype.kind == "i"
    common.SamplesPerPixel = 1
    common.PhotometricInterpretation = "MONOCHROME2"
    common.Rows, common.Columns = pixels.shape[1:]
    common.BitsAllocated = 16
    common.BitsStored, common.HighBit = received.bits_stored, received.bits_stored - 1
    common.PixelRepresentation = int(is_signed)
    slope, intercept = received.rescale_slope, received.rescale_intercept
    if slope is None or intercept is None:
        slope, intercept = 1.0, 0.0
    else:
        common.RescaleIntercept = decimals(intercept)[0]
        common.RescaleSlope = decimals(slope)[0]
        common.RescaleType = "US"
    bright = _bright(pixels[len(pixels) // 2]) * slope + intercept
    common.WindowCenter = decimals(bright / 2, digits=0)[0]
    common.WindowWidth = decimals(max(bright, 1), digits=0)[0]


def _add_private(common: Dataset, habits: Habits) -> None:
    if not habits.private_creator:
        return
    block = common.private_block(_PRIVATE_GROUP, habits.private_creator, create=True)
    block.add_new(0x08, "LO", "simulated")
    block.add_new(0x10, "OB", bytes(_PRIVATE_PADDING))


def _bright(pixels: Pixels) -> float:
    """The value at which the window ends, from a slice in the middle."""
    tissue = pixels[pixels > _AIR_SHARE * np.percentile(pixels, 99)]
    return _BRIGHT_SHARE * float(np.percentile(tissue, _TISSUE_PERCENTILE)) if tissue.size else 1.0
