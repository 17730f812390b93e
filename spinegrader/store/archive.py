"""Journals that ended long ago move aside, so that opening doesn't look at thousands of files.

They are never deleted: they are the audit trail, and project.h5 can be rebuilt from them.
"""

import time
from collections.abc import Mapping
from pathlib import Path

from spinegrader import durable
from spinegrader.store.journal_reader import JournalPosition, journals_in
from spinegrader.store.layout import ProjectLayout
from spinegrader.store.lines import ends_journal

_AGE_S = 30 * 24 * 3600.0
_LAST_LINE_BYTES = 4096


def archive_ended(
    layout: ProjectLayout, positions: Mapping[str, JournalPosition], *, age_s: float = _AGE_S
) -> None:
    """Moves journals aside whose session has closed and that project.h5 holds wholly.

    A session that never closed may still be at work somewhere: its journal stays.

    Args:
        layout: The project.
        positions: How far each journal is in project.h5.
        age_s: How long ago the last line must have been written.

    Raises:
        OSError: If one can't be moved.
    """
    ended = [
        path
        for session, path in journals_in(layout.journals).items()
        if session in positions and _has_ended(path, positions[session], age_s)
    ]
    if not ended:
        return
    durable.private_folder(layout.archive)
    for path in ended:
        _give_place(path, layout.archive / path.name)
    durable.sync_folder(layout.archive)
    # Only now: a power loss may keep the new names or the old ones, but must not lose both.
    for path in ended:
        path.unlink()
    durable.sync_folder(layout.journals)


def _give_place(path: Path, archived: Path) -> None:
    """Lets a journal be in the archive too; perhaps it is since a program was killed here."""
    if archived.exists():
        return
    try:
        archived.hardlink_to(path)
    except OSError:
        # Some disks know no hard links.
        durable.write_durably(archived, path.read_bytes())


def _has_ended(path: Path, position: JournalPosition, age_s: float) -> bool:
    status = path.stat()
    is_old = time.time() - status.st_mtime >= age_s
    if not is_old or not position.offset == position.size == status.st_size:
        return False
    with path.open("rb") as file:
        file.seek(max(status.st_size - _LAST_LINE_BYTES, 0))
        return ends_journal(file.read().rstrip(b"\n").rpartition(b"\n")[2])
