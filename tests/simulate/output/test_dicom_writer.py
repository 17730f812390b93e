import datetime as dt
import shutil
import subprocess

import numpy as np
import pydicom
import pytest

from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.simulate.output.dicom_writer import Visit, made_uid, write_series
from spinegrader.simulate.scanner.tissues import Sequence

NEVER_EMPTY = """
    SOPClassUID SOPInstanceUID StudyInstanceUID SeriesInstanceUID Modality FrameOfReferenceUID
    ImageType ScanningSequence SequenceVariant PixelSpacing ImageOrientationPatient
    ImagePositionPatient SamplesPerPixel PhotometricInterpretation Rows Columns BitsAllocated
    BitsStored HighBit PixelRepresentation PixelData WindowCenter WindowWidth RepetitionTime
    EchoTime SliceThickness PatientName PatientID PatientSex PatientBirthDate StudyDate
    Manufacturer ManufacturerModelName SeriesDescription InstanceNumber SeriesNumber StudyID
    MRAcquisitionType EchoTrainLength PatientPosition StudyTime
"""
EMPTY_ALLOWED = "ReferringPhysicianName AccessionNumber PositionReferenceIndicator ScanOptions"


@pytest.fixture(scope="module")
def images(cohort):
    return [pydicom.dcmread(path) for path in sorted(cohort.rglob("IM*"))]


def test_every_attribute_that_the_standard_asks_for_is_there(images):
    for image in images:
        missing = [name for name in NEVER_EMPTY.split() if image.get(name) in (None, "")]
        assert missing == []
        assert all(name in image for name in EMPTY_ALLOWED.split())
        assert image.file_meta.TransferSyntaxUID == pydicom.uid.ExplicitVRLittleEndian
        assert image.file_meta.MediaStorageSOPInstanceUID == image.SOPInstanceUID


def test_every_image_says_that_it_is_simulated(images):
    for image in images:
        assert image.ImageComments == "Simulated image"
        assert "simulated" in image.SeriesDescription
        assert str(image.PatientName).startswith("Simulated^")


def test_uids_are_unique_and_well_formed(images):
    uids = [image.SOPInstanceUID for image in images]
    assert len(set(uids)) == len(uids)
    assert all(uid.is_valid and uid.startswith("2.25.") for uid in uids)
    assert len({image.StudyInstanceUID for image in images}) == 4
    assert len({image.SeriesInstanceUID for image in images}) == 8
    assert made_uid("a") == made_uid("a") != made_uid("b")


def test_pixels_fit_their_bits_and_the_window_fits_the_pixels(images):
    for image in images:
        pixels = image.pixel_array
        assert pixels.dtype == np.uint16
        assert pixels.max() < 2**image.BitsStored
    middle = images[3].pixel_array
    low = images[3].WindowCenter - images[3].WindowWidth / 2
    high = images[3].WindowCenter + images[3].WindowWidth / 2
    assert np.mean((middle >= low) & (middle <= high)) > 0.9
    assert high < 2 * np.percentile(middle, 99)


def test_t2_has_long_times_and_t1_short_ones(images):
    for image in images:
        is_t2 = "T2" in image.SeriesDescription
        assert (float(image.EchoTime) > 80) == is_t2
        assert (float(image.RepetitionTime) > 2000) == is_t2


def test_positions_and_pixels_come_back_as_they_went_in(tmp_path):
    rng = np.random.default_rng(1)
    axes, _ = np.linalg.qr(np.array([[0.02, -0.01, 1], [1, 0.05, 0], [0.03, -1, 0.04]]))
    matrix = np.eye(4)
    matrix[:3, :3] = axes * np.array([1.1172, 0.9381, 4.4])
    matrix[:3, 3] = (-31.4159265358979, 123.456789, -250.00001)
    geometry = VolumeGeometry.from_matrix(matrix, (4, 9, 7))
    pixels = rng.integers(0, 4096, (4, 9, 7)).astype(np.uint16)
    at = dt.datetime(2011, 5, 6, 7, 8)
    visit = Visit("key", "SIM-0001", "Simulated^0001", "F", dt.date(1960, 1, 2), at, 1, "A")
    sequence = Sequence("T2", 3500.0, 100.0, 15)
    assert write_series(tmp_path / "s", visit, 1, sequence, pixels, geometry, 4.0) == 4
    for index, path in enumerate(sorted((tmp_path / "s").iterdir())):
        image = pydicom.dcmread(path)
        row_mm, column_mm = (float(value) for value in image.PixelSpacing)
        direction = np.array(image.ImageOrientationPatient, dtype=float).reshape(2, 3)
        corner = np.array(image.ImagePositionPatient, dtype=float)
        for column, row in ((0, 0), (6, 0), (0, 8), (6, 8)):
            place = corner + column * column_mm * direction[0] + row * row_mm * direction[1]
            assert place == pytest.approx(geometry.to_mm((column, row, index)), abs=1e-6)
        assert np.array_equal(image.pixel_array, pixels[index])


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dicom3tools is not installed")
def test_the_validator_finds_no_error(cohort):
    for path in sorted(cohort.rglob("IM0001")):
        answer = subprocess.run(
            ["dciodvfy", str(path)], capture_output=True, text=True, check=False
        )
        assert "Error" not in answer.stderr + answer.stdout
