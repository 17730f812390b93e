"""State merges: the order in which sessions' changes arrive must not matter."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.edits import EditGroup, ImportStudies, SetGrade, SetOverlay, SetSetting
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.grades import Answer, Grade, GradeKey
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.scheme import Scheme
from spinegrader.domain.state import ProjectState, Stamp
from spinegrader.domain.study import Patient, Plane, Series, Study, Weighting
from spinegrader.domain.validity import check_edit
from spinegrader.errors import InvalidEditError

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = GradeKey("1.2.1", DiscLevel.parse("L4/L5"), "pfirrmann", "A")
GEOMETRY = VolumeGeometry.from_matrix(
    [[0, 0, 4, 0], [1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1]], (3, 4, 5)
)
SCHEME = Scheme.from_mapping(
    {
        "id": "s",
        "version": 1,
        "name": "S",
        "asked_by_default": ["pfirrmann"],
        "gradings": [
            {
                "id": "pfirrmann",
                "name": "Pfirrmann",
                "scale": "ordinal",
                "classes": [{"value": v, "label": str(v), "meaning": ""} for v in range(1, 6)],
            }
        ],
    }
)


def imported(number=1, weighting=Weighting.T2, plane=Plane.SAGITTAL):
    series = Series(f"1.2.1.{number}", "1.2.1", "0" * 64, GEOMETRY, plane, weighting, number=number)
    return ImportStudies((Patient("P1"),), (Study("1.2.1", "P1"),), (series,))


def grade(value, revision, minutes=0):
    return Grade(KEY, Answer.GRADED, value, revision, NOON + timedelta(minutes=minutes))


def stamp(number, session="a"):
    return Stamp(f"2026-03-01T12:00:{number:02d}.000000+00:00", session, number)


def test_any_order_and_any_repetition_ends_the_same():
    edits = [
        (imported(), stamp(1)),
        (ImportStudies((Patient("P1", "Other^Name"),), (), ()), stamp(1, "b")),
        (SetOverlay("1.2.1.1", None, Overlay("1.2.1.1", (), author="early")), stamp(2)),
        (SetOverlay("1.2.1.1", None, Overlay("1.2.1.1", (), author="late")), stamp(3, "b")),
        (SetGrade(None, grade(2, 1)), stamp(4)),
        (SetGrade(grade(2, 1), grade(3, 2, 1)), stamp(5)),
        (SetSetting("x", None, "1"), stamp(6)),
    ]
    states = []
    for order in permutations(edits):
        state = ProjectState()
        for edit, at in (*order, *order[:2]):
            state.apply(edit, at)
        states.append(state)
    assert all(state == states[0] for state in states)
    overlay = states[0].overlay("1.2.1.1")
    assert overlay is not None
    assert overlay.author == "late"
    latest = states[0].grade(KEY)
    assert latest is not None
    assert (latest.value, latest.revision) == (3, 2)


def test_history_of_a_grade_is_kept_whole():
    state = ProjectState()
    state.apply(imported(), stamp(1))
    first, second = grade(2, 1), grade(4, 2, 1)
    state.apply(SetGrade(None, first), stamp(2))
    state.apply(SetGrade(first, second), stamp(3))
    state.apply(SetGrade(second, second.withdrawn(NOON + timedelta(minutes=2))), stamp(4))
    assert [item.value for item in state.grades[KEY]] == [2, 4, None]
    assert list(state.grades_of_study("1.2.1")) == []


def test_what_does_not_fit_is_refused():
    state = ProjectState()
    with pytest.raises(InvalidEditError, match="not in the project"):
        check_edit(state, SetGrade(None, grade(2, 1)), SCHEME)
    state.apply(imported(), stamp(1))
    check_edit(state, SetGrade(None, grade(2, 1)), SCHEME)
    with pytest.raises(InvalidEditError, match="no grade 9"):
        check_edit(state, EditGroup("two", (SetGrade(None, grade(9, 1)),)), SCHEME)
    state.apply(SetGrade(None, grade(2, 1)), stamp(2))
    with pytest.raises(InvalidEditError, match="changed meanwhile"):
        check_edit(state, SetGrade(None, grade(3, 1)), SCHEME)
    with pytest.raises(InvalidEditError, match="not in the project"):
        check_edit(state, SetOverlay("9.9", None, None), SCHEME)


def test_the_series_to_grade_is_sagittal_t2():
    state = ProjectState()
    for number, (weighting, plane) in enumerate(
        [
            (Weighting.T1, Plane.SAGITTAL),
            (Weighting.T2, Plane.AXIAL),
            (Weighting.T2, Plane.SAGITTAL),
            (Weighting.STIR, Plane.SAGITTAL),
        ],
        start=1,
    ):
        state.apply(imported(number, weighting, plane), stamp(number))
    chosen = state.series_to_grade("1.2.1")
    assert chosen is not None
    assert chosen.uid == "1.2.1.3"
    assert [series.number for series in state.series_of("1.2.1")] == [3, 1, 4, 2]


def test_inverses_bring_back_what_was():
    first, second = grade(2, 1), grade(4, 2, 1)
    back = SetGrade(first, second).inverse(NOON + timedelta(hours=1))
    assert isinstance(back, SetGrade)
    assert back.after.says_the_same(first)
    assert back.after.revision == 3
    opened = SetGrade(None, first).inverse(NOON)
    assert isinstance(opened, SetGrade)
    assert opened.after.is_open
    assert imported().inverse(NOON) is None
