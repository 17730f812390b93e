"""What a user may fix of the simulated images; the rest is as hospitals have it."""

from dataclasses import dataclass

from spinegrader.errors import InputError
from spinegrader.simulate.scanner.sequence import WEIGHTINGS


@dataclass(frozen=True)
class AcquisitionConfig:
    """Size and kind of the simulated stacks; None is drawn anew at each visit.

    Args:
        slices: Number of sagittal slices.
        rows: Of each slice; pixels grow as rows shrink, so that the field of view stays.
        columns: Of each slice; None is as many as rows.
        slice_thickness_mm: Thickness.
        slice_distance_mm: Distance of neighbouring slices' middles.
        samples_per_slice: Thinner slices that are averaged into each (partial volume).
        sequences: Weightings of each visit, in this order.
        scanner_follows_person: Gives all visits of a person one scanner and protocol, so that they
            tell who it is: only to show what such a leak does.

    Raises:
        InputError: If a number is out of range or a weighting isn't known.
    """

    slices: int | None = None
    rows: int | None = None
    columns: int | None = None
    slice_thickness_mm: float | None = None
    slice_distance_mm: float | None = None
    samples_per_slice: int = 3
    sequences: tuple[str, ...] = ("T2", "T1")
    scanner_follows_person: bool = False

    def __post_init__(self) -> None:
        sizes = [size for size in (self.rows, self.columns) if size is not None]
        slices = 1 if self.slices is None else self.slices
        if not 1 <= slices <= 99 or not all(64 <= size <= 1024 for size in sizes):
            raise InputError("Simulated stacks have 1 to 99 slices of 64 to 1024 rows and columns.")
        self._check_thickness()
        if not 1 <= self.samples_per_slice <= 9:
            raise InputError("Simulated slices are made of 1 to 9 thinner ones.")
        known = set(self.sequences) <= set(WEIGHTINGS)
        if not self.sequences or not known or len(set(self.sequences)) < len(self.sequences):
            raise InputError("Simulated sequences are T2, T1 and STIR, each at most once.")

    def _check_thickness(self) -> None:
        thickness, distance = self.slice_thickness_mm, self.slice_distance_mm
        if thickness is not None and not 0 < thickness <= 8:
            raise InputError("Simulated slices are up to 8 mm thick.")
        if distance is not None and (thickness is None or distance < thickness):
            raise InputError("Simulated slices must have a thickness and must not overlap.")
