"""A reader's grade: of what, by whom, when, how."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.errors import InvalidEditError


class Answer(StrEnum):
    """What a reader said about an item."""

    GRADED = "graded"
    UNSURE = "unsure"
    NOT_ASSESSABLE = "not assessable"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class GradeKey:
    """What was graded by whom; later answers to the same key supersede earlier ones.

    Args:
        study_uid: StudyInstanceUID.
        disc: The disc.
        grading: Id of the grading in the project's scheme.
        reader: Name of the reader.
        reading: 1 for the first reading, 2 for a repeated one.
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

    def superseding(self, earlier: "Grade | None", at: datetime) -> "Grade":
        """This answer again, as the revision that follows ``earlier``."""
        revision = 1 if earlier is None else earlier.revision + 1
        return replace(self, revision=revision, graded_at=at)

    def withdrawn(self, at: datetime) -> "Grade":
        """The next revision, which takes the answer back."""
        return replace(
            self,
            answer=Answer.WITHDRAWN,
            value=None,
            revision=self.revision + 1,
            graded_at=at,
            accepted_prediction="",
            comment="",
        )
