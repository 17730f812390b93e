"""Follows the events of a run that another process may still write, on a shared disk too."""

import logging
from pathlib import Path

from spinegrader.errors import TrainingError
from spinegrader.model.events import Event, from_json
from spinegrader.model.runs import EVENTS

_log = logging.getLogger(__name__)


class RunWatch:
    """Gives what a run has told since it was asked last; only what is new is read.

    Args:
        run_folder: Of the run.
    """

    def __init__(self, run_folder: Path) -> None:
        self._path = run_folder / EVENTS
        self._read_bytes = 0

    def news(self) -> list[Event]:
        """The events since the last call; none where the file can't be read now.

        The last line counts once it is whole; one that is broken, as a kill leaves it, is passed
        over.
        """
        try:
            with self._path.open("rb") as stream:
                stream.seek(self._read_bytes)
                content = stream.read()
        except OSError:
            return []
        whole = content[: content.rfind(b"\n") + 1]
        self._read_bytes += len(whole)
        events: list[Event] = []
        for line in whole.splitlines():
            try:
                events.append(from_json(line.decode(errors="replace")))
            except TrainingError:
                _log.debug("A broken line in the events of the run %s", self._path.parent.name)
        return events
