"""Looking through a tree of 20,000 DICOM files, beside pydicom reading each of them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.material import working_folder
from benchmarks.measuring import BenchmarkError, Row, duration_ms, median

_FILES = 20_000
_FEW = 2_000
_SLICES = 20
_MATRIX = 64
_GOAL_RATIO = 1 / 4
_ROUNDS = 3
_MB = 1e6


def measure(files: int = _FILES) -> list[Row]:
    """Scans a tree with warm files and child processes; pydicom's dcmread on one core.

    The header of each file is as rich as that of a clinical scanner (about 110 elements), the
    pictures are small so that the files fit into memory.

    Raises:
        BenchmarkError: If files are lost.
    """
    with working_folder() as folder:
        write_tree(folder / "tree", files)
        write_tree(folder / "few", files * _FEW // _FILES)
        list(_read_with_pydicom(folder / "tree"))
        ours, peer = [], []
        for _ in range(_ROUNDS):
            ours.append(_scan_in_a_process(folder / "tree", files))
            peer.append(duration_ms(lambda: list(_read_with_pydicom(folder / "tree"))))
        fewer = _scan_in_a_process(folder / "few", files * _FEW // _FILES)
    seconds = median([item.seconds for item in ours])
    grown_mb = median([item.peak_mb for item in ours]) - fewer.peak_mb
    what = f"Scanning {files} files, grouped and checked, median of {_ROUNDS}"
    each = f"Memory that each file of {files} takes in the scanning process"
    return [
        Row(what, seconds, "s", median(peer) / 1000, "pydicom.dcmread of each, one core",
            goal_ratio=_GOAL_RATIO),
        Row(each, 1e3 * grown_mb / (files - files * _FEW // _FILES), "kB"),
    ]  # fmt: skip


class _Scan:
    """Seconds and peak memory of one scan."""

    def __init__(self, said: str) -> None:
        seconds, peak_mb, taken = said.split()
        self.seconds, self.peak_mb, self.taken = float(seconds), float(peak_mb), int(taken)


def _scan_in_a_process(folder: Path, files: int) -> _Scan:
    command = [sys.executable, "-m", "benchmarks.scan_tree", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    scan = _Scan(done.stdout)
    if scan.taken != files:
        raise BenchmarkError(f"{scan.taken} of {files} files came in.")
    return scan


def _read_with_pydicom(folder: Path) -> Iterator[str]:
    import pydicom

    for parent, _, names in os.walk(folder):
        for name in names:
            yield str(pydicom.dcmread(Path(parent) / name).SeriesInstanceUID)


def write_tree(folder: Path, files: int) -> None:
    """Writes series of 20 sagittal slices, without their order in their names."""
    import pydicom

    rng = np.random.default_rng(1)
    template = _rich_header()
    for number in range(files // _SLICES):
        series = folder / f"{number % 97:02d}" / f"{number:05d}"
        series.mkdir(parents=True)
        study = number // 4
        template.PatientID = f"P{study // 2:05d}"
        template.StudyInstanceUID = f"1.2.826.0.1.{study + 1}"
        template.SeriesInstanceUID = f"1.2.826.0.2.{number + 1}"
        template.SeriesNumber = number % 4 + 1
        for place in rng.permutation(_SLICES):
            template.SOPInstanceUID = f"1.2.826.0.3.{number * _SLICES + int(place) + 1}"
            template.file_meta.MediaStorageSOPInstanceUID = template.SOPInstanceUID
            template.InstanceNumber = int(place) + 1
            template.ImagePositionPatient = [float(4.4 * place), -120.5, 140.25]
            pydicom.dcmwrite(
                series / f"{rng.integers(1 << 62):016x}", template, enforce_file_format=True
            )


def _rich_header() -> "object":
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.4"
    values = {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.4", "Modality": "MR",
        "ImageType": ["ORIGINAL", "PRIMARY", "M", "ND", "NORM"], "StudyDate": "20240131",
        "SeriesDate": "20240131", "AcquisitionDate": "20240131", "ContentDate": "20240131",
        "StudyTime": "101112.123", "SeriesTime": "101212.123", "AcquisitionTime": "101312.1",
        "ContentTime": "101412.1", "AccessionNumber": "A1", "Manufacturer": "Maker",
        "InstitutionName": "Hospital", "InstitutionAddress": "Street 1",
        "ReferringPhysicianName": "Doctor^A", "StationName": "MR1",
        "StudyDescription": "MR lumbar spine", "SeriesDescription": "T2 TSE SAG",
        "ManufacturerModelName": "Model", "PatientName": "Nobody^A", "PatientSex": "F",
        "PatientBirthDate": "19700203", "PatientAge": "053Y", "PatientWeight": 70,
        "BodyPartExamined": "LSPINE", "ScanningSequence": "SE", "SequenceVariant": ["SK", "SP"],
        "ScanOptions": "SAT1", "MRAcquisitionType": "2D", "SequenceName": "tse2d1_17",
        "AngioFlag": "N", "SliceThickness": 4, "RepetitionTime": 3500, "EchoTime": 102,
        "NumberOfAverages": 2, "ImagingFrequency": 63.6, "ImagedNucleus": "1H",
        "EchoNumbers": 1, "MagneticFieldStrength": 1.5, "SpacingBetweenSlices": 4.4,
        "NumberOfPhaseEncodingSteps": 307, "EchoTrainLength": 17, "PercentSampling": 80,
        "PercentPhaseFieldOfView": 100, "PixelBandwidth": 190, "DeviceSerialNumber": "123",
        "SoftwareVersions": "syngo MR", "ProtocolName": "t2_tse_sag", "TransmitCoilName": "Body",
        "AcquisitionMatrix": [0, 384, 307, 0], "InPlanePhaseEncodingDirection": "ROW",
        "FlipAngle": 150, "VariableFlipAngleFlag": "N", "SAR": 1.2, "dBdt": 0,
        "PatientPosition": "HFS", "StudyID": "1", "AcquisitionNumber": 1,
        "ImageOrientationPatient": [0, 1, 0, 0, 0, -1], "FrameOfReferenceUID": "1.2.826.0.4",
        "PositionReferenceIndicator": "", "SliceLocation": 1.5, "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2", "Rows": _MATRIX, "Columns": _MATRIX,
        "PixelSpacing": [0.7, 0.7], "BitsAllocated": 16, "BitsStored": 12, "HighBit": 11,
        "PixelRepresentation": 0, "SmallestImagePixelValue": 0, "LargestImagePixelValue": 900,
        "WindowCenter": 400, "WindowWidth": 800,
        "WindowCenterWidthExplanation": "Algo1", "RequestedProcedureDescription": "MR lumbar",
        "PerformedProcedureStepStartDate": "20240131",
        "PerformedProcedureStepDescription": "MR lumbar",
    }  # fmt: skip
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    private = dataset.private_block(0x0029, "MAKER HEADER", create=True)
    for element in range(20):
        private.add_new(element, "OB", bytes(range(100)))
    dataset.PixelData = np.arange(_MATRIX * _MATRIX, dtype=np.uint16).tobytes()
    return dataset


def _scan_here(folder: Path) -> None:
    """Prints seconds, peak memory in MB and files taken."""
    import resource

    from spinegrader.imaging.sandbox import Sandbox
    from spinegrader.imaging.scan import scan
    from spinegrader.imaging.sources import Sources
    from spinegrader.services.untrusted import PRELOADED

    with Sandbox(preload=PRELOADED) as sandbox:
        sandbox.warm_up()
        first = next(path for path in folder.rglob("*") if path.is_file())
        with Sources([first], sandbox.run) as sources:
            scan(sources, sandbox)
        taken = 0

        def look() -> None:
            nonlocal taken
            with Sources([folder], sandbox.run) as sources:
                report = scan(sources, sandbox)
            taken = sum(len(item.file_names) for item in report.series)

        elapsed_ms = duration_ms(look)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / _MB
    sys.stdout.write(f"{elapsed_ms / 1000} {peak_mb} {taken}\n")


if __name__ == "__main__":
    _scan_here(Path(sys.argv[1]))
