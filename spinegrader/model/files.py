"""Writing run files so that a reader never meets half of one."""

import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

from spinegrader.errors import TrainingError

_REPLACE_ATTEMPTS = 20
_REPLACE_PAUSE_S = 0.05


def write_atomically(path: Path, content: bytes) -> None:
    """Replaces ``path`` by ``content`` in one step, durable when it returns.

    Raises:
        TrainingError: If the file can't be written, a full disk included.
    """
    beside = path.with_name(f"{path.name}.part")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        _replace(beside, path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise TrainingError(
            f"“{path.name}” of the run “{path.parent.name}” can't be written "
            f"({error.strerror}): check the disk's free space and the folder's permissions."
        ) from error
    _sync_folder(path.parent)


def _replace(source: Path, target: Path) -> None:
    # Windows refuses while another process reads the target: a short wait is enough.
    for _ in range(_REPLACE_ATTEMPTS - 1):
        try:
            source.replace(target)
        except PermissionError:
            time.sleep(_REPLACE_PAUSE_S)
        else:
            return
    source.replace(target)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows can't open a folder
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_json(path: Path, content: object) -> None:
    """Replaces ``path`` by ``content`` as JSON, as :func:`write_atomically` does."""
    write_atomically(path, json.dumps(content, indent=2, ensure_ascii=False).encode())


def read_json(path: Path) -> dict[str, Any]:
    """Reads a JSON object.

    Raises:
        TrainingError: If the file is missing or damaged.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TrainingError(
            f"“{path.name}” of the run “{path.parent.name}” is missing or damaged: "
            "choose another run, or start a new one."
        ) from error
    if not isinstance(content, dict):
        raise TrainingError(
            f"“{path.name}” of the run “{path.parent.name}” is damaged: "
            "choose another run, or start a new one."
        )
    return content


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal.

    Raises:
        TrainingError: If the file can't be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise TrainingError(
            f"“{path.name}” of the run “{path.parent.name}” can't be read: choose another run."
        ) from error
