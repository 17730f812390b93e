"""What is measured on the vertebrae and discs of a series, as rows of a table."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.measures import (
    DiscMeasures,
    MeasuringPlane,
    coronal_deviations_mm,
    disc_measures,
    lumbar_lordosis_degrees,
)
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.scheme import Scheme
from spinegrader.domain.study import Series
from spinegrader.errors import InputError
from spinegrader.services.exporting import Exported, beside, study_columns, write_csv
from spinegrader.services.session import Session
from spinegrader.texts import for_translation


@dataclass(frozen=True)
class Measure:
    """One column of the table.

    Args:
        name: In files.
        title: On screen.
        decimals: That are worth telling.
        of: Takes it from the measures of a disc; None where it doesn't apply.
    """

    name: str
    title: str
    decimals: int
    of: Callable[[DiscMeasures], float | None]

    def value_of(self, measures: DiscMeasures | None) -> float | None:
        """The value with as many decimals as are worth telling."""
        value = None if measures is None else self.of(measures)
        return None if value is None else _rounded(value, self.decimals)

    def text_of(self, measures: DiscMeasures | None) -> str:
        """The value in words; empty where there is none."""
        value = self.value_of(measures)
        return "" if value is None else f"{value:.{self.decimals}f}"


MEASURES = (
    Measure("height_anterior_mm", "Height in front (mm)", 1, lambda disc: disc.height.anterior_mm),
    Measure("height_middle_mm", "Height in the middle (mm)", 1, lambda disc: disc.height.middle_mm),
    Measure(
        "height_posterior_mm", "Height at the back (mm)", 1, lambda disc: disc.height.posterior_mm
    ),
    Measure("height_mean_mm", "Mean height (mm)", 1, lambda disc: disc.height.mean_mm),
    Measure(
        "height_per_neighbours",
        "Height / neighbouring discs",
        2,
        lambda disc: disc.height_per_neighbours,
    ),
    Measure(
        "height_per_body_height",
        "Height / body height",
        2,
        lambda disc: disc.height_per_body_height,
    ),
    Measure("height_per_depth", "Height / body depth", 2, lambda disc: disc.height_per_depth),
    Measure("disc_angle_degrees", "Disc angle (°)", 1, lambda disc: disc.disc_angle_degrees),
    Measure(
        "segment_lordosis_degrees",
        "Segment lordosis (°)",
        1,
        lambda disc: disc.segment_lordosis_degrees,
    ),
    Measure("slip_forward_mm", "Slip forward (mm)", 1, lambda disc: disc.slip.forward_mm),
    Measure("slip_percent", "Slip forward (%)", 1, lambda disc: disc.slip.percent),
)
"""The columns behind the disc's name, in order."""

COLUMNS = (
    "patient",
    "patient_record",
    "study_uid",
    "study_date",
    "duplicate_of",
    "series_uid",
    "overlay",
    "author",
    "numbering_basis",
    "disc",
    *(measure.name for measure in MEASURES),
    "slip_direction",
    "upper_body_aside_mm",
    "lumbar_lordosis_degrees",
)


@dataclass(frozen=True)
class SeriesMeasures:
    """All measures of one series.

    Args:
        discs: By disc, head to feet; None for one whose endplates have no length.
        lumbar_lordosis_degrees: From L1 to S1; None where one isn't drawn.
        asides_mm: How far each vertebra lies beside the line from the first to the last one,
            positive to the patient's left.
    """

    discs: Mapping[DiscLevel, DiscMeasures | None] = field(default_factory=dict)
    lumbar_lordosis_degrees: float | None = None
    asides_mm: Mapping[VertebraLevel, float] = field(default_factory=dict)

    def rows(self) -> list[tuple[str, ...]]:
        """One row a disc: its name, then the text of each of ``MEASURES``."""
        return [
            (str(level), *(measure.text_of(found) for measure in MEASURES))
            for level, found in self.discs.items()
        ]


def measures_of(session: Session, series_uid: str) -> SeriesMeasures:
    """Measures the vertebrae that are drawn on a series, as they stand on screen.

    Overlays that another series lends are not measured: the patient may have moved.

    Args:
        session: The open project.
        series_uid: A sagittal series; without an overlay there is nothing to tell.

    Raises:
        InputError: If the series isn't in the project.
    """
    series = session.state.series.get(series_uid)
    if series is None:
        raise InputError("The series to be measured is not in the project.")
    overlay = session.seen.overlay(series_uid)
    return SeriesMeasures() if overlay is None else measured(overlay, series.geometry)


def measured(overlay: Overlay, geometry: VolumeGeometry) -> SeriesMeasures:
    """Measures an overlay in the plane of the slices that it is drawn on."""
    plane = MeasuringPlane.of(geometry)
    return SeriesMeasures(
        {disc.level: _of_disc(overlay, disc.level, plane) for disc in overlay.discs},
        lumbar_lordosis_degrees(overlay, plane),
        coronal_deviations_mm(overlay, plane),
    )


def _of_disc(overlay: Overlay, level: DiscLevel, plane: MeasuringPlane) -> DiscMeasures | None:
    try:
        return disc_measures(overlay, level, plane)
    except InputError:
        # Corners that lie on one spot while a reader is still dragging them.
        return None


def _rounded(value: float, decimals: int) -> float:
    """Without a minus sign before zero."""
    return round(value, decimals) + 0.0


# -- export ---------------------------------------------------------------------------------


def export_measures(session: Session, path: Path) -> int:
    """Writes the measures of every series with vertebrae as a tidy table, one row a disc.

    Returns:
        The number of rows.

    Raises:
        InputError: If the file can't be written; one that was there before stays.
    """
    rows = list(_rows(session))
    write_csv(path, COLUMNS, rows)
    return len(rows)


def export_measures_beside(
    folder: Path, scheme: Scheme, path: Path, stop_requested: Callable[[], bool]
) -> Exported:
    """Writes the measures of what is on the disk, while a session goes on changing it.

    Runs on any thread: it reads the project for itself. Arguments and errors are those of
    ``exporting.export_beside``.
    """

    def write(session: Session) -> Exported:
        return Exported(path, export_measures(session, path), what=for_translation("measures"))

    return beside(folder, scheme, write, stop_requested)


def _rows(session: Session) -> Iterator[dict[str, object]]:
    for study_uid in session.state.studies:
        common = study_columns(session.state, study_uid)
        for series in session.state.series_of(study_uid):
            overlay = session.state.overlay(series.uid)
            if overlay is not None:
                for row in _rows_of_series(overlay, series):
                    yield common | row


def _rows_of_series(overlay: Overlay, series: Series) -> Iterator[dict[str, object]]:
    found = measured(overlay, series.geometry)
    lordosis = found.lumbar_lordosis_degrees
    for level, measures in found.discs.items():
        yield {
            "series_uid": series.uid,
            "overlay": overlay.state.value,
            "author": overlay.author,
            "numbering_basis": overlay.numbering.basis.value,
            "disc": str(level),
            **{measure.name: measure.value_of(measures) for measure in MEASURES},
            "slip_direction": "" if measures is None else measures.slip.direction,
            "upper_body_aside_mm": _rounded(found.asides_mm[level.upper], 1),
            "lumbar_lordosis_degrees": None if lordosis is None else _rounded(lordosis, 1),
        }
