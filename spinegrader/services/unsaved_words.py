"""What waits for the disk, in words."""

from collections.abc import Sequence

from spinegrader.domain.edits import Edit, EditGroup, SetGrade
from spinegrader.domain.grades import Answer, Grade
from spinegrader.domain.scheme import Scheme
from spinegrader.durable import is_disk_full
from spinegrader.errors import SpineGraderError
from spinegrader.services.edit_titles import title_words
from spinegrader.services.unsaved import UnsavedEdits
from spinegrader.store.failures import unwritable
from spinegrader.texts import translate, translate_count

_MOST_NAMED = 3


def edit_words(edit: Edit, scheme: Scheme) -> str:
    """A change by what the reader did: “L4/L5 Pfirrmann 3”, “Move L4”."""
    if isinstance(edit, EditGroup) and len(edit.edits) == 1:
        return edit_words(edit.edits[0], scheme)
    if not isinstance(edit, SetGrade):
        return title_words(edit)
    grade = edit.after
    name = f"{grade.key.disc} {scheme.grading(grade.key.grading).name}"
    if edit.before is not None and grade.comment != edit.before.comment and not grade.is_open:
        return translate("Comment on {item}").format(item=name)
    return f"{name} {_answer_words(grade)}"


def _answer_words(grade: Grade) -> str:
    if grade.is_open:
        return translate("taken back")
    if grade.answer is Answer.GRADED:
        return str(grade.value)
    return translate(str(grade.answer))


def unsaved_count(unsaved: UnsavedEdits) -> str:
    """“1 change not saved”."""
    words = translate_count("{count} change not saved", "{count} changes not saved", len(unsaved))
    return words.format(count=len(unsaved))


def cause_words(unsaved: UnsavedEdits) -> str:
    """Why the latest attempt failed; empty where nothing waits."""
    return "" if unsaved.error is None else " ".join(_cause_and_remedy(unsaved.error)) + "."


def leaving_words(unsaved: UnsavedEdits, scheme: Scheme) -> str:
    """What would be lost if the project were closed now."""
    named = _newest([edit_words(waiting.edit, scheme) for waiting in unsaved])
    lost = translate_count(
        "{changes}: this is only in this window and would be lost with it.",
        "{changes}: these are only in this window and would be lost with it.",
        len(unsaved),
    ).format(changes=named)
    return " ".join((lost, cause_words(unsaved), translate("Then try again.")))


def unsaved_sentence(unsaved: UnsavedEdits, scheme: Scheme) -> str:
    """What was not saved, why, and what to do; empty where nothing waits."""
    if unsaved.error is None:
        return ""
    named = [edit_words(waiting.edit, scheme) for waiting in unsaved]
    cause, remedy = _cause_and_remedy(unsaved.error)
    if len(named) == 1:
        words = translate(
            "{change} was not saved. {cause} {remedy}: then it is saved by itself. It stays on "
            "screen until then, but would be lost with this window."
        )
        return words.format(change=named[0], cause=cause, remedy=remedy)
    words = translate_count(
        "{count} change ({changes}) was not saved. {cause} {remedy}: then it is saved by itself. "
        "It stays on screen until then, but would be lost with this window.",
        "{count} changes ({changes}) were not saved. {cause} {remedy}: then they are saved by "
        "themselves. They stay on screen until then, but would be lost with this window.",
        len(named),
    )
    return words.format(count=len(named), changes=_newest(named), cause=cause, remedy=remedy)


def _newest(named: Sequence[str]) -> str:
    latest = ", ".join(named[-_MOST_NAMED:])
    return f"…, {latest}" if len(named) > _MOST_NAMED else latest


def _cause_and_remedy(error: SpineGraderError) -> tuple[str, str]:
    cause = _system_error(error)
    if cause is None:
        return error.message, translate("Look into that")
    said = unwritable(cause, "").message.strip()
    if is_disk_full(cause):
        return said, translate("Free some space")
    if isinstance(cause, PermissionError):
        return said, translate("Ask the project's owner for it")
    return said, translate("Check the disk")


def _system_error(error: BaseException) -> OSError | None:
    """What the system said, however deep it lies."""
    found: BaseException | None = error
    while found is not None and not isinstance(found, OSError):
        found = found.__cause__
    return found
