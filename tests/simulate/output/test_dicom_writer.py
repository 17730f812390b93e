import shutil
import subprocess

import numpy as np
import pydicom
import pytest

from spinegrader.domain.study import Weighting
from spinegrader.simulate.output.attributes import made_uid
from spinegrader.simulate.output.dicom_writer import write_series
from tests.simulate.output.conftest import VENDORS, VISIT, hand_made, oblique_geometry

NEVER_EMPTY = """
    SOPClassUID SOPInstanceUID StudyInstanceUID SeriesInstanceUID Modality FrameOfReferenceUID
    ImageType ScanningSequence SequenceVariant PixelSpacing ImageOrientationPatient
    ImagePositionPatient SamplesPerPixel PhotometricInterpretation Rows Columns BitsAllocated
    BitsStored HighBit PixelRepresentation PixelData WindowCenter WindowWidth RepetitionTime
    EchoTime SliceThickness PatientName PatientID PatientSex PatientBirthDate StudyDate
    Manufacturer ManufacturerModelName SeriesDescription InstanceNumber SeriesNumber StudyID
    MRAcquisitionType EchoTrainLength PatientPosition StudyTime MagneticFieldStrength
    PixelBandwidth InPlanePhaseEncodingDirection AcquisitionMatrix FlipAngle
"""
EMPTY_ALLOWED = "ReferringPhysicianName AccessionNumber PositionReferenceIndicator ScanOptions"


@pytest.fixture(scope="module")
def images(cohort):
    return [pydicom.dcmread(path) for path in sorted(cohort.rglob("IM*"))]


@pytest.fixture
def written(tmp_path, small_config):
    """Writes a series of a vendor: what went in, and its folder."""

    def write(vendor, weighting="T2"):
        received, protocol = hand_made(vendor, weighting, small_config)
        folder = tmp_path / vendor / weighting
        assert write_series(folder, VISIT, 1, received, protocol, oblique_geometry()) == 5
        return received, folder

    return write


def test_every_attribute_that_the_standard_asks_for_is_there(images):
    for image in images:
        missing = [name for name in NEVER_EMPTY.split() if image.get(name) in (None, "")]
        assert missing == []
        assert all(name in image for name in EMPTY_ALLOWED.split())
        assert image.file_meta.MediaStorageSOPInstanceUID == image.SOPInstanceUID


def test_every_image_says_that_it_is_simulated(images):
    for image in images:
        assert image.ImageComments == "Simulated image"
        assert "simulated" in image.SeriesDescription
        assert "Simulated" in image.Manufacturer
        assert str(image.PatientName).startswith("Simulated^")


def test_uids_are_unique_and_well_formed(images):
    uids = [image.SOPInstanceUID for image in images]
    assert len(set(uids)) == len(uids)
    assert all(uid.is_valid and uid.startswith("2.25.") for uid in uids)
    assert len({image.StudyInstanceUID for image in images}) == 4
    assert len({image.SeriesInstanceUID for image in images}) == 8
    assert made_uid("a") == made_uid("a") != made_uid("b")


def test_the_window_fits_the_pixels(images):
    for image in images[3::7]:
        slope = float(image.get("RescaleSlope", 1))
        middle = image.pixel_array * slope
        low = image.WindowCenter - image.WindowWidth / 2
        high = image.WindowCenter + image.WindowWidth / 2
        assert np.mean((middle >= low) & (middle <= high)) > 0.85
        assert high < 2 * max(np.percentile(middle, 99), 1)


def test_t2_has_long_times_and_t1_short_ones(images):
    for image in images:
        is_t2 = "t2" in image.SeriesDescription.lower()
        assert (float(image.EchoTime) > 70) == is_t2
        assert (float(image.RepetitionTime) > 2000) == is_t2


@pytest.mark.parametrize("vendor", VENDORS)
def test_pixels_and_millimetres_come_back_whatever_the_vendors_habits(written, read, vendor):
    received, folder = written(vendor)
    (loaded,) = read(folder)
    (volume,) = loaded.volumes
    slope = 1.0 if received.rescale_slope is None else received.rescale_slope
    assert volume.pixels == pytest.approx(received.pixels * slope, rel=1e-6)
    wanted = oblique_geometry()
    for index in ((0, 0, 0), (79, 0, 2), (0, 95, 4), (79, 95, 4)):
        assert volume.geometry.to_mm(index) == pytest.approx(wanted.to_mm(index), abs=2e-6)
    assert volume.geometry.spacing_mm == pytest.approx(wanted.spacing_mm, abs=1e-6)
    assert "simulated" in loaded.series.manufacturer.lower()


def test_every_weighting_is_recognised(written, read):
    for vendor in VENDORS:
        for weighting in ("T2", "T1", "STIR"):
            (loaded,) = read(written(vendor, weighting)[1])
            assert loaded.series.weighting is Weighting(weighting)


def test_the_vendors_differ_in_their_habits(written):
    first = {
        vendor: pydicom.dcmread(written(vendor)[1] / "IM0001", force=False) for vendor in VENDORS
    }
    kinds = {(item.BitsStored, item.PixelRepresentation) for item in first.values()}
    assert kinds == {(12, 0), (16, 1)}
    assert len({item.file_meta.TransferSyntaxUID for item in first.values()}) == 2
    assert len({item.SpecificCharacterSet for item in first.values()}) == 2
    assert {"RescaleSlope" in item for item in first.values()} == {True, False}
    assert {"SpacingBetweenSlices" in item for item in first.values()} == {True, False}
    assert {item.PatientPosition for item in first.values()} == {"HFS", "FFS"}
    assert {float(item.ImagePositionPatient[0]) < -20 for item in first.values()} == {True, False}
    names = [item.SeriesDescription for item in first.values()]
    assert len(set(names)) == 4
    assert "Wirbelsäule T2 sag (simulated)" in names


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dicom3tools is not installed")
@pytest.mark.parametrize("vendor", VENDORS)
def test_the_validator_finds_no_error(written, vendor):
    for weighting in ("T2", "T1", "STIR"):
        for path in sorted(written(vendor, weighting)[1].iterdir())[::4]:
            answer = subprocess.run(
                ["dciodvfy", str(path)], capture_output=True, text=True, check=False
            )
            assert "MRImage" in answer.stderr + answer.stdout
            assert "Error" not in answer.stderr + answer.stdout
