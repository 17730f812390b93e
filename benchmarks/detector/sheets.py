"""Pictures of slices with what was found on them, many on a sheet, to be looked at."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from benchmarks.detector.mid_slices import RealSlice
from spinegrader.domain.geometry import Point
from spinegrader.imaging.detection.finding import SpineFinding

_WIDTH = 430
_TITLE = 16
_COLUMNS, _ROWS = 4, 2
_BRIGHT_PERCENTILE = 99.3
_BODY, _DOUBTED, _DISC, _NAME = "#ffd400", "#ff5050", "#40ff70", "#40ffff"
_DOUBTED_BELOW = 0.5


def overlay_picture(item: RealSlice, finding: SpineFinding) -> QImage:
    """A slice with bodies, discs and names drawn on it."""
    pixels = item.volume.pixels[0].astype(np.float32)
    bright = max(float(np.percentile(pixels, _BRIGHT_PERCENTILE)), 1e-6)
    grey = np.ascontiguousarray(np.clip(pixels / bright * 255, 0, 255).astype(np.uint8))
    rows, columns = grey.shape
    row_mm, column_mm = item.spacing_mm
    scale = _WIDTH / (columns * column_mm)
    shown = QImage(grey.data, columns, rows, columns, QImage.Format.Format_Grayscale8)
    picture = shown.scaled(
        _WIDTH,
        round(rows * row_mm * scale),
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    ).convertToFormat(QImage.Format.Format_RGB32)

    def on_picture(place_mm: Point) -> QPointF:
        column, row, _ = item.volume.geometry.to_index(place_mm)
        return QPointF((column + 0.5) * column_mm * scale, (row + 0.5) * row_mm * scale)

    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for disc in finding.discs:
        painter.setPen(QPen(QColor(_DISC), 1))
        painter.drawPolygon(QPolygonF([on_picture(place) for place in disc.outline_mm]))
    for body in finding.vertebrae:
        painter.setPen(QPen(QColor(_BODY if body.confidence > _DOUBTED_BELOW else _DOUBTED), 1.4))
        painter.drawPolygon(QPolygonF([on_picture(place) for place in body.corners_mm]))
        painter.setPen(QColor(_NAME))
        centre = on_picture(tuple(body.centre_mm))
        painter.drawText(centre - QPointF(10, -5), body.level.value)
    painter.setPen(QColor(_BODY))
    sure = "" if finding.is_numbering_sure else " UNSURE"
    painter.drawText(4, 14, f"{finding.numbering_confidence:.2f}{sure}")
    for line, sentence in enumerate(finding.warnings[:2]):
        painter.drawText(4, picture.height() - 4 - 14 * line, sentence[:66])
    painter.end()
    return picture


def write_sheets(pictures: Sequence[tuple[str, QImage]], folder: Path, stem: str) -> list[Path]:
    """Puts titled pictures on sheets of eight.

    Args:
        pictures: Title and picture.
        folder: Where to; made if need be.
        stem: How the files' names begin.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for start in range(0, len(pictures), _COLUMNS * _ROWS):
        chosen = pictures[start : start + _COLUMNS * _ROWS]
        tall = max(picture.height() for _, picture in chosen) + _TITLE
        sheet = QImage(_COLUMNS * _WIDTH, _ROWS * tall, QImage.Format.Format_RGB32)
        sheet.fill(Qt.GlobalColor.black)
        painter = QPainter(sheet)
        for place, (title, picture) in enumerate(chosen):
            x, y = place % _COLUMNS * _WIDTH, place // _COLUMNS * tall
            painter.setPen(QColor("white"))
            painter.drawText(x + 3, y + 12, title)
            painter.drawImage(x, y + _TITLE, picture)
        painter.end()
        path = folder / f"{stem}-{start // (_COLUMNS * _ROWS):02d}.png"
        sheet.save(str(path))
        paths.append(path)
    return paths
