"""The secret keys of pseudonyms: in the user's own folder, never in a project."""

import contextlib
import re
import secrets
from pathlib import Path

import platformdirs

from spinegrader.durable import durable_temporary, private_folder, sync_folder
from spinegrader.errors import InputError

KEY_BYTES = 32

_HEXADECIMAL = re.compile(rb"\s*([0-9a-fA-F]{64})\s*")
_LARGEST_FILE = 1024


def key_folder() -> Path:
    """Where the keys of this user are kept."""
    return platformdirs.user_data_path("SpineGrader", appauthor=False) / "keys"


def key_file_of_project(project_id: str) -> Path:
    """Where the key of a project is kept."""
    return key_folder() / f"{project_id}.key"


def own_key_file() -> Path:
    """Where the key for work outside of projects is kept."""
    return key_folder() / "own.key"


def read_key(file: Path) -> bytes:
    """Reads a key.

    Raises:
        InputError: If the file isn't there or holds no key.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(_LARGEST_FILE)
    except OSError as error:
        raise InputError(f"The key {file} can't be read ({error.strerror}).") from error
    match = _HEXADECIMAL.fullmatch(content)
    if match is None:
        raise InputError(
            f"{file} holds no key (64 hexadecimal digits): bring it back from a copy. A new key"
            " would give everybody new pseudonyms."
        )
    return bytes.fromhex(match[1].decode())


def read_or_make_key(file: Path) -> bytes:
    """Reads a key, or makes a random one that only its owner may read.

    Raises:
        InputError: If the file holds no key or can't be made.
    """
    if not file.exists():
        try:
            _make_key(file)
        except OSError as error:
            raise InputError(
                f"The key {file} can't be made ({error.strerror}): choose another place."
            ) from error
    return read_key(file)


def _make_key(file: Path) -> None:
    private_folder(file.parent, owner_only=True)
    content = secrets.token_bytes(KEY_BYTES).hex().encode() + b"\n"
    # A link, unlike a replacement, fails if another program has just made the key: that holds.
    is_new = contextlib.suppress(FileExistsError)
    with durable_temporary(file, content, owner_only=True) as temporary, is_new:
        file.hardlink_to(temporary)
    sync_folder(file.parent)
