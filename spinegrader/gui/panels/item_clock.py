"""Measures how long the reader looks at an item."""

import time
from collections.abc import Callable


class ItemClock:
    """Counts from the moment at which the focus came to an item.

    Args:
        now: A clock that never goes back, in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._began = now()

    def restart(self) -> None:
        """The focus came to another item."""
        self._began = self._now()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the focus came."""
        return self._now() - self._began
