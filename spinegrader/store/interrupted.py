"""What sessions that ended without closing (a crash, a power cut) left beyond project.h5."""

import platform
from collections.abc import Sequence

from spinegrader.processes import is_running
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
    changes, were = ("1 change", "was") if count == 1 else (f"{count} changes", "were")
    last = max(part.position.last_at for part in crashed)[:16].replace("T", " ")
    sentence = (
        f"SpineGrader was not closed properly: {changes} up to {last} UTC had not reached"
        f" project.h5 and {were} recovered."
    )
    return [sentence]


def _has_crashed(part: JournalPart) -> bool:
    """Whether the session ran on this computer, isn't running any more, and never closed."""
    header = part.header
    if part.is_closed or header is None or not header.process:
        return False
    return header.computer == platform.node() and not is_running(header.process)
