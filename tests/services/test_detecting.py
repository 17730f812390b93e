"""Finding vertebrae: on which series, past bad ones, and beside a reader who goes on working."""

from dataclasses import replace

import pytest

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.edits import ImportStudies, SetOverlay
from spinegrader.domain.numbering import Absence, CountingBasis, Doubt, MissingLevel, Reach
from spinegrader.domain.overlays import OverlayState
from spinegrader.domain.study import Plane
from spinegrader.errors import CancelledError, InputError
from spinegrader.services import annotating
from spinegrader.services.adopting import adopt
from spinegrader.services.detecting import DetectedSeries, DetectingProgress, detect_plan
from spinegrader.services.finder import DETECTOR
from spinegrader.services.session import Session
from tests.services.conftest import column, fill
from tests.services.stand_in_finder import L4_L5, NOTHING, OUTLINE, Finding, Names, finder

FIRST, SECOND, THIRD = "1.2.11.1", "1.2.12.1", "1.2.21.1"
L5, L6 = VertebraLevel.L5, VertebraLevel.L6


@pytest.fixture
def session(tmp_path):
    """The small project; project.h5 is not what is tried here."""
    opened = Session.open_or_create(tmp_path / "project", "A")
    fill(opened)
    yield opened
    opened.store.close(compact=False)


def found(session, *findings, series=None, again=False):
    plan = replace(detect_plan(session, series, again=again), load=finder(*findings))
    return plan.run(lambda _: None, lambda: False)


def chosen(session, series=None, **options):
    return [item.series.uid for item in detect_plan(session, series, **options).requests]


def add_series(session, uid, **changes):
    series = replace(session.state.series[FIRST], uid=uid, **changes)
    session.apply(ImportStudies((), (), (series,)))


# -- which series ---------------------------------------------------------------------------


def test_what_a_reader_or_a_label_map_gave_is_left_out(session):
    assert sorted(chosen(session)) == [FIRST, SECOND, THIRD]
    annotating.change(session, column(FIRST), "Place vertebrae")
    session.apply(SetOverlay(SECOND, None, replace(column(SECOND), author="TotalSpineSeg")))
    assert chosen(session) == [THIRD]
    assert chosen(session, [FIRST, SECOND], again=True) == []


def test_its_own_proposals_are_found_anew_only_where_asked(session):
    adopt(session, found(session, series=[FIRST]))
    assert sorted(chosen(session)) == [SECOND, THIRD]
    assert sorted(chosen(session, again=True)) == [FIRST, SECOND, THIRD]
    annotating.confirm(session, FIRST)
    assert sorted(chosen(session, again=True)) == [SECOND, THIRD]


def test_other_planes_and_parts_of_the_body_are_left_out(session):
    add_series(session, "1.2.11.2", plane=Plane.AXIAL)
    add_series(session, "1.2.11.3", body_part="CSPINE")
    assert sorted(chosen(session)) == [FIRST, SECOND, THIRD]
    assert chosen(session, ["1.2.11.3"]) == ["1.2.11.3"]
    with pytest.raises(InputError, match="sagittal series only"):
        detect_plan(session, ["1.2.11.2"])
    with pytest.raises(InputError, match=r"no series 9\.9"):
        detect_plan(session, ["9.9"])


# -- running --------------------------------------------------------------------------------


def test_it_says_how_far_it_is_and_each_result_as_it_is_there(session):
    events = []
    plan = replace(detect_plan(session), load=finder())
    results = plan.run(events.append, lambda: False)
    steps = [(item.done, item.total) for item in events if isinstance(item, DetectingProgress)]
    assert steps == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert [item for item in events if isinstance(item, DetectedSeries)] == list(results)
    assert all(item.elapsed_s > 0 for item in results)


def test_a_series_that_cannot_be_read_never_stops_the_rest(session):
    bad, *_ = (request.series for request in detect_plan(session).requests)
    add_series(session, "1.2.11.0", pixels="ab" * 32)
    results = found(session)
    errors = {item.series_uid: item.error for item in results}
    assert errors.pop("1.2.11.0") != ""
    assert set(errors.values()) == {""}
    adopted = adopt(session, results)
    assert set(adopted.series) == {FIRST, SECOND, THIRD}
    assert "Not readable: 1." in adopted.sentence()
    assert bad.uid in adopted.series


def test_a_fault_of_the_detector_costs_one_series(session):
    def stumble():
        def find(_):
            raise ZeroDivisionError

        return find

    plan = replace(detect_plan(session, [FIRST]), load=stumble)
    (result,) = plan.run(lambda _: None, lambda: False)
    assert "ZeroDivisionError" in result.error
    assert "by hand" in result.error


def test_stopping_keeps_what_was_told(session):
    events = []
    plan = replace(detect_plan(session), load=finder())
    with pytest.raises(CancelledError):
        plan.run(events.append, lambda: len(events) > 2)
    (one,) = (item for item in events if isinstance(item, DetectedSeries))
    assert adopt(session, [one]).series == (one.series_uid,)


# -- into the project -----------------------------------------------------------------------


def test_what_was_found_is_proposed_and_is_not_the_reader_s_to_undo(session):
    adopted = adopt(session, found(session))
    assert adopted.sentence() == "Vertebrae found on 3 series."
    overlay = session.state.overlay(FIRST)
    assert (overlay.state, overlay.author) == (OverlayState.PROPOSED, DETECTOR)
    assert overlay.numbering.basis is CountingBasis.SACRUM
    assert overlay.disc(L4_L5).outline_mm == OUTLINE
    assert session.undo_title is None


def test_one_undo_takes_back_what_was_asked_for(session):
    adopt(session, found(session), asked=True)
    assert session.undo_title == "Find vertebrae"
    session.undo()
    assert [session.state.overlay(uid) for uid in (FIRST, SECOND, THIRD)] == [None] * 3


def test_what_a_reader_did_meanwhile_stays(session):
    results = found(session)
    annotating.change(session, column(FIRST), "Place vertebrae")
    adopted = adopt(session, results)
    assert set(adopted.series) == {SECOND, THIRD}
    assert "Left as a reader has changed them meanwhile: 1." in adopted.sentence()
    assert session.state.overlay(FIRST).author == "A"


def test_a_series_without_a_spine_gets_none_and_says_so(session):
    results = found(session, NOTHING, series=[FIRST])
    assert results[0].warnings == NOTHING.warnings
    adopted = adopt(session, results)
    assert session.state.overlay(FIRST) is None
    assert adopted.sentence() == "Vertebrae found on 0 series. No vertebrae seen: 1."


# -- doubt ----------------------------------------------------------------------------------


def doubtful(other):
    names = (Names(tuple(map(VertebraLevel, other))),) if other else ()
    return Finding(is_numbering_sure=False, alternatives=names)


ONE_UP = ("T11", "T12", "L1", "L2", "L3", "L4", "L5")


@pytest.fixture
def doubted(session):
    """A project whose first series may be counted one too low."""
    adopt(session, found(session, doubtful(ONE_UP), series=[FIRST]))
    return session


def test_doubt_survives_reopening(doubted):
    expected = Doubt(L5, VertebraLevel.L4)
    assert doubted.state.overlay(FIRST).numbering.doubt == expected
    again = Session.open(doubted.store.folder, "B")
    assert again.state.overlay(FIRST).numbering.doubt == expected
    again.store.close(compact=False)


def test_doubt_stays_while_corners_are_dragged_and_goes_when_the_count_is_settled(doubted):
    overlay = doubted.state.overlay(FIRST)
    annotating.replace_vertebra(doubted, FIRST, overlay.vertebrae[2].moved((0.0, 1.0, 0.0)))
    assert doubted.state.overlay(FIRST).numbering.doubt is not None
    annotating.confirm(doubted, FIRST)
    assert doubted.state.overlay(FIRST).numbering.doubt is None
    doubted.undo()
    assert doubted.state.overlay(FIRST).numbering.doubt is not None
    annotating.shift_levels(doubted, FIRST, -1)
    assert doubted.state.overlay(FIRST).numbering.doubt is None
    assert [item.level for item in doubted.state.overlay(FIRST).vertebrae] == [*ONE_UP]


def test_the_other_count_is_told_by_l5_where_that_tells_it(session):
    six_lumbar = column(FIRST).renumbered(L5, L6, Reach.ALL)
    names = tuple(item.level for item in six_lumbar.vertebrae)
    adopt(session, found(session, doubtful(names), series=[FIRST]))
    overlay = session.state.overlay(FIRST)
    assert overlay.numbering.doubt == Doubt(L5, L6)
    assert overlay.with_other_count().vertebrae == six_lumbar.vertebrae


def test_a_doubt_without_a_known_other_count_is_kept_too(session):
    adopt(session, found(session, doubtful(()), series=[FIRST]))
    assert session.state.overlay(FIRST).numbering.doubt == Doubt()


def test_four_lumbar_vertebrae_leave_no_gap(session):
    names = ("T11", "T12", "L1", "L2", "L3", "L4", "S1")
    adopt(session, found(session, doubtful(names), series=[FIRST]))
    overlay = session.state.overlay(FIRST)
    assert overlay.numbering.doubt == Doubt(L5, VertebraLevel.L4, Reach.ABOVE)
    other = overlay.with_other_count()
    assert tuple(item.level for item in other.vertebrae) == names
    assert other.missing == (MissingLevel(L5, Absence.ABSENT),)
    assert len(other.discs) == len(overlay.discs)
    # And as the detector itself proposes it.
    adopt(session, found(session, Finding(other.vertebrae, (), absent=(L5,)), series=[SECOND]))
    assert session.state.overlay(SECOND).missing == other.missing
