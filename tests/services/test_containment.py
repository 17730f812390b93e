"""Files that may crash the HDF5 library are opened in a process that may be lost."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from spinegrader.errors import ProjectError
from spinegrader.services.containment import containment
from spinegrader.store.pixels import read_pixels, read_slice

UNSEALED = Path(__file__).parents[1] / "store" / "layout_2_project" / "pixels"


def test_an_unsealed_image_comes_whole_from_the_other_process(tmp_path):
    (kept,) = UNSEALED.iterdir()
    plain, geometry = read_pixels(UNSEALED, kept.stem)
    pixels, where = read_pixels(UNSEALED, kept.stem, containment())
    np.testing.assert_array_equal(pixels, plain)
    assert (pixels.dtype, where) == (plain.dtype, geometry)
    assert pixels.flags.writeable
    np.testing.assert_array_equal(read_slice(UNSEALED, kept.stem, 1, containment()), plain[1])


def test_flipped_bytes_of_an_unsealed_image_never_pass_as_the_image(tmp_path):
    (kept,) = UNSEALED.iterdir()
    path = tmp_path / kept.name
    whole = kept.read_bytes()
    plain, geometry = read_pixels(UNSEALED, kept.stem)
    told = 0
    for index in np.random.default_rng(7).integers(0, len(whole), 40):
        content = bytearray(whole)
        content[index] ^= 16
        path.write_bytes(content)
        try:
            pixels, where = read_pixels(tmp_path, kept.stem, containment())
        except ProjectError as error:
            told += kept.stem[:12] in error.message
        else:  # a byte that means nothing, such as padding
            np.testing.assert_array_equal(pixels, plain)
            assert where == geometry
    assert told >= 3
    path.unlink(missing_ok=True)
    shutil.copy(kept, path)
    read_pixels(tmp_path, kept.stem, containment())


def test_a_missing_image_is_told_without_a_process(tmp_path):
    with pytest.raises(ProjectError, match="missing"):
        read_pixels(tmp_path, "a" * 64, containment())
