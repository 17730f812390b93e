"""Outlines that are drawn from a kept picture look as if they were drawn anew."""

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from spinegrader.gui.viewer import kept_outlines
from spinegrader.gui.viewer.drawing import Stroke, draw_outlines
from spinegrader.gui.viewer.kept_outlines import KeptOutlines

BODY = [(40.3, 30.2), (120.6, 36.1), (118.2, 88.8), (41.9, 84.4)]
DISC = [(41.9, 84.4), (118.2, 88.8), (121.0, 97.5), (43.5, 95.0)]
OUTLINES = [(Stroke("#f2e3bd", 1.3), BODY), (Stroke("#5cb8ff", 2.6), DISC)]


def painted(draw, ratio: float = 1.0) -> np.ndarray:
    """What is drawn on a grey ground, shape (rows, columns, 4)."""
    image = QImage(round(160 * ratio), round(120 * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(0xFF808080)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw(painter)
    painter.end()
    bits = np.frombuffer(image.constBits(), np.uint8)
    return bits.reshape(image.height(), image.width(), 4).astype(int)


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_the_picture_is_the_same_each_time(qapp, ratio):
    kept = KeptOutlines()
    expected = painted(lambda painter: draw_outlines(painter, OUTLINES), ratio)
    for _ in range(3):
        shown = painted(lambda painter: kept.draw(painter, list(OUTLINES)), ratio)
        # Half-clear colours are rounded once more on their way through the picture.
        assert np.abs(shown - expected).max() <= 3


def test_other_outlines_are_shown_at_once(qapp):
    kept = KeptOutlines()
    moved = [(stroke, [(x + 9, y - 4) for x, y in corners]) for stroke, corners in OUTLINES]
    other = [(Stroke("#ff8a80", 1.3), BODY), OUTLINES[1]]
    for outlines in (OUTLINES, OUTLINES, moved, OUTLINES, other, moved, moved, []):
        shown = painted(lambda painter, outlines=outlines: kept.draw(painter, outlines))
        expected = painted(lambda painter, outlines=outlines: draw_outlines(painter, outlines))
        assert np.abs(shown - expected).max() <= 3


def test_a_repeated_outline_is_stroked_only_twice(qapp, monkeypatch):
    """Once on the screen, once for the picture."""
    stroked = []

    def count(painter, outlines):
        stroked.append(outlines)
        draw_outlines(painter, outlines)

    monkeypatch.setattr(kept_outlines, "draw_outlines", count)
    kept = KeptOutlines()
    for _ in range(10):
        painted(lambda painter: kept.draw(painter, OUTLINES))
    assert len(stroked) == 2


def test_outlines_far_larger_than_the_screen_are_not_kept(qapp, monkeypatch):
    monkeypatch.setattr(kept_outlines, "_LARGEST_PICTURE", 100)
    kept = KeptOutlines()
    expected = painted(lambda painter: draw_outlines(painter, OUTLINES))
    for _ in range(3):
        assert np.array_equal(painted(lambda painter: kept.draw(painter, OUTLINES)), expected)
