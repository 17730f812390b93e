"""Archives come in member by member; nothing in them leads out, and no bomb goes off."""

import contextlib
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

import pytest

from spinegrader.errors import CancelledError, InputError
from spinegrader.imaging import archives
from spinegrader.imaging.archive_contents import ArchiveLimits, listed_members
from spinegrader.imaging.archives import (
    Budget,
    Member,
    UnpackingError,
    is_archive,
    unpacked,
)

NO_RESERVE = ArchiveLimits(reserve_bytes=0)


def zipped(path: Path, members: Iterable[tuple[str | zipfile.ZipInfo, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members:
            file.writestr(name, content)
    return path


def members_of(archive: Path, limits: ArchiveLimits = NO_RESERVE) -> list[Member]:
    folder = archive.parent / "unpacked" / "1"
    folder.mkdir(parents=True, exist_ok=True)
    return list(unpacked(archive, folder, Budget(archive, limits), lambda: False))


def reasons_of(members: Iterable[Member]) -> dict[str, str]:
    return {member.name: member.reason for member in members}


def test_members_come_whole_under_numbers(tmp_path: Path) -> None:
    content = os.urandom(1_500_000)
    archive = zipped(
        tmp_path / "a.zip", [("folder/", b""), ("folder/Meier^Anna", content), ("b.NII.GZ", b"x")]
    )
    first, second = members_of(archive)
    assert first.path is not None
    assert second.path is not None
    assert first.path.read_bytes() == content
    assert [first.name, second.name] == ["folder/Meier^Anna", "b.NII.GZ"]
    assert [first.path.name, second.path.name] == ["000000", "000001.nii.gz"]
    assert stat.S_IMODE(first.path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../up", "a/../../up", "..\\up", "C:\\up", "C:up", "\\\\server\\up"]
)
def test_names_that_lead_out(tmp_path: Path, name: str) -> None:
    archive = zipped(tmp_path / "a.zip", [(name, b"bad"), ("good", b"good")])
    bad, good = members_of(archive)
    assert "leads out" in bad.reason
    assert bad.path is None
    assert good.path is not None
    assert good.path.read_bytes() == b"good"
    assert {path.name for path in tmp_path.rglob("*")} == {"a.zip", "unpacked", "1", "000001"}


def test_links_and_devices(tmp_path: Path) -> None:
    infos = []
    for name, mode in (("link", stat.S_IFLNK), ("pipe", stat.S_IFIFO), ("file", stat.S_IFREG)):
        info = zipfile.ZipInfo(name)
        info.create_system = 3
        info.external_attr = (mode | 0o777) << 16
        infos.append((info, b"/etc/passwd"))
    reasons = reasons_of(members_of(zipped(tmp_path / "a.zip", infos)))
    assert "link or a device" in reasons["link"]
    assert "link or a device" in reasons["pipe"]
    assert reasons["file"] == ""


def _with_flags(archive: Path, name: bytes, flags: int) -> None:
    content = bytearray(archive.read_bytes())
    for signature, flags_at, name_at in ((b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)):
        at = content.find(signature)
        while content[at + name_at : at + name_at + len(name)] != name:
            at = content.index(signature, at + 1)
        struct.pack_into("<H", content, at + flags_at, flags)
    archive.write_bytes(content)


def test_passwords(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", [("open", b"x"), ("closed", b"x")])
    _with_flags(archive, b"closed", 1)
    reasons = reasons_of(members_of(archive))
    assert reasons["open"] == ""
    assert "needs a password" in reasons["closed"]


def test_rare_packing(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("rare", b"x" * 100, zipfile.ZIP_LZMA)
        file.writestr("usual", b"x")
    reasons = reasons_of(members_of(tmp_path / "a.zip"))
    assert "rare way" in reasons["rare"]
    assert reasons["usual"] == ""


def test_a_damaged_member_is_named_and_the_others_come(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        for name in ("one", "two", "three"):
            file.writestr(name, f"content of {name}".encode())
    content = (tmp_path / "a.zip").read_bytes()
    (tmp_path / "a.zip").write_bytes(content.replace(b"content of two", b"kontent of two"))
    members = members_of(tmp_path / "a.zip")
    assert [bool(member.path) for member in members] == [True, False, True]
    assert "damaged inside" in members[1].reason
    assert sorted(path.name for path in (tmp_path / "unpacked" / "1").iterdir()) == [
        "000000",
        "000002",
    ]


def test_a_member_that_lies_about_its_size(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", [("bomb", bytes(5_000_000)), ("good", b"x")])
    content = bytearray(archive.read_bytes())
    for signature, size_at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<L", content, content.find(signature) + size_at, 10)
    archive.write_bytes(content)
    bomb, good = members_of(archive)
    assert "damaged" in bomb.reason
    assert good.path is not None


def test_a_bomb_stops_before_anything_is_unpacked(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", [("bomb", bytes(3 << 20))])
    with pytest.raises(InputError, match="more than 100 times its size"):
        members_of(archive, ArchiveLimits(free_ratio_bytes=2 << 20))
    assert not list((tmp_path / "unpacked" / "1").iterdir())


def test_small_blank_images_are_no_bomb(tmp_path: Path) -> None:
    (member,) = members_of(zipped(tmp_path / "a.zip", [("blank", bytes(1 << 20))]))
    assert member.path is not None


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (ArchiveLimits(entries=2), "more than 2 files"),
        (ArchiveLimits(total_bytes=100), "unfold to more than"),
        (ArchiveLimits(directory_bytes=50), "table of contents"),
    ],
)
def test_caps(tmp_path: Path, limits: ArchiveLimits, words: str) -> None:
    archive = zipped(tmp_path / "a.zip", [(str(number), os.urandom(50)) for number in range(3)])
    with pytest.raises(InputError, match=words):
        members_of(archive, limits)


def test_one_huge_member_is_refused_alone(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", [("huge", os.urandom(500)), ("good", b"x")])
    reasons = reasons_of(members_of(archive, ArchiveLimits(member_bytes=400, reserve_bytes=0)))
    assert "as no image does" in reasons["huge"]
    assert reasons["good"] == ""


def test_a_long_table_of_contents_is_told_by_either_record(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", [("a", b"x")])
    content = archive.read_bytes()
    at = content.rfind(b"PK\x05\x06")
    long_one = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, 1 << 40, 0)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)
    archive.write_bytes(content[:at] + long_one + locator + content[at:])
    with pytest.raises(InputError, match="table of contents"):
        members_of(archive)


def test_overlapping_members(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", [("one", os.urandom(900)), ("two", os.urandom(900))])
    content = bytearray(archive.read_bytes())
    second = content.rfind(b"PK\x01\x02")
    struct.pack_into("<L", content, second + 42, 0)
    archive.write_bytes(content)
    with pytest.raises(InputError, match="overlap"):
        members_of(archive)


@pytest.mark.parametrize("length", [4, 30, 200, -10, -1])
def test_an_archive_cut_short(tmp_path: Path, length: int) -> None:
    archive = zipped(tmp_path / "a.zip", [("a", os.urandom(500)), ("b", os.urandom(500))])
    archive.write_bytes(archive.read_bytes()[:length])
    with pytest.raises(InputError, match=r"incomplete|damaged"):
        members_of(archive)


def test_every_flipped_byte_ends_in_a_sentence(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", [("Ä/one", b"content " * 5), ("two", b"x")])
    content = archive.read_bytes()
    (tmp_path / "unpacked" / "1").mkdir(parents=True)
    for at in range(len(content)):
        for flip in (0xFF,):
            damaged = bytearray(content)
            damaged[at] ^= flip
            archive.write_bytes(damaged)
            folder = tmp_path / "unpacked" / f"{at}-{flip}"
            folder.mkdir()
            # Anything but an InputError would be a fault of this program.
            with contextlib.suppress(InputError):
                for member in unpacked(archive, folder, Budget(archive, NO_RESERVE), lambda: False):
                    assert (member.path is None) == bool(member.reason)


def test_no_room_is_told_before_unpacking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = zipped(tmp_path / "a.zip", [("a", os.urandom(2_000_000))])
    usage = type("Usage", (), {"free": 1_000_000})
    monkeypatch.setattr(archives.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(UnpackingError, match=r"needs 0\.0 GB .* where 0\.0 GB are free: make room"):
        members_of(archive)
    assert not list((tmp_path / "unpacked" / "1").iterdir())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_disk_that_fills_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = zipped(tmp_path / "a.zip", [("a", os.urandom(2_000_000))])
    full = lambda _: os.open("/dev/full", os.O_WRONLY)  # noqa: E731 - a disk with no room
    monkeypatch.setattr(archives, "create_exclusively", full)
    with pytest.raises(UnpackingError, match="make room there") as caught:
        members_of(archive)
    assert str(tmp_path) in caught.value.message


def test_stopping_amid_a_member(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "a.zip", [("a", os.urandom(8_000_000))])
    folder = tmp_path / "folder"
    folder.mkdir()
    asked: list[int] = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 3

    with pytest.raises(CancelledError):
        list(unpacked(archive, folder, Budget(archive, NO_RESERVE), stop))
    assert sum(path.stat().st_size for path in folder.iterdir()) < 5_000_000


def test_names_in_odd_code_pages(tmp_path: Path) -> None:
    infos = []
    for name in ("Größe", "日本", "R\x81cken", "a\u202eb"):
        info = zipfile.ZipInfo(name)
        infos.append((info, b"x"))
    names = [member.name for member in members_of(zipped(tmp_path / "a.zip", infos))]
    assert names == ["Größe", "日本", "R\\x81cken", "a\\u202eb"]
    # Without the sign for UTF-8: bytes as programs of Unix and of DOS write them.
    plain = zipped(tmp_path / "b.zip", [("xxxxxxx", b"x"), ("yyyyyy", b"x")])
    content = plain.read_bytes().replace(b"xxxxxxx", "Größe".encode())
    plain.write_bytes(content.replace(b"yyyyyy", "Rücken".encode("cp437")))
    with zipfile.ZipFile(plain) as opened:
        listed = listed_members(opened, NO_RESERVE)
    assert [member.name for member in listed] == ["Größe", "Rücken"]


def test_unicode_path_of_info_zip(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("????")
    value = b"\x01" + struct.pack("<L", zlib.crc32(b"????")) + "画像".encode()
    info.extra = struct.pack("<2H", 0x7075, len(value)) + value
    (member,) = members_of(zipped(tmp_path / "a.zip", [(info, b"x")]))
    assert member.name == "画像"


def test_documents_are_no_archives_of_images(tmp_path: Path) -> None:
    letter = zipped(tmp_path / "a.docx", [("[Content_Types].xml", b"x"), ("word/a.xml", b"x")])
    with pytest.raises(InputError, match="a document or a program"):
        members_of(letter)


def test_what_is_an_archive(tmp_path: Path) -> None:
    dicom = tmp_path / "dicom"
    dicom.write_bytes(b"PK\x03\x04".ljust(128, b"\0") + b"DICM")
    assert not is_archive(dicom)
    assert not is_archive(tmp_path / "gone")
    assert is_archive(zipped(tmp_path / "export", [("a", b"x")]))
    assert is_archive(zipped(tmp_path / "empty.zip", []))
