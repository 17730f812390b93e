"""Comparing what widgets show."""

import numpy as np
from PySide6.QtGui import QImage

_ROUNDING = 3
"""Of 255: outlines that come from a kept picture are blended once more."""


def look_alike(first: QImage, second: QImage) -> bool:
    """Whether two pictures are the same but for rounding."""
    if first.size() != second.size():
        return False
    one, other = (_pixels(image).astype(np.int16) for image in (first, second))
    return int(np.abs(one - other).max()) <= _ROUNDING


def _pixels(image: QImage) -> np.ndarray:
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.bytesPerLine())
    return rows[:, : 3 * plain.width()].copy()
