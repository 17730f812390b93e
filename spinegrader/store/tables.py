"""Tables in HDF5: one compound dataset each, described once, written and read as rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

import h5py
import numpy as np
import numpy.typing as npt

Row: TypeAlias = tuple[Any, ...]

_LONGEST_FIXED_TEXT = 256
"""Bytes; texts up to here are stored inside the row, where they compress well."""


class Kind(Enum):
    """What a column holds."""

    TEXT = "text"
    WHOLE = "whole number"
    REAL = "number"
    FLAG = "yes or no"


_NUMPY: dict[Kind, npt.DTypeLike] = {
    Kind.WHOLE: np.dtype("<i8"),
    Kind.REAL: np.dtype("<f8"),
    Kind.FLAG: np.dtype(np.bool_),
}


@dataclass(frozen=True)
class Column:
    """One field of a table.

    Args:
        name: In the field's terms, with its unit.
        kind: What it holds.
        shape: Of an array in each row; empty for a single value.
        missing: What files hold that were written before there was such a column; None where
            every file has it.
    """

    name: str
    kind: Kind = Kind.TEXT
    shape: tuple[int, ...] = ()
    missing: str | None = None


@dataclass(frozen=True)
class Table:
    """One dataset.

    Args:
        path: In the file.
        meaning: One sentence, kept as the dataset's attribute.
        columns: In order.
        may_be_missing: Whether files were written before there was such a table; it is empty
            then.
    """

    path: str
    meaning: str
    columns: tuple[Column, ...]
    may_be_missing: bool = False


def write_table(file: h5py.File, table: Table, rows: Sequence[Row]) -> None:
    """Writes rows, whose values stand in the order of the table's columns."""
    values = list(zip(*rows, strict=True)) if rows else [()] * len(table.columns)
    encoded = [_encoded(column, cells) for column, cells in zip(table.columns, values, strict=True)]
    dtype = np.dtype(
        [(column.name, *kind) for column, (kind, _) in zip(table.columns, encoded, strict=True)]
    )
    array = np.zeros(len(rows), dtype)
    for column, (_, cells) in zip(table.columns, encoded, strict=True):
        array[column.name] = cells
    packing = {"compression": "gzip", "compression_opts": 4, "shuffle": True} if rows else {}
    dataset = file.create_dataset(table.path, data=array, dtype=dtype, **packing)
    dataset.attrs["meaning"] = table.meaning


def _encoded(column: Column, cells: Sequence[Any]) -> tuple[tuple[Any, ...], npt.NDArray[Any]]:
    """The dtype of a column (with its shape, if any) and its values as an array."""
    if column.kind is not Kind.TEXT:
        kind = np.dtype(_NUMPY[column.kind])
        return (kind, column.shape), np.asarray(cells, kind).reshape(len(cells), *column.shape)
    texts = [text.encode() for text in cells]
    length = max((len(text) for text in texts), default=0)
    if length > _LONGEST_FIXED_TEXT:
        return (h5py.string_dtype("utf-8"),), np.array(texts, dtype=object)
    kind = h5py.string_dtype("utf-8", max(length, 1))
    return (kind,), np.array(texts, dtype=f"S{max(length, 1)}")


def read_table(file: h5py.File, table: Table) -> Iterator[Row]:
    """The rows of a table, as they were written.

    Raises:
        KeyError: If the file has no such table or column.
    """
    if table.may_be_missing and table.path not in file:
        return iter(())
    array = file[table.path][()]
    return zip(*(_column(column, array) for column in table.columns), strict=True)


def _column(column: Column, array: npt.NDArray[Any]) -> list[Any]:
    if column.missing is not None and column.name not in (array.dtype.names or ()):
        return [column.missing] * len(array)
    return _decoded(column, array[column.name])


def _decoded(column: Column, cells: npt.NDArray[Any]) -> list[Any]:
    plain: list[Any] = cells.tolist()
    if column.kind is not Kind.TEXT:
        return plain
    # Most texts recur in thousands of rows: one string each, not one a row.
    known: dict[bytes, str] = {}
    return [known.get(text) or known.setdefault(text, text.decode()) for text in plain]
