"""Every file ends in a series or is left out for a reason that names no patient."""

from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from pydicom.uid import JPEG2000Lossless

from spinegrader.domain.study import Plane, Weighting, reading_order
from spinegrader.errors import CancelledError, InputError
from spinegrader.imaging.scan import ScanReport, scan
from tests.imaging.conftest import Writer


def _scan(folder: Path) -> ScanReport:
    report = scan([folder / "images"])
    taken = sum(len(item.file_names) for item in report.series)
    assert taken + len(report.skipped) == report.files_seen
    for sentence in (*(item.reason for item in report.skipped), *report.warnings):
        assert "Secret" not in sentence
        assert "Person" not in sentence
    return report


def test_order_follows_positions_not_names(write_slice: Writer, tmp_path: Path) -> None:
    for name, x_mm, number in (("c", 0, 9), ("a", 8, 1), ("sub/b", 4, 5)):
        write_slice(name, x_mm, InstanceNumber=number)
    (found,) = _scan(tmp_path).series
    # Along the acquired normal, which runs to the right here.
    assert found.file_names == ("a", "sub/b", "c")
    series = found.series
    assert series.uid == found.uid == "1.2.3.4"
    assert series.plane is Plane.SAGITTAL
    assert series.weighting is Weighting.T2
    assert series.geometry.shape == (3, 12, 10)
    np.testing.assert_allclose(series.geometry.spacing_mm, (0.5, 0.75, 4.0))
    np.testing.assert_allclose(series.geometry.to_mm((2, 4, 1)), (4, -19, 27))
    assert found.study.date is not None
    assert found.study.date.isoformat() == "2024-01-31"


def test_echoes_and_localisers_are_kept_apart(write_slice: Writer, tmp_path: Path) -> None:
    for index in range(3):
        write_slice(f"early{index}", 4 * index, EchoTime=20, InstanceNumber=index)
        write_slice(f"late{index}", 4 * index, EchoTime=90, InstanceNumber=10 + index)
    write_slice("localiser", 0, ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
    report = _scan(tmp_path)
    sizes = {item.uid: (len(item.file_names), item.series.weighting) for item in report.series}
    assert sizes == {
        "1.2.3.4.1": (3, Weighting.PD),
        "1.2.3.4.2": (3, Weighting.T2),
        "1.2.3.4.3": (1, Weighting.T2),
    }
    assert {item.series_instance_uid for item in report.series} == {"1.2.3.4"}
    assert any("3 kinds" in sentence for sentence in report.warnings)


def test_missing_slice_refuses_the_stack(write_slice: Writer, tmp_path: Path) -> None:
    for x_mm in (0, 4, 12, 16):
        write_slice(f"s{x_mm}", x_mm)
    report = _scan(tmp_path)
    assert not report.series
    assert len(report.skipped) == 4
    assert "4.00 to 8.00 mm apart" in report.skipped[0].reason


def test_small_unevenness_is_tolerated(write_slice: Writer, tmp_path: Path) -> None:
    for x_mm in (0, 4.03, 8.0, 12.01):
        write_slice(f"s{x_mm}", x_mm)
    (found,) = _scan(tmp_path).series
    assert found.series.geometry.spacing_mm[2] == pytest.approx(12.01 / 3)


def test_two_images_in_one_place_refuse_the_stack(write_slice: Writer, tmp_path: Path) -> None:
    for name, x_mm in (("a", 0), ("b", 4), ("c", 4), ("d", 8)):
        write_slice(name, x_mm)
    assert "one place" in _scan(tmp_path).skipped[0].reason


def test_same_instance_comes_in_once(write_slice: Writer, tmp_path: Path) -> None:
    for name, x_mm in (("a", 0), ("b", 4), ("c", 8)):
        write_slice(name, x_mm)
    write_slice("copy/a", 0, SOPInstanceUID=f"1.2.3.{crc32(b'a')}")
    report = _scan(tmp_path)
    assert [(item.path, item.reason) for item in report.skipped] == [
        ("copy/a", "It is the same image as a.")
    ]
    assert len(report.series[0].file_names) == 3


@pytest.mark.parametrize(
    ("elements", "reason"),
    [
        ({"Modality": "CT"}, "no MR image (modality CT)"),
        ({"Modality": "Secret Person"}, "no MR image (modality not told)"),
        ({"Rows": None, "Columns": None, "PixelData": None}, "holds no image"),
        ({"ImagePositionPatient": None}, "position is missing"),
        ({"ImageOrientationPatient": None}, "orientation is missing"),
        ({"PixelSpacing": None}, "pixel spacing is missing"),
        ({"PixelSpacing": [0, 0.5]}, "zero or negative"),
        ({"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]}, "perpendicular"),
        ({"NumberOfFrames": 5}, "multi-frame"),
        ({"SamplesPerPixel": 3}, "colour"),
        ({"SeriesInstanceUID": None}, "lacks the UIDs"),
        ({"SliceThickness": None}, "how thick"),
    ],
)
def test_unusable_images_say_why(
    write_slice: Writer, tmp_path: Path, elements: dict[str, object], reason: str
) -> None:
    write_slice("odd", 0, **elements)
    report = _scan(tmp_path)
    assert not report.series
    assert reason in report.skipped[0].reason


def test_compressed_images_name_their_transfer_syntax(write_slice: Writer, tmp_path: Path) -> None:
    from pydicom.encaps import encapsulate
    from pydicom.pixels.decoders.base import get_decoder

    if get_decoder(JPEG2000Lossless).is_available:
        pytest.skip("a decoder for JPEG 2000 is installed")
    write_slice("j", 0, syntax=JPEG2000Lossless, PixelData=encapsulate([b"\xff\x4f\xff\x51"]))
    assert "JPEG 2000 Image Compression (Lossless Only)" in _scan(tmp_path).skipped[0].reason


def test_other_files_are_named(write_slice: Writer, tmp_path: Path) -> None:
    good = write_slice("good", 0).read_bytes()
    (tmp_path / "images" / "notes.txt").write_text("Secret Person was here")
    (tmp_path / "images" / "empty").write_bytes(b"")
    (tmp_path / "images" / "cut").write_bytes(good[:180])
    report = _scan(tmp_path)
    reasons = {item.path: item.reason for item in report.skipped}
    assert reasons["notes.txt"] == "It is not a DICOM file."
    assert reasons["empty"] == "It is empty."
    assert "cut" in reasons
    assert len(report.series) == 1


def test_damaged_headers_never_crash(write_slice: Writer, tmp_path: Path) -> None:
    good = bytearray(write_slice("good", 0).read_bytes())
    rng = np.random.default_rng(0)
    for index in range(150):
        bad = good.copy()
        for place in rng.integers(128, len(bad), 6):
            bad[place] = rng.integers(256)
        (tmp_path / "images" / f"bad{index}").write_bytes(bad)
    assert _scan(tmp_path).files_seen == 151


def test_decimal_comma_is_not_read_as_another_number(write_slice: Writer, tmp_path: Path) -> None:
    path = write_slice("comma", 0, PixelSpacing=[0.75, 0.55])
    content = path.read_bytes()
    assert b"0.75\\0.55" in content
    path.write_bytes(content.replace(b"0.75\\0.55", b"0,75\\0,55"))
    assert "pixel spacing is missing or unreadable" in _scan(tmp_path).skipped[0].reason


def test_missing_patient_id_is_derived_and_told(write_slice: Writer, tmp_path: Path) -> None:
    write_slice("a", 0, PatientID=None, PatientBirthDate="19700102")
    write_slice(
        "b",
        0,
        PatientID="",
        PatientBirthDate="19700102",
        StudyInstanceUID="9",
        SeriesInstanceUID="8",
    )
    write_slice("c", 0, PatientID=None, PatientName="", StudyInstanceUID="7", SeriesInstanceUID="6")
    report = _scan(tmp_path)
    ids = {item.file_names[0]: item.patient.id for item in report.series}
    assert ids["a"] == ids["b"] != ids["c"]
    assert ids["a"].startswith("no-id-")
    assert any("2 patient(s) carry no PatientID" in sentence for sentence in report.warnings)


@pytest.mark.parametrize(
    ("charset", "raw", "expected"),
    [
        (
            ["", "ISO 2022 IR 87"],
            "Yamada^Tarou=山田^太郎=やまだ^たろう",
            "山田 太郎 (Yamada, Tarou)",
        ),
        ("ISO_IR 192", "Müller^Jörg^K", "Müller, Jörg K"),
        ("ISO_IR 100", "", ""),
    ],
)
def test_names_are_readable(
    write_slice: Writer, tmp_path: Path, charset: object, raw: str, expected: str
) -> None:
    write_slice("a", 0, SpecificCharacterSet=charset, PatientName=raw)
    assert scan([tmp_path]).series[0].patient.name == expected


def test_dates_of_old_style_and_nonsense(write_slice: Writer, tmp_path: Path) -> None:
    write_slice("a", 0, StudyDate="2024.02.03", PatientBirthDate="00000000")
    found = scan([tmp_path]).series[0]
    assert str(found.study.date) == "2024-02-03"
    assert found.patient.birth_date is None


def test_stop_and_progress(write_slice: Writer, tmp_path: Path) -> None:
    for index in range(4):
        write_slice(f"s{index}", 4 * index)
    seen: list[tuple[int, int]] = []
    scan([tmp_path], progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (4, 4)
    with pytest.raises(CancelledError):
        scan([tmp_path], stop_requested=lambda: True)
    with pytest.raises(InputError, match="no file or folder"):
        scan([tmp_path / "absent"])


def test_real_study(hospital_a: Path) -> None:
    report = scan([hospital_a])
    assert report.files_seen == 67
    assert not report.skipped
    assert len({item.series_instance_uid for item in report.series}) == 5
    assert len(report.series) == 5
    assert not report.warnings
    ordered = sorted((item.series for item in report.series), key=reading_order)
    assert [item.title for item in ordered[:3]] == ["Sagittal T2", "Sagittal T1", "Sagittal STIR"]
    for series in ordered[:3]:
        assert series.geometry.shape == (11, 512, 512)
        assert series.geometry.spacing_mm == pytest.approx((0.6836, 0.6836, 4.5), abs=1e-4)
        assert series.slice_thickness_mm == 4
        assert series.field_strength_t == 0.3
    # The axial series were planned along the discs: five directions each, 3 to 4 slices.
    axial = [item for item in ordered if item.plane is Plane.AXIAL]
    assert [item.title for item in axial] == ["Axial T2", "Axial T1"]
    for item in axial:
        assert [stack.geometry.shape[0] for stack in item.stacks] == [4, 4, 3, 3, 3]
        heights_mm = [stack.geometry.to_mm((256, 256, 1))[2] for stack in item.stacks]
        assert heights_mm == sorted(heights_mm)
        for stack in item.stacks:
            assert stack.geometry.spacing_mm[2] == pytest.approx(4.5, abs=1e-3)


def test_same_study_from_another_hospital(hospital_b: Path) -> None:
    (found,) = scan([hospital_b]).series
    assert found.series.title == "Sagittal T2"
    assert len(found.file_names) == 11
