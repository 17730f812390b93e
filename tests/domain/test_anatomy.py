import pytest

from spinegrader.domain.anatomy import (
    STANDARD_DISCS,
    DiscLevel,
    VertebraLevel,
    levels_between,
    shifted,
)
from spinegrader.errors import InvalidEditError


def test_discs_are_named_by_their_neighbours():
    assert [str(disc) for disc in STANDARD_DISCS] == [
        "T12/L1",
        "L1/L2",
        "L2/L3",
        "L3/L4",
        "L4/L5",
        "L5/S1",
    ]
    assert DiscLevel.parse(" l4/l5 ") == DiscLevel(VertebraLevel.L4, VertebraLevel.L5)


@pytest.mark.parametrize("name", ["", "L4", "L5/L4", "L4/L4", "L7/S1", "L4/L5/S1", "X1/X2"])
def test_what_is_no_disc_is_refused(name):
    with pytest.raises(InvalidEditError):
        DiscLevel.parse(name)


def test_levels_between_leave_transitional_ones_out_unless_asked_for():
    between = levels_between(VertebraLevel.T12, VertebraLevel.S1)
    assert [str(level) for level in between] == ["T12", "L1", "L2", "L3", "L4", "L5", "S1"]
    assert VertebraLevel.L6 in levels_between(VertebraLevel.L4, VertebraLevel.L6)
    with pytest.raises(InvalidEditError, match="upper one first"):
        levels_between(VertebraLevel.S1, VertebraLevel.L1)


def test_shifting_stays_among_known_levels():
    assert shifted(VertebraLevel.L5, 1) is VertebraLevel.S1
    assert shifted(VertebraLevel.L1, -1) is VertebraLevel.T12
    with pytest.raises(InvalidEditError):
        shifted(VertebraLevel.S2, 1)
    with pytest.raises(InvalidEditError, match="transitional"):
        shifted(VertebraLevel.L6, 1)
