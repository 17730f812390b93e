"""Raising and lowering the flag of a study."""

from spinegrader.domain.edits import Changes, SetFlag
from spinegrader.domain.flow import Flag
from spinegrader.services.items import Item
from spinegrader.services.session import Session


def raise_flag(session: Session, study_uid: str, text: str) -> Changes:
    """Flags a study under the session's reader's name; the words may be empty.

    Raises:
        InvalidEditError: If the flag was changed meanwhile.
        NotSavedError: If it couldn't be written.
    """
    words = " ".join(text.split()).rstrip(":").rstrip()
    before = session.state.flag(study_uid)
    return session.apply(SetFlag(study_uid, before, Flag(session.reader, words)))


def lower_flag(session: Session, study_uid: str) -> Changes:
    """Takes the flag of a study down; nothing if it has none.

    Raises:
        NotSavedError: If it couldn't be written.
    """
    before = session.state.flag(study_uid)
    return Changes() if before is None else session.apply(SetFlag(study_uid, before, None))


def is_flagged(session: Session, study_uid: str) -> bool:
    """Whether a study has a flag."""
    return session.state.flag(study_uid) is not None


def flagged_by(session: Session, study_uid: str) -> str | None:
    """Who raised the flag of a study; None where it has none."""
    flag = session.state.flag(study_uid)
    return None if flag is None else flag.by


def has_words(session: Session, study_uid: str) -> bool:
    """Whether the flag of a study says why; which words, :mod:`.sight` tells."""
    flag = session.state.flag(study_uid)
    return flag is not None and bool(flag.text)


def words_to_begin_with(session: Session, item: Item | None) -> str:
    """What a flag's words begin with: the item that is in focus."""
    if item is None:
        return ""
    return f"{item.disc} {session.scheme.grading(item.grading).name}: "
