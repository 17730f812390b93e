"""Putting vertebrae on a series and correcting them, and what else is said of them.

Discs follow by themselves, but for those that a reader has drawn: they stay as drawn when a
vertebra beside them is moved, renamed or turned. ``placing`` adds single vertebrae.
"""

from collections.abc import Sequence
from dataclasses import replace

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.edits import Changes, SetOverlay
from spinegrader.domain.geometry import Point, VolumeGeometry, as_point
from spinegrader.domain.numbering import Absence, MissingLevel, Numbering, Reach
from spinegrader.domain.overlays import Overlay, OverlayState
from spinegrader.domain.vertebrae import Disc, Vertebra
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
    return change(session, overlay, "Place vertebrae")


# -- single vertebrae -----------------------------------------------------------------------


def replace_vertebra(
    session: Session, series_uid: str, vertebra: Vertebra, verb: str = "Move"
) -> Changes:
    """Puts a corrected vertebra in the place of the one of the same level.

    Args:
        session: The open project.
        series_uid: The series.
        vertebra: As it is now.
        verb: What was done with it, as undo names it: “Move”, “Rotate”.
    """
    overlay = overlay_of(session, series_uid)
    return change(session, overlay.with_vertebra(vertebra), f"{verb} {vertebra.level}")


def remove_vertebra(session: Session, series_uid: str, level: VertebraLevel) -> Changes:
    """Takes one vertebra off."""
    overlay = overlay_of(session, series_uid)
    return change(session, overlay.without(level), f"Remove {level}")


def move_to_slice(
    session: Session, series_uid: str, level: VertebraLevel, geometry: VolumeGeometry, index: int
) -> Changes:
    """Makes a slice the mid-slice of one vertebra, as in a spine that is bent sideways.

    Its corners move across the slices only: on the screen they stay where they are.

    Args:
        session: The open project.
        series_uid: The series.
        level: The vertebra.
        geometry: The stack on screen.
        index: The slice on screen.

    Raises:
        InvalidEditError: If there is no such vertebra or slice.
    """
    overlay = overlay_of(session, series_uid)
    vertebra = overlay.vertebra(level)
    if vertebra is None:
        raise InvalidEditError(f"There is no {level} on this series.")
    if not 0 <= index < geometry.shape[0]:
        raise InvalidEditError(f"There is no slice {index + 1} in this series.")
    steps = index - float(geometry.to_index(vertebra.centre_mm)[2])
    step_mm = float(geometry.matrix[:3, 2] @ geometry.slice_normal)
    moved = vertebra.moved(as_point(steps * step_mm * geometry.slice_normal))
    return change(session, overlay.with_vertebra(moved), f"Set mid-slice of {level}")


# -- names ----------------------------------------------------------------------------------


def shift_levels(session: Session, series_uid: str, steps: int) -> Changes:
    """Renames all vertebrae by ``steps`` levels towards the feet (negative: the head).

    Raises:
        InvalidEditError: If a name would leave T9 to S2, or there is nothing to rename.
    """
    overlay = overlay_of(session, series_uid)
    return change(session, overlay.shifted(steps), "Shift levels")


def renumber(
    session: Session, series_uid: str, level: VertebraLevel, name: VertebraLevel, reach: Reach
) -> Changes:
    """Renames one vertebra, and counts those in reach on from it.

    Args:
        session: The open project.
        series_uid: The series.
        level: The vertebra as it is called.
        name: What it is to be called; T13 and L6 are possible.
        reach: Which of the others follow.

    Raises:
        InvalidEditError: If there is no such vertebra, a name would leave the known ones, or the
            names no longer run from head to feet.
    """
    overlay = overlay_of(session, series_uid)
    return change(session, overlay.renumbered(level, name, reach), f"Rename {level} to {name}")


def mark_missing(
    session: Session, series_uid: str, level: VertebraLevel, absence: Absence | None
) -> Changes:
    """Says why a level isn't drawn, and takes it off where it is; None takes the word back.

    Where a vertebra is absent, those above and below it are neighbours with a disc between them.
    """
    overlay = overlay_of(session, series_uid)
    title = f"Unmark {level}" if absence is None else f"Mark {level} as {absence}"
    return change(session, overlay.with_missing(level, absence), title)


def set_numbering(
    session: Session,
    series_uid: str,
    numbering: Numbering,
    missing: Sequence[MissingLevel] | None = None,
) -> Changes:
    """Says what the levels were counted from and how the lumbosacral junction is made.

    Args:
        session: The open project.
        series_uid: The series.
        numbering: The count.
        missing: Levels that are not drawn for a reason; those known so far where left out.
    """
    overlay = overlay_of(session, series_uid)
    gone = overlay.missing if missing is None else tuple(missing)
    for level in {item.level for item in overlay.missing} - {item.level for item in gone}:
        overlay = overlay.with_missing(level, None)
    for item in gone:
        overlay = overlay.with_missing(item.level, item.absence)
    return change(session, replace(overlay, numbering=numbering), "State numbering of levels")


# -- discs ----------------------------------------------------------------------------------


def edit_disc(session: Session, series_uid: str, disc: Disc) -> Changes:
    """Keeps the outline of a disc as a reader drew it.

    Raises:
        InvalidEditError: If there are no vertebrae around it.
    """
    overlay = overlay_of(session, series_uid)
    return change(session, overlay.with_disc(disc), f"Draw {disc.level}")


def follow_again(session: Session, series_uid: str, level: DiscLevel) -> Changes:
    """Lets the outline of a disc follow its vertebrae again; nothing where it does already."""
    overlay = overlay_of(session, series_uid)
    title = f"Let {level} follow its vertebrae"
    return change(session, overlay.with_derived_disc(level), title)


# -- the whole ------------------------------------------------------------------------------


def confirm(session: Session, series_uid: str) -> Changes:
    """Marks the overlay as looked at and right; only such overlays train a model."""
    overlay = overlay_of(session, series_uid)
    if overlay.state is OverlayState.CONFIRMED:
        return Changes()
    return change(session, overlay.confirmed(session.reader), "Confirm overlay")


def overlay_of(session: Session, series_uid: str) -> Overlay:
    """What is drawn on a series.

    Raises:
        InvalidEditError: If there are no vertebrae on it.
    """
    overlay = session.seen.overlay(series_uid)
    if overlay is None or not overlay.vertebrae:
        raise InvalidEditError("There are no vertebrae on this series yet: place them first.")
    return overlay


def change(session: Session, overlay: Overlay, title: str) -> Changes:
    """Puts an overlay in the place of the one before; nothing where it says the same.

    Args:
        session: The open project, whose reader becomes the overlay's author.
        overlay: As it is to be.
        title: What undo calls the change.
    """
    before = session.seen.overlay(overlay.series_uid)
    if before is not None and replace(overlay, author=before.author) == before:
        return Changes()
    after = replace(overlay, author=session.reader)
    return session.apply(SetOverlay(overlay.series_uid, before, after, title))
