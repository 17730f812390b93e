"""The folder that de-identified files go to: filled by child processes, kept in order here."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from spinegrader.durable import private_folder
from spinegrader.errors import InputError
from spinegrader.services.resources import resources_folder
from spinegrader.services.wording import counted
from spinegrader.texts import for_translation

if TYPE_CHECKING:
    from spinegrader.imaging.deidentify import Deidentified, FileToDeidentify, NotWritten
    from spinegrader.imaging.sources import SourceFile

T = TypeVar("T")

_UNFINISHED = ".unfinished"
_BATCH = 8


@dataclass(frozen=True)
class SkippedFile:
    """A file that was not de-identified."""

    path: str
    reason: str


@dataclass(frozen=True)
class DeidentifyProgress:
    """How far it is; the number of files isn't known before."""

    done: int
    step: str = for_translation("De-identifying")
    total: int = 0


class Worker(Protocol):
    """Does untrusted work: ``imaging.sandbox.Sandbox``."""

    def run(self, task: str, item: object) -> object:
        """Does a task for one item."""
        ...

    def map(
        self, task: str, items: Iterable[T], stop_requested: Callable[[], bool], batch: int
    ) -> Iterator[tuple[T, object | InputError]]:
        """Does a task for each item, in their order."""
        ...


@dataclass(frozen=True)
class Work:
    """How the files are worked off.

    Args:
        worker: Does the untrusted part.
        key: Of the pseudonyms.
        emit: Told how far it is.
        stop_requested: Asked all the time.
    """

    worker: Worker
    key: bytes = field(repr=False)
    emit: Callable[[object], None]
    stop_requested: Callable[[], bool]


@contextmanager
def output_folder(folder: Path, apart_from: Sequence[Path], work: Work) -> Iterator["Output"]:
    """A new folder to write to; what isn't finished at the end is taken away.

    Raises:
        InputError: If it isn't new or empty, lies in one of the others, or can't be made.
    """
    _check_apart(folder, apart_from)
    unfinished = folder / _UNFINISHED
    try:
        private_folder(folder, owner_only=True)
        if any(folder.iterdir()):
            raise InputError(f"{folder} is not empty: choose a new folder.")
        private_folder(unfinished)
    except OSError as error:
        raise InputError(
            f"{folder} can't be written to ({error.strerror}): choose another folder."
        ) from error
    try:
        yield Output(folder, unfinished, work)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
        with suppress(OSError):
            folder.rmdir()  # fails, as it should, where something was written


def _check_apart(folder: Path, paths: Sequence[Path]) -> None:
    place = folder.resolve()
    for path in paths:
        given = path.resolve()
        if place == given or given in place.parents:
            raise InputError(
                f"{folder} lies in {path}, which is to be de-identified: choose a folder outside."
            )


class Output:
    """Puts finished files in their places, named by pseudonyms and numbers alone."""

    def __init__(self, folder: Path, unfinished: Path, work: Work) -> None:
        self.with_text: list[tuple[SourceFile, str]] = []
        """Files that were left out since their pictures may show a name, and why."""
        self._folder = folder
        self._unfinished = unfinished
        self._work = work
        self._skipped: list[SkippedFile] = []
        # By new SOPInstanceUID, the name of the file that it came from.
        self._names: dict[str, str] = {}
        self._studies: dict[str, list[str]] = {}
        self._series: dict[str, dict[str, int]] = {}

    def fill(self, files: Iterable["SourceFile"], *, keep: bool) -> None:
        """De-identifies files; with ``keep`` also pictures that may show a name."""
        from spinegrader.imaging import deidentify as imaging
        from spinegrader.imaging.sources import SourceFile

        table, key = resources_folder() / "deidentification.json", self._work.key
        items = (
            imaging.FileToDeidentify(
                source.path, source.name, self._unfinished / f"{number}.dcm", table, key, keep
            )
            for number, source in enumerate(files)
        )
        results = self._work.worker.map(imaging.TASK, items, self._work.stop_requested, _BATCH)
        for done, (item, result) in enumerate(results, start=1):
            if isinstance(result, imaging.Deidentified):
                self._place(item, result)
            elif isinstance(result, imaging.MayShowText):
                self.with_text.append((SourceFile(str(item.path), item.name), result.reason))
            elif isinstance(result, imaging.NotWritten):
                raise self._stopped(result)
            elif isinstance(result, InputError):
                self._skipped.append(SkippedFile(item.name, result.message))
            self._work.emit(DeidentifyProgress(done))

    def _place(self, item: "FileToDeidentify", new: "Deidentified") -> None:
        if new.sop_uid in self._names:
            item.output.unlink(missing_ok=True)
            first = self._names[new.sop_uid]
            self._skipped.append(SkippedFile(item.name, f"It is the same image as {first}."))
            return
        studies = self._studies.setdefault(new.patient_id, [])
        if new.study_uid not in studies:
            studies.append(new.study_uid)
        series = self._series.setdefault(new.study_uid, {})
        count = series[new.series_uid] = series.get(new.series_uid, 0) + 1
        study = studies.index(new.study_uid) + 1
        number = list(series).index(new.series_uid) + 1
        place = self._folder / new.patient_id / f"study-{study:02d}" / f"series-{number:03d}"
        try:
            private_folder(place)
            item.output.rename(place / f"{count:06d}.dcm")
        except OSError as error:
            raise self._stopped(None) from error
        self._names[new.sop_uid] = item.name

    def _stopped(self, reason: "NotWritten | None") -> InputError:
        cause = "The disk is full" if reason and reason.is_full else "The disk took no more"
        written = counted(len(self._names), "file", "files")
        return InputError(
            f"{cause}: {written} written to {self._folder} so far, each complete. Make room there"
            " and begin again with a new folder."
        )

    @property
    def skipped(self) -> tuple[SkippedFile, ...]:
        """All files that were not written, and why."""
        with_text = [SkippedFile(source.name, reason) for source, reason in self.with_text]
        return (*self._skipped, *with_text)

    @property
    def counts(self) -> dict[str, int]:
        """Files written, and the patients, studies and series that they are of."""
        return {
            "written": len(self._names),
            "patients": len(self._studies),
            "studies": len(self._series),
            "series": sum(map(len, self._series.values())),
        }
