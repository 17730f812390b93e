"""One series' vertebrae shown on another of the same study."""

from spinegrader.domain.overlays import Overlay
from spinegrader.services.session import Session


def overlay_for(session: Session, series_uid: str) -> tuple[Overlay | None, str | None]:
    """What is drawn on a series, or lent to it by another one of its study.

    The series of a study share the coordinates of the scanner, so that vertebrae placed on one lie
    right on the others as long as the patient lay still: where the patient moved between two
    series, they are shown as far off. Nor is it known whether the patient was taken out and laid
    down anew: FrameOfReferenceUID isn't kept. So what is lent is to be looked at, not to be
    changed or measured; drawing on the series itself begins an overlay of its own.

    Args:
        session: The open project.
        series_uid: The series on screen; of any plane.

    Returns:
        The series' own overlay and None; else that of the sagittal series of its study that comes
        first in grading and has vertebrae, and the UID of that series; else None twice.
    """
    own = session.seen.overlay(series_uid)
    if own is not None and own.vertebrae:
        return own, None
    series = session.state.series.get(series_uid)
    for other in () if series is None else session.state.series_of(series.study_uid):
        overlay = session.seen.overlay(other.uid) if other.is_sagittal else None
        if overlay is not None and overlay.vertebrae:
            return overlay, other.uid
    return None, None
