"""Files and folders -> the MR series in them, and a reason for each file that is left out."""

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from spinegrader.domain import study
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.study import Patient, Series, Study
from spinegrader.errors import CancelledError, InputError
from spinegrader.imaging.headers import SliceHeader, read_header
from spinegrader.imaging.stacking import Stack, grouped, split_by_direction, stacked
from spinegrader.imaging.volume import plane_across, reading_position_mm, turned_for_reading

Progress = Callable[[int, int], None]
StopRequested = Callable[[], bool]


@dataclass(frozen=True)
class FoundStack:
    """Parallel slices that can be read.

    Args:
        files: One for each slice, in order along the normal of the acquired stack.
        file_names: The same, relative to the path that was given to scan.
        sop_uids: SOPInstanceUID of each file.
        acquired: Where the slices lie before they are turned for reading.
    """

    files: tuple[Path, ...]
    file_names: tuple[str, ...]
    sop_uids: tuple[str, ...]
    acquired: VolumeGeometry


@dataclass(frozen=True)
class FoundSeries:
    """One series that can be read.

    Args:
        patient: Whose it is.
        study: Of which visit.
        series: As it will be in the project, turned for reading; ``pixels`` still empty.
        series_instance_uid: As the files say it; several series here can share it.
        stacks: In the order of ``series.stacks``.
    """

    patient: Patient
    study: Study
    series: Series
    series_instance_uid: str
    stacks: tuple[FoundStack, ...]

    @property
    def uid(self) -> str:
        """The series' uid in the project."""
        return self.series.uid

    @property
    def file_names(self) -> tuple[str, ...]:
        """The files of all stacks, relative to the path that was given to scan."""
        return tuple(name for stack in self.stacks for name in stack.file_names)


@dataclass(frozen=True)
class SkippedFile:
    """A file that is left out.

    Args:
        path: Relative to the path that was given to scan, with forward slashes.
        reason: A plain sentence or two, without patient identity.
    """

    path: str
    reason: str


@dataclass(frozen=True)
class ScanReport:
    """What lies in some files and folders; each file is in one series or is skipped."""

    files_seen: int
    series: tuple[FoundSeries, ...]
    skipped: tuple[SkippedFile, ...]
    warnings: tuple[str, ...]


def _no_progress(done: int, total: int) -> None:
    del done, total


def _never() -> bool:
    return False


def scan(
    paths: Iterable[Path],
    progress: Progress = _no_progress,
    stop_requested: StopRequested = _never,
) -> ScanReport:
    """Looks through files and folders of any depth; reads headers only.

    Args:
        paths: Files and folders.
        progress: Called with files done and files in total (0 while they are being counted).
        stop_requested: Asked before each file.

    Raises:
        InputError: If a given path doesn't exist.
        CancelledError: If a stop was requested.
    """
    names = _listed(paths, progress, stop_requested)
    slices: dict[str, list[SliceHeader]] = defaultdict(list)
    skipped: list[SkippedFile] = []
    known: dict[str, str] = {}
    for done, (path, name) in enumerate(names.items()):
        _stop_if(stop_requested)
        progress(done, len(names))
        try:
            header = read_header(path)
        except InputError as error:
            skipped.append(SkippedFile(name, error.message))
            continue
        if header.sop_uid in known:
            skipped.append(SkippedFile(name, f"It is the same image as {known[header.sop_uid]}."))
            continue
        known[header.sop_uid] = name
        slices[header.series_uid].append(header)
    series, refused = _all_series(slices, names)
    skipped += [SkippedFile(names[item.path], reason) for item, reason in refused]
    progress(len(names), len(names))
    return ScanReport(len(names), tuple(series), tuple(skipped), _warnings(slices, series))


def _listed(
    paths: Iterable[Path], progress: Progress, stop_requested: StopRequested
) -> dict[Path, str]:
    """Every file once, with its name relative to the given path that it was found under."""
    names: dict[Path, str] = {}
    for given in paths:
        root = given.absolute()
        if not root.exists():
            raise InputError(f"There is no file or folder “{given.name}”: check the path.")
        for path in [root] if root.is_file() else _walked(root):
            _stop_if(stop_requested)
            name = path.name if path == root else path.relative_to(root).as_posix()
            names.setdefault(path, name)
            progress(len(names), 0)
    return names


def _walked(root: Path) -> Iterator[Path]:
    # Links to folders are not followed, so that no circle of links is walked for ever.
    for folder, subfolders, files in os.walk(root):
        subfolders.sort()
        yield from (
            Path(folder) / file for file in sorted(files) if (Path(folder) / file).is_file()
        )


def _stop_if(stop_requested: StopRequested) -> None:
    if stop_requested():
        raise CancelledError("The search for images was stopped.")


def _all_series(
    slices: Mapping[str, Sequence[SliceHeader]], names: Mapping[Path, str]
) -> tuple[list[FoundSeries], list[tuple[SliceHeader, str]]]:
    found: list[FoundSeries] = []
    refused: list[tuple[SliceHeader, str]] = []
    for series_uid, members in slices.items():
        groups = grouped(members)
        for place, group in enumerate(groups, start=1):
            # A refused group keeps its place, so that its neighbours' uids don't depend on it.
            uid = series_uid if len(groups) == 1 else f"{series_uid}.{place}"
            stacks: list[Stack] = []
            for parallel in split_by_direction(group):
                try:
                    stacks.append(stacked(parallel))
                except InputError as error:
                    refused += [(item, error.message) for item in parallel]
            if stacks:
                found.append(_found(stacks, uid, names))
    return found, refused


def _found(stacks: Sequence[Stack], uid: str, names: Mapping[Path, str]) -> FoundSeries:
    first, facts = stacks[0].slices[0], stacks[0].slices[0].facts
    plane = plane_across(first.orientation)
    ordered = sorted(stacks, key=lambda stack: reading_position_mm(stack.geometry, plane))
    main, *further = (turned_for_reading(stack.geometry, plane) for stack in ordered)
    series = Series(
        uid=uid,
        study_uid=first.study.uid,
        pixels="",
        geometry=main,
        plane=plane,
        weighting=facts.weighting,
        description=facts.description,
        number=facts.number,
        body_part=facts.body_part,
        manufacturer=facts.manufacturer,
        field_strength_t=facts.field_strength_t,
        repetition_time_ms=facts.repetition_time_ms,
        echo_time_ms=facts.echo_time_ms,
        inversion_time_ms=facts.inversion_time_ms,
        slice_thickness_mm=facts.slice_thickness_mm,
        window=_window([item for stack in ordered for item in stack.slices]),
        further_stacks=tuple(study.Stack("", geometry) for geometry in further),
    )
    return FoundSeries(
        patient=first.patient,
        study=first.study,
        series=series,
        series_instance_uid=first.series_uid,
        stacks=tuple(_found_stack(stack, names) for stack in ordered),
    )


def _found_stack(stack: Stack, names: Mapping[Path, str]) -> FoundStack:
    return FoundStack(
        files=tuple(item.path for item in stack.slices),
        file_names=tuple(names[item.path] for item in stack.slices),
        sop_uids=tuple(item.sop_uid for item in stack.slices),
        acquired=stack.geometry,
    )


def _window(slices: Sequence[SliceHeader]) -> tuple[float, float] | None:
    """The median of the slices' windows: outer slices often carry odd ones."""
    windows = [item.window for item in slices if item.window is not None]
    if not windows:
        return None
    centre, width = np.median(windows, axis=0)
    return float(centre), float(width)


def _warnings(
    slices: Mapping[str, Sequence[SliceHeader]], series: Iterable[FoundSeries]
) -> tuple[str, ...]:
    parts = Counter((item.series_instance_uid, item.series.number) for item in series)
    warnings = [
        f"Series {number} holds {count} kinds of slices with different planes, echoes or times:"
        " each came in as a series of its own."
        for (_, number), count in parts.items()
        if count > 1
    ]
    every = chain.from_iterable(slices.values())
    without = {item.patient.id for item in every if not item.has_patient_id}
    if without:
        warnings.append(
            f"The images of {len(without)} patient(s) carry no PatientID. Ids that begin with"
            " “no-id-” were derived for them from name and birth date, or from the study where"
            " these are missing: check that follow-up scans of one person came together."
        )
    return tuple(warnings)
