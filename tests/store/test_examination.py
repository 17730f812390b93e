"""What an HDF5 file from elsewhere must not hold."""

import io

import h5py
import numpy as np
import pytest

from spinegrader.errors import InputError, ProjectError
from spinegrader.store.containment import Containment
from spinegrader.store.examination import ImageRequest, examine_snapshot, read_image
from spinegrader.store.image_format import title_of
from spinegrader.store.known_files import KnownFiles
from spinegrader.store.pixels import is_whole, read_pixels, write_pixels
from spinegrader.store.seal import SEAL_BYTES, seal
from tests.store.store_samples import tilted_geometry

PIXELS = np.arange(9 * 32 * 48, dtype=np.int16).reshape(9, 32, 48)


def link_outside(file, secret):
    file["grades"] = h5py.ExternalLink(str(secret), "/numbers")


def link_inside(file, secret):
    file["grades"] = h5py.SoftLink("/elsewhere")


def external_storage(file, secret):
    file.create_dataset("grades", (8,), "i4", external=[(str(secret), 0, 32)])


def virtual(file, secret):
    layout = h5py.VirtualLayout((8,), "i4")
    layout[:] = h5py.VirtualSource(str(secret), "numbers", (8,))
    file.create_virtual_dataset("grades", layout)


def filtered(file, secret):
    file.create_dataset("grades", data=np.arange(8), chunks=(8,), compression="lzf")


def hidden(file, secret):
    file.create_group("a/b/c")["grades"] = h5py.ExternalLink(str(secret), "/numbers")


WAYS_OUT = [link_outside, link_inside, external_storage, virtual, filtered, hidden]


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret.h5"
    with h5py.File(path, "w") as file:
        file["numbers"] = np.arange(8, dtype="i4")
    return path


def in_memory(write, *arguments) -> bytes:
    content = io.BytesIO()
    with h5py.File(content, "w", userblock_size=SEAL_BYTES) as file:
        write(file, *arguments)
    return content.getvalue()


@pytest.mark.parametrize("way_out", WAYS_OUT)
def test_what_leads_to_other_files_is_refused_by_name(way_out, secret):
    with pytest.raises(InputError, match=r"“.*/grades” in it"):
        examine_snapshot((in_memory(way_out, secret), "id"))


@pytest.mark.parametrize("way_out", WAYS_OUT)
def test_an_image_that_leads_elsewhere_is_refused_by_name_and_never_known(
    way_out, secret, tmp_path
):
    """Even where its pixels are those that its name says."""
    name = write_pixels(tmp_path, PIXELS, tilted_geometry())
    path = tmp_path / f"{name}.h5"
    with h5py.File(path, "r+") as file:
        way_out(file, secret)
    content = bytearray(path.read_bytes())
    content[:SEAL_BYTES] = seal(content, title_of(name))
    path.write_bytes(content)
    containment = Containment(KnownFiles(tmp_path / "known.txt"))
    for _ in range(2):
        with pytest.raises(ProjectError, match=rf"{name[:12]}… .* was not opened\. “.*/grades”"):
            read_pixels(tmp_path, name, containment)
    assert not is_whole(tmp_path, name, containment)


def test_what_would_fill_the_memory_is_refused_unread():
    def promise(file):
        file.create_dataset("grades", (1 << 40,), "u1", chunks=(1 << 20,))

    content = in_memory(promise)
    assert len(content) < 100_000
    with pytest.raises(InputError, match="more than a project can hold"):
        examine_snapshot((content, "id"))


def test_circles_and_depth_come_to_an_end():
    def nest(file):
        group = file
        for _ in range(3000):
            group = group.create_group("g")
        group["back"] = file["/"]

    examine_snapshot((in_memory(nest), "id"))


def test_no_hdf5_at_all_is_refused():
    with pytest.raises(InputError, match="damaged"):
        examine_snapshot((b"no HDF5", "id"))


def test_an_image_must_hold_what_its_name_says(tmp_path):
    name = write_pixels(tmp_path, PIXELS, tilted_geometry())
    content = (tmp_path / f"{name}.h5").read_bytes()
    pixels, _ = read_image(ImageRequest(content, name))
    np.testing.assert_array_equal(pixels, PIXELS)
    np.testing.assert_array_equal(read_image(ImageRequest(content, name, 3))[0], PIXELS[3])
    with pytest.raises(InputError):
        read_image(ImageRequest(content, "0" * 64))
    with pytest.raises(InputError):
        read_image(ImageRequest(content, name, 9))
