"""Layout 3 to 4: overlays tell what levels were counted from, and which are missing or drawn.

Studies can be flagged, readings be asked again, and the end of blinding is noted.
"""

from typing import Any

import h5py
import numpy as np

from spinegrader.store.migrations.plain import columns_of, rewrite, write_columns

_NOT_STATED = "not stated"
_NO_TRANSITION = "none"


def migrated_edit(edit: dict[str, Any]) -> dict[str, Any]:
    """The same: what layout 4 added may be left out of a change."""
    return edit


def migrate_tables(file: h5py.File) -> None:
    """Adds the columns of numbering, not stated, and the tables of what is new, empty."""
    series = file["overlays/series"][()]
    numbering = {
        "basis": [_NOT_STATED if drawn else "" for drawn in series["drawn"]],
        "transition": [_NO_TRANSITION if drawn else "" for drawn in series["drawn"]],
    }
    rewrite(file, "overlays/series", columns_of(series) | numbering)
    no_outlines = np.zeros((0, 1, 3))
    disc: dict[str, Any] = {"series_uid": [], "level": [], "outline_mm": no_outlines}
    write_columns(file, "overlays/edited_discs", disc)
    write_columns(file, "overlays/missing", {"series_uid": [], "level": [], "absence": []})
    stamp = {"changed_at": [], "changed_session": [], "changed_number": np.zeros(0, "<i8")}
    flag = {"study_uid": [], "raised": np.zeros(0, np.bool_), "by": [], "text": []}
    write_columns(file, "readings/flags", flag | stamp)
    reading = {"study_uid": [], "reader": [], "reading": np.zeros(0, "<i8")}
    write_columns(file, "readings/asked", reading | stamp)
    write_columns(file, "readings/unblinded", reading | {"since": []})
