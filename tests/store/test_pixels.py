import stat
import sys
import threading

import h5py
import numpy as np
import pytest

from spinegrader.errors import ProjectError
from spinegrader.store.pixels import read_pixels, read_slice, write_pixels
from tests.store.store_samples import alter, as_nobody, tilted_geometry


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


def test_flipped_bytes_never_pass_as_the_image(tmp_path):
    pixels, geometry = noise("int16"), tilted_geometry()
    name = write_pixels(tmp_path, pixels, geometry)
    path = tmp_path / f"{name}.h5"
    whole = path.read_bytes()
    messages: list[str] = []
    rng = np.random.default_rng(7)
    for index in rng.integers(0, len(whole), 60):
        alter(path, lambda content, index=index: content.__setitem__(index, content[index] ^ 16))
        try:
            read, where = read_pixels(tmp_path, name)
        except ProjectError as error:
            messages.append(error.message)
        else:  # a byte that means nothing, such as padding
            np.testing.assert_array_equal(read, pixels)
            assert where == geometry
        path.write_bytes(whole)
    assert len(messages) > 40
    assert all(name[:12] in message for message in messages)


def test_a_damaged_slice_is_noticed_without_reading_all(tmp_path):
    name = write_pixels(tmp_path, noise("int16"), tilted_geometry())
    path = tmp_path / f"{name}.h5"
    middle = path.stat().st_size // 2
    alter(path, lambda content: content.__setitem__(middle, content[middle] ^ 16))
    with pytest.raises(ProjectError, match="damaged"):
        [read_slice(tmp_path, name, index) for index in range(9)]


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


def test_a_moved_image_is_noticed(tmp_path):
    name = write_pixels(tmp_path, noise("int16"), tilted_geometry())
    with h5py.File(tmp_path / f"{name}.h5", "r+") as file:
        affine = file["pixels"].attrs["affine"]
        affine[2, 3] += 5.0
        file["pixels"].attrs["affine"] = affine
    with pytest.raises(ProjectError, match="damaged"):
        read_pixels(tmp_path, name)
    assert read_pixels(tmp_path, name, verify=False)[1] != tilted_geometry()
