"""A damaged journal line in which one byte is wrong can be told from its checksum.

Which byte is found by trying: only the true line has the checksum that the line itself or the
one after it states.
"""

import hashlib
from collections.abc import Iterator

from spinegrader.store.lines import BEGINNING, is_sound, parse_line

_CHECKSUM_END = len(BEGINNING) + 64
_BODY_START = _CHECKSUM_END + 2
_LONGEST = 16_384
"""Bytes of a line; trying a longer one would take too long."""
_LONGEST_ANY_BYTE = 1024
"""Bytes up to which every value of a byte is tried; beyond, one flipped bit."""


def true_line(raw: bytes, number: int, following: str, *, is_torn: bool) -> bytes | None:
    """The line that a damaged piece was.

    Args:
        raw: What lies between the sound lines around it.
        number: Place in the journal.
        following: Checksum of it that the next line states; empty where there is none.
        is_torn: Whether its end is missing, so that at most the newline can be what is damaged.

    Returns:
        The line without its newline; None where more than a byte is wrong.
    """
    if len(raw) > _LONGEST:
        return None
    for candidate in _candidates(raw, following, is_torn=is_torn):
        if is_sound(candidate) and parse_line(candidate).number == number:
            return candidate
    return None


def _candidates(raw: bytes, following: str, *, is_torn: bool) -> Iterator[bytes]:
    line = raw.removesuffix(b"\n")
    yield line
    # The newline itself may be damaged.
    yield line[:-1]
    if is_torn:
        return
    body = line[_BODY_START:]
    actual = hashlib.sha256(body).hexdigest()
    stated = line[len(BEGINNING) : _CHECKSUM_END].decode("ascii", errors="replace")
    if actual == following or _unequal(actual, stated) <= 1:
        yield _line(actual, body)
    targets = {following, stated}
    for mended in _one_byte_changed(body, targets):
        yield _line(hashlib.sha256(mended).hexdigest(), mended)


def _one_byte_changed(body: bytes, targets: set[str]) -> Iterator[bytes]:
    """The contents with one byte changed that have one of the checksums."""
    digests = {bytes.fromhex(text) for text in targets if _is_checksum(text)}
    changes = range(1, 256) if len(body) <= _LONGEST_ANY_BYTE else [1 << bit for bit in range(8)]
    before = hashlib.sha256()
    for place, byte in enumerate(body):
        rest = body[place + 1 :]
        for change in changes:
            digest = before.copy()
            digest.update(bytes([byte ^ change]) + rest)
            if digest.digest() in digests:
                yield body[:place] + bytes([byte ^ change]) + rest
        before.update(body[place : place + 1])


def _line(checksum: str, body: bytes) -> bytes:
    return BEGINNING + checksum.encode() + b'",' + body


def _unequal(one: str, other: str) -> int:
    return sum(a != b for a, b in zip(one, other, strict=False)) + abs(len(one) - len(other))


def _is_checksum(text: str) -> bool:
    return len(text) == 64 and not set(text) - set("0123456789abcdef")
