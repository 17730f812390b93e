"""An open project: its state, its journal, its images."""

import logging
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import numpy.typing as npt

from spinegrader.domain.edits import Changes, Edit
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.state import ProjectState, Stamp
from spinegrader.errors import ProjectError
from spinegrader.store import pixels as pixel_files
from spinegrader.store.checking.examining import How
from spinegrader.store.checking.problems import Problem
from spinegrader.store.checking.whole import check_project
from spinegrader.store.compaction import BUSY, DONE, start_compaction
from spinegrader.store.containment import UNCONTAINED, Containment
from spinegrader.store.journal import JournalWriter
from spinegrader.store.journal_reader import (
    JournalPart,
    JournalPosition,
    in_order,
    journals_in,
    read_journal,
)
from spinegrader.store.layout import LAYOUT_VERSION, ProjectLayout, create_layout
from spinegrader.store.lines import encode_edit
from spinegrader.store.marker import find_layout
from spinegrader.store.recovery import load_project
from spinegrader.store.staging import PixelStaging, remove_stale

_log = logging.getLogger(__name__)
_COMPACTION_LIMIT_S = 900.0


class ProjectStore:
    """A project on the disk, opened for one session.

    ``state`` is changed by the session's own ``state.apply`` and by ``refresh``; ``append`` and
    the pixel methods may be called from other threads.
    """

    def __init__(
        self, layout: ProjectLayout, containment: Containment = UNCONTAINED, note: str = ""
    ) -> None:
        """Use ``create`` or ``open``."""
        self._containment = containment
        loaded = load_project(layout, containment)
        self.state: ProjectState = loaded.state
        self.recovery = " ".join((note, *loaded.notes)).strip()
        self._layout = layout
        self._positions = loaded.positions
        self._last_at = loaded.last_at
        # Looking at an older project changes nothing: the first change brings it up to date.
        self._is_stale = (
            bool(loaded.positions or loaded.notes)
            and not loaded.snapshot_is_current
            and layout.version == LAYOUT_VERSION
        )
        self._journal = JournalWriter(layout)
        self._lock = threading.Lock()
        self._is_open = True
        self._compaction: subprocess.Popen[bytes] | None = None
        remove_stale(layout)

    @classmethod
    def create(cls, folder: Path, containment: Containment = UNCONTAINED) -> Self:
        """Makes an empty project in a new or empty folder and opens it.

        Args:
            folder: The project's.
            containment: Where files are read that may crash the HDF5 library.

        Raises:
            ProjectError: If the folder holds something already or can't be written.
        """
        return cls(create_layout(folder.absolute()), containment)

    @classmethod
    def open(cls, folder: Path, containment: Containment = UNCONTAINED) -> Self:
        """Opens a project; what a crash or a damaged file left behind is mended.

        Args:
            folder: The project's.
            containment: Where files are read that may crash the HDF5 library.

        Raises:
            ProjectError: If the folder isn't a project, can't be read or needs a newer program.
        """
        found = find_layout(folder.absolute(), containment)
        return cls(found.layout, containment, found.note)

    # -- where things are -----------------------------------------------------------------------

    @property
    def folder(self) -> Path:
        """The project folder."""
        return self._layout.folder

    @property
    def project_id(self) -> str:
        """Random; stays when the folder is moved or renamed."""
        return self._layout.project_id

    @property
    def runs_folder(self) -> Path:
        """Holds one folder a training."""
        return self._layout.runs

    @property
    def cache_folder(self) -> Path:
        """Holds what may be deleted at any time."""
        return self._layout.cache

    # -- changes --------------------------------------------------------------------------------

    def append(self, edit: Edit, at: datetime | None = None, by: str = "") -> Stamp:
        """Makes a change durable; ``state`` doesn't change.

        Args:
            edit: The change.
            at: When it was made, now if left out. The stamp is later than every one known, even
                if the clock was put back.
            by: The reader who made it.

        Raises:
            ProjectError: If it couldn't be kept; everything before it is.
            InvalidEditError: If it holds something that can't be written down.
        """
        content = encode_edit(edit)
        with self._lock:
            if not self._is_open:
                raise ProjectError("The project is closed; open it again to make changes.")
            stamp = self._journal.append(content, self._next_time(at or datetime.now(UTC)), by)
            self._last_at = stamp.at
            self._is_stale = True
        return stamp

    def _next_time(self, now: datetime) -> str:
        at = now.astimezone(UTC)
        if self._last_at:
            at = max(at, datetime.fromisoformat(self._last_at) + timedelta(microseconds=1))
        return at.isoformat(timespec="microseconds")

    def refresh(self) -> Changes:
        """Takes in what other sessions have written since the last time.

        Raises:
            ProjectError: If a journal can't be read.
        """
        with self._lock:
            own = self._journal.sessions
            parts = [
                self._read_on(session, path)
                for session, path in journals_in(self._layout.journals).items()
                if session not in own
            ]
        changes = Changes()
        for entry in in_order(parts):
            changes |= self.state.apply(entry.edit, entry.stamp)
        return changes

    def _read_on(self, session: str, path: Path) -> JournalPart:
        start = self._positions.get(session, JournalPosition(session))
        try:
            part = read_journal(path, start)
        except FileNotFoundError:
            return JournalPart(start)
        except OSError as error:
            raise ProjectError(
                f"The changes of another session can't be read ({error.strerror}). "
                "Check the project's disk and try again."
            ) from error
        self._positions[session] = part.position
        if part.entries:
            self._last_at = max(self._last_at, *(entry.stamp.at for entry in part.entries))
            self._is_stale = True
        return part

    def is_used_by_others(self) -> bool:
        """Whether another session has ever written to this project."""
        found = journals_in(self._layout.journals, self._layout.archive)
        return bool(found.keys() - self._journal.sessions)

    def check(self) -> tuple[Problem, ...]:
        """Looks at everything in the project and changes nothing.

        Raises:
            ProjectError: If a file can't be read.
        """
        return check_project(self.folder, How(containment=self._containment)).problems

    # -- images ---------------------------------------------------------------------------------

    def write_pixels(self, pixels: npt.NDArray[Any], geometry: VolumeGeometry) -> str:
        """Keeps an image (slices, rows, columns) and returns the SHA-256 that names it.

        Raises:
            ProjectError: If it can't be written.
        """
        return pixel_files.write_pixels(self._layout.pixels, pixels, geometry, self._containment)

    def stage_pixels(self) -> PixelStaging:
        """A place for images that are to come into the project together, or not at all."""
        return PixelStaging(self._layout, self._containment)

    @staticmethod
    def name_of(pixels: npt.NDArray[Any], geometry: VolumeGeometry) -> str:
        """The SHA-256 under which an image is kept.

        Raises:
            ValueError: If pixels and geometry don't belong together.
        """
        return pixel_files.name_of(pixels, geometry)

    def link_of(self, sha256: str) -> list[str] | None:
        """The files outside the project that hold an image; None if the project itself does."""
        if pixel_files.is_there(self._layout.pixels, sha256):
            return None
        return pixel_files.read_link(self._layout.pixels, sha256)

    def read_pixels(
        self, sha256: str, *, recompute_hash: bool = False
    ) -> tuple[npt.NDArray[Any], VolumeGeometry]:
        """Reads an image (slices, rows, columns) and where it lies.

        Args:
            sha256: Its name.
            recompute_hash: Whether to compare the pixels themselves with the name, although the
                file's seal holds: for a check of the whole project.

        Raises:
            ProjectError: If it is missing or damaged.
        """
        return pixel_files.read_pixels(
            self._layout.pixels, sha256, self._containment, recompute_hash=recompute_hash
        )

    def read_slice(self, sha256: str, index: int) -> npt.NDArray[Any]:
        """Reads one slice (rows, columns) of an image.

        Raises:
            ProjectError: If it is missing or damaged.
        """
        return pixel_files.read_slice(self._layout.pixels, sha256, index, self._containment)

    # -- project.h5 -----------------------------------------------------------------------------

    def compact(self, *, wait: bool = True) -> bool:
        """Brings project.h5 up to date in another process, unless it is.

        Args:
            wait: Whether to return only when that is done. Otherwise a failure is logged later;
                nothing depends on it, the journals hold everything.

        Returns:
            Whether a process was started for it.

        Raises:
            ProjectError: If it failed and was waited for.
        """
        self._finish_compaction(wait=wait)
        if not self._is_stale or self._compaction is not None:
            return False
        # Before it starts: what other threads append from now on may come too late for it.
        self._is_stale = False
        try:
            self._compaction = start_compaction(self.folder, self._containment.known_path)
        except OSError as error:
            self._is_stale = True
            raise ProjectError(
                f"project.h5 was not renewed ({error.strerror}); nothing was lost."
            ) from error
        if wait and (problem := self._finish_compaction(wait=True)):
            raise ProjectError(problem)
        return True

    def _finish_compaction(self, *, wait: bool) -> str:
        """Takes note of a process that has ended; returns what went wrong, or nothing."""
        process = self._compaction
        if process is None or (not wait and process.poll() is None):
            return ""
        try:
            _, message = process.communicate(timeout=_COMPACTION_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            _, message = process.communicate()
        self._compaction = None
        if process.returncode == DONE:
            return ""
        self._is_stale = True
        if process.returncode == BUSY:
            return ""
        _log.warning("project.h5 was not renewed (status %d)", process.returncode)
        # What a process that broke down wrote is a traceback: nothing for the reader.
        said = message.decode(errors="replace") if process.returncode == 1 else ""
        is_sentence = bool(said) and "\n" not in said
        return said if is_sentence else "project.h5 was not renewed; nothing was lost."

    def close(self, *, compact: bool = True, wait: bool = True) -> None:
        """Ends the session; a second time does nothing.

        Args:
            compact: Whether to bring project.h5 up to date. Left out, the next session does it.
            wait: Whether to return only when that is done.
        """
        with self._lock:
            if not self._is_open:
                return
            self._is_open = False
            self._journal.close(self._next_time(datetime.now(UTC)))
        if not compact:
            return
        try:
            self.compact(wait=wait)
        except ProjectError:
            # The journals hold everything: the next session renews it.
            _log.warning("project.h5 was not renewed at closing", exc_info=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
