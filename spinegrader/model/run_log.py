"""Events of a run, to whoever listens and to files that another process can watch."""

import csv
import io
import time
from collections.abc import Sequence
from pathlib import Path

from spinegrader.model.distributed import is_first
from spinegrader.model.events import BatchEvent, Emit, EpochEvent, Event, to_json
from spinegrader.model.files import append, write_atomically
from spinegrader.model.runs import EVENTS, LOG

_BATCH_PAUSE_S = 0.5
"""Batches come faster than a watcher can look: the file gets them this far apart."""


class RunLog:
    """Passes events on to ``emit`` and keeps them in ``events.jsonl``.

    Of several processes only the first one speaks and writes.

    Args:
        run_folder: Of the run.
        emit: Who listens.
    """

    def __init__(self, run_folder: Path, emit: Emit) -> None:
        self._path = run_folder / EVENTS
        self._emit = emit
        self._last_batch_s = -_BATCH_PAUSE_S
        self._is_silent = not is_first()
        if not self._is_silent:
            self._mend()

    def _mend(self) -> None:
        # A kill may have left half a line: the next event must not be glued to it.
        if self._path.exists() and not self._path.read_bytes().endswith(b"\n"):
            append(self._path, b"\n")

    def tell(self, event: Event) -> None:
        """Keeps an event and passes it on.

        Raises:
            TrainingError: If the file can't be written.
        """
        if self._is_silent:
            return
        if isinstance(event, BatchEvent):
            now_s = time.monotonic()
            if now_s - self._last_batch_s < _BATCH_PAUSE_S:
                self._emit(event)
                return
            self._last_batch_s = now_s
        append(self._path, to_json(event).encode() + b"\n")
        self._emit(event)


def write_table(run_folder: Path, history: Sequence[EpochEvent]) -> None:
    """Writes ``log.csv``, one line an epoch, figures that an epoch lacks left empty.

    Raises:
        TrainingError: If it can't be written.
    """
    names = sorted(
        {f"train_{name}" for event in history for name in event.train}
        | {f"validation_{name}" for event in history for name in event.validation}
    )
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, ["epoch", "elapsed_s", "is_best", "learning_rate", *names])
    table.writeheader()
    for event in history:
        row: dict[str, object] = {
            "epoch": event.epoch,
            "elapsed_s": round(event.elapsed_s, 3),
            "is_best": int(event.is_best),
            "learning_rate": event.learning_rate,
        }
        row |= {f"train_{name}": value for name, value in event.train.items()}
        row |= {f"validation_{name}": value for name, value in event.validation.items()}
        table.writerow(row)
    write_atomically(run_folder / LOG, text.getvalue().encode())
