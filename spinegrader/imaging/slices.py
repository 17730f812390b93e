"""What one image says of itself, without its pixels: plain data that crosses processes.

What each image has of its own are tuples with names: tens of thousands of them are made, kept
and handed over faster than dataclasses.
"""

from dataclasses import dataclass
from typing import NamedTuple

from spinegrader.domain.study import Patient, Study, Weighting
from spinegrader.imaging.element_reader import PixelPlace
from spinegrader.imaging.pixel_format import PixelFormat


class ImageFile(NamedTuple):
    """A file that holds one slice or many.

    Args:
        path: Where it can be read.
        name: How reports call it.
        size: Bytes.
        modified_ns: When it was last written, as the file system tells it.
        pixels: Where in it the pixels lie.
        is_deflated: Whether all of its data set is deflated.
    """

    path: str
    name: str
    size: int
    modified_ns: int
    pixels: PixelPlace
    is_deflated: bool


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class CommonHeader:
    """What most slices of one series say alike; one object serves them all.

    Args:
        series_uid: SeriesInstanceUID as it came.
        patient: Whose it is.
        has_patient_id: False if the patient's id had to be derived.
        study: Of which visit.
        facts: About its series.
        orientation: ImageOrientationPatient, LPS: direction of columns' growth, then rows'.
        spacing_mm: Distance between rows, then between columns (the order of DICOM).
        pixel_format: How its pixels are written.
        echo_number: EchoNumbers, the first.
        temporal_position: TemporalPositionIdentifier.
        image_type: ImageType without its origin and volatile parts.
        is_lossy: Whether it was ever compressed with loss.
        has_burned_in_text: Whether it says that text is part of the picture.
    """

    series_uid: str
    patient: Patient
    has_patient_id: bool
    study: Study
    facts: SeriesFacts
    orientation: tuple[float, ...]
    spacing_mm: tuple[float, ...]
    pixel_format: PixelFormat
    echo_number: int
    temporal_position: int
    image_type: tuple[str, ...]
    is_lossy: bool
    has_burned_in_text: bool

    @property
    def matrix(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.pixel_format.rows, self.pixel_format.columns


class Scaling(NamedTuple):
    """From stored to real values.

    Args:
        slope: RescaleSlope.
        intercept: RescaleIntercept.
        philips_slope: Philips' private scale slope; None where it isn't there.
    """

    slope: float = 1.0
    intercept: float = 0.0
    philips_slope: float | None = None

    @property
    def is_identity(self) -> bool:
        """Whether stored values are real ones."""
        return self.slope == 1.0 and self.intercept == 0.0


class SliceHeader(NamedTuple):
    """One readable MR slice.

    Args:
        common: What its neighbours say too.
        file: Where it lies.
        frame: Which of the file's frames it is.
        sop_uid: SOPInstanceUID; with the frame's number where a file holds many.
        position_mm: ImagePositionPatient, LPS.
        instance_number: InstanceNumber; never used to order slices in space.
        acquisition: AcquisitionNumber.
        window: Window centre and width that the slice proposes, in real values.
        scaling: From stored to real values.
    """

    common: CommonHeader
    file: ImageFile
    frame: int
    sop_uid: str
    position_mm: tuple[float, ...]
    instance_number: int
    acquisition: int
    window: tuple[float, float] | None
    scaling: Scaling
