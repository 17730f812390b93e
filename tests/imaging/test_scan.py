"""Every file ends in a series or is left out for a reason that names no patient."""

from pathlib import Path

import numpy as np
import pytest

from spinegrader.domain.study import Plane, Weighting, reading_order
from spinegrader.errors import CancelledError
from spinegrader.imaging.sandbox import Sandbox
from spinegrader.imaging.scan import scan
from spinegrader.imaging.sources import Sources
from tests.imaging.conftest import Scanner, Writer


def test_order_follows_positions_not_names(
    scanned: Scanner, write_slice: Writer, tmp_path: Path
) -> None:
    for name, x_mm, number in (("c", 0, 9), ("a", 8, 1), ("sub/b", 4, 5)):
        write_slice(name, x_mm, InstanceNumber=number)
    (found,) = scanned(tmp_path / "images").series
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
        ({"NumberOfFrames": 5}, "don't say where they lie"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, "localiser"),
        ({"ImageType": ["DERIVED", "SECONDARY", "MPR"]}, "computed from other images"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, "secondary capture"),
        ({"PixelSpacing": [float("nan"), 0.5]}, "missing or unreadable"),
        ({"RescaleSlope": 0}, "slope is zero"),
        ({"BitsAllocated": 12}, "contradicts itself"),
        ({"SamplesPerPixel": 3}, "colour"),
        ({"SeriesInstanceUID": None}, "lacks the UIDs"),
        ({"SliceThickness": None}, "how thick"),
    ],
)
def test_unusable_images_say_why(
    scanned: Scanner, write_slice: Writer, tmp_path: Path, elements: dict[str, object], reason: str
) -> None:
    write_slice("odd", 0, **elements)
    report = scanned(tmp_path / "images")
    assert not report.series
    assert reason in report.skipped[0].reason


def test_other_files_are_named(scanned: Scanner, write_slice: Writer, tmp_path: Path) -> None:
    good = write_slice("good", 0).read_bytes()
    (tmp_path / "images" / "notes.txt").write_text("Secret Person was here")
    (tmp_path / "images" / "empty").write_bytes(b"")
    (tmp_path / "images" / "cut").write_bytes(good[:180])
    report = scanned(tmp_path / "images")
    reasons = {item.path: item.reason for item in report.skipped}
    assert reasons["notes.txt"] == "It is not a DICOM file."
    assert reasons["empty"] == "It is empty."
    assert "cut" in reasons
    assert len(report.series) == 1


def test_damaged_headers_never_crash(scanned: Scanner, write_slice: Writer, tmp_path: Path) -> None:
    good = bytearray(write_slice("good", 0).read_bytes())
    rng = np.random.default_rng(0)
    for index in range(150):
        bad = good.copy()
        for place in rng.integers(128, len(bad), 6):
            bad[place] = rng.integers(256)
        (tmp_path / "images" / f"bad{index}").write_bytes(bad)
    assert scanned(tmp_path / "images").files_seen == 151


def test_decimal_comma_is_not_read_as_another_number(
    scanned: Scanner, write_slice: Writer, tmp_path: Path
) -> None:
    path = write_slice("comma", 0, PixelSpacing=[0.75, 0.55])
    content = path.read_bytes()
    assert b"0.75\\0.55" in content
    path.write_bytes(content.replace(b"0.75\\0.55", b"0,75\\0,55"))
    assert (
        "pixel spacing is missing or unreadable" in scanned(tmp_path / "images").skipped[0].reason
    )


def test_missing_patient_id_is_derived_and_told(
    scanned: Scanner, write_slice: Writer, tmp_path: Path
) -> None:
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
    report = scanned(tmp_path / "images")
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
    scanned: Scanner, write_slice: Writer, tmp_path: Path, charset: object, raw: str, expected: str
) -> None:
    write_slice("a", 0, SpecificCharacterSet=charset, PatientName=raw)
    assert scanned(tmp_path / "images").series[0].patient.name == expected


def test_dates_of_old_style_and_nonsense(
    scanned: Scanner, write_slice: Writer, tmp_path: Path
) -> None:
    write_slice("a", 0, StudyDate="2024.02.03", PatientBirthDate="00000000")
    found = scanned(tmp_path / "images").series[0]
    assert str(found.study.date) == "2024-02-03"
    assert found.patient.birth_date is None


def test_stop_and_progress(sandbox: Sandbox, write_slice: Writer, tmp_path: Path) -> None:
    for index in range(4):
        write_slice(f"s{index}", 4 * index)
    seen: list[tuple[int, int]] = []
    with Sources([tmp_path], sandbox.run) as sources:
        scan(sources, sandbox, progress=lambda done, total: seen.append((done, total)))
        assert seen[-1] == (4, 4)
        with pytest.raises(CancelledError):
            scan(sources, sandbox, stop_requested=lambda: True)


def test_real_study(scanned: Scanner, hospital_a: Path) -> None:
    report = scanned(hospital_a)
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


def test_same_study_from_another_hospital(scanned: Scanner, hospital_b: Path) -> None:
    (found,) = scanned(hospital_b).series
    assert found.series.title == "Sagittal T2"
    assert len(found.file_names) == 11
