"""Which rows are listed: this study or all, differing or open, one grading."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QWidget

from spinegrader.domain.scheme import Grading
from spinegrader.gui.open_lists import ChoiceBox
from spinegrader.gui.review.rows import Cell, RowFilter, Shown
from spinegrader.texts import translate

_LEAST_LETTERS = 9
_ALL_STUDIES, _THIS_STUDY = range(2)


class FilterBar(QWidget):
    """Three lists, and a chip for a confusion cell."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._study_uid = ""
        self._cell: Cell | None = None
        self.studies = _list(
            translate("Studies"),
            (
                (translate("All studies"), _ALL_STUDIES),
                (translate("The study in Read"), _THIS_STUDY),
            ),
        )
        self.shown = _list(
            translate("Which rows"), [(translate(str(item)), item) for item in Shown]
        )
        self.gradings = _list(translate("Grading"), ((translate("All gradings"), None),))
        self.chip = QPushButton()
        self.chip.setToolTip(translate("Shows all rows again"))
        self.chip.hide()
        self.chip.clicked.connect(lambda: self.set_cell(None))
        self.count = QLabel()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for box in (self.studies, self.shown, self.gradings):
            box.currentIndexChanged.connect(self.changed)
            layout.addWidget(box)
        layout.addWidget(self.chip)
        layout.addWidget(self.count)
        layout.addStretch(1)

    @property
    def row_filter(self) -> RowFilter:
        """What is asked for."""
        only_this = self.studies.currentData() == _THIS_STUDY
        return RowFilter(
            study_uid=self._study_uid if only_this else "",
            shown=Shown(self.shown.currentData()),
            grading=str(self.gradings.currentData() or ""),
            cell=self._cell,
        )

    def set_study(self, study_uid: str) -> None:
        """Says which study is in front; rows change only if one is asked for."""
        if study_uid == self._study_uid:
            return
        self._study_uid = study_uid
        if self.studies.currentData() == _THIS_STUDY:
            self.changed.emit()

    def switch_study(self) -> None:
        """From all studies to the one in front, or back."""
        is_one = self.studies.currentData() == _THIS_STUDY
        self.studies.setCurrentIndex(_ALL_STUDIES if is_one else _THIS_STUDY)

    def set_gradings(self, gradings: Sequence[Grading]) -> None:
        """Offers other gradings; the chosen one stays if it is among them."""
        chosen = self.gradings.currentData()
        with QSignalBlocker(self.gradings):
            while self.gradings.count() > 1:
                self.gradings.removeItem(1)
            for grading in gradings:
                self.gradings.addItem(grading.name, grading.id)
            self.gradings.setCurrentIndex(max(0, self.gradings.findData(chosen)))

    def set_cell(self, cell: Cell | None, text: str = "") -> None:
        """Lists the discs of one confusion cell; None lists all again."""
        self._cell = cell
        self.chip.setText(f"{text}  ✕")
        self.chip.setAccessibleName(translate("Stop showing only {text}").format(text=text))
        self.chip.setVisible(cell is not None)
        for box in (self.shown, self.gradings):
            # A cell says both.
            box.setVisible(cell is None)
        self.changed.emit()

    def show_count(self, listed: int, total: int) -> None:
        """Says how many rows there are."""
        self.count.setText(
            translate("{listed:,} rows").format(listed=listed)
            if listed == total
            else translate("{listed:,} of {total:,}").format(listed=listed, total=total)
        )


def _list(name: str, entries: Sequence[tuple[str, object]]) -> ChoiceBox:
    box = ChoiceBox()
    box.setAccessibleName(name)
    for words, value in entries:
        box.addItem(words, value)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    # As wide as its longest entry where there is room; it never makes the table wider.
    box.setMinimumContentsLength(_LEAST_LETTERS)
    return box
