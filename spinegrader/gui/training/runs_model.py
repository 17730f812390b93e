"""The runs of a project as a table: kind, when, state, headline figure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from html import escape
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt

from spinegrader.gui.training.tables import NO_INDEX, Index, NamedColumnsModel
from spinegrader.gui.training.wording import headline, kind_name, local_time_text
from spinegrader.model.runs import RunCard
from spinegrader.texts import for_translation, translate

STATE_TEXTS = {
    "waiting": for_translation("◌ waiting"),
    "running": for_translation("▶ running"),
    "stopping": for_translation("▶ stopping"),
    "paused": for_translation("‖ paused"),
    "elsewhere": for_translation("▶ running elsewhere"),
    "finished": for_translation("● finished"),
    "stopped": for_translation("◐ stopped"),
    "interrupted": for_translation("◐ interrupted"),
    "failed": for_translation("✕ failed"),
}


@dataclass(frozen=True)
class RunEntry:
    """A run in the list.

    Args:
        folder: Where it is kept.
        kind: ``pretrain``, ``finetune`` or ``detector``.
        state: A key of :data:`STATE_TEXTS`.
        card: What it was made of; None before the training has begun.
        is_simulated: Whether simulated people are in the project; the views say so.
        is_in_use: Whether the project finds its vertebrae, or grades, with it.
        is_chosen: Whether it is in use because somebody chose it, and not as the newest.
        note: What people wrote down on it.
        lacks_comparison: Whether it was trained to the end but not compared with another detector.
    """

    folder: Path
    kind: str
    state: str
    card: RunCard | None
    is_simulated: bool = False
    is_in_use: bool = False
    is_chosen: bool = False
    note: str = ""
    lacks_comparison: bool = False

    @property
    def is_active(self) -> bool:
        """Whether this window runs it or is about to."""
        return self.state in ("waiting", "running", "stopping", "paused")

    @property
    def is_imported(self) -> bool:
        """Whether it came as a file."""
        return self.card is not None and self.card.imported is not None

    @property
    def has_ended(self) -> bool:
        """Whether it was finished or stopped, and has weights."""
        return (
            self.state in ("finished", "stopped")
            and self.card is not None
            and bool(self.card.weights_sha256)
        )

    @property
    def can_resume(self) -> bool:
        """Whether it was broken off and has something to go on with."""
        if self.is_imported:
            return False
        if self.lacks_comparison:
            return True
        broken_off = self.state in ("stopped", "interrupted", "failed")
        return broken_off and self.card is not None and 0 < self.card.epochs_done < self.card.epochs

    @property
    def can_predict(self) -> bool:
        """Whether it holds a grading network."""
        return self.kind == "finetune" and self.card is not None and bool(self.card.weights_sha256)


class RunColumn(IntEnum):
    """Columns of the table."""

    KIND = 0
    WHEN = 1
    STATE = 2
    IN_USE = 3
    FIGURE = 4
    NOTE = 5


_HEADERS = (
    for_translation("Kind"),
    for_translation("Started"),
    for_translation("State"),
    for_translation("In use"),
    for_translation("Figure"),
    for_translation("Note"),
)
_IMPORTED = {
    "pretrain": for_translation("Imported pre-training"),
    "finetune": for_translation("Imported model"),
}
_IN_USE = for_translation("● in use")
_NEWEST = for_translation("○ newest")
_NEWEST_TIP = for_translation("Predictions take the newest one, as long as none is chosen")


class RunsModel(NamedColumnsModel):
    """Runs, newest first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(_HEADERS, parent=parent)
        self._entries: tuple[RunEntry, ...] = ()

    @property
    def entries(self) -> tuple[RunEntry, ...]:
        """The runs in the order of the rows."""
        return self._entries

    def set_entries(self, entries: Sequence[RunEntry]) -> None:
        """Shows other runs; where only their content changed the rows stay."""
        fresh = tuple(entries)
        if [item.folder for item in fresh] == [item.folder for item in self._entries]:
            self._entries = fresh
            if fresh:
                last = self.index(len(fresh) - 1, len(RunColumn) - 1)
                self.dataChanged.emit(self.index(0, 0), last)
            return
        self.beginResetModel()
        self._entries = fresh
        self.endResetModel()

    def rowCount(self, parent: Index = NO_INDEX) -> int:  # noqa: N802
        """Number of runs."""
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """Text of a cell; whole in its tool tip too, with the name of the run's folder."""
        entry = self._entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _cell_text(entry, RunColumn(index.column()))
        if role == Qt.ItemDataRole.ToolTipRole:
            column = RunColumn(index.column())
            if column is RunColumn.NOTE:
                # It may come from elsewhere: its words are words, and no markup.
                return f"<p>{escape(entry.note)}</p>" if entry.note else ""
            text = _cell_text(entry, column)
            if column is RunColumn.IN_USE and entry.is_in_use and not entry.is_chosen:
                text = translate(_NEWEST_TIP)
            return f"{text}\n{entry.folder.name}".strip()
        return None


def _cell_text(entry: RunEntry, column: RunColumn) -> str:
    card = entry.card
    if column is RunColumn.STATE:
        return translate(STATE_TEXTS[entry.state])
    if column is RunColumn.NOTE:
        return " ".join(entry.note.split())
    if column is RunColumn.KIND:
        return translate(_IMPORTED[entry.kind]) if entry.is_imported else kind_name(entry.kind)
    if column is RunColumn.IN_USE:
        return _use_text(entry)
    if card is None:
        return ""
    return local_time_text(card.started_at) if column is RunColumn.WHEN else headline(card)


def _use_text(entry: RunEntry) -> str:
    if not entry.is_in_use:
        return ""
    return translate(_IN_USE if entry.is_chosen else _NEWEST)
