"""From the layout of an earlier version to today's: one step a version, each in its own module.

A step knows only the layout before and the one after it, in plain JSON and plain HDF5, so that
it stays right however the program changes. ``docs/store.md`` tells what each one changes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import h5py

from spinegrader.store.migrations import from_1, from_2, from_3, from_4, from_5

PlainEdit: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """From one layout to the next.

    Args:
        edit: Brings one change of a journal, as plain JSON, to the next layout.
        tables: Brings project.h5, open for writing in memory, to the next layout.
    """

    edit: Callable[[PlainEdit], PlainEdit]
    tables: Callable[[h5py.File], None]


STEPS: dict[int, Step] = {
    1: Step(from_1.migrated_edit, from_1.migrate_tables),
    2: Step(from_2.migrated_edit, from_2.migrate_tables),
    3: Step(from_3.migrated_edit, from_3.migrate_tables),
    4: Step(from_4.migrated_edit, from_4.migrate_tables),
    5: Step(from_5.migrated_edit, from_5.migrate_tables),
}
"""By the layout that the step starts from."""


def migrated_edit(edit: PlainEdit, layout: int) -> PlainEdit:
    """A change of an older journal as today's program writes it.

    Args:
        edit: As plain JSON.
        layout: Of the journal.
    """
    for start in range(layout, max(STEPS) + 1):
        edit = STEPS[start].edit(edit)
    return edit


def migrate_tables(file: h5py.File, layout: int) -> None:
    """Brings an older project.h5, open for writing in memory, to today's layout.

    Raises:
        KeyError: If a table isn't there that its layout must have.
    """
    for start in range(layout, max(STEPS) + 1):
        STEPS[start].tables(file)
        file.attrs["layout"] = start + 1
