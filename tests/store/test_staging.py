"""Images on their way into a project come in together, or leave nothing."""

import os
import stat
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.errors import ProjectError
from spinegrader.store.project import ProjectStore
from tests.store.store_samples import tilted_geometry

GEOMETRY: VolumeGeometry = tilted_geometry((3, 8, 6))


def picture(value: int) -> np.ndarray:
    return np.full(GEOMETRY.shape, value, dtype=np.int16)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def waiting(store: ProjectStore) -> list[Path]:
    return list(store.cache_folder.glob("import-*"))


def test_images_come_in_when_they_are_kept_and_not_before(store: ProjectStore) -> None:
    with store.stage_pixels() as staging:
        names = [staging.write(picture(value), GEOMETRY) for value in (1, 2)]
        for name in names:
            with pytest.raises(ProjectError, match="missing"):
                store.read_pixels(name)
        staging.keep()
    for value, name in enumerate(names, start=1):
        pixels, geometry = store.read_pixels(name)
        np.testing.assert_array_equal(pixels, picture(value))
        assert geometry == GEOMETRY
    assert not waiting(store)


def test_discarded_images_leave_nothing(store: ProjectStore) -> None:
    before = files(store.folder)
    with store.stage_pixels() as staging:
        staging.write(picture(1), GEOMETRY)
        staging.link(picture(2), GEOMETRY, ["/somewhere/1"])
        assert files(store.folder) != before
        staging.discard()
        staging.discard()
        # What was thrown away doesn't come in any more.
        staging.keep()
    assert files(store.folder) == before


def test_an_error_leaves_nothing(store: ProjectStore) -> None:
    before = files(store.folder)

    def fail() -> None:
        with store.stage_pixels() as staging:
            staging.write(picture(1), GEOMETRY)
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        fail()
    assert files(store.folder) == before


def test_what_the_project_holds_is_not_written_again(store: ProjectStore) -> None:
    name = store.write_pixels(picture(1), GEOMETRY)
    with store.stage_pixels() as staging:
        assert staging.is_in_project(name)
        assert staging.write(picture(1), GEOMETRY) == name
        assert staging.link(picture(1), GEOMETRY, ["/somewhere/1"]) == name
        assert not waiting(store)
        staging.keep()
    assert store.link_of(name) is None


def test_a_damaged_image_is_replaced(store: ProjectStore) -> None:
    name = store.write_pixels(picture(1), GEOMETRY)
    (kept,) = (store.folder / "pixels").iterdir()
    kept.write_bytes(kept.read_bytes()[:200])
    with store.stage_pixels() as staging:
        assert not staging.is_in_project(name)
        staging.write(picture(1), GEOMETRY)
        staging.keep()
    np.testing.assert_array_equal(store.read_pixels(name)[0], picture(1))


def test_pixels_go_before_a_link(store: ProjectStore) -> None:
    with store.stage_pixels() as staging:
        name = staging.link(picture(1), GEOMETRY, ["/somewhere/1", "/somewhere/2"])
        assert store.link_of(name) is None
        staging.keep()
    assert store.link_of(name) == ["/somewhere/1", "/somewhere/2"]
    with store.stage_pixels() as staging:
        staging.write(picture(1), GEOMETRY)
        staging.keep()
    assert store.link_of(name) is None
    np.testing.assert_array_equal(store.read_pixels(name)[0], picture(1))


def test_a_damaged_link_is_a_missing_image(store: ProjectStore) -> None:
    with store.stage_pixels() as staging:
        name = staging.link(picture(1), GEOMETRY, ["/somewhere/1"])
        staging.keep()
    (note,) = (store.folder / "pixels").iterdir()
    for content in (b"", b"{", b'{"a": 1}', b"\xff\xff"):
        note.write_bytes(content)
        assert store.link_of(name) is None


def test_images_that_are_gone_do_not_come_in_in_part(store: ProjectStore) -> None:
    with store.stage_pixels() as staging:
        staging.write(picture(1), GEOMETRY)
        name = staging.write(picture(2), GEOMETRY)
        (folder,) = waiting(store)
        (folder / f"{name}.h5").unlink()
        with pytest.raises(ProjectError, match="Nothing was imported"):
            staging.keep()
    assert not list((store.folder / "pixels").iterdir())


def test_two_imports_of_the_same_images_do_not_disturb_each_other(store: ProjectStore) -> None:
    first, second = store.stage_pixels(), store.stage_pixels()
    names = {staging.write(picture(1), GEOMETRY) for staging in (first, second)}
    first.keep()
    second.keep()
    (name,) = names
    np.testing.assert_array_equal(store.read_pixels(name)[0], picture(1))


def test_what_a_killed_import_left_goes_after_a_week(store: ProjectStore) -> None:
    killed, running = store.stage_pixels(), store.stage_pixels()
    killed.write(picture(1), GEOMETRY)
    (old,) = waiting(store)
    running.write(picture(2), GEOMETRY)
    week_ago = time.time() - 7 * 24 * 3600 - 60
    for path in (*old.iterdir(), old):
        os.utime(path, (week_ago, week_ago))
    # One whose folder is old, but not what was written into it last.
    (alive,) = set(waiting(store)) - {old}
    os.utime(alive, (week_ago, week_ago))
    (store.cache_folder / "import-of-mine.txt").touch()
    ProjectStore.open(store.folder).close(compact=False)
    assert not old.exists()
    assert alive.exists()
    running.keep()
    assert len(list((store.folder / "pixels").iterdir())) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_nobody_else_can_read_waiting_images(store: ProjectStore) -> None:
    with store.stage_pixels() as staging:
        staging.write(picture(1), GEOMETRY)
        staging.link(picture(2), GEOMETRY, ["/somewhere/1"])
        (folder,) = waiting(store)
        for path in (folder, *folder.iterdir()):
            assert not stat.S_IMODE(path.stat().st_mode) & 0o077
