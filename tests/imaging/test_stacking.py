"""Geometry is never guessed: what each odd stack becomes."""

from pathlib import Path

import numpy as np
import pytest

from spinegrader.domain.study import Plane, Weighting
from tests.imaging.conftest import COLUMNS, ROWS, Reader, Scanner, Writer

AXIAL = [1, 0, 0, 0, 1, 0]


def _stack(write_slice: Writer, *places_mm: float, **elements: object) -> None:
    for index, x_mm in enumerate(places_mm):
        write_slice(f"s{index}", x_mm, InstanceNumber=index + 1, **elements)


def test_echoes_become_series(scanned: Scanner, write_slice: Writer, tmp_path: Path) -> None:
    for index in range(3):
        write_slice(f"early{index}", 4 * index, EchoTime=20, InstanceNumber=index)
        write_slice(f"late{index}", 4 * index, EchoTime=90, InstanceNumber=10 + index)
    report = scanned(tmp_path / "images")
    sizes = {item.uid: (len(item.file_names), item.series.weighting) for item in report.series}
    assert sizes == {"1.2.3.4.1": (3, Weighting.PD), "1.2.3.4.2": (3, Weighting.T2)}
    assert {item.series_instance_uid for item in report.series} == {"1.2.3.4"}
    assert any("2 kinds" in sentence for sentence in report.warnings)


def test_localiser_inside_a_series_is_set_aside(
    scanned: Scanner, write_slice: Writer, tmp_path: Path
) -> None:
    _stack(write_slice, 0, 4, 8)
    write_slice("localiser", 0, ImageOrientationPatient=AXIAL)
    report = scanned(tmp_path / "images")
    assert [item.uid for item in report.series] == ["1.2.3.4"]
    assert [item.path for item in report.skipped] == ["localiser"]
    assert "localiser" in report.skipped[0].reason


def test_three_planes_are_a_localiser(
    scanned: Scanner, write_slice: Writer, tmp_path: Path
) -> None:
    planes = ([0, 1, 0, 0, 0, -1], AXIAL, [1, 0, 0, 0, 0, -1])
    for number, orientation in enumerate(planes):
        for index in range(3):
            write_slice(
                f"p{number}{index}",
                ImageOrientationPatient=orientation,
                ImagePositionPatient=[9 * index, 9 * index, 9 * index],
            )
    report = scanned(tmp_path / "images")
    assert not report.series
    assert len(report.skipped) == 9


def test_axial_series_beside_sagittal_in_one_series_stays(
    scanned: Scanner, write_slice: Writer, tmp_path: Path
) -> None:
    _stack(write_slice, 0, 4, 8)
    for z_mm in (0, 5, 10):
        write_slice(f"a{z_mm}", ImageOrientationPatient=AXIAL, ImagePositionPatient=[0, 0, z_mm])
    planes = [item.series.plane for item in scanned(tmp_path / "images").series]
    assert sorted(planes) == [Plane.AXIAL, Plane.SAGITTAL]


def test_missing_slice_makes_two_stacks_that_lie_right(
    scanned: Scanner, write_slice: Writer, tmp_path: Path
) -> None:
    _stack(write_slice, 0, 4, 12, 16)
    report = scanned(tmp_path / "images")
    (found,) = report.series
    first, second = found.series.stacks
    assert (first.geometry.shape[0], second.geometry.shape[0]) == (2, 2)
    assert first.geometry.spacing_mm[2] == second.geometry.spacing_mm[2] == 4
    assert [stack.geometry.to_mm((0, 0, 0))[0] for stack in (first, second)] == [0, 12]
    (warning,) = report.warnings
    assert "8.00 mm apart" in warning
    assert "s2 and s1" in warning or "s1 and s2" in warning


def test_parallel_axial_blocks_are_stacks_of_one_series(
    scanned: Scanner, write_slice: Writer, tmp_path: Path
) -> None:
    heights_mm = (0, 4, 8, 40, 44, 48, 85, 89, 93)
    for z_mm in heights_mm:
        write_slice(f"z{z_mm}", ImageOrientationPatient=AXIAL, ImagePositionPatient=[0, 0, z_mm])
    (found,) = scanned(tmp_path / "images").series
    assert [stack.geometry.shape[0] for stack in found.series.stacks] == [3, 3, 3]


@pytest.mark.parametrize("places_mm", [(0, 4, 9, 15, 22), (0, 4, 12), (0, 4, 5, 8, 12, 16)])
def test_uneven_slices_are_refused_with_their_names(
    scanned: Scanner, write_slice: Writer, tmp_path: Path, places_mm: tuple[float, ...]
) -> None:
    _stack(write_slice, *places_mm)
    report = scanned(tmp_path / "images")
    assert not report.series
    assert {item.path for item in report.skipped} == {f"s{i}" for i in range(len(places_mm))}
    assert "mm apart (widest between s" in report.skipped[0].reason


def test_every_second_slice_missing_is_told(
    scanned: Scanner, write_slice: Writer, tmp_path: Path
) -> None:
    _stack(write_slice, 0, 8.8, 17.6, SpacingBetweenSlices=4.4)
    report = scanned(tmp_path / "images")
    assert report.series[0].series.geometry.spacing_mm[2] == pytest.approx(8.8)
    assert "8.80 mm apart, but say 4.40 mm" in report.warnings[0]


def test_thickness_is_not_taken_for_spacing(
    scanned: Scanner, write_slice: Writer, tmp_path: Path
) -> None:
    _stack(write_slice, 0, 4.4, 8.8, SliceThickness=4)
    series = scanned(tmp_path / "images").series[0].series
    assert series.slice_thickness_mm == 4
    assert series.geometry.spacing_mm[2] == pytest.approx(4.4)


def test_small_unevenness_is_tolerated(
    scanned: Scanner, write_slice: Writer, tmp_path: Path
) -> None:
    _stack(write_slice, 0, 4.03, 8.0, 12.01)
    (found,) = scanned(tmp_path / "images").series
    assert found.series.geometry.spacing_mm[2] == pytest.approx(12.01 / 3)


def test_two_different_images_in_one_place_refuse_the_stack(
    scanned: Scanner, write_slice: Writer, tmp_path: Path
) -> None:
    _stack(write_slice, 0, 4, 8)
    other = np.full((ROWS, COLUMNS), 7, np.uint16)
    write_slice("other", 4, PixelData=other.tobytes())
    reason = scanned(tmp_path / "images").skipped[0].reason
    assert "one place" in reason
    assert "other" in reason


def test_copies_under_new_uids_come_in_once(
    scanned: Scanner, write_slice: Writer, tmp_path: Path
) -> None:
    _stack(write_slice, 0, 4, 8)
    write_slice("copy", 4)
    report = scanned(tmp_path / "images")
    assert report.series[0].series.geometry.shape[0] == 3
    (skipped,) = report.skipped
    assert {skipped.path, skipped.reason.split()[-1].rstrip(".")} == {"copy", "s1"}


def test_repeated_acquisitions_become_series(
    scanned: Scanner, write_slice: Writer, tmp_path: Path
) -> None:
    for time in (1, 2):
        for x_mm in (0, 4, 8):
            dynamic = np.full((ROWS, COLUMNS), time, np.uint16).tobytes()
            write_slice(f"t{time}x{x_mm}", x_mm, AcquisitionNumber=time, PixelData=dynamic)
    report = scanned(tmp_path / "images")
    assert [len(item.file_names) for item in report.series] == [3, 3]


def test_interleaved_acquisitions_stay_one_stack(
    scanned: Scanner, write_slice: Writer, tmp_path: Path
) -> None:
    for index in range(4):
        write_slice(f"s{index}", 4 * index, AcquisitionNumber=index % 2)
    (found,) = scanned(tmp_path / "images").series
    assert found.series.geometry.shape[0] == 4


def test_one_uid_for_all_images_loses_none(
    scanned: Scanner, write_slice: Writer, tmp_path: Path
) -> None:
    _stack(write_slice, 0, 4, 8, SOPInstanceUID="1.2.99")
    report = scanned(tmp_path / "images")
    assert report.series[0].series.geometry.shape[0] == 3
    assert "UIDs that aren't unique" in report.warnings[0]


def test_gantry_tilt_is_kept_and_told(
    scanned: Scanner, write_slice: Writer, tmp_path: Path
) -> None:
    for index in range(4):
        write_slice(f"s{index}", ImagePositionPatient=[4 * index, -20 + 0.5 * index, 30])
    report = scanned(tmp_path / "images")
    geometry = report.series[0].series.geometry
    np.testing.assert_allclose(geometry.to_mm((0, 0, 3)), (12, -18.5, 30))
    assert "shifted by 0.50 mm" in report.warnings[0]
    assert "not resampled" in report.warnings[0]


def test_slices_out_of_line_are_refused(
    scanned: Scanner, write_slice: Writer, tmp_path: Path
) -> None:
    for index, aside_mm in enumerate((0, 3, -2, 0)):
        write_slice(f"s{index}", ImagePositionPatient=[4 * index, -20 + aside_mm, 30])
    assert "shifted against each other" in scanned(tmp_path / "images").skipped[0].reason


@pytest.mark.parametrize(
    "elements",
    [{"ImagePositionPatient": None}, {"ImageOrientationPatient": None}, {"PixelSpacing": None}],
)
def test_one_slice_without_a_place_does_not_spoil_the_others(
    scanned: Scanner, write_slice: Writer, tmp_path: Path, elements: dict[str, object]
) -> None:
    _stack(write_slice, 0, 4, 8)
    write_slice("placeless", 12, **elements)
    report = scanned(tmp_path / "images")
    assert report.series[0].series.geometry.shape[0] == 3
    assert [item.path for item in report.skipped] == ["placeless"]


def test_sizes_and_spacings_are_not_mixed(
    scanned: Scanner, write_slice: Writer, tmp_path: Path
) -> None:
    _stack(write_slice, 0, 4, 8)
    for index in range(3):
        write_slice(f"fine{index}", 4 * index, PixelSpacing=[0.375, 0.25])
        small = np.zeros((6, 5), np.uint16).tobytes()
        write_slice(f"small{index}", 4 * index, Rows=6, Columns=5, PixelData=small)
    shapes = sorted(item.series.geometry.shape for item in scanned(tmp_path / "images").series)
    assert shapes == [(3, 6, 5), (3, 12, 10), (3, 12, 10)]


def test_pixels_need_not_be_square(read: Reader, write_slice: Writer, tmp_path: Path) -> None:
    _stack(write_slice, 0, 4, 8)
    geometry = read(tmp_path / "images").series.geometry
    # PixelSpacing names the distance of rows first: 0.75 mm down, 0.5 mm across.
    np.testing.assert_allclose(geometry.spacing_mm, (0.5, 0.75, 4))
