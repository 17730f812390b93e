"""Records that lie packed behave like any mapping, and only what is asked for is unpacked."""

from collections.abc import Iterable

from spinegrader.domain.grouped import GroupedRecords


class Drawer:
    """Words packed by their first letter; counts what is unpacked."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = list(words)
        self.unpacked: list[str] = []

    def groups(self) -> Iterable[str]:
        return dict.fromkeys(word[0] for word in self.words)

    def unpack(self, group: str) -> dict[str, int]:
        self.unpacked.append(group)
        return {word: len(word) for word in self.words if word[0] == group}

    def count(self, group: str) -> int:
        return sum(word[0] == group for word in self.words)

    def group_of(self, key: str) -> str | None:
        return key[0] if key in self.words else None

    def holds_the_same(self, other: object, group: str) -> bool:
        mine = [word for word in self.words if word[0] == group]
        return isinstance(other, Drawer) and mine == [w for w in other.words if w[0] == group]


def records(*words: str) -> GroupedRecords[str, int]:
    return GroupedRecords(Drawer(words), told_by_key=lambda word: word[0])


def filled(*words: str) -> GroupedRecords[str, int]:
    made: GroupedRecords[str, int] = GroupedRecords(told_by_key=lambda word: word[0])
    for word in words:
        made.put(word, len(word))
    return made


def test_only_the_group_of_a_record_is_unpacked_and_only_once():
    known = records("disc", "dens", "body")
    assert known["disc"] == 4
    assert known["dens"] == 4
    assert known.get("dural") is None
    assert known.packed.unpacked == ["d"]
    assert known.packed_groups() == ["b"]


def test_a_glance_keeps_nothing():
    known = records("disc", "body")
    assert dict(known.glance("d")) == {"disc": 4}
    assert known.packed_groups() == ["d", "b"]


def test_it_counts_without_unpacking():
    known = records("disc", "dens", "body")
    assert len(known) == 3
    assert bool(known)
    assert known.packed.unpacked == []
    known.put("facet", 5)
    known.put("disc", 9)
    assert len(known) == 4
    assert not records()
    assert len(records()) == 0


def test_changes_stand_beside_what_is_packed():
    known = records("disc", "body")
    known.put("disc", 7)
    known.put("canal", 5)
    assert dict(known) == {"disc": 7, "body": 4, "canal": 5}
    assert "canal" in known
    assert "cord" not in known


def test_equal_whether_packed_or_not():
    assert records("disc", "body") == records("disc", "body")
    assert records("disc", "body") == filled("body", "disc")
    assert filled("body", "disc") == records("disc", "body")
    assert records("disc", "body") != filled("disc")
    assert records("disc") != filled("disc", "body")
    assert records("disc") == {"disc": 4}
    changed = records("disc", "body")
    changed.put("disc", 5)
    assert changed != records("disc", "body")


def test_equal_packed_records_are_compared_without_unpacking():
    one, other = records("disc", "body"), records("disc", "body")
    assert one == other
    assert one.packed.unpacked == other.packed.unpacked == []


def test_a_record_can_move_to_another_group():
    known: GroupedRecords[str, str] = GroupedRecords(told_by_record=str)
    known.put("series", "first study")
    known.put("series", "second study")
    assert dict(known) == {"series": "second study"}
    assert list(known.groups()) == ["second study"]
    assert dict(known.group("first study")) == {}
