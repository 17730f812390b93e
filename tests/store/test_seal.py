"""A seal holds only for the very bytes that it was made for, and only for what they are."""

import io

import h5py
import numpy as np

from spinegrader.store.seal import SEAL_BYTES, is_sealed, seal

TITLE = "SpineGrader image of a test"


def sealed_file() -> bytes:
    content = io.BytesIO()
    with h5py.File(content, "w", userblock_size=SEAL_BYTES) as file:
        file["numbers"] = np.arange(300)
    content.seek(0)
    content.write(seal(content.getbuffer(), TITLE))
    return content.getvalue()


def test_a_sealed_file_says_what_it_is_and_opens_in_any_hdf5_program():
    content = sealed_file()
    assert is_sealed(content, TITLE)
    assert content.startswith(TITLE.encode())
    with h5py.File(io.BytesIO(content), "r") as file:
        np.testing.assert_array_equal(file["numbers"], np.arange(300))


def test_every_changed_cut_off_or_added_byte_breaks_it():
    content = sealed_file()
    for index in range(0, len(content), 7):
        changed = bytearray(content)
        changed[index] ^= 1
        assert not is_sealed(bytes(changed), TITLE), index
    for other in (b"", content[:SEAL_BYTES], content[:-1], content + b"\0", content[SEAL_BYTES:]):
        assert not is_sealed(other, TITLE)


def test_it_does_not_hold_for_something_else():
    assert not is_sealed(sealed_file(), "SpineGrader image of another test")
