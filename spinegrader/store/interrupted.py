"""What sessions that ended without closing (a crash, a power cut) left beyond project.h5."""

import contextlib
import os
import platform
import sys
from collections.abc import Sequence

from spinegrader.store.journal_reader import JournalPart


def interrupted_sessions(parts: Sequence[JournalPart]) -> list[str]:
    """A sentence on what was recovered of sessions of this computer that didn't close; or none.

    Args:
        parts: What the journals hold beyond project.h5.
    """
    crashed = [part for part in parts if part.entries and _has_crashed(part)]
    count = sum(len(part.entries) for part in crashed)
    if not count:
        return []
    changes = "1 change" if count == 1 else f"{count} changes"
    last = max(part.position.last_at for part in crashed)[:16].replace("T", " ")
    sentence = (
        f"SpineGrader was not closed properly: {changes} up to {last} UTC had not reached"
        " project.h5 and were recovered."
    )
    return [sentence]


def _has_crashed(part: JournalPart) -> bool:
    """Whether the session ran on this computer, isn't running any more, and never closed."""
    header = part.header
    if part.is_closed or header is None or not header.process:
        return False
    return header.computer == platform.node() and not _is_running(header.process)


def _is_running(process: int) -> bool:
    if process == os.getpid():
        return True
    if sys.platform == "win32":
        import ctypes

        # PROCESS_QUERY_LIMITED_INFORMATION; there, os.kill would end the process.
        handle = ctypes.windll.kernel32.OpenProcess(0x1000, 0, process)
        if handle:
            ctypes.windll.kernel32.CloseHandle(handle)
        return bool(handle)
    with contextlib.suppress(PermissionError):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
    return True
