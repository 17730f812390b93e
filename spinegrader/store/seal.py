"""The seal of an HDF5 file: it shows that a file is whole before the HDF5 library opens it.

Damaged files can crash that library. So each file begins with an HDF5 user block of 512 bytes:
what the file is for, and the SHA-256 of all bytes after the block. Anybody can compute one: a
seal keeps accidents out, not intent.
"""

import hashlib

SEAL_BYTES = 512
"""Size of the user block, the smallest that HDF5 knows."""

_TEXT = "{title} in HDF5; SHA-256 of all bytes after the first 512:\n{checksum}\n"


def seal(content: bytes | memoryview, title: str) -> bytes:
    """The user block that belongs to a file.

    Args:
        content: The whole file; its first 512 bytes may hold anything.
        title: What the file is for, in one line.
    """
    checksum = hashlib.sha256(memoryview(content)[SEAL_BYTES:]).hexdigest()
    return _TEXT.format(title=title, checksum=checksum).encode().ljust(SEAL_BYTES, b"\n")


def is_sealed(content: bytes, title: str) -> bool:
    """Whether a file holds every byte as it was written, and for what it is read now."""
    return content[:SEAL_BYTES] == seal(content, title)
