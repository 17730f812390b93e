"""Pixels come in as the images mean them, in their place."""

from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian

from spinegrader.errors import InputError
from spinegrader.imaging.dicom import read_series
from spinegrader.imaging.sandbox import Sandbox
from tests.imaging.conftest import COLUMNS, ROWS, Reader, Scanner, Writer
from tests.imaging.test_decoding import FIXTURES, FOLDER, truth

_PLAIN = np.arange(ROWS * COLUMNS).reshape(ROWS, COLUMNS)


def test_slices_run_from_right_to_left(read: Reader, write_slice: Writer, tmp_path: Path) -> None:
    for name, x_mm in (("a", 8), ("b", 0), ("c", 4)):
        write_slice(name, x_mm)
    loaded = read(tmp_path / "images")
    assert loaded.volumes[0].pixels.dtype == np.uint16
    for index, x_mm in enumerate((0, 4, 8)):
        np.testing.assert_array_equal(loaded.volumes[0].pixels[index], _PLAIN + 10 * x_mm)
    assert loaded.volumes[0].geometry == loaded.series.geometry
    assert loaded.series.pixels == ""


def test_mirrored_acquisition_is_turned(read: Reader, write_slice: Writer, tmp_path: Path) -> None:
    for index in range(3):
        write_slice(
            f"s{index}", 4 * index,
            ImageOrientationPatient=[0, -1, 0, 0, 0, 1],
            ImagePositionPatient=[4 * index, 20, -30],
        )  # fmt: skip
    volume = read(tmp_path / "images").volumes[0]
    # The first pixel acquired lay at the back and the feet.
    assert volume.pixels[0, -1, -1] == 0
    np.testing.assert_allclose(volume.geometry.to_mm((COLUMNS - 1, ROWS - 1, 0)), (0, 20, -30))


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_uncompressed_transfer_syntaxes(
    read: Reader, write_slice: Writer, tmp_path: Path, syntax: str
) -> None:
    # Big endian stores each 16-bit word the other way round.
    stored = _PLAIN.astype(">u2" if syntax == ExplicitVRBigEndian else "<u2").tobytes()
    write_slice("a", 0, syntax=syntax, PixelData=stored)
    np.testing.assert_array_equal(read(tmp_path / "images").volumes[0].pixels[0], _PLAIN)


def test_rescaled_images_become_real_numbers(
    read: Reader, write_slice: Writer, tmp_path: Path
) -> None:
    write_slice("a", 0, RescaleSlope=2.5, RescaleIntercept=-10)
    write_slice("b", 4, RescaleSlope=0.5, RescaleIntercept=0)
    volume = read(tmp_path / "images").volumes[0]
    assert volume.pixels.dtype == np.float32
    np.testing.assert_allclose(volume.pixels[0], _PLAIN * 2.5 - 10)
    np.testing.assert_allclose(volume.pixels[1], (_PLAIN + 40) * 0.5)


def test_unit_slope_keeps_whole_numbers(read: Reader, write_slice: Writer, tmp_path: Path) -> None:
    write_slice("a", 0, RescaleSlope=1, RescaleIntercept=0)
    assert read(tmp_path / "images").volumes[0].pixels.dtype == np.uint16


def test_inverted_images_are_turned_bright(
    read: Reader, write_slice: Writer, tmp_path: Path
) -> None:
    write_slice("a", 0, PhotometricInterpretation="MONOCHROME1", WindowCenter=9, WindowWidth=9)
    loaded = read(tmp_path / "images")
    np.testing.assert_array_equal(loaded.volumes[0].pixels[0], 4095 - _PLAIN)
    assert loaded.series.window is None


def test_signed_pixels(read: Reader, write_slice: Writer, tmp_path: Path) -> None:
    signed = (_PLAIN - 60).astype(np.int16)
    write_slice("a", 0, PixelRepresentation=1, PixelData=signed.tobytes())
    np.testing.assert_array_equal(read(tmp_path / "images").volumes[0].pixels[0], signed)


@pytest.mark.parametrize("elements", [{"PixelData": bytes(100)}, {"Rows": 60_000}])
def test_too_few_pixels_cost_one_file(
    scanned: Scanner, write_slice: Writer, tmp_path: Path, elements: dict[str, object]
) -> None:
    write_slice("good", 0)
    write_slice("short", 4, **elements)
    report = scanned(tmp_path / "images")
    assert [item.path for item in report.skipped] == ["short"]
    assert "fewer pixels" in report.skipped[0].reason
    assert [item.file_names for item in report.series] == [("good",)]


def test_cut_off_file_is_named(scanned: Scanner, write_slice: Writer, tmp_path: Path) -> None:
    path = write_slice("cut", 0)
    path.write_bytes(path.read_bytes()[:-7])
    assert "fewer pixels" in scanned(tmp_path / "images").skipped[0].reason


def test_file_that_changed_or_went_is_named(
    scanned: Scanner, sandbox: Sandbox, write_slice: Writer, tmp_path: Path
) -> None:
    path = write_slice("a", 0)
    (found,) = scanned(tmp_path / "images").series
    write_slice("a", 0, SOPInstanceUID="1.9.9")
    with pytest.raises(InputError, match=r"a can't be read.*changed"):
        read_series(found, sandbox)
    path.unlink()
    with pytest.raises(InputError, match="a can't be read"):
        read_series(found, sandbox)


def test_overlay_bits_above_the_sample_are_taken_out(
    read: Reader, write_slice: Writer, tmp_path: Path
) -> None:
    with_overlay = (_PLAIN + 0x8000).astype(np.uint16)
    write_slice("a", 0, PixelData=with_overlay.tobytes())
    np.testing.assert_array_equal(read(tmp_path / "images").volumes[0].pixels[0], _PLAIN)


def _philips(write_slice: Writer, name: str, x_mm: float, slope: float, scale: float) -> None:
    path = write_slice(name, x_mm, RescaleSlope=slope, RescaleIntercept=0, WindowCenter=9,
                       WindowWidth=9)  # fmt: skip
    dataset = dcmread(path)
    block = dataset.private_block(0x2005, "Philips MR Imaging DD 001", create=True)
    block.add_new(0x0E, "FL", scale)
    dataset.save_as(path)


def test_philips_slices_scaled_each_on_its_own_share_one_unit(
    read: Reader, write_slice: Writer, tmp_path: Path
) -> None:
    _philips(write_slice, "a", 0, slope=2.0, scale=0.5)
    _philips(write_slice, "b", 4, slope=4.0, scale=0.25)
    loaded = read(tmp_path / "images")
    np.testing.assert_allclose(loaded.volumes[0].pixels[0], _PLAIN / 0.5)
    np.testing.assert_allclose(loaded.volumes[0].pixels[1], (_PLAIN + 40) / 0.25)
    assert loaded.series.window is None


def test_philips_slices_of_one_scale_keep_their_display_values(
    read: Reader, write_slice: Writer, tmp_path: Path
) -> None:
    for name, x_mm in (("a", 0), ("b", 4)):
        _philips(write_slice, name, x_mm, slope=2.0, scale=0.5)
    loaded = read(tmp_path / "images")
    np.testing.assert_allclose(loaded.volumes[0].pixels[0], _PLAIN * 2)
    assert loaded.series.window == (9, 9)


def test_loss_is_told(read: Reader, write_slice: Writer, tmp_path: Path) -> None:
    write_slice("a", 0, LossyImageCompression="01")
    assert "with loss" in read(tmp_path / "images").warnings[0]


def test_real_slices_lie_as_read(scanned: Scanner, sandbox: Sandbox, hospital_a: Path) -> None:
    series = scanned(hospital_a).series
    found = next(item for item in series if item.series.title == "Sagittal T2")
    volume = read_series(found, sandbox).volumes[0]
    # Fluid in the canal is the brightest on T2; it lies in the back half, behind the bodies.
    bright = np.argmax(volume.pixels[5, 100:250], axis=1)
    assert 250 < np.median(bright) < 275
    assert volume.geometry.directions[1, 0] > 0.99
    assert volume.geometry.directions[2, 1] < -0.99
    assert volume.geometry.directions[0, 2] > 0.99


@pytest.mark.parametrize("name", list(FIXTURES))
def test_every_transfer_syntax_comes_in_whole(
    scanned: Scanner, sandbox: Sandbox, tmp_path: Path, name: str
) -> None:
    (tmp_path / "as sent").write_bytes((FOLDER / f"{name}.dcm").read_bytes())
    (found,) = scanned(tmp_path).series
    kind, most_lost = FIXTURES[name]
    pixels = read_series(found, sandbox).volumes[0].pixels
    assert np.abs(pixels[0].astype(np.int64) - truth(kind)).max() <= most_lost
    assert found.series.geometry.spacing_mm[:2] == (0.5, 0.75)
