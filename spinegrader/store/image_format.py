"""What an image file holds, as bytes: packed slices, their geometry and a seal that names them."""

import hashlib
import io
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from spinegrader.errors import SpineGraderError
from spinegrader.store.seal import SEAL_BYTES, seal

PixelArray = npt.NDArray[Any]
Affine = npt.NDArray[np.float64]

_COMPRESSION = 1
_PACKING_THREADS = 2
UNREADABLE = (
    *(OSError, KeyError, ValueError, IndexError, TypeError, AttributeError, RuntimeError),
    *(MemoryError, zlib.error),
)
"""What the HDF5 library, h5py and zlib raise on damaged files."""


class DamagedImageError(SpineGraderError):
    """The bytes are no image, or not that one."""


def title_of(name: str) -> str:
    """What the seal of an image says that the file is."""
    return f"SpineGrader image {name}"


def encode_image(name: str, pixels: PixelArray, affine: Affine) -> memoryview:
    """The whole file of an image.

    Args:
        name: From ``hash_of``.
        pixels: Slices, rows, columns; contiguous and little-endian.
        affine: 4 x 4, to patient millimetres.
    """
    # Built in memory: the HDF5 library can end the program when the disk is full.
    content = io.BytesIO()
    with h5py.File(content, "w", userblock_size=SEAL_BYTES) as file:
        dataset = file.create_dataset(
            "pixels",
            shape=pixels.shape,
            dtype=pixels.dtype,
            chunks=(1, *pixels.shape[1:]),
            compression="gzip",
            compression_opts=_COMPRESSION,
            shuffle=True,
        )
        # HDF5 packs under its own lock, which would hold up the window; zlib lets others run.
        with ThreadPoolExecutor(_PACKING_THREADS) as pool:
            for index, packed in enumerate(pool.map(_packed, pixels)):
                dataset.id.write_direct_chunk((index, 0, 0), packed)
        dataset.attrs["affine"] = affine
        dataset.attrs["shape"] = pixels.shape
    content.seek(0)
    content.write(seal(content.getbuffer(), title_of(name)))
    return content.getbuffer()


def decode_image(
    content: bytes, name: str, *, recompute_hash: bool = True
) -> tuple[PixelArray, Affine]:
    """Pixels (slices, rows, columns) and affine of a file.

    Args:
        content: The whole file; the HDF5 library opens it as it is.
        name: The image that it must hold.
        recompute_hash: Whether to make sure of that by the pixels themselves.

    Raises:
        DamagedImageError: If it doesn't hold that image.
    """
    with _opened(content) as dataset:
        affine = np.asarray(dataset.attrs["affine"], dtype=np.float64).reshape(4, 4)
        digest = _begun_hash(dataset.dtype, dataset.shape, affine) if recompute_hash else None
        if _is_packed_by_slice(dataset):
            pixels = _unpacked(dataset, digest)
        else:
            pixels = np.asarray(dataset[()])
            if digest is not None:
                digest.update(_as_bytes(pixels))
        if pixels.ndim != 3:
            raise ValueError("An image has slices, rows and columns.")
    if digest is not None and digest.hexdigest() != name:
        raise DamagedImageError("It holds another image than its name says.")
    return pixels, affine


def decode_slice(content: bytes, index: int) -> PixelArray:
    """One slice (rows, columns) of a file, without unpacking the others.

    Raises:
        DamagedImageError: If it can't be read, or there is no such slice.
    """
    with _opened(content) as dataset:
        return np.asarray(dataset[index])


def hash_of(pixels: PixelArray, affine: Affine) -> str:
    """The SHA-256 over all that an image is; see docs/store.md."""
    digest = _begun_hash(pixels.dtype, pixels.shape, affine)
    digest.update(_as_bytes(pixels))
    return digest.hexdigest()


@contextmanager
def _opened(content: bytes) -> Iterator[h5py.Dataset]:
    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            yield file["pixels"]
    except UNREADABLE as error:
        raise DamagedImageError("It can't be read.") from error


def _packed(picture: PixelArray) -> bytes:
    """A slice as HDF5's shuffle and gzip filters write it: byte planes, deflated."""
    content = picture.reshape(-1).view(np.uint8)
    planes = np.empty((picture.itemsize, picture.size), np.uint8)
    # Byte by byte is ten times as fast as a transposed copy.
    for byte, plane in enumerate(planes):
        plane[...] = content[byte :: picture.itemsize]
    return zlib.compress(planes.data, _COMPRESSION)


def _is_packed_by_slice(dataset: h5py.Dataset) -> bool:
    """Whether an image was written by this program, as nearly all were."""
    is_ours = dataset.compression == "gzip" and dataset.shuffle and not dataset.fletcher32
    return dataset.ndim == 3 and is_ours and dataset.chunks == (1, *dataset.shape[1:])


def _unpacked(dataset: h5py.Dataset, digest: "hashlib._Hash | None") -> PixelArray:
    """All slices, several at a time, and hashed meanwhile: HDF5 unpacks one by one."""
    pixels = np.empty(dataset.shape, dtype=dataset.dtype)
    chunks = [dataset.id.read_direct_chunk((index, 0, 0)) for index in range(len(pixels))]
    with ThreadPoolExecutor(_PACKING_THREADS) as pool:
        for picture in pool.map(_unpacked_into, pixels, chunks):
            if digest is not None:
                digest.update(_as_bytes(picture))
    return pixels


def _unpacked_into(picture: PixelArray, chunk: tuple[int, bytes]) -> PixelArray:
    skipped_filters, packed = chunk
    # Bounded: a damaged chunk could promise any size.
    planes = zlib.decompressobj().decompress(packed, picture.nbytes + 1)
    if skipped_filters or len(planes) != picture.nbytes:
        raise ValueError("A slice isn't as long as it should be.")
    content = picture.reshape(-1).view(np.uint8)
    for byte, plane in enumerate(np.frombuffer(planes, np.uint8).reshape(picture.itemsize, -1)):
        content[byte :: picture.itemsize] = plane
    return picture


def _as_bytes(pixels: PixelArray) -> memoryview:
    return np.ascontiguousarray(pixels).view(np.uint8).data


def _begun_hash(
    dtype: npt.DTypeLike, shape: tuple[int, ...], affine: npt.NDArray[np.float64]
) -> "hashlib._Hash":
    digest = hashlib.sha256(f"{np.dtype(dtype).str}{shape}".encode())
    digest.update(np.ascontiguousarray(affine, dtype="<f8").tobytes())
    return digest
