"""Pixels of the project's series, as volumes."""

from pathlib import Path
from typing import Any

import numpy.typing as npt

from spinegrader.domain.study import Series
from spinegrader.errors import InputError, ProjectError
from spinegrader.imaging.volume import Volume
from spinegrader.services.untrusted import borrowed_sandbox
from spinegrader.services.wording import counted
from spinegrader.store.project import ProjectStore


def load_volume(store: ProjectStore, series: Series, stack: int = 0) -> Volume:
    """Reads the pixels of one stack of a series; may be called from any thread.

    Raises:
        ProjectError: If the pixel file is missing or damaged; of a linked series, if its files
            are gone or hold something else now.
    """
    name = series.stacks[stack].pixels
    files = store.link_of(name)
    if files is not None:
        return _linked_volume(store, name, [Path(file) for file in files])
    pixels, geometry = store.read_pixels(name)
    return Volume(pixels, geometry)


def load_slice(store: ProjectStore, series: Series, index: int) -> npt.NDArray[Any]:
    """Reads one slice (rows, columns) of the first stack of a series.

    Raises:
        ProjectError: As :func:`load_volume`.
    """
    if store.link_of(series.pixels) is not None:
        pixels: npt.NDArray[Any] = load_volume(store, series).pixels[index]
        return pixels
    return store.read_slice(series.pixels, index)


def _linked_volume(store: ProjectStore, name: str, files: list[Path]) -> Volume:
    """Looks through its files again, and takes the stack that is the one that was linked."""
    from spinegrader.imaging.dicom import read_series
    from spinegrader.imaging.scan import scan
    from spinegrader.imaging.sources import Sources

    _check_there(files)
    try:
        with borrowed_sandbox() as sandbox, Sources(files, sandbox.run) as sources:
            for found in scan(sources, sandbox).series:
                for volume in read_series(found, sandbox).volumes:
                    if store.name_of(volume.pixels, volume.geometry) == name:
                        return volume
    except InputError as error:
        raise ProjectError(
            f"This series is linked to the folder {files[0].parent.name}, whose files can't be"
            f" read. {error.message}"
        ) from error
    raise ProjectError(
        f"This series is linked to the folder {files[0].parent.name}, whose files have changed:"
        " bring the original ones back."
    )


def _check_there(files: list[Path]) -> None:
    gone = [file for file in files if not file.is_file()]
    if gone:
        raise ProjectError(
            f"This series is linked to the folder {gone[0].parent.name}, where {len(gone)} of its"
            f" {counted(len(files), 'file is', 'files are')} missing: bring them back, or import"
            " them again from where they are now."
        )
