"""Tables in HDF5: one compound dataset each, described once, written and read as rows.

A column of choices (gradings, readers) is an HDF5 enumeration: every HDF5 program shows the
words, and a row holds a small number.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

import h5py
import numpy as np
import numpy.typing as npt

Row: TypeAlias = tuple[Any, ...]
Rows: TypeAlias = npt.NDArray[Any]
"""A structured array; its dtype tells the words behind choices."""

_LONGEST_FIXED_TEXT = 256
"""Bytes; texts up to here are stored inside the row, where they compress well."""

_MOST_CHOICES = 512
_MOST_CHOICE_BYTES = 16_384
"""HDF5 keeps the words in the header of a dataset, which can't be larger than 64 kB."""


class Kind(Enum):
    """What a column holds."""

    TEXT = "text"
    CHOICE = "one of few texts"
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
        shape: Of an array in each row; empty for a single value. A -1 stands for as many as the
            longest row needs; shorter ones end in NaN.
    """

    name: str
    kind: Kind = Kind.TEXT
    shape: tuple[int, ...] = ()


@dataclass(frozen=True)
class Table:
    """One dataset.

    Args:
        path: In the file.
        meaning: One sentence, kept as the dataset's attribute.
        columns: In order.
    """

    path: str
    meaning: str
    columns: tuple[Column, ...]


# -- writing --------------------------------------------------------------------------------


def packed(table: Table, rows: Sequence[Row]) -> Rows:
    """Rows, whose values stand in the order of the table's columns, as an array."""
    cells = list(zip(*rows, strict=True)) if rows else [()] * len(table.columns)
    pairs = zip(table.columns, cells, strict=True)
    encoded = [_encoded(column, values) for column, values in pairs]
    return _assembled(table, encoded)


def joined(table: Table, parts: Sequence[Rows]) -> Rows:
    """The rows of several arrays of one table, whose texts and choices may differ."""
    if len(parts) == 1:
        return parts[0]
    encoded = [
        _joined_column(column, [part[column.name] for part in parts]) for column in table.columns
    ]
    return _assembled(table, encoded)


def write_rows(file: h5py.File, table: Table, rows: Rows) -> None:
    """Writes a table."""
    packing = {"compression": "gzip", "compression_opts": 4, "shuffle": True} if len(rows) else {}
    dataset = file.create_dataset(table.path, data=rows, dtype=rows.dtype, **packing)
    dataset.attrs["meaning"] = table.meaning


def write_table(file: h5py.File, table: Table, rows: Sequence[Row]) -> None:
    """Writes rows, whose values stand in the order of the table's columns."""
    write_rows(file, table, packed(table, rows))


_Encoded: TypeAlias = tuple[np.dtype[Any], tuple[int, ...], npt.NDArray[Any]]
"""The dtype of a column, the shape of one cell, and the cells."""


def _assembled(table: Table, encoded: Sequence[_Encoded]) -> Rows:
    fields = [
        (column.name, dtype, shape)
        for column, (dtype, shape, _) in zip(table.columns, encoded, strict=True)
    ]
    rows = np.zeros(len(encoded[0][2]), np.dtype(fields))
    for column, (_, _, cells) in zip(table.columns, encoded, strict=True):
        rows[column.name] = cells
    return rows


def _encoded(column: Column, cells: Sequence[Any]) -> _Encoded:
    if column.kind is Kind.TEXT:
        return _encoded_texts([text.encode() for text in cells])
    if column.kind is Kind.CHOICE:
        words = dict.fromkeys(cells)
        if not _fits(words):
            return _encoded_texts([text.encode() for text in cells])
        numbers = {word: number for number, word in enumerate(words)}
        codes = np.array([numbers[text] for text in cells], np.int16)
        return _choice_dtype(list(words)), (), codes
    kind = np.dtype(_NUMPY[column.kind])
    if -1 not in column.shape:
        return kind, column.shape, np.asarray(cells, kind).reshape(len(cells), *column.shape)
    return _padded(column, kind, [np.asarray(cell, kind) for cell in cells])


def _padded(column: Column, kind: np.dtype[Any], cells: Sequence[npt.NDArray[Any]]) -> _Encoded:
    """Cells of unequal length as one array that ends in NaN."""
    shape = (max((len(cell) for cell in cells), default=0) or 1, *column.shape[1:])
    array = np.full((len(cells), *shape), np.nan, kind)
    for row, cell in zip(array, cells, strict=True):
        row[: len(cell)] = cell
    return kind, shape, array


def _encoded_texts(texts: Sequence[bytes]) -> _Encoded:
    length = max((len(text) for text in texts), default=0)
    if length > _LONGEST_FIXED_TEXT:
        return h5py.string_dtype("utf-8"), (), np.array(texts, dtype=object)
    return _text_dtype(length), (), np.array(texts, dtype=f"S{max(length, 1)}")


def _text_dtype(length: int) -> np.dtype[Any]:
    dtype: np.dtype[Any] = h5py.string_dtype("utf-8", max(length, 1))
    return dtype


def _choice_dtype(words: Sequence[str]) -> np.dtype[Any]:
    # HDF5 knows no enumeration without members, and none with an empty name.
    names = {word or "-": number for number, word in enumerate(words)}
    dtype: np.dtype[Any] = h5py.enum_dtype(names or {"-": 0}, basetype=np.int16)
    return dtype


def _fits(words: dict[str, None]) -> bool:
    size = sum(len(word.encode()) + 8 for word in words)
    return len(words) <= _MOST_CHOICES and size <= _MOST_CHOICE_BYTES and "-" not in words


def _joined_column(column: Column, parts: Sequence[npt.NDArray[Any]]) -> _Encoded:
    if column.kind is Kind.CHOICE:
        return _joined_choices(parts)
    if column.kind is Kind.TEXT:
        if any(part.dtype.kind == "O" for part in parts):
            return _encoded_texts([text for part in parts for text in part.tolist()])
        cells = np.concatenate([part.astype(f"S{part.dtype.itemsize}") for part in parts])
        return _text_dtype(cells.dtype.itemsize), (), cells
    if -1 in column.shape:
        kind = np.dtype(_NUMPY[column.kind])
        return _padded(column, kind, [cell for part in parts for cell in part])
    cells = np.concatenate(parts)
    return cells.dtype, cells.shape[1:], cells


def _joined_choices(parts: Sequence[npt.NDArray[Any]]) -> _Encoded:
    vocabularies = [choices_of(part.dtype) for part in parts]
    words = dict.fromkeys(word for known in vocabularies for word in known or ())
    if None in vocabularies or not _fits(words):
        return _encoded_texts([text.encode() for part in parts for text in texts_of(part)])
    numbers = {word: number for number, word in enumerate(words)}
    codes = [
        np.array([numbers[word] for word in known or ()] or [0], np.int16)[part.astype(np.int16)]
        for part, known in zip(parts, vocabularies, strict=True)
    ]
    return _choice_dtype(list(words)), (), np.concatenate(codes)


# -- reading --------------------------------------------------------------------------------


def read_rows(file: h5py.File, table: Table) -> Rows:
    """A table as it lies in the file.

    Raises:
        KeyError: If the file has no such table or column.
    """
    rows: Rows = file[table.path][()]
    missing = {column.name for column in table.columns} - set(rows.dtype.names or ())
    if missing:
        raise KeyError(f"{table.path} has no {missing.pop()}")
    return rows


def read_table(file: h5py.File, table: Table) -> Iterator[Row]:
    """The rows of a table, as they were written.

    Raises:
        KeyError: If the file has no such table or column.
    """
    return unpacked(table, read_rows(file, table))


def unpacked(table: Table, rows: Rows) -> Iterator[Row]:
    """Values of rows in the order of the table's columns."""
    return zip(*(_decoded(column, rows[column.name]) for column in table.columns), strict=True)


def _decoded(column: Column, cells: npt.NDArray[Any]) -> list[Any]:
    if column.kind in (Kind.TEXT, Kind.CHOICE):
        return texts_of(cells)
    plain: list[Any] = cells.tolist()
    return plain


def texts_of(cells: npt.NDArray[Any]) -> list[str]:
    """Texts or choices as str."""
    words = choices_of(cells.dtype)
    if words is not None:
        return [words[number] for number in cells.tolist()]
    # Most texts recur in thousands of rows: one string each, not one a row.
    known: dict[bytes, str] = {}
    return [known.get(text) or known.setdefault(text, text.decode()) for text in cells.tolist()]


def choices_of(dtype: np.dtype[Any]) -> list[str] | None:
    """The words behind the numbers of a column of choices; None for texts."""
    numbers = h5py.check_enum_dtype(dtype)
    if numbers is None:
        return None
    words = sorted(numbers, key=numbers.__getitem__)
    return ["" if word == "-" else word for word in words]
