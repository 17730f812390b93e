"""A DICOMDIR gives the files that it names, in its own folder and nowhere else."""

import importlib
from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.fileset import FileSet
from pydicom.uid import ExplicitVRLittleEndian

from spinegrader.errors import InputError
from spinegrader.imaging.dicomdir import FoundFiles, found_files, referenced_files
from spinegrader.imaging.sources import Sources
from tests.imaging.conftest import Writer

# Odd names are what is tested.
pytestmark = pytest.mark.filterwarnings("ignore:Invalid value for VR CS")

DIRECTORY = "1.2.840.10008.1.3.10"


def run_here(task: str, item: object) -> object:
    """What a sandbox does, in this process."""
    module, function = task.split(":")
    return getattr(importlib.import_module(module), function)(item)


def never() -> bool:
    return False


def index(folder: Path, *file_ids: object) -> Path:
    """A DICOMDIR with records that name the given files."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = DIRECTORY
    dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    dataset.DirectoryRecordSequence = []
    for file_id in file_ids:
        record = Dataset()
        record.DirectoryRecordType = "IMAGE"
        if file_id is not None:
            record.ReferencedFileID = file_id
        dataset.DirectoryRecordSequence.append(record)
    folder.mkdir(exist_ok=True)
    path = folder / "DICOMDIR"
    dataset.save_as(path, enforce_file_format=True)
    return path


def files_of(*paths: Path) -> tuple[list[str], Sources]:
    with Sources(paths, run_here) as sources:
        return [file.name for file in sources.files(never)], sources


def tree(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")


def test_one_that_pydicom_wrote(tmp_path: Path, write_slice: Writer) -> None:
    files = FileSet()
    for number in range(3):
        files.add(write_slice(f"IM{number}", StudyTime="1200", StudyID="1", SeriesNumber=1))
    files.write(tmp_path / "cd")
    (tmp_path / "cd" / "AUTORUN.INF").write_text("not named")
    names, sources = files_of(tmp_path / "cd" / "DICOMDIR")
    assert len(names) == 4
    assert names[-1] == "DICOMDIR"
    assert all((tmp_path / "cd" / name).is_file() for name in names)
    assert (sources.problems, sources.warnings) == ([], [])


def test_names_as_cds_spell_them(tmp_path: Path) -> None:
    tree(tmp_path, "images/im0001", "IMAGES2/IM0002.", "IMAGES2/IM0003;1", "whole/path/IM4")
    path = index(
        tmp_path,
        None,
        ["IMAGES", "IM0001"],
        ["IMAGES2", "IM0002"],
        ["IMAGES2", "IM0003"],
        "whole/path/IM4",
        ["IMAGES", "IM0001"],
    )
    names, sources = files_of(path)
    assert names == [
        "images/im0001", "IMAGES2/IM0002.", "IMAGES2/IM0003;1", "whole/path/IM4", "DICOMDIR",
    ]  # fmt: skip
    assert sources.warnings == []


@pytest.mark.parametrize(
    "file_id",
    [["..", "secret"], ["", "secret"], [".", "..", "secret"], "../secret", "/etc/hostname",
     ["IMAGES", "..", "..", "secret"], ["LINK", "secret"], ["LINKED"], ["C:", "secret"],
     ["IMAGES"], ["", ""], "..", "IM1/"],
)  # fmt: skip
def test_nothing_leads_out(tmp_path: Path, file_id: object) -> None:
    tree(tmp_path, "secret", "cd/IMAGES/IM1", "cd/IM1")
    (tmp_path / "cd" / "LINK").symlink_to(tmp_path)
    (tmp_path / "cd" / "LINKED").symlink_to(tmp_path / "secret")
    path = index(tmp_path / "cd", file_id, ["IMAGES", "IM1"])
    found = found_files(path.parent, referenced_files(path))
    assert found.files == (("IMAGES", "IM1"),)
    assert len(found.missing) == 1


def test_missing_files_are_counted_and_named(tmp_path: Path) -> None:
    tree(tmp_path, "IM1")
    names, sources = files_of(index(tmp_path, "IM1", *(f"GONE{number}" for number in range(5))))
    assert names == ["IM1", "DICOMDIR"]
    (warning,) = sources.warnings
    assert warning.startswith("5 of the 6 files")
    assert "“GONE0”, “GONE1”, “GONE2”:" in warning


@pytest.mark.parametrize("content", [b"", b"no DICOM", bytes(128) + b"DICM\x02\0\0\0UL\xff\xff"])
def test_one_that_can_t_be_read_gives_way_to_its_folder(tmp_path: Path, content: bytes) -> None:
    tree(tmp_path, "a/IM1", "IM2")
    (tmp_path / "DICOMDIR").write_bytes(content)
    names, sources = files_of(tmp_path / "DICOMDIR")
    assert names == ["DICOMDIR", "IM2", "a/IM1"]
    assert "whole folder was looked through" in sources.warnings[0]


def test_one_that_names_nothing_that_is_there(tmp_path: Path) -> None:
    tree(tmp_path, "IM2")
    for path in (index(tmp_path), index(tmp_path, "GONE")):
        names, sources = files_of(path)
        assert names == ["DICOMDIR", "IM2"]
        assert "None of the files that it names is there" in sources.warnings[0]


def test_an_image_called_dicomdir_is_no_index(tmp_path: Path, write_slice: Writer) -> None:
    path = write_slice("dicomdir")
    with pytest.raises(InputError, match="no index"):
        referenced_files(path)
    names, _ = files_of(path)
    assert names == ["dicomdir"]


def test_a_folder_with_a_dicomdir_is_walked(tmp_path: Path) -> None:
    tree(tmp_path, "IM1", "IM2")
    path = index(tmp_path, "IM1")
    for given in ((tmp_path,), (path, tmp_path), (tmp_path, path)):
        assert files_of(*given)[0] == ["DICOMDIR", "IM1", "IM2"]


def test_files_given_beside_their_dicomdir_come_once(tmp_path: Path) -> None:
    tree(tmp_path, "a/IM1", "a/IM2", "IM3")
    path = index(tmp_path, ["A", "IM1"], "IM3")
    names, _ = files_of(tmp_path / "a", tmp_path / "IM3", path)
    assert sorted(names) == ["DICOMDIR", "IM2", "IM3", "a/IM1"]
    path.write_bytes(b"damaged")
    names, _ = files_of(tmp_path / "a", tmp_path / "IM3", path)
    assert names == ["DICOMDIR", "IM3", "a/IM1", "a/IM2"]


def test_order_and_each_once(tmp_path: Path) -> None:
    tree(tmp_path, "B", "A")
    ids = (("B",), ("A",), ("b",))
    assert found_files(tmp_path, ids) == FoundFiles((("B",), ("A",)), ())
