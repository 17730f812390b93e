"""Tables of project.h5 as plain columns, however the program describes them today."""

from collections.abc import Mapping
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt


def columns_of(rows: npt.NDArray[Any]) -> dict[str, Any]:
    """The columns of a table: texts as lists of str, all else as arrays."""
    return {
        name: [text.decode() for text in rows[name].tolist()]
        if rows.dtype[name].kind in "SO"
        else rows[name]
        for name in rows.dtype.names or ()
    }


def rewrite(file: h5py.File, path: str, columns: Mapping[str, Any]) -> None:
    """Puts a table in the place of the one before; what it means stays.

    A table that an earlier step made has no meaning yet.
    """
    meaning = file[path].attrs.get("meaning")
    del file[path]
    write_columns(file, path, columns)
    if meaning is not None:
        file[path].attrs["meaning"] = meaning


def write_columns(file: h5py.File, path: str, columns: Mapping[str, Any]) -> None:
    """Writes a table from lists of str and arrays."""
    fields: list[tuple[Any, ...]] = []
    values: dict[str, Any] = {}
    for name, cells in columns.items():
        if isinstance(cells, np.ndarray):
            fields.append((name, cells.dtype, cells.shape[1:]))
            values[name] = cells
        else:
            encoded = [text.encode() for text in cells]
            width = max((len(text) for text in encoded), default=1) or 1
            fields.append((name, h5py.string_dtype("utf-8", width)))
            values[name] = np.array(encoded, f"S{width}")
    rows = np.zeros(len(next(iter(values.values()))), np.dtype(fields))
    for name, cells in values.items():
        rows[name] = cells
    file.create_dataset(path, data=rows, dtype=np.dtype(fields))
