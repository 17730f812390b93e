import datetime as dt

import numpy as np
import pytest

from spinegrader.domain.edits import ImportStudies
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.study import Patient, Plane, Series, Stack, Study, Weighting
from spinegrader.services.hanging import (
    DEFAULT_LAYOUT,
    Role,
    candidates,
    hang,
    layout_of,
    nearest_stack,
    next_stack,
    other_visits,
)
from spinegrader.services.session import Session

SHAPE = (3, 4, 5)
GEOMETRY = VolumeGeometry.from_matrix(np.diag([1.0, 1.0, 4.0, 1.0]), SHAPE)
EVERYTHING = layout_of("everything")


@pytest.fixture
def session(tmp_path):
    """One person: 2012 T2 only, 2016 T2, T1, STIR and axial, 2020 T2 and T1, 2021 axial only."""
    session = Session.open_or_create(tmp_path / "project", "Dr A")
    pixels = session.store.write_pixels(np.zeros(SHAPE, np.int16), GEOMETRY)
    kinds = {
        "t2": (Plane.SAGITTAL, Weighting.T2),
        "t1": (Plane.SAGITTAL, Weighting.T1),
        "stir": (Plane.SAGITTAL, Weighting.STIR),
        "axial": (Plane.AXIAL, Weighting.T2),
    }
    visits = {
        2012: ("t2",),
        2016: ("stir", "t2", "t1", "axial"),
        2020: ("t2", "t1"),
        2021: ("axial",),
    }
    session.apply(
        ImportStudies(
            (Patient("P"),),
            tuple(Study(str(year), "P", dt.date(year, 1, 1)) for year in visits),
            tuple(
                Series(f"{year}.{name}", str(year), pixels, GEOMETRY, *kinds[name])
                for year, names in visits.items()
                for name in names
            ),
        )
    )
    yield session
    session.store.close(compact=False)


def test_everything_a_visit_has_is_hung_with_the_visit_before(session):
    assert hang(session, "2016.t2", EVERYTHING) == {
        Role.MAIN: "2016.t2",
        Role.SECOND: "2016.t1",
        Role.AXIAL: "2016.axial",
        Role.PRIOR: "2012.t2",
    }


def test_the_second_contrast_is_another_one_than_the_one_in_front(session):
    assert hang(session, "2016.t1", EVERYTHING)[Role.SECOND] == "2016.t2"
    assert hang(session, "2016.stir", EVERYTHING)[Role.SECOND] == "2016.t1"


def test_what_a_visit_lacks_takes_no_place(session):
    assert hang(session, "2012.t2", layout_of("planes")) == {Role.MAIN: "2012.t2"}
    assert Role.AXIAL not in hang(session, "2020.t2", EVERYTHING)


def test_another_visit_shows_the_series_that_looks_alike_else_the_one_to_grade(session):
    assert hang(session, "2020.t1", EVERYTHING)[Role.PRIOR] == "2016.t1"
    assert hang(session, "2016.t1", EVERYTHING)[Role.PRIOR] == "2012.t2"


def test_the_first_visit_is_compared_with_a_later_one(session):
    assert hang(session, "2012.t2", EVERYTHING)[Role.PRIOR] == "2016.t2"


def test_visits_without_sagittal_images_are_not_offered(session):
    assert [visit.uid for visit in other_visits(session, "2016")] == ["2012", "2020"]


def test_what_the_reader_chose_hangs_there(session):
    wishes = {Role.PRIOR: "2020", Role.SECOND: "2016.stir"}
    hung = hang(session, "2016.t2", EVERYTHING, wishes)
    assert (hung[Role.PRIOR], hung[Role.SECOND]) == ("2020.t2", "2016.stir")
    front = session.state.series["2016.t2"]
    assert [item.uid for item in candidates(session, front, Role.SECOND)] == [
        "2016.t1",
        "2016.stir",
    ]


def test_an_unknown_layout_is_the_usual_one():
    assert layout_of("of a newer program").id == DEFAULT_LAYOUT


def axial_stacks() -> Series:
    """Three stacks, from the feet up the second, the first, the third."""

    def stack_at(z: float) -> Stack:
        matrix = np.diag([1.0, 1.0, 4.0, 1.0])
        matrix[2, 3] = z
        return Stack("0" * 64, VolumeGeometry.from_matrix(matrix, SHAPE))

    first, second, third = (stack_at(z) for z in (40.0, 0.0, 80.0))
    return Series(
        "1.2", "1", first.pixels, first.geometry, Plane.AXIAL, Weighting.T2,
        further_stacks=(second, third),
    )  # fmt: skip


def test_the_stack_whose_slice_passes_nearest_is_taken():
    series = axial_stacks()
    assert [nearest_stack(series, (2.0, 2.0, z)) for z in (-5.0, 47.0, 70.0)] == [1, 0, 2]


def test_stacks_follow_on_each_other_from_feet_to_head():
    series = axial_stacks()
    assert [next_stack(series, stack, 1) for stack in (1, 0, 2)] == [0, 2, None]
    assert [next_stack(series, stack, -1) for stack in (1, 0, 2)] == [None, 1, 0]
