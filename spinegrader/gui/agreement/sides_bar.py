"""What is compared with what: a reader with a model, two readers, a reading with its repeat."""

from collections.abc import Sequence
from enum import StrEnum

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from spinegrader.gui.agreement.side_words import side_words
from spinegrader.services.agreement import KnownSides, Side
from spinegrader.services.graders import SHIPPED
from spinegrader.texts import for_translation, translate


class Kind(StrEnum):
    """What is compared."""

    MODEL = for_translation("Reader against model")
    READERS = for_translation("Reader against reader")
    REPEATED = for_translation("First against second reading")


_KIND = for_translation("What is compared")
_MISSING = {
    Kind.MODEL: for_translation(
        "This takes a reader's grades and a model's: read some studies, and let a model predict "
        "(Training menu)."
    ),
    Kind.READERS: for_translation(
        "This takes two readers' grades: change the reader's name (Edit menu), and read the same "
        "studies."
    ),
    Kind.REPEATED: for_translation(
        "This takes a second reading of the same studies: draw repeat readings (Edit menu)."
    ),
}


class SidesBar(QWidget):
    """Three choices in a row; the second depends on the first."""

    changed = Signal()
    """Another pair of sides is asked for, or none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.known = KnownSides({}, ())
        """Everyone who has graded."""
        self._reader = ""
        self.kind = _combo(translate(_KIND))
        for kind in Kind:
            self.kind.addItem(translate(str(kind)), kind)
        self.first = _combo(translate("First side"))
        self.second = _combo(translate("Second side"))
        self._against = QLabel(translate("against"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        for widget in (self.kind, self.first, self._against, self.second):
            row.addWidget(widget)
        row.addStretch(1)
        self.kind.currentIndexChanged.connect(self._on_kind)
        self.first.currentIndexChanged.connect(self._on_first)
        self.second.currentIndexChanged.connect(lambda _: self.changed.emit())

    def show_sides(self, known: KnownSides, reader: str) -> None:
        """Offers who has graded something; keeps what was chosen as far as it is still there.

        Args:
            known: Everyone who has graded.
            reader: The session's reader, who is offered first.
        """
        self.known, self._reader = known, reader
        self._fill_first()
        self.changed.emit()

    def choose(self, kind: Kind) -> None:
        """Chooses what is compared."""
        self.kind.setCurrentIndex(self.kind.findData(kind))

    @property
    def sides(self) -> tuple[Side, Side] | None:
        """What is asked for; None where it isn't there."""
        first, second = self.first.currentData(), self.second.currentData()
        if isinstance(first, Side) and isinstance(second, Side):
            return first, second
        return None

    @property
    def missing(self) -> str:
        """What the chosen comparison takes, in a sentence."""
        return translate(_MISSING[Kind(self.kind.currentData())])

    def _on_kind(self) -> None:
        self._fill_first()
        self.changed.emit()

    def _on_first(self) -> None:
        self._fill_second()
        self.changed.emit()

    def _fill_first(self) -> None:
        kind = Kind(self.kind.currentData())
        names = self.known.repeated if kind is Kind.REPEATED else tuple(self.known.readings)
        ordered = sorted(names, key=lambda name: (name != self._reader, name))
        numbers = {name: self.known.readings[name][0] for name in ordered}
        # Readers who have given answers in a repeated reading alone have no first one.
        sides = [Side(name) for name in ordered if numbers[name] == 1]
        _fill(self.first, sides)
        self._fill_second()

    def _fill_second(self) -> None:
        kind, first = Kind(self.kind.currentData()), self.first.currentData()
        sides: list[Side] = []
        if isinstance(first, Side):
            readings = self.known.readings
            if kind is Kind.MODEL:
                # The newest first, and last the one that wasn't made here.
                runs = sorted(self.known.runs, key=lambda run: (run != SHIPPED, run), reverse=True)
                sides = [Side(run, is_model=True) for run in runs]
            elif kind is Kind.READERS:
                others = [name for name in readings if name != first.name]
                sides = [Side(name) for name in others if readings[name][0] == 1]
            else:
                sides = [Side(first.name, number) for number in readings[first.name][1:]]
        _fill(self.second, sides)
        for widget in (self.first, self._against, self.second):
            widget.setVisible(bool(sides))


def _fill(combo: QComboBox, sides: Sequence[Side]) -> None:
    chosen = combo.currentData()
    with QSignalBlocker(combo):
        combo.clear()
        for side in sides:
            combo.addItem(side_words(side), side)
        if chosen in sides:
            combo.setCurrentIndex(list(sides).index(chosen))


def _combo(name: str) -> QComboBox:
    combo = QComboBox()
    combo.setAccessibleName(name)
    combo.setToolTip(name)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return combo
