"""The volumes that were shown last, so that going back to one is instant."""

from collections import OrderedDict

from spinegrader.domain.study import Series
from spinegrader.imaging.volume import Volume
from spinegrader.services.images import load_volume
from spinegrader.services.session import Session

_MOST_BYTES = 256 << 20
"""Room for dozens of usual series; a large one is kept as long as it is the last."""


class VolumeCache:
    """Keeps volumes in memory, as many as there is room for."""

    def __init__(self) -> None:
        self._volumes: OrderedDict[str, Volume] = OrderedDict()

    def get(self, session: Session, series: Series, stack: int = 0) -> Volume:
        """The pixels of one stack of a series.

        Raises:
            ProjectError: If the pixel file is missing or damaged.
        """
        key = series.stacks[stack].pixels
        if key not in self._volumes:
            self._volumes[key] = load_volume(session.store, series, stack)
            while len(self._volumes) > 1 and self._held_bytes > _MOST_BYTES:
                self._volumes.popitem(last=False)
        self._volumes.move_to_end(key)
        return self._volumes[key]

    def clear(self) -> None:
        """Lets all go."""
        self._volumes.clear()

    @property
    def _held_bytes(self) -> int:
        return sum(volume.pixels.nbytes for volume in self._volumes.values())
