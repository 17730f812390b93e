"""The result of a learning curve: its picture, its table and what it comes to."""

from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from spinegrader.gui.training.notices import heading
from spinegrader.services.curve_surveys import CURVE_PICTURE, CURVE_TEXT
from spinegrader.texts import translate

_PICTURE_WIDTH = 540


class CurveDialog(QDialog):
    """Shows what a learning curve's folder holds."""

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        title = translate("Learning curve {name}").format(name=folder.name)
        self.setWindowTitle(title)
        self.picture = QLabel()
        self.picture.setAccessibleName(translate("Accuracy by the number of annotated studies"))
        self.picture.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._show_picture()
        self.text = QTextBrowser()
        self.text.setAccessibleName(translate("Figures of the learning curve"))
        self.text.setMarkdown(_text_of(folder))
        folder_button = QPushButton(translate("Open its folder"))
        folder_button.setToolTip(translate("There lie the table and the picture as files"))
        folder_button.clicked.connect(
            lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
        )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(folder_button, QDialogButtonBox.ButtonRole.ActionRole)
        folder_button.setAutoDefault(False)
        buttons.rejected.connect(self.reject)
        both = QHBoxLayout()
        both.setSpacing(14)
        both.addWidget(self.picture)
        both.addWidget(self.text, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(heading(title, 1.4))
        layout.addLayout(both, 1)
        layout.addWidget(buttons)
        self.resize(1260, 560)

    def _show_picture(self) -> None:
        picture = QPixmap(str(self._folder / CURVE_PICTURE))
        if picture.isNull():
            self.picture.hide()
            return
        ratio = self.devicePixelRatioF()
        scaled = picture.scaledToWidth(
            round(_PICTURE_WIDTH * ratio), Qt.TransformationMode.SmoothTransformation
        )
        scaled.setDevicePixelRatio(ratio)
        self.picture.setPixmap(scaled)


def _text_of(folder: Path) -> str:
    try:
        text = (folder / CURVE_TEXT).read_text(encoding="utf-8")
    except OSError as error:
        return translate("The table of this learning curve can't be read ({cause}).").format(
            cause=error.strerror
        )
    # Its heading is the dialog's.
    return text.partition("\n")[2] if text.startswith("# ") else text
