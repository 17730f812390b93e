"""Every transfer syntax, odd bits, divided frames and damage, by files and small codestreams."""

import struct
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import jpeg_ls
import numpy as np
import pytest
import SimpleITK
from openjpeg.utils import encode_array
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate, generate_frames

from spinegrader.errors import InputError
from spinegrader.imaging import decoding
from spinegrader.imaging.decoding import (
    EncodedPixels,
    available_decoders,
    check_transfer_syntax,
    decode_pixels,
)
from spinegrader.imaging.pixel_format import NATIVE, PixelFormat, TransferSyntax
from spinegrader.imaging.sandbox import Sandbox

FOLDER = Path(__file__).parent / "transfer_syntaxes"
DELIMITER = b"\xfe\xff\xdd\xe0\0\0\0\0"

# The kind of picture in each file, and how much the encoder was allowed to lose.
FIXTURES = {
    "implicit": ("signed", 0),
    "explicit": ("12", 0),
    "big_endian": ("signed", 0),
    "deflated": ("12", 0),
    "rle": ("signed", 0),
    "jpeg_baseline": ("8", 8),
    "jpeg_extended": ("12", 8),
    "jpeg_lossless": ("12", 0),
    "jpeg_lossless_sv1": ("signed", 0),
    "jpeg_ls": ("signed", 0),
    "jpeg_ls_near": ("12", 3),
    "jpeg_2000": ("signed", 0),
    "jpeg_2000_lossy": ("12", 16),
    "htj2k": ("signed", 0),
    "htj2k_rpcl": ("signed", 0),
    "htj2k_lossy": ("8", 8),
}
COMPRESSED = list(FIXTURES)[4:]


def truth(kind: str) -> np.ndarray:
    return np.load(FOLDER / f"truth_{kind}.npy")


def encoded(path: Path) -> EncodedPixels:
    """The pixels of a file as pydicom finds them."""
    dataset = dcmread(path)
    pixels = PixelFormat(
        transfer_syntax=str(dataset.file_meta.TransferSyntaxUID),
        rows=dataset.Rows,
        columns=dataset.Columns,
        frames=int(dataset.get("NumberOfFrames", 1)),
        bits_allocated=dataset.BitsAllocated,
        bits_stored=dataset.BitsStored,
        high_bit=dataset.HighBit,
        is_signed=dataset.PixelRepresentation == 1,
        photometric=dataset.PhotometricInterpretation,
        is_in_words=dataset["PixelData"].VR == "OW",
    )
    if pixels.is_native:
        return EncodedPixels(dataset.PixelData, 0, len(dataset.PixelData), pixels)
    return EncodedPixels(dataset.PixelData + DELIMITER, 0, None, pixels)


def codestream_of(name: str) -> tuple[EncodedPixels, bytes]:
    """A file's pixels, and their one frame alone without padding."""
    item = encoded(FOLDER / f"{name}.dcm")
    return item, next(generate_frames(item.source, number_of_frames=1)).rstrip(b"\0")


def with_codestream(item: EncodedPixels, codestream: bytes) -> EncodedPixels:
    """The same description of another frame."""
    header = struct.pack("<HHI", 0xFFFE, 0xE000, 0)
    length = struct.pack("<HHI", 0xFFFE, 0xE000, len(codestream))
    return replace(item, source=header + length + codestream + DELIMITER)


def described(item: EncodedPixels, **fields: Any) -> EncodedPixels:
    return replace(item, format=replace(item.format, **fields))


def made(syntax: TransferSyntax, value: bytes, like: np.ndarray, bits: int = 0) -> EncodedPixels:
    """A value of Pixel Data, described by the array (frames, rows, columns) that it holds."""
    frames, rows, columns = like.shape
    room, is_signed = like.itemsize * 8, like.dtype.kind == "i"
    stored = bits or room
    pixels = PixelFormat(
        syntax, rows, columns, frames, room, stored, stored - 1, is_signed, "MONOCHROME2"
    )
    return EncodedPixels(value, 0, len(value) if pixels.is_native else None, pixels)


def noise(dtype: str, shape: tuple[int, ...] = (1, 35, 33), bits: int = 12) -> np.ndarray:
    low = -(1 << bits - 1) if dtype.startswith("i") else 0
    return np.random.default_rng(3).integers(low, low + (1 << bits), shape).astype(dtype)


@pytest.mark.parametrize("name", FIXTURES)
def test_every_transfer_syntax_gives_its_picture(name: str) -> None:
    kind, error = FIXTURES[name]
    expected = truth(kind)
    (pixels,) = decode_pixels(encoded(FOLDER / f"{name}.dcm"))
    assert pixels.dtype == expected.dtype
    assert pixels.dtype.isnative
    assert np.abs(pixels.astype(int) - expected).max() <= error


def test_there_is_a_file_for_every_transfer_syntax() -> None:
    found = {encoded(path).format.transfer_syntax for path in FOLDER.glob("*.dcm")}
    assert found == set(TransferSyntax)
    assert len(available_decoders()) == len(set(TransferSyntax) - NATIVE) + 1
    assert all(available_decoders().values())


@pytest.mark.parametrize(
    "name",
    [
        "MR_small_RLE.dcm",
        "MR_small_bigendian.dcm",
        "MR_small_implicit.dcm",
        "MR_small_jp2klossless.dcm",
        "MR_small_jpeg_ls_lossless.dcm",
        "MR_small_padded.dcm",
        "JPEG2000.dcm",
        "JPEG-lossy.dcm",
        "JPGExtended.dcm",
        "693_J2KI.dcm",
        "J2K_pixelrep_mismatch.dcm",
        "JPEGLSNearLossless_16.dcm",
    ],
)
def test_files_of_others_give_what_simpleitk_reads(name: str) -> None:
    path = get_testdata_file(name, download=False)
    if not isinstance(path, str):
        pytest.skip("not part of this pydicom")
    item = encoded(Path(path))
    reader = SimpleITK.ImageFileReader()
    reader.SetFileName(path)
    expected = SimpleITK.GetArrayFromImage(reader.Execute()).reshape(-1, *item_shape(item))
    if name == "J2K_pixelrep_mismatch.dcm":
        # The codestream says unsigned, the header signed in 13 bits: SimpleITK forgets the sign.
        assert decode_pixels(item).min() == -2000
        expected = np.where(expected >= 4096, expected - 8192, expected)
    expected = expected - int(dcmread(path).get("RescaleIntercept", 0))
    assert np.array_equal(decode_pixels(item), expected)


def item_shape(item: EncodedPixels) -> tuple[int, int]:
    return item.format.rows, item.format.columns


def test_pixels_are_read_from_their_place_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "slice"
    pixels = noise("u2", (3, 6, 5))
    item = made(TransferSyntax.EXPLICIT_LITTLE_ENDIAN, pixels.tobytes(), pixels, 12)
    path.write_bytes(b"header" + pixels.tobytes() + pixels.tobytes())
    in_file = replace(item, source=path, offset=6)
    assert np.array_equal(decode_pixels(in_file), pixels)
    assert np.array_equal(decode_pixels(replace(in_file, frames=(2, 0))), pixels[[2, 0]])
    with pytest.raises(InputError, match="fewer pixels"):
        decode_pixels(replace(in_file, frames=(3,)))
    path.unlink()
    with pytest.raises(InputError, match="check the disc"):
        decode_pixels(in_file)


class TestBits:
    def test_signed_12_bits_keep_their_sign_whatever_lies_above(self) -> None:
        pixels = noise("i2")
        with_overlay = (pixels & 0xFFF) | 0x5000
        value = with_overlay.astype("<i2").tobytes()
        item = made(TransferSyntax.EXPLICIT_LITTLE_ENDIAN, value, pixels, 12)
        assert np.array_equal(decode_pixels(item), pixels)

    def test_samples_that_lie_high_are_shifted_down(self) -> None:
        pixels = noise("u2")
        value = (pixels << 4 | 0xA).astype(">u2").tobytes()
        item = made(TransferSyntax.EXPLICIT_BIG_ENDIAN, value, pixels, 12)
        assert np.array_equal(decode_pixels(described(item, high_bit=15)), pixels)

    def test_jpeg_of_more_bits_than_stored_loses_the_overlay_alone(self) -> None:
        item = encoded(FOLDER / "jpeg_lossless_sv1.dcm")
        item = described(item, bits_stored=12, high_bit=11, is_signed=False)
        assert np.array_equal(decode_pixels(item)[0], truth("signed").view("u2") & 0xFFF)

    def test_jpeg_whose_samples_lie_high_is_shifted_down(self) -> None:
        item = encoded(FOLDER / "jpeg_lossless_sv1.dcm")
        item = described(item, bits_stored=12, is_signed=False)
        assert np.array_equal(decode_pixels(item)[0], truth("signed").view("u2") >> 4)

    def test_jpeg_of_8_bits_of_which_7_are_stored(self) -> None:
        item = described(encoded(FOLDER / "jpeg_baseline.dcm"), bits_stored=7, high_bit=6)
        whole = decode_pixels(encoded(FOLDER / "jpeg_baseline.dcm"))
        assert np.array_equal(decode_pixels(item), whole.clip(0, 127))

    @pytest.mark.parametrize(("sign", "low"), [("u", 0), ("i", -2048)])
    def test_loss_does_not_turn_white_into_black(self, sign: str, low: int) -> None:
        bright = noise("u2", bits=1).astype(bool)
        pixels = np.where(bright, low + 4095, low).astype(f"{sign}2")
        stream = encode_array(pixels[0], 16, signal_noise_ratios=[40])
        item = made(TransferSyntax.JPEG_2000, encapsulate([stream]), pixels)
        whole = decode_pixels(item)
        assert whole.max() > low + 4095, "this needs values beyond what is stored"
        narrow = decode_pixels(described(item, bits_stored=12, high_bit=11))
        assert np.array_equal(narrow, whole.clip(low, low + 4095))

    @pytest.mark.parametrize("is_signed", [True, False])
    def test_the_header_decides_on_the_sign_of_jpeg_2000(self, is_signed: bool) -> None:
        pixels = noise("i2" if is_signed else "u2")
        other = (pixels & 0xFFF).astype("u2") if is_signed else np.int16(pixels << 4) >> 4
        stream = encode_array(other[0], 12)
        item = made(TransferSyntax.JPEG_2000_LOSSLESS, encapsulate([stream]), pixels, 12)
        assert np.array_equal(decode_pixels(item), pixels)

    @pytest.mark.parametrize("bits", [6, 8, 10, 12, 16])
    @pytest.mark.parametrize("sign", "iu")
    def test_jpeg_ls_of_any_precision(self, bits: int, sign: str) -> None:
        pixels = noise(f"{sign}{1 if bits <= 8 else 2}", bits=bits)
        unsigned = pixels.view(f"u{pixels.itemsize}") & ((1 << bits) - 1)
        stream = bytes(jpeg_ls.encode_buffer(unsigned.tobytes(), 35, 33, 1, bits))
        item = made(TransferSyntax.JPEG_LS_LOSSLESS, encapsulate([stream]), pixels, bits)
        assert np.array_equal(decode_pixels(item), pixels)

    def test_8_bits_in_a_room_of_16(self) -> None:
        pixels = noise("u1", bits=8)
        stream = encode_array(pixels[0], 8)
        wide = pixels.astype("u2")
        item = made(TransferSyntax.JPEG_2000_LOSSLESS, encapsulate([stream]), wide, 8)
        decoded = decode_pixels(item)
        assert decoded.dtype == np.uint16
        assert np.array_equal(decoded, pixels)

    @pytest.mark.parametrize("is_in_words", [True, False])
    def test_big_endian_bytes_in_frames_of_odd_size(self, is_in_words: bool) -> None:
        pixels = noise("u1", (3, 3, 5), bits=8)
        value = pixels.tobytes() + b"\0"
        if is_in_words:
            value = np.frombuffer(value, "<u2").astype(">u2").tobytes()
        item = made(TransferSyntax.EXPLICIT_BIG_ENDIAN, value, pixels)
        item = described(item, is_in_words=is_in_words)
        assert np.array_equal(decode_pixels(item), pixels)
        assert np.array_equal(decode_pixels(replace(item, frames=(1,)))[0], pixels[1])

    @pytest.mark.parametrize("writes", [b"\0\xff\xd9", b"\xff\xd9\0\0"])
    def test_jpeg_ls_with_empty_bytes_around_its_end(self, writes: bytes) -> None:
        pixels = noise("u2")
        stream = bytes(jpeg_ls.encode_buffer(pixels.tobytes(), 35, 33, 1, 12))
        value = encapsulate([stream[:-2] + writes])
        item = made(TransferSyntax.JPEG_LS_LOSSLESS, value, pixels, 12)
        assert np.array_equal(decode_pixels(item), pixels)

    def test_rle_of_an_odd_number_of_pixels_may_be_padded(self) -> None:
        pixels = noise("u1", bits=8)
        # Header of one segment at 64; then literal runs, the last with a pixel too many.
        flat = pixels.tobytes() + b"\0"
        runs = [flat[at : at + 128] for at in range(0, len(flat), 128)]
        packed = b"".join(bytes([len(run) - 1]) + run for run in runs)
        stream = struct.pack("<16I", 1, 64, *[0] * 14) + packed
        item = made(TransferSyntax.RLE, encapsulate([stream]), pixels)
        assert np.array_equal(decode_pixels(item), pixels)

    def test_jpeg_2000_in_a_file_of_its_own_format(self) -> None:
        pixels = noise("u2")
        stream = encode_array(pixels[0], 12, codec_format=1)
        item = made(TransferSyntax.JPEG_2000_LOSSLESS, encapsulate([stream]), pixels, 12)
        assert np.array_equal(decode_pixels(item), pixels)


class TestFrames:
    PIXELS: ClassVar = noise("u2", (3, 35, 33))
    STREAMS: ClassVar = [encode_array(frame, 12) for frame in PIXELS]

    def item(self, value: bytes, frames: int = 3) -> EncodedPixels:
        item = made(TransferSyntax.JPEG_2000_LOSSLESS, value, self.PIXELS, 12)
        return described(item, frames=frames)

    @pytest.mark.parametrize("has_table", [True, False])
    @pytest.mark.parametrize("fragments", [1, 4])
    def test_are_put_together(self, has_table: bool, fragments: int) -> None:
        item = self.item(encapsulate(self.STREAMS, fragments, has_bot=has_table))
        assert np.array_equal(decode_pixels(item), self.PIXELS)
        wanted = decode_pixels(replace(item, frames=(2, 1)))
        assert np.array_equal(wanted, self.PIXELS[[2, 1]])

    def test_may_be_followed_by_other_elements(self) -> None:
        value = encapsulate(self.STREAMS) + DELIMITER + b"\xfc\xff\xfc\xffOB\0\0\xff\xff"
        assert np.array_equal(decode_pixels(self.item(value)), self.PIXELS)

    @pytest.mark.parametrize("frames", [1, 2, 4])
    @pytest.mark.parametrize("has_table", [True, False])
    @pytest.mark.parametrize("fragments", [1, 4])
    def test_in_another_number_than_promised_are_refused(
        self, frames: int, has_table: bool, fragments: int
    ) -> None:
        value = encapsulate(self.STREAMS, fragments, has_bot=has_table)
        with pytest.raises(InputError, match="damaged"):
            decode_pixels(self.item(value, frames))

    def test_are_refused_where_the_table_points_between_fragments(self) -> None:
        value = bytearray(encapsulate(self.STREAMS, 4, has_bot=True))
        value[12] += 2
        with pytest.raises(InputError, match="damaged"):
            decode_pixels(self.item(bytes(value)))


class TestDamage:
    @pytest.mark.parametrize("name", FIXTURES)
    def test_no_part_of_a_file_is_taken_for_the_whole(self, name: str) -> None:
        item = encoded(FOLDER / f"{name}.dcm")
        whole = len(item.source) - (8 if item.length is None else 0)
        for stop in range(0, whole, 37):
            with pytest.raises(InputError, match=r"damaged|fewer"):
                decode_pixels(replace(item, source=item.source[:stop]))

    @pytest.mark.parametrize("name", COMPRESSED)
    def test_no_part_of_a_codestream_is_taken_for_the_whole(self, name: str) -> None:
        item, codestream = codestream_of(name)
        assert np.array_equal(decode_pixels(with_codestream(item, codestream)), decode_pixels(item))
        for stop in [*range(0, len(codestream), 37), len(codestream) - 2]:
            with pytest.raises(InputError, match="damaged"):
                decode_pixels(with_codestream(item, codestream[:stop]))

    @pytest.mark.parametrize("name", COMPRESSED)
    def test_a_codestream_of_another_size_than_the_header_is_refused(self, name: str) -> None:
        item = encoded(FOLDER / f"{name}.dcm")
        for fields in ({"rows": 20}, {"rows": 80}, {"columns": 33}):
            with pytest.raises(InputError, match="damaged"):
                decode_pixels(described(item, **fields))

    def test_a_few_bytes_that_promise_gigabytes_are_refused_at_once(self) -> None:
        for name in COMPRESSED:
            item = encoded(FOLDER / f"{name}.dcm")
            with pytest.raises(InputError, match="damaged"):
                decode_pixels(described(item, rows=20000, columns=20000))
            with pytest.raises(InputError, match="more pixels than can be read"):
                decode_pixels(described(item, rows=60000, columns=60000))

    def test_a_codestream_of_another_size_never_reaches_the_decoder(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[int] = []
        monkeypatch.setattr("openjpeg.utils.decode", lambda *_, **__: asked.append(1))
        item = encoded(FOLDER / "jpeg_2000_lossy.dcm")
        eight = {"bits_allocated": 8, "bits_stored": 8, "high_bit": 7}
        for fields in ({"rows": 39}, {"columns": 33}, eight):
            with pytest.raises(InputError, match="damaged"):
                decode_pixels(described(item, **fields))
        assert not asked

    def test_a_fragment_that_runs_over_the_end_of_the_value_is_refused(self) -> None:
        item = encoded(FOLDER / "jpeg_ls.dcm")
        with pytest.raises(InputError, match="damaged"):
            decode_pixels(replace(item, length=len(item.source) - len(DELIMITER) - 2))

    def test_native_pixels_may_be_padded_but_not_by_a_frame(self) -> None:
        pixels = noise("u2")
        padded = pixels.tobytes() + b"\0" * (pixels.nbytes - 1)
        item = made(TransferSyntax.EXPLICIT_LITTLE_ENDIAN, padded, pixels)
        assert np.array_equal(decode_pixels(item), pixels)
        with pytest.raises(InputError, match="more pixels than its header"):
            decode_pixels(replace(item, source=padded + b"\0", length=len(padded) + 1))

    @pytest.mark.parametrize(
        "fields",
        [
            {"bits_allocated": 12},
            {"bits_allocated": 1, "bits_stored": 1, "high_bit": 0},
            {"bits_stored": 0},
            {"bits_stored": 17},
            {"high_bit": 16},
            {"high_bit": 10},
            {"bits_allocated": 8},
            {"rows": 0},
            {"columns": -1},
            {"frames": 0},
        ],
    )
    def test_headers_that_make_no_picture_are_refused(self, fields: dict[str, int]) -> None:
        item = made(TransferSyntax.EXPLICIT_LITTLE_ENDIAN, b"", noise("u2"), 12)
        with pytest.raises(InputError, match=r"contradicts itself|holds no image"):
            decode_pixels(described(item, **fields))

    def test_files_damaged_at_random_give_a_picture_of_the_right_size_or_a_reason(self) -> None:
        items = list(damaged_items(300))
        with Sandbox(processes=1, preload=("spinegrader.imaging.decoding",)) as sandbox:
            results = list(sandbox.map("spinegrader.imaging.decoding:decode_pixels", items))
        refused = 0
        for item, outcome in results:
            if isinstance(outcome, InputError):
                assert outcome.message.startswith("It")
                refused += 1
                continue
            assert isinstance(outcome, np.ndarray)
            assert outcome.shape == (1, *item_shape(item))
            assert outcome.dtype == item.format.dtype
        assert len(results) == 300
        assert 100 < refused < 250


def damaged_items(count: int) -> Iterator[EncodedPixels]:
    """Bytes of codestreams replaced, taken out or put in."""
    originals = [codestream_of(name) for name in COMPRESSED]
    chance = Random(11)  # noqa: S311 - no secret
    for number in range(count):
        item, codestream = originals[number % len(originals)]
        value = bytearray(codestream)
        place = chance.randrange(len(value))
        stop = min(len(value), place + chance.randrange(1, 30))
        value[place:stop] = chance.randbytes(chance.choice((0, stop - place, stop - place, 20)))
        yield with_codestream(item, bytes(value))


class TestMissingDecoders:
    @pytest.fixture(autouse=True)
    def _look_again(self) -> Iterator[None]:
        decoding._is_installed.cache_clear()
        yield
        decoding._is_installed.cache_clear()

    @pytest.mark.parametrize(
        ("module", "name", "package", "syntax"),
        [
            ("gdcm", "jpeg_lossless_sv1", "python-gdcm", "JPEG Lossless"),
            ("jpeg_ls", "jpeg_ls", "pyjpegls", "JPEG-LS Lossless"),
            ("openjpeg", "htj2k", "pylibjpeg-openjpeg", "High-Throughput JPEG 2000"),
        ],
    )
    def test_are_named_with_what_to_install(
        self, monkeypatch: pytest.MonkeyPatch, module: str, name: str, package: str, syntax: str
    ) -> None:
        monkeypatch.setitem(sys.modules, module, None)
        item = encoded(FOLDER / f"{name}.dcm")
        with pytest.raises(InputError, match=f"{syntax}.*pip install {package}"):
            decode_pixels(item)
        assert not all(available_decoders().values())
        assert decode_pixels(encoded(FOLDER / "rle.dcm")).shape == (1, 40, 32)

    def test_syntaxes_that_nothing_unpacks_are_named(self) -> None:
        with pytest.raises(InputError, match=r"MPEG-4 AVC.*export it uncompressed"):
            check_transfer_syntax("1.2.840.10008.1.2.4.102")

    def test_other_text_is_not_repeated(self) -> None:
        with pytest.raises(InputError) as refusal:
            check_transfer_syntax("Doe^John")
        assert "Doe" not in refusal.value.message
