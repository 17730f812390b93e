"""One grey slice on screen, pixel exact, with the overlay and the annotations above it.

Only this module knows pyqtgraph, which is untyped: its ``ViewBox`` places the ``ImageItem``,
all its own menus, buttons and mouse habits are off. `Framing` is the one truth about what
is on screen; the view box follows it.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyqtgraph
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QTransform
from PySide6.QtWidgets import QGraphicsItem, QVBoxLayout, QWidget

from spinegrader.gui.theme import VIEWER_BACKGROUND
from spinegrader.gui.viewer.annotations import AnnotationPainter
from spinegrader.gui.viewer.framing import Extent, Framing
from spinegrader.gui.viewer.measurement_painter import MeasurementPainter
from spinegrader.gui.viewer.overlay_painter import OverlayPainter
from spinegrader.gui.viewer.reference_lines import ReferenceLinePainter

MAXIMUM_MAGNIFICATION = 32.0
"""Screen pixels per image pixel."""

_MINIMUM_OF_FIT = 0.25
_INVERTED_GREYS = np.arange(255, -1, -1, dtype=np.uint8)
_MINIMUM_SIZE = 140


class ImageCanvas(QWidget):
    """Shows a slice and what is painted over it; knows nothing of volumes and gestures."""

    framing_changed = Signal(bool)
    """Whether somebody asked for it; False if the canvas got another size."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumSize(_MINIMUM_SIZE, _MINIMUM_SIZE)
        self._view: Any = pyqtgraph.GraphicsView(
            self, useOpenGL=False, background=VIEWER_BACKGROUND
        )
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._box: Any = pyqtgraph.ViewBox(
            lockAspect=True, enableMouse=False, enableMenu=False, invertY=True, defaultPadding=0
        )
        self._box.disableAutoRange()
        self._box.setFlag(QGraphicsItem.GraphicsItemFlag.ItemClipsChildrenToShape, False)
        self._view.setCentralItem(self._box)
        self._image: Any = pyqtgraph.ImageItem(axisOrder="row-major")
        self._box.addItem(self._image, ignoreBounds=True)
        self._colours: Any = pyqtgraph.ImageItem(axisOrder="row-major")
        self._box.addItem(self._colours, ignoreBounds=True)
        self._colours.setZValue(1)
        self.overlay = OverlayPainter()
        self.measurements = MeasurementPainter()
        self.annotations = AnnotationPainter()
        self.reference_lines = ReferenceLinePainter()
        painters = (self.reference_lines, self.overlay, self.measurements, self.annotations)
        for depth, item in enumerate(painters, start=1):
            # Not into the view box: its clipping makes every line several times as slow.
            self._view.addItem(item)
            item.setZValue(depth)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._view)
        self._spacing_mm = (1.0, 1.0)
        self._extent = Extent(0.0, 0.0, 1.0, 1.0)
        self._is_fitted = True
        self._is_smoothed = False
        self._framing = Framing((0.0, 0.0), 1.0, self._size())
        self._box.sigResized.connect(self._follow_size)

    @property
    def mouse_area(self) -> QWidget:
        """The widget that takes the mouse; its places are screen places of the framing."""
        area: QWidget = self._view.viewport()
        return area

    @property
    def framing(self) -> Framing:
        """What is on screen."""
        return self._framing

    @property
    def is_fitted(self) -> bool:
        """Whether the whole slice is shown, as large as it goes."""
        return self._is_fitted

    @property
    def device_pixels_per_image_pixel(self) -> float:
        """Magnification in pixels of the screen per column of the image."""
        return self._framing.pixels_per_mm * self._spacing_mm[0] * self.devicePixelRatioF()

    def set_plane(self, extent: Extent, spacing_mm: tuple[float, float]) -> None:
        """Says where the images that follow lie, and fits them.

        Args:
            extent: Outer edges of the slice in its plane.
            spacing_mm: Distance of pixel centres across and down.
        """
        self._extent = extent
        self._spacing_mm = spacing_mm
        # The item's own unit is the pixel; pixel centres lie at whole numbers.
        placed = QTransform.fromScale(*spacing_mm).translate(-0.5, -0.5)
        self._image.setTransform(placed)
        self._colours.setTransform(placed)
        self.fit()

    def set_pixels(self, pixels: npt.NDArray[Any], window: tuple[float, float]) -> None:
        """Shows one slice, shape (rows, columns); ``window`` is black and white."""
        self._image.setImage(pixels, autoLevels=False, levels=window)

    def set_colours(self, colours: npt.NDArray[np.uint8] | None) -> None:
        """Lays colours over the slice, shape (rows, columns, 4), red to alpha; None for none."""
        if colours is None:
            self._colours.clear()
        else:
            self._colours.setImage(colours, autoLevels=False, levels=None)

    def set_colours_visible(self, *, visible: bool) -> None:
        """Hides or shows the colours that lie over the slice."""
        self._colours.setVisible(visible)

    def set_window(self, window: tuple[float, float]) -> None:
        """Changes which values are black and white."""
        self._image.setLevels(window)

    def set_inverted(self, *, inverted: bool) -> None:
        """Shows high values dark."""
        self._image.setLookupTable(_INVERTED_GREYS if inverted else None)

    def set_smoothed(self, *, smoothed: bool) -> None:
        """Blends the pixels of an enlarged image, or keeps them exact."""
        self._is_smoothed = smoothed
        self._smooth()
        self._view.viewport().update()

    # -- framing ----------------------------------------------------------------------------

    def fit(self) -> None:
        """Shows the whole slice, also after the view is resized."""
        self._is_fitted = True
        self._take(Framing.fitting(self._extent, self._size()))

    def set_framing(self, framing: Framing) -> None:
        """Shows another part of the slice, within sensible bounds."""
        self._is_fitted = False
        low, high = self._magnification_range()
        if not low <= framing.pixels_per_mm <= high:
            limited = min(max(framing.pixels_per_mm, low), high)
            middle = (framing.size[0] / 2, framing.size[1] / 2)
            framing = framing.scaled_to(limited, middle)
        self._take(framing.kept_within(self._extent))

    def zoom(self, factor: float, at: tuple[float, float]) -> None:
        """Magnifies; what lies under the screen place stays there."""
        low, high = self._magnification_range()
        wanted = min(max(self._framing.pixels_per_mm * factor, low), high)
        self.set_framing(self._framing.scaled_to(wanted, at))

    def zoom_to_pixels(self) -> None:
        """One column of the image on one column of the screen, edges on edges."""
        ratio = self.devicePixelRatioF()
        scale = 1.0 / (self._spacing_mm[0] * ratio)
        size = self._framing.size
        framing = self._framing.scaled_to(scale, (size[0] / 2, size[1] / 2))
        left, top = framing.to_screen((self._extent.left, self._extent.top)) * ratio
        self.set_framing(framing.panned((round(left) - left) / ratio, (round(top) - top) / ratio))

    def _magnification_range(self) -> tuple[float, float]:
        fitting = Framing.fitting(self._extent, self._size()).pixels_per_mm
        high = MAXIMUM_MAGNIFICATION / self._spacing_mm[0]
        return min(fitting * _MINIMUM_OF_FIT, high), high

    def _size(self) -> tuple[float, float]:
        area = self.mouse_area.size()
        return float(max(area.width(), 1)), float(max(area.height(), 1))

    def _follow_size(self) -> None:
        size = self._size()
        if self._is_fitted:
            self._take(Framing.fitting(self._extent, size), is_wanted=False)
        else:
            self._take(self._framing.resized(size), is_wanted=False)

    def _take(self, framing: Framing, *, is_wanted: bool = True) -> None:
        self._framing = framing
        seen = framing.visible
        self._box.setRange(QRectF(seen.left, seen.top, seen.width, seen.height), padding=0)
        self._smooth()
        self.framing_changed.emit(is_wanted)

    def _smooth(self) -> None:
        # Enlarged pixels stay square and sharp unless the reader wants them blended; a shrunken
        # image always is, where leaving out rows would hide detail.
        scale = self._framing.pixels_per_mm * self.devicePixelRatioF()
        shrunken = min(self._spacing_mm) * scale < 1.0
        hint = QPainter.RenderHint.SmoothPixmapTransform
        self._view.setRenderHint(hint, shrunken or self._is_smoothed)
