"""A reader's grade: of what, by whom, when, how."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.errors import InvalidEditError
from spinegrader.texts import for_translation


class Answer(StrEnum):
    """What a reader said about an item."""

    GRADED = for_translation("graded")
    UNSURE = for_translation("unsure")
    NOT_ASSESSABLE = for_translation("not assessable")
    WITHDRAWN = for_translation("withdrawn")


class ReadingMode(StrEnum):
    """Under which conditions an answer is given.

    A blinded reader sees neither a model's grade nor another reader's. An adjudicator sees the
    answers of two readers and gives the final one.
    """

    BLINDED = for_translation("blinded")
    ASSISTED = for_translation("assisted")
    ADJUDICATED = for_translation("adjudicated")


ADJUDICATION = 0
"""The reading that adjudicated answers belong to: beside the adjudicator's own readings."""


class Reason(StrEnum):
    """Why an answer supersedes the one before; readers may give their own words instead."""

    CORRECTED = for_translation("corrected")
    COMMENTED = for_translation("comment changed")
    TAKEN_BACK = for_translation("taken back")
    UNDONE = for_translation("undone")
    REDONE = for_translation("redone")
    ACCEPTED = for_translation("prediction accepted")
    OVERRULED = for_translation("prediction overruled")
    NOT_RECORDED = for_translation("not recorded")
    """Of changes that were made before reasons were kept."""


@dataclass(frozen=True)
class GradeKey:
    """What was graded by whom; later answers to the same key supersede earlier ones.

    Args:
        study_uid: StudyInstanceUID.
        disc: The disc.
        grading: Id of the grading in the project's scheme.
        reader: Name of the reader.
        reading: 1 for the first reading, 2 and on for repeated ones, ``ADJUDICATION`` for answers
            that settle those of two readers.
    """

    study_uid: str
    disc: DiscLevel
    grading: str
    reader: str
    reading: int = 1


@dataclass(frozen=True)
class Grade:
    """One answer; append-only: a change is a new grade with the next revision.

    Args:
        key: What was graded by whom.
        answer: Graded, unsure (with or without a value), not assessable or withdrawn.
        value: The grade's digit in the scheme; None where there is none.
        revision: 1 for the first answer to this key, rising.
        graded_at: UTC.
        seconds: Time that the reader took, 0 where it isn't known.
        prediction_visible: Whether a model's grade was on screen when this one was given.
        accepted_prediction: Id of the prediction that the reader accepted, or empty.
        program_version: Version of SpineGrader that recorded it.
        comment: Free text of the reader.
        mode: Whether the answer was blinded, assisted or adjudicated.
        reason: Why it supersedes the answer before: a ``Reason`` or the reader's own words; empty
            for a first answer. An adjudicated answer says here whose answers it settles.
    """

    key: GradeKey
    answer: Answer
    value: int | None
    revision: int
    graded_at: datetime
    seconds: float = 0.0
    prediction_visible: bool = False
    accepted_prediction: str = ""
    program_version: str = ""
    comment: str = ""
    mode: ReadingMode = ReadingMode.BLINDED
    reason: str = ""

    def __post_init__(self) -> None:
        if self.answer is Answer.GRADED and self.value is None:
            raise InvalidEditError("A grade needs a value.")
        if self.graded_at.tzinfo is None:
            raise InvalidEditError("The time of a grade must be in UTC.")

    @property
    def is_label(self) -> bool:
        """Whether a model may learn from it."""
        return self.answer is Answer.GRADED

    @property
    def is_open(self) -> bool:
        """Whether the item still waits for an answer."""
        return self.answer is Answer.WITHDRAWN

    def says_the_same(self, other: "Grade | None") -> bool:
        """Whether another answer to the same key tells the reader the same."""
        if other is None:
            return self.is_open
        return (self.key, self.answer, self.value, self.comment) == (
            other.key,
            other.answer,
            other.value,
            other.comment,
        )

    def superseding(self, earlier: "Grade", at: datetime, reason: str) -> "Grade":
        """This answer again, as the revision that follows ``earlier``."""
        return replace(self, revision=earlier.revision + 1, graded_at=at, reason=reason)

    def withdrawn(self, at: datetime, reason: str = Reason.TAKEN_BACK) -> "Grade":
        """The next revision, which takes the answer back."""
        return replace(
            self,
            answer=Answer.WITHDRAWN,
            value=None,
            revision=self.revision + 1,
            graded_at=at,
            accepted_prediction="",
            comment="",
            reason=reason,
        )


def check_successor(before: Grade | None, after: Grade) -> None:
    """Refuses an answer that doesn't follow from the one before.

    Raises:
        InvalidEditError: With a sentence that says why.
    """
    if after.revision != (1 if before is None else before.revision + 1):
        raise InvalidEditError("This answer doesn't follow the one before it: look at it again.")
    if before is not None and not after.reason:
        raise InvalidEditError("An answer that replaces another needs a reason.")
    if after.mode is ReadingMode.BLINDED and after.prediction_visible:
        raise InvalidEditError("A blinded reading can't be one that shows a model's grade.")
    if not has_its_reading(after):
        raise InvalidEditError("An adjudicated answer stands beside the readings, not in one.")


def has_its_reading(grade: Grade) -> bool:
    """Whether an answer is adjudicated where its key says so, and only there."""
    return (grade.mode is ReadingMode.ADJUDICATED) == (grade.key.reading == ADJUDICATION)
