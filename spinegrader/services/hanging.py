"""What hangs where: the series of a study and its prior in the places of a layout."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from spinegrader.domain.geometry import Point
from spinegrader.domain.planes import distance_to_slice_mm
from spinegrader.domain.study import Plane, Series, Study, Weighting
from spinegrader.imaging.volume import reading_position_mm
from spinegrader.services.session import Session
from spinegrader.texts import for_translation


class Role(StrEnum):
    """What a place is for; the values are what the reader is told."""

    MAIN = for_translation("series in front")
    SECOND = for_translation("second contrast")
    AXIAL = for_translation("axial")
    PRIOR = for_translation("other visit")


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
    session: Session,
    series_uid: str,
    layout: Layout,
    wishes: Mapping[Role, str] | None = None,
) -> dict[Role, str]:
    """The series for each place of a layout that has one.

    Args:
        session: The open project.
        series_uid: The series in front.
        layout: The arrangement.
        wishes: What the reader chose for a place: the series, or the study of the other visit.

    Returns:
        Series UIDs by role, the main one first.
    """
    front = session.state.series[series_uid]
    found = {Role.MAIN: series_uid}
    for role in layout.roles[1:]:
        wish = (wishes or {}).get(role, "")
        if role is Role.PRIOR:
            candidate = _counterpart(session, front, wish)
        else:
            taken = found.values()
            fitting = [item for item in candidates(session, front, role) if item.uid not in taken]
            chosen = (item for item in fitting if item.uid == wish)
            candidate = next(chosen, None) or next(iter(fitting), None)
        if candidate is not None:
            found[role] = candidate.uid
    return found


def candidates(session: Session, front: Series, role: Role) -> list[Series]:
    """The other series of a visit that may hang in a place, the most wanted first."""
    others = [item for item in session.state.series_of(front.study_uid) if item.uid != front.uid]
    if role is Role.AXIAL:
        return [item for item in others if item.plane is Plane.AXIAL]
    wanted = Weighting.T2 if front.weighting is Weighting.T1 else Weighting.T1
    return sorted(
        (item for item in others if item.is_sagittal),
        key=lambda item: (item.weighting is not wanted, item.weighting is front.weighting),
    )


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


def next_stack(series: Series, stack: int, direction: int) -> int | None:
    """The stack that comes behind (1) or before (-1) another in the order in which one reads.

    Returns:
        None where there is none.
    """
    places = [reading_position_mm(item.geometry, series.plane) for item in series.stacks]
    order = sorted(range(len(places)), key=places.__getitem__)
    at = order.index(stack) + direction
    return order[at] if 0 <= at < len(order) else None


def _counterpart(session: Session, front: Series, study_uid: str) -> Series | None:
    """The series of another visit that looks like the one in front.

    Args:
        session: The open project.
        front: The series in front.
        study_uid: The visit that is wanted; the one before where it is none of the others.
    """
    visits = other_visits(session, front.study_uid)
    chosen = next((visit for visit in visits if visit.uid == study_uid), None)
    visit = chosen or next(iter(visits), None)
    if visit is None:
        return None
    kind = (front.plane, front.weighting)
    found = session.state.series_of(visit.uid)
    alike = (item for item in found if (item.plane, item.weighting) == kind)
    return next(alike, None) or session.state.series_to_grade(visit.uid)
