"""Bringing an older project folder to today's layout, once something is to be written in it.

Looking at an older project changes nothing. Before the first change the project as the older
program left it is copied beside the journals (images excepted: they never change), then the
marker names today's layout, so that the older program refuses it.
"""

import contextlib
import os
import shutil
from pathlib import Path

from spinegrader import durable
from spinegrader.store.layout import LAYOUT_VERSION, ProjectLayout, write_marker


def bring_up_to_date(layout: ProjectLayout) -> None:
    """Copies an older project and marks it with today's layout; nothing for one of today's.

    Killed in the middle, it begins again the next time.

    Raises:
        OSError: If the copy or the marker can't be written; the project is as it was.
    """
    if layout.version == LAYOUT_VERSION:
        return
    _copy_aside(layout)
    write_marker(layout)


def copy_before(layout: ProjectLayout) -> Path:
    """Where the project as an older program left it is kept."""
    return layout.folder / f"before-layout-{LAYOUT_VERSION}"


def _copy_aside(layout: ProjectLayout) -> None:
    kept = copy_before(layout)
    if kept.exists():
        return
    temporary = durable.temporary_beside(kept)
    try:
        durable.private_folder(temporary)
        for path in (layout.marker, layout.snapshot):
            if path.exists():
                _copy(path, temporary / path.name)
        journals = durable.private_folder(temporary / layout.journals.name)
        for path in sorted(layout.journals.glob("*.jsonl")):
            _copy(path, journals / path.name)
        durable.sync_folder(journals)
        durable.sync_folder(temporary)
        # Another session may have been quicker; its copy is as good.
        with contextlib.suppress(FileExistsError):
            os.rename(temporary, kept)  # noqa: PTH104 - must not replace anything
        durable.sync_folder(layout.folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _copy(path: Path, copy: Path) -> None:
    descriptor = durable.create_exclusively(copy)
    try:
        durable.write_all(descriptor, path.read_bytes())
        durable.sync_file(descriptor)
    finally:
        os.close(descriptor)
