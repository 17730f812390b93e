"""No secret survives, and what measures and gradings need stays as it was."""

import datetime as dt
import logging
import struct
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.study import Patient, Plane, Series, Study, Weighting
from spinegrader.errors import InputError
from spinegrader.imaging.deidentify import (
    Deidentified,
    FileToDeidentify,
    MayShowText,
    NotWritten,
    deidentify_file,
)
from spinegrader.imaging.deidentify_table import Action, load_table
from spinegrader.imaging.pseudonyms import Pseudonymiser
from spinegrader.services.resources import resources_folder
from tests.imaging import canaries as planting
from tests.imaging.canaries import NAMES, Canaries, survivors
from tests.imaging.test_decoding import FIXTURES, FOLDER, truth

KEY = bytes(range(32))
TABLE = resources_folder() / "deidentification.json"
CODES = {"113100", "113105", "113107", "113108"}


def deidentified(path: Path, folder: Path, key: bytes = KEY, *, keep: bool = False):
    """The result of the task, and the new file."""
    folder.mkdir(exist_ok=True)
    output = folder / "new.dcm"
    result = deidentify_file(FileToDeidentify(path, path.name, output, TABLE, key, keep))
    return result, output


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def new_dataset(path: Path, out: Path, **options):
    result, output = deidentified(path, out, **options)
    assert isinstance(result, Deidentified)
    return pydicom.dcmread(output)


# -- nothing survives -----------------------------------------------------------------------


def test_no_secret_of_a_file_full_of_them_survives(tmp_path, out, caplog):
    caplog.set_level(logging.DEBUG)
    canaries = Canaries()
    path = tmp_path / "in" / canaries.text() / f"{canaries.text()}.dcm"
    planting.write(planting.image(canaries), path, canaries)
    content = path.read_bytes()
    inside = [secret for secret in canaries.planted if secret in content]
    assert len(inside) > 4000  # they were really planted
    result, _ = deidentified(path, out)
    assert isinstance(result, Deidentified)
    assert survivors(canaries, out) == []
    assert canaries.found_in(caplog.text.encode()) == []


@pytest.mark.parametrize("character_set", NAMES)
def test_names_in_every_character_set_are_gone(tmp_path, out, character_set):
    canaries = Canaries()
    path = tmp_path / "image"
    path.write_bytes(planting.plain_image(canaries, "1.2.999.5", 1, character_set))
    new = new_dataset(path, out)
    assert survivors(canaries, out) == []
    assert new.SeriesDescription.split()[:3] == ["T2", "TSE", "SAG"]


def test_a_comment_inside_compressed_pixels_is_gone(tmp_path, out):
    path = tmp_path / "image"
    dataset = pydicom.dcmread(Path(__file__).parent / "transfer_syntaxes" / "jpeg_2000.dcm")
    pixels = dataset.pixel_array.copy()
    frame = next(pydicom.encaps.generate_frames(dataset.PixelData, number_of_frames=1))
    # A COM segment of the main header (ISO/IEC 15444-1, A.9.2), before the first tile's SOT.
    secret = b"QZCANARYINJ2K8XQ"
    comment = b"\xff\x64" + struct.pack(">HH", 4 + len(secret), 1) + secret
    tile = frame.index(b"\xff\x90")
    dataset.PixelData = pydicom.encaps.encapsulate([frame[:tile] + comment + frame[tile:]])
    dataset.save_as(path)
    assert secret in path.read_bytes()
    new = new_dataset(path, out)
    assert secret not in (out / "new.dcm").read_bytes()
    assert new.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    np.testing.assert_array_equal(new.pixel_array, pixels)


@pytest.mark.parametrize("name", list(FIXTURES))
def test_every_transfer_syntax_keeps_its_values(out, name):
    kind, most_lost = FIXTURES[name]
    new = new_dataset(FOLDER / f"{name}.dcm", out)
    assert new.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert np.abs(new.pixel_array.astype(int) - truth(kind)).max() <= most_lost


def test_an_overlay_in_the_unused_bits_of_pixels_is_gone(tmp_path, out, write_slice):
    pixels = np.full((12, 10), 0xF123, "<u2")
    path = write_slice("image", PixelData=pixels.tobytes())
    new = new_dataset(path, out)
    assert set(np.frombuffer(new.PixelData, "<u2")) == {0x0123}


def test_no_element_that_the_standard_protects_stays_as_it_was(tmp_path, out):
    table = load_table(TABLE)
    canaries = Canaries()
    path = planting.write(planting.image(canaries), tmp_path / "image", canaries)
    before, after = pydicom.dcmread(path), new_dataset(path, out)
    kept_by_option = {"PatientSex", "PatientAge", "PatientSize", "PatientWeight"}
    protected = 0
    for element in after.iterall():
        asked_for = table.action_of_standard(element.tag)
        if not asked_for or element.tag.is_private or element.keyword in kept_by_option:
            continue
        protected += 1
        if element.VR != "SQ" and element.tag in before and element.value:
            assert element.value != before[element.tag].value, element.keyword
    assert protected > 15


def test_the_list_is_checked_against_the_standard(tmp_path):
    table = load_table(TABLE)
    assert "2026c" in table.standard
    assert len(table.basic_profile) > 600
    assert table.action_of_standard(0x00100010) == "Z"
    assert table.action_of_standard(0x00091001) == "X"  # private
    assert table.action_of_standard(0x60023000) == "X"  # overlay
    assert table.action_of_standard(0x50100005) == "X"  # curve
    assert table.action_of_standard(0x00280010) == ""  # rows
    assert {tag for tag, action in table.actions.items() if action is Action.PATIENT} == {
        0x00100010,
        0x00100020,
    }
    spoilt = tmp_path / "table.json"
    text = TABLE.read_text(encoding="utf-8")
    spoilt.write_text(text.replace('"SliceThickness"', '"AccessionNumber"', 1), encoding="utf-8")
    with pytest.raises(ValueError, match="00080050 may not be kept"):
        load_table(spoilt)


# -- what stays -----------------------------------------------------------------------------


def test_ages_and_intervals_stay_true(tmp_path, out, write_slice):
    first = write_slice("a", StudyDate="20190917", PatientBirthDate="19510713", PatientAge="068Y")
    later = write_slice("b", StudyDate="20240229", PatientBirthDate="19510713")
    one, other = new_dataset(first, out), new_dataset(later, out)
    days = [dt.date.fromisoformat(item) for item in (one.StudyDate, other.StudyDate)]
    assert days[1] - days[0] == dt.date(2024, 2, 29) - dt.date(2019, 9, 17)
    assert days[0] - dt.date.fromisoformat(one.PatientBirthDate) == dt.date(2019, 9, 17) - dt.date(
        1951, 7, 13
    )
    assert one.PatientAge == "068Y"
    assert dt.date(2019, 9, 17) - days[0] >= dt.timedelta(days=366)
    assert one.PatientID == other.PatientID == one.PatientName


def test_another_key_gives_other_pseudonyms(out, write_slice):
    path = write_slice("a")
    one, again = new_dataset(path, out), new_dataset(path, out)
    other = new_dataset(path, out, key=bytes(32))
    for keyword in ("PatientID", "StudyInstanceUID", "SOPInstanceUID", "StudyDate"):
        assert one[keyword].value == again[keyword].value
        assert one[keyword].value != other[keyword].value
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        assert UID(one[keyword].value).is_valid
        assert one[keyword].value.startswith("2.25.")


def test_the_file_says_how_it_was_made(out, write_slice):
    new = new_dataset(write_slice("a"), out)
    codes = {item.CodeValue for item in new.DeidentificationMethodCodeSequence}
    assert (new.PatientIdentityRemoved, codes) == ("YES", CODES)
    assert new.LongitudinalTemporalInformationModified == "MODIFIED"
    assert "BurnedInAnnotation" not in new  # nobody has said that there is none
    assert new.preamble == bytes(128)
    assert new.file_meta.MediaStorageSOPInstanceUID == new.SOPInstanceUID
    assert new.StudyTime == ""


def test_values_of_philips_stay_right(out, write_slice):
    path = write_slice("a")
    dataset = pydicom.dcmread(path)
    block = dataset.private_block(0x2005, "Philips MR Imaging DD 001", create=True)
    block.add_new(0x0E, "FL", 0.25)
    block.add_new(0x10, "LO", "Secret")
    dataset.save_as(path)
    new = new_dataset(path, out)
    kept = [item for item in new if item.tag.is_private and not item.tag.is_private_creator]
    assert [(item.tag.element & 0xFF, item.value) for item in kept] == [(0x0E, 0.25)]
    codes = {item.CodeValue for item in new.DeidentificationMethodCodeSequence}
    assert codes == CODES | {"113111"}


def test_enhanced_images_keep_the_place_of_each_frame(tmp_path, out):
    path = enhanced(tmp_path / "enhanced")
    before, after = pydicom.dcmread(path), new_dataset(path, out)
    np.testing.assert_array_equal(after.pixel_array, before.pixel_array)
    for one, other in zip(
        before.PerFrameFunctionalGroupsSequence,
        after.PerFrameFunctionalGroupsSequence,
        strict=True,
    ):
        place = other.PlanePositionSequence[0].ImagePositionPatient
        assert place == one.PlanePositionSequence[0].ImagePositionPatient
        content = other.FrameContentSequence[0]
        assert content.DimensionIndexValues == one.FrameContentSequence[0].DimensionIndexValues
        assert "FrameComments" not in content
        assert content.StackID == "1"
    shared = after.SharedFunctionalGroupsSequence[0]
    assert shared.PixelMeasuresSequence[0].PixelSpacing == [0.75, 0.5]
    assert shared.PlaneOrientationSequence[0].ImageOrientationPatient == [0, 1, 0, 0, 0, -1]
    anatomy = shared.FrameAnatomySequence[0].AnatomicRegionSequence[0]
    assert (anatomy.CodeValue, anatomy.CodeMeaning) == ("122496007", "Lumbar spine")
    assert after.ContentTime == "000000"


def enhanced(path: Path) -> Path:
    """Three frames of an enhanced MR image, with words where they don't belong."""
    dataset = Dataset()
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.4.1"
    dataset.SOPInstanceUID, dataset.StudyInstanceUID = "1.2.3.9", "1.2.3"
    dataset.SeriesInstanceUID, dataset.PatientID, dataset.Modality = "1.2.3.4", "P1", "MR"
    dataset.ContentDate, dataset.ContentTime = "20200101", "101112"
    dataset.Rows, dataset.Columns, dataset.NumberOfFrames = 4, 5, 3
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelRepresentation = 1
    shared = Dataset()
    measures, orientation, anatomy, code = Dataset(), Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = [0.75, 0.5], 4
    orientation.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
    code.CodeValue, code.CodingSchemeDesignator = "122496007", "SCT"
    code.CodeMeaning = "Spine of Secret Person"
    anatomy.AnatomicRegionSequence, anatomy.FrameLaterality = [code], "U"
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [orientation]
    shared.FrameAnatomySequence = [anatomy]
    dataset.SharedFunctionalGroupsSequence = [shared]
    frames = []
    for number in range(3):
        frame, position, content = Dataset(), Dataset(), Dataset()
        position.ImagePositionPatient = [number * 4.5, -20, 30]
        content.StackID, content.InStackPositionNumber = "1", number + 1
        content.DimensionIndexValues, content.FrameComments = [1, number + 1], "Secret"
        frame.PlanePositionSequence, frame.FrameContentSequence = [position], [content]
        frames.append(frame)
    dataset.PerFrameFunctionalGroupsSequence = frames
    dataset.PixelData = np.arange(-30, 30, dtype="<i2").tobytes()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.save_as(path, enforce_file_format=True)
    return path


def test_kinds_that_nobody_knows_are_still_told_apart(out, write_slice):
    types = [
        new_dataset(write_slice(name, ImageType=["ORIGINAL", "PRIMARY", "M", name]), out).ImageType
        for name in ("JOHN DOE", "JANE DOE")
    ]
    assert [kind[:3] for kind in types] == [["ORIGINAL", "PRIMARY", "M"]] * 2
    assert types[0][3] != types[1][3]
    assert all(kind[3].startswith("X") and len(kind[3]) <= 16 for kind in types)


def test_real_images_keep_pixels_places_and_timing(hospital_a, out):
    names = (
        "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness",
        "SpacingBetweenSlices", "EchoTime", "RepetitionTime", "Rows", "Columns", "InstanceNumber",
        "SeriesNumber", "SeriesDescription", "BodyPartExamined", "PatientSex", "PatientAge",
        "WindowCenter", "ImageType", "MagneticFieldStrength",
    )  # fmt: skip
    for path in sorted(hospital_a.rglob("IM*"))[::9]:
        before, after = pydicom.dcmread(path), new_dataset(path, out)
        assert {name: before.get(name) for name in names} == {
            name: after.get(name) for name in names
        }
        np.testing.assert_array_equal(after.pixel_array, before.pixel_array)
        content = (out / "new.dcm").read_bytes()
        for name in ("PatientName", "PatientID", "AccessionNumber", "StationName", "StudyDate"):
            assert str(before[name].value).encode() not in content, name


# -- what is refused ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "elements",
    [
        {"BurnedInAnnotation": "YES"},
        {"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]},
        {"ConversionType": "WSD"},
        {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"},
        {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7.2", "Modality": "OT"},
    ],
)
def test_pictures_that_may_show_a_name_need_a_decision(out, write_slice, elements):
    path = write_slice("a", **elements)
    result, output = deidentified(path, out)
    assert isinstance(result, MayShowText)
    assert not output.exists()
    kept = new_dataset(path, out, keep=True)
    assert kept.get("BurnedInAnnotation") != "NO"


@pytest.mark.parametrize(
    ("elements", "sentence"),
    [
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2", "Modality": "CT"}, "no MR image"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.104.1", "PixelData": None}, "no image"),
        ({"SOPClassUID": None}, "no MR image"),
        ({"StudyInstanceUID": None}, "lacks the UIDs"),
        ({"PixelData": b"\1\2\3\4"}, "fewer pixels"),
        ({"Rows": 60000, "Columns": 60000}, "pixels"),
        ({"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}, "colour"),
    ],
)
def test_what_is_no_mr_image_is_refused_in_a_sentence(out, write_slice, elements, sentence):
    with pytest.raises(InputError, match=sentence) as caught:
        deidentified(write_slice("a", **elements), out)
    assert "Secret" not in caught.value.message
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"Dear colleague" * 99, bytes(128) + b"DICM\x08\0"])
def test_what_is_no_dicom_file_is_refused(tmp_path, out, content):
    path = tmp_path / "letter"
    path.write_bytes(content)
    with pytest.raises(InputError):
        deidentified(path, out)


def test_a_file_cut_off_anywhere_is_refused(tmp_path, out, write_slice):
    whole = write_slice("a").read_bytes()
    path = tmp_path / "cut"
    for end in range(140, len(whole), 37):
        path.write_bytes(whole[:end])
        with pytest.raises(InputError):
            deidentified(path, out)


def test_a_folder_that_is_gone_is_told_apart_from_a_damaged_file(tmp_path, write_slice):
    item = FileToDeidentify(write_slice("a"), "a", tmp_path / "gone" / "new.dcm", TABLE, KEY)
    assert deidentify_file(item) == NotWritten(is_full=False)
    assert "00" * 4 not in repr(item)
    assert repr(KEY) not in repr(item)


def test_numbers_that_are_none_are_left_out(out, write_slice):
    path = write_slice("a")
    dataset = pydicom.dcmread(path)
    # Same length, so that the file stays whole.
    content = path.read_bytes().replace(b"3000", b"QZCA")
    assert dataset.RepetitionTime == 3000
    path.write_bytes(content)
    assert "RepetitionTime" not in new_dataset(path, out)


def test_a_number_out_of_its_range_costs_that_element_alone(out, write_slice):
    path = write_slice("a", PixelRepresentation=1)
    dataset = pydicom.dcmread(path)
    dataset.add_new(0x00280120, "US", 63536)  # PixelPaddingValue, unsigned among signed pixels
    dataset.save_as(path)
    new = new_dataset(path, out)
    assert "PixelPaddingValue" not in new
    assert new.PixelRepresentation == 1


# -- pseudonyms of plain records ------------------------------------------------------------


def test_records_of_a_project_get_the_pseudonyms_of_the_files(out, write_slice):
    new = new_dataset(write_slice("a", PatientBirthDate="19510713"), out)
    pseudonyms = Pseudonymiser(KEY)
    patient = Patient("P1", "Person, Secret", "F", dt.date(1951, 7, 13))
    study = Study("1.2.3", "P1", dt.date(2024, 1, 31), "MR LWS Secret Person, Clinic of Nowhere")
    series = Series(
        "1.2.3.4", "1.2.3", "", geometry(), Plane.SAGITTAL, Weighting.T2,
        description="t2_tse_SAG Secret 4mm", body_part="LSPINE of Secret",
        manufacturer="Siemens Avanto Secret 176432",
    )  # fmt: skip
    who, when, what = (
        pseudonyms.patient(patient),
        pseudonyms.study(study, patient),
        pseudonyms.series(series),
    )
    assert (who.id, who.name, who.sex) == (new.PatientID, "", "F")
    assert f"{who.birth_date:%Y%m%d}" == new.PatientBirthDate
    assert (when.uid, when.patient_id) == (new.StudyInstanceUID, who.id)
    assert (f"{when.date:%Y%m%d}", when.description) == (new.StudyDate, "MR LWS")
    assert (what.uid, what.study_uid) == (new.SeriesInstanceUID, when.uid)
    assert (what.description, what.body_part) == ("T2 TSE SAG", "LSPINE")
    assert (what.manufacturer, what.geometry) == ("SIEMENS AVANTO", series.geometry)


def geometry() -> VolumeGeometry:
    return VolumeGeometry.from_matrix(np.eye(4), (2, 3, 4))


@pytest.mark.parametrize(
    ("uid", "given", "ending"),
    [("1.2.4.1", "1.2.4", ".1"), ("1.2.4", "1.2.4", ""), ("1.2.4.1", "1.2", None)],
)
def test_parts_of_a_divided_series_keep_their_ending(uid, given, ending):
    pseudonyms = Pseudonymiser(KEY)
    series = Series(uid, "1.2", "", geometry(), Plane.SAGITTAL, Weighting.T2)
    new = pseudonyms.series(series, given).uid
    assert new == (pseudonyms.uid(uid) if ending is None else pseudonyms.uid(given) + ending)


def test_a_person_without_dates_or_with_odd_ones_is_no_obstacle():
    pseudonyms = Pseudonymiser(KEY)
    assert pseudonyms.patient(Patient("", sex="Secret")).sex == ""
    assert pseudonyms.date(dt.date(1, 1, 2), "P1") is None
    assert pseudonyms.patient_id("P1\udc80").startswith("SG-")
    with pytest.raises(ValueError, match="32 bytes"):
        Pseudonymiser(b"short")
