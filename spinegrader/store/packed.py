"""Records of a project as the arrays of project.h5, unpacked group by group."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from spinegrader.domain.grouped import GroupedRecords
from spinegrader.errors import ProjectError, SpineGraderError
from spinegrader.store.tables import Row, Rows, Table, choices_of, joined, packed, texts_of

K = TypeVar("K")
V = TypeVar("V")
_Words: TypeAlias = npt.NDArray[Any] | None


class GroupedRows:
    """The rows of one table, in which those of a group stand together.

    Args:
        table: The table.
        rows: Its rows.
        column: Names the group of each row.

    Raises:
        ValueError: If the rows of a group don't stand together.
    """

    def __init__(self, table: Table, rows: Rows, column: str) -> None:
        self.table = table
        self.rows = rows
        names = rows[column]
        starts = np.flatnonzero(names[1:] != names[:-1]) + 1 if len(rows) else np.zeros(0, int)
        starts = np.concatenate([[0], starts]) if len(rows) else starts
        ends = [*starts[1:].tolist(), len(rows)]
        groups = [name.decode() for name in names[starts].tolist()]
        self._spans = dict(zip(groups, zip(starts.tolist(), ends, strict=True), strict=False))
        if len(self._spans) != len(groups):
            raise ValueError(f"The rows of {table.path} don't stand together.")

    def groups(self) -> Iterable[str]:
        """All groups, in the order of the rows."""
        return self._spans.keys()

    def has(self, group: str) -> bool:
        """Whether a group has rows."""
        return group in self._spans

    def of(self, group: str) -> Rows:
        """The rows of a group; none where there is no such group."""
        start, end = self._spans.get(group, (0, 0))
        return self.rows[start:end]

    def of_groups(self, groups: Sequence[str]) -> Rows:
        """The rows of several groups, in the order of the table."""
        chosen = np.zeros(len(self.rows), np.bool_)
        for group in groups:
            start, end = self._spans.get(group, (0, 0))
            chosen[start:end] = True
        return self.rows if chosen.all() else self.rows[chosen]

    def columns_of(self, groups: Sequence[str], *columns: str) -> list[npt.NDArray[Any]]:
        """Some columns of the rows of several groups, group by group.

        Returns:
            The cells of each column; then, for each row, the place of its group in ``groups``.
        """
        spans = np.array([self._spans.get(group, (0, 0)) for group in groups], int).reshape(-1, 2)
        lengths = spans[:, 1] - spans[:, 0]
        owners = np.repeat(np.arange(len(groups)), lengths)
        ends = np.cumsum(lengths)
        places = np.arange(len(owners)) + np.repeat(spans[:, 0] - (ends - lengths), lengths)
        return [*(self.rows[column][places] for column in columns), owners]

    def holds_the_same(self, other: "GroupedRows", group: str) -> bool:
        """Whether both have equal rows of a group, however wide their texts are."""
        ours, theirs = self.of(group), other.of(group)
        return len(ours) == len(theirs) and all(
            _is_equal(ours[column.name], theirs[column.name], *words)
            for column, words in zip(
                self.table.columns, zip(self._words, other._words, strict=True), strict=True
            )
        )

    @cached_property
    def _words(self) -> list[_Words]:
        """By column, what the numbers of its choices mean; None for other columns."""
        found = (choices_of(self.rows.dtype[column.name]) for column in self.table.columns)
        return [None if words is None else np.array(words, dtype=object) for words in found]


def _is_equal(
    ours: npt.NDArray[Any], theirs: npt.NDArray[Any], our_words: _Words, their_words: _Words
) -> bool:
    if our_words is not None and their_words is not None:
        return np.array_equal(our_words[ours], their_words[theirs])
    if ours.dtype.kind == theirs.dtype.kind == "f":
        # Bytes, since NaN differs from itself.
        return ours.tobytes() == theirs.tobytes()
    if ours.dtype.kind != theirs.dtype.kind:
        return texts_of(ours) == texts_of(theirs)
    return np.array_equal(ours, theirs)


@dataclass(frozen=True, eq=False)
class PackedRecords(Generic[K, V]):
    """Records that lie in one or several tables; a ``domain.grouped.Packed``.

    Args:
        tables: The main one first; what belongs to its records beside it.
        decode: Makes the records of a group.
        key: Column of the main table that names each record, where the group can't be told
            from a record's key.
        is_row_each: Whether each row of the main table is a record.
    """

    tables: tuple[GroupedRows, ...]
    decode: Callable[[str], dict[K, V]]
    key: str = ""
    is_row_each: bool = True

    def groups(self) -> Iterable[str]:
        """All groups that have records."""
        return self.tables[0].groups()

    def has(self, group: str) -> bool:
        """Whether a group has records."""
        return self.tables[0].has(group)

    def unpack(self, group: str) -> dict[K, V]:
        """The records of a group; empty where there are none.

        Raises:
            ProjectError: If they contradict the rules of the domain.
        """
        if not len(self.tables[0].of(group)):
            return {}
        try:
            return self.decode(group)
        except (KeyError, ValueError, TypeError, SpineGraderError) as error:
            raise ProjectError(
                f"Rows of {self.tables[0].table.path} in project.h5 can't be understood. Mend the "
                "project with “spinegrader check --repair”."
            ) from error

    def count(self, group: str) -> int:
        """How many records a group has."""
        return len(self.tables[0].of(group)) if self.is_row_each else len(self.unpack(group))

    def group_of(self, key: K) -> str | None:
        """The group of a record; None where there is no such record."""
        order, keys, groups = self._index
        text = str(key).encode()
        place = int(np.searchsorted(keys, text))
        if place == len(keys) or keys[place] != text:
            return None
        name: bytes = groups[order[place]]
        return name.decode()

    @cached_property
    def _index(self) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
        """Rows in the order of their keys, the keys, and the group of each row."""
        main = self.tables[0]
        keys = main.rows[self.key].astype("S")
        order = np.argsort(keys, kind="stable")
        groups = np.repeat(
            np.array([name.encode() for name in main.groups()], "S"),
            [len(main.of(name)) for name in main.groups()],
        )
        return order, keys[order], groups

    def holds_the_same(self, other: object, group: str) -> bool:
        """Whether another one's rows of a group are equal in all tables."""
        return (
            isinstance(other, PackedRecords)
            and len(self.tables) == len(other.tables)
            and all(
                ours.holds_the_same(theirs, group)
                for ours, theirs in zip(self.tables, other.tables, strict=True)
            )
        )


def rows_to_write(
    table: Table,
    records: GroupedRecords[K, V],
    rows_of: Callable[[Mapping[K, V]], Iterator[Row]],
) -> Rows:
    """All rows of a table: packed ones as they are, those of unpacked groups made anew.

    Args:
        table: The table.
        records: What it holds.
        rows_of: Makes the rows of the records of a group.
    """
    parts: list[Rows] = []
    if isinstance(records.packed, PackedRecords):
        base = next(item for item in records.packed.tables if item.table.path == table.path)
        parts.append(base.of_groups(records.packed_groups()))
    made = [row for group in records.unpacked_groups().values() for row in rows_of(group)]
    if made or not parts:
        parts.append(packed(table, made))
    return joined(table, parts)
