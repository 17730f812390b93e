"""The pictures of a report: the middle slice with its vertebrae, and single discs close by."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.geometry import FloatArray, VolumeGeometry
from spinegrader.domain.study import Series
from spinegrader.errors import ProjectError
from spinegrader.gui.reports.canvas import QUIET, Canvas
from spinegrader.gui.slice_picture import grey_image
from spinegrader.gui.theme import VIEWER_BACKGROUND, VIEWER_TEXT, readable_font
from spinegrader.gui.viewer.drawing import Anchor, Stroke, draw_line, draw_text
from spinegrader.gui.viewer.framing import Extent, Framing
from spinegrader.gui.viewer.overlay_painter import OverlayPainter
from spinegrader.gui.viewer.overlay_picture import OverlayLook, OverlayPicture
from spinegrader.gui.viewer.shapes import OverlayShapes, shapes_on_slice
from spinegrader.gui.viewer.slice_plane import SlicePlane
from spinegrader.imaging.display import default_window
from spinegrader.services.images import load_slice
from spinegrader.services.study_report import Visit
from spinegrader.store.project import ProjectStore
from spinegrader.texts import translate

_PIXELS_PER_PAPER_MM = 96 / 25.4
"""Logical pixels: letters then have their true size on paper."""

_SHARPNESS = 2.25
"""Pixels to a logical one: 216 to the inch, more than images of MR have. A larger picture takes so
long to be packed that the window, which waits for it, stutters."""

_AROUND_SPINE_MM = 22.0
_AROUND_DISC_MM = 14.0
_GAP_MM = 4.0
_CAPTION_GAP_MM = 0.8
_BAR_MM = 50.0


@dataclass(frozen=True)
class Picture:
    """A picture with what stands below it.

    Args:
        image: None where the pixels can't be read.
        caption: What it shows.
    """

    image: QImage | None
    caption: str


@dataclass(frozen=True)
class PictureRow:
    """Pictures of one size beside each other.

    Args:
        pictures: From left to right.
        width_mm: Of each on paper.
        height_on_paper_mm: Likewise, without the caption.
    """

    pictures: Sequence[Picture]
    width_mm: float
    height_on_paper_mm: float

    def height_mm(self, canvas: Canvas) -> float:
        """With the highest caption."""
        captions = (
            canvas.text_height_mm(picture.caption, self.width_mm, QUIET)
            for picture in self.pictures
        )
        return self.height_on_paper_mm + _CAPTION_GAP_MM + max(captions)

    def draw(self, canvas: Canvas, top_mm: float) -> None:
        """Draws the pictures and writes their captions."""
        for place, picture in enumerate(self.pictures):
            left = place * (self.width_mm + _GAP_MM)
            box = QRectF(left, top_mm, self.width_mm, self.height_on_paper_mm)
            if picture.image is None:
                canvas.frame(box)
                words = translate("The pixels of this image can't be read.")
                canvas.text(box.adjusted(3, 3, -3, -3), words, QUIET)
            else:
                canvas.image(box, picture.image)
            below = QRectF(left, box.bottom() + _CAPTION_GAP_MM, self.width_mm, 0)
            canvas.text(below, picture.caption, QUIET)


def middle_slices(
    store: ProjectStore, visits: Sequence[Visit], width_mm: float, height_mm: float
) -> list[QImage | None]:
    """The slice in the middle of each visit's spine, all at one scale, with what is drawn on it.

    Args:
        store: Of the project.
        visits: With a series each.
        width_mm: Of each picture on paper.
        height_mm: Likewise.
    """
    size = _screen_size(width_mm, height_mm)
    seen = [_seen_of_spine(visit) for visit in visits]
    scale = min(Framing.fitting(extent, size).pixels_per_mm for extent in seen)
    return [
        _slice_image(store, visit, _middle_index(visit), Framing(extent.centre, scale, size))
        for visit, extent in zip(visits, seen, strict=True)
    ]


def disc_images(
    store: ProjectStore,
    visits: Sequence[Visit],
    disc: DiscLevel,
    width_mm: float,
    height_mm: float,
) -> list[QImage | None]:
    """One disc of each visit on its own slice, nothing drawn on it, all at one scale.

    Args:
        store: Of the project.
        visits: With a series and that disc each.
        disc: The disc.
        width_mm: Of each picture on paper.
        height_mm: Likewise.
    """
    size = _screen_size(width_mm, height_mm)
    seen = [_seen_of_disc(visit, disc) for visit in visits]
    scale = min(Framing.fitting(extent, size).pixels_per_mm for extent, _ in seen)
    return [
        _slice_image(store, visit, index, Framing(extent.centre, scale, size), is_plain=True)
        for visit, (extent, index) in zip(visits, seen, strict=True)
    ]


def has_disc(visit: Visit, disc: DiscLevel) -> bool:
    """Whether a visit's series has that disc."""
    return visit.overlay is not None and visit.overlay.disc(disc) is not None


def _screen_size(width_mm: float, height_mm: float) -> tuple[float, float]:
    return width_mm * _PIXELS_PER_PAPER_MM, height_mm * _PIXELS_PER_PAPER_MM


def _series_of(visit: Visit) -> Series:
    if visit.series is None:
        raise ValueError("A visit without sagittal images has no picture.")
    return visit.series


def _middle_index(visit: Visit) -> int:
    """The slice that most of the spine's middle lies on."""
    geometry = _series_of(visit).geometry
    if visit.overlay is None or not visit.overlay.vertebrae:
        return geometry.shape[0] // 2
    centres = [vertebra.centre_mm for vertebra in visit.overlay.vertebrae]
    return geometry.nearest_slice(np.median(centres, axis=0))


def _seen_of_spine(visit: Visit) -> Extent:
    """What of the middle slice is shown: the vertebrae with what surrounds them, else all."""
    plane = SlicePlane(_series_of(visit).geometry, _middle_index(visit))
    if visit.overlay is None or not visit.overlay.vertebrae:
        return plane.extent
    corners = np.concatenate([item.corners_mm for item in visit.overlay.vertebrae])
    return Extent.around(plane.to_plane(corners), _AROUND_SPINE_MM)


def _seen_of_disc(visit: Visit, level: DiscLevel) -> tuple[Extent, int]:
    """What of which slice shows a disc."""
    disc = None if visit.overlay is None else visit.overlay.disc(level)
    if disc is None:
        raise ValueError("The visit has no such disc.")
    geometry = _series_of(visit).geometry
    plane = SlicePlane(geometry, geometry.nearest_slice(disc.centre_mm))
    points: FloatArray = plane.to_plane(disc.outline_mm)
    return Extent.around(points, _AROUND_DISC_MM), plane.index


def _slice_image(
    store: ProjectStore, visit: Visit, index: int, framing: Framing, *, is_plain: bool = False
) -> QImage | None:
    """A part of a slice as it is framed; None if its pixels can't be read."""
    series = _series_of(visit)
    try:
        pixels = load_slice(store, series, index)
    except ProjectError:
        return None
    width, height = (round(length * _SHARPNESS) for length in framing.size)
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(_SHARPNESS)
    image.fill(QColor(VIEWER_BACKGROUND))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    grey = grey_image(pixels, default_window(pixels, series.window))
    painter.drawImage(_on_screen(SlicePlane(series.geometry, index).extent, framing), grey)
    painter.setFont(readable_font())
    if not is_plain:
        shapes = _shapes(visit, series.geometry, index)
        overlay = OverlayPainter()
        overlay.show_picture(OverlayPicture(shapes, framing, OverlayLook()))
        overlay.draw(painter)
        _draw_bar(painter, framing)
    painter.end()
    return image


def _shapes(visit: Visit, geometry: VolumeGeometry, index: int) -> OverlayShapes:
    if visit.overlay is None:
        return OverlayShapes()
    return shapes_on_slice(visit.overlay, geometry, index)


def _on_screen(extent: Extent, framing: Framing) -> QRectF:
    left, top = framing.to_screen((extent.left, extent.top))
    right, bottom = framing.to_screen((extent.right, extent.bottom))
    return QRectF(QPointF(left, top), QPointF(right, bottom))


def _draw_bar(painter: QPainter, framing: Framing) -> None:
    """A bar of known length, so that the scale can be told on paper."""
    length = _BAR_MM * framing.pixels_per_mm
    left, top = 10.0, framing.size[1] - 12.0
    if length > framing.size[0] / 2:
        return
    stroke = Stroke(VIEWER_TEXT, 2.0)
    draw_line(painter, stroke, QPointF(left, top), QPointF(left + length, top))
    at = QPointF(left + length + 6, top)
    draw_text(painter, f"{_BAR_MM:.0f} mm", at, Anchor.LEFT, colour=VIEWER_TEXT)
