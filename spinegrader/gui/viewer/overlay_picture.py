"""All that is painted of an overlay, as values."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import FloatArray
from spinegrader.gui.viewer.colouring import PLAIN, Colouring
from spinegrader.gui.viewer.framing import Framing
from spinegrader.gui.viewer.grips import Grip
from spinegrader.gui.viewer.shapes import OverlayShapes


@dataclass(frozen=True)
class OverlayLook:
    """How an overlay is shown, whatever the slice.

    Args:
        focus: The disc that is being read.
        colouring: Of bodies and discs.
        opacity: Of everything but the disc in focus, 0 to 1.
        unsaved: Bodies whose place is not on the disk.
        selected: The body whose corners stay marked.
        is_lent: It belongs to another series: thin, dotted, and nobody's to edit here.
        shows_legend: Whether there is a legend where colours mean something.
        kept_free: Where something else is written, logical screen pixels.
    """

    focus: DiscLevel | None = None
    colouring: Colouring = PLAIN
    opacity: float = 1.0
    unsaved: frozenset[VertebraLevel] = frozenset()
    selected: VertebraLevel | None = None
    is_lent: bool = False
    shows_legend: bool = True
    kept_free: tuple[QRectF, ...] = ()


@dataclass(frozen=True, eq=False)
class OverlayPicture:
    """All that the painter needs; replaced as a whole.

    Args:
        shapes: What the slice shows.
        framing: Where it is on screen.
        look: How it is shown.
        hot: What is under the pointer or held by it.
        handles_mm: Of the disc that can be drawn, on the slice, shape (handles, 2).
        readout: A text beside the pointer and where that is, while something is dragged.
    """

    shapes: OverlayShapes
    framing: Framing
    look: OverlayLook
    hot: Grip | None = None
    handles_mm: FloatArray | None = None
    readout: tuple[str, QPointF] | None = None
