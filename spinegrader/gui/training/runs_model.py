"""The runs of a project as a table: kind, when, state, headline figure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
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
        is_in_use: Whether the project finds its vertebrae with it.
        lacks_comparison: Whether it was trained to the end but not compared with another detector.
    """

    folder: Path
    kind: str
    state: str
    card: RunCard | None
    is_simulated: bool = False
    is_in_use: bool = False
    lacks_comparison: bool = False

    @property
    def is_active(self) -> bool:
        """Whether this window runs it or is about to."""
        return self.state in ("waiting", "running", "stopping", "paused")

    @property
    def can_resume(self) -> bool:
        """Whether it was broken off and has something to go on with."""
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
    FIGURE = 3


_HEADERS = (
    for_translation("Kind"),
    for_translation("Started"),
    for_translation("State"),
    for_translation("Figure"),
)


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
            text = _cell_text(entry, RunColumn(index.column()))
            return f"{text}\n{entry.folder.name}".strip()
        return None


def _cell_text(entry: RunEntry, column: RunColumn) -> str:
    if column is RunColumn.KIND:
        return kind_name(entry.kind)
    if column is RunColumn.WHEN:
        return "" if entry.card is None else local_time_text(entry.card.started_at)
    if column is RunColumn.STATE:
        return translate(STATE_TEXTS[entry.state])
    figure = "" if entry.card is None else headline(entry.card)
    return translate("in use; {figure}").format(figure=figure) if entry.is_in_use else figure
