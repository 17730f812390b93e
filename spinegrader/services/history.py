"""Undo and redo: which changes a session can take back."""

from dataclasses import replace
from datetime import datetime

from spinegrader.domain.edits import Edit, EditGroup, SetGrade, SingleEdit, single_edits
from spinegrader.domain.validity import Seen
from spinegrader.errors import InvalidEditError


class History:
    """Two stacks. An edit without inverse (an import, predictions) leaves them as they are."""

    def __init__(self) -> None:
        self._undo: list[Edit] = []
        self._redo: list[Edit] = []

    def push(self, edit: Edit) -> None:
        """Remembers a change that the user made; what was undone before can't be redone."""
        if any(single.kind in ("import", "predictions", "sight") for single in single_edits(edit)):
            return
        self._undo.append(edit)
        self._redo.clear()

    def peek_undo(self) -> Edit | None:
        """The change that undo would take back."""
        return self._undo[-1] if self._undo else None

    def peek_redo(self) -> Edit | None:
        """The change whose inverse redo would make."""
        return self._redo[-1] if self._redo else None

    def undone(self, inverse: Edit) -> None:
        """Notes that the latest change was taken back by ``inverse``."""
        self._undo.pop()
        self._redo.append(inverse)

    def redone(self, inverse: Edit) -> None:
        """Notes that the latest undo was taken back by ``inverse``."""
        self._redo.pop()
        self._undo.append(inverse)

    def replace(self, edit: Edit, by: Edit) -> None:
        """Notes that an edit was written as another one, which says the same."""
        for stack in (self._undo, self._redo):
            stack[:] = [by if known is edit else known for known in stack]

    def taken_out(self, edit: Edit, at: datetime) -> None:
        """Notes that an edit was thrown away before it was written, as if it had been undone."""
        inverse = edit.inverse(at)
        if inverse is None:
            return
        if self._undo and self._undo[-1] is edit:
            self.undone(inverse)
        elif self._redo and self._redo[-1] is edit:
            self.redone(inverse)


def rebased(edit: Edit, seen: Seen, reason: str) -> Edit:
    """The edit with its grades as successors of the present ones.

    An undo adds revisions, so that an earlier edit no longer starts from the newest one even
    though it says the same.

    Args:
        edit: An undo or redo.
        seen: What is on screen now.
        reason: Why its grades supersede the present ones.

    Raises:
        InvalidEditError: If a grade says something else by now.
    """
    if isinstance(edit, EditGroup):
        rebased_edits = tuple(_rebased_single(single, seen, reason) for single in edit.edits)
        return replace(edit, edits=rebased_edits)
    return _rebased_single(edit, seen, reason)


def _rebased_single(edit: SingleEdit, seen: Seen, reason: str) -> SingleEdit:
    if not isinstance(edit, SetGrade):
        return edit
    current = seen.grade(edit.after.key)
    before = edit.before
    if current is None and before is not None and before.is_open:
        # The answer was taken out again before it was written: there is nothing to supersede.
        return SetGrade(None, replace(edit.after, revision=1, reason=""))
    if current is None or before is None or not current.says_the_same(before):
        raise InvalidEditError("This grade was changed meanwhile: it can't be undone any more.")
    after = replace(edit.after, revision=current.revision + 1, reason=reason)
    return SetGrade(current, after)
