"""Fingerprints of the HDF5 files that this computer has written or examined."""

import logging
import os
import re
import stat
import sys
import threading
from pathlib import Path

from spinegrader import durable

_log = logging.getLogger(__name__)

_FINGERPRINT = re.compile(rb"[0-9a-f]{64}")
_MOST = 200_000
_LINE_BYTES = 65


class KnownFiles:
    """A text file with a fingerprint a line, shared by all processes of one user.

    Losing it, or a line of it, only costs examining files again. Safe to use from any thread.

    Args:
        path: The text file.
        most: How many fingerprints are kept; of more, the older half is forgotten.
    """

    def __init__(self, path: Path, most: int = _MOST) -> None:
        self.path = path
        self._most = most
        self._known: set[str] = set()
        self._size = 0
        self._lock = threading.Lock()

    def __contains__(self, fingerprint: str) -> bool:
        with self._lock:
            if fingerprint not in self._known:
                self._read()
            return fingerprint in self._known

    def add(self, fingerprint: str) -> None:
        """Keeps a fingerprint; where that fails, for this session only."""
        with self._lock:
            if fingerprint in self._known:
                return
            self._known.add(fingerprint)
            try:
                self._append(fingerprint.encode() + b"\n")
            except OSError as error:
                _log.info("An examined file will be examined again (%s)", error.strerror)

    def _append(self, line: bytes) -> None:
        durable.private_folder(self.path.parent, owner_only=True)
        # One short write at the end: other processes' lines stay whole.
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        descriptor = os.open(self.path, flags, 0o600)
        try:
            durable.write_all(descriptor, line)
        finally:
            os.close(descriptor)

    def _read(self) -> None:
        """Takes in what other processes have added."""
        try:
            status = self.path.stat()
            if status.st_size == self._size or not _is_own(status):
                return
            read_before = self._size if 0 < self._size < status.st_size else 0
            with self.path.open("rb") as file:
                file.seek(max(read_before, status.st_size - 2 * self._most * _LINE_BYTES))
                content = file.read()
        except OSError:
            return
        self._size = status.st_size
        lines = [line for line in content.split(b"\n") if _FINGERPRINT.fullmatch(line)]
        self._known.update(line.decode() for line in lines)
        if len(lines) > self._most:
            self._forget_older(lines[len(lines) // 2 :])

    def _forget_older(self, newer: list[bytes]) -> None:
        content = b"".join(line + b"\n" for line in newer)
        try:
            durable.write_durably(self.path, content)
        except OSError as error:
            _log.info("The list of examined files was not shortened (%s)", error.strerror)
        else:
            self._size = len(content)


def _is_own(status: os.stat_result) -> bool:
    """Whether nobody else can have written it."""
    if sys.platform == "win32":
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
