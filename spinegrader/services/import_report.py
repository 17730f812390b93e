"""What an import did, file by file, with counts that add up."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from spinegrader.domain.edits import ImportStudies
from spinegrader.domain.study import Patient, Series, Study
from spinegrader.store.staging import PixelStaging
from spinegrader.texts import translate, translate_count


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that did not come in.

    Args:
        path: As the report calls it.
        reason: A plain sentence or two.
    """

    path: str
    reason: str


@dataclass(frozen=True)
class Taken:
    """A series and what it was read from.

    Args:
        series: As the project has it.
        files: As the report calls them.
        locations: Where they were read, since two files can be called the same.
    """

    series: Series
    files: tuple[str, ...]
    locations: tuple[str, ...]


@dataclass(frozen=True)
class ImportReport:
    """What an import did.

    Args:
        files_seen: Each is in ``taken``, ``already_there`` or ``skipped``.
        patients: Of the series that came in.
        studies: Of the series that came in.
        known_studies: Of the series that the project had.
        taken: Series that the project did not have before.
        already_there: Series that it had.
        skipped: What did not come in, and why.
        warnings: What a reader should know.
        staging: Where the new images wait until the import is applied.
    """

    files_seen: int
    patients: tuple[Patient, ...]
    studies: tuple[Study, ...]
    known_studies: tuple[Study, ...]
    taken: tuple[Taken, ...]
    already_there: tuple[Taken, ...]
    skipped: tuple[Skipped, ...]
    warnings: tuple[str, ...]
    staging: PixelStaging = field(compare=False, repr=False)

    @property
    def series(self) -> tuple[Series, ...]:
        """The series that came in."""
        return tuple(item.series for item in self.taken)

    @property
    def edit(self) -> ImportStudies:
        """The change that brings it all into the project."""
        return ImportStudies(self.patients, self.studies, self.series)

    @property
    def files_taken(self) -> int:
        """Files whose images came in now."""
        return len({file for item in self.taken for file in item.locations})

    @property
    def files_already_there(self) -> int:
        """Files whose images the project had, and nothing else."""
        known = {file for item in self.already_there for file in item.locations}
        return len(known - {file for item in self.taken for file in item.locations})

    def sentence(self) -> str:
        """What happened, in one sentence."""
        if not self.taken and self.already_there:
            parts = [translate("Nothing new")]
        else:
            taken = len(self.taken)
            words = translate_count("{count} series came in", "{count} series came in", taken)
            parts = [words.format(count=taken)]
        if self.already_there:
            there = len(self.already_there)
            words = translate_count(
                "{count} series was already there", "{count} series were already there", there
            )
            parts.append(words.format(count=there))
        if self.skipped:
            skipped = len(self.skipped)
            words = translate_count("{count} file skipped", "{count} files skipped", skipped)
            parts.append(words.format(count=skipped))
        seen = translate_count("{count} file seen", "{count} files seen", self.files_seen)
        return f"{', '.join(parts)} ({seen.format(count=self.files_seen)})."

    def by_reason(self) -> dict[str, list[str]]:
        """The skipped files of each reason, the most frequent reason first."""
        reasons: dict[str, list[str]] = {}
        for item in self.skipped:
            reasons.setdefault(item.reason, []).append(item.path)
        return dict(sorted(reasons.items(), key=lambda entry: -len(entry[1])))

    def as_json(self, project: Path) -> dict[str, Any]:
        """The report as the command line prints it and the window saves it."""
        return {
            "project": str(project),
            "patients": len(self.patients),
            "studies": len(self.studies),
            "files_seen": self.files_seen,
            "files_taken": self.files_taken,
            "files_already_there": self.files_already_there,
            "files_skipped": len(self.skipped),
            "series": list(self._as_json(self.taken)),
            "already_there": len(self.already_there),
            "series_already_there": list(self._as_json(self.already_there)),
            "skipped": [asdict(item) for item in self.skipped],
            "warnings": list(self.warnings),
        }

    def _as_json(self, taken: tuple[Taken, ...]) -> Iterator[dict[str, Any]]:
        studies = {study.uid: study for study in (*self.known_studies, *self.studies)}
        for item in taken:
            series, study = item.series, studies.get(item.series.study_uid)
            yield {
                "uid": series.uid,
                "patient": study.patient_id if study else "",
                "study": series.study_uid,
                "study_date": str(study.date or "") if study else "",
                "description": series.description,
                "plane": str(series.plane),
                "weighting": str(series.weighting),
                "region": str(series.region),
                "shape": [series.slice_count, *series.geometry.shape[1:]],
                "stacks": len(series.stacks),
                "spacing_mm": [round(value, 4) for value in series.geometry.spacing_mm],
                "slice_thickness_mm": series.slice_thickness_mm,
                "files": list(item.files),
            }
