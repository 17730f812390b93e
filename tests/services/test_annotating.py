import numpy as np
import pytest

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.edits import Changes
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.numbering import Absence, CountingBasis, Numbering, Reach, Transition
from spinegrader.domain.vertebrae import Disc
from spinegrader.errors import InvalidEditError
from spinegrader.services import annotating
from spinegrader.services.session import Session
from tests.services.conftest import GEOMETRY, column

SERIES = "1.2.11.1"
L3, L4, L5 = (VertebraLevel(name) for name in ("L3", "L4", "L5"))
L4_L5 = DiscLevel(L4, L5)


def levels(session):
    return [item.level.value for item in session.state.overlay(SERIES).vertebrae]


def outline(level=L4_L5):
    return Disc(level, ((0.0, 0.0, -30.0), (0.0, 30.0, -31.0), (0.0, 15.0, -40.0)))


def undone_and_redone(session, title):
    """Undo by its title gives back what was there, redo what was made."""
    after = session.state.overlay(SERIES)
    assert session.undo_title == title
    session.undo()
    assert session.state.overlay(SERIES) == column(SERIES)
    session.redo()
    return session.state.overlay(SERIES) == after


def test_one_vertebra_gets_another_name_and_those_below_are_counted_on(overlaid):
    annotating.renumber(overlaid, SERIES, L5, VertebraLevel.L6, Reach.ONLY)
    assert levels(overlaid) == ["T12", "L1", "L2", "L3", "L4", "L6", "S1"]
    overlaid.undo()
    annotating.renumber(overlaid, SERIES, L5, L4, Reach.ALL)
    assert levels(overlaid) == ["T11", "T12", "L1", "L2", "L3", "L4", "L5"]
    assert undone_and_redone(overlaid, "Rename L5 to L4")
    with pytest.raises(InvalidEditError, match="one name"):
        annotating.renumber(overlaid, SERIES, L4, L3, Reach.ONLY)


def test_an_absent_vertebra_makes_those_beside_it_neighbours(overlaid):
    annotating.mark_missing(overlaid, SERIES, L5, Absence.ABSENT)
    overlay = overlaid.state.overlay(SERIES)
    assert [str(disc.level) for disc in overlay.discs][-1] == "L4/S1"
    assert undone_and_redone(overlaid, "Mark L5 as absent")
    annotating.mark_missing(overlaid, SERIES, L5, None)
    assert overlaid.undo_title == "Unmark L5"
    assert overlaid.state.overlay(SERIES).missing == ()


def test_a_vertebra_out_of_view_leaves_no_disc(overlaid):
    annotating.mark_missing(overlaid, SERIES, L5, Absence.OUT_OF_VIEW)
    discs = [str(disc.level) for disc in overlaid.state.overlay(SERIES).discs]
    assert discs == ["T12/L1", "L1/L2", "L2/L3", "L3/L4"]


def test_what_levels_were_counted_from_is_kept(overlaid):
    annotating.set_numbering(overlaid, SERIES, Numbering(CountingBasis.C2, Transition.LUMBARISED))
    said = overlaid.state.overlay(SERIES).numbering
    assert said == Numbering(CountingBasis.C2, Transition.LUMBARISED)
    assert undone_and_redone(overlaid, "State numbering of levels")
    assert annotating.set_numbering(overlaid, SERIES, said) == Changes()


def test_a_drawn_disc_stays_when_its_vertebra_moves_and_follows_again_when_asked(overlaid):
    derived = overlaid.state.overlay(SERIES).disc(L4_L5)
    annotating.edit_disc(overlaid, SERIES, outline())
    assert undone_and_redone(overlaid, "Draw L4/L5")
    moved = overlaid.state.overlay(SERIES).vertebra(L4).moved((0.0, 3.0, -1.0))
    annotating.replace_vertebra(overlaid, SERIES, moved)
    assert overlaid.undo_title == "Move L4"
    overlay = overlaid.state.overlay(SERIES)
    assert overlay.disc(L4_L5) == outline()
    assert overlay.disc(DiscLevel(L3, L4)) != column(SERIES).disc(DiscLevel(L3, L4))
    annotating.follow_again(overlaid, SERIES, L4_L5)
    assert overlaid.undo_title == "Let L4/L5 follow its vertebrae"
    assert overlaid.state.overlay(SERIES).disc(L4_L5) not in (outline(), derived)
    assert annotating.follow_again(overlaid, SERIES, L4_L5) == Changes()


def test_a_drawn_disc_bears_the_new_names(overlaid):
    annotating.edit_disc(overlaid, SERIES, outline())
    annotating.shift_levels(overlaid, SERIES, -1)
    (disc,) = overlaid.state.overlay(SERIES).edited_discs
    assert str(disc.level) == "L3/L4"


def test_a_disc_is_only_drawn_between_neighbours(overlaid):
    for level in (DiscLevel(L3, L5), DiscLevel(VertebraLevel.S1, VertebraLevel.S2)):
        with pytest.raises(InvalidEditError):
            annotating.edit_disc(overlaid, SERIES, outline(level))
    with pytest.raises(InvalidEditError, match="three places"):
        annotating.edit_disc(overlaid, SERIES, Disc(L4_L5, outline().outline_mm[:2]))


def test_what_a_reader_said_is_there_after_reopening(overlaid):
    annotating.edit_disc(overlaid, SERIES, outline())
    annotating.mark_missing(overlaid, SERIES, VertebraLevel.T11, Absence.OUT_OF_VIEW)
    annotating.set_numbering(overlaid, SERIES, Numbering(CountingBasis.RIBS))
    said, folder = overlaid.state.overlay(SERIES), overlaid.store.folder
    overlaid.close()
    again = Session.open(folder, "A")
    assert again.state.overlay(SERIES) == said
    assert said.author == "A"
    again.close()


def test_a_vertebra_goes_to_the_slice_on_screen_and_stays_where_it_is_on_it(overlaid):
    annotating.move_to_slice(overlaid, SERIES, L3, GEOMETRY, 5)
    body = overlaid.state.overlay(SERIES).vertebra(L3)
    indices = GEOMETRY.to_index(body.corners_mm)
    before = GEOMETRY.to_index(column(SERIES).vertebra(L3).corners_mm)
    assert np.allclose(indices[:, 2], 5)
    assert np.allclose(indices[:, :2], before[:, :2])
    assert undone_and_redone(overlaid, "Set mid-slice of L3")
    assert annotating.move_to_slice(overlaid, SERIES, L3, GEOMETRY, 5) == Changes()
    with pytest.raises(InvalidEditError, match="no slice 8"):
        annotating.move_to_slice(overlaid, SERIES, L3, GEOMETRY, 7)


def test_slices_that_are_stacked_askew_move_a_vertebra_straight_across(overlaid):
    """The way from slice to slice goes down by 1.5 mm here, and backwards in index."""
    askew = VolumeGeometry.from_matrix(
        [[0, 0, -4.0, 12], [1.2, 0, 0, -60], [0, -1.2, -1.5, 110], [0, 0, 0, 1]], (7, 180, 120)
    )
    annotating.move_to_slice(overlaid, SERIES, L3, askew, 1)
    body = overlaid.state.overlay(SERIES).vertebra(L3)
    offsets = np.subtract(body.corners_mm, column(SERIES).vertebra(L3).corners_mm)
    assert np.allclose(offsets, (8.0, 0, 0))
    assert np.allclose(askew.to_index(body.corners_mm)[:, 2], 1)


def test_a_rotated_vertebra_is_named_so(overlaid):
    turned = column(SERIES).vertebra(L4).rotated(10.0, GEOMETRY.slice_normal)
    annotating.replace_vertebra(overlaid, SERIES, turned, "Rotate")
    assert undone_and_redone(overlaid, "Rotate L4")


def test_the_reader_who_changes_it_is_its_author(overlaid):
    annotating.shift_levels(overlaid, SERIES, -1)
    assert overlaid.state.overlay(SERIES).author == "A"


def test_without_vertebrae_there_is_nothing_to_say(session):
    with pytest.raises(InvalidEditError, match="place them first"):
        annotating.set_numbering(session, SERIES, Numbering(CountingBasis.C2))
