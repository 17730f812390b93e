"""A quantity that depends on the height in the body alone, looked up for whole images at once."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from spinegrader.domain.geometry import FloatArray
from spinegrader.simulate.fields import Field


@dataclass(frozen=True, eq=False)
class Profile:
    """A quantity along the height of the spine, tabulated for quick look-up.

    Args:
        start_mm: Height of the first value.
        step_mm: Between neighbouring values.
        values: The table, two values and more.
    """

    start_mm: float
    step_mm: float
    values: FloatArray

    @cached_property
    def _table(self) -> Field:
        return np.asarray(self.values, dtype=np.float32)

    @cached_property
    def _steps(self) -> Field:
        return np.diff(self._table)

    def __call__(self, head: Field) -> Field:
        """The value at each height, linear between those of the table, constant beyond its ends.

        Only operations that every processor rounds alike are used.
        """
        place = np.subtract(head, np.float32(self.start_mm), dtype=np.float32)
        place /= np.float32(self.step_mm)
        np.clip(place, 0, len(self._table) - 1, out=place)
        index = np.minimum(place.astype(np.int32), len(self._table) - 2)
        place -= index
        place *= self._steps.take(index)
        place += self._table.take(index)
        return place

    def at(self, head_mm: float) -> float:
        """The value at one height, interpolated."""
        heights = self.start_mm + self.step_mm * np.arange(len(self.values))
        return float(np.interp(head_mm, heights, self.values))
