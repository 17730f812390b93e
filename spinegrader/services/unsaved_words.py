"""What waits for the disk, in words."""

from collections.abc import Sequence

from spinegrader.domain.edits import Edit, EditGroup, SetGrade
from spinegrader.domain.grades import Answer, Grade
from spinegrader.domain.scheme import Scheme
from spinegrader.durable import is_disk_full
from spinegrader.errors import SpineGraderError
from spinegrader.services.unsaved import UnsavedEdits
from spinegrader.services.wording import counted
from spinegrader.store.failures import unwritable

_MOST_NAMED = 3
_UNTIL_THEN = "{} on screen until then, but would be lost with this window."


def edit_words(edit: Edit, scheme: Scheme) -> str:
    """A change by what the reader did: “L4/L5 Pfirrmann 3”, “Move L4”."""
    if isinstance(edit, EditGroup) and len(edit.edits) == 1:
        return edit_words(edit.edits[0], scheme)
    if not isinstance(edit, SetGrade):
        return edit.title
    grade = edit.after
    name = f"{grade.key.disc} {scheme.grading(grade.key.grading).name}"
    if edit.before is not None and grade.comment != edit.before.comment and not grade.is_open:
        return f"Comment on {name}"
    return f"{name} {_answer_words(grade)}"


def _answer_words(grade: Grade) -> str:
    if grade.is_open:
        return "taken back"
    if grade.answer is Answer.GRADED:
        return str(grade.value)
    return str(grade.answer)


def unsaved_count(unsaved: UnsavedEdits) -> str:
    """“1 change not saved”."""
    return f"{counted(len(unsaved), 'change', 'changes')} not saved"


def cause_words(unsaved: UnsavedEdits) -> str:
    """Why the latest attempt failed; empty where nothing waits."""
    return "" if unsaved.error is None else " ".join(_cause_and_remedy(unsaved.error)) + "."


def leaving_words(unsaved: UnsavedEdits, scheme: Scheme) -> str:
    """What would be lost if the project were closed now."""
    named = _newest([edit_words(waiting.edit, scheme) for waiting in unsaved])
    return (
        f"{named}: {'this is' if len(unsaved) == 1 else 'these are'} only in this window and would"
        f" be lost with it. {cause_words(unsaved)} Then try again."
    )


def unsaved_sentence(unsaved: UnsavedEdits, scheme: Scheme) -> str:
    """What was not saved, why, and what to do; empty where nothing waits."""
    if unsaved.error is None:
        return ""
    named = [edit_words(waiting.edit, scheme) for waiting in unsaved]
    is_one = len(named) == 1
    what = named[0] if is_one else f"{len(named)} changes ({_newest(named)})"
    cause, remedy = _cause_and_remedy(unsaved.error)
    said = f"{what} {'was' if is_one else 'were'} not saved. {cause} {remedy}:"
    if is_one:
        return f"{said} then it is saved by itself. {_UNTIL_THEN.format('It stays')}"
    return f"{said} then they are saved by themselves. {_UNTIL_THEN.format('They stay')}"


def _newest(named: Sequence[str]) -> str:
    latest = ", ".join(named[-_MOST_NAMED:])
    return f"…, {latest}" if len(named) > _MOST_NAMED else latest


def _cause_and_remedy(error: SpineGraderError) -> tuple[str, str]:
    cause = _system_error(error)
    if cause is None:
        return error.message, "Look into that"
    said = unwritable(cause, "").message.strip()
    if is_disk_full(cause):
        return said, "Free some space"
    if isinstance(cause, PermissionError):
        return said, "Ask the project's owner for it"
    return said, "Check the disk"


def _system_error(error: BaseException) -> OSError | None:
    """What the system said, however deep it lies."""
    found: BaseException | None = error
    while found is not None and not isinstance(found, OSError):
        found = found.__cause__
    return found
