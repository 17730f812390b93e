"""The open project: the sole mutator of its data."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from spinegrader.domain.edits import Changes, Edit, SetSetting
from spinegrader.domain.grades import Reason
from spinegrader.domain.scheme import SCHEME_SETTING, Scheme
from spinegrader.domain.state import ProjectState
from spinegrader.errors import InvalidEditError, NotSavedError, ProjectError
from spinegrader.services.containment import containment
from spinegrader.services.history import History, rebased
from spinegrader.services.resources import load_scheme
from spinegrader.store.project import ProjectStore

Listener = Callable[[Changes], None]

_READER = "reader_of_project"


class Session:
    """One reader at one project.

    Every change goes through :meth:`apply`: it is checked, written durably to the journal,
    taken into the state, and announced to the listeners. All of it happens on one thread.

    Args:
        store: The open project on disk.
        reader: Under whose name grades are kept, unless the project names its reader itself.
        scheme: The grading scheme of a project that has none yet; the program's where left out.
    """

    def __init__(self, store: ProjectStore, reader: str, scheme: Scheme | None = None) -> None:
        self.store = store
        named = store.state.setting(_READER)
        self.reader: str = reader if named is None else json.loads(named)
        kept = store.state.setting(SCHEME_SETTING)
        self.scheme = Scheme.from_mapping(json.loads(kept)) if kept else scheme or load_scheme()
        self.saved_at: datetime | None = None
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
        exists = any(folder.iterdir()) if folder.is_dir() else folder.exists()
        begin = ProjectStore.open if exists else ProjectStore.create
        session = cls(begin(folder, containment()), reader)
        session._is_new = not exists
        return session

    @property
    def state(self) -> ProjectState:
        """What the project holds; to be read, never changed from outside."""
        return self.store.state

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Calls ``listener`` after every change; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def apply(self, edit: Edit) -> Changes:
        """Makes a change that the user can undo.

        Returns:
            What views must redraw. When it returns, the change is durable.

        Raises:
            InvalidEditError: If the change doesn't fit the project; nothing has happened.
            NotSavedError: If it couldn't be written; nothing has happened.
        """
        changes = self._commit(edit)
        self._history.push(edit)
        self._announce(changes)
        return changes

    def undo(self) -> Changes:
        """Takes the latest change back, durably; nothing where there is none."""
        return self._step(self._history.peek_undo(), self._history.undone, Reason.UNDONE)

    def redo(self) -> Changes:
        """Makes the change again that was taken back last."""
        return self._step(self._history.peek_redo(), self._history.redone, Reason.REDONE)

    def name_reader_of_project(self, name: str) -> None:
        """Whoever opens the project reads under this name from now on: for demo projects."""
        before = self.state.setting(_READER)
        self._announce(self._commit(SetSetting(_READER, before, json.dumps(name))))
        self.reader = name

    @property
    def undo_title(self) -> str | None:
        """What would be undone; None if nothing."""
        edit = self._history.peek_undo()
        return None if edit is None else edit.title

    @property
    def redo_title(self) -> str | None:
        """What would be done again; None if nothing."""
        edit = self._history.peek_redo()
        return None if edit is None else edit.title

    def refresh(self) -> Changes:
        """Takes in what other sessions on the same project have written."""
        changes = self.store.refresh()
        if changes:
            self._announce(changes)
        return changes

    def close(self) -> None:
        """Rebuilds the HDF5 file if something is new, and lets the project go."""
        self._listeners.clear()
        self.store.close()

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
        try:
            step = rebased(inverse, self.state, reason)
            changes = self._commit(step)
        except InvalidEditError:
            # Another session changed the same place: its word stands, ours leaves the stack.
            note(inverse)
            raise
        note(step)
        self._announce(changes)
        return changes

    def _commit(self, edit: Edit) -> Changes:
        self.state.check(edit, self.scheme)
        if self.state.setting(SCHEME_SETTING) is None:
            # What a grade means must not change with the program.
            self._keep(SetSetting(SCHEME_SETTING, None, json.dumps(self.scheme.as_mapping())))
        changes = self._keep(edit)
        self.saved_at = datetime.now(UTC)
        return changes

    def _keep(self, edit: Edit) -> Changes:
        try:
            stamp = self.store.append(edit, by=self.reader)
        except ProjectError as error:
            raise NotSavedError(error.message, error.context) from error
        return self.state.apply(edit, stamp)

    def _announce(self, changes: Changes) -> None:
        for listener in tuple(self._listeners):
            listener(changes)
