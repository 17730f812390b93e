"""Tasks that open HDF5 files nobody vouches for, to be done in a process that may be lost."""

import io
from dataclasses import dataclass
from typing import Any

import h5py

from spinegrader.domain.grouped import GroupedRecords
from spinegrader.errors import InputError, ProjectError
from spinegrader.store.image_format import (
    UNREADABLE,
    Affine,
    DamagedImageError,
    PixelArray,
    decode_image,
)
from spinegrader.store.self_contained import datasets_in
from spinegrader.store.snapshot import understand_snapshot

_DAMAGED = "It is damaged."


@dataclass(frozen=True)
class ImageRequest:
    """An image file and what is wanted of it.

    Args:
        content: The whole file.
        name: The image that it must hold.
        slice_index: The only slice that is wanted; None for all.
    """

    content: bytes
    name: str
    slice_index: int | None = None


def read_image(request: ImageRequest) -> tuple[PixelArray, Affine]:
    """Pixels and affine of an image file that holds what its name says, and leads nowhere else.

    Returns:
        Slices, rows, columns, or rows and columns if one slice was asked for; and the affine.

    Raises:
        InputError: If it holds something else.
    """
    _walk(request.content, read_all=False)
    try:
        pixels, affine = decode_image(request.content, request.name)
        return (pixels if request.slice_index is None else pixels[request.slice_index]), affine
    except (DamagedImageError, IndexError) as error:
        raise InputError(_DAMAGED) from error


def examine_snapshot(item: tuple[bytes, str]) -> None:
    """Returns if a project.h5 can be read wholly and leads nowhere else.

    Args:
        item: The whole file, and the id of the project that it should belong to.

    Raises:
        InputError: If not.
    """
    content, project_id = item
    _walk(content, read_all=True)
    try:
        state = understand_snapshot(content, "project.h5", project_id).state
    except ProjectError:
        # Of another project, or of a newer program: whoever asks finds out in safety.
        return
    try:
        for records in (state.series, state.overlays, state.grades, state.predictions):
            _unpack(records)
    except ProjectError as error:
        raise InputError(_DAMAGED) from error


def _unpack(records: GroupedRecords[Any, Any]) -> None:
    """Makes every record once, as it is made later when a study is asked for."""
    for group in records.groups():
        records.glance(group)


def _walk(content: bytes, *, read_all: bool) -> None:
    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            for dataset in datasets_in(file):
                if read_all:
                    dataset[()]
    except InputError:
        raise
    except UNREADABLE as error:
        raise InputError(_DAMAGED) from error
