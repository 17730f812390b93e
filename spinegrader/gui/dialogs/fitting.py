"""Parts of dialogs: a height at which all words are seen, boxes for numbers."""

from PySide6.QtWidgets import QDialog, QSpinBox, QWidget


def fit_height(dialog: QDialog, width: int) -> None:
    """Gives a dialog a width, and the height that its words take when they are wrapped to it.

    Qt itself leaves out the height of wrapped labels where they stand in groups.

    Args:
        dialog: With its layout filled.
        width: Logical pixels.
    """
    layout = dialog.layout()
    if layout is None:
        return
    for child in (dialog, *dialog.findChildren(QWidget)):
        # The style sheet's paddings count, and come with the polish only.
        child.ensurePolished()
    layout.activate()
    height = layout.totalHeightForWidth(width)
    dialog.setMinimumSize(width, height)
    dialog.resize(width, height)


def number_box(name: str, low: int, high: int, value: int, suffix: str = "") -> QSpinBox:
    """A box for a whole number between two others, with a unit behind it.

    Args:
        name: What screen readers say of it.
        low: The least number.
        high: The greatest one.
        value: The number at first.
        suffix: The unit.
    """
    box = QSpinBox()
    box.setAccessibleName(name)
    box.setRange(low, high)
    box.setValue(value)
    box.setSuffix(suffix)
    box.setMinimumWidth(130)
    return box
