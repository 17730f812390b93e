"""Named tensors on disk as safetensors; nothing that could run code is ever opened."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from spinegrader.errors import TrainingError
from spinegrader.model.files import write_atomically

_PICKLE_STARTS = (b"\x80", b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b")
"""Pickle protocol 2 and later, torch.save's zip, and gzip around either."""


def write_tensors(path: Path, tensors: Mapping[str, Tensor]) -> str:
    """Writes tensors in one step and returns the file's SHA-256.

    Raises:
        TrainingError: If the file can't be written.
    """
    # clone: safetensors refuses tensors that share memory, and layouts other than rows first.
    plain = {
        name: tensor.detach().to("cpu").clone(memory_format=torch.contiguous_format)
        for name, tensor in tensors.items()
    }
    content = save(plain)
    write_atomically(path, content)
    return hashlib.sha256(content).hexdigest()


def read_tensors(path: Path, sha256: str) -> dict[str, Tensor]:
    """Reads tensors onto the CPU.

    Args:
        path: The file.
        sha256: What its content must hash to.

    Raises:
        TrainingError: If it is missing, a pickle, damaged, or another than was written.
    """
    refuse_pickle(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TrainingError(
            f"“{path.name}” of the run “{path.parent.name}” can't be read: choose another run."
        ) from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise TrainingError(
            f"“{path.name}” of the run “{path.parent.name}” is damaged or was changed: its "
            "content isn't what the run wrote. Choose another run, or start a new one."
        )
    try:
        return load(content)
    except SafetensorError as error:
        raise TrainingError(
            f"“{path.name}” of the run “{path.parent.name}” is no safetensors file: choose "
            "another run, or start a new one."
        ) from error


def refuse_pickle(path: Path) -> None:
    """Refuses a file that torch.save or pickle wrote, by its first bytes.

    Raises:
        TrainingError: If it is one.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(9)
    except OSError:
        return  # the reader that follows says what is wrong
    # safetensors begins with its header's length, of which any first byte may come.
    is_safetensors = start[8:] == b"{" and start[4:8] == bytes(4)
    if not is_safetensors and start.startswith(_PICKLE_STARTS):
        raise TrainingError(
            f"“{path.name}” is a Python pickle, which could run a program when it is opened, so "
            "it wasn't: only run folders with safetensors weights are accepted."
        )
