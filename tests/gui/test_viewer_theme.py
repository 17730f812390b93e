"""Text that can be read, colours that can be told apart."""

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPalette
from PySide6.QtWidgets import QPushButton

from spinegrader.domain.anatomy import REGULAR_LEVELS, VertebraLevel
from spinegrader.gui import theme
from spinegrader.services.settings import Theme

READABLE = 4.5
VISIBLE = 3.0


def luminance(name: str) -> float:
    """Relative luminance, written out from WCAG 2.2 apart from the program's own."""
    colour = QColor(name)
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (colour.red() / 255, colour.green() / 255, colour.blue() / 255)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [theme.DARK_COLOURS, theme.LIGHT_COLOURS])
def test_text_is_readable_on_every_ground(colours):
    grounds = (colours.window, colours.base, colours.alternate_base, colours.button)
    for ground in grounds:
        assert contrast(colours.text, ground) >= READABLE
        assert contrast(colours.secondary_text, ground) >= READABLE
        assert contrast(colours.accent, ground) >= VISIBLE
    assert contrast(colours.disabled_text, colours.window) >= READABLE
    assert contrast(colours.accent, colours.base) >= READABLE  # links
    assert contrast(colours.selected_text, colours.selection) >= READABLE


def test_texts_and_lines_over_images_are_readable():
    for name in (theme.VIEWER_TEXT, theme.VIEWER_SECONDARY_TEXT, theme.OUTLINE):
        assert contrast(name, theme.VIEWER_BACKGROUND) >= READABLE
        assert contrast(name, theme.HALO) >= READABLE
    for name in (theme.VIEWER_ACCENT, theme.MEASUREMENT, *theme.LEVEL_COLOURS):
        assert contrast(name, theme.HALO) >= READABLE


# How a colour looks to an eye without one kind of cone, in linear RGB (Machado, Oliveira and
# Fernandes, IEEE TVCG 2009;15:1291, severity 1).
COLOUR_SENSES = {
    "full": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
TO_XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))


def seen(colour: QColor, sense: str) -> np.ndarray:
    """CIE L*a*b* of a colour as such an eye has it."""
    linear = np.array(colour.getRgbF()[:3])
    linear = np.where(linear <= 0.04045, linear / 12.92, ((linear + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.array(COLOUR_SENSES[sense]) @ linear, 0, 1)
    x, y, z = np.cbrt(np.array(TO_XYZ) @ linear / (0.9505, 1.0, 1.089))
    return np.array((116 * y - 16, 500 * (x - y), 200 * (y - z)))


@pytest.mark.parametrize("sense", list(COLOUR_SENSES))
def test_neighbouring_levels_are_told_apart(sense):
    for levels in (tuple(VertebraLevel), REGULAR_LEVELS):
        for above, below in pairwise(levels):
            first, second = (seen(theme.level_colour(x.position), sense) for x in (above, below))
            assert np.linalg.norm(first - second) > 12


@pytest.mark.parametrize("which", list(Theme))
def test_a_theme_reaches_the_whole_application(restored_look, qtbot, which):
    theme.apply_theme(restored_look, which)
    colours = theme.theme_colours(which)
    button = QPushButton("Grade")
    qtbot.addWidget(button)
    assert button.palette().color(QPalette.ColorRole.Window) == QColor(colours.window)
    assert button.font().pointSizeF() >= 10
    assert restored_look.style().objectName().lower() in ("fusion", "")


def test_light_and_dark_differ(restored_look):
    theme.apply_theme(restored_look, Theme.LIGHT)
    light = restored_look.palette().color(QPalette.ColorRole.Window).lightness()
    theme.apply_theme(restored_look, Theme.DARK)
    assert restored_look.palette().color(QPalette.ColorRole.Window).lightness() + 100 < light


def test_focus_is_seen(restored_look, qtbot):
    theme.apply_theme(restored_look, Theme.DARK)
    button = QPushButton("Start")
    qtbot.addWidget(button)
    button.show()
    qtbot.waitExposed(button)
    button.activateWindow()
    button.clearFocus()
    accent = QColor(theme.DARK_COLOURS.accent)

    def accent_pixels() -> int:
        image = button.grab().toImage()
        return sum(
            image.pixelColor(x, y) == accent
            for x in range(image.width())
            for y in range(image.height())
        )

    assert accent_pixels() == 0
    button.setFocus()
    qtbot.waitUntil(button.hasFocus)
    assert accent_pixels() > 20


@pytest.mark.parametrize("count", [2, 4, 5])
def test_grades_rise_in_lightness_so_that_no_colour_sense_is_needed(count):
    lightness = []
    for index in range(count):
        y = luminance(theme.grade_colour(index, count).name())
        lightness.append(116 * y ** (1 / 3) - 16)  # CIE L*
        assert contrast(theme.grade_colour(index, count).name(), theme.VIEWER_BACKGROUND) >= VISIBLE
    steps = [bright - dark for dark, bright in pairwise(lightness)]
    assert min(steps) >= 8


def test_text_on_grade_colours_is_readable():
    for index in range(5):
        ground = theme.grade_colour(index, 5)
        assert contrast(theme.text_colour_on(ground).name(), ground.name()) >= READABLE


def test_there_is_no_sixth_grade_of_five():
    with pytest.raises(ValueError, match="no grade 5 of 5"):
        theme.grade_colour(5, 5)


def test_tabular_digits_are_equally_wide_and_not_small(qapp):
    small = QFont()
    small.setPointSizeF(7)
    font = theme.tabular_font(small)
    metrics = QFontMetricsF(font)
    assert len({round(metrics.horizontalAdvance(digit * 8), 3) for digit in "0123456789"}) == 1
    assert font.pointSizeF() >= 10
    assert small.pointSizeF() == 7
