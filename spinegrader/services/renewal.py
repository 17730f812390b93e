"""When project.h5 is renewed while the project is open: in the reader's quiet moments."""

import logging
from collections.abc import Callable

from spinegrader.errors import ProjectError
from spinegrader.store.project import ProjectStore

_log = logging.getLogger(__name__)

QUIET_S = 20.0
"""How long nothing must have changed: a reader who grades is left alone."""

PAUSE_S = 120.0
"""From the beginning of one renewal to that of the next."""


class Renewal:
    """Renews project.h5 without anybody waiting for it.

    Args:
        store: The project.
        clock: Seconds that never go back.
    """

    def __init__(self, store: ProjectStore, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._changed_s = clock()
        self._began_s: float | None = None

    def note_change(self) -> None:
        """Something new is on the disk."""
        self._changed_s = self._clock()

    def renew_if_quiet(self) -> bool:
        """Starts a renewal if there is something new and the moment is right for it.

        A failure is logged and tried again after the pause: the journals hold everything.

        Returns:
            Whether one was started.
        """
        now_s = self._clock()
        has_paused = self._began_s is None or now_s - self._began_s >= PAUSE_S
        if not has_paused or now_s - self._changed_s < QUIET_S:
            return False
        try:
            started = self._store.compact(wait=False)
        except ProjectError:
            _log.warning("project.h5 could not be renewed in a quiet moment", exc_info=True)
            started = False
            self._began_s = now_s
        if started:
            self._began_s = now_s
        return started
