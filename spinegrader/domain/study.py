"""Patient -> study -> series, as a project knows them."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.region import Region, region_of


class Plane(StrEnum):
    """Orientation of a series, from its geometry."""

    SAGITTAL = "sagittal"
    AXIAL = "axial"
    CORONAL = "coronal"


class Weighting(StrEnum):
    """Contrast of a series, from its timing."""

    T1 = "T1"
    T2 = "T2"
    STIR = "STIR"
    PD = "PD"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Patient:
    """One patient record, under the PatientID that the images carry.

    Several records may be one person: ``ProjectState.person_of`` tells.
    """

    id: str
    name: str = ""
    sex: str = ""
    birth_date: dt.date | None = None


@dataclass(frozen=True)
class Study:
    """One visit."""

    uid: str
    patient_id: str
    date: dt.date | None = None
    description: str = ""

    def __post_init__(self) -> None:
        _require_uid(self.uid)


@dataclass(frozen=True)
class Stack:
    """Parallel, evenly spaced slices, whose pixels lie in an immutable file of the project.

    Args:
        pixels: SHA-256 that names the pixel file.
        geometry: Where its pixels lie in the patient.
    """

    pixels: str
    geometry: VolumeGeometry


@dataclass(frozen=True)
class Series:
    """Slices of one contrast and plane.

    Most series are one stack. Axial ones are often several, each tilted along its own disc.

    Args:
        uid: SeriesInstanceUID; ends in ``.1``, ``.2`` … where the images of one differ in
            plane, contrast, size or time, so that they are several series here.
        study_uid: StudyInstanceUID.
        pixels: SHA-256 that names the pixel file of the first stack.
        geometry: Where that stack's pixels lie in the patient.
        plane: From the geometry.
        weighting: From the timing.
        description: SeriesDescription as it came.
        number: SeriesNumber.
        body_part: BodyPartExamined as it came.
        manufacturer: Scanner maker and model, to tell scanners apart.
        field_strength_t: Tesla; None where the images don't say.
        repetition_time_ms: TR; None likewise.
        echo_time_ms: TE; None likewise.
        inversion_time_ms: TI; None likewise.
        slice_thickness_mm: Thickness, not the distance between slices; None likewise.
        window: Window centre and width that the images propose; None likewise.
        further_stacks: Those that are tilted otherwise.
        slice_hashes: A short hash of the pixels of each slice of all stacks, empty for a blank
            slice; none where the series came in before these were kept.
    """

    uid: str
    study_uid: str
    pixels: str
    geometry: VolumeGeometry
    plane: Plane
    weighting: Weighting
    description: str = ""
    number: int = 0
    body_part: str = ""
    manufacturer: str = ""
    field_strength_t: float | None = None
    repetition_time_ms: float | None = None
    echo_time_ms: float | None = None
    inversion_time_ms: float | None = None
    slice_thickness_mm: float | None = None
    window: tuple[float, float] | None = None
    further_stacks: tuple[Stack, ...] = ()
    slice_hashes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _require_uid(self.uid)

    @property
    def stacks(self) -> tuple[Stack, ...]:
        """All stacks, at least one."""
        return (Stack(self.pixels, self.geometry), *self.further_stacks)

    @property
    def slice_count(self) -> int:
        """Slices of all stacks."""
        return sum(stack.geometry.shape[0] for stack in self.stacks)

    @property
    def is_sagittal(self) -> bool:
        """Whether vertebrae and discs can be drawn on it."""
        return self.plane is Plane.SAGITTAL

    @property
    def region(self) -> Region:
        """Which part of the spine it shows, as far as its words tell."""
        return region_of(self.body_part, self.description)

    @property
    def title(self) -> str:
        """Plane and weighting in words, such as “Sagittal T2”."""
        weighting = "" if self.weighting is Weighting.UNKNOWN else f" {self.weighting}"
        return f"{self.plane.capitalize()}{weighting}"


def _require_uid(uid: str) -> None:
    if not uid or len(uid) > 80:
        raise ValueError(f"Not a usable UID: {uid[:80]!r}")


def reading_order(series: Series) -> tuple[int, int, int, int]:
    """Sort key that puts the series to grade first: sagittal before others, T2 before T1.

    Other parts of the body come behind the lumbar spine and what may be it. Among equals the
    one with more slices, then the lower number, comes first.
    """
    return reading_rank(
        series.plane, series.weighting, series.region, series.slice_count, series.number
    )


def reading_rank(
    plane: Plane, weighting: Weighting, region: Region, slice_count: int, number: int
) -> tuple[int, int, int, int]:
    """The sort key of :func:`reading_order`, for what is known of a series."""
    preference = (Weighting.T2, Weighting.T1, Weighting.STIR, Weighting.PD, Weighting.UNKNOWN)
    is_sagittal = plane is Plane.SAGITTAL
    rank = preference.index(weighting) + (0 if is_sagittal else len(preference))
    is_elsewhere = region not in (Region.LUMBAR, Region.UNKNOWN)
    return int(is_elsewhere), rank, -slice_count, number
