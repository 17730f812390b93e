"""Enhanced multi-frame objects come in as single slices would."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from spinegrader.domain.study import Weighting
from tests.imaging.conftest import COLUMNS, ROWS, Reader, Scanner

ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4.1"
EnhancedWriter = Callable[..., Path]


def _item(**elements: object) -> Sequence:
    dataset = Dataset()
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return Sequence([dataset])


def _groups(**sequences: Sequence) -> Dataset:
    dataset = Dataset()
    for keyword, value in sequences.items():
        setattr(dataset, keyword, value)
    return dataset


@pytest.fixture
def write_enhanced(tmp_path: Path) -> EnhancedWriter:
    """Writes a sagittal enhanced MR object; frames are (x in mm, echo time in ms)."""

    def write(
        frames: list[tuple[float, float]], syntax: str = ExplicitVRLittleEndian, **elements: object
    ) -> Path:
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset.file_meta.MediaStorageSOPClassUID = ENHANCED_MR
        dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3.9"
        values = {
            "SOPClassUID": ENHANCED_MR, "SOPInstanceUID": "1.2.3.9", "StudyInstanceUID": "1.2.3",
            "SeriesInstanceUID": "1.2.3.4", "Modality": "MR", "PatientID": "P1",
            "Rows": ROWS, "Columns": COLUMNS, "SamplesPerPixel": 1, "NumberOfFrames": len(frames),
            "PhotometricInterpretation": "MONOCHROME2", "BitsAllocated": 16, "BitsStored": 12,
            "HighBit": 11, "PixelRepresentation": 0,
            "ImageType": ["ORIGINAL", "PRIMARY", "T2", "NONE"],
        } | elements  # fmt: skip
        for keyword, value in values.items():
            setattr(dataset, keyword, value)
        dataset.SharedFunctionalGroupsSequence = Sequence([
            _groups(
                PixelMeasuresSequence=_item(PixelSpacing=[0.75, 0.5], SliceThickness=4),
                PlaneOrientationSequence=_item(ImageOrientationPatient=[0, 1, 0, 0, 0, -1]),
                MRTimingAndRelatedParametersSequence=_item(RepetitionTime=3000.0),
            )
        ])  # fmt: skip
        dataset.PerFrameFunctionalGroupsSequence = Sequence([
            _groups(
                PlanePositionSequence=_item(ImagePositionPatient=[x_mm, -20, 30]),
                MREchoSequence=_item(EffectiveEchoTime=echo_ms),
            )
            for x_mm, echo_ms in frames
        ])  # fmt: skip
        pixels = np.stack([
            np.full((ROWS, COLUMNS), index + 1, np.uint16) for index in range(len(frames))
        ])  # fmt: skip
        pixels[:, 0, 0] = 0
        dataset.PixelData = pixels.tobytes()
        if syntax == RLELossless:
            dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
            dataset.compress(RLELossless, generate_instance_uid=False)
        path = tmp_path / "images" / "enhanced"
        path.parent.mkdir(exist_ok=True)
        dataset.save_as(path, enforce_file_format=True)
        return path

    return write


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless])
def test_frames_are_sorted_by_place(
    read: Reader, write_enhanced: EnhancedWriter, tmp_path: Path, syntax: str
) -> None:
    write_enhanced([(8, 100), (0, 100), (4, 100)], syntax)
    loaded = read(tmp_path / "images")
    assert loaded.series.geometry.shape == (3, ROWS, COLUMNS)
    np.testing.assert_allclose(loaded.series.geometry.spacing_mm, (0.5, 0.75, 4))
    # Read from the patient's right, at small x, to the left.
    assert loaded.volumes[0].pixels[:, 1, 1].tolist() == [2, 3, 1]
    assert loaded.series.weighting is Weighting.T2
    assert (loaded.series.echo_time_ms, loaded.series.repetition_time_ms) == (100, 3000)


def test_echoes_of_one_file_become_series(
    scanned: Scanner, write_enhanced: EnhancedWriter, tmp_path: Path
) -> None:
    write_enhanced([(0, 15), (0, 90), (4, 15), (4, 90), (8, 15), (8, 90)])
    report = scanned(tmp_path / "images")
    assert [item.series.echo_time_ms for item in report.series] == [15, 90]
    assert [item.series.geometry.shape[0] for item in report.series] == [3, 3]
    assert not report.skipped


def test_frames_that_are_not_all_described_are_refused(
    scanned: Scanner, write_enhanced: EnhancedWriter, tmp_path: Path
) -> None:
    write_enhanced([(0, 100), (4, 100)], NumberOfFrames=3)
    assert "promises 3 frames and describes 2" in scanned(tmp_path / "images").skipped[0].reason


def test_uneven_frames_are_refused(
    scanned: Scanner, write_enhanced: EnhancedWriter, tmp_path: Path
) -> None:
    write_enhanced([(0, 100), (4, 100), (9, 100), (15, 100), (22, 100)])
    report = scanned(tmp_path / "images")
    assert not report.series
    assert [item.path for item in report.skipped] == ["enhanced"]


def test_gradient_echo_is_not_weighted_by_its_timing(
    read: Reader, write_enhanced: EnhancedWriter, tmp_path: Path
) -> None:
    write_enhanced([(0, 9), (4, 9)], EchoPulseSequence="GRADIENT", AcquisitionContrast="T2")
    assert read(tmp_path / "images").series.weighting is Weighting.T2
