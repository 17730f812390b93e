"""What a check finds: problems as values, and what was looked at."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

StepProgress: TypeAlias = Callable[[str, int, int], None]
"""Is told a step's name, how much of it is done, and how much there is."""


class ProblemKind(StrEnum):
    """What is wrong, as one stable word each."""

    MARKER_DAMAGED = "marker-damaged"
    JOURNAL_DAMAGED = "journal-damaged"
    CHANGE_LOST = "change-lost"
    JOURNAL_CUT_OFF = "journal-cut-off"
    JOURNAL_ALTERED = "journal-altered"
    JOURNAL_CONTINUED = "journal-continued"
    JOURNAL_MISSING = "journal-missing"
    JOURNAL_NAME = "journal-name"
    OTHER_PROJECT = "other-project"
    TABLES_DAMAGED = "tables-damaged"
    TABLES_MISSING = "tables-missing"
    TABLES_DIFFER = "tables-differ"
    NOT_IN_JOURNALS = "not-in-journals"
    AUDIT_DIFFERS = "audit-differs"
    REVISION_MISSING = "revision-missing"
    REVISION_TWICE = "revision-twice"
    GRADE_RULE = "grade-rule"
    GRADE_TIME = "grade-time"
    VALUE_UNKNOWN = "value-unknown"
    SCHEME_DAMAGED = "scheme-damaged"
    REFERENCE_MISSING = "reference-missing"
    IMAGE_MISSING = "image-missing"
    IMAGE_DAMAGED = "image-damaged"
    LINK_DAMAGED = "link-damaged"
    LINKED_FILES_MISSING = "linked-files-missing"
    IMAGE_UNUSED = "image-unused"
    RUN_DAMAGED = "run-damaged"
    PERMISSIONS = "permissions"
    LEFTOVER = "leftover"
    UNREADABLE = "unreadable"


DAMAGE = frozenset(
    {
        ProblemKind.JOURNAL_DAMAGED,
        ProblemKind.CHANGE_LOST,
        ProblemKind.JOURNAL_CUT_OFF,
        ProblemKind.JOURNAL_ALTERED,
        ProblemKind.JOURNAL_CONTINUED,
        ProblemKind.JOURNAL_MISSING,
        ProblemKind.TABLES_DAMAGED,
        ProblemKind.TABLES_DIFFER,
        ProblemKind.NOT_IN_JOURNALS,
        ProblemKind.AUDIT_DIFFERS,
    }
)
"""What shows that a journal or project.h5 isn't as it was written."""


@dataclass(frozen=True)
class Problem:
    """Something that isn't as it should be.

    Args:
        kind: What is wrong.
        file: Path inside the project.
        sentence: What is wrong and what that means for the data; no patient identity.
        mendable: Whether ``--repair`` puts it right.
        mended: Whether it was put right, now or by an earlier repair.
        is_note: Whether it does no harm and is only told of.
    """

    kind: ProblemKind
    file: str
    sentence: str
    mendable: bool = False
    mended: bool = False
    is_note: bool = False

    @property
    def is_left(self) -> bool:
        """Whether somebody has to do something about it."""
        return not (self.mended or self.is_note)


@dataclass
class Counts:
    """What was looked at.

    Args:
        journals: Files.
        lines: Sound lines in them.
        changes: Of these, changes.
        tables: project.h5 and its generations.
        images: Image files whose content was compared with their name.
        image_bytes: Their size.
        linked_images: Images whose files lie outside; only looked whether they are there.
        grades: Answers of readers, all revisions.
        predictions: Grades of models.
        runs: Trainings.
    """

    journals: int = 0
    lines: int = 0
    changes: int = 0
    tables: int = 0
    images: int = 0
    image_bytes: int = 0
    linked_images: int = 0
    grades: int = 0
    predictions: int = 0
    runs: int = 0
