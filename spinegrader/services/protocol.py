"""How a project is read: blinded or not, by how many, and what is read again."""

import logging

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from spinegrader.domain.edits import Changes, SetSetting
from spinegrader.domain.grades import ReadingMode
from spinegrader.services.session import Session

_log = logging.getLogger(__name__)
_PROTOCOL = "reading_protocol"

MOST_READERS = 9
LONGEST_WAIT_DAYS = 3650


class ReadingProtocol(BaseModel):
    """The protocol of a project.

    Args:
        mode: Blinded: other grades of a study come in sight when the reader has answered all of
            its items. Assisted: they are in sight at any time.
        readers: How many readers each study needs.
        repeat_percent: The share of a reader's done studies that is drawn again.
        repeat_after_days: So many days after the last answer at the earliest.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    mode: ReadingMode = ReadingMode.BLINDED
    readers: int = Field(default=1, ge=1, le=MOST_READERS)
    repeat_percent: int = Field(default=10, ge=1, le=100)
    repeat_after_days: int = Field(default=28, ge=0, le=LONGEST_WAIT_DAYS)

    @property
    def is_blinded(self) -> bool:
        """Whether other grades stay out of sight until a study is done."""
        return self.mode is ReadingMode.BLINDED


def reading_protocol(session: Session) -> ReadingProtocol:
    """The project's protocol; the default, which is blinded, where none was set."""
    text = session.state.setting(_PROTOCOL)
    if text is None:
        return ReadingProtocol()
    try:
        return ReadingProtocol.model_validate_json(text)
    except ValidationError:
        # Blinded is the one that can't do harm.
        _log.warning("The reading protocol of the project can't be read: the default holds.")
        return ReadingProtocol()


def set_protocol(session: Session, protocol: ReadingProtocol) -> Changes:
    """Sets how this project is read; nothing if it is read so already.

    Raises:
        NotSavedError: If it couldn't be written.
    """
    if protocol == reading_protocol(session):
        return Changes()
    before = session.state.setting(_PROTOCOL)
    return session.apply(SetSetting(_PROTOCOL, before, protocol.model_dump_json()))
