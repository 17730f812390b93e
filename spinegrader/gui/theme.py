"""Colours, fonts and the small style sheet: dark around images, one accent, readable text.

Contrast follows WCAG 2.2 (4.5:1 for text, 3:1 for what marks the focus).
"""

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPalette, QPen
from PySide6.QtWidgets import QApplication

from spinegrader.services.resources import resources_folder
from spinegrader.services.settings import Theme
from spinegrader.texts import for_translation

MINIMUM_POINT_SIZE = 10.0

VIEWER_BACKGROUND = "#0e1012"
"""Around images, in every theme: the eye must not adapt to a bright frame."""

VIEWER_TEXT = "#dfe3e7"
VIEWER_SECONDARY_TEXT = "#a9b1b9"
VIEWER_ACCENT = "#5cb8ff"
HALO = "#000000"
"""Around lines and letters on images, so that they read on any grey."""

REFERENCE_LINE = "#8fd694"
"""Where another slice cuts the one on screen."""

OUTLINE = "#f2e3bd"
"""Bodies and discs: warm, so that they stand apart from grey tissue and from the accent."""

ALERT = "#d55e00"
"""Beside errors; vermillion, told apart with every common colour blindness (Okabe and Ito)."""

ALERT_COLOURS = ("#ff8a80", "#b3261e")
"""The red of a warning on a dark and on a light window."""

UNSAVED_SIGN = "✕"
UNSAVED_WIDTH = 2.0

VIEWER_ALERT = ALERT_COLOURS[0]

LEVEL_COLOURS = ("#eedd88", "#ffaabb", "#44bb99", "#bbcc33", "#d6cdf2", "#dd9955")
"""Of levels in their order; neighbours are told apart with every common colour blindness.

After the light scheme of Paul Tol (SRON/EPS/TN/09-002, 2021), without its blues, which are too
like the accent, and with an orange that is less like the red of what isn't saved. A level's name
always stands beside it.
"""

MEASUREMENT = "#9be7a0"
"""Lines that a reader measures with: like no outline."""

CURVE_COLOURS_ON_DARK = ("#e69f00", "#56b4e9", "#009e73", "#cc79a7", "#f0e442", "#ffffff")
CURVE_COLOURS_ON_LIGHT = ("#d55e00", "#0072b2", "#008a64", "#a8487f", "#7a6200", "#1a1d20")
"""Of curves: after Okabe and Ito ("Color Universal Design", 2008), told apart with every common
colour blindness, at least 3:1 against the plot. The line's style tells curves apart too."""

GRADE_COLOUR_MAP = "viridis"
_GRADE_RANGE = (0.45, 1.0)
"""The part of the map that is bright enough to be read on dark tissue."""

EVIDENCE_COLOUR_MAP = "inferno"
"""Of evidence maps: rises evenly in lightness, told apart with every common colour blindness
(van der Walt and Smith, SciPy 2015), and warm, where grades run from blue to yellow."""

EVIDENCE_RANGE = (0.4, 1.0)
"""The part of the map that stands out from dark tissue."""


@dataclass(frozen=True)
class ThemeColours:
    """The colours of one theme, as #rrggbb."""

    window: str
    base: str
    alternate_base: str
    button: str
    border: str
    text: str
    secondary_text: str
    disabled_text: str
    accent: str
    selection: str
    selected_text: str


DARK_COLOURS = ThemeColours(
    window="#1d2023",
    base="#16181b",
    alternate_base="#1a1d20",
    button="#2b3035",
    border="#4b535b",
    text="#e6e9ec",
    secondary_text="#aab2b9",
    disabled_text="#8b939b",
    accent=VIEWER_ACCENT,
    selection="#1f5f96",
    selected_text="#ffffff",
)

LIGHT_COLOURS = ThemeColours(
    window="#eef0f2",
    base="#ffffff",
    alternate_base="#f6f7f8",
    button="#e1e4e8",
    border="#a3abb3",
    text="#1a1d20",
    secondary_text="#4d555d",
    disabled_text="#5f676f",
    accent="#0b63ab",
    selection="#0b63ab",
    selected_text="#ffffff",
)


THEME_NAMES = {
    Theme.SYSTEM: for_translation("As the desktop"),
    Theme.DARK: for_translation("Dark"),
    Theme.LIGHT: for_translation("Light"),
}
"""What the reader calls the themes, in English."""

_SCHEMES = {
    Theme.SYSTEM: Qt.ColorScheme.Unknown,
    Theme.DARK: Qt.ColorScheme.Dark,
    Theme.LIGHT: Qt.ColorScheme.Light,
}


def theme_colours(theme: Theme) -> ThemeColours:
    """The colours of a theme; SYSTEM asks the desktop what it shows now."""
    is_system = theme is Theme.SYSTEM
    return scheme_colours(QApplication.styleHints().colorScheme() if is_system else _SCHEMES[theme])


def scheme_colours(scheme: Qt.ColorScheme) -> ThemeColours:
    """The colours that go with a desktop; dark where it doesn't say."""
    return LIGHT_COLOURS if scheme is Qt.ColorScheme.Light else DARK_COLOURS


def apply_theme(app: QApplication, theme: Theme) -> None:
    """Gives the whole application its style, colours and least text size.

    SYSTEM is resolved at the time of the call: `ThemeFollower` sees when the desktop changes.
    """
    app.styleHints().setColorScheme(_SCHEMES[theme])
    apply_colours(app, theme_colours(theme))


def apply_colours(app: QApplication, colours: ThemeColours) -> None:
    """Gives the whole application its style, these colours and the least text size."""
    app.setStyle("Fusion")
    app.setPalette(_palette(colours))
    app.setFont(readable_font(app.font()))
    app.setStyleSheet(_style_sheet(colours))


def readable_font(font: QFont | None = None) -> QFont:
    """A copy of the font (the application's, if none is given) at no less than 10 pt."""
    copy = QFont(font if font is not None else QApplication.font())
    # A font that is set in pixels has no point size: -1.
    copy.setPointSizeF(max(copy.pointSizeF(), MINIMUM_POINT_SIZE))
    return copy


def tabular_font(font: QFont | None = None) -> QFont:
    """A readable font whose digits all have the same width, for columns of numbers."""
    copy = readable_font(font)
    copy.setFeature(QFont.Tag("tnum"), 1)
    return copy


def level_colour(index: int) -> QColor:
    """The colour of the ``index``-th level from the head; they come again after the last."""
    return QColor(LEVEL_COLOURS[index % len(LEVEL_COLOURS)])


def grade_colour(index: int, count: int) -> QColor:
    """The colour of the ``index``-th of ``count`` ordered grades, dark to bright.

    Viridis rises evenly in lightness and is told apart with every common colour blindness
    and in grey print (van der Walt and Smith, SciPy 2015). It never stands alone: the digit
    is always shown too.

    Raises:
        ValueError: If there is no such grade.
    """
    if not 0 <= index < count:
        raise ValueError(f"There is no grade {index} of {count}.")
    low, high = _GRADE_RANGE
    share = index / (count - 1) if count > 1 else 1.0
    return QColor(_grade_colour_name(low + (high - low) * share))


@lru_cache(maxsize=64)
def _grade_colour_name(position: float) -> str:
    import pyqtgraph

    colour: QColor = pyqtgraph.colormap.get(GRADE_COLOUR_MAP).map(position, mode="qcolor")
    return colour.name()


def curve_colour(index: int, background: QColor) -> QColor:
    """The colour of the ``index``-th curve on a plot; they come again after the last."""
    colours = (CURVE_COLOURS_ON_DARK, CURVE_COLOURS_ON_LIGHT)[background.lightnessF() > 0.5]
    return QColor(colours[index % len(colours)])


def alert_colour() -> QColor:
    """The red that reads best on the application's windows."""
    window = QPalette().window().color()
    return max((QColor(name) for name in ALERT_COLOURS), key=lambda c: contrast_ratio(c, window))


def unsaved_pen() -> QPen:
    """The dashed red frame around what isn't on the disk yet."""
    pen = QPen(alert_colour(), UNSAVED_WIDTH)
    pen.setDashPattern([2.0, 1.5])
    return pen


def text_colour_on(background: QColor) -> QColor:
    """Black or white, whichever reads better."""
    black, white = QColor("#000000"), QColor("#ffffff")
    better = contrast_ratio(background, black) >= contrast_ratio(background, white)
    return black if better else white


def contrast_ratio(first: QColor, second: QColor) -> float:
    """Contrast of two opaque colours, 1 to 21 (WCAG 2.2, “contrast ratio”)."""
    darker, brighter = sorted((_luminance(first), _luminance(second)))
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: QColor) -> float:
    """Relative luminance (WCAG 2.2)."""
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (colour.redF(), colour.greenF(), colour.blueF())
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _palette(colours: ThemeColours) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette(QColor(colours.button), QColor(colours.window))
    for which, name in {
        role.Window: colours.window,
        role.Base: colours.base,
        role.AlternateBase: colours.alternate_base,
        role.Button: colours.button,
        role.WindowText: colours.text,
        role.Text: colours.text,
        role.ButtonText: colours.text,
        role.BrightText: colours.text,
        role.PlaceholderText: colours.secondary_text,
        role.Highlight: colours.selection,
        role.HighlightedText: colours.selected_text,
        role.Accent: colours.accent,
        role.Link: colours.accent,
        role.LinkVisited: colours.accent,
        role.ToolTipBase: colours.button,
        role.ToolTipText: colours.text,
    }.items():
        palette.setColor(which, QColor(name))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(colours.disabled_text))
    return palette


def _icon(name: str) -> str:
    """The file of an icon; style sheets want slashes on every system."""
    return (resources_folder() / "icons" / f"{name}.svg").as_posix()


def _style_sheet(colours: ThemeColours) -> str:
    """What the palette can't say: a focus that is seen, quiet buttons and tool tips."""
    shade = "light" if colours is LIGHT_COLOURS else "dark"
    down, up = _icon(f"down-{shade}"), _icon(f"up-{shade}")
    return f"""
        QFrame#errorBanner {{
            background: {colours.base}; border: 0; border-left: 5px solid {ALERT};
        }}
        QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
        QPushButton {{
            background: {colours.button}; color: {colours.text};
            border: 2px solid {colours.border}; border-radius: 4px; padding: 4px 14px;
        }}
        QPushButton:hover {{ border-color: {colours.secondary_text}; }}
        QPushButton:pressed {{ background: {colours.base}; }}
        QPushButton:checked, QPushButton:default {{
            background: {colours.selection}; color: {colours.selected_text};
        }}
        QPushButton:disabled {{
            background: {colours.button}; color: {colours.disabled_text};
        }}
        QPushButton:focus, QPushButton:default:focus {{ border-color: {colours.accent}; }}
        QComboBox {{
            background: {colours.button}; color: {colours.text};
            border: 2px solid {colours.border}; border-radius: 4px; padding: 2px 6px;
        }}
        QComboBox:disabled {{ color: {colours.disabled_text}; }}
        QComboBox:focus {{ border-color: {colours.accent}; }}
        QComboBox::drop-down {{ border: 0; width: 20px; }}
        QComboBox::down-arrow {{ image: url({down}); width: 12px; height: 12px; }}
        QLineEdit, QAbstractSpinBox {{
            background: {colours.base}; color: {colours.text};
            border: 2px solid {colours.border}; border-radius: 4px; padding: 1px 3px;
            placeholder-text-color: {colours.secondary_text};
        }}
        QAbstractSpinBox {{ padding-left: 5px; }}
        QLineEdit:disabled, QAbstractSpinBox:disabled {{ color: {colours.disabled_text}; }}
        QLineEdit:focus, QAbstractSpinBox:focus {{ border-color: {colours.accent}; }}
        QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{
            border: 0; background: transparent; width: 18px;
        }}
        QAbstractSpinBox::up-arrow {{ image: url({up}); width: 9px; height: 9px; }}
        QAbstractSpinBox::down-arrow {{ image: url({down}); width: 9px; height: 9px; }}
        QCheckBox::indicator, QRadioButton::indicator, QListView::indicator {{
            width: 12px; height: 12px; border: 2px solid {colours.secondary_text};
            background: {colours.base};
        }}
        QCheckBox::indicator, QListView::indicator {{ border-radius: 3px; }}
        QListView::indicator {{ width: 10px; height: 10px; }}
        QRadioButton::indicator {{ border-radius: 8px; }}
        QCheckBox::indicator:checked, QRadioButton::indicator:checked,
        QListView::indicator:checked {{
            border-color: {colours.selection}; background: {colours.selection};
        }}
        QCheckBox::indicator:checked, QListView::indicator:checked {{
            image: url({_icon("check")});
        }}
        QRadioButton::indicator:checked {{ image: url({_icon("dot")}); }}
        QCheckBox::indicator:focus, QRadioButton::indicator:focus {{
            border-color: {colours.accent};
        }}
        QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {{
            border-color: {colours.border};
        }}
        QToolButton {{ border: 2px solid transparent; border-radius: 4px; padding: 3px; }}
        QToolButton:hover {{ background: {colours.button}; }}
        QToolButton:checked {{
            background: {colours.selection}; color: {colours.selected_text};
        }}
        QToolButton:focus {{ border-color: {colours.accent}; }}
        QAbstractItemView:focus {{ border: 2px solid {colours.accent}; }}
        QTableView#gradeGrid {{ border: 2px solid transparent; }}
        QTableView#gradeGrid:focus {{ border-color: {colours.accent}; }}
        QToolTip {{
            background: {colours.button}; color: {colours.text};
            border: 1px solid {colours.border}; padding: 4px;
        }}
    """
