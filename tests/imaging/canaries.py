"""A DICOM file with a secret in every place that can hold one."""

import re
import struct
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

MR = "1.2.840.10008.5.1.4.1.1.4"
ROWS, COLUMNS = 16, 12
BIRTH_DATE, STUDY_DATE = "19510713", "20190917"
NAMES = {
    "ISO_IR 100": ("latin_1", "Möller^Zoë"),
    "ISO_IR 101": ("iso8859_2", "Dvořák^Łucja"),
    "ISO_IR 144": ("iso8859_5", "Люкceмбypг^Ва"),
    "ISO_IR 127": ("iso8859_6", "قباني^لنزار"),
    "ISO_IR 126": ("iso8859_7", "Διονυσιος"),
    "ISO_IR 138": ("iso8859_8", "שרון^דבורה"),
    "ISO_IR 148": ("iso8859_9", "Çavuşoğlu"),
    "ISO_IR 13": ("shift_jis", "ﾔﾏﾀﾞ^ﾀﾛｳ"),
    "ISO 2022 IR 87": ("iso2022_jp", "山田^太郎"),
    "ISO 2022 IR 149": ("euc_kr", "김희중"),
    "ISO_IR 192": ("utf_8", "Wang^XiaoDong=王^小東"),
    "GB18030": ("gb18030", "王^小东"),
}
_TEXT = frozenset({"AE", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT", "CS"})
_OTHER = frozenset({"DS", "IS", "US", "SS", "UL", "FD", "FL", "AS", "TM", "DT", "DA", "SQ", "AT"})
_NEEDED = {
    "SOPClassUID", "PhotometricInterpretation", "Rows", "Columns", "BitsAllocated", "BitsStored",
    "HighBit", "PixelRepresentation", "SamplesPerPixel", "NumberOfFrames", "PixelData",
    "PatientBirthDate", "StudyDate", "ConversionType", "SpecificCharacterSet",
    "DirectoryRecordSequence",
}  # fmt: skip


_MARKS = re.compile(rb"canary|1\.2\.999\.", re.IGNORECASE)


@dataclass
class Canaries:
    """Hands out secrets and finds them again.

    Args:
        planted: All, as bytes.
        names: Those of them that carry none of the marks.
    """

    planted: list[bytes] = field(default_factory=list)
    names: set[bytes] = field(default_factory=set)

    def text(self) -> str:
        """Sixteen letters and digits that no vocabulary knows."""
        return self._mark(f"QZ{len(self.planted):06d}CANARYXQ")

    def uid(self) -> str:
        return self._mark(f"1.2.999.7.{len(self.planted) + 700_000}.4711")

    def _mark(self, secret: str) -> str:
        self.planted.append(secret.encode())
        return secret

    def add_name(self, name: bytes) -> None:
        self.planted.append(name)
        self.names.add(name)

    def add_date(self, text: str) -> str:
        for form in (text, f"{text[:4]}-{text[4:6]}-{text[6:]}"):
            self.add_name(form.encode())
        return text

    def found_in(self, content: bytes) -> list[bytes]:
        """The secrets in some bytes, plain or as UTF-16."""
        found = []
        for kind in (content, content.replace(b"\0", b"")):
            found += [kind[hit.start() - 10 : hit.end() + 10] for hit in _MARKS.finditer(kind)]
            found += [name for name in self.names if _is_told(name, kind)]
        return found


def _is_told(name: bytes, content: bytes) -> bool:
    if not name.isdigit():
        return name in content
    # Eight digits may stand within a longer random number.
    return re.search(rb"(?<!\d)" + name + rb"(?!\d)", content) is not None


def everything(canaries: Canaries, depth: int = 0) -> Dataset:
    """Every element of the data dictionary that can hold text or, by the wrong VR, does."""
    dataset = Dataset()
    for tag, (vr, _, _, _, keyword) in DicomDictionary.items():
        # Groups 0 to 4 are of messages, file headers and indexes; they would end the data set.
        if keyword in _NEEDED or tag >> 16 < 0x0008 or tag >= 0x7FE00000:
            continue
        if vr == "UI":
            dataset.add_new(tag, vr, canaries.uid())
        elif vr in _TEXT:
            dataset.add_new(tag, vr, canaries.text())
        elif vr in _OTHER and vr != "SQ":
            # Text in an element of numbers: the file says so itself, by the VR that it gives.
            dataset.add_new(tag, "LO", canaries.text())
        elif vr == "SQ" and depth == 0:
            item = Dataset()
            item.add_new(0x00081030, "LO", canaries.text())
            item.add_new(0x00081155, "UI", canaries.uid())
            item.add_new(0x00400280, "ST", canaries.text())
            dataset.add_new(tag, vr, [item])
    return dataset


def image(canaries: Canaries) -> Dataset:
    """An MR slice that can be read, full of secrets."""
    dataset = everything(canaries)
    item = everything(canaries, depth=1)
    deepest = Dataset()
    deepest.PlaneOrientationSequence = [item]
    dataset.SharedFunctionalGroupsSequence = [deepest]
    dataset.PatientBirthDate = canaries.add_date(BIRTH_DATE)
    dataset.StudyDate = canaries.add_date(STUDY_DATE)
    dataset.SOPClassUID = MR
    dataset.SpecificCharacterSet = "ISO_IR 192"
    _add_private(dataset, canaries)
    _add_graphics(dataset, canaries)
    _add_pixels(dataset, canaries)
    return dataset


def _add_private(dataset: Dataset, canaries: Canaries) -> None:
    block = dataset.private_block(0x0009, canaries.text(), create=True)
    block.add_new(0x01, "LO", canaries.text())
    block.add_new(0x02, "OB", canaries.text().encode())
    block.add_new(0x03, "UN", canaries.text().encode())
    item = Dataset()
    item.add_new(0x00100010, "PN", canaries.text())
    block.add_new(0x04, "SQ", [item])
    philips = dataset.private_block(0x2005, "Philips MR Imaging DD 001", create=True)
    philips.add_new(0x0E, "FL", 0.25)
    philips.add_new(0x11, "LO", canaries.text())
    philips.add_new(0x0D, "LO", canaries.text())


def _add_graphics(dataset: Dataset, canaries: Canaries) -> None:
    dataset.add_new(0x60003000, "OW", canaries.text().encode())
    dataset.add_new(0x60004000, "LT", canaries.text())
    dataset.add_new(0x60020022, "LO", canaries.text())
    dataset.add_new(0x50003000, "OW", canaries.text().encode())
    dataset.add_new(0x50020022, "LO", canaries.text())
    dataset.add_new(0xFFFCFFFC, "OB", canaries.text().encode())


def _add_pixels(dataset: Dataset, canaries: Canaries) -> None:
    dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = ROWS, COLUMNS, 1
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation, dataset.PhotometricInterpretation = 0, "MONOCHROME2"
    dataset.NumberOfFrames = 1
    pixels = np.arange(ROWS * COLUMNS, dtype="<u2").tobytes()
    dataset.PixelData = pixels + canaries.text().encode()
    dataset["PixelData"].VR = "OW"


def write(dataset: Dataset, path: Path, canaries: Canaries) -> Path:
    """Writes it with secrets in preamble and file header, under a secret name."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = MR
    meta.MediaStorageSOPInstanceUID = UID(canaries.uid())
    meta.ImplementationVersionName = canaries.text()
    for keyword in ("SourceApplicationEntityTitle", "SendingApplicationEntityTitle"):
        setattr(meta, keyword, canaries.text())
    meta.PrivateInformationCreatorUID = UID(canaries.uid())
    meta.PrivateInformation = canaries.text().encode()
    dataset.file_meta = meta
    dataset.preamble = (canaries.text().encode() * 9)[:128]
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=False, implicit_vr=False, little_endian=True)
    return path


def plain_image(canaries: Canaries, series: str, number: int, character_set: str) -> bytes:
    """A slice with a place in the patient, its names in bytes of a character set."""
    codec, name = NAMES[character_set]
    secret = name.encode(codec)
    # One letter is no secret, but the whole name is, however it may be written.
    for form in (secret, name.encode(), name.encode("utf_16_le")):
        canaries.add_name(form)
    elements = [
        (0x00080005, "CS", character_set.encode()),
        (0x00080016, "UI", MR.encode()),
        (0x00080018, "UI", f"{series}.{number}".encode()),
        (0x00080020, "DA", STUDY_DATE.encode()),
        (0x00080060, "CS", b"MR"),
        (0x00080070, "LO", b"SIEMENS"),
        (0x00080080, "LO", secret),
        (0x0008103E, "LO", b"t2_tse_sag " + secret),
        (0x00100010, "PN", secret),
        (0x00100020, "LO", b"QZ99CANARYID"),
        (0x00100030, "DA", BIRTH_DATE.encode()),
        (0x00104000, "LT", secret),
        (0x00180050, "DS", b"4"),
        (0x00180080, "DS", b"3000"),
        (0x00180081, "DS", b"100"),
        (0x0020000D, "UI", b"1.2.999.1"),
        (0x0020000E, "UI", series.encode()),
        (0x00200011, "IS", b"3"),
        (0x00200013, "IS", str(number).encode()),
        (0x00200032, "DS", f"{number * 4.4:.1f}\\-20\\30.25".encode()),
        (0x00200037, "DS", b"0\\1\\0\\0\\0\\-1"),
        (0x00280002, "US", struct.pack("<H", 1)),
        (0x00280004, "CS", b"MONOCHROME2"),
        (0x00280010, "US", struct.pack("<H", ROWS)),
        (0x00280011, "US", struct.pack("<H", COLUMNS)),
        (0x00280030, "DS", b"0.75\\0.5"),
        (0x00280100, "US", struct.pack("<H", 16)),
        (0x00280101, "US", struct.pack("<H", 12)),
        (0x00280102, "US", struct.pack("<H", 11)),
        (0x00280103, "US", struct.pack("<H", 0)),
        (0x7FE00010, "OW", np.arange(ROWS * COLUMNS, dtype="<u2").tobytes()),
    ]
    for date in (STUDY_DATE, BIRTH_DATE):
        canaries.add_date(date)
    syntax = _element(0x00020010, "UI", b"1.2.840.10008.1.2.1")
    header = _element(0x00020000, "UL", struct.pack("<I", len(syntax))) + syntax
    return bytes(128) + b"DICM" + header + b"".join(_element(*item) for item in elements)


def _element(tag: int, vr: str, value: bytes) -> bytes:
    value += (b"\0" if vr in ("UI", "OW") else b" ") * (len(value) % 2)
    start = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr.encode()
    if vr in ("OW", "OB", "SQ", "UN", "UT"):
        return start + struct.pack("<HI", 0, len(value)) + value
    return start + struct.pack("<H", len(value)) + value


def survivors(canaries: Canaries, folder: Path) -> list[str]:
    """Which secrets are in the files of a folder or in their names, and where."""
    found = []
    for path in folder.rglob("*"):
        content = str(path.relative_to(folder)).encode(errors="surrogateescape") + b"\0"
        content += path.read_bytes() if path.is_file() else b""
        found += [f"{secret!r} in {path.name}" for secret in canaries.found_in(content)]
    return found
