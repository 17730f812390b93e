"""What hangs where: the series of a study and its prior in the places of a layout."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from spinegrader.domain.geometry import Point
from spinegrader.domain.planes import distance_to_slice_mm
from spinegrader.domain.study import Plane, Series, Study, Weighting
from spinegrader.services.session import Session


class Role(StrEnum):
    """What a place is for; the values are what the reader is told."""

    MAIN = "series in front"
    SECOND = "second contrast"
    AXIAL = "axial"
    PRIOR = "other visit"


@dataclass(frozen=True)
class Layout:
    """An arrangement of images in columns.

    Args:
        id: Name in the settings.
        name: What the reader chooses.
        columns: From left to right, what hangs below each other; the main image comes first.
        shares: Widths of the columns.
    """

    id: str
    name: str
    columns: tuple[tuple[Role, ...], ...]
    shares: tuple[int, ...]

    @property
    def roles(self) -> tuple[Role, ...]:
        """All places, the main one first."""
        return tuple(role for column in self.columns for role in column)


LAYOUTS = (
    Layout("one", "One image", ((Role.MAIN,),), (1,)),
    Layout("contrasts", "Two contrasts", ((Role.MAIN,), (Role.SECOND,)), (1, 1)),
    Layout("planes", "Two contrasts and axial", ((Role.MAIN,), (Role.SECOND, Role.AXIAL)), (3, 2)),
    Layout("prior_beside", "Other visit beside", ((Role.MAIN,), (Role.PRIOR,)), (1, 1)),
    Layout("prior_beneath", "Other visit beneath", ((Role.MAIN, Role.PRIOR),), (1,)),
    Layout(
        "everything",
        "Contrasts, axial and other visit",
        ((Role.MAIN,), (Role.SECOND, Role.AXIAL, Role.PRIOR)),
        (3, 2),
    ),
)
"""What can be chosen. A place for which a study has nothing is left out."""

DEFAULT_LAYOUT = "everything"


def layout_of(layout_id: str) -> Layout:
    """The layout of that name; the default one where there is none."""
    by_id = {layout.id: layout for layout in LAYOUTS}
    return by_id.get(layout_id, by_id[DEFAULT_LAYOUT])


def hang(
    session: Session, series_uid: str, layout: Layout, other_visit: str | None = None
) -> dict[Role, str]:
    """The series for each place of a layout that has one.

    Args:
        session: The open project.
        series_uid: The series in front.
        layout: The arrangement.
        other_visit: The study to compare with; the visit before where left out.

    Returns:
        Series UIDs by role, the main one first.
    """
    state = session.state
    front = state.series[series_uid]
    found = {Role.MAIN: series_uid}
    siblings = [item for item in state.series_of(front.study_uid) if item.uid != series_uid]
    for role in layout.roles[1:]:
        if role is Role.PRIOR:
            candidate = _counterpart(session, front, other_visit)
        elif role is Role.AXIAL:
            candidate = _first(siblings, lambda item: item.plane is Plane.AXIAL)
        else:
            candidate = _second_contrast(front, siblings)
        if candidate is not None and candidate.uid not in found.values():
            found[role] = candidate.uid
    return found


def other_visits(session: Session, study_uid: str) -> list[Study]:
    """The other visits of a person with sagittal images: the one before first, then the rest.

    The rest stand with the latest first; visits that came later are offered too.
    """
    state = session.state
    visits = state.studies_of(state.studies[study_uid].patient_id)
    at = next((place for place, visit in enumerate(visits) if visit.uid == study_uid), 0)
    ordered = [*visits[:at][::-1], *visits[at + 1 :]]
    return [visit for visit in ordered if state.series_to_grade(visit.uid) is not None]


def nearest_stack(series: Series, point_mm: Point) -> int:
    """Which stack of a series has the slice that lies nearest to a place."""
    stacks = series.stacks

    def distance(index: int) -> float:
        geometry = stacks[index].geometry
        return distance_to_slice_mm(geometry, geometry.nearest_slice(point_mm), point_mm)

    return min(range(len(stacks)), key=distance)


def _counterpart(session: Session, front: Series, other_visit: str | None) -> Series | None:
    """The series of another visit that looks like the one in front."""
    visits = other_visits(session, front.study_uid)
    chosen = next((visit for visit in visits if visit.uid == other_visit), None)
    visit = chosen or next(iter(visits), None)
    if visit is None:
        return None
    found = session.state.series_of(visit.uid)
    alike = (item for item in found if (item.plane, item.weighting) == _kind(front))
    return next(alike, None) or session.state.series_to_grade(visit.uid)


def _kind(series: Series) -> tuple[Plane, Weighting]:
    return series.plane, series.weighting


def _second_contrast(front: Series, siblings: Iterable[Series]) -> Series | None:
    """Another sagittal series, of another weighting if there is one; T1 beside T2 first."""
    sagittal = [item for item in siblings if item.is_sagittal]
    wanted = Weighting.T2 if front.weighting is Weighting.T1 else Weighting.T1
    ranked = sorted(
        sagittal,
        key=lambda item: (item.weighting is not wanted, item.weighting is front.weighting),
    )
    return next(iter(ranked), None)


def _first(series: Iterable[Series], fits: Callable[[Series], bool]) -> Series | None:
    return next((item for item in series if fits(item)), None)
