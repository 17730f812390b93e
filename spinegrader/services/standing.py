"""How a study stands in the work list: read how far, flagged, asked again, wanting a reader."""

from dataclasses import dataclass
from enum import StrEnum

from spinegrader.services.doubts import has_doubt
from spinegrader.services.flags import is_flagged
from spinegrader.services.progress import Progress, StudyProgress, study_progress
from spinegrader.services.protocol import reading_protocol
from spinegrader.services.session import Session
from spinegrader.texts import for_translation


class Standing(StrEnum):
    """What a study waits for; the values are what the reader is told."""

    NEW = for_translation("new")
    DOING = for_translation("doing")
    DONE = for_translation("done")
    SECOND_READER = for_translation("needs second reader")
    """New to this reader, done by others, who aren't enough."""


@dataclass(frozen=True)
class StudyStanding:
    """How a study stands for the session's reader.

    Args:
        standing: What it waits for.
        progress: How many items are answered.
        is_flagged: Whether somebody raised a flag.
        is_doubtful: Whether it has proposed vertebrae whose count may be another one.
    """

    standing: Standing
    progress: StudyProgress
    is_flagged: bool
    is_doubtful: bool = False

    @property
    def is_repeat(self) -> bool:
        """Whether the reading in force repeats an earlier one."""
        return self.progress.reading > 1


def standing_of(session: Session, study_uid: str) -> StudyStanding | None:
    """How a study stands; None where there is nothing to grade."""
    progress = study_progress(session, study_uid)
    if not progress.is_gradable:
        return None
    standing = Standing(progress.state.value)
    if (
        progress.state is Progress.NEW
        and progress.reading == 1
        and 0 < progress.others_done < reading_protocol(session).readers
    ):
        standing = Standing.SECOND_READER
    flagged, doubtful = is_flagged(session, study_uid), has_doubt(session, study_uid)
    return StudyStanding(standing, progress, flagged, doubtful)
