"""The journal that one session writes: append-only, and durable line by line."""

import contextlib
import os
import platform
import uuid
from pathlib import Path

from spinegrader import __version__, durable
from spinegrader.domain.state import Stamp
from spinegrader.errors import ProjectError
from spinegrader.store.failures import unwritable
from spinegrader.store.layout import LAYOUT_VERSION, ProjectLayout
from spinegrader.store.lines import Closing, Header, encode_closing, encode_header, make_line
from spinegrader.store.upgrade import bring_up_to_date

SUFFIX = ".jsonl"
_NOT_KEPT = (
    "Nothing was lost, but the last change was not kept: {remedy} and make the change again."
)


class _SyncFailedError(Exception):
    """The system couldn't bring the content to the disk; the descriptor can't be trusted now."""


class _Segment:
    """One journal file and the state of its chain."""

    def __init__(self, folder: Path, header: Header, at: str) -> None:
        self.session = uuid.uuid4().hex
        self.number = -1
        self._size = 0
        self._checksum = ""
        self._path = durable.private_folder(folder) / f"{self.session}{SUFFIX}"
        # Whoever made the project may have been killed before syncing the names in it. First, so
        # that no journal is ever there without the marker.
        durable.sync_folder(folder.parent)
        self._descriptor = durable.create_exclusively(self._path)
        try:
            self.add("header", encode_header(header), at)
            durable.sync_folder(folder)
        except (OSError, _SyncFailedError):
            self.close()
            # It holds no change: left behind, it does no harm.
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
            raise

    def add(self, field: str, content: bytes, at: str, by: str = "") -> None:
        """Writes and syncs one line; takes it back if that fails.

        Raises:
            OSError: The line couldn't be written and was taken back; the segment is as before.
            _SyncFailedError: The segment must not be written any more.
        """
        line, checksum = make_line(self.number + 1, at, self._checksum, field, content, by)
        try:
            durable.write_all(self._descriptor, line)
        except OSError as error:
            try:
                os.ftruncate(self._descriptor, self._size)
            except OSError:
                raise _SyncFailedError from error
            raise
        try:
            durable.sync_file(self._descriptor)
        except OSError as error:
            # After a failed fsync a second one may succeed without having written anything.
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
            raise _SyncFailedError from error
        self.number += 1
        self._size += len(line)
        self._checksum = checksum

    def close(self) -> None:
        """Lets go of the file."""
        with contextlib.suppress(OSError):
            os.close(self._descriptor)


class JournalWriter:
    """Appends the changes of one session.

    The file is made with the first change, so that looking at a project writes nothing.
    """

    def __init__(self, layout: ProjectLayout) -> None:
        self._layout = layout
        self._segment: _Segment | None = None
        self._sessions: list[str] = []

    @property
    def sessions(self) -> frozenset[str]:
        """Names of the journals that this session has written, usually one."""
        return frozenset(self._sessions)

    def append(self, content: bytes, at: str, by: str = "") -> Stamp:
        """Writes one encoded change; durable when it returns.

        Args:
            content: From ``encode_edit``.
            at: UTC in ISO 8601 with microseconds.
            by: The reader who made it.

        Raises:
            ProjectError: If it couldn't be kept; the journal is then as it was before.
        """
        try:
            try:
                return self._add(content, at, by)
            except _SyncFailedError:
                self._abandon()
                return self._add(content, at, by)
        except (OSError, _SyncFailedError) as error:
            if isinstance(error, _SyncFailedError):
                self._abandon()
            raise _not_kept(error) from error

    def _add(self, content: bytes, at: str, by: str) -> Stamp:
        segment = self._segment or self._begin(at)
        segment.add("edit", content, at, by)
        return Stamp(at, segment.session, segment.number)

    def _begin(self, at: str) -> _Segment:
        bring_up_to_date(self._layout)
        header = Header(
            layout=LAYOUT_VERSION,
            project_id=self._layout.project_id,
            program_version=__version__,
            continues=self._sessions[-1] if self._sessions else "",
            computer=platform.node(),
            process=os.getpid(),
        )
        self._segment = _Segment(self._layout.journals, header, at)
        self._sessions.append(self._segment.session)
        return self._segment

    def _abandon(self) -> None:
        if self._segment is not None:
            self._segment.close()
        self._segment = None

    def close(self, at: str) -> None:
        """Notes that the session has ended, and lets go of the file.

        Every change is durable already; a disk that takes no more costs only the note.

        Args:
            at: UTC in ISO 8601 with microseconds.
        """
        if self._segment is not None:
            with contextlib.suppress(OSError, _SyncFailedError):
                closing = encode_closing(Closing(changes=self._segment.number))
                self._segment.add("closed", closing, at)
        self._abandon()


def _not_kept(error: Exception) -> ProjectError:
    cause = error if isinstance(error, OSError) else error.__cause__
    if not isinstance(cause, OSError):
        cause = OSError("the disk did not confirm the change")
    remedy = "free some space" if durable.is_disk_full(cause) else "check the disk"
    return unwritable(cause, _NOT_KEPT.format(remedy=remedy))
