"""A model as one file, to be carried from one project to another.

The file is a zip archive of ``card.json``, ``model.safetensors``, the note, a notice for people
and a manifest with the SHA-256 of each. It names nobody: the tokens of the people whom a model has
seen mean nothing in another project and stay behind. So whether it has seen somebody of another
project can't be told there, and everything that rests on it says so.
"""

import hashlib
import os
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from spinegrader import __version__, durable
from spinegrader.errors import CancelledError, InputError, TrainingError
from spinegrader.services.model_notes import LONGEST_NOTE, NOTE, note_in
from spinegrader.services.wording import RESEARCH_NOTICE

if TYPE_CHECKING:
    from spinegrader.model.runs import RunCard

SUFFIX = ".spinegrader-model"

SIMULATED = "simulated people"
"""What a model of a project with simulated people is said to be trained on elsewhere."""

_FORMAT = 1
_MANIFEST = "manifest.json"
_NOTICE = "NOTICE.txt"
_CARD = "card.json"
_WEIGHTS = "model.safetensors"
_LIMITS = {
    _MANIFEST: 64 << 10,
    _CARD: 4 << 20,
    _NOTICE: 256 << 10,
    NOTE: 4 * LONGEST_NOTE,
    _WEIGHTS: 2 << 30,
}
"""What a file may hold, and how many bytes of each at most."""
_NEEDED = (_MANIFEST, _CARD, _WEIGHTS)
_RATIO = 50
"""Trained weights hardly pack at all; zeros to a thousandth."""
_FREE_RATIO_BYTES = 1 << 20
_CHUNK_BYTES = 1 << 20
_DIRECTORY_BYTES = 64 << 10
_KINDS = ("pretrain", "finetune")

StopRequested = Callable[[], bool]


class _Part(BaseModel):
    """One file of the archive."""

    model_config = ConfigDict(frozen=True)

    sha256: str
    bytes: int


class _Manifest(BaseModel):
    """What the archive holds."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Literal["spinegrader-model"] = "spinegrader-model"
    format: int
    program_version: str
    files: dict[str, _Part]


class _Head(BaseModel):
    """Of a manifest, what every version of the program can read."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Literal["spinegrader-model"]
    format: int


@dataclass(frozen=True)
class ImportedModel:
    """A model that came in.

    Args:
        folder: Of its run.
        card: What it was made of.
    """

    folder: Path
    card: "RunCard"


def _never() -> bool:
    return False


# -- export ---------------------------------------------------------------------------------


def export_model(
    run_folder: Path,
    path: Path,
    stop_requested: StopRequested = _never,
    *,
    is_simulated: bool = False,
) -> Path:
    """Writes a model as one file, whole or not at all.

    Args:
        run_folder: Of a finished or stopped run.
        path: The file; the suffix is added where it lacks.
        stop_requested: Asked between pieces.
        is_simulated: Whether simulated people are in the project, which the file then says.

    Returns:
        The file.

    Raises:
        TrainingError: If the run holds no such model, or its weights are damaged.
        InputError: If the file can't be written.
        CancelledError: If a stop was requested.
    """
    from spinegrader.model.files import sha256_of
    from spinegrader.model.runs import read_card

    card = read_card(run_folder)
    _check_exportable(card)
    weights = run_folder / _WEIGHTS
    if sha256_of(weights) != card.weights_sha256:
        raise TrainingError(
            f"The weights of “{card.name}” are not those of its card: the file is damaged, and "
            "nothing was exported."
        )
    target = path if path.name.endswith(SUFFIX) else path.with_name(path.name + SUFFIX)
    if is_simulated and not card.trained_on and card.imported is None:
        card = card.model_copy(update={"trained_on": SIMULATED})
    texts = {
        _CARD: card_for_elsewhere(card).model_dump_json(indent=2),
        NOTE: note_in(run_folder),
        _NOTICE: _notice(card),
    }
    try:
        _write(target, texts, weights, card.weights_sha256, stop_requested)
    except OSError as error:
        raise InputError(
            f"“{target.name}” can't be written ({error.strerror}): check the disk's free space "
            "and the folder's permissions."
        ) from error
    return target


def _check_exportable(card: "RunCard") -> None:
    if card.kind not in _KINDS:
        raise TrainingError("Only pre-trained and fine-tuned networks are exported, no detectors.")
    if card.state not in ("finished", "stopped") or not card.weights_sha256:
        raise TrainingError(
            f"“{card.name}” is not finished yet: let it end, or stop it, and export it then."
        )


def card_for_elsewhere(card: "RunCard") -> "RunCard":
    """A card that names nobody: how many people there were is kept, their tokens are not."""
    people = {f"{part}_subjects": len(names) for part, names in card.subjects.items()}
    return card.model_copy(
        update={"subjects": {}, "counts": card.counts | people, "imported": None}
    )


def _notice(card: "RunCard") -> str:
    lines = [
        RESEARCH_NOTICE,
        card.note,
        "",
        "The weights and the card describe a network; they hold no image and name no person.",
        "Whoever hands this file on decides under which licence.",
    ]
    if card.sources:
        lines += ["", "It learnt from these data, whose licences ask that they are named:"]
        lines += [f"{item.name}: {item.attribution}, {item.licence}" for item in card.sources]
    return "\n".join(lines) + "\n"


def _write(
    target: Path, texts: dict[str, str], weights: Path, sha256: str, stop_requested: StopRequested
) -> None:
    contents = {name: text.encode() for name, text in texts.items()}
    files = {
        name: _Part(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
        for name, content in contents.items()
    }
    files[_WEIGHTS] = _Part(sha256=sha256, bytes=weights.stat().st_size)
    manifest = _Manifest(format=_FORMAT, program_version=__version__, files=files)
    temporary = durable.temporary_beside(target)
    try:
        # Not for appending: zipfile goes back to write the sizes down.
        with temporary.open("xb") as stream:
            with zipfile.ZipFile(stream, "w") as archive:
                archive.writestr(_MANIFEST, manifest.model_dump_json(indent=2))
                for name, content in contents.items():
                    archive.writestr(name, content)
                with weights.open("rb") as source, archive.open(_WEIGHTS, "w") as sink:
                    _copy(source, sink, stop_requested)
            stream.flush()
            durable.sync_file(stream.fileno())
        durable.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


# -- import ---------------------------------------------------------------------------------


def import_model(
    runs_folder: Path, path: Path, stop_requested: StopRequested = _never
) -> ImportedModel:
    """Brings a model in as a run of its own; a file that isn't sound leaves nothing behind.

    Nothing in the file is believed: its members have known names and bounded sizes, the weights
    are safetensors whose shapes fit the card, and nothing is unpickled.

    Args:
        runs_folder: The project's.
        path: The file.
        stop_requested: Asked between pieces.

    Raises:
        InputError: If the file is no such model, damaged, of a newer version, or here already.
        TrainingError: If the project's folder can't be written.
        CancelledError: If a stop was requested.
    """
    from spinegrader.model.runs import ImportedFrom, new_run_folder, write_card

    try:
        with _opened(path) as archive:
            manifest, card, note = _told(archive)
            _check_new(runs_folder, card)
            folder = new_run_folder(runs_folder, card.kind, is_imported=True)
            try:
                _unpack_weights(archive, folder, manifest, card, stop_requested)
                origin = ImportedFrom(
                    name=card.name, imported_at=datetime.now(UTC).isoformat(timespec="seconds")
                )
                own = card.model_copy(update={"name": folder.name, "imported": origin})
                _check_network(folder, own)
                if note:
                    durable.write_durably(folder / NOTE, note.encode())
                write_card(folder, own)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
    except _RefusedError as error:
        raise InputError(f"“{path.name}” was not imported: {error}") from error
    except (OSError, zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise InputError(
            f"“{path.name}” was not imported: it can't be read, or is no model that SpineGrader "
            "exported. Copy it again."
        ) from error
    return ImportedModel(folder, own)


class _RefusedError(ValueError):
    """Why a file isn't taken, in words that follow a colon."""


def _opened(path: Path) -> zipfile.ZipFile:
    from spinegrader.imaging.archive_contents import ArchiveLimits, check_directory

    try:
        check_directory(path, ArchiveLimits(directory_bytes=_DIRECTORY_BYTES))
    except InputError as error:
        raise zipfile.BadZipFile from error
    archive = zipfile.ZipFile(path)
    try:
        _check_members(archive.infolist())
    except BaseException:
        archive.close()
        raise
    return archive


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    names = [item.filename for item in members]
    strange = next((name for name in names if name not in _LIMITS), None)
    if strange is not None:
        raise _RefusedError("it holds files that belong to no model, and was not unpacked.")
    if len(set(names)) < len(names):
        raise _RefusedError("it holds a file twice, and was not unpacked.")
    if missing := [name for name in _NEEDED if name not in names]:
        raise _RefusedError(f"it lacks “{missing[0]}”, so it is no model or an incomplete one.")
    for item in members:
        packs_too_well = item.file_size > max(_FREE_RATIO_BYTES, _RATIO * item.compress_size)
        if item.file_size > _LIMITS[item.filename] or packs_too_well:
            raise _RefusedError(f"its “{item.filename}” unfolds to more than a model's can.")


def _told(archive: zipfile.ZipFile) -> tuple[_Manifest, "RunCard", str]:
    """Manifest, card and note, checked."""
    from spinegrader.model.runs import RunCard

    raw = archive.read(_MANIFEST)
    try:
        head = _Head.model_validate_json(raw)
        if head.format > _FORMAT:
            raise _RefusedError("a newer SpineGrader wrote it. Bring this one up to date.")
        manifest = _Manifest.model_validate_json(raw)
    except ValidationError as error:
        raise _RefusedError("its manifest is damaged, or it is no model.") from error
    texts = {name: _whole(archive, manifest, name) for name in (_CARD, NOTE, _NOTICE)}
    try:
        card = RunCard.model_validate_json(texts[_CARD])
    except ValidationError as error:
        raise _RefusedError("its card is damaged, or of another version of SpineGrader.") from error
    if card.kind not in _KINDS:
        raise _RefusedError("it is a detector, and only grading and pre-trained ones are taken.")
    grades_nothing = card.kind == "finetune" and not card.gradings
    if card.state not in ("finished", "stopped") or grades_nothing:
        raise _RefusedError("its card tells of no finished network.")
    # Tokens of another project say nothing here, and might be taken for somebody's of this one.
    return manifest, card_for_elsewhere(card), texts[NOTE].decode("utf-8", "replace")


def _whole(archive: zipfile.ZipFile, manifest: _Manifest, name: str) -> bytes:
    """A small file of the archive; empty where it isn't there."""
    if name not in archive.namelist():
        return b""
    content = archive.read(name)
    told = manifest.files.get(name)
    if told is None or hashlib.sha256(content).hexdigest() != told.sha256:
        raise _RefusedError(f"its “{name}” is not what was exported: the file is damaged.")
    return content


def _check_new(runs_folder: Path, card: "RunCard") -> None:
    from spinegrader.model.runs import list_runs

    for known in list_runs(runs_folder):
        if known.weights_sha256 == card.weights_sha256:
            raise _RefusedError(f"the same model is in this project already, as “{known.name}”.")


def _unpack_weights(
    archive: zipfile.ZipFile,
    folder: Path,
    manifest: _Manifest,
    card: "RunCard",
    stop_requested: StopRequested,
) -> None:
    path = folder / _WEIGHTS
    with (
        archive.open(_WEIGHTS) as source,
        os.fdopen(durable.create_exclusively(path), "wb") as sink,
    ):
        sha256 = _copy(source, sink, stop_requested)
        sink.flush()
        durable.sync_file(sink.fileno())
    told = manifest.files.get(_WEIGHTS)
    if told is None or not sha256 == told.sha256 == card.weights_sha256:
        raise _RefusedError(f"its “{_WEIGHTS}” is not what was exported: the file is damaged.")


def _check_network(folder: Path, card: "RunCard") -> None:
    """Whether the weights can be used; only then does the folder get its card."""
    from spinegrader.model.fitting import check_weights

    try:
        check_weights(folder / _WEIGHTS, card)
    except ValidationError as error:
        raise _RefusedError("its settings are damaged, or of another version.") from error
    except TrainingError as error:
        raise _RefusedError(error.message[:1].lower() + error.message[1:]) from error
    except (RuntimeError, ValueError, OverflowError, MemoryError) as error:
        raise _RefusedError("its settings describe no network.") from error


def _copy(source: IO[bytes], sink: IO[bytes], stop_requested: StopRequested) -> str:
    """Copies all and returns its SHA-256."""
    digest = hashlib.sha256()
    while chunk := source.read(_CHUNK_BYTES):
        if stop_requested():
            raise CancelledError("Stopped; nothing was written.")
        digest.update(chunk)
        sink.write(chunk)
    return digest.hexdigest()
