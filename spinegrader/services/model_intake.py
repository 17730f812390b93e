"""Models that come as files: looked through before anything of them reaches the project.

Nothing in such a file is believed (docs/decisions/0018-model-in-use.md).
"""

import hashlib
import os
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from spinegrader import durable
from spinegrader.errors import InputError, TrainingError
from spinegrader.services.model_files import (
    CARD_FILE,
    FORMAT,
    KINDS,
    MANIFEST,
    NOTICE,
    WEIGHTS_FILE,
    Manifest,
    StopRequested,
    card_for_elsewhere,
    copy_hashed,
    never,
)
from spinegrader.services.model_notes import LONGEST_NOTE, NOTE

if TYPE_CHECKING:
    from spinegrader.model.runs import RunCard

_LIMITS = {
    MANIFEST: 64 << 10,
    CARD_FILE: 256 << 10,
    NOTICE: 256 << 10,
    NOTE: 4 * LONGEST_NOTE,
    WEIGHTS_FILE: 2 << 30,
}
"""What a file may hold, and how many bytes of each at most."""
_LONGEST_WORDS = 4000
"""Letters of one text of a card: they are laid out on screen."""
_NEEDED = (MANIFEST, CARD_FILE, WEIGHTS_FILE)
_RATIO = 50
"""Trained weights hardly pack at all; zeros to a thousandth."""
_FREE_RATIO_BYTES = 1 << 20
_DIRECTORY_BYTES = 64 << 10
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""Others are never written, and their readers need not see hostile bytes."""

_UNREADABLE = (
    OSError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    UnicodeDecodeError,
)
"""What zipfile and its readers raise for an archive that is damaged or locked."""


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


def import_model(
    runs_folder: Path, path: Path, stop_requested: StopRequested = never
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
    except _UNREADABLE as error:
        if isinstance(error, OSError) and durable.is_disk_full(error):
            raise InputError(
                f"“{path.name}” was not imported: the disk is full. Free some space and try again."
            ) from error
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
        if item.compress_type not in _METHODS:
            raise _RefusedError(f"its “{item.filename}” is packed as SpineGrader never does.")
        packs_too_well = item.file_size > max(_FREE_RATIO_BYTES, _RATIO * item.compress_size)
        if item.file_size > _LIMITS[item.filename] or packs_too_well:
            raise _RefusedError(f"its “{item.filename}” unfolds to more than a model's can.")


def _told(archive: zipfile.ZipFile) -> tuple[Manifest, "RunCard", str]:
    """Manifest, card and note, checked."""
    from spinegrader.model.runs import RunCard

    raw = archive.read(MANIFEST)
    try:
        head = _Head.model_validate_json(raw)
        if head.format > FORMAT:
            raise _RefusedError("a newer SpineGrader wrote it. Bring this one up to date.")
        manifest = Manifest.model_validate_json(raw)
    except ValidationError as error:
        raise _RefusedError("its manifest is damaged, or it is no model.") from error
    texts = {name: _whole(archive, manifest, name) for name in (CARD_FILE, NOTE, NOTICE)}
    try:
        card = RunCard.model_validate_json(texts[CARD_FILE])
        longest = max(map(len, _texts_in(card.model_dump())))
    except ValidationError as error:
        raise _RefusedError("its card is damaged, or of another version of SpineGrader.") from error
    if longest > _LONGEST_WORDS:
        raise _RefusedError("its card holds longer texts than any model's.")
    if card.kind not in KINDS:
        raise _RefusedError("it is a detector, and only grading and pre-trained ones are taken.")
    grades_nothing = card.kind == "finetune" and not card.gradings
    if card.state not in ("finished", "stopped") or grades_nothing:
        raise _RefusedError("its card tells of no finished network.")
    # Tokens of another project say nothing here, and might be taken for somebody's of this one.
    return manifest, card_for_elsewhere(card), texts[NOTE].decode("utf-8", "replace")


def _texts_in(value: object) -> Iterator[str]:
    """All texts of a card, names of its parts included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _texts_in(name)
            yield from _texts_in(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts_in(part)


def _whole(archive: zipfile.ZipFile, manifest: Manifest, name: str) -> bytes:
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
    manifest: Manifest,
    card: "RunCard",
    stop_requested: StopRequested,
) -> None:
    path = folder / WEIGHTS_FILE
    with (
        archive.open(WEIGHTS_FILE) as source,
        os.fdopen(durable.create_exclusively(path), "wb") as sink,
    ):
        sha256 = copy_hashed(source, sink, stop_requested)
        sink.flush()
        durable.sync_file(sink.fileno())
    told = manifest.files.get(WEIGHTS_FILE)
    if told is None or not sha256 == told.sha256 == card.weights_sha256:
        raise _RefusedError(f"its “{WEIGHTS_FILE}” is not what was exported: the file is damaged.")


def _check_network(folder: Path, card: "RunCard") -> None:
    """Whether the weights can be used; only then does the folder get its card."""
    from spinegrader.model.fitting import check_weights

    try:
        check_weights(folder / WEIGHTS_FILE, card)
    except ValidationError as error:
        raise _RefusedError("its settings are damaged, or of another version.") from error
    except TrainingError as error:
        raise _RefusedError(error.message[:1].lower() + error.message[1:]) from error
    except (RuntimeError, ValueError, OverflowError, MemoryError) as error:
        raise _RefusedError("its settings describe no network.") from error
