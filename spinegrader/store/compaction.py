"""Brings project.h5 up to date, in a process of its own.

Several may run at once, on several computers: each replaces project.h5 by a whole and true one,
and what the last one doesn't hold is still in the journals. A lease only saves doing it twice.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from spinegrader import durable
from spinegrader.errors import ProjectError, SpineGraderError
from spinegrader.store.archive import archive_ended
from spinegrader.store.containment import UNCONTAINED, Containment
from spinegrader.store.failures import unwritable
from spinegrader.store.journal_reader import JournalPosition, journals_in
from spinegrader.store.known_files import KnownFiles
from spinegrader.store.layout import ProjectLayout, write_marker
from spinegrader.store.marker import FoundLayout, find_layout
from spinegrader.store.recovery import load_project
from spinegrader.store.snapshot import write_snapshot
from spinegrader.store.upgrade import bring_up_to_date

DONE = 0
FAILED = 1
BUSY = 3
"""Exit status of the process: another one is at it."""

_NICENESS = 10
_WINDOWS_FLAGS = getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(
    subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0
)

_LEASE_AGE_S = 600.0
_ROUNDS = 3
"""How often project.h5 is written at most where changes come in meanwhile."""


def compact_project(folder: Path, containment: Containment = UNCONTAINED) -> bool:
    """Writes project.h5 anew from the disk, unless it holds everything already.

    Args:
        folder: The project's.
        containment: Says which snapshots this process may open, and is told of the new one.

    Returns:
        Whether project.h5 is up to date now; False if another process is at it.

    Raises:
        ProjectError: If the project can't be read or the snapshot not be written.
    """
    found = find_layout(folder, containment)
    layout = found.layout
    try:
        with _lease(layout) as taken:
            if taken:
                for place in (layout.folder, layout.pixels, layout.generations, layout.archive):
                    durable.remove_temporaries(place)
                for _ in range(_ROUNDS):
                    positions = _renew(found, containment)
                    # A session that closes meanwhile starts no process of its own.
                    if not _have_grown(layout, positions):
                        break
                archive_ended(layout, positions)
            return taken
    except OSError as error:
        consequence = "project.h5 was not renewed; nothing was lost, the journals hold it all."
        raise unwritable(error, consequence) from error


def _renew(found: FoundLayout, containment: Containment) -> Mapping[str, JournalPosition]:
    """Writes project.h5 unless it holds everything; returns how far each journal is in it."""
    layout = found.layout
    loaded = load_project(layout, containment, whole=True)
    if loaded.audit is not None and not loaded.snapshot_is_current:
        bring_up_to_date(layout)
        if found.note:
            write_marker(layout)
        written = write_snapshot(layout, loaded.state, loaded.positions, loaded.audit)
        containment.note(written)
    return loaded.positions


def _have_grown(layout: ProjectLayout, positions: Mapping[str, JournalPosition]) -> bool:
    sizes = {session: path.stat().st_size for session, path in journals_in(layout.journals).items()}
    return any(
        session not in positions or size > positions[session].size
        for session, size in sizes.items()
    )


def start_compaction(folder: Path, known: Path | None = None) -> subprocess.Popen[bytes]:
    """Starts a process of low priority that runs ``compact_project``; it outlives this one.

    Args:
        folder: The project's.
        known: The file of fingerprints of what may be opened, if there is one. What isn't in it
            the process examines itself: nothing depends on whether it comes to its end.
    """
    places = [str(place) for place in (folder, known) if place is not None]
    # Not in this process: it takes seconds, in which the window would stand still.
    return subprocess.Popen(  # noqa: S603 - our own module, no shell
        [sys.executable, "-P", "-m", __spec__.name, *places],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        creationflags=_WINDOWS_FLAGS,
    )


@contextmanager
def _lease(layout: ProjectLayout) -> Iterator[bool]:
    """Yields whether no other process is compacting; a lease left by a killed one expires."""
    lease = durable.private_folder(layout.cache) / "compaction.lease"
    taken = _take(lease)
    try:
        yield taken
    finally:
        if taken:
            lease.unlink(missing_ok=True)


def _take(lease: Path) -> bool:
    try:
        if time.time() - lease.stat().st_mtime > _LEASE_AGE_S:
            lease.unlink(missing_ok=True)
    except FileNotFoundError:
        pass
    try:
        os.close(durable.create_exclusively(lease))
    except FileExistsError:
        return False
    return True


def _give_way() -> None:
    """Lets the reader's own programs, and a training, go first."""
    if sys.platform != "win32":
        os.nice(_NICENESS)


def main(arguments: list[str]) -> int:
    """Compacts the project whose folder is the first argument; see ``start_compaction``."""
    if len(arguments) not in {1, 2}:
        raise ProjectError("Give one project folder.")
    _give_way()
    folder, *known = map(Path, arguments)
    containment = Containment(KnownFiles(known[0])) if known else UNCONTAINED
    try:
        return DONE if compact_project(folder, containment) else BUSY
    except SpineGraderError as error:
        sys.stderr.write(error.message)
        return FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
