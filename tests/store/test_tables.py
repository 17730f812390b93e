"""Tables keep every value, whatever the number and length of their texts."""

import io
import math

import h5py
import numpy as np
import pytest

from spinegrader.store.packed import GroupedRows
from spinegrader.store.tables import (
    Column,
    Kind,
    Table,
    choices_of,
    joined,
    packed,
    read_rows,
    read_table,
    unpacked,
    write_rows,
)

TABLE = Table(
    "things",
    "Things.",
    (
        Column("study"),
        Column("reader", Kind.CHOICE),
        Column("number", Kind.WHOLE),
        Column("size_mm", Kind.REAL, (2,)),
        Column("outline_mm", Kind.REAL, (-1, 3)),
        Column("seen", Kind.FLAG),
    ),
)


def row(study="1.2", reader="Dr. Ümit", number=3, points=1, seen=True):
    return (study, reader, number, [0.1, 1 / 3], np.full((points, 3), 0.7), seen)


def through_a_file(*parts):
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        write_rows(file, TABLE, joined(TABLE, [packed(TABLE, rows) for rows in parts]))
    with h5py.File(content, "r") as file:
        return list(read_table(file, TABLE)), read_rows(file, TABLE)


def test_every_kind_of_value_comes_back():
    ((study, reader, number, size, outline, seen),), _ = through_a_file([row()])
    assert (study, reader, number, seen) == ("1.2", "Dr. Ümit", 3, True)
    assert size == [0.1, 1 / 3]
    assert outline == [[0.7, 0.7, 0.7]]


def test_no_rows_at_all():
    assert through_a_file([])[0] == []
    assert through_a_file([], [])[0] == []
    assert [item[1] for item in through_a_file([], [row()])[0]] == ["Dr. Ümit"]


def test_shorter_outlines_end_in_nan():
    rows, _ = through_a_file([row(points=2)], [row(points=3)])
    assert math.isnan(rows[0][4][2][0])
    assert rows[0][4][1] == [0.7, 0.7, 0.7]
    assert rows[1][4][2] == [0.7, 0.7, 0.7]


@pytest.mark.parametrize("name", ["", "-", "x" * 300, "\u03a9" * 100])
def test_any_choice_comes_back(name):
    rows, _ = through_a_file([row(reader=name), row(reader="other")], [row(reader=name)])
    assert [item[1] for item in rows] == [name, "other", name]


def test_choices_of_several_parts_share_one_list_of_words():
    rows, array = through_a_file([row(reader="a"), row(reader="b")], [row(reader="c")], [row()])
    assert [item[1] for item in rows] == ["a", "b", "c", "Dr. Ümit"]
    assert choices_of(array.dtype["reader"]) == ["a", "b", "c", "Dr. Ümit"]


def test_too_many_choices_become_texts():
    readers = [f"reader {number}" for number in range(2000)]
    rows, array = through_a_file(
        [row(reader=name) for name in readers[:1200]], [row(reader=name) for name in readers[1200:]]
    )
    assert [item[1] for item in rows] == readers
    assert choices_of(array.dtype["reader"]) is None


def test_texts_of_any_length_in_any_part():
    long = "\u00e4" * 400
    rows, _ = through_a_file([row(study="1")], [row(study=long)], [row(study="22")])
    assert [item[0] for item in rows] == ["1", long, "22"]


def test_a_missing_column_is_named():
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file["things"] = np.zeros(2, [("study", "S3")])
        with pytest.raises(KeyError, match="things has no"):
            read_rows(file, TABLE)


def test_rows_are_found_by_group():
    array = packed(TABLE, [row("b"), row("b", number=4), row("a", number=5)])
    grouped = GroupedRows(TABLE, array, "study")
    assert list(grouped.groups()) == ["b", "a"]
    assert [item[2] for item in unpacked(TABLE, grouped.of("b"))] == [3, 4]
    assert len(grouped.of("c")) == 0
    assert [item[2] for item in unpacked(TABLE, grouped.of_groups(["a"]))] == [5]
    assert grouped.of_groups(["a", "b"]) is array


def test_scattered_groups_are_refused():
    array = packed(TABLE, [row("b"), row("a"), row("b")])
    with pytest.raises(ValueError, match="stand together"):
        GroupedRows(TABLE, array, "study")


def grouped(*parts):
    return GroupedRows(TABLE, joined(TABLE, [packed(TABLE, rows) for rows in parts]), "study")


def test_equal_rows_are_equal_however_wide_and_coded():
    ours = grouped([row("a", "Dr. Abel")], [row("b", "Dr. Berg")])
    theirs = grouped([row("b", "Dr. Berg")], [row("a", "Dr. Abel"), row("long" * 20)])
    assert ours.holds_the_same(theirs, "a")
    assert ours.holds_the_same(theirs, "b")
    coded_as_text = grouped([row("a", "Dr. Abel"), *(row("b", f"r{n}") for n in range(700))])
    assert ours.holds_the_same(coded_as_text, "a")
    assert coded_as_text.holds_the_same(ours, "a")


@pytest.mark.parametrize(
    "other",
    [
        [],
        [row("a"), row("a")],
        [row("a", "somebody else")],
        [row("a", number=4)],
        [row("a", seen=False)],
        [row("a", points=2)],
    ],
)
def test_any_difference_is_noticed(other):
    assert not grouped([row("a")]).holds_the_same(grouped(other), "a")
