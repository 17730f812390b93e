"""Image files: immutable, named by the hash of what they hold."""

import hashlib
import io
import re
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
    if pixels.shape != geometry.shape or pixels.dtype.kind not in _NUMERIC_KINDS:
        raise ValueError(f"Pixels {pixels.shape} {pixels.dtype} for geometry {geometry.shape}")
    pixels = np.ascontiguousarray(pixels, dtype=pixels.dtype.newbyteorder("<"))
    name = _hash(pixels, _affine(geometry))
    path = _path(folder, name)
    if path.exists() and _is_whole(folder, name):
        return name
    try:
        durable.private_folder(folder)
        _write(path, pixels, _affine(geometry))
    except OSError as error:
        raise unwritable(
            error, "The image was not kept: make room or check the disk, and import it again."
        ) from error
    return name


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
    pixels, affine = _read(_path(folder, name), slice(None))
    if verify and _hash(pixels, affine) != name:
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
    return _read(_path(folder, name), index)[0]


def _write(path: Path, pixels: PixelArray, affine: npt.NDArray[np.float64]) -> None:
    # Built in memory: the HDF5 library can end the program when the disk is full.
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        dataset = file.create_dataset(
            "pixels",
            data=pixels,
            chunks=(1, *pixels.shape[1:]),
            compression="gzip",
            compression_opts=1,
            shuffle=True,
        )
        dataset.attrs["affine"] = affine
        dataset.attrs["shape"] = pixels.shape
    durable.write_durably(path, content.getbuffer())


def _read(path: Path, part: slice | int) -> tuple[PixelArray, npt.NDArray[np.float64]]:
    try:
        # The files never change, so that no lock is needed; network disks often have none.
        with h5py.File(path, "r", locking=False) as file:
            dataset = file["pixels"]
            affine = np.asarray(dataset.attrs["affine"], dtype=np.float64).reshape(4, 4)
            return np.asarray(dataset[part]), affine
    except FileNotFoundError as error:
        raise ProjectError(
            f"The image {path.stem[:12]}… is missing from the project's folder “pixels”. "
            "Bring it back from a backup, or import the images again."
        ) from error
    except PermissionError as error:
        raise ProjectError(
            f"You have no permission to read the image {path.stem[:12]}… of the project."
        ) from error
    except (OSError, KeyError, ValueError, IndexError, TypeError, MemoryError) as error:
        raise _damaged(path.stem) from error


def _is_whole(folder: Path, name: str) -> bool:
    try:
        read_pixels(folder, name)
    except ProjectError:
        return False
    return True


def _path(folder: Path, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise ProjectError("An image of the project has no usable name. Import the images again.")
    return folder / f"{name}.h5"


def _affine(geometry: VolumeGeometry) -> npt.NDArray[np.float64]:
    # Adding zero makes one of the two zeros of floating point.
    return np.asarray(geometry.matrix + 0.0, dtype="<f8")


def _hash(pixels: PixelArray, affine: npt.NDArray[np.float64]) -> str:
    digest = hashlib.sha256(f"{pixels.dtype.str}{pixels.shape}".encode())
    digest.update(np.ascontiguousarray(affine, dtype="<f8").tobytes())
    digest.update(np.ascontiguousarray(pixels).view(np.uint8).data)
    return digest.hexdigest()


def _damaged(name: str) -> ProjectError:
    return ProjectError(
        f"The image {name[:12]}… of the project is damaged. "
        "Bring it back from a backup, or import the images again."
    )
