"""A retrained detector beside the one in use: figures, verdict, and what to do about it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from spinegrader.gui.theme import tabular_font
from spinegrader.gui.training.notices import NoticeBox, heading, secondary_label
from spinegrader.gui.training.runs_model import RunEntry
from spinegrader.gui.training.wording import figure_name, figure_text
from spinegrader.services.detector_comparison import DetectorComparison, read_comparison
from spinegrader.texts import for_translation, translate

_FIGURES = (
    "bodies_found",
    "levels_right",
    "centre_error_mm",
    "corner_error_mm",
    "disc_dice",
    "correction_mm",
)
_NOT_YET = for_translation(
    "Old and new detector are compared when the training ends. A run that was stopped is compared "
    "once it has been resumed; until then it can't be used."
)
_REMARK = for_translation(
    "Means over people. Correction left: how far a corner must be moved, 10 mm where the body was "
    "not found. Vertebrae that were confirmed just as the old detector proposed them speak for the "
    "old one."
)
_IN_USE = for_translation("This project finds its vertebrae with this detector.")


class ComparisonView(QWidget):
    """Shows the comparison of a detector's run; asks others to act on it."""

    adopt_requested = Signal()
    back_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = heading(scale=1.1)
        self.verdict = NoticeBox()
        self.in_use = secondary_label(translate(_IN_USE))
        self.rows: tuple[tuple[str, str, str], ...] = ()
        self._grid_host = QWidget()
        self._grid = QGridLayout(self._grid_host)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(3, 1)
        self._remark = secondary_label(translate(_REMARK))
        self.adopt_button = QPushButton(translate("Use this detector"))
        self.adopt_button.setToolTip(
            translate("From now on this project finds its vertebrae with it")
        )
        self.back_button = QPushButton(translate("Back to the one that comes with the program"))
        self.back_button.setToolTip(
            translate("This project finds its vertebrae with the shipped detector again")
        )
        self.adopt_button.clicked.connect(self.adopt_requested)
        self.back_button.clicked.connect(self.back_requested)
        self._lay_out()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.adopt_button)
        buttons.addWidget(self.back_button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._title)
        layout.addWidget(self.verdict)
        layout.addWidget(self._grid_host)
        layout.addWidget(self._remark)
        layout.addWidget(self.in_use)
        layout.addLayout(buttons)

    def show_run(self, entry: RunEntry) -> None:
        """Shows the comparison of a run; hides where it is no detector's."""
        self.setVisible(entry.kind == "detector")
        if entry.kind != "detector":
            return
        self._title.setText(
            translate("Old and new detector (simulated people)")
            if entry.is_simulated
            else translate("Old and new detector")
        )
        compared = None if entry.is_active else read_comparison(entry.folder)
        self.verdict.set_text(translate(_NOT_YET) if compared is None else compared.sentence())
        self._fill(compared)
        self._grid_host.setVisible(compared is not None)
        self._remark.setVisible(compared is not None)
        self.in_use.setVisible(entry.is_in_use)
        self.adopt_button.setVisible(compared is not None and not entry.is_in_use)
        self.back_button.setVisible(entry.is_in_use)

    def _fill(self, compared: DetectorComparison | None) -> None:
        rows: list[tuple[str, str, str]] = []
        if compared is not None:
            old, new = compared.old.model_dump(), compared.new.model_dump()
            rows = [
                (figure_name(key), figure_text(key, old[key]), figure_text(key, new[key]))
                for key in _FIGURES
            ]
            rows.insert(
                0,
                ("", translate("Old ({name})").format(name=compared.old_name), translate("New")),
            )
        if tuple(rows) == self.rows:
            return
        self.rows = tuple(rows)
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for line, (name, old_text, new_text) in enumerate(rows):
            self._grid.addWidget(_quiet(name), line, 0)
            for column, text in ((1, old_text), (2, new_text)):
                self._grid.addWidget(
                    _value(text, f"{name}: {text}" if line else text), line, column
                )


def _quiet(text: str) -> QLabel:
    label = QLabel(text)
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    return label


def _value(text: str, name: str) -> QLabel:
    label = QLabel(text)
    label.setFont(tabular_font())
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setAccessibleName(name)
    return label
