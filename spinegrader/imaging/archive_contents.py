"""What a zip archive says that it holds: looked through before anything is unpacked."""

import contextlib
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from spinegrader.errors import InputError
from spinegrader.imaging.naming import is_litter

LITTER = "It belongs to the operating system and holds no image."

_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_UTF8 = 0x800
_UNICODE_PATH = 0x7075
_LOCAL_HEADER_BYTES = 30
_END_RECORD = struct.Struct("<4s4H2LH")
_END_RECORD_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_BYTES = 20
_END_BYTES = 65535 + _END_RECORD.size + _LOCATOR_BYTES + _END_RECORD_64.size
_BYTES_PER_GB = 1e9
# Office documents and programs are zip archives too, which begin with one of these.
_DOCUMENT_STARTS = frozenset({"[Content_Types].xml", "META-INF/MANIFEST.MF", "mimetype"})


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What an archive may hold, those inside it included.

    Args:
        entries: Members.
        directory_bytes: The table of contents, which is read at once.
        member_bytes: One member, unpacked.
        total_bytes: All of them, unpacked.
        ratio: All of them, unpacked, against the archive itself. Images pack to a half or a
            tenth; deflate can't exceed 1032.
        free_ratio_bytes: What may be unpacked at any ratio: small blank images pack well.
        reserve_bytes: Room that is left on the disk.
    """

    entries: int = 300_000
    directory_bytes: int = 32 << 20
    member_bytes: int = 4 << 30
    total_bytes: int = 128 << 30
    ratio: float = 100.0
    free_ratio_bytes: int = 64 << 20
    reserve_bytes: int = 512 << 20


@dataclass(frozen=True, slots=True)
class ListedMember:
    """A line of the table of contents.

    Args:
        info: As zipfile has it.
        name: With forward slashes, decoded.
        refusal: Why it isn't unpacked; empty if it may be.
    """

    info: zipfile.ZipInfo
    name: str
    refusal: str

    @property
    def bytes(self) -> int:
        """What unpacking it may write."""
        return 0 if self.refusal else self.info.file_size


def check_directory(archive: Path, limits: ArchiveLimits) -> None:
    """Refuses a table of contents that is too long, before zipfile reads it whole.

    The records at its end are those of PKWARE's APPNOTE 6.3, sections 4.3.14 to 4.3.16.
    """
    with archive.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _END_BYTES))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END_RECORD.size:
        raise InputError("It is an incomplete zip archive: export or copy it again.")
    directory_bytes = _END_RECORD.unpack_from(tail, at)[5]
    locator = at - _LOCATOR_BYTES
    # Where there is one of 64 bits, zipfile believes it and not the other.
    if locator >= _END_RECORD_64.size and tail[locator:].startswith(b"PK\x06\x07"):
        directory_bytes = _END_RECORD_64.unpack_from(tail, locator - _END_RECORD_64.size)[8]
    if directory_bytes > limits.directory_bytes:
        raise InputError("Its table of contents is too long: unpack it, and import the folder.")


def listed_members(opened: zipfile.ZipFile, limits: ArchiveLimits) -> list[ListedMember]:
    """The members in their order, without folders.

    Raises:
        InputError: If the archive isn't one of images.
    """
    infos = [info for info in opened.infolist() if not _is_folder(info)]
    if infos and infos[0].filename in _DOCUMENT_STARTS:
        raise InputError("It is a document or a program, and no archive of images.")
    _check_overlap(infos)
    names = [_shown_name(info) for info in infos]
    return [
        ListedMember(info, name, _refusal(info, name, limits))
        for info, name in zip(infos, names, strict=True)
    ]


def _is_folder(info: zipfile.ZipInfo) -> bool:
    return info.file_size == 0 and info.filename.endswith(("/", "\\"))


def _check_overlap(infos: Sequence[zipfile.ZipInfo]) -> None:
    """Refuses members that share bytes: D. Fifield, “A better zip bomb”, WOOT 2019."""
    ordered = sorted(infos, key=lambda info: info.header_offset)
    for one, other in pairwise(ordered):
        if other.header_offset < one.header_offset + _LOCAL_HEADER_BYTES + one.compress_size:
            raise InputError("Its members overlap, as only a zip bomb's do: it was not unpacked.")


def _refusal(info: zipfile.ZipInfo, name: str, limits: ArchiveLimits) -> str:
    """Why a member isn't even tried; empty if it may be."""
    leads_out = name.startswith("/") or name[1:2] == ":" or ".." in name.split("/")
    is_special = stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG)
    refusals = (
        (leads_out, "Its name leads out of the archive's folder: it was not unpacked."),
        (is_special, "It is a link or a device, and no file: it was not unpacked."),
        (is_litter(name), LITTER),
        (
            bool(info.flag_bits & _ENCRYPTED),
            "It needs a password: unpack the archive with it, and import the folder.",
        ),
        (
            info.compress_type not in _METHODS,
            "It is packed in a rare way: unpack the archive with the program that made it.",
        ),
        (
            info.file_size > limits.member_bytes,
            f"It unfolds to more than {gigabytes(limits.member_bytes)}, as no image does.",
        ),
    )
    return next((reason for applies, reason in refusals if applies), "")


def _shown_name(info: zipfile.ZipInfo) -> str:
    """The name with forward slashes, decoded as well as can be.

    Without a sign for UTF-8 the code page isn't told; programs of today write UTF-8 all the
    same, or say so in the extra field of Info-ZIP (APPNOTE 6.3, section 4.6.9).
    """
    name = info.orig_filename
    if not info.flag_bits & _UTF8:
        raw = name.encode("cp437")
        with contextlib.suppress(UnicodeDecodeError):
            name = raw.decode("utf-8")
        name = _unicode_path(info.extra, raw) or name
    return name.partition("\0")[0].replace("\\", "/")


def _unicode_path(extra: bytes, raw: bytes) -> str:
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<2H", extra)
        value, extra = extra[4 : 4 + length], extra[4 + length :]
        is_for_this = value[:1] == b"\x01" and value[1:5] == struct.pack("<L", zlib.crc32(raw))
        if kind == _UNICODE_PATH and is_for_this:
            return value[5:].decode("utf-8", "replace")
    return ""


def gigabytes(count: int) -> str:
    """A number of bytes for reading."""
    return f"{count / _BYTES_PER_GB:.1f} GB"
