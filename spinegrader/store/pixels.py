"""Image files: immutable, named by the hash of what they hold."""

import contextlib
import hashlib
import io
import json
import re
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from spinegrader import durable
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.errors import ProjectError, SpineGraderError
from spinegrader.store.failures import unwritable

PixelArray = npt.NDArray[Any]

_NAME = re.compile(r"[0-9a-f]{64}")
_NUMERIC_KINDS = "iuf"
_COMPRESSION = 1
_PACKING_THREADS = 2
_DAMAGE = (OSError, KeyError, ValueError, IndexError, TypeError, MemoryError, zlib.error)
"""What the HDF5 library and zlib raise on damaged files."""


def write_pixels(folder: Path, pixels: PixelArray, geometry: VolumeGeometry) -> str:
    """Keeps an image; keeping the same one again changes nothing.

    Args:
        folder: The project's folder of images.
        pixels: Slices, rows, columns; integers or floating-point numbers of any width.
        geometry: Where they lie.

    Returns:
        The SHA-256 that names the image from now on.

    Raises:
        ProjectError: If it can't be written; nothing is left behind then.
        ValueError: If pixels and geometry don't belong together.
    """
    name = name_of(pixels, geometry)
    if not is_whole(folder, name):
        write_as(folder, name, pixels, geometry)
    return name


def write_as(folder: Path, name: str, pixels: PixelArray, geometry: VolumeGeometry) -> None:
    """Keeps an image whose name is known.

    Raises:
        ProjectError: If it can't be written; nothing is left behind then.
        ValueError: If pixels and geometry don't belong together.
    """
    try:
        durable.private_folder(folder)
        _write(_path(folder, name), _as_kept(pixels, geometry), _affine(geometry))
    except OSError as error:
        raise unwritable(
            error, "The image was not kept: make room or check the disk, and import it again."
        ) from error


def name_of(pixels: PixelArray, geometry: VolumeGeometry) -> str:
    """The SHA-256 under which an image is kept.

    Raises:
        ValueError: If pixels and geometry don't belong together.
    """
    return _hash(_as_kept(pixels, geometry), _affine(geometry))


def is_there(folder: Path, name: str) -> bool:
    """Whether an image is in the folder, perhaps damaged."""
    return _path(folder, name).exists()


def is_whole(folder: Path, name: str) -> bool:
    """Whether an image is there, undamaged and durably."""
    if not is_there(folder, name):
        return False
    try:
        read_pixels(folder, name)
        # Whoever wrote it may have been killed before syncing its name.
        durable.sync_folder(folder)
    except (ProjectError, OSError):
        return False
    return True


def write_link(folder: Path, name: str, files: list[str]) -> None:
    """Notes which files outside the project hold an image.

    Raises:
        ProjectError: If that can't be written.
    """
    try:
        durable.private_folder(folder)
        durable.write_durably(_link_path(folder, name), json.dumps(files).encode())
    except OSError as error:
        raise unwritable(
            error, "The image was not linked: make room or check the disk, and import it again."
        ) from error


def read_link(folder: Path, name: str) -> list[str] | None:
    """The files outside the project that hold an image; None if it isn't linked."""
    try:
        found: Any = json.loads(_link_path(folder, name).read_bytes())
    except (OSError, ValueError):
        return None
    return [str(item) for item in found] if isinstance(found, list) else None


def read_pixels(
    folder: Path, name: str, *, verify: bool = True
) -> tuple[PixelArray, VolumeGeometry]:
    """Reads an image.

    Args:
        folder: The project's folder of images.
        name: Its SHA-256.
        verify: Whether to compare the content with the hash. Without it, damaged pixels are
            still noticed by the checksum in each compressed slice, but not a damaged geometry.

    Returns:
        Slices, rows, columns with the dtype that was written, and their geometry.

    Raises:
        ProjectError: If the file is missing, unreadable or damaged.
    """
    pixels, affine, found_name = _read_whole(_path(folder, name))
    if verify and found_name() != name:
        raise _damaged(name)
    try:
        shape = (pixels.shape[0], pixels.shape[1], pixels.shape[2])
        return pixels, VolumeGeometry.from_matrix(affine, shape)
    except (SpineGraderError, IndexError) as error:
        raise _damaged(name) from error


def read_slice(folder: Path, name: str, index: int) -> PixelArray:
    """Reads one slice, rows x columns, without reading the others.

    Raises:
        ProjectError: If the file is missing, unreadable or damaged, or has no such slice.
    """
    with _opened(_path(folder, name)) as dataset:
        return np.asarray(dataset[index])


def _write(path: Path, pixels: PixelArray, affine: npt.NDArray[np.float64]) -> None:
    # Built in memory: the HDF5 library can end the program when the disk is full.
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
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
    durable.write_durably(path, content.getbuffer())


def _packed(picture: PixelArray) -> bytes:
    """A slice as HDF5's shuffle and gzip filters write it: byte planes, deflated."""
    content = picture.reshape(-1).view(np.uint8)
    planes = np.empty((picture.itemsize, picture.size), np.uint8)
    # Byte by byte is ten times as fast as a transposed copy.
    for byte, plane in enumerate(planes):
        plane[...] = content[byte :: picture.itemsize]
    return zlib.compress(planes.data, _COMPRESSION)


def _read_whole(
    path: Path,
) -> tuple[PixelArray, npt.NDArray[np.float64], Callable[[], str]]:
    """All slices, the affine, and the name that belongs to both."""
    with _opened(path) as dataset:
        affine = np.asarray(dataset.attrs["affine"], dtype=np.float64).reshape(4, 4)
        if not _is_packed_by_slice(dataset):
            pixels = np.asarray(dataset[()])
            return pixels, affine, lambda: _hash(pixels, affine)
        digest = _begun_hash(dataset.dtype, dataset.shape, affine)
        return _unpacked(dataset, digest), affine, digest.hexdigest


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[h5py.Dataset]:
    try:
        # The files never change, so that no lock is needed; network disks often have none.
        with h5py.File(path, "r", locking=False) as file:
            yield file["pixels"]
    except FileNotFoundError as error:
        raise ProjectError(
            f"The image {path.stem[:12]}… is missing from the project's folder “pixels”. "
            "Bring it back from a backup, or import the images again."
        ) from error
    except PermissionError as error:
        raise ProjectError(
            f"You have no permission to read the image {path.stem[:12]}… of the project."
        ) from error
    except _DAMAGE as error:
        raise _damaged(path.stem) from error


def _is_packed_by_slice(dataset: h5py.Dataset) -> bool:
    """Whether an image was written by this program, as nearly all were."""
    is_ours = dataset.compression == "gzip" and dataset.shuffle and not dataset.fletcher32
    return dataset.ndim == 3 and is_ours and dataset.chunks == (1, *dataset.shape[1:])


def _unpacked(dataset: h5py.Dataset, digest: "hashlib._Hash") -> PixelArray:
    """All slices, several at a time, and hashed meanwhile: HDF5 unpacks one by one."""
    pixels = np.empty(dataset.shape, dtype=dataset.dtype)
    chunks = [dataset.id.read_direct_chunk((index, 0, 0)) for index in range(len(pixels))]
    with ThreadPoolExecutor(_PACKING_THREADS) as pool:
        for picture in pool.map(_unpacked_into, pixels, chunks):
            digest.update(picture.view(np.uint8).data)
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


def _as_kept(pixels: PixelArray, geometry: VolumeGeometry) -> PixelArray:
    if pixels.shape != geometry.shape or pixels.dtype.kind not in _NUMERIC_KINDS:
        raise ValueError(f"Pixels {pixels.shape} {pixels.dtype} for geometry {geometry.shape}")
    return np.ascontiguousarray(pixels, dtype=pixels.dtype.newbyteorder("<"))


def _path(folder: Path, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise ProjectError("An image of the project has no usable name. Import the images again.")
    return folder / f"{name}.h5"


def _link_path(folder: Path, name: str) -> Path:
    return _path(folder, name).with_suffix(".link.json")


def _affine(geometry: VolumeGeometry) -> npt.NDArray[np.float64]:
    # Adding zero makes one of the two zeros of floating point.
    return np.asarray(geometry.matrix + 0.0, dtype="<f8")


def _hash(pixels: PixelArray, affine: npt.NDArray[np.float64]) -> str:
    digest = _begun_hash(pixels.dtype, pixels.shape, affine)
    digest.update(np.ascontiguousarray(pixels).view(np.uint8).data)
    return digest.hexdigest()


def _begun_hash(
    dtype: npt.DTypeLike, shape: tuple[int, ...], affine: npt.NDArray[np.float64]
) -> "hashlib._Hash":
    digest = hashlib.sha256(f"{np.dtype(dtype).str}{shape}".encode())
    digest.update(np.ascontiguousarray(affine, dtype="<f8").tobytes())
    return digest


def _damaged(name: str) -> ProjectError:
    return ProjectError(
        f"The image {name[:12]}… of the project is damaged. "
        "Bring it back from a backup, or import the images again."
    )
