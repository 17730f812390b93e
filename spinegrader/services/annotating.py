"""Putting vertebrae on a series and correcting them; discs follow by themselves."""

from dataclasses import replace

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.edits import Changes, SetOverlay
from spinegrader.domain.geometry import Point
from spinegrader.domain.overlays import Overlay, OverlayState, Vertebra
from spinegrader.errors import InvalidEditError
from spinegrader.imaging.volume import Volume
from spinegrader.services.session import Session


def propose(
    session: Session,
    series_uid: str,
    volume: Volume,
    top: tuple[VertebraLevel, Point],
    bottom: tuple[VertebraLevel, Point],
) -> Changes:
    """Proposes every vertebra between two whose centres the reader clicked.

    What was on the series before gives way; undo brings it back.

    Args:
        session: The open project.
        series_uid: The series.
        volume: Its pixels.
        top: Level and centre (LPS millimetres) of the upper vertebra.
        bottom: Level and centre of the lower one.

    Raises:
        InvalidEditError: If the levels are not in order or the places too close.
    """
    from spinegrader.imaging.proposal import propose_between

    vertebrae = propose_between(volume, top, bottom)
    overlay = Overlay(series_uid, vertebrae, OverlayState.PROPOSED, session.reader)
    return _set(session, series_uid, overlay, "Place vertebrae")


def replace_vertebra(session: Session, series_uid: str, vertebra: Vertebra) -> Changes:
    """Puts a corrected vertebra in the place of the one of the same level."""
    overlay = _overlay(session, series_uid)
    corrected = replace(overlay.with_vertebra(vertebra), author=session.reader)
    return _set(session, series_uid, corrected, f"Move {vertebra.level}")


def remove_vertebra(session: Session, series_uid: str, level: VertebraLevel) -> Changes:
    """Takes one vertebra off."""
    overlay = _overlay(session, series_uid)
    return _set(session, series_uid, overlay.without(level), f"Remove {level}")


def shift_levels(session: Session, series_uid: str, steps: int) -> Changes:
    """Renames all vertebrae by ``steps`` levels towards the feet (negative: the head).

    Raises:
        InvalidEditError: If a name would leave T9 to S2, or there is nothing to rename.
    """
    overlay = _overlay(session, series_uid)
    return _set(session, series_uid, overlay.shifted(steps), "Shift levels")


def confirm(session: Session, series_uid: str) -> Changes:
    """Marks the overlay as looked at and right; only such overlays train a model."""
    overlay = _overlay(session, series_uid)
    if overlay.state is OverlayState.CONFIRMED:
        return Changes()
    return _set(session, series_uid, overlay.confirmed(session.reader), "Confirm overlay")


def _overlay(session: Session, series_uid: str) -> Overlay:
    overlay = session.seen.overlay(series_uid)
    if overlay is None or not overlay.vertebrae:
        raise InvalidEditError("There are no vertebrae on this series yet: place them first.")
    return overlay


def _set(session: Session, series_uid: str, overlay: Overlay, title: str) -> Changes:
    before = session.seen.overlay(series_uid)
    return session.apply(SetOverlay(series_uid, before, overlay, title))
