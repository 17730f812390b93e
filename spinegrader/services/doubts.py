"""Which studies have vertebrae whose count may be another one, and what to say of it."""

from collections.abc import Iterable
from weakref import WeakKeyDictionary

from spinegrader.domain.edits import Changes
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.tallies import told_doubts
from spinegrader.services.session import Session
from spinegrader.texts import translate

HARDLY_SEEN = 0.5
"""Confidence below which a vertebra that was found is one to look at: a usual one has 0.6 to 1."""


class _DoubtBook:
    """The studies of a session with doubtful vertebrae: a list of thousands asks for each."""

    def __init__(self) -> None:
        self._series: dict[str, str] | None = None

    def studies(self, session: Session) -> frozenset[str]:
        if self._series is None:
            self._series = {}
            self._look(session, told_doubts(session.state))
            self._look(session, session.unsaved.overlays)
        return frozenset(self._series.values())

    def note(self, session: Session, changes: Changes) -> None:
        if changes.studies:
            self._series = None
        elif self._series is not None:
            self._look(session, changes.overlays)

    def _look(self, session: Session, series_uids: Iterable[str]) -> None:
        """The series by UID, with their study, as far as they are doubtful now."""
        if self._series is None:
            return
        for uid in series_uids:
            self._series.pop(uid, None)
            overlay, series = session.seen.overlay(uid), session.state.series.get(uid)
            if overlay is not None and series is not None and overlay.is_doubtful:
                self._series[uid] = series.study_uid


_books: WeakKeyDictionary[Session, _DoubtBook] = WeakKeyDictionary()


def has_doubt(session: Session, study_uid: str) -> bool:
    """Whether a study has proposed vertebrae whose count may be another one."""
    found = _books.get(session)
    if found is None:
        made = found = _books[session] = _DoubtBook()
        # Before all others: they ask as soon as they hear of a change.
        session.subscribe(lambda changes: made.note(session, changes), first=True)
    return study_uid in found.studies(session)


def doubtful_overlay(session: Session, study_uid: str, series_uid: str) -> Overlay | None:
    """The overlay of a study that is in doubt, that of one series before others."""
    if not has_doubt(session, study_uid):
        return None
    known = [item.uid for item in session.state.series_of(study_uid)]
    overlays = (session.seen.overlay(uid) for uid in sorted(known, key=lambda u: u != series_uid))
    return next((item for item in overlays if item is not None and item.is_doubtful), None)


def doubt_words(overlay: Overlay) -> str:
    """What may be otherwise, such as “L5 could be L6”; empty where there is no doubt."""
    doubt = overlay.numbering.doubt
    if not overlay.is_doubtful or doubt is None:
        return ""
    if doubt.level is None or doubt.could_be is None or overlay.vertebra(doubt.level) is None:
        return translate("the levels could have other names")
    return translate("{level} could be {name}").format(level=doubt.level, name=doubt.could_be)


def hardly_seen_words(overlay: Overlay) -> str:
    """Which vertebrae were hardly seen or only guessed; empty where there are none."""
    return ", ".join(item.level for item in overlay.vertebrae if item.confidence < HARDLY_SEEN)
