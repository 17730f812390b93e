"""Pixels come in as the images mean them, in their place."""

from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian, RLELossless

from spinegrader.errors import InputError
from spinegrader.imaging.dicom import LoadedSeries, available_decoders, read_series
from spinegrader.imaging.scan import scan
from tests.imaging.conftest import COLUMNS, ROWS, Writer

_PLAIN = np.arange(ROWS * COLUMNS).reshape(ROWS, COLUMNS)


def _read(folder: Path) -> LoadedSeries:
    (found,) = scan([folder]).series
    return read_series(found)


def test_slices_run_from_right_to_left(write_slice: Writer, tmp_path: Path) -> None:
    for name, x_mm in (("a", 8), ("b", 0), ("c", 4)):
        write_slice(name, x_mm)
    loaded = _read(tmp_path)
    assert loaded.volumes[0].pixels.dtype == np.uint16
    for index, x_mm in enumerate((0, 4, 8)):
        np.testing.assert_array_equal(loaded.volumes[0].pixels[index], _PLAIN + 10 * x_mm)
    assert loaded.volumes[0].geometry == loaded.series.geometry
    assert loaded.series.pixels == ""


def test_mirrored_acquisition_is_turned(write_slice: Writer, tmp_path: Path) -> None:
    for index in range(3):
        write_slice(
            f"s{index}", 4 * index,
            ImageOrientationPatient=[0, -1, 0, 0, 0, 1],
            ImagePositionPatient=[4 * index, 20, -30],
        )  # fmt: skip
    volume = _read(tmp_path).volumes[0]
    # The first pixel acquired lay at the back and the feet.
    assert volume.pixels[0, -1, -1] == 0
    np.testing.assert_allclose(volume.geometry.to_mm((COLUMNS - 1, ROWS - 1, 0)), (0, 20, -30))


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_uncompressed_transfer_syntaxes(write_slice: Writer, tmp_path: Path, syntax: str) -> None:
    # Big endian stores each 16-bit word the other way round.
    stored = _PLAIN.astype(">u2" if syntax == ExplicitVRBigEndian else "<u2").tobytes()
    write_slice("a", 0, syntax=syntax, PixelData=stored)
    np.testing.assert_array_equal(_read(tmp_path).volumes[0].pixels[0], _PLAIN)


def test_run_length_encoding_needs_no_further_package(write_slice: Writer, tmp_path: Path) -> None:
    path = write_slice("a", 0)
    dataset = dcmread(path)
    dataset.compress(RLELossless, generate_instance_uid=False)
    dataset.save_as(path)
    np.testing.assert_array_equal(_read(tmp_path).volumes[0].pixels[0], _PLAIN)
    assert available_decoders()["RLE Lossless"] is True


def test_rescaled_images_become_real_numbers(write_slice: Writer, tmp_path: Path) -> None:
    write_slice("a", 0, RescaleSlope=2.5, RescaleIntercept=-10)
    write_slice("b", 4, RescaleSlope=0.5, RescaleIntercept=0)
    volume = _read(tmp_path).volumes[0]
    assert volume.pixels.dtype == np.float32
    np.testing.assert_allclose(volume.pixels[0], _PLAIN * 2.5 - 10)
    np.testing.assert_allclose(volume.pixels[1], (_PLAIN + 40) * 0.5)


def test_unit_slope_keeps_whole_numbers(write_slice: Writer, tmp_path: Path) -> None:
    write_slice("a", 0, RescaleSlope=1, RescaleIntercept=0)
    assert _read(tmp_path).volumes[0].pixels.dtype == np.uint16


def test_inverted_images_are_turned_bright(write_slice: Writer, tmp_path: Path) -> None:
    write_slice("a", 0, PhotometricInterpretation="MONOCHROME1", WindowCenter=9, WindowWidth=9)
    loaded = _read(tmp_path)
    np.testing.assert_array_equal(loaded.volumes[0].pixels[0], 4095 - _PLAIN)
    assert loaded.series.window is None


def test_signed_pixels(write_slice: Writer, tmp_path: Path) -> None:
    signed = (_PLAIN - 60).astype(np.int16)
    write_slice("a", 0, PixelRepresentation=1, PixelData=signed.tobytes())
    np.testing.assert_array_equal(_read(tmp_path).volumes[0].pixels[0], signed)


def test_short_pixel_data_names_the_file(write_slice: Writer, tmp_path: Path) -> None:
    write_slice("good", 0)
    write_slice("short", 4, PixelData=bytes(100))
    with pytest.raises(InputError, match=r"short can't be read.*fewer pixels"):
        _read(tmp_path)


def test_absurd_size_is_refused_before_memory_is_taken(write_slice: Writer, tmp_path: Path) -> None:
    write_slice("huge", 0, Rows=60_000, Columns=60_000)
    with pytest.raises(InputError, match="fewer pixels"):
        _read(tmp_path)


def test_file_that_changed_or_went_is_named(write_slice: Writer, tmp_path: Path) -> None:
    path = write_slice("a", 0)
    (found,) = scan([tmp_path]).series
    write_slice("a", 0, SOPInstanceUID="1.9.9")
    with pytest.raises(InputError, match=r"a can't be read.*changed"):
        read_series(found)
    path.unlink()
    with pytest.raises(InputError, match="a can't be read"):
        read_series(found)


def test_doubtful_pixels_are_told(write_slice: Writer, tmp_path: Path) -> None:
    same = np.ones(ROWS * COLUMNS, dtype=np.uint16)
    same[0] = 5
    for index in range(3):
        write_slice(f"s{index}", 4 * index, PixelData=same.tobytes(), LossyImageCompression="01")
    warnings = " ".join(_read(tmp_path).warnings)
    assert "with loss" in warnings
    assert "same picture" in warnings


def test_real_slices_lie_as_read(hospital_a: Path) -> None:
    found = next(item for item in scan([hospital_a]).series if item.series.title == "Sagittal T2")
    volume = read_series(found).volumes[0]
    # Fluid in the canal is the brightest on T2; it lies in the back half, behind the bodies.
    bright = np.argmax(volume.pixels[5, 100:250], axis=1)
    assert 250 < np.median(bright) < 275
    assert volume.geometry.directions[1, 0] > 0.99
    assert volume.geometry.directions[2, 1] < -0.99
    assert volume.geometry.directions[0, 2] > 0.99
