"""The files of a run: written whole or not at all, and what is said where that fails."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from spinegrader.durable import share_like_folder, write_all, write_durably
from spinegrader.errors import TrainingError

_BINARY = getattr(os, "O_BINARY", 0)
"""Without it Windows writes other line ends."""


def write_atomically(path: Path, content: bytes) -> None:
    """Replaces ``path`` by ``content`` in one step, durable when it returns.

    Raises:
        TrainingError: If the file can't be written, a full disk included.
    """
    try:
        write_durably(path, content)
    except OSError as error:
        raise unwritable(path, error) from error


def append(path: Path, content: bytes) -> None:
    """Adds ``content`` to the end of ``path``, which is made where it isn't there.

    Raises:
        TrainingError: If the file can't be written, a full disk included.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | _BINARY, 0o600)
        try:
            share_like_folder(descriptor, path.parent)
            write_all(descriptor, content)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path: Path, error: OSError) -> TrainingError:
    """What is said of a run's file that can't be written."""
    return TrainingError(
        f"“{path.name}” of the run “{path.parent.name}” can't be written "
        f"({error.strerror}): check the disk's free space and the folder's permissions."
    )


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
