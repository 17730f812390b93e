"""Files -> the MR series in them, and a reason for each file that is left out."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from spinegrader.domain import study
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.study import Patient, Series, Study
from spinegrader.errors import InputError
from spinegrader.imaging.files import VolumeHeader
from spinegrader.imaging.grouping import grouped, localisers
from spinegrader.imaging.looking import UnnamedArchive
from spinegrader.imaging.sandbox import Sandbox
from spinegrader.imaging.slices import CommonHeader, SliceHeader
from spinegrader.imaging.sources import SourceFile, Sources
from spinegrader.imaging.stacking import Stack, stack_up
from spinegrader.imaging.volume import plane_across, reading_position_mm, turned_for_reading

Progress = Callable[[int, int], None]
StopRequested = Callable[[], bool]

_LOOK = "spinegrader.imaging.looking:look_at"


@dataclass(frozen=True)
class FoundStack:
    """Parallel slices that can be read.

    Args:
        slices: In order along the normal of the acquired stack.
        acquired: Where the slices lie before they are turned for reading.
    """

    slices: tuple[SliceHeader, ...]
    acquired: VolumeGeometry


@dataclass(frozen=True)
class FoundSeries:
    """One series that can be read.

    Args:
        patient: Whose it is.
        study: Of which visit.
        series: As it will be in the project, turned for reading; ``pixels`` still empty.
        series_instance_uid: As the files say it; several series here can share it.
        stacks: In the order of ``series.stacks``; none for a volume file.
        volume_file: The file that is read, if it isn't DICOM.
        data_file: The file beside it that holds its pixels, if it doesn't itself.
    """

    patient: Patient
    study: Study
    series: Series
    series_instance_uid: str
    stacks: tuple[FoundStack, ...]
    volume_file: SourceFile | None = None
    data_file: SourceFile | None = None

    @property
    def uid(self) -> str:
        """The series' uid in the project."""
        return self.series.uid

    @property
    def file_names(self) -> tuple[str, ...]:
        """The files of all stacks, each once, as reports call them."""
        return tuple(self._files.values())

    @property
    def has_burned_in_text(self) -> bool:
        """Whether a slice says that text is part of its picture."""
        return any(item.common.has_burned_in_text for stack in self.stacks for item in stack.slices)

    @property
    def file_paths(self) -> tuple[str, ...]:
        """Where those files are, absolute, in the same order."""
        return tuple(self._files)

    @property
    def _files(self) -> dict[str, str]:
        """Names by paths: two files can be called the same."""
        if self.volume_file is not None:
            files = (file for file in (self.volume_file, self.data_file) if file)
            return {file.location: file.name for file in files}
        slices = (item for stack in self.stacks for item in stack.slices)
        return {item.file.path: item.file.name for item in slices}


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that is left out.

    Args:
        path: As the report calls it: relative to what was given, with forward slashes.
        reason: A plain sentence or two, without patient identity.
        location: Where it was read, since two files can be called the same; empty if it wasn't.
    """

    path: str
    reason: str
    location: str = ""


@dataclass(frozen=True)
class ScanReport:
    """What lies in some files and folders; each file is in a series or is skipped.

    A file with many frames may be in several series.
    """

    files_seen: int
    series: tuple[FoundSeries, ...]
    skipped: tuple[SkippedFile, ...]
    warnings: tuple[str, ...]


@dataclass
class _Finds:
    """What has been looked at so far.

    ``refused`` is name and reason by path, ``data_files`` the name of files that hold the pixels
    of a volume beside them, by path.
    """

    seen: int = 0
    archives: list[SourceFile] = field(default_factory=list)
    slices: dict[str, list[SliceHeader]] = field(default_factory=lambda: defaultdict(list))
    volumes: list[tuple[SourceFile, VolumeHeader]] = field(default_factory=list)
    refused: dict[str, tuple[str, str]] = field(default_factory=dict)
    skipped: list[SkippedFile] = field(default_factory=list)
    data_files: dict[str, str] = field(default_factory=dict)
    known: dict[str, SliceHeader] = field(default_factory=dict)
    common: dict[CommonHeader, CommonHeader] = field(default_factory=dict)
    latest_common: tuple[CommonHeader | None, CommonHeader | None] = (None, None)
    repeated_uids: int = 0


def _no_progress(done: int, total: int) -> None:
    del done, total


def _never() -> bool:
    return False


def scan(
    sources: Sources,
    sandbox: Sandbox,
    progress: Progress = _no_progress,
    stop_requested: StopRequested = _never,
) -> ScanReport:
    """Looks through files and folders of any depth; reads headers only.

    Args:
        sources: Files, folders, archives.
        sandbox: Where the files are parsed.
        progress: Called with files done and files in total (0 while that isn't known).
        stop_requested: Asked all the time.

    Raises:
        CancelledError: If a stop was requested.
    """
    finds = _Finds()
    total = sources.count(stop_requested)

    def look(files: Iterator[SourceFile]) -> None:
        for source, outcome in sandbox.map(_LOOK, files, stop_requested):
            _take(source, outcome, finds)
            progress(finds.seen, max(total, finds.seen))

    look(sources.files(stop_requested))
    while finds.archives:
        look(sources.unpacked(finds.archives.pop(0), stop_requested))
    volumes = [_found_volume(source, header, finds) for source, header in finds.volumes]
    finds.skipped += [
        SkippedFile(name, reason, path) for path, (name, reason) in finds.refused.items()
    ]
    finds.skipped += [SkippedFile(name, reason) for name, reason in sources.problems]
    finds.seen += len(sources.problems)
    series, refused, warnings = _all_series(finds)
    series = [*volumes, *series]
    finds.skipped += _skipped_files(series, refused)
    left_out = _frames_left_out(finds.skipped, refused)
    notes = (*sources.warnings, *warnings, *left_out, *_warnings(finds, series))
    return ScanReport(finds.seen, tuple(series), tuple(finds.skipped), notes)


def _take(source: SourceFile, outcome: object, finds: _Finds) -> None:
    if isinstance(outcome, UnnamedArchive):
        finds.archives.append(source)
        return
    finds.seen += 1
    if isinstance(outcome, InputError):
        finds.refused[source.location] = source.name, outcome.message
    elif isinstance(outcome, VolumeHeader):
        finds.volumes.append((source, outcome))
    elif isinstance(outcome, tuple):
        _take_slices(outcome, finds)
    else:
        raise TypeError(f"Not what a file can be: {type(outcome).__name__}")


def _take_slices(slices: tuple[SliceHeader, ...], finds: _Finds) -> None:
    for item in slices:
        first = finds.known.setdefault(item.sop_uid, item)
        if first is not item:
            if first.position_mm == item.position_mm and (
                first.common.series_uid == item.common.series_uid
            ):
                reason = f"It is the same image as {first.file.name}."
                finds.skipped.append(SkippedFile(item.file.name, reason, item.file.path))
                # Of many frames in one file, one reason is enough.
                return
            finds.repeated_uids += 1
        finds.slices[item.common.series_uid].append(_sharing(item, finds))


def _sharing(item: SliceHeader, finds: _Finds) -> SliceHeader:
    """The slice with the one object that stands for what its neighbours say too."""
    came, kept = finds.latest_common
    if came is not item.common:
        came = item.common
        kept = finds.common.setdefault(came, came)
        finds.latest_common = came, kept
    return item if kept is None or came is kept else item._replace(common=kept)


def _all_series(
    finds: _Finds,
) -> tuple[list[FoundSeries], list[tuple[SliceHeader, str]], list[str]]:
    found: list[FoundSeries] = []
    refused: list[tuple[SliceHeader, str]] = []
    warnings: list[str] = []
    for series_uid, members in finds.slices.items():
        groups = grouped(members)
        aside = localisers(groups)
        for place, group in enumerate(groups, start=1):
            if any(group is other for other in aside):
                reason = "It is a localiser: it lies across the other slices of its series."
                refused += [(item, reason) for item in group]
                continue
            # A refused group keeps its place, so that its neighbours' uids don't depend on it.
            uid = series_uid if len(groups) - len(aside) == 1 else f"{series_uid}.{place}"
            if uid != series_uid and uid in finds.slices:
                uid = f"{series_uid}.0.{place}"
            stacking = stack_up(group)
            refused += stacking.refused
            warnings += stacking.warnings
            if stacking.stacks:
                found.append(_found(stacking.stacks, uid))
    return found, refused, warnings


def _skipped_files(
    series: Iterable[FoundSeries], refused: Sequence[tuple[SliceHeader, str]]
) -> Iterator[SkippedFile]:
    """One reason for each file that isn't in any series."""
    used = (
        {item.file.path for one in series for stack in one.stacks for item in stack.slices}
        if refused
        else set()
    )
    for item, reason in refused:
        if item.file.path not in used:
            used.add(item.file.path)
            yield SkippedFile(item.file.name, reason, item.file.path)


def _frames_left_out(
    skipped: Iterable[SkippedFile], refused: Iterable[tuple[SliceHeader, str]]
) -> Iterator[str]:
    """A sentence on frames whose file came in with others, and so isn't among the skipped."""
    told = {item.location for item in skipped}
    frames = Counter(
        (item.file.name, reason) for item, reason in refused if item.file.path not in told
    )
    for (name, reason), count in frames.items():
        yield f"{count} frame{'' if count == 1 else 's'} of {name} did not come in. {reason}"


def _found_volume(source: SourceFile, header: VolumeHeader, finds: _Finds) -> FoundSeries:
    """A volume, with the file beside it that holds its pixels."""
    beside = None
    if header.data_path is not None:
        beside = SourceFile(str(header.data_path), _name_of_data(header.data_path, finds))
    uid = header.series.uid
    return FoundSeries(header.patient, header.study, header.series, uid, (), source, beside)


def _name_of_data(path: Path, finds: _Finds) -> str:
    """What the report calls a file that holds pixels; it is no longer refused as one of its own.

    Several volumes can share it, and it counts as seen if only the volume was given.
    """
    place = str(path)
    if place in finds.refused:
        finds.data_files[place], _ = finds.refused.pop(place)
    elif place not in finds.data_files:
        finds.seen += 1
        finds.data_files[place] = path.name
    return finds.data_files[place]


def _found(stacks: Sequence[Stack], uid: str) -> FoundSeries:
    first = stacks[0].slices[0].common
    facts = first.facts
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
        stacks=tuple(FoundStack(stack.slices, stack.geometry) for stack in ordered),
    )


def _window(slices: Sequence[SliceHeader]) -> tuple[float, float] | None:
    """The median of the slices' windows: outer slices often carry odd ones."""
    windows = [item.window for item in slices if item.window is not None]
    if not windows:
        return None
    centre, width = np.median(windows, axis=0)
    return float(centre), float(width)


def _warnings(finds: _Finds, series: Iterable[FoundSeries]) -> Iterator[str]:
    dicom = [item for item in series if item.volume_file is None]
    parts = Counter((item.series_instance_uid, item.series.number) for item in dicom)
    for (_, number), count in parts.items():
        if count > 1:
            yield (
                f"Series {number} holds {count} kinds of slices with different planes, echoes or"
                " times: each came in as a series of its own."
            )
    if finds.repeated_uids:
        yield (
            f"{finds.repeated_uids} image(s) carry the SOPInstanceUID of another one but show"
            " something else: both came in. Their sender gives UIDs that aren't unique."
        )
    without = {item.patient.id for item in finds.common if not item.has_patient_id}
    if without:
        yield (
            f"The images of {len(without)} patient(s) carry no PatientID. Ids that begin with"
            " “no-id-” were derived for them from name and birth date, or from the study where"
            " these are missing: check that follow-up scans of one person came together."
        )
    if len(dicom) < len(tuple(series)):
        yield (
            "NIfTI, MetaImage and NRRD files tell no patient and no date: patient and study were"
            " taken from the files' names."
        )
