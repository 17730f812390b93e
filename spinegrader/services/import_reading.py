"""From series that a scan has found to images that wait to come into a project."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from spinegrader.domain.study import Patient, Series, Stack, Study
from spinegrader.errors import CancelledError, InputError
from spinegrader.services.import_report import ImportReport, Skipped, Taken
from spinegrader.services.likeness import other_id_sentence, with_own_id
from spinegrader.services.wording import counted
from spinegrader.store.project import ProjectStore
from spinegrader.store.staging import PixelStaging
from spinegrader.texts import for_translation

if TYPE_CHECKING:
    from spinegrader.imaging.dicom import LoadedSeries
    from spinegrader.imaging.pseudonyms import Pseudonymiser
    from spinegrader.imaging.sandbox import Sandbox
    from spinegrader.imaging.scan import FoundSeries, ScanReport

CANCELLED = "The import was cancelled; the project is as it was."
_SAME_VOLUME = "It is the same image as another file of this import."
_BURNED_IN = (
    "It says that text is burned into its picture, which may name the patient: look at it, and"
    " import it into a project that keeps identity, or de-identify the folder by hand."
)


@dataclass(frozen=True)
class ImportOptions:
    """How images come in.

    Args:
        link: Leave the pixels in their files and note where they are.
        pseudonymiser: Takes identity out of all that is kept; None to keep it.

    Raises:
        InputError: If both are asked for: the files that a link leads to tell who it is.
    """

    link: bool = False
    pseudonymiser: "Pseudonymiser | None" = None

    def __post_init__(self) -> None:
        if self.link and self.pseudonymiser is not None:
            raise InputError(
                "Images that are to be de-identified can't be linked: import them with their"
                " pixels."
            )


@dataclass(frozen=True)
class ImportProgress:
    """How far an import is."""

    step: str
    done: int
    total: int


Emit = Callable[[object], None]
StopRequested = Callable[[], bool]


@dataclass(frozen=True)
class KnownRecords:
    """What a project has.

    Args:
        series: By uid.
        studies: By StudyInstanceUID.
        patients: By PatientID.
    """

    series: Mapping[str, Series]
    studies: Mapping[str, Study]
    patients: Mapping[str, Patient]


class ImportReader:
    """Reads what a scan has found, series by series, into a place where it waits.

    Args:
        found: What was found.
        staging: Where images wait.
        sandbox: Where compressed pixels are unpacked.
        known: What the project has.
        options: How images come in.
        are_unpacked: Whether some files came out of archives, and vanish.

    Raises:
        InputError: If these images can't be linked, but should be.
    """

    def __init__(
        self,
        found: "ScanReport",
        staging: PixelStaging,
        sandbox: "Sandbox",
        known: KnownRecords,
        options: ImportOptions,
        are_unpacked: bool,
    ) -> None:
        if options.link and are_unpacked:
            raise InputError(
                "Images in archives can't be linked: import them with their pixels, or unpack the"
                " archive first."
            )
        self._found = found
        self._staging = staging
        self._sandbox = sandbox
        self._known = known
        self._options = options
        self._known_of_study: dict[str, list[Series]] = defaultdict(list)
        for series in known.series.values():
            self._known_of_study[series.study_uid].append(series)
        self._patients: dict[str, Patient] = {}
        self._studies: dict[str, Study] = {}
        self._taken: list[Taken] = []
        self._already_there: list[Taken] = []
        self._filled_in = 0
        self._skipped = list(found.skipped)
        self._warnings = list(found.warnings)
        self._with_other_id: set[str] = set()

    def read(self, emit: Emit, stop_requested: StopRequested) -> None:
        """Reads the pixels of all series that are new.

        Raises:
            CancelledError: If a stop was requested.
            ProjectError: If pixels can't be written.
        """
        total = sum(item.series.slice_count for item in self._found.series)
        done = 0
        for item in self._found.series:
            if stop_requested():
                raise CancelledError(CANCELLED)
            emit(ImportProgress(for_translation("Reading slices"), done, total))
            self._read_series(item, stop_requested)
            done += item.series.slice_count
        emit(ImportProgress(for_translation("Reading slices"), total, total))

    def report(self) -> ImportReport:
        """What was read."""
        if self._with_other_id:
            self._warnings.append(other_id_sentence(len(self._with_other_id)))
        if self._filled_in:
            self._warnings.append(_filled_in_sentence(self._filled_in))
        known_studies = (item.series.study_uid for item in self._already_there)
        return ImportReport(
            self._found.files_seen,
            tuple(self._patients.values()),
            tuple(self._studies.values()),
            tuple(
                self._known.studies[uid]
                for uid in dict.fromkeys(known_studies)
                if uid in self._known.studies
            ),
            tuple(self._taken),
            tuple(self._already_there),
            self._left_out(),
            tuple(dict.fromkeys(self._warnings)),
            self._staging,
        )

    def _left_out(self) -> tuple[Skipped, ...]:
        """One reason for each file that isn't in any series."""
        told = {place for item in (*self._taken, *self._already_there) for place in item.locations}
        left_out: list[Skipped] = []
        for item in self._skipped:
            if item.location not in told:
                left_out.append(Skipped(item.path, item.reason))
            if item.location:
                told.add(item.location)
        return tuple(left_out)

    def _read_series(self, found: "FoundSeries", stop_requested: StopRequested) -> None:
        from spinegrader.imaging.dicom import read_series

        if self._options.pseudonymiser and found.has_burned_in_text:
            self._skip(found, _BURNED_IN)
            return
        patient, study, series = self._as_kept(found)
        known = self._known.series.get(series.uid)
        if known is not None and self._holds(known):
            self._note_known(known, series, found)
            return
        if any(item.series.uid == series.uid for item in self._taken):
            self._skip(found, _SAME_VOLUME)
            return
        try:
            loaded = read_series(found, self._sandbox, stop_requested)
        except InputError as error:
            self._skip(found, error.message)
            return
        known = known or self._known_twin(loaded, study)
        if known is not None:
            self._fill_in(known, loaded, found)
            self._note_known(known, series, found)
            return
        patient = self._own_record(patient)
        series = self._with_pixels(replace(series, window=loaded.series.window), loaded, found)
        self._patients[patient.id] = patient
        self._studies[study.uid] = replace(study, patient_id=patient.id)
        self._taken.append(_taken(series, found))
        self._warnings += loaded.warnings

    def _skip(self, found: "FoundSeries", reason: str) -> None:
        from spinegrader.imaging.scan import SkippedFile

        self._skipped += [
            SkippedFile(name, reason, place)
            for name, place in zip(found.file_names, found.file_paths, strict=True)
        ]

    def _as_kept(self, found: "FoundSeries") -> tuple[Patient, Study, Series]:
        hidden = self._options.pseudonymiser
        patient, study, series = found.patient, found.study, found.series
        if hidden is not None:
            patient = hidden.patient(found.patient)
            study = hidden.study(found.study, found.patient)
            series = hidden.series(found.series, found.series_instance_uid)
        return patient, study, series

    def _own_record(self, patient: Patient) -> Patient:
        """The patient under another id if somebody else has this one."""
        records = (self._known.patients.get(patient.id), self._patients.get(patient.id))
        own = with_own_id(patient, [item for item in records if item is not None])
        if own.id != patient.id:
            self._with_other_id.add(own.id)
        return own

    def _with_pixels(self, series: Series, loaded: "LoadedSeries", found: "FoundSeries") -> Series:
        from spinegrader.imaging.fingerprint import slice_hashes

        names = self._stage(loaded, found)
        stacks = [
            Stack(name, volume.geometry) for name, volume in zip(names, loaded.volumes, strict=True)
        ]
        hashes = [item for volume in loaded.volumes for item in slice_hashes(volume.pixels)]
        told = [item for item in hashes if item]
        if len(set(told)) < len(told):
            self._warnings.append(
                f"Series {series.number} shows the same picture in several places: check its"
                " source."
            )
        return replace(
            series,
            pixels=stacks[0].pixels,
            further_stacks=tuple(stacks[1:]),
            slice_hashes=tuple(hashes),
        )

    def _stage(self, loaded: "LoadedSeries", found: "FoundSeries") -> list[str]:
        """The names of the series' images, which wait to come into the project."""
        if self._options.link:
            files = list(found.file_paths)
            return [self._staging.link(v.pixels, v.geometry, files) for v in loaded.volumes]
        return [self._staging.write(v.pixels, v.geometry) for v in loaded.volumes]

    def _holds(self, known: Series) -> bool:
        return all(self._staging.is_in_project(stack.pixels) for stack in known.stacks)

    def _known_twin(self, loaded: "LoadedSeries", study: Study) -> Series | None:
        """The study's series with the same images.

        Its uid differs where the slices of one SeriesInstanceUID came together with others.
        """
        own = self._known_of_study.get(study.uid, ())
        return next((item for item in own if _has_images(item, loaded)), None)

    def _fill_in(self, known: Series, loaded: "LoadedSeries", found: "FoundSeries") -> None:
        if not _has_images(known, loaded):
            if known.slice_count == loaded.series.slice_count:
                self._warnings.append(
                    f"Series {known.number} is in the project without its pixels, and these files"
                    " hold other ones: bring the original files back, and import them again."
                )
            return
        was_held = self._holds(known)
        self._stage(loaded, found)
        if not was_held and not self._options.link:
            self._filled_in += 1

    def _note_known(self, known: Series, series: Series, found: "FoundSeries") -> None:
        self._already_there.append(_taken(known, found))
        if known.slice_count != series.slice_count:
            there = counted(known.slice_count, "slice", "slices")
            self._warnings.append(
                f"Series {series.number} is in the project with {there}"
                f" and comes with {series.slice_count} now: the project keeps what it has."
            )


def _taken(series: Series, found: "FoundSeries") -> Taken:
    return Taken(series, found.file_names, found.file_paths)


def _has_images(series: Series, loaded: "LoadedSeries") -> bool:
    # Telling the name of an image takes reading all of it.
    if [item.geometry for item in series.stacks] != [item.geometry for item in loaded.volumes]:
        return False
    return all(
        ProjectStore.name_of(volume.pixels, volume.geometry) == stack.pixels
        for volume, stack in zip(loaded.volumes, series.stacks, strict=True)
    )


def _filled_in_sentence(count: int) -> str:
    return (
        f"The pixels of {counted(count, 'series that was', 'series that were')} linked, lost or"
        " damaged are in the project now."
    )
