"""An answer is blinded only as long as the reading has seen no other grades."""

from dataclasses import replace

from spinegrader.domain.edits import Edit, EditGroup, SetGrade, SingleEdit
from spinegrader.domain.flow import ReadingKey
from spinegrader.domain.grades import GradeKey, ReadingMode
from spinegrader.domain.state import ProjectState


def reading_of(key: GradeKey) -> ReadingKey:
    """The reading that an answer belongs to."""
    return ReadingKey(key.study_uid, key.reader, key.reading)


def with_true_mode(edit: Edit, state: ProjectState) -> Edit:
    """The edit with every answer of a reading that has seen other grades as an assisted one.

    Whatever makes the answer: a key, a comment or an undo, which says again what was said
    before, but now by somebody who has seen more.
    """
    if not state.sights:
        return edit
    if isinstance(edit, EditGroup):
        singles = tuple(_with_true_mode(single, state) for single in edit.edits)
        return edit if singles == edit.edits else replace(edit, edits=singles)
    return _with_true_mode(edit, state)


def _with_true_mode(edit: SingleEdit, state: ProjectState) -> SingleEdit:
    if (
        not isinstance(edit, SetGrade)
        or edit.after.mode is not ReadingMode.BLINDED
        or reading_of(edit.after.key) not in state.sights
    ):
        return edit
    return replace(edit, after=replace(edit.after, mode=ReadingMode.ASSISTED))
