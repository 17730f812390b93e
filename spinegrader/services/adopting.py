"""What the detector found, put into the project as proposed."""

from collections.abc import Sequence
from dataclasses import dataclass

from spinegrader.domain.edits import EditGroup, SetOverlay
from spinegrader.errors import CancelledError, InputError, InvalidEditError
from spinegrader.services.detecting import (
    DetectedSeries,
    Emit,
    StopRequested,
    detect_plan,
    is_own_proposal,
)
from spinegrader.services.finder import DETECTOR
from spinegrader.services.session import Session
from spinegrader.texts import for_translation, translate, translate_count

_TITLE = for_translation("Find vertebrae")
_KNOWN = for_translation("These were found before; to find them anew, ask with --again.")


@dataclass(frozen=True)
class Adopted:
    """What came of findings.

    Args:
        series: UIDs of the series that have got vertebrae.
        doubtful: How many of them have a count that may be another one.
        bare: How many series show no vertebrae.
        left: How many were left as they are, since a reader changed them meanwhile.
        errors: Why others couldn't be looked at.
    """

    series: tuple[str, ...] = ()
    doubtful: int = 0
    bare: int = 0
    left: int = 0
    errors: tuple[str, ...] = ()

    def __add__(self, other: "Adopted") -> "Adopted":
        return Adopted(
            self.series + other.series,
            self.doubtful + other.doubtful,
            self.bare + other.bare,
            self.left + other.left,
            self.errors + other.errors,
        )

    def sentence(self) -> str:
        """All of it in plain words."""
        number = len(self.series)
        parts = [
            translate_count(
                "Vertebrae found on {count} series.", "Vertebrae found on {count} series.", number
            ).format(count=number)
        ]
        for count, words in (
            (self.doubtful, translate("Doubtful numbering: {count}.")),
            (self.bare, translate("No vertebrae seen: {count}.")),
            (self.left, translate("Left as a reader has changed them meanwhile: {count}.")),
            (len(self.errors), translate("Not readable: {count}.")),
        ):
            if count:
                parts.append(words.format(count=count))
        return " ".join([*parts, *dict.fromkeys(self.errors)])


def adopt(session: Session, detected: Sequence[DetectedSeries], *, asked: bool = False) -> Adopted:
    """Puts what was found into the project, as proposed, in one change.

    What a reader did meanwhile stays: a series that isn't as it was when the plan was made is
    left alone.

    Args:
        session: The open project.
        detected: Findings of series of that project.
        asked: Whether a reader asked for it and can undo it. What comes by itself isn't theirs
            to undo: it would stand in the way of undoing what they did last.

    Raises:
        NotSavedError: If it couldn't be written; nothing has happened.
    """
    untouched = [item for item in detected if session.seen.overlay(item.series_uid) == item.before]
    edits = tuple(
        SetOverlay(item.series_uid, item.before, item.overlay, _TITLE)
        for item in untouched
        if item.overlay is not None and item.overlay != item.before
    )
    if edits:
        group = EditGroup(_TITLE, edits)
        if asked:
            session.apply(group)
        else:
            session.apply_beside(group, DETECTOR)
    found = [item.overlay for item in untouched if item.overlay is not None]
    return Adopted(
        tuple(overlay.series_uid for overlay in found),
        sum(overlay.numbering.doubt is not None for overlay in found),
        sum(item.overlay is None and not item.error for item in untouched),
        len(detected) - len(untouched),
        tuple(item.error for item in detected if item.error),
    )


def detect(
    session: Session,
    series_uid: str | None,
    emit: Emit,
    stop_requested: StopRequested,
    *,
    again: bool = False,
) -> tuple[list[DetectedSeries], Adopted]:
    """Finds vertebrae and keeps them, without a window.

    Args:
        session: The open project.
        series_uid: Which series; None for every sagittal one without confirmed vertebrae.
        emit: Hears how far it is.
        stop_requested: Asked between series; what was found by then is kept.
        again: Whether the detector's own proposals are found anew.

    Returns:
        What stands on each series now, earlier proposals of the detector too; and what is new.

    Raises:
        InputError: If there is no such series, it isn't sagittal, or none could be looked at.
        InvalidEditError: If vertebrae of a reader or a label map are on the series.
        CancelledError: If a stop was requested.
    """
    chosen = None if series_uid is None else [series_uid]
    plan = detect_plan(session, chosen, again=again)
    known = _proposed_before(session, chosen)
    if series_uid is not None and not plan.requests and not known:
        raise InvalidEditError(
            "The vertebrae on this series are a reader's, or of a label map: they stay as they are."
        )
    found: list[DetectedSeries] = []

    def hear(event: object) -> None:
        if isinstance(event, DetectedSeries):
            found.append(event)
        emit(event)

    try:
        plan.run(hear, stop_requested)
    except CancelledError:
        adopt(session, found)
        raise
    if found and all(item.error for item in found):
        raise InputError(found[0].error)
    told = {item.series_uid: item for item in (*known, *found)}
    return list(told.values()), adopt(session, found)


def _proposed_before(session: Session, chosen: Sequence[str] | None) -> list[DetectedSeries]:
    """The detector's proposals that are there already, as if they had been found just now."""
    overlays = (session.seen.overlay(uid) for uid in chosen or tuple(session.state.series))
    return [
        DetectedSeries(overlay.series_uid, overlay, overlay, 0.0, (translate(_KNOWN),))
        for overlay in overlays
        if overlay is not None and is_own_proposal(overlay)
    ]
