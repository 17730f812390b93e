"""The flow of reading a study: flags, readings asked again, and what a reader has looked at."""

from dataclasses import dataclass
from datetime import datetime

from spinegrader.errors import InvalidEditError


@dataclass(frozen=True)
class Flag:
    """A study that somebody should look at.

    Args:
        by: The reader who raised it.
        text: Why; may be empty.
    """

    by: str
    text: str = ""


@dataclass(frozen=True)
class ReadingKey:
    """One reader's reading of one study.

    Args:
        study_uid: StudyInstanceUID.
        reader: Name of the reader.
        reading: 1 for the first reading, 2 and on for repeated ones.
    """

    study_uid: str
    reader: str
    reading: int = 1

    def __post_init__(self) -> None:
        if self.reading < 1:
            raise InvalidEditError("Readings are counted from 1.")


@dataclass(frozen=True)
class Sight:
    """The moment from which on a reading isn't blinded any more.

    Args:
        key: Whose reading of which study.
        at: UTC; when a model's or another reader's grades came on screen first.
    """

    key: ReadingKey
    at: datetime

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise InvalidEditError("The time of a sight must be in UTC.")
