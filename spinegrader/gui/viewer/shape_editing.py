"""What every drag on a shape has in common."""

from typing import Protocol, TypeAlias

from spinegrader.domain.geometry import FloatArray
from spinegrader.domain.vertebrae import Disc, Vertebra

Shape: TypeAlias = Vertebra | Disc


class ShapeDrag(Protocol):
    """A drag on a shape that is under way; a value that knows where it began."""

    @property
    def original(self) -> Shape:
        """The shape as it was when the drag began."""

    def after(self, start_mm: FloatArray, now_mm: FloatArray) -> Shape | None:
        """The shape when the pointer went from one place of the slice to another, shape (2,).

        Returns:
            None where no usable shape would be left.
        """

    def readout(self, start_mm: FloatArray, now_mm: FloatArray) -> str:
        """What is written beside the pointer meanwhile; empty for nothing."""
