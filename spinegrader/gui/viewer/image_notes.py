"""What is written around an image: who and what, slice, window, zoom, notes on levels."""

from dataclasses import dataclass

from spinegrader.gui.viewer.annotations import AnnotationPicture, text_areas, window_text
from spinegrader.gui.viewer.image_canvas import ImageCanvas
from spinegrader.gui.viewer.level_notes import level_notes
from spinegrader.gui.viewer.overlay_layer import OverlayLayer
from spinegrader.gui.viewer.slice_plane import SlicePlane
from spinegrader.imaging.display import orientation_letters
from spinegrader.texts import translate

_LETTER_PIXELS = 9.0
"""About the width of a letter: notes on levels are broken to the width of the view."""


@dataclass(frozen=True)
class CornerText:
    """Lines in the upper corners; they may name the patient."""

    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()


class ImageNotes:
    """Keeps the annotations in step with slice, window and framing.

    Args:
        canvas: Whose annotations they are.
        layer: Tells what is said of the levels; its legend goes along with the corner text.
    """

    def __init__(self, canvas: ImageCanvas, layer: OverlayLayer) -> None:
        self._canvas = canvas
        self._layer = layer
        self._plane: SlicePlane | None = None
        self._window = (0.0, 1.0)
        self.corner_text = CornerText()
        self.is_visible = True
        self._is_compact = False

    @property
    def slice_text(self) -> str:
        """Such as “Slice 6 of 13”."""
        plane = self._plane
        number, count = (0, 0) if plane is None else (plane.index + 1, plane.geometry.shape[0])
        return translate("Slice {number} of {count}").format(number=number, count=count)

    def set_corner_text(self, text: CornerText) -> None:
        """Replaces the lines in the upper corners."""
        self.corner_text = text
        self.refresh()

    def set_visible(self, visible: bool) -> None:
        """Hides or shows the corner text and the legend."""
        self.is_visible = visible
        self._show_legend()

    def set_compact(self, compact: bool) -> None:
        """Leaves window, zoom and legend away."""
        self._is_compact = compact
        self._show_legend()

    def show_plane(self, plane: SlicePlane | None) -> None:
        """Says which slice is on screen; None for none."""
        self._plane = plane
        self.refresh()

    def show_window(self, window: tuple[float, float]) -> None:
        """Says which values are black and white."""
        self._window = window
        self.refresh()

    def refresh(self) -> None:
        """Writes everything anew."""
        if self._plane is None:
            self._canvas.annotations.show_picture(None)
            return
        text = self.corner_text if self.is_visible else CornerText()
        framing = self._canvas.framing
        notes = level_notes(self._layer.overlay, int(framing.size[0] / _LETTER_PIXELS))
        picture = AnnotationPicture(
            framing.size,
            framing.pixels_per_mm,
            orientation_letters(self._plane.geometry),
            top_left="\n".join(text.left),
            top_right="\n".join(text.right),
            bottom_left="\n".join((*notes, *self._state_lines())),
        )
        self._canvas.annotations.show_picture(picture)
        self._layer.keep_free(text_areas(picture))

    def _state_lines(self) -> tuple[str, ...]:
        if self._is_compact:
            return (self.slice_text,)
        zoom = translate("Zoom {factor:.0%}").format(
            factor=self._canvas.device_pixels_per_image_pixel
        )
        return self.slice_text, window_text(*self._window), zoom

    def _show_legend(self) -> None:
        self._layer.set_legend_visible(self.is_visible and not self._is_compact)
        self.refresh()
