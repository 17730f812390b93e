"""Records that may lie packed, group by group, until somebody asks for one.

A project holds half a million grades, and a reader looks at those of one study. So a group (the
records of a study, say) is unpacked when it is asked for or changed, and kept from then on.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Generic, Protocol, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Packed(Protocol[K, V]):
    """Records as they lie on the disk; never changed."""

    def groups(self) -> Iterable[str]:
        """All groups that have records."""
        ...

    def has(self, group: str) -> bool:
        """Whether a group has records."""
        ...

    def unpack(self, group: str) -> dict[K, V]:
        """The records of a group; empty where there are none."""
        ...

    def group_of(self, key: K) -> str | None:
        """The group of a record by its key; None where there is no such record.

        Only asked where the key itself doesn't tell.
        """
        ...

    def count(self, group: str) -> int:
        """How many records a group has."""
        ...

    def holds_the_same(self, other: object, group: str) -> bool:
        """Whether another one's group is known to be equal without unpacking both."""
        ...


class GroupedRecords(Mapping[K, V], Generic[K, V]):
    """A mapping whose records lie packed in groups until they are needed.

    Args:
        packed: Those that are there already.
        told_by_key: The group of a record, where its key tells.
        told_by_record: The group of a record, where only the record tells.
    """

    def __init__(
        self,
        packed: "Packed[K, V] | None" = None,
        *,
        told_by_key: Callable[[K], str] | None = None,
        told_by_record: Callable[[V], str] = str,
    ) -> None:
        self._told_by_record = told_by_record
        self._told_by_key = told_by_key
        self.packed = packed
        self._unpacked: dict[str, dict[K, V]] = {}
        self._group_of_new: dict[K, str] = {}

    # -- groups -----------------------------------------------------------------------------

    def group(self, name: str) -> Mapping[K, V]:
        """The records of one group; empty where there are none."""
        return self._open(name)

    def glance(self, name: str) -> Mapping[K, V]:
        """The records of one group, not kept where they lie packed: for walks over all groups."""
        found = self._unpacked.get(name)
        return self._packed_group(name) if found is None else found

    def has(self, name: str) -> bool:
        """Whether a group has records; it stays packed."""
        found = self._unpacked.get(name)
        if found is None:
            return self.packed is not None and self.packed.has(name)
        return bool(found)

    def groups(self) -> Iterator[str]:
        """The groups that have records."""
        yield from self.packed_groups()
        yield from (name for name, records in self._unpacked.items() if records)

    def packed_groups(self) -> list[str]:
        """The groups that nobody has asked for yet."""
        there = () if self.packed is None else self.packed.groups()
        return [name for name in there if name not in self._unpacked]

    def unpacked_groups(self) -> Mapping[str, Mapping[K, V]]:
        """The groups that somebody has asked for or changed."""
        return self._unpacked

    def _open(self, name: str) -> dict[K, V]:
        found = self._unpacked.get(name)
        if found is None:
            found = self._packed_group(name)
            if found:
                self._unpacked[name] = found
        return found

    def _packed_group(self, name: str) -> dict[K, V]:
        return {} if self.packed is None else self.packed.unpack(name)

    # -- single records -----------------------------------------------------------------------

    def put(self, key: K, value: V) -> None:
        """Adds a record, or replaces it; it may move to another group."""
        if self._told_by_key is not None:
            group = self._told_by_key(key)
        else:
            group, before = self._told_by_record(value), self._where(key)
            if before is not None and before != group:
                del self._open(before)[key]
            self._group_of_new[key] = group
        records = self._open(group)
        records[key] = value
        self._unpacked[group] = records

    def __getitem__(self, key: K) -> V:
        if self._told_by_key is not None:
            return self._open(self._told_by_key(key))[key]
        group = self._where(key)
        if group is None:
            raise KeyError(key)
        return self._open(group)[key]

    def _where(self, key: K) -> str | None:
        group = self._group_of_new.get(key)
        if group is None and self.packed is not None:
            group = self.packed.group_of(key)
        return group

    def __iter__(self) -> Iterator[K]:
        for name in list(self.groups()):
            yield from tuple(self._open(name))

    def __len__(self) -> int:
        unpacked = sum(len(records) for records in self._unpacked.values())
        if self.packed is None:
            return unpacked
        return unpacked + sum(map(self.packed.count, self.packed_groups()))

    def __bool__(self) -> bool:
        return next(self.groups(), None) is not None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, GroupedRecords):
            return dict(self) == other
        groups = set(self.groups())
        if groups != set(other.groups()):
            return False
        return all(self._is_equal(other, name) for name in groups)

    def _is_equal(self, other: "GroupedRecords[Any, Any]", name: str) -> bool:
        is_packed = name not in self._unpacked and name not in other._unpacked
        if is_packed and self.packed is not None and self.packed.holds_the_same(other.packed, name):
            return True
        return self.group(name) == other.group(name)

    __hash__ = None  # type: ignore[assignment]
