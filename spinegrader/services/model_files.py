"""A model as one file, to be carried from one project to another.

The file is a zip archive of ``card.json``, ``model.safetensors``, the note, a notice for people
and a manifest with the SHA-256 of each. It names nobody: the tokens of the people whom a model has
seen mean nothing in another project and stay behind. So whether it has seen somebody of another
project can't be told there, and everything that rests on it says so.
"""

import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from spinegrader import __version__, durable
from spinegrader.errors import CancelledError, InputError, TrainingError
from spinegrader.services.model_notes import NOTE, note_in
from spinegrader.services.wording import RESEARCH_NOTICE

if TYPE_CHECKING:
    from spinegrader.model.runs import RunCard

SUFFIX = ".spinegrader-model"

SIMULATED = "simulated people"
"""What a model of a project with simulated people is said to be trained on elsewhere."""

FORMAT = 1
MANIFEST = "manifest.json"
NOTICE = "NOTICE.txt"
CARD_FILE = "card.json"
WEIGHTS_FILE = "model.safetensors"
_CHUNK_BYTES = 1 << 20
KINDS = ("pretrain", "finetune")

StopRequested = Callable[[], bool]


class Part(BaseModel):
    """One file of the archive."""

    model_config = ConfigDict(frozen=True)

    sha256: str
    bytes: int


class Manifest(BaseModel):
    """What the archive holds."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Literal["spinegrader-model"] = "spinegrader-model"
    format: int
    program_version: str
    files: dict[str, Part]


def never() -> bool:
    """Nobody asks to stop."""
    return False


def export_model(
    run_folder: Path,
    path: Path,
    stop_requested: StopRequested = never,
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
    weights = run_folder / WEIGHTS_FILE
    if sha256_of(weights) != card.weights_sha256:
        raise TrainingError(
            f"The weights of “{card.name}” are not those of its card: the file is damaged, and "
            "nothing was exported."
        )
    target = path if path.name.endswith(SUFFIX) else path.with_name(path.name + SUFFIX)
    if is_simulated and not card.trained_on and card.imported is None:
        card = card.model_copy(update={"trained_on": SIMULATED})
    texts = {
        CARD_FILE: card_for_elsewhere(card).model_dump_json(indent=2),
        NOTE: note_in(run_folder),
        NOTICE: _notice(card),
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
    if card.kind not in KINDS:
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
        name: Part(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
        for name, content in contents.items()
    }
    files[WEIGHTS_FILE] = Part(sha256=sha256, bytes=weights.stat().st_size)
    manifest = Manifest(format=FORMAT, program_version=__version__, files=files)
    temporary = durable.temporary_beside(target)
    try:
        # Not for appending: zipfile goes back to write the sizes down.
        with temporary.open("xb") as stream:
            with zipfile.ZipFile(stream, "w") as archive:
                archive.writestr(MANIFEST, manifest.model_dump_json(indent=2))
                for name, content in contents.items():
                    archive.writestr(name, content)
                with weights.open("rb") as source, archive.open(WEIGHTS_FILE, "w") as sink:
                    copy_hashed(source, sink, stop_requested)
            stream.flush()
            durable.sync_file(stream.fileno())
        durable.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def copy_hashed(source: IO[bytes], sink: IO[bytes], stop_requested: StopRequested) -> str:
    """Copies all and returns its SHA-256."""
    digest = hashlib.sha256()
    while chunk := source.read(_CHUNK_BYTES):
        if stop_requested():
            raise CancelledError("Stopped; nothing was written.")
        digest.update(chunk)
        sink.write(chunk)
    return digest.hexdigest()
