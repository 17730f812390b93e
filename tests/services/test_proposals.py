"""What is said of proposals of one series goes for the study, and which studies are in doubt."""

from dataclasses import replace

import pytest

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.edits import EditGroup, ImportStudies, SetOverlay
from spinegrader.domain.numbering import Doubt, Numbering
from spinegrader.domain.overlays import OverlayState
from spinegrader.errors import InvalidEditError
from spinegrader.services import annotating, proposals
from spinegrader.services.doubts import doubt_words, doubtful_overlay, has_doubt
from spinegrader.services.finder import DETECTOR
from spinegrader.services.session import Session
from spinegrader.store.compaction import compact_project
from tests.services.conftest import column, fill

STUDY, OTHER = "1.2.11", "1.2.21"
T2, T1, LOW = "1.2.11.1", "1.2.11.2", "1.2.11.3"
L4, L5 = VertebraLevel.L4, VertebraLevel.L5
DOUBT = Doubt(L5, L4)


def proposal(series_uid, doubt=None, aside_mm=3.0):
    """T12 to S1 as the detector proposes them, a little aside on each series."""
    bodies = tuple(item.moved((aside_mm, 0.0, 0.0)) for item in column(series_uid).vertebrae)
    return replace(
        column(series_uid), vertebrae=bodies, author=DETECTOR, numbering=Numbering(doubt=doubt)
    )


@pytest.fixture
def session(tmp_path):
    """A study with three sagittal series, the proposals of two of them in doubt."""
    opened = Session.open_or_create(tmp_path / "project", "A")
    fill(opened)
    first = opened.state.series[T2]
    further = tuple(replace(first, uid=uid, number=2) for uid in (T1, LOW))
    overlays = (proposal(T2, DOUBT), proposal(T1, DOUBT), proposal(LOW, aside_mm=300.0))
    edits = tuple(SetOverlay(item.series_uid, None, item) for item in overlays)
    opened.apply(ImportStudies((), (), further))
    opened.apply(EditGroup("Find", edits))
    yield opened
    opened.store.close(compact=False)


def states(session):
    return [session.state.overlay(uid).state for uid in (T2, T1, LOW)]


def levels_of(overlay):
    return [str(item.level) for item in overlay.vertebrae]


def levels(session, series_uid):
    return levels_of(session.state.overlay(series_uid))


def test_confirming_goes_for_all_that_agree_and_is_one_step(session):
    proposals.confirm_study(session, T2)
    assert states(session) == [OverlayState.CONFIRMED] * 3
    assert session.state.overlay(T1).author == "A"
    assert session.undo_title == "Confirm overlay"
    session.undo()
    assert states(session) == [OverlayState.PROPOSED] * 3


def test_what_disagrees_or_was_touched_or_is_doubtful_elsewhere_waits(session):
    annotating.shift_levels(session, T2, -1)
    low = session.state.overlay(LOW)
    session.apply(SetOverlay(LOW, low, proposal(LOW, DOUBT, aside_mm=300.0)))
    proposals.confirm_study(session, T2)
    assert states(session) == [OverlayState.CONFIRMED, *[OverlayState.PROPOSED] * 2]


def test_a_shift_takes_the_other_series_along(session):
    proposals.shift_study(session, T2, -1)
    assert levels(session, T2) == levels(session, T1) == ["T11", "T12", *_LUMBAR]
    assert levels(session, LOW)[-1] == "S1"
    assert (session.state.overlay(T2).author, session.state.overlay(T1).author) == ("A", DETECTOR)
    assert not has_doubt(session, STUDY)
    session.undo()
    assert levels(session, T1)[-1] == "S1"
    assert has_doubt(session, STUDY)


def test_what_has_no_name_by_another_count_does_not_stand_in_the_way(session):
    """S1 and S2 are in view: one down, S2 would be nameless."""
    with_s2 = proposal(T2).shifted(1)
    session.apply(SetOverlay(T2, proposal(T2, DOUBT), with_s2))
    proposals.shift_study(session, T2, 1)
    assert levels(session, T2) == [*_LUMBAR[1:], "S1", "S2"]
    doubted = replace(with_s2, numbering=Numbering(doubt=Doubt(L4, L5)))
    assert levels_of(doubted.with_other_count()) == [*_LUMBAR[1:], "S1", "S2"]
    annotating.confirm(session, T2)
    with pytest.raises(InvalidEditError, match="levels run from T9 to S2"):
        proposals.shift_study(session, T2, 1)


_LUMBAR = ["L1", "L2", "L3", "L4", "L5"]


def test_the_other_count_is_taken_on_all_series_that_agree(session):
    proposals.take_other_count(session, T1)
    assert levels(session, T2) == levels(session, T1) == ["T11", "T12", *_LUMBAR]


def test_doubt_is_known_by_study_from_packed_rows_too(session):
    assert has_doubt(session, STUDY)
    assert not has_doubt(session, OTHER)
    assert doubtful_overlay(session, STUDY, T1).series_uid == T1
    assert doubt_words(session.state.overlay(T2)) == "L5 could be L4"
    assert compact_project(session.store.folder)
    again = Session.open(session.store.folder, "B")
    assert has_doubt(again, STUDY)
    assert not has_doubt(again, OTHER)
    # One of the two is settled, then the other.
    annotating.confirm(again, T2)
    assert has_doubt(again, STUDY)
    annotating.confirm(again, T1)
    assert not has_doubt(again, STUDY)
    again.store.close(compact=False)
