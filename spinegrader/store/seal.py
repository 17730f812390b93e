"""The seal of an HDF5 file: it shows that a file is whole before the HDF5 library opens it.

Damaged files can crash that library. So each file begins with an HDF5 user block of 512 bytes:
what the file is for, and the SHA-256 of all bytes after the block. Anybody can compute one: a
seal keeps accidents out, not intent.
"""

import hashlib
from dataclasses import dataclass

SEAL_BYTES = 512
"""Size of the user block, the smallest that HDF5 knows."""

_TEXT = "{title} in HDF5; SHA-256 of all bytes after the first 512:\n{checksum}\n"


@dataclass(frozen=True)
class SealCheck:
    """What the seal of a file says.

    Args:
        holds: Whether the file holds every byte as it was written, and for what it is read now.
        fingerprint: SHA-256 that stands for the file and for what it is read.
    """

    holds: bool
    fingerprint: str


def seal(content: bytes | bytearray | memoryview, title: str) -> bytes:
    """The user block that belongs to a file.

    Args:
        content: The whole file; its first 512 bytes may hold anything.
        title: What the file is for, in one line.
    """
    checksum = hashlib.sha256(memoryview(content)[SEAL_BYTES:]).hexdigest()
    return _TEXT.format(title=title, checksum=checksum).encode().ljust(SEAL_BYTES, b"\n")


def check_seal(content: bytes | memoryview, title: str) -> SealCheck:
    """Compares a whole file, sealed or not, with its seal."""
    expected, found = seal(content, title), bytes(content[:SEAL_BYTES])
    return SealCheck(found == expected, _fingerprint(expected, found))


def is_sealed(content: bytes, title: str) -> bool:
    """Whether a file holds every byte as it was written, and for what it is read now."""
    return check_seal(content, title).holds


def fingerprint_of_sealed(content: bytes | memoryview) -> str:
    """The fingerprint of a file that was sealed just now, without reading it once more."""
    block = bytes(content[:SEAL_BYTES])
    return _fingerprint(block, block)


def _fingerprint(expected: bytes, found: bytes) -> str:
    return hashlib.sha256(expected + found).hexdigest()
