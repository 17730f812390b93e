"""Settings of what stands on and around images."""

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from spinegrader.gui.training.notices import secondary_label
from spinegrader.gui.workbench import Workbench
from spinegrader.services.settings import LEAST_OVERLAY_OPACITY, Settings
from spinegrader.texts import translate

_STEP = 5


class ImagePage(QWidget):
    """Boxes to tick and the strength of the overlays."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        column = QVBoxLayout(self)
        self._boxes: dict[str, QCheckBox] = {}
        for setting, text, tip in (
            (
                "smooths_images",
                translate("&Blend enlarged pixels"),
                translate("Softer to look at; without it every pixel is shown exactly"),
            ),
            (
                "shows_corner_text",
                translate("&Text in the corners at the start"),
                translate("Name, date and sequence; its key shows and hides it"),
            ),
            (
                "centres_focus",
                translate("Bring the disc in focus to the mi&ddle"),
                translate("Without it the image moves only if the disc is out of sight"),
            ),
        ):
            box = QCheckBox(text)
            box.setToolTip(tip)
            box.toggled.connect(
                lambda on, setting=setting: workbench.change_settings(**{setting: on})
            )
            column.addWidget(box)
            column.addWidget(_note(tip))
            column.addSpacing(8)
            self._boxes[setting] = box
        column.addLayout(self._opacity_row())
        column.addWidget(_note(self.opacity.toolTip()))
        column.addStretch(1)
        workbench.settings_changed.connect(self._show)
        self._show(workbench.settings)

    def box(self, setting: str) -> QCheckBox:
        """The box of a setting, by its name."""
        return self._boxes[setting]

    def _opacity_row(self) -> QHBoxLayout:
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(round(100 * LEAST_OVERLAY_OPACITY), 100)
        self.opacity.setSingleStep(_STEP)
        self.opacity.setPageStep(2 * _STEP)
        self.opacity.setToolTip(translate("How strongly vertebrae and discs are drawn"))
        # Each value is kept on the disk: not those that a drag passes.
        self.opacity.setTracking(False)
        self.opacity.valueChanged.connect(
            lambda percent: self._workbench.change_settings(overlay_opacity=percent / 100)
        )
        self.opacity.sliderMoved.connect(self._show_percent)
        self._percent = QLabel()
        self._percent.setMinimumWidth(self._percent.fontMetrics().horizontalAdvance("100 %"))
        self._percent.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        title = QLabel(translate("&Opacity of overlays:"))
        title.setBuddy(self.opacity)
        row = QHBoxLayout()
        row.addWidget(title)
        row.addWidget(self.opacity, 1)
        row.addWidget(self._percent)
        return row

    def _show(self, settings: Settings) -> None:
        for setting, box in self._boxes.items():
            with QSignalBlocker(box):
                box.setChecked(getattr(settings, setting))
        percent = round(100 * settings.overlay_opacity)
        with QSignalBlocker(self.opacity):
            self.opacity.setValue(percent)
        self._show_percent(percent)

    def _show_percent(self, percent: int) -> None:
        self._percent.setText(f"{percent} %")


def _note(text: str) -> QLabel:
    label = secondary_label(text)
    label.setIndent(24)
    return label
