"""Layout 4 to 5: overlays tell whether their count is in doubt, and which discs were found."""

from typing import Any

import h5py
import numpy as np

from spinegrader.store.migrations.plain import columns_of, rewrite


def migrated_edit(edit: dict[str, Any]) -> dict[str, Any]:
    """The same: what layout 5 added may be left out of a change."""
    return edit


def migrate_tables(file: h5py.File) -> None:
    """Adds the columns of doubt, none, and says that every outline was drawn by a reader."""
    series = file["overlays/series"][()]
    doubt = {
        "is_doubtful": np.zeros(len(series), np.bool_),
        "doubted_level": [""] * len(series),
        "could_be": [""] * len(series),
        "counted_on": [""] * len(series),
    }
    rewrite(file, "overlays/series", columns_of(series) | doubt)
    discs = file["overlays/edited_discs"][()]
    found = {"is_found": np.zeros(len(discs), np.bool_)}
    rewrite(file, "overlays/edited_discs", columns_of(discs) | found)
