from dataclasses import replace

import pytest

from spinegrader.domain.edits import ImportStudies, SetOverlay
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.study import Plane, Weighting
from spinegrader.services import annotating
from spinegrader.services.lending import overlay_for
from tests.services.conftest import column

STUDY = "1.2.11"
T2, T1, AXIAL = f"{STUDY}.1", f"{STUDY}.2", f"{STUDY}.3"


@pytest.fixture
def several(session):
    """A study with a T2 and a T1 series and an axial one; other studies beside it."""
    first = session.state.series[T2]
    series = (
        replace(first, uid=T1, weighting=Weighting.T1),
        replace(first, uid=AXIAL, plane=Plane.AXIAL),
    )
    session.apply(ImportStudies((), (), series))
    session.apply(SetOverlay("1.2.12.1", None, column("1.2.12.1")))
    return session


def test_nothing_is_lent_by_another_study(several):
    assert overlay_for(several, T1) == (None, None)
    assert overlay_for(several, "1.2.99") == (None, None)


def test_a_series_lends_to_all_others_of_its_study(several):
    several.apply(SetOverlay(T2, None, column(T2)))
    assert overlay_for(several, T2) == (column(T2), None)
    for taker in (T1, AXIAL):
        assert overlay_for(several, taker) == (column(T2), T2)
        assert several.state.overlay(taker) is None


def test_its_own_overlay_comes_first_unless_it_is_empty(several):
    several.apply(SetOverlay(T2, None, column(T2)))
    several.apply(SetOverlay(T1, None, column(T1)))
    assert overlay_for(several, T1) == (column(T1), None)
    assert overlay_for(several, AXIAL)[1] == T2
    several.apply(SetOverlay(T2, column(T2), Overlay(T2, ())))
    assert overlay_for(several, T2) == (column(T1), T1)
    assert overlay_for(several, AXIAL)[1] == T1


def test_what_is_drawn_on_an_axial_series_is_not_lent(several):
    several.apply(SetOverlay(AXIAL, None, column(AXIAL)))
    assert overlay_for(several, T2) == (None, None)


def test_what_is_lent_is_what_stands_on_screen(several):
    several.apply(SetOverlay(T2, None, column(T2)))
    annotating.shift_levels(several, T2, -1)
    lent, _ = overlay_for(several, T1)
    assert lent.vertebrae[-1].level == "L5"
