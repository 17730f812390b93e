"""What was acknowledged is there after a full disk."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from spinegrader.errors import ProjectError
from spinegrader.store.project import ProjectStore
from tests.store.store_samples import make, setting, tilted_geometry

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="mounts a disk")


@pytest.fixture
def small_disk(tmp_path):
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(place)],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a small disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place: Path, leave: int = 0) -> Path:
    ballast = place / "ballast"
    free = os.statvfs(place).f_bavail * os.statvfs(place).f_bsize
    ballast.write_bytes(b"\0" * (free - leave))
    return ballast


def test_a_full_disk_costs_only_the_change_that_did_not_fit(small_disk):
    store = ProjectStore.create(small_disk / "p")
    make(store, setting("first"))
    ballast = fill(small_disk, leave=12_000)
    refused: list[str] = []
    for number in range(30):
        try:
            make(store, setting(f"s{number}", "x" * 1500))
        except ProjectError as error:
            refused.append(error.message)
    assert len(refused) > 10
    assert all("The disk is full. Nothing was lost" in message for message in refused)
    kept = ProjectStore.open(small_disk / "p")
    assert kept.state == store.state
    assert kept.recovery == ""
    ballast.unlink()
    make(store, setting("room again", "x" * 1500))
    again = ProjectStore.open(small_disk / "p")
    assert again.state == store.state
    assert again.recovery == ""
    assert len(list((small_disk / "p" / "journal").iterdir())) == 1
    store.close(compact=False)


def test_a_disk_that_is_full_from_the_beginning_leaves_no_empty_journal(small_disk):
    store = ProjectStore.create(small_disk / "p")
    ballast = fill(small_disk)
    with pytest.raises(ProjectError, match="The disk is full"):
        store.append(setting("s"))
    assert list((small_disk / "p" / "journal").iterdir()) == []
    ballast.unlink()
    make(store, setting("s"))
    assert ProjectStore.open(small_disk / "p").state.setting("s") == "1"
    store.close(compact=False)


def test_a_full_disk_keeps_the_old_project_h5(small_disk):
    store = ProjectStore.create(small_disk / "p")
    make(store, setting("old"))
    store.compact()
    before = (small_disk / "p" / "project.h5").read_bytes()
    make(store, setting("new"))
    fill(small_disk, leave=8192)
    with pytest.raises(ProjectError, match=r"project\.h5 was not renewed"):
        store.compact()
    assert (small_disk / "p" / "project.h5").read_bytes() == before
    assert not list((small_disk / "p").glob(".*"))
    again = ProjectStore.open(small_disk / "p")
    assert again.state == store.state
    assert again.recovery == ""
    (small_disk / "ballast").unlink()
    store.close()
    assert (small_disk / "p" / "project.h5").read_bytes() != before


def test_an_image_that_does_not_fit_leaves_nothing_behind(small_disk):
    store = ProjectStore.create(small_disk / "p")
    pixels = np.random.default_rng(2).integers(0, 4000, (15, 256, 256)).astype(np.int16)
    with pytest.raises(ProjectError, match="The disk is full"):
        store.write_pixels(pixels, tilted_geometry(pixels.shape))
    assert list((small_disk / "p" / "pixels").iterdir()) == []
    small = pixels[:, :64, :64]
    name = store.write_pixels(small, tilted_geometry(small.shape))
    np.testing.assert_array_equal(store.read_pixels(name)[0], small)
    store.close(compact=False)
