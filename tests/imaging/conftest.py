"""Small DICOM series and analytic volumes for the tests of imaging."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import VolumeGeometry, as_point
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.imaging.dicom import LoadedSeries, read_series
from spinegrader.imaging.sandbox import Sandbox
from spinegrader.imaging.scan import ScanReport, scan
from spinegrader.imaging.sources import Sources
from spinegrader.imaging.volume import Volume

MR = "1.2.840.10008.5.1.4.1.1.4"
ROWS, COLUMNS = 12, 10

Writer = Callable[..., Path]
Scanner = Callable[..., ScanReport]
Reader = Callable[[Path], LoadedSeries]


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(preload=("spinegrader.imaging.looking", "pydicom.charset")) as opened:
        yield opened


@pytest.fixture
def scanned(sandbox: Sandbox) -> Scanner:
    """Scans paths; every file ends in a series or is left out for a reason without a name."""

    def look(*paths: Path) -> ScanReport:
        with Sources(paths, sandbox.run) as sources:
            report = scan(sources, sandbox)
        taken = {name for item in report.series for name in item.file_names}
        assert len(taken) + len(report.skipped) == report.files_seen
        for sentence in (*(item.reason for item in report.skipped), *report.warnings):
            assert "Secret" not in sentence
            assert "Person" not in sentence
        return report

    return look


@pytest.fixture
def read(scanned: Scanner, sandbox: Sandbox) -> Reader:
    """Reads the one series that lies in a folder."""

    def load(folder: Path) -> LoadedSeries:
        (found,) = scanned(folder).series
        return read_series(found, sandbox)

    return load


@pytest.fixture
def write_slice(tmp_path: Path) -> Writer:
    """Writes one sagittal MR slice; keywords replace elements, None leaves them out."""

    def write(name: str, x_mm: float = 0.0, **elements: object) -> Path:
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = elements.pop("syntax", ExplicitVRLittleEndian)
        dataset.file_meta.MediaStorageSOPClassUID = MR
        pixels = np.arange(ROWS * COLUMNS, dtype=np.uint16).reshape(ROWS, COLUMNS)
        values: dict[str, object] = {
            "SOPClassUID": MR,
            "SOPInstanceUID": f"1.2.3.{crc32(name.encode())}",
            "StudyInstanceUID": "1.2.3",
            "SeriesInstanceUID": "1.2.3.4",
            "Modality": "MR",
            "PatientID": "P1",
            "PatientName": "Secret^Person",
            "StudyDate": "20240131",
            "EchoTime": 100,
            "RepetitionTime": 3000,
            "SliceThickness": 4,
            "InstanceNumber": 1,
            "ImageOrientationPatient": [0, 1, 0, 0, 0, -1],
            "ImagePositionPatient": [x_mm, -20, 30],
            "PixelSpacing": [0.75, 0.5],
            "Rows": ROWS,
            "Columns": COLUMNS,
            "SamplesPerPixel": 1,
            "PhotometricInterpretation": "MONOCHROME2",
            "BitsAllocated": 16,
            "BitsStored": 12,
            "HighBit": 11,
            "PixelRepresentation": 0,
            "PixelData": (pixels + round(x_mm * 10)).astype(np.uint16).tobytes(),
        } | elements
        for keyword, value in values.items():
            if value is not None:
                setattr(dataset, keyword, value)
        dataset.file_meta.MediaStorageSOPInstanceUID = values["SOPInstanceUID"] or "1.2.9"
        path = tmp_path / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        dataset.save_as(path, enforce_file_format=True)
        return path

    return write


@pytest.fixture
def hospital_a() -> Path:
    return _real("lumbar_cc0/hospital_a")


@pytest.fixture
def hospital_b() -> Path:
    return _real("lumbar_cc0/hospital_b")


def _real(name: str) -> Path:
    beside = Path(__file__).parents[3] / "shared" / "data"
    folder = Path(os.environ.get("SPINEGRADER_DATA", beside)) / name
    if not folder.is_dir():
        pytest.skip(f"needs the real images {name}: set SPINEGRADER_DATA to their folder")
    return folder


def oblique_geometry(shape: tuple[int, int, int] = (11, 160, 140)) -> VolumeGeometry:
    """A sagittal stack turned by some 10 degrees about two axes, 0.7 x 0.6 mm, 4.5 mm apart."""
    a, b = np.radians(9.0), np.radians(-7.0)
    about_z = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    turn = about_z @ about_x
    matrix = np.eye(4)
    matrix[:3, 0] = turn @ (0, 0.6, 0)
    matrix[:3, 1] = turn @ (0, 0, -0.7)
    matrix[:3, 2] = turn @ (4.5, 0, 0)
    matrix[:3, 3] = (-20.0, -35.0, 60.0)
    return VolumeGeometry.from_matrix(matrix, shape)


def positions_mm(geometry: VolumeGeometry) -> np.ndarray:
    """LPS millimetres of every pixel, shape (slices, rows, columns, 3)."""
    slices, rows, columns = np.indices(geometry.shape)
    return geometry.to_mm(np.stack([columns, rows, slices], axis=-1))


def drawn(
    geometry: VolumeGeometry,
    level: VertebraLevel,
    corners: list[tuple[float, float]],
    slice_: float,
) -> Vertebra:
    """A vertebra from (column, row) corners on a slice."""
    places = [as_point(geometry.to_mm((x, y, slice_))) for x, y in corners]
    return Vertebra(level, (places[0], places[1], places[2], places[3]))


@pytest.fixture
def two_bodies() -> tuple[Volume, Overlay]:
    """L4 and L5, tilted, on an oblique stack of constant brightness 300."""
    geometry = oblique_geometry()
    upper = drawn(geometry, VertebraLevel.L4, [(45, 35), (95, 30), (97, 65), (48, 72)], 5.2)
    lower = drawn(geometry, VertebraLevel.L5, [(48, 88), (98, 78), (103, 112), (55, 122)], 4.8)
    volume = Volume(np.full(geometry.shape, 300, dtype=np.int16), geometry)
    return volume, Overlay("1.2.3.4", (upper, lower))
