"""Brings project.h5 up to date, in a process of its own.

Several may run at once, on several computers: each replaces project.h5 by a whole and true one,
and what the last one doesn't hold is still in the journals. A lease only saves doing it twice.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spinegrader import durable
from spinegrader.errors import ProjectError, SpineGraderError
from spinegrader.store.archive import archive_ended
from spinegrader.store.failures import unwritable
from spinegrader.store.layout import ProjectLayout, read_layout
from spinegrader.store.recovery import load_project
from spinegrader.store.snapshot import write_snapshot
from spinegrader.store.upgrade import bring_up_to_date

DONE = 0
FAILED = 1
BUSY = 3
"""Exit status of the process: another one is at it."""

_LEASE_AGE_S = 600.0


def compact_project(folder: Path) -> bool:
    """Writes project.h5 anew from the disk, unless it holds everything already.

    Returns:
        Whether project.h5 is up to date now; False if another process is at it.

    Raises:
        ProjectError: If the project can't be read or the snapshot not be written.
    """
    layout = read_layout(folder)
    try:
        with _lease(layout) as taken:
            if taken:
                for place in (layout.folder, layout.pixels, layout.generations, layout.archive):
                    durable.remove_temporaries(place)
                loaded = load_project(layout, whole=True)
                if loaded.audit is not None and not loaded.snapshot_is_current:
                    bring_up_to_date(layout)
                    write_snapshot(layout, loaded.state, loaded.positions, loaded.audit)
                archive_ended(layout, loaded.positions)
            return taken
    except OSError as error:
        consequence = "project.h5 was not renewed; nothing was lost, the journals hold it all."
        raise unwritable(error, consequence) from error


def start_compaction(folder: Path) -> subprocess.Popen[bytes]:
    """Starts a process that runs ``compact_project``; it outlives this one."""
    # Not in this process: it takes seconds, in which the window would stand still.
    return subprocess.Popen(  # noqa: S603 - our own module, no shell
        [sys.executable, "-P", "-m", __spec__.name, str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
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


def main(arguments: list[str]) -> int:
    """Compacts the project whose folder is the one argument."""
    if len(arguments) != 1:
        raise ProjectError("Give one project folder.")
    try:
        return DONE if compact_project(Path(arguments[0])) else BUSY
    except SpineGraderError as error:
        sys.stderr.write(error.message)
        return FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
