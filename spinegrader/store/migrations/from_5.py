"""Layout 5 to 6: answers can be adjudicated ones."""

from typing import Any

import h5py


def migrated_edit(edit: dict[str, Any]) -> dict[str, Any]:
    """The same: layout 5 knew no adjudicated answers."""
    return edit


def migrate_tables(file: h5py.File) -> None:
    """Nothing: the tables are the same, with one more word for the mode of an answer."""
    del file
