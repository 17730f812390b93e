"""Images that an import has read and the project doesn't hold yet.

They wait in a folder of their own and move over together when the import is applied: one that
is cancelled, fails or is killed leaves the project's images as they were.
"""

import contextlib
import secrets
import shutil
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy.typing as npt

from spinegrader import durable
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.errors import ProjectError
from spinegrader.store import pixels as pixel_files
from spinegrader.store.containment import UNCONTAINED, Containment
from spinegrader.store.failures import unwritable
from spinegrader.store.layout import ProjectLayout

_PREFIX = "import-"
_STALE_AFTER_S = 7 * 24 * 3600.0


class PixelStaging:
    """Images on their way into a project; a context manager that removes what wasn't kept.

    Args:
        layout: The project.
        containment: Where files are read that may crash the HDF5 library.
    """

    def __init__(self, layout: ProjectLayout, containment: Containment = UNCONTAINED) -> None:
        self._containment = containment
        self._images = layout.pixels
        self._folder = layout.cache / f"{_PREFIX}{secrets.token_hex(8)}"
        self._waiting: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.discard()

    def is_in_project(self, name: str) -> bool:
        """Whether the project holds an image's pixels already, undamaged."""
        return pixel_files.is_whole(self._images, name, self._containment)

    def write(self, pixels: npt.NDArray[Any], geometry: VolumeGeometry) -> str:
        """Takes an image (slices, rows, columns); returns the SHA-256 that names it.

        Raises:
            ProjectError: If it can't be written.
        """
        name = pixel_files.name_of(pixels, geometry)
        if name not in self._waiting and not self.is_in_project(name):
            pixel_files.write_as(self._folder, name, pixels, geometry, self._containment)
            self._waiting.add(name)
        return name

    def link(self, pixels: npt.NDArray[Any], geometry: VolumeGeometry, files: list[str]) -> str:
        """Notes where an image can be read, instead of taking its pixels.

        Args:
            pixels: Slices, rows, columns, as they were read.
            geometry: Where they lie.
            files: Absolute paths of the files that hold them.

        Raises:
            ProjectError: If the note can't be written.
        """
        name = pixel_files.name_of(pixels, geometry)
        if not self.is_in_project(name):
            pixel_files.write_link(self._folder, name, files)
            self._waiting.add(name)
        return name

    def keep(self) -> None:
        """Moves everything into the project.

        Raises:
            ProjectError: If that fails; what has moved by then is complete, and harmless.
        """
        if not self._waiting:
            return
        try:
            arrived = sorted(self._folder.iterdir())
            if self._waiting - {path.name.partition(".")[0] for path in arrived}:
                raise _gone()
            durable.private_folder(self._images)
            for path in arrived:
                path.replace(self._images / path.name)
            durable.sync_folder(self._images)
        except FileNotFoundError as error:
            raise _gone() from error
        except OSError as error:
            raise unwritable(
                error, "Nothing was imported: make room or check the disk, and import again."
            ) from error
        self.discard()

    def discard(self) -> None:
        """Removes what was not kept; a second time does nothing."""
        self._waiting.clear()
        shutil.rmtree(self._folder, ignore_errors=True)


def _gone() -> ProjectError:
    return ProjectError(
        "The images that were read are gone from the project's folder “cache”. Nothing was"
        " imported: import again."
    )


def remove_stale(layout: ProjectLayout) -> None:
    """Removes what killed imports left behind, once surely nobody writes there any more."""
    for folder in layout.cache.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if time.time() - _last_change_s(folder) >= _STALE_AFTER_S:
                shutil.rmtree(folder, ignore_errors=True)


def _last_change_s(folder: Path) -> float:
    return max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
