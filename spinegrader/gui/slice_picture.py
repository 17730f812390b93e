"""One slice of a series as a small picture, for dialogs and lists."""

from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPixmap

from spinegrader.domain.study import Series
from spinegrader.errors import ProjectError
from spinegrader.imaging.display import default_window
from spinegrader.services.images import load_slice
from spinegrader.services.session import Session


def slice_picture(session: Session, series: Series, index: int, most: QSize) -> QPixmap | None:
    """A slice of the first stack in its true proportions; None if it can't be read.

    Args:
        session: The open project.
        series: The series.
        index: Of the slice.
        most: Width and height that the picture fits into.
    """
    try:
        pixels = load_slice(session.store, series, index)
    except ProjectError:
        return None
    image = grey_image(pixels, default_window(pixels, series.window))
    column_mm, row_mm, _ = series.geometry.spacing_mm
    true_size = QSize(
        max(1, round(image.width() * column_mm * 10)), max(1, round(image.height() * row_mm * 10))
    )
    size = true_size.scaled(most, Qt.AspectRatioMode.KeepAspectRatio)
    smooth = Qt.TransformationMode.SmoothTransformation
    return QPixmap.fromImage(image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, smooth))


def grey_image(pixels: npt.NDArray[Any], window: tuple[float, float]) -> QImage:
    """A slice, shape (rows, columns), in 256 greys, each pixel of it one of the image.

    Args:
        pixels: Not changed.
        window: The values shown as black and as white, the lower one first.
    """
    low, high = window
    share = np.nan_to_num((pixels.astype(np.float64) - low) / (high - low) * 255)
    grey = np.ascontiguousarray(np.clip(share, 0, 255).astype(np.uint8))
    rows, columns = grey.shape
    # A copy: the array's memory goes away with it.
    return QImage(grey.data, columns, rows, columns, QImage.Format.Format_Grayscale8).copy()
