"""The header reader agrees with pydicom on sound files, and refuses broken ones by a sentence."""

import logging
import warnings
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pydicom
import pydicom.data
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.errors import InvalidDicomError
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from spinegrader.domain.study import Weighting
from spinegrader.errors import InputError
from spinegrader.imaging import parsing
from spinegrader.imaging.elements import Elements, tag_of
from spinegrader.imaging.headers import read_headers
from spinegrader.imaging.parsing import RawDataset, parse_file, parse_items
from spinegrader.imaging.sandbox import Sandbox
from spinegrader.imaging.slices import SliceHeader
from spinegrader.imaging.sources import SourceFile
from tests.imaging import test_frames as frames
from tests.imaging.conftest import Writer

write_enhanced = frames.write_enhanced

NATIVE = (
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
)
PIXEL_DATA = 0x7FE00010
# pydicom takes files without preamble only by force.
WITHOUT_PREAMBLE = frozenset({"rtstruct.dcm", "ExplVR_LitEndNoMeta.dcm"})
CUT_OFF = frozenset({"rtplan_truncated.dcm"})
# Its items are longer than the sequence that holds them.
CONTRADICTS_ITSELF = frozenset({"DICOMDIR-nooffset"})


@pytest.fixture(autouse=True)
def _quiet_pydicom() -> Iterator[None]:
    logger = logging.getLogger("pydicom")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    logger.setLevel(before)


def header(path: Path) -> tuple[SliceHeader, ...]:
    return read_headers(SourceFile(str(path), path.name))


def facts(slices: tuple[SliceHeader, ...]) -> list[tuple[object, ...]]:
    """All that the place, the look and the home of slices depend on."""
    return [
        (item.common, item.position_mm, item.scaling, item.sop_uid, item.file.pixels.offset)
        for item in slices
    ]


# -- sound files ----------------------------------------------------------------------------


def test_files_of_pydicom_read_to_the_same_bytes() -> None:
    folder = Path(pydicom.data.__file__).parent
    compared = refused = 0
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        try:
            expected = pydicom.dcmread(path, force=path.name in WITHOUT_PREAMBLE)
        except InvalidDicomError:
            with pytest.raises(InputError):
                parse_file(str(path), frozenset())
            refused += 1
            continue
        if path.name in CONTRADICTS_ITSELF:
            continue
        wanted = frozenset(int(tag) for tag in expected.keys() if tag < PIXEL_DATA)  # noqa: SIM118
        if path.name in CUT_OFF:
            with pytest.raises(InputError, match="cut off"):
                parse_file(str(path), wanted)
            continue
        found, _ = parse_file(str(path), wanted)
        compared += same_values(found, expected, path.name)
        assert (found.pixels is not None) == ("PixelData" in expected), path.name
    assert compared > 12_000
    assert refused > 10


def same_values(found: RawDataset, expected: Dataset, where: str, depth: int = 0) -> int:
    """Compares all elements but pixels, sequences item by item; returns how many."""
    compared = 0
    for tag in (int(tag) for tag in expected.keys() if tag < PIXEL_DATA):  # noqa: SIM118
        raw = expected.get_item(tag).value
        value = found.values.get(tag, (b"", b""))[1]
        if raw is None or isinstance(raw, bytes):
            assert value == (raw or b""), f"{where} {tag:08x}"
            compared += 1
            if expected.get_item(tag).VR != "SQ":
                continue
        if not isinstance(expected[tag].value, Sequence):
            continue
        items = expected[tag].value
        wanted = frozenset(int(inner) for item in items for inner in item.keys())  # noqa: SIM118
        nested = parse_items(value, found, wanted)
        assert len(nested) == len(items), f"{where} {tag:08x}"
        for own, other in zip(nested, items, strict=True):
            compared += same_values(own, other, where, depth + 1)
    return compared


@pytest.mark.parametrize("syntax", NATIVE)
def test_a_slice_is_the_same_in_every_encoding(write_slice: Writer, syntax: str) -> None:
    (plain,) = header(write_slice("plain", 4, EchoNumbers=2, WindowCenter=300, WindowWidth=500))
    (same,) = header(
        write_slice("same", 4, EchoNumbers=2, WindowCenter=300, WindowWidth=500, syntax=syntax)
    )
    assert same.position_mm == plain.position_mm == (4.0, -20.0, 30.0)
    assert same.window == plain.window == (300.0, 500.0)
    for name in ("orientation", "spacing_mm", "facts", "patient", "study", "echo_number"):
        assert getattr(same.common, name) == getattr(plain.common, name)
    assert same.common.pixel_format.transfer_syntax == syntax


def without_preamble(content: bytes) -> bytes:
    return content[132:]


def without_meta(content: bytes) -> bytes:
    # The group length says how long the rest of group 2 is.
    return content[132 + 12 + int.from_bytes(content[140:144], "little") :]


def with_trailing_garbage(content: bytes) -> bytes:
    return content + b"\x13\x37 left by a broken disk" + bytes(7)


def with_sequence_padding(content: bytes) -> bytes:
    # Data Set Trailing Padding, PS3.10, 7.2.
    return content + b"\xfc\xff\xfc\xffOB\0\0\x08\0\0\0" + bytes(8)


@pytest.mark.parametrize(
    "change", [without_preamble, without_meta, with_trailing_garbage, with_sequence_padding]
)
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_odd_but_complete_files_are_read(
    write_slice: Writer, syntax: str, change: Callable[[bytes], bytes]
) -> None:
    path = write_slice("odd", 4, syntax=syntax)
    (sound,) = header(path)
    path.write_bytes(change(path.read_bytes()))
    (odd,) = header(path)
    assert odd.common == sound.common
    assert odd.position_mm == sound.position_mm
    with path.open("rb") as file:
        file.seek(odd.file.pixels.offset)
        assert file.read(4) == b"\x28\0\x29\0"


# -- sequences ------------------------------------------------------------------------------


def element(tag: int, representation: bytes, value: bytes, length: int | None = None) -> bytes:
    """An explicit little endian element whose length may be a lie."""
    told = len(value) if length is None else length
    start = (tag >> 16).to_bytes(2, "little") + (tag & 0xFFFF).to_bytes(2, "little")
    if representation in (b"OB", b"OW", b"SQ", b"UN", b"UT"):
        return start + representation + b"\0\0" + told.to_bytes(4, "little") + value
    if not representation:
        return start + told.to_bytes(4, "little") + value
    return start + representation + told.to_bytes(2, "little") + value


UNDEFINED = 0xFFFFFFFF
ITEM_END = element(0xFFFEE00D, b"", b"")
SEQUENCE_END = element(0xFFFEE0DD, b"", b"")


def item(content: bytes, *, defined: bool) -> bytes:
    if defined:
        return element(0xFFFEE000, b"", content)
    return element(0xFFFEE000, b"", content, UNDEFINED) + ITEM_END


@pytest.mark.parametrize("item_defined", [True, False])
@pytest.mark.parametrize("defined", [True, False])
@pytest.mark.parametrize("representation", [b"SQ", b"UN"])
@pytest.mark.parametrize("tag", [0x00081140, 0x00091010])
def test_what_lies_in_sequences_is_not_taken_for_the_image(
    write_slice: Writer, tag: int, representation: bytes, defined: bool, item_defined: bool
) -> None:
    path = write_slice("sequence", 4)
    (sound,) = header(path)
    content = path.read_bytes()
    # An unknown element of undefined length holds implicit items (PS3.5, 6.2.2).
    vr = b"" if representation == b"UN" else b"DS"
    position = element(0x00200032, vr, b"99\\99\\99 ")
    inner = element(0x00091111, representation, item(position, defined=item_defined))
    if vr:
        position += inner
    items = item(position, defined=item_defined) * 2
    if defined:
        sequence = element(tag, representation, items)
    else:
        sequence = element(tag, representation, items + SEQUENCE_END, UNDEFINED)
    # Before the patient's module, group 10.
    place = content.index(b"\x10\0\x10\0PN")
    path.write_bytes(content[:place] + sequence + content[place:])
    (found,) = header(path)
    assert found.position_mm == sound.position_mm == (4.0, -20.0, 30.0)
    assert found.common == sound.common
    raw, _ = parse_file(str(path), frozenset({tag}))
    nested = parse_items(raw.values[tag][1], raw, frozenset({0x00200032}))
    assert [one.values[0x00200032][1] for one in nested] == [b"99\\99\\99 "] * 2


# -- broken files ---------------------------------------------------------------------------


@pytest.mark.parametrize("syntax", [*NATIVE, RLELossless])
def test_a_file_cut_off_anywhere_is_refused_or_the_same(write_slice: Writer, syntax: str) -> None:
    packed = {"PixelData": encapsulate([bytes(200)])} if syntax == RLELossless else {}
    path = write_slice("whole", 4, syntax=syntax, **packed)
    assert_cut_off_is_refused_or_the_same(path)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_a_file_of_frames_cut_off_anywhere_is_refused_or_the_same(
    write_enhanced: frames.EnhancedWriter, syntax: str
) -> None:
    assert_cut_off_is_refused_or_the_same(write_enhanced([(0, 80.0), (4, 80.0)], syntax))


def assert_cut_off_is_refused_or_the_same(path: Path) -> None:
    content = path.read_bytes()
    whole = facts(header(path))
    refused = 0
    for length in range(len(content)):
        path.write_bytes(content[:length])
        try:
            found = header(path)
        except InputError:
            refused += 1
        else:
            assert facts(found) == whole
    # All that ends before the pixels.
    assert refused > len(content) // 3


WRONG_LENGTHS = {
    "a gigabyte promised": (0x00081030, b"UT", 1 << 30),
    "four gigabytes less one promised": (0x00081030, b"UT", UNDEFINED - 1),
    "undefined where it can't be": (0x00081030, b"UT", UNDEFINED),
    "an odd length": (0x00081030, b"LO", 5),
    "to the end of the file": (0x00081030, b"LO", 0xFFFF),
    "a wanted gigabyte": (0x00081040, b"UN", 1 << 30),
}


@pytest.mark.parametrize("case", WRONG_LENGTHS)
def test_wrong_lengths_are_refused(write_slice: Writer, case: str) -> None:
    path = write_slice("long", 4)
    content = path.read_bytes()
    place = content.index(b"\x10\0\x10\0PN")
    odd = element(*WRONG_LENGTHS[case][:2], b"head", WRONG_LENGTHS[case][2])
    path.write_bytes(content[:place] + odd + content[place:])
    with pytest.raises(InputError, match=r"damaged DICOM file|no MR image|holds no"):
        header(path)


@pytest.mark.parametrize("syntax", NATIVE)
def test_more_pixels_than_the_header_says_are_refused(write_slice: Writer, syntax: str) -> None:
    sound = write_slice("a", 4, syntax=syntax, PixelData=bytes(240 + 30))
    assert header(sound)
    with pytest.raises(InputError, match="more pixels than its header says"):
        header(write_slice("half", 4, syntax=syntax, Rows=6))


def test_nothing_is_allocated_for_a_promise(write_slice: Writer) -> None:
    path = write_slice("long", 4)
    whole = path.read_bytes()
    # The file is as long as its element says, but holds nothing there.
    place = whole.index(b"\x10\0\x10\0PN")
    path.write_bytes(whole[:place] + element(0x0010_4000, b"UT", b"", 3 << 30))
    with path.open("r+b") as file:
        file.truncate(place + (4 << 30))
    with pytest.raises(InputError, match="damaged"):
        parse_file(str(path), frozenset({0x00104000}))


def test_a_value_of_length_zero_is_an_absent_one(write_slice: Writer) -> None:
    (found,) = header(write_slice("a", 4, EchoTime="", SeriesDescription="", WindowWidth=""))
    assert found.common.facts.echo_time_ms is None
    assert found.common.facts.description == ""
    assert found.window is None


def test_elements_out_of_order_are_read(write_slice: Writer) -> None:
    path = write_slice("a", 4)
    (sound,) = header(path)
    content = path.read_bytes()
    begin = content.index(b"\x20\0\x32\0DS")
    end = begin + 8 + int.from_bytes(content[begin + 6 : begin + 8], "little")
    first = len(content) - len(without_meta(content))
    path.write_bytes(content[:first] + content[begin:end] + content[first:begin] + content[end:])
    (found,) = header(path)
    assert found.position_mm == sound.position_mm
    assert found.common == sound.common


@pytest.mark.parametrize("depth", [20, 1000, 50_000])
def test_deep_nesting_is_refused_without_a_crash(write_slice: Writer, depth: int) -> None:
    path = write_slice("deep", 4)
    content = path.read_bytes()
    place = content.index(b"\x10\0\x10\0PN")
    opening = element(0x00081140, b"SQ", b"", UNDEFINED) + element(0xFFFEE000, b"", b"", UNDEFINED)
    nested = opening * depth + (ITEM_END + SEQUENCE_END) * depth
    path.write_bytes(content[:place] + nested + content[place:])
    if depth == 20:
        assert header(path)[0].position_mm == (4.0, -20.0, 30.0)
    else:
        with pytest.raises(InputError, match="damaged"):
            header(path)


def test_a_deflated_bomb_of_3_gb_is_refused(write_slice: Writer, sandbox: Sandbox) -> None:
    path = write_slice("bomb", 4, syntax=DeflatedExplicitVRLittleEndian)
    content = path.read_bytes()
    engine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    # Blocks behind a full flush stand alone and can be repeated.
    start = engine.compress(b"\x08\0\x05\0CS\x0a\0ISO_IR 100") + engine.flush(zlib.Z_FULL_FLUSH)
    block = engine.compress(bytes(1 << 20)) + engine.flush(zlib.Z_FULL_FLUSH)
    end = engine.compress(bytes(8)) + engine.flush(zlib.Z_FINISH)
    meta = content[: len(content) - len(without_meta(content))]
    path.write_bytes(meta + start + block * 3072 + end)
    assert path.stat().st_size < 4 << 20
    with pytest.raises(InputError, match="larger than a medical image"):
        sandbox.run("spinegrader.imaging.looking:look_at", SourceFile(str(path), "bomb"))


# -- values ---------------------------------------------------------------------------------


def patched(path: Path, tag: int, representation: bytes, value: bytes) -> Path:
    """Writes an element in a representation, or with a value, that it shouldn't have."""
    content = path.read_bytes()
    head = (tag >> 16).to_bytes(2, "little") + (tag & 0xFFFF).to_bytes(2, "little")
    begin = content.index(head, 132)
    end = begin + 8 + int.from_bytes(content[begin + 6 : begin + 8], "little")
    path.write_bytes(content[:begin] + element(tag, representation, value) + content[end:])
    return path


@pytest.mark.parametrize(
    ("keyword", "representation", "value"),
    [
        ("Rows", b"IS", b"12"),
        ("Rows", b"UL", b"\x0c\0\0\0"),
        ("Rows", b"DS", b"12.0"),
        ("Rows", b"UN", b"\x0c\0"),
        ("PixelSpacing", b"FD", bytes.fromhex("000000000000e83f000000000000e03f")),
        ("PixelSpacing", b"UN", b" 0.75 \\ 0.5 "),
        ("PixelSpacing", b"LO", b"+7.5e-1\\.5\0"),
        ("ImagePositionPatient", b"DS", b" 4 \\ -20.0\\+30 "),
        ("ImagePositionPatient", b"FL", bytes.fromhex("00008040 0000a0c1 0000f041")),
        ("InstanceNumber", b"IS", b"1.0 "),
        ("EchoTime", b"IS", b"100 "),
    ],
)
def test_numbers_in_other_forms_are_the_same_numbers(
    write_slice: Writer, keyword: str, representation: bytes, value: bytes
) -> None:
    path = write_slice("a", 4)
    (sound,) = header(path)
    (found,) = header(patched(path, tag_of(keyword), representation, value))
    assert found.position_mm == sound.position_mm
    assert found.instance_number == 1
    for name in ("spacing_mm", "matrix", "facts"):
        assert getattr(found.common, name) == getattr(sound.common, name)


@pytest.mark.parametrize(
    ("keyword", "representation", "value"),
    [
        ("PixelSpacing", b"DS", b"0.75\\0,5"),
        ("PixelSpacing", b"DS", b"0.75"),
        ("PixelSpacing", b"DS", b"0.75\\0.5\\1"),
        ("PixelSpacing", b"DS", b"nan\\inf "),
        ("PixelSpacing", b"DS", b"1_0\\1_0 "),
        ("PixelSpacing", b"DS", b"0x1\\0x1 "),
        ("PixelSpacing", b"DS", b"1e999\\1 "),
        ("PixelSpacing", b"FD", b"\xff" * 16),
        ("PixelSpacing", b"FD", bytes(15)),
        ("PixelSpacing", b"DS", "٣\\٣".encode()),
        ("ImagePositionPatient", b"DS", b"4\\-20\\"),
        ("ImagePositionPatient", b"SQ", b""),
        ("ImageOrientationPatient", b"DS", b"0\\1\\0\\0\\0 "),
        ("Rows", b"IS", b"twelve"),
        ("Rows", b"US", b""),
        ("Rows", b"FD", b"\xff" * 8),
        ("Rows", b"DS", b"1e300 "),
        ("BitsAllocated", b"US", b"\x11\0"),
    ],
)
def test_numbers_that_are_none_are_refused(
    write_slice: Writer, keyword: str, representation: bytes, value: bytes
) -> None:
    path = patched(write_slice("a", 4), tag_of(keyword), representation, value)
    with pytest.raises(InputError, match=r"^It"):
        header(path)


# TR, TE and TI as lumbar protocols are published and scanners are set, in milliseconds.
PROTOCOLS = [
    ("T1 TSE 0.3 T", {"TR": 400, "TE": 16, "kind": "SE"}, Weighting.T1),
    ("T1 TSE 1.5 T", {"TR": 600, "TE": 9.5, "kind": "SE"}, Weighting.T1),
    ("T1 TSE 3 T", {"TR": 900, "TE": 8.2, "kind": ["SE", "SK"]}, Weighting.T1),
    ("T2 TSE 0.3 T", {"TR": 3000, "TE": 110, "kind": "SE"}, Weighting.T2),
    ("T2 TSE 1.5 T", {"TR": 3500, "TE": 95, "kind": "SE"}, Weighting.T2),
    ("T2 TSE 3 T", {"TR": 4200, "TE": 120, "kind": "SE"}, Weighting.T2),
    ("T2 of a 3D turbo spin echo", {"TR": 1500, "TE": 130, "kind": "SE"}, Weighting.T2),
    ("PD TSE", {"TR": 2500, "TE": 20, "kind": "SE"}, Weighting.PD),
    ("STIR 0.3 T", {"TR": 2500, "TE": 30, "TI": 85, "kind": "IR"}, Weighting.STIR),
    ("STIR 1.5 T", {"TR": 4000, "TE": 60, "TI": 160, "kind": ["SE", "IR"]}, Weighting.STIR),
    ("STIR 3 T", {"TR": 4500, "TE": 45, "TI": 220, "kind": ["SE", "IR"]}, Weighting.STIR),
    ("STIR without its flag", {"TR": 4000, "TE": 60, "TI": 160, "kind": "SE"}, Weighting.STIR),
    ("T1 FLAIR 3 T", {"TR": 2200, "TE": 9, "TI": 860, "kind": ["SE", "IR"]}, Weighting.T1),
    ("T2 DIXON TSE", {"TR": 3500, "TE": 85, "kind": "SE"}, Weighting.T2),
    ("T1 VIBE DIXON", {"TR": 6, "TE": 2.4, "kind": "GR"}, Weighting.T1),
    ("T2* MEDIC", {"TR": 600, "TE": 17, "kind": "GR"}, Weighting.T2),
    ("localising gradient echo", {"TR": 8, "TE": 4, "kind": "GR"}, Weighting.UNKNOWN),
    ("sag, TR not told", {"TE": 100, "kind": "SE"}, Weighting.T2),
    ("sag, TR not told", {"TE": 10, "kind": "SE"}, Weighting.UNKNOWN),
    ("T1 sag, TR not told", {"TE": 10, "kind": "SE"}, Weighting.T1),
    ("TR and TE 0 for not told: T2", {"TR": 0, "TE": 0, "kind": "SE"}, Weighting.T2),
]


@pytest.mark.parametrize(("description", "timing", "weighting"), PROTOCOLS)
def test_lumbar_protocols_are_told_by_their_timing(
    write_slice: Writer, description: str, timing: dict[str, object], weighting: Weighting
) -> None:
    elements = {
        "RepetitionTime": timing.get("TR"),
        "EchoTime": timing.get("TE"),
        "InversionTime": timing.get("TI"),
        "ScanningSequence": timing["kind"],
        "SeriesDescription": description,
    }
    (found,) = header(write_slice("a", 4, **elements))
    assert found.common.facts.weighting is weighting


def test_what_isnt_told_isnt_guessed(write_slice: Writer) -> None:
    absent = dict.fromkeys(("EchoTime", "RepetitionTime", "StudyDate", "InstanceNumber"))
    (found,) = header(write_slice("a", 4, **absent, EchoNumbers=[2, 3], SeriesNumber=""))
    assert found.common.facts.weighting is Weighting.UNKNOWN
    assert found.common.facts.echo_time_ms is None
    assert found.common.facts.number == found.instance_number == 0
    assert found.common.study.date is None
    assert found.common.echo_number == 2


CHARACTER_SETS = [
    (b"ISO_IR 100", "Müller^Jörg", "Müller, Jörg", "iso8859-1"),
    (b"ISO_IR 101", "Łukasz^Dvořák", "Łukasz, Dvořák", "iso8859-2"),
    (b"ISO_IR 144", "Иванов^Иван", "Иванов, Иван", "iso8859-5"),
    (b"ISO_IR 126", "Διονύσιος^Α", "Διονύσιος, Α", "iso8859-7"),
    (b"ISO_IR 166", "สมชาย^ใจดี", "สมชาย, ใจดี", "tis-620"),
    (b"ISO_IR 192", "Wang^XiaoDong=王^小东", "王 小东 (Wang, XiaoDong)", "utf-8"),
    (b"GB18030", "Wang^XiaoDong=王^小东", "王 小东 (Wang, XiaoDong)", "gb18030"),
    (b"GBK", "Wang^XiaoDong=王^小东", "王 小东 (Wang, XiaoDong)", "gbk"),
    # The second byte of these is the backslash and the circumflex.
    (b"GB18030", "昞^昢", "昞, 昢", "gb18030"),
    (b"\\ISO 2022 IR 87", "Yamada^Tarou=山田^太郎", "山田 太郎 (Yamada, Tarou)", "iso2022_jp"),
    (b"ISO_IR 13", "ﾔﾏﾀﾞ^ﾀﾛｳ", "ﾔﾏﾀﾞ, ﾀﾛｳ", "shift_jis"),
    (b"ISO_IR 13\\ISO 2022 IR 87", "ﾔﾏﾀﾞ^ﾀﾛｳ", "ﾔﾏﾀﾞ, ﾀﾛｳ", "shift_jis"),
    (b"ISO_IR 101\0", "Łukasz^Dvořák", "Łukasz, Dvořák", "iso8859-2"),
    (b"", "Muller^Jorg", "Muller, Jorg", "ascii"),
]


@pytest.mark.parametrize(("character_set", "name", "shown", "codec"), CHARACTER_SETS)
def test_names_in_every_character_set(
    character_set: bytes, name: str, shown: str, codec: str
) -> None:
    values = {
        0x00080005: (b"CS", character_set),
        0x00100010: (b"PN", name.encode(codec)),
    }
    raw = RawDataset("", values, True, False, None)
    assert Elements(raw).person("PatientName") == shown


@pytest.mark.parametrize(
    "character_set",
    [
        b"ISO_IR 192", b"GB18030", b"GBK", b"\\ISO 2022 IR 87", b"ISO 2022 IR 13\\ISO 2022 IR 87",
        b"ISO 2022 IR 149", b"KOI8-R", b"Latin-2", b"no such thing", b"\0\0", b"a\0b", b"\xff\xfe",
        b"utf-16", b"hex", b"zip", b"rot13", b"idna", b"unicode_escape", b"\\\\\\", b"../../x",
        b"ISO_IR 100\\GB18030", b"ISO 2022 GBK", b"undefined", b"mbcs", b"x" * 5000,
    ],
)  # fmt: skip
def test_unknown_character_sets_and_broken_bytes_never_raise(character_set: bytes) -> None:
    for name in (
        b"\xff\xfe\x80^\xc3", b"\x1b$B", b"\x1b$)C\xff^\x1b(", b"\x81", b"\xcb\xce\xd2",
        b"\xa4\xcf=", bytes(range(256)), b"=" * 50, b"^" * 50, b"\x1b" * 9, b"",
    ):  # fmt: skip
        values = {0x00080005: (b"CS", character_set), 0x00100010: (b"PN", name)}
        elements = Elements(RawDataset("", values, True, False, None))
        elements.person("PatientName").encode()
        elements.text("PatientName").encode()


def test_koi8_is_not_dicom_but_shows_something(write_slice: Writer) -> None:
    path = write_slice("a", 4, SpecificCharacterSet="ISO_IR 192", PatientName="Smith^John")
    content = path.read_bytes().replace(b"Smith^John", "Иванов^Инн".encode("koi8-r"))
    path.write_bytes(content.replace(b"ISO_IR 192", b"KOI8-R    "))
    (found,) = header(path)
    assert found.common.patient.id == "P1"
    assert found.common.patient.name


def test_the_limit_for_inflating_holds(
    write_slice: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_slice("a", 4, syntax=DeflatedExplicitVRLittleEndian)
    assert header(path)
    monkeypatch.setattr(parsing, "_LONGEST_INFLATED", 300)
    with pytest.raises(InputError, match="larger than a medical image"):
        header(path)
