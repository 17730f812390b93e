"""Dialogs whose wrapped words are all to be seen."""

from PySide6.QtWidgets import QDialog, QWidget


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
