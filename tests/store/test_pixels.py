import shutil
import stat
import sys
import threading
from pathlib import Path

import h5py
import numpy as np
import pytest

from spinegrader.errors import ProjectError
from spinegrader.store.containment import Containment, run_here
from spinegrader.store.image_format import title_of
from spinegrader.store.pixels import is_whole, read_pixels, read_slice, write_pixels
from spinegrader.store.seal import SEAL_BYTES, seal
from tests.store.store_samples import alter, as_nobody, tilted_geometry

UNSEALED = Path(__file__).parent / "layout_2_project" / "pixels"


def noise(dtype: str, shape=(9, 32, 48)) -> np.ndarray:
    rng = np.random.default_rng(3)
    return (rng.normal(size=shape) * 100).astype(dtype)


@pytest.mark.parametrize(
    "dtype", ["int16", "uint16", ">u2", "uint8", "int32", "float32", "float64"]
)
def test_pixels_and_geometry_come_back_exactly(tmp_path, dtype):
    pixels, geometry = noise(dtype), tilted_geometry()
    name = write_pixels(tmp_path, pixels, geometry)
    read, where = read_pixels(tmp_path, name)
    np.testing.assert_array_equal(read, pixels)
    assert read.dtype == pixels.dtype.newbyteorder("<")
    assert where == geometry
    np.testing.assert_array_equal(read_slice(tmp_path, name, 4), pixels[4])


def test_views_with_odd_strides_are_kept_as_they_look(tmp_path):
    pixels = noise("int16", (48, 32, 9)).T[::-1]
    name = write_pixels(tmp_path, pixels, tilted_geometry())
    np.testing.assert_array_equal(read_pixels(tmp_path, name)[0], pixels)


def test_the_name_follows_from_all_that_matters(tmp_path):
    pixels = noise("int16")
    names = {
        write_pixels(tmp_path, pixels, tilted_geometry()),
        write_pixels(tmp_path, pixels + 1, tilted_geometry()),
        write_pixels(tmp_path, pixels.view("uint16"), tilted_geometry()),
        write_pixels(tmp_path, pixels.reshape(9, 48, 32), tilted_geometry((9, 48, 32))),
    }
    assert len(names) == 4
    assert write_pixels(tmp_path, pixels.astype(">i2"), tilted_geometry()) in names


def test_the_same_image_is_kept_once_and_privately(tmp_path):
    folder = tmp_path / "pixels"
    name = write_pixels(folder, noise("int16"), tilted_geometry())
    before = (folder / f"{name}.h5").stat()
    assert write_pixels(folder, noise("int16"), tilted_geometry()) == name
    after = (folder / f"{name}.h5").stat()
    assert before.st_ino == after.st_ino
    assert [path.name for path in folder.iterdir()] == [f"{name}.h5"]
    if sys.platform != "win32":
        assert stat.S_IMODE(after.st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_any_flipped_byte_is_noticed_before_the_library_sees_it(tmp_path, monkeypatch):
    name = write_pixels(tmp_path, noise("int16"), tilted_geometry())
    path = tmp_path / f"{name}.h5"
    whole = path.read_bytes()
    monkeypatch.setattr(h5py, "File", lambda *_, **__: pytest.fail("it was opened"))
    rng = np.random.default_rng(7)
    for index in (0, SEAL_BYTES - 1, SEAL_BYTES, len(whole) - 1, *rng.integers(0, len(whole), 60)):
        alter(path, lambda content, index=index: content.__setitem__(index, content[index] ^ 16))
        with pytest.raises(ProjectError, match=f"{name[:12]}… of the project is damaged"):
            read_pixels(tmp_path, name)
        with pytest.raises(ProjectError, match="damaged"):
            read_slice(tmp_path, name, 4)
        assert not is_whole(tmp_path, name)
        path.write_bytes(whole)
    assert is_whole(tmp_path, name)


def test_an_image_in_the_place_of_another_is_noticed(tmp_path):
    """Whole, sealed, and of the same shape, but of other pixels."""
    first, second = (
        write_pixels(tmp_path, pixels, tilted_geometry())
        for pixels in (noise("int16"), noise("int16") + 1)
    )
    shutil.copy(tmp_path / f"{second}.h5", tmp_path / f"{first}.h5")
    for read in (read_pixels, lambda *where: read_slice(*where, 0)):
        with pytest.raises(ProjectError, match=f"{first[:12]}… of the project is damaged"):
            read(tmp_path, first)
    assert not is_whole(tmp_path, first)


def test_a_seal_that_holds_over_other_pixels_is_found_by_a_whole_check(tmp_path):
    """What a faulty memory may have done while an image was written."""
    name = write_pixels(tmp_path, noise("int16"), tilted_geometry())
    path = tmp_path / f"{name}.h5"
    with h5py.File(path, "r+") as file:
        affine = file["pixels"].attrs["affine"]
        affine[2, 3] += 5.0
        file["pixels"].attrs["affine"] = affine
    content = bytearray(path.read_bytes())
    content[:SEAL_BYTES] = seal(content, title_of(name))
    path.write_bytes(content)
    assert read_pixels(tmp_path, name)[1] != tilted_geometry()
    with pytest.raises(ProjectError, match="damaged"):
        read_pixels(tmp_path, name, recompute_hash=True)


class Elsewhere:
    """Counts what isn't read by the process itself."""

    def __init__(self) -> None:
        self.count = 0
        self.containment = Containment(read_image=self.read)

    def read(self, task: str, item: object) -> object:
        self.count += 1
        return run_here(task, item)


@pytest.fixture
def elsewhere() -> Elsewhere:
    return Elsewhere()


def test_a_sealed_image_is_read_here(tmp_path, elsewhere):
    name = write_pixels(tmp_path, noise("int16"), tilted_geometry(), elsewhere.containment)
    read_pixels(tmp_path, name, elsewhere.containment)
    read_slice(tmp_path, name, 0, elsewhere.containment)
    assert elsewhere.count == 0


def test_an_image_from_before_there_were_seals_is_read_elsewhere(tmp_path, elsewhere):
    (kept,) = UNSEALED.iterdir()
    shutil.copy(kept, tmp_path)
    before = kept.read_bytes()
    pixels, geometry = read_pixels(tmp_path, kept.stem, elsewhere.containment)
    one = read_slice(tmp_path, kept.stem, 1, elsewhere.containment)
    np.testing.assert_array_equal(one, pixels[1])
    assert is_whole(tmp_path, kept.stem, elsewhere.containment)
    assert elsewhere.count == 3
    assert (tmp_path / kept.name).read_bytes() == before
    assert write_pixels(tmp_path / "anew", pixels, geometry) == kept.stem


def test_an_image_without_seal_must_hold_what_its_name_says(tmp_path, elsewhere):
    (kept,) = UNSEALED.iterdir()
    path = tmp_path / kept.name
    shutil.copy(kept, path)
    with h5py.File(path, "r+") as file:
        file["pixels"][1, 0, 0] += 1
    with pytest.raises(ProjectError, match=f"{kept.stem[:12]}… of the project is damaged"):
        read_pixels(tmp_path, kept.stem, elsewhere.containment)
    with pytest.raises(ProjectError, match="damaged"):
        read_slice(tmp_path, kept.stem, 0, elsewhere.containment)
    assert not is_whole(tmp_path, kept.stem, elsewhere.containment)


def test_importing_again_mends_a_damaged_image(tmp_path):
    name = write_pixels(tmp_path, noise("int16"), tilted_geometry())
    path = tmp_path / f"{name}.h5"
    alter(path, lambda content: content.__delitem__(slice(1000, None)))
    with pytest.raises(ProjectError, match="damaged"):
        read_pixels(tmp_path, name)
    assert write_pixels(tmp_path, noise("int16"), tilted_geometry()) == name
    np.testing.assert_array_equal(read_pixels(tmp_path, name)[0], noise("int16"))


def test_a_missing_image_and_a_missing_slice_are_told(tmp_path):
    with pytest.raises(ProjectError, match="aaaaaaaaaaaa… is missing"):
        read_pixels(tmp_path, "a" * 64)
    name = write_pixels(tmp_path, noise("int16"), tilted_geometry())
    with pytest.raises(ProjectError):
        read_slice(tmp_path, name, 9)


def test_a_name_can_not_lead_out_of_the_folder(tmp_path):
    with pytest.raises(ProjectError, match="no usable name"):
        read_pixels(tmp_path / "pixels", "../project")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_a_forbidden_image_is_told(tmp_path):
    name = write_pixels(tmp_path, noise("int16"), tilted_geometry())
    (tmp_path / f"{name}.h5").chmod(0)
    with as_nobody(), pytest.raises(ProjectError, match="permission"):
        read_pixels(tmp_path, name)


def test_threads_may_read_and_write_at_once(tmp_path):
    problems: list[BaseException] = []

    def work(seed: int) -> None:
        try:
            pixels = noise("int16") + seed
            name = write_pixels(tmp_path, pixels, tilted_geometry())
            np.testing.assert_array_equal(read_pixels(tmp_path, name)[0], pixels)
        except BaseException as error:  # noqa: BLE001 - to the test's own thread
            problems.append(error)

    threads = [threading.Thread(target=work, args=(number % 3,)) for number in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(list(tmp_path.iterdir())) == 3
