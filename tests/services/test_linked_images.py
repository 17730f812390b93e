"""Series whose pixels stay in the files that they came from."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.edits import SetOverlay
from spinegrader.domain.overlays import Overlay, OverlayState
from spinegrader.domain.study import Series
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.errors import InputError, ProjectError
from spinegrader.services import images as linked_images
from spinegrader.services.deidentifying import ask_for_deidentification
from spinegrader.services.exporting import export_csv
from spinegrader.services.images import load_volume
from spinegrader.services.import_report import ImportReport
from spinegrader.services.importing import (
    ImportOptions,
    ask_for_links,
    asks_for_links,
    import_paths,
)
from spinegrader.services.material import cut_all, vertebra_requests
from spinegrader.services.session import Session
from tests.imaging import conftest as fixtures
from tests.imaging import test_frames as frames
from tests.imaging.conftest import Writer

write_slice = fixtures.write_slice
write_enhanced = frames.write_enhanced

LINK, COPY = ImportOptions(link=True), ImportOptions()


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    opened = Session.open_or_create(tmp_path / "project", "A")
    yield opened
    opened.store.close(compact=False)


@pytest.fixture
def folder(tmp_path: Path, write_slice: Writer) -> Path:
    """A series with a gap, and so of two stacks."""
    for index in (0, 1, 2, 3, 8, 9, 10):
        write_slice(f"{index}", 4 * index)
    return tmp_path / "images"


def imported(session: Session, folder: Path, options: ImportOptions | None = None) -> ImportReport:
    report = import_paths(session, [folder], options=options)
    assert report.files_taken + report.files_already_there + len(report.skipped) == (
        report.files_seen
    )
    return report


def only_series(session: Session) -> Series:
    (series,) = session.state.series.values()
    return series


def all_pixels(session: Session) -> list[np.ndarray]:
    series = only_series(session)
    return [load_volume(session.store, series, index).pixels for index in range(len(series.stacks))]


def held(session: Session) -> set[str]:
    """What lies in the project's folder of images."""
    return {"".join(path.suffixes) for path in (session.store.folder / "pixels").iterdir()}


def assert_reads_as_copied(session: Session, folder: Path, tmp_path: Path) -> None:
    other = Session.open_or_create(tmp_path / "copied", "A")
    imported(other, folder, COPY)
    assert only_series(other) == only_series(session)
    for one, same in zip(all_pixels(session), all_pixels(other), strict=True):
        np.testing.assert_array_equal(one, same)
    other.store.close(compact=False)


def test_a_project_that_asks_for_links_takes_no_pixels(
    session: Session, folder: Path, tmp_path: Path
) -> None:
    ask_for_links(session, True)
    assert asks_for_links(session)
    imported(session, folder)
    assert held(session) == {".link.json"}
    assert [item.shape[0] for item in all_pixels(session)] == [4, 3]
    assert_reads_as_copied(session, folder, tmp_path)
    session.close()
    again = Session.open(session.store.folder, "A")
    assert asks_for_links(again)
    assert len(all_pixels(again)) == 2
    assert export_csv(again, tmp_path / "grades.csv") == 0
    again.store.close(compact=False)


def test_frames_of_one_file_are_linked(
    session: Session, tmp_path: Path, write_enhanced: frames.EnhancedWriter
) -> None:
    write_enhanced([(8, 80.0), (0, 80.0), (4, 80.0)])
    imported(session, tmp_path / "images", LINK)
    assert_reads_as_copied(session, tmp_path / "images", tmp_path)


def test_files_that_moved_are_told_and_found_when_they_are_back(
    session: Session, folder: Path
) -> None:
    imported(session, folder, LINK)
    before = all_pixels(session)
    folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(ProjectError, match="linked to the folder images, where 7 of its 7 files"):
        all_pixels(session)
    folder.with_name("elsewhere").rename(folder)
    (folder / "3").rename(folder / "mine")
    with pytest.raises(ProjectError, match="linked to the folder images, where 1 of its 7 files"):
        all_pixels(session)
    (folder / "mine").rename(folder / "3")
    np.testing.assert_array_equal(all_pixels(session)[0], before[0])


@pytest.mark.parametrize("what", ["pixels", "place", "not an image"])
def test_files_that_changed_are_refused(
    session: Session, folder: Path, write_slice: Writer, what: str
) -> None:
    imported(session, folder, LINK)
    changed = {"place": {"ImagePositionPatient": [8.2, -20, 30]}}.get(
        what, {"PixelData": bytes(240)}
    )
    path = write_slice("2", 8, **changed)
    if what == "not an image":
        path.write_text("a letter")
    with pytest.raises(ProjectError, match="folder images, whose files have changed"):
        load_volume(session.store, only_series(session), 0)


def test_linking_what_the_project_holds_keeps_it_held(session: Session, folder: Path) -> None:
    imported(session, folder, COPY)
    assert len(imported(session, folder, LINK).already_there) == 1
    assert held(session) == {".h5"}
    shutil.rmtree(folder)
    assert len(all_pixels(session)) == 2


def test_importing_with_pixels_fills_in_what_was_linked(session: Session, folder: Path) -> None:
    imported(session, folder, LINK)
    before = only_series(session)
    report = imported(session, folder, COPY)
    assert not report.taken
    assert any("1 series that was linked" in sentence for sentence in report.warnings)
    shutil.rmtree(folder)
    assert only_series(session) == before
    assert len(all_pixels(session)) == 2


def test_linking_again_follows_files_that_moved(session: Session, folder: Path) -> None:
    imported(session, folder, LINK)
    before = all_pixels(session)
    moved = folder.rename(folder.with_name("archive"))
    report = imported(session, moved, LINK)
    assert (len(report.taken), len(report.already_there), report.warnings[1:]) == (0, 1, ())
    np.testing.assert_array_equal(all_pixels(session)[0], before[0])


def test_archives_are_not_linked(session: Session, folder: Path, tmp_path: Path) -> None:
    archive = shutil.make_archive(str(tmp_path / "export"), "zip", folder)
    with pytest.raises(InputError, match="can't be linked"):
        imported(session, Path(archive), LINK)
    assert not session.state.series
    assert not list((session.store.folder / "cache").iterdir())


def test_deidentified_images_are_not_linked(
    session: Session, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    ask_for_links(session, True)
    ask_for_deidentification(session, True)
    with pytest.raises(InputError, match="can't be linked"):
        imported(session, folder)
    assert not session.state.series


def test_names_that_are_no_text_can_be_linked(session: Session, folder: Path) -> None:
    odd = os.fsencode(folder / "odd") + b"\xff"
    try:
        (folder / "3").rename(os.fsdecode(odd))
    except OSError:
        pytest.skip("this file system takes only text as names")
    imported(session, folder, LINK)
    assert len(all_pixels(session)) == 2


def test_training_reads_a_linked_series_once(
    session: Session, tmp_path: Path, write_slice: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    for index in range(7):
        size = {"Rows": 180, "Columns": 120, "PixelSpacing": [1.2, 1.2]}
        pixels = rng.integers(0, 900, (180, 120)).astype(np.uint16).tobytes()
        write_slice(f"{index}", 4 * index, **size, PixelData=pixels)
    imported(session, tmp_path / "images", LINK)
    series = only_series(session)
    overlay = Overlay(series.uid, tuple(_body(index) for index in range(7)), OverlayState.CONFIRMED)
    session.apply(SetOverlay(series.uid, None, overlay))
    read = []
    original = linked_images._linked_volume
    monkeypatch.setattr(
        linked_images, "_linked_volume", lambda *given: read.append(given) or original(*given)
    )
    requests = vertebra_requests(session)
    assert len(requests) == 7
    for _ in range(2):
        cut, kept = cut_all(session.store, requests, (4, 16, 16), lambda *_: None, lambda: False)
        assert (len(cut), len(kept)) == (7, 7)
    assert len(read) == 1


def _body(index: int) -> Vertebra:
    """An upright box in the middle of the slices that the test writes."""
    name = ("T12", "L1", "L2", "L3", "L4", "L5", "S1")[index]
    top = 20.0 - 24.0 * index
    corners = ((12.0, 10.0, top), (12.0, 40.0, top), (12.0, 40.0, top - 18), (12.0, 10.0, top - 18))
    return Vertebra(VertebraLevel(name), corners)
