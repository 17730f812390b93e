"""Imports: counts that add up, and a project that is as it was whatever goes wrong."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from pydicom.encaps import encapsulate

from spinegrader.errors import CancelledError, InputError, ProjectError, SpineGraderError
from spinegrader.services import importing
from spinegrader.services.deidentifying import ask_for_deidentification
from spinegrader.services.images import load_volume
from spinegrader.services.import_report import ImportReport
from spinegrader.services.importing import ImportProgress, import_paths
from spinegrader.services.session import Session
from tests.imaging import conftest as images
from tests.imaging import test_frames as frames
from tests.imaging.conftest import Writer

write_slice = images.write_slice
write_enhanced = frames.write_enhanced

EXPLICIT, RLE = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.5"
DAMAGED = encapsulate([b"not what RLE gives"])


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    opened = Session.open_or_create(tmp_path / "project", "A")
    yield opened
    opened.store.close(compact=False)


@pytest.fixture
def folder(tmp_path: Path, write_slice: Writer) -> Path:
    """Two series of three and two slices, and a letter."""
    for index in range(3):
        write_slice(f"t2/{index}", 4 * index)
    for index in range(2):
        other = {"SeriesInstanceUID": "1.2.3.5", "SOPInstanceUID": f"1.2.3.5.{index}"}
        write_slice(f"t1/{index}", 4 * index, EchoTime=10, RepetitionTime=500, **other)
    (tmp_path / "images" / "letter.txt").write_text("a letter")
    return tmp_path / "images"


def brought(session: Session, *paths: Path, **options: bool) -> ImportReport:
    """Imports and checks that each file that was seen is told of once."""
    chosen = importing.ImportOptions(**options) if options else None
    report = import_paths(session, paths, options=chosen)
    told = report.files_taken + report.files_already_there + len(report.skipped)
    assert told == report.files_seen
    document = report.as_json(session.store.folder)
    keys = ("files_taken", "files_already_there", "files_skipped")
    assert sum(document[key] for key in keys) == document["files_seen"]
    assert len(document["series_already_there"]) == document["already_there"]
    return report


def counts(report: ImportReport) -> tuple[int, int, int]:
    """Files taken, already there, skipped."""
    return report.files_taken, report.files_already_there, len(report.skipped)


def tree(folder: Path) -> dict[str, str]:
    """Every file by its hash, every folder."""
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        )
        for path in sorted(folder.rglob("*"))
    }


def records(session: Session) -> tuple[set[str], set[str], set[str]]:
    state = session.state
    return set(state.patients), set(state.studies), set(state.series)


# -- counts ---------------------------------------------------------------------------------


def test_junk_copies_and_images_are_each_counted_once(
    session: Session, folder: Path, write_slice: Writer
) -> None:
    shutil.copy(folder / "t2" / "1", folder / "copy")
    write_slice("under another uid", 4, SOPInstanceUID="1.2.77")
    write_slice("ct", 0, Modality="CT")
    write_slice("short", 12, PixelData=b"12")
    (folder / "empty").touch()
    report = brought(session, folder)
    assert counts(report) == (5, 0, 6)
    assert {item.path for item in report.skipped} == {
        "letter.txt", "t2/1", "under another uid", "ct", "short", "empty"
    }  # fmt: skip
    again = brought(session, folder)
    assert counts(again) == (0, 5, 6)
    assert again.edit.studies == again.edit.patients == ()


def test_a_file_that_is_given_in_several_ways_comes_once(session: Session, folder: Path) -> None:
    report = brought(session, folder, folder / "t2", folder / "t2" / "0", folder)
    assert counts(report) == (5, 0, 1)


def test_files_of_one_name_in_two_folders_are_two_files(
    session: Session, tmp_path: Path, write_slice: Writer
) -> None:
    for index in range(3):
        write_slice(f"cd1/{index}", 4 * index)
        other = {"SeriesInstanceUID": "1.2.3.5", "SOPInstanceUID": f"1.2.3.5.{index}"}
        write_slice(f"cd2/{index}", 4 * index, **other)
    (tmp_path / "images" / "cd3").mkdir()
    (tmp_path / "images" / "cd3" / "1").write_text("not an image")
    report = brought(session, *(tmp_path / "images" / name for name in ("cd1", "cd2", "cd3")))
    assert counts(report) == (6, 0, 1)


def test_a_series_on_two_discs_comes_together(
    session: Session, tmp_path: Path, write_slice: Writer
) -> None:
    for disc, first in (("cd1", 0), ("cd2", 3)):
        for index in range(3):
            number = first + index
            write_slice(f"{disc}/{index}", 4 * number, SOPInstanceUID=f"1.2.3.4.{number}")
    discs = [tmp_path / "images" / name for name in ("cd1", "cd2")]
    report = brought(session, *discs)
    assert counts(report) == (6, 0, 0)
    assert [item.slice_count for item in report.series] == [6]


def test_parts_of_a_series_do_not_take_the_uid_of_another(
    session: Session, tmp_path: Path, write_slice: Writer
) -> None:
    for echo in (20, 80):
        for index in range(2):
            write_slice(f"{echo}/{index}", 4 * index, EchoTime=echo)
    for index in range(3):
        other = {"SeriesInstanceUID": "1.2.3.4.1", "SOPInstanceUID": f"1.9.{index}"}
        write_slice(f"other/{index}", 4 * index, **other)
    report = brought(session, tmp_path / "images")
    assert counts(report) == (7, 0, 0)
    assert sorted(item.slice_count for item in session.state.series.values()) == [2, 2, 3]


def test_a_series_that_cannot_be_unpacked_is_named_file_by_file(
    session: Session, folder: Path, write_slice: Writer
) -> None:
    for index in range(2):
        other = {"SeriesInstanceUID": "1.2.3.6", "SOPInstanceUID": f"1.2.3.6.{index}"}
        write_slice(f"rle/{index}", 4 * index, syntax=RLE, PixelData=DAMAGED, **other)
    report = brought(session, folder)
    assert counts(report) == (5, 0, 3)
    assert sum("rle/1 can't be read" in item.reason for item in report.skipped) == 2


def test_frames_that_are_left_out_are_told_and_their_file_counts_once(
    session: Session, tmp_path: Path, write_enhanced: frames.EnhancedWriter
) -> None:
    # Two frames of the second echo lie in one place and differ.
    write_enhanced([(0, 80.0), (4, 80.0), (8, 80.0), (0, 20.0), (0, 20.0)])
    report = brought(session, tmp_path / "images")
    assert counts(report) == (1, 0, 0)
    assert report.series[0].slice_count == 3
    assert any("2 frames of enhanced" in sentence for sentence in report.warnings)


def test_a_file_of_two_series_that_fails_is_skipped_once(
    session: Session, folder: Path, write_enhanced: frames.EnhancedWriter
) -> None:
    path = write_enhanced([(x, echo) for echo in (80.0, 20.0) for x in (0, 4, 8)])

    def change(report: object) -> None:
        if isinstance(report, ImportProgress) and report.step == "Reading slices":
            os.utime(path, ns=(1, 1))

    report = import_paths(session, [folder], change)
    assert counts(report) == (5, 0, 2)
    assert report.files_seen == 7


def test_one_slice_more_changes_nothing_and_is_told(
    session: Session, folder: Path, write_slice: Writer
) -> None:
    brought(session, folder)
    before = dict(session.state.series)
    write_slice("t2/3", 12)
    report = brought(session, folder)
    assert counts(report) == (0, 6, 1)
    assert any("3 slices and comes with 4 now" in sentence for sentence in report.warnings)
    assert session.state.series == before


def test_a_series_is_known_beside_further_echoes(
    session: Session, folder: Path, write_slice: Writer
) -> None:
    brought(session, folder)
    write_slice("t2/echo", 0, EchoTime=20)
    report = brought(session, folder)
    assert counts(report) == (1, 5, 1)
    assert [item.slice_count for item in report.series] == [1]
    assert len(session.state.series) == 3


def test_what_is_there_already_brings_no_study_without_patient(
    session: Session, tmp_path: Path
) -> None:
    first, second = volume_file(tmp_path / "a.nii.gz", 1), tmp_path / "b.nii.gz"
    shutil.copy(first, second)
    assert counts(brought(session, first, second)) == (1, 0, 1)
    shutil.copy(first, tmp_path / "c.nii.gz")
    volume_file(tmp_path / "d.nii.gz", 2)
    report = brought(session, tmp_path / "c.nii.gz", tmp_path / "d.nii.gz")
    assert counts(report) == (1, 1, 0)
    state = session.state
    assert {study.patient_id for study in state.studies.values()} == set(state.patients)
    assert {series.study_uid for series in state.series.values()} == set(state.studies)


def volume_file(path: Path, seed: int) -> Path:
    import SimpleITK

    pixels = np.random.default_rng(seed).integers(0, 900, (4, 20, 20)).astype(np.int16)
    image = SimpleITK.GetImageFromArray(pixels)
    image.SetSpacing((1, 1, 4))
    SimpleITK.WriteImage(image, str(path))
    return path


@pytest.mark.parametrize("given", ["the folder", "the header alone", "twice"])
def test_pixels_beside_a_header_are_a_file_of_its_series(
    session: Session, tmp_path: Path, given: str
) -> None:
    (tmp_path / "volumes").mkdir()
    header = volume_file(tmp_path / "volumes" / "x.mhd", 1)
    if given == "twice":
        shutil.copy(header, header.with_name("y.mhd"))
    report = brought(session, header if given == "the header alone" else header.parent)
    assert counts(report) == (2, 0, 1 if given == "twice" else 0)
    assert len(session.state.patients) == len(session.state.studies) == 1


def test_members_of_archives_count(session: Session, folder: Path, tmp_path: Path) -> None:
    shutil.make_archive(str(tmp_path / "export"), "zip", folder)
    (tmp_path / "export.zip").rename(folder / "export.zip")
    report = brought(session, folder)
    # All of the archive's images lie beside it, too.
    assert counts(report) == (5, 0, 7)
    again = brought(session, folder / "export.zip")
    assert counts(again) == (0, 5, 1)


def test_deidentified_images_count_and_are_known_again(
    session: Session, folder: Path, write_slice: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(folder.parent / "home"))
    write_slice("text", 40, BurnedInAnnotation="YES", SeriesInstanceUID="1.2.3.8")
    ask_for_deidentification(session, True)
    assert counts(brought(session, folder)) == (5, 0, 2)
    assert counts(brought(session, folder)) == (0, 5, 2)
    assert "P1" not in session.state.patients


# -- pixels that got lost -----------------------------------------------------------------------


def test_importing_again_brings_lost_and_damaged_pixels_back(
    session: Session, folder: Path
) -> None:
    brought(session, folder)
    before = records(session)
    kept = sorted((session.store.folder / "pixels").iterdir())
    whole = [path.read_bytes() for path in kept]
    kept[0].unlink()
    kept[1].write_bytes(whole[1][: len(whole[1]) // 2])
    report = brought(session, folder)
    assert counts(report) == (0, 5, 1)
    assert any("2 series that were linked, lost or damaged" in item for item in report.warnings)
    for series in session.state.series.values():
        assert load_volume(session.store, series).pixels.shape[1:] == (12, 10)
    assert records(session) == before


def test_other_pixels_do_not_take_the_place_of_lost_ones(
    session: Session, folder: Path, write_slice: Writer
) -> None:
    brought(session, folder / "t2")
    (kept,) = (session.store.folder / "pixels").iterdir()
    kept.unlink()
    write_slice("t2/1", 4, PixelData=bytes(240))
    before = tree(session.store.folder)
    report = brought(session, folder / "t2")
    assert counts(report) == (0, 3, 0)
    assert any("these files hold other ones" in sentence for sentence in report.warnings)
    assert tree(session.store.folder) == before


# -- the project as it was --------------------------------------------------------------------


def test_a_cancelled_import_leaves_the_project_as_it_was(session: Session, folder: Path) -> None:
    before = tree(session.store.folder)

    def read(most: float) -> tuple[ImportReport, int]:
        """Reads the folder, and cancels when asked once more."""
        asked = 0

        def stop_requested() -> bool:
            nonlocal asked
            asked += 1
            return asked > most

        known = importing.known_records(session)
        report = importing.read_images(
            session.store, known, [folder], lambda _: None, stop_requested
        )
        return report, asked

    report, times_asked = read(np.inf)
    assert tree(session.store.folder) != before
    # Everything is read and waits; it can still be thrown away.
    report.staging.discard()
    assert tree(session.store.folder) == before
    for most in (0, 1, times_asked // 2, times_asked - 1):
        with pytest.raises(CancelledError, match=r"^The import was cancelled; the project is as"):
            read(most)
        assert tree(session.store.folder) == before


@pytest.mark.parametrize(
    ("step", "failure"), [("Looking at files", RuntimeError), ("Reading slices", KeyboardInterrupt)]
)
def test_a_failure_in_the_middle_leaves_the_project_as_it_was(
    session: Session, folder: Path, step: str, failure: type[BaseException]
) -> None:
    before = tree(session.store.folder)

    def fail(report: object) -> None:
        if isinstance(report, ImportProgress) and report.step == step and report.done > 1:
            raise failure("broken")

    with pytest.raises(failure):
        import_paths(session, [folder], fail)
    assert tree(session.store.folder) == before
    assert counts(brought(session, folder)) == (5, 0, 1)


@pytest.mark.parametrize("name", ["nowhere", "x" * 5000, "a\0b"])
def test_what_is_not_there_is_told(session: Session, name: str) -> None:
    before = tree(session.store.folder)
    with pytest.raises(InputError, match="There is no file or folder"):
        brought(session, Path(name))
    assert tree(session.store.folder) == before


def test_images_that_vanish_before_they_are_applied_are_missed(
    session: Session, folder: Path
) -> None:
    report = importing.read_images(
        session.store, importing.known_records(session), [folder], lambda _: None, lambda: False
    )
    shutil.rmtree(session.store.folder / "cache")
    with pytest.raises(ProjectError, match="Nothing was imported"):
        importing.apply_import(session, report)
    assert records(session) == (set(), set(), set())


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (Path.unlink, "It can't be opened any more."),
        (lambda path: os.utime(path, ns=(1, 1)), "It has changed since"),
        (lambda path: os.truncate(path, 900), "It has changed since"),
    ],
)
@pytest.mark.parametrize("syntax", [EXPLICIT, RLE])
def test_files_that_vanish_or_change_meanwhile_cost_their_series(
    session: Session,
    folder: Path,
    write_slice: Writer,
    syntax: str,
    spoil: Callable[[Path], None],
    reason: str,
) -> None:
    pixels = DAMAGED if syntax == RLE else bytes(240)
    path = write_slice("odd", 0, syntax=syntax, PixelData=pixels, SeriesInstanceUID="1.2.3.7")
    has_begun = threading.Event()

    def spoil_once(report: object) -> None:
        is_reading = isinstance(report, ImportProgress) and report.step == "Reading slices"
        if is_reading and not has_begun.is_set():
            has_begun.set()
            spoil(path)

    report = import_paths(session, [folder], spoil_once)
    assert counts(report) == (5, 0, 2)
    (told,) = (item.reason for item in report.skipped if item.path == "odd")
    assert told.startswith(f"odd can't be read. {reason}")


@pytest.mark.skipif(sys.platform == "win32", reason="folders can't be made read-only there")
def test_a_source_that_cannot_be_written_is_fine(session: Session, folder: Path) -> None:
    for path in (*folder.rglob("*"), folder):
        path.chmod(0o500 if path.is_dir() else 0o400)
    before = tree(folder)
    assert counts(brought(session, folder)) == (5, 0, 1)
    assert tree(folder) == before
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700)


def test_two_sessions_may_import_the_same_at_once(session: Session, folder: Path) -> None:
    other = Session.open(session.store.folder, "B")
    failures: list[SpineGraderError] = []

    def import_there() -> None:
        try:
            import_paths(other, [folder])
        except SpineGraderError as error:
            failures.append(error)

    thread = threading.Thread(target=import_there)
    thread.start()
    brought(session, folder)
    thread.join()
    assert not failures
    session.refresh()
    other.refresh()
    assert records(session) == records(other)
    assert len(session.state.series) == 2
    for series in session.state.series.values():
        load_volume(session.store, series)
    assert not [item for item in session.store.check() if item.is_left]
    other.store.close(compact=False)


# -- killed, and out of room ------------------------------------------------------------------


@pytest.fixture
def noisy_folder(tmp_path: Path, write_slice: Writer) -> Path:
    """Three series of 1.25 MB that no compression makes smaller."""
    rng = np.random.default_rng(0)
    size = {"Rows": 256, "Columns": 256, "BitsStored": 16, "HighBit": 15}
    for series in range(3):
        for index in range(10):
            other = {
                "SeriesInstanceUID": f"1.2.3.{series}",
                "SOPInstanceUID": f"1.2.3.{series}.{index}",
                "PixelData": rng.bytes(2 * 256 * 256),
            }
            write_slice(f"{series}/{index}", 4 * index, **size, **other)
    return tmp_path / "images"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("moment", ["cache/import-*/*.h5", "pixels/*.h5", "project.h5"])
def test_a_killed_import_leaves_a_sound_project(
    tmp_path: Path, noisy_folder: Path, moment: str
) -> None:
    project = tmp_path / "project"
    command = [sys.executable, "-m", "spinegrader", "import", str(project), str(noisy_folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        while process.poll() is None and not list(project.glob(moment)):
            time.sleep(0.0005)
        process.send_signal(signal.SIGKILL)
    if not (project / "spinegrader.json").exists():
        shutil.rmtree(project)
    session = Session.open_or_create(project, "A")
    assert not session.store.recovery
    assert not [item for item in session.store.check() if item.is_left]
    came_in = len(session.state.series)
    assert came_in in (0, 3)
    report = brought(session, noisy_folder)
    assert len(report.series) == 3 - came_in
    for series in session.state.series.values():
        load_volume(session.store, series)
    left = list(project.glob("cache/import-*"))
    session.store.close(compact=False)
    for path in left:
        for item in (*path.iterdir(), path):
            os.utime(item, (1, 1))
    Session.open(project, "A").store.close(compact=False)
    assert not list(project.glob("cache/import-*"))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own with room for 3 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    if not sys.platform.startswith("linux") or mount is None:
        pytest.skip("needs a small disk of its own")
    wanted = [mount, "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)]
    if subprocess.run(wanted, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk is not permitted")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_full_disk_is_told_and_nothing_comes_in(small_disk: Path, noisy_folder: Path) -> None:
    session = Session.open_or_create(small_disk / "project", "A")
    first = brought(session, noisy_folder / "0")
    assert len(first.series) == 1
    before, known = tree(session.store.folder), records(session)
    with pytest.raises(ProjectError, match=r"^The disk is full\. .*make room"):
        brought(session, noisy_folder)
    assert tree(session.store.folder) == before
    assert records(session) == known
    subprocess.run(["mount", "-o", "remount,size=20m", str(small_disk)], check=True)
    assert counts(brought(session, noisy_folder)) == (20, 10, 0)
    session.store.close(compact=False)


def test_a_journal_without_room_is_told_and_nothing_comes_in(
    small_disk: Path, noisy_folder: Path
) -> None:
    session = Session.open_or_create(small_disk / "project", "A")
    brought(session, noisy_folder / "0")
    known = records(session)
    session.store.close(compact=False)
    # A session that has changed nothing yet has no journal, and so no room in one.
    session = Session.open(small_disk / "project", "A")
    report = importing.read_images(
        session.store,
        importing.known_records(session),
        [noisy_folder / "1"],
        lambda _: None,
        lambda: False,
    )
    filler = small_disk / "filler"
    filler.write_bytes(bytes(shutil.disk_usage(small_disk).free))
    with pytest.raises(ProjectError, match=r"disk is full"):
        importing.apply_import(session, report)
    assert records(session) == known
    filler.unlink()
    assert not [item for item in session.store.check() if item.is_left]
    assert counts(brought(session, noisy_folder / "0", noisy_folder / "1")) == (10, 10, 0)
    session.store.close(compact=False)


def test_no_room_to_unpack_an_archive_is_told(
    session: Session,
    small_disk: Path,
    noisy_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    archive = shutil.make_archive(str(tmp_path / "export"), "zip", noisy_folder)
    before = tree(session.store.folder)
    monkeypatch.setattr("tempfile.tempdir", str(small_disk))
    with pytest.raises(InputError, match="room"):
        brought(session, Path(archive))
    assert tree(session.store.folder) == before
    assert not list(small_disk.iterdir())
