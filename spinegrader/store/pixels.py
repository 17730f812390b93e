"""Image files: immutable, named by the hash of what they hold."""

import json
import re
import stat
from pathlib import Path
from typing import Any, cast

import numpy as np

from spinegrader import durable
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.errors import InputError, ProjectError
from spinegrader.store.containment import UNCONTAINED, Containment
from spinegrader.store.enclosure import leads_outside
from spinegrader.store.examination import ImageRequest
from spinegrader.store.failures import unwritable
from spinegrader.store.image_format import (
    Affine,
    DamagedImageError,
    PixelArray,
    decode_image,
    decode_slice,
    encode_image,
    hash_of,
    title_of,
)
from spinegrader.store.seal import SealCheck, check_seal, fingerprint_of_sealed
from spinegrader.store.self_contained import reason_of

_NAME = re.compile(r"[0-9a-f]{64}")
_NUMERIC_KINDS = "iuf"
_HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_LONGEST_LINK_BYTES = 64 << 20
_LARGEST_BYTES = 2 << 30
"""Far more than an image has; reading a larger file would only take memory."""


class DamagedPixelsError(ProjectError):
    """An image file isn't what was written."""


def write_pixels(
    folder: Path,
    pixels: PixelArray,
    geometry: VolumeGeometry,
    containment: Containment = UNCONTAINED,
) -> str:
    """Keeps an image; keeping the same one again changes nothing.

    Args:
        folder: The project's folder of images.
        pixels: Slices, rows, columns; integers or floating-point numbers of any width.
        geometry: Where they lie.
        containment: Where a file of the same name is read that may crash the HDF5 library.

    Returns:
        The SHA-256 that names the image from now on.

    Raises:
        ProjectError: If it can't be written; nothing is left behind then.
        ValueError: If pixels and geometry don't belong together.
    """
    name = name_of(pixels, geometry)
    if not is_whole(folder, name, containment):
        write_as(folder, name, pixels, geometry, containment)
    return name


def write_as(
    folder: Path,
    name: str,
    pixels: PixelArray,
    geometry: VolumeGeometry,
    containment: Containment = UNCONTAINED,
) -> None:
    """Keeps an image whose name is known.

    Raises:
        ProjectError: If it can't be written; nothing is left behind then.
        ValueError: If pixels and geometry don't belong together.
    """
    try:
        durable.private_folder(folder)
        content = encode_image(name, _as_kept(pixels, geometry), _affine(geometry))
        durable.write_durably(_path(folder, name), content)
        containment.note(fingerprint_of_sealed(content))
    except OSError as error:
        raise unwritable(
            error, "The image was not kept: make room or check the disk, and import it again."
        ) from error


def name_of(pixels: PixelArray, geometry: VolumeGeometry) -> str:
    """The SHA-256 under which an image is kept.

    Raises:
        ValueError: If pixels and geometry don't belong together.
    """
    return hash_of(_as_kept(pixels, geometry), _affine(geometry))


def is_there(folder: Path, name: str) -> bool:
    """Whether an image is in the folder, perhaps damaged."""
    return _path(folder, name).exists()


def is_whole(folder: Path, name: str, containment: Containment = UNCONTAINED) -> bool:
    """Whether an image is there, undamaged and durably."""
    path = _path(folder, name)
    try:
        content, check = _read_file(path)
        if not containment.is_known(check):
            _read_elsewhere(containment, ImageRequest(content, name), check)
        # Whoever wrote it may have been killed before syncing its name.
        durable.sync_folder(folder)
    except (ProjectError, InputError, OSError):
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
    path = _link_path(folder, name)
    try:
        if leads_outside(path, folder) or path.stat().st_size > _LONGEST_LINK_BYTES:
            return None
        found: Any = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return [str(item) for item in found] if isinstance(found, list) else None


def read_pixels(
    folder: Path,
    name: str,
    containment: Containment = UNCONTAINED,
    *,
    recompute_hash: bool = False,
) -> tuple[PixelArray, VolumeGeometry]:
    """Reads an image.

    A file that is known and whose seal holds has every byte as it was written. Another one is
    unpacked and compared with its name, in another process.

    Args:
        folder: The project's folder of images.
        name: Its SHA-256.
        containment: Where files are read that may crash the HDF5 library.
        recompute_hash: Whether to compare the pixels themselves with the name in any case: for a
            check of the whole project.

    Returns:
        Slices, rows, columns with the dtype that was written, and their geometry.

    Raises:
        ProjectError: If the file is missing, unreadable or damaged.
    """
    content, check = _read_file(_path(folder, name))
    try:
        if containment.is_known(check):
            pixels, affine = decode_image(content, name, recompute_hash=recompute_hash)
        else:
            pixels, affine = _read_elsewhere(containment, ImageRequest(content, name), check)
        shape = (pixels.shape[0], pixels.shape[1], pixels.shape[2])
        return pixels, VolumeGeometry.from_matrix(affine, shape)
    except (DamagedImageError, InputError, IndexError) as error:
        raise _damaged(name, error) from error


def read_slice(
    folder: Path, name: str, index: int, containment: Containment = UNCONTAINED
) -> PixelArray:
    """Reads one slice, rows x columns, without unpacking the others if the file is known.

    Raises:
        ProjectError: If the file is missing, unreadable or damaged, or has no such slice.
    """
    content, check = _read_file(_path(folder, name))
    try:
        if containment.is_known(check):
            return decode_slice(content, index)
        return _read_elsewhere(containment, ImageRequest(content, name, index), check)[0]
    except (DamagedImageError, InputError) as error:
        raise _damaged(name, error) from error


def _read_file(path: Path) -> tuple[bytes, SealCheck]:
    """The bytes of an image file, and what its seal says of them.

    Raises:
        ProjectError: If it is missing, can't be read or is surely damaged.
    """
    try:
        _require_plain(path)
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise ProjectError(
            f"The image {path.stem[:12]}… is missing from the project's folder “pixels”. "
            "Bring it back from a backup, or import the images again."
        ) from error
    except PermissionError as error:
        raise ProjectError(
            f"You have no permission to read the image {path.stem[:12]}… of the project."
        ) from error
    except OSError as error:
        raise _damaged(path.stem) from error
    check = check_seal(content, title_of(path.stem))
    # Seals came later than images; before them, files began with HDF5's own signature.
    if not check.holds and not content.startswith(_HDF5_SIGNATURE):
        raise _damaged(path.stem)
    return content, check


def _require_plain(path: Path) -> None:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST_BYTES:
        raise _damaged(path.stem)
    if leads_outside(path, path.parent):
        raise DamagedPixelsError(
            f"The image {path.stem[:12]}… of the project is a link to another place and isn't "
            "read. Put the file itself into the project's folder “pixels”."
        )


def _read_elsewhere(
    containment: Containment, request: ImageRequest, check: SealCheck
) -> tuple[PixelArray, Affine]:
    found = containment.read_image(request, check.fingerprint)
    return cast(tuple[PixelArray, Affine], found)


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


def _affine(geometry: VolumeGeometry) -> Affine:
    # Adding zero makes one of the two zeros of floating point.
    return np.asarray(geometry.matrix + 0.0, dtype="<f8")


def _damaged(name: str, error: Exception | None = None) -> DamagedPixelsError:
    reason = reason_of(error) if isinstance(error, InputError) else ""
    what = f"was not opened. {reason}" if reason else "is damaged."
    return DamagedPixelsError(
        f"The image {name[:12]}… of the project {what} "
        "Bring it back from a backup, or import the images again."
    )
