"""The open project: the sole mutator of its data."""

import json
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from spinegrader.domain.edits import Changes, Edit, SetSetting
from spinegrader.domain.grades import Reason
from spinegrader.domain.scheme import SCHEME_SETTING, Scheme
from spinegrader.domain.state import ProjectState
from spinegrader.domain.validity import check_edit
from spinegrader.errors import InvalidEditError, NotSavedError, ProjectError
from spinegrader.services.blinding import with_true_mode
from spinegrader.services.containment import containment
from spinegrader.services.history import History, rebased
from spinegrader.services.memory import ProjectMemory
from spinegrader.services.renewal import Renewal
from spinegrader.services.resources import load_scheme
from spinegrader.services.unsaved import (
    SeenState,
    UnsavedEdits,
    WaitingEdit,
    can_wait,
    fitted,
)
from spinegrader.store.layout import is_blank
from spinegrader.store.project import ProjectStore

Listener = Callable[[Changes], None]

_READER = "reader_of_project"


class Session:
    """One reader at one project.

    Every change goes through :meth:`apply`: it is checked, written durably to the journal,
    taken into the state, and announced to the listeners. All of it happens on one thread.

    ``state`` tells only what is on the disk. Where somebody is there to free some space and try
    again, ``keeps_unsaved`` is set: grades and vertebrae that couldn't be written then wait in
    ``unsaved``, and ``seen`` tells what is on screen.

    Args:
        store: The open project on disk.
        reader: Under whose name grades are kept, unless the project names its reader itself.
        scheme: The grading scheme of a project that has none yet; the program's where left out.
        clock: Seconds that never go back.
    """

    def __init__(
        self,
        store: ProjectStore,
        reader: str,
        scheme: Scheme | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store = store
        named = store.state.setting(_READER)
        self.reader: str = reader if named is None else json.loads(named)
        kept = store.state.setting(SCHEME_SETTING)
        self.scheme = Scheme.from_mapping(json.loads(kept)) if kept else scheme or load_scheme()
        self.saved_at: datetime | None = None
        self.keeps_unsaved = False
        self.unsaved = UnsavedEdits()
        self.seen = SeenState(store.state, self.unsaved)
        self.renewal = Renewal(store, clock)
        self.memory = ProjectMemory()
        self._history = History()
        self._listeners: list[Listener] = []
        self._is_new = False

    @classmethod
    def open(cls, folder: Path, reader: str) -> "Session":
        """Opens a project.

        Raises:
            ProjectError: If the folder isn't a project or can't be read.
        """
        return cls(ProjectStore.open(folder, containment()), reader)

    @classmethod
    def open_or_create(cls, folder: Path, reader: str) -> "Session":
        """Opens a project, or makes one where there is nothing yet.

        Raises:
            ProjectError: If the folder holds something else.
        """
        is_new = is_blank(folder)
        begin = ProjectStore.create if is_new else ProjectStore.open
        session = cls(begin(folder, containment()), reader)
        session._is_new = is_new
        return session

    @property
    def state(self) -> ProjectState:
        """What the project holds; to be read, never changed from outside."""
        return self.store.state

    def subscribe(self, listener: Listener, *, first: bool = False) -> Callable[[], None]:
        """Calls ``listener`` after every change; returns what ends that.

        Args:
            listener: Is told what changed.
            first: Whether it is told before those that are there already.
        """
        self._listeners.insert(0 if first else len(self._listeners), listener)
        return lambda: self._listeners.remove(listener)

    # -- changing ---------------------------------------------------------------------------

    def apply(self, edit: Edit) -> Changes:
        """Makes a change that the user can undo.

        Returns:
            What views must redraw. When it returns, the change is durable, or waits in
            ``unsaved`` where ``keeps_unsaved`` is set.

        Raises:
            InvalidEditError: If the change doesn't fit the project; nothing has happened.
            NotSavedError: If it couldn't be written and doesn't wait; nothing has happened.
        """
        edit = with_true_mode(edit, self.state)
        changes = self._make(edit)
        self._history.push(edit)
        self._announce(changes)
        return changes

    def apply_beside(self, edit: Edit, by: str) -> Changes:
        """Makes a change that comes by itself, such as vertebrae found while the reader reads.

        It isn't the reader's to undo, and doesn't wait for the disk: it can come again.

        Args:
            edit: The change.
            by: Whose name it is kept under.

        Raises:
            InvalidEditError: If the change doesn't fit the project; nothing has happened.
            NotSavedError: If it couldn't be written; nothing has happened.
        """
        self.try_again()
        if self.unsaved.error is not None:
            raise self.unsaved.error
        check_edit(self.state, edit, self.scheme)
        changes = self._write(edit, by)
        self._announce(changes)
        return changes

    def undo(self) -> Changes:
        """Takes the latest change back, durably; nothing where there is none."""
        return self._step(self._history.peek_undo(), self._history.undone, Reason.UNDONE)

    def redo(self) -> Changes:
        """Makes the change again that was taken back last."""
        return self._step(self._history.peek_redo(), self._history.redone, Reason.REDONE)

    @property
    def next_undo(self) -> Edit | None:
        """The change that undo would take back."""
        return self._history.peek_undo()

    @property
    def next_redo(self) -> Edit | None:
        """The undo that redo would take back."""
        return self._history.peek_redo()

    @property
    def undo_title(self) -> str | None:
        """What would be undone; None if nothing."""
        return None if self.next_undo is None else self.next_undo.title

    @property
    def redo_title(self) -> str | None:
        """What would be done again; None if nothing."""
        return None if self.next_redo is None else self.next_redo.title

    def try_again(self) -> Changes:
        """Writes the changes that wait, in order, as far as the disk takes them.

        ``unsaved`` says whether it did; nothing is raised where it didn't.
        """
        changes = Changes()
        while self.unsaved:
            first = self.unsaved.first
            try:
                changes |= self._commit(first)
            except NotSavedError as error:
                self.unsaved.error = error
                break
            except InvalidEditError as error:
                # It must not stand in the way of those behind it.
                self.unsaved.refused.append(error)
            changes |= self.unsaved.remove(first)
        if changes:
            self._announce(changes)
        return changes

    def discard_unsaved(self) -> Changes:
        """Throws away the changes that wait; until the next one, redo makes them again."""
        changes = Changes()
        while (last := self.unsaved.last) is not None:
            changes |= self.unsaved.remove(last)
            self._history.taken_out(last.edit, datetime.now(UTC))
        if changes:
            self._announce(changes)
        return changes

    def name_reader_of_project(self, name: str) -> None:
        """Whoever opens the project reads under this name from now on: for demo projects."""
        before = self.state.setting(_READER)
        edit = SetSetting(_READER, before, json.dumps(name))
        self._announce(self._make(edit))
        self.reader = name

    def refresh(self) -> Changes:
        """Takes in what other sessions on the same project have written."""
        changes = self.store.refresh()
        if changes:
            self.memory.forget()
            self.renewal.note_change()
            self._announce(changes)
        return changes

    def close(self, *, wait: bool = True, renew: bool = True) -> None:
        """Rebuilds the HDF5 file if something is new, and lets the project go.

        Args:
            wait: Whether to return only when the file is rebuilt; its process goes on by itself.
            renew: Whether to rebuild it; left out, the next session does.
        """
        self._listeners.clear()
        self.store.close(compact=renew, wait=wait)

    def discard_if_new(self) -> None:
        """Closes a project that this session made, and removes it if nothing came into it."""
        is_empty = self._is_new and not self.store.is_used_by_others()
        self.close()
        if is_empty and not self.state.patients:
            shutil.rmtree(self.store.folder, ignore_errors=True)

    def _step(self, edit: Edit | None, note: Callable[[Edit], None], reason: Reason) -> Changes:
        if edit is None:
            return Changes()
        inverse = edit.inverse(datetime.now(UTC))
        if inverse is None:
            return Changes()
        last = self.unsaved.last
        if last is not None and last.edit is edit:
            # It was never written: there is nothing to take back on the disk.
            changes = self.unsaved.remove(last)
            note(inverse)
            self._announce(changes)
            return changes
        try:
            step = with_true_mode(rebased(inverse, self.seen, reason), self.state)
            changes = self._make(step)
        except InvalidEditError:
            # Another session changed the same place: its word stands, ours leaves the stack.
            note(inverse)
            raise
        note(step)
        self._announce(changes)
        return changes

    def _make(self, edit: Edit) -> Changes:
        """Writes a change behind those that wait, or lets it wait too."""
        check_edit(self.state, edit, self.scheme, self.seen)
        had_waiting = bool(self.unsaved)
        self.try_again()
        error = self.unsaved.error
        if error is None:
            try:
                if had_waiting:
                    return self._commit(WaitingEdit(edit, self.reader))
                return self._write(edit, self.reader)
            except NotSavedError as new_error:
                error = new_error
        if self.keeps_unsaved and can_wait(edit):
            return self.unsaved.add(edit, self.reader, error)
        raise error

    def _commit(self, waiting: WaitingEdit) -> Changes:
        edit = fitted(waiting.edit, self.state)
        check_edit(self.state, edit, self.scheme)
        changes = self._write(edit, waiting.by)
        self._history.replace(waiting.edit, edit)
        return changes

    def _write(self, edit: Edit, by: str) -> Changes:
        if self.state.setting(SCHEME_SETTING) is None:
            # What a grade means must not change with the program.
            scheme = SetSetting(SCHEME_SETTING, None, json.dumps(self.scheme.as_mapping()))
            self._keep(scheme, by)
        changes = self._keep(edit, by)
        self.saved_at = datetime.now(UTC)
        self.renewal.note_change()
        return changes

    def _keep(self, edit: Edit, by: str) -> Changes:
        try:
            stamp = self.store.append(edit, by=by)
        except ProjectError as error:
            raise NotSavedError(error.message, error.context) from error
        self.memory.forget()
        return self.state.apply(edit, stamp)

    def _announce(self, changes: Changes) -> None:
        for listener in tuple(self._listeners):
            listener(changes)
