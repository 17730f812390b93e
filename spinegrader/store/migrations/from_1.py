"""Layout 1 to 2: slices have hashes, and records can be linked."""

from typing import Any

import h5py
import numpy as np

from spinegrader.store.migrations.plain import columns_of, rewrite, write_columns


def migrated_edit(edit: dict[str, Any]) -> dict[str, Any]:
    """The same: what layout 2 added may be left out of a change."""
    return edit


def migrate_tables(file: h5py.File) -> None:
    """Adds the column of hashes, empty, and the tables of links, empty."""
    series = file["series"][()]
    rewrite(file, "series", columns_of(series) | {"slice_hashes": [""] * len(series)})
    stamp = {"changed_at": [], "changed_session": [], "changed_number": np.zeros(0, "<i8")}
    write_columns(file, "links/patients", {"patient_id": [], "stands_with": []} | stamp)
    write_columns(file, "links/studies", {"study_uid": [], "duplicate_of": []} | stamp)
    pair: dict[str, list[str]] = {"first": [], "second": []}
    apart = {"kind": [], **pair, "apart": np.zeros(0, np.bool_)}
    write_columns(file, "links/apart", apart | stamp)
    write_columns(file, "links/once", pair)
