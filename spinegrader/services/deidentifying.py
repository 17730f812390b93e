"""De-identification: of files into a new folder, and on import where a project asks for it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spinegrader.domain.edits import Changes, SetSetting
from spinegrader.errors import InputError
from spinegrader.services.deidentified_output import SkippedFile, Work, Worker, output_folder
from spinegrader.services.pseudonym_keys import key_file_of_project, read_key, read_or_make_key
from spinegrader.services.untrusted import borrowed_sandbox
from spinegrader.services.wording import counted
from spinegrader.texts import translate

if TYPE_CHECKING:
    from spinegrader.imaging.pseudonyms import Pseudonymiser
    from spinegrader.services.session import Session

_WANTED = "deidentify_on_import"
_FINGERPRINT = "deidentification_key"


# -- on import ------------------------------------------------------------------------------


def asks_for_deidentification(session: "Session") -> bool:
    """Whether what is imported into this project is de-identified."""
    return bool(json.loads(session.state.setting(_WANTED) or "false"))


def ask_for_deidentification(session: "Session", wanted: bool) -> Changes:
    """Sets whether what is imported from now on is de-identified; what is there stays as it is.

    Raises:
        InputError: If the project has a key that isn't on this computer, or none can be made.
    """
    changes = Changes()
    known = session.state.setting(_FINGERPRINT)
    if wanted and known is None:
        from spinegrader.imaging.pseudonyms import Pseudonymiser

        key = read_or_make_key(key_file_of_project(session.store.project_id))
        fingerprint = json.dumps(Pseudonymiser(key).fingerprint)
        # A change of its own: it stays when the wish is undone, for images may have come in.
        changes = session.apply(SetSetting(_FINGERPRINT, None, fingerprint))
    elif wanted:
        pseudonymiser_of(session)
    before = session.state.setting(_WANTED)
    return changes | session.apply(SetSetting(_WANTED, before, json.dumps(wanted)))


def pseudonymiser_of(session: "Session") -> "Pseudonymiser":
    """Gives the pseudonyms of a project that asks for de-identification.

    Raises:
        InputError: If this computer doesn't have the key that the project began with: another
            would give the same people other pseudonyms.
    """
    from spinegrader.imaging.pseudonyms import Pseudonymiser

    known = session.state.setting(_FINGERPRINT)
    file = key_file_of_project(session.store.project_id)
    if known is None:
        return Pseudonymiser(read_or_make_key(file))
    if not file.exists():
        raise InputError(
            "This project is de-identified with a key that isn't on this computer: copy it from"
            f" the computer where the project was made to {file}."
        )
    pseudonymiser = Pseudonymiser(read_key(file))
    if pseudonymiser.fingerprint != json.loads(known):
        raise InputError(
            f"{file} is another key than the one that this project is de-identified with: copy"
            " that one from the computer where the project was made."
        )
    return pseudonymiser


# -- of files -------------------------------------------------------------------------------


class TextInPictures(StrEnum):
    """What happens to pictures that may show a name: screen shots, burned-in text."""

    ASK = "ask"
    SKIP = "skip"
    KEEP = "keep"


@dataclass(frozen=True)
class DeidentifyReport:
    """What was done; every file that was seen was written or skipped.

    Args:
        folder: Where the new files are.
        written: How many.
        patients: How many people they are of.
        studies: How many.
        series: How many.
        skipped: All others; their names are those of the files that came, and may tell people.
        warnings: Of the folders and archives that were looked through.
    """

    folder: Path
    written: int
    patients: int
    studies: int
    series: int
    skipped: tuple[SkippedFile, ...]
    warnings: tuple[str, ...]

    @property
    def files_seen(self) -> int:
        """Written and skipped."""
        return self.written + len(self.skipped)

    def sentence(self) -> str:
        """What happened, in one sentence."""
        people = counted(self.patients, "person", "people")
        return translate(
            "{files} of {people} written to {folder}, {skipped} skipped ({seen} seen)."
        ).format(
            files=counted(self.written, "file", "files"),
            people=people,
            folder=self.folder,
            skipped=len(self.skipped),
            seen=counted(self.files_seen, "file", "files"),
        )

    def as_json(self) -> dict[str, Any]:
        """The report as the command line prints it."""
        return {
            "folder": str(self.folder),
            "files_seen": self.files_seen,
            "written": self.written,
            "patients": self.patients,
            "studies": self.studies,
            "series": self.series,
            "skipped": [asdict(item) for item in self.skipped],
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True)
class Deidentification:
    """What is wanted.

    Args:
        paths: Files, folders, archives.
        folder: Where the new files go; new or empty.
        key: Of the pseudonyms.
        text_in_pictures: What happens to pictures that may show a name.
        keep_them: Asked once with their number where the choice is to ask.
    """

    paths: Sequence[Path]
    folder: Path
    key: bytes = field(repr=False)
    text_in_pictures: TextInPictures = TextInPictures.SKIP
    keep_them: Callable[[int], bool] = lambda _: False


def deidentify(
    wanted: Deidentification,
    emit: Callable[[object], None] = lambda _: None,
    stop_requested: Callable[[], bool] = lambda: False,
    worker: Worker | None = None,
) -> DeidentifyReport:
    """Writes a de-identified copy of every MR image. Runs on any thread.

    Raises:
        InputError: If a path doesn't exist, the folder can't be used or the disk is full; what
            was written before is complete.
        CancelledError: If a stop was requested; likewise.
    """
    from spinegrader.imaging.sources import Sources

    if worker is None:
        with borrowed_sandbox() as sandbox:
            return deidentify(wanted, emit, stop_requested, sandbox)
    work = Work(worker, wanted.key, emit, stop_requested)
    with (
        Sources(wanted.paths, worker.run) as sources,
        output_folder(wanted.folder, wanted.paths, work) as output,
    ):
        keep = wanted.text_in_pictures is TextInPictures.KEEP
        output.fill(sources.files(stop_requested), keep=keep)
        asked = output.with_text if wanted.text_in_pictures is TextInPictures.ASK else []
        if asked and wanted.keep_them(len(asked)):
            again, output.with_text = [source for source, _ in asked], []
            output.fill(again, keep=True)
        problems = [SkippedFile(name, reason) for name, reason in sources.problems]
        report = DeidentifyReport(
            wanted.folder,
            **output.counts,
            skipped=(*output.skipped, *problems),
            warnings=tuple(sources.warnings),
        )
    if not report.written:
        raise _nothing_written(wanted, report)
    return report


def _nothing_written(wanted: Deidentification, report: DeidentifyReport) -> InputError:
    where = ", ".join(path.name or str(path) for path in wanted.paths)
    reasons = sorted({item.reason for item in report.skipped})
    why = "The details name each file and why." if reasons else "There are no files."
    if len(reasons) == 1:
        why = reasons[0]
    seen = counted(report.files_seen, "file", "files")
    sentence = f"Nothing in {where} could be de-identified ({seen} seen). {why}"
    return InputError(
        sentence,
        {item.path: item.reason for item in report.skipped[:200]},
    )
