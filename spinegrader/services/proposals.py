"""What a reader says of proposed vertebrae, for all series of a study at once.

The detector looks at each series by itself. What a reader says of one is true of the others as
far as they show the same bodies under the same names.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from spinegrader.domain.edits import Changes, EditGroup, SetOverlay
from spinegrader.domain.overlays import Overlay, OverlayState
from spinegrader.errors import InvalidEditError
from spinegrader.services import annotating
from spinegrader.services.detecting import is_own_proposal
from spinegrader.services.session import Session

_SAME_BODY_MM = 12.0
"""Centres of one body on two series lie nearer than this: half the height of a small one."""


def confirm_study(session: Session, series_uid: str) -> Changes:
    """Marks the vertebrae of a series as right, and with them the proposals that agree.

    Those are what the detector proposed on other series of the study: where they show the same
    bodies, under the same names; where they show none of them, with a sure count.

    Raises:
        InvalidEditError: If there are no vertebrae on the series.
    """
    overlay = annotating.overlay_of(session, series_uid)
    if overlay.state is OverlayState.CONFIRMED:
        return Changes()

    def goes_along(other: Overlay) -> bool:
        agreed = agree(overlay, other)
        return other.numbering.doubt is None if agreed is None else agreed

    others = [item for item in sisters(session, series_uid) if goes_along(item)]
    return _apply(
        session,
        "Confirm overlay",
        [(item, item.confirmed(session.reader)) for item in (overlay, *others)],
    )


def shift_study(session: Session, series_uid: str, steps: int) -> Changes:
    """Renames all vertebrae of a series by ``steps`` towards the feet, and of those that agree.

    Proposed ones that would have no name then are left out: the detector finds S2 too, which must
    not stand in the way.

    Raises:
        InvalidEditError: If a confirmed name would leave T9 to S2, or there is nothing to rename.
    """

    def counted(item: Overlay) -> Overlay:
        is_proposed = item.state is OverlayState.PROPOSED
        return (item.nameable(steps) if is_proposed else item).shifted(steps)

    return _recount(session, series_uid, "Shift levels", counted)


def take_other_count(session: Session, series_uid: str) -> Changes:
    """Counts the vertebrae of a series the other way that its doubt tells, and those that agree.

    Raises:
        InvalidEditError: If there are none, or no other count is known.
    """
    doubt = annotating.overlay_of(session, series_uid).numbering.doubt

    def counted(item: Overlay) -> Overlay:
        return replace(item, numbering=replace(item.numbering, doubt=doubt)).with_other_count()

    return _recount(session, series_uid, "Take the other count", counted)


def sisters(session: Session, series_uid: str) -> Iterator[Overlay]:
    """The detector's proposals on the other series of a study, as nobody has touched them."""
    series = session.state.series[series_uid]
    for other in session.state.series_of(series.study_uid):
        overlay = session.seen.overlay(other.uid) if other.uid != series_uid else None
        if overlay is not None and is_own_proposal(overlay):
            yield overlay


def agree(one: Overlay, other: Overlay) -> bool | None:
    """Whether the bodies that both show bear the same names; None where they share none."""
    if not one.vertebrae or not other.vertebrae:
        return None
    ours, theirs = (np.array([body.centre_mm for body in item.vertebrae]) for item in (one, other))
    distances = np.linalg.norm(ours[:, None] - theirs[None], axis=2)
    nearest = distances.argmin(axis=1)
    shared = [
        (body.level, other.vertebrae[at].level)
        for body, at, row in zip(one.vertebrae, nearest.tolist(), distances, strict=True)
        if row[at] < _SAME_BODY_MM
    ]
    return all(level == name for level, name in shared) if shared else None


def _recount(
    session: Session, series_uid: str, title: str, counted: Callable[[Overlay], Overlay]
) -> Changes:
    overlay = annotating.overlay_of(session, series_uid)
    pairs = [(overlay, replace(counted(overlay), author=session.reader))]
    for other in sisters(session, series_uid):
        if agree(overlay, other):
            try:
                pairs.append((other, counted(other)))
            except InvalidEditError:
                # It shows bodies beyond those that have names by the new count.
                continue
    return _apply(session, title, pairs)


def _apply(session: Session, title: str, pairs: list[tuple[Overlay, Overlay]]) -> Changes:
    edits = tuple(SetOverlay(before.series_uid, before, after, title) for before, after in pairs)
    return session.apply(edits[0] if len(edits) == 1 else EditGroup(title, edits))
