"""What was worked out from a whole project, kept until the project changes."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")

_MOST = 16


class ProjectMemory:
    """Spares those who ask the same again, such as a dialog at each of its choices, the work."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Any] = {}

    def recall(self, key: Hashable, work: Callable[[], T]) -> T:
        """What was worked out before, else what the work gives now.

        Args:
            key: Names the work, and all that it depends on beside what the project holds.
            work: Works it out; what it returns must never be changed.
        """
        if key not in self._kept:
            found = work()
            while len(self._kept) >= _MOST:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = found
        kept: T = self._kept[key]
        return kept

    def forget(self) -> None:
        """The project has changed."""
        self._kept.clear()
