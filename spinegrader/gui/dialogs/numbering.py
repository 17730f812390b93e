"""What the levels of a series were counted from, and which of them aren't drawn for a reason."""

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.numbering import Absence, CountingBasis, MissingLevel, Numbering, Transition
from spinegrader.domain.overlays import Overlay
from spinegrader.gui.dialogs.fitting import fit_height

_OFFERED = (
    VertebraLevel.T12,
    VertebraLevel.T13,
    VertebraLevel.L1,
    VertebraLevel.L2,
    VertebraLevel.L3,
    VertebraLevel.L4,
    VertebraLevel.L5,
    VertebraLevel.L6,
    VertebraLevel.S1,
)
_NOTHING_SAID = "not drawn, nothing said"
_WORDS = {Absence.ABSENT: "absent in this patient", Absence.OUT_OF_VIEW: "out of view"}


class NumberingDialog(QDialog):
    """Asks in plain words; what was chosen is read when it is accepted."""

    def __init__(self, overlay: Overlay, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Numbering of the vertebrae")
        drawn = [str(item.level) for item in overlay.vertebrae]
        words = QLabel(
            f"Drawn: {drawn[0]} to {drawn[-1]}. In transitional anatomy the same vertebra bears "
            "another name by another way of counting: say which one this is."
        )
        words.setWordWrap(True)
        self.basis = _box(
            "Levels were counted", [str(item) for item in CountingBasis], overlay.numbering.basis
        )
        self.transition = _box(
            "Lumbosacral transition",
            [str(item) for item in Transition],
            overlay.numbering.transition,
        )
        form = QFormLayout()
        form.addRow("Levels were counted", self.basis)
        form.addRow("Lumbosacral transition", self.transition)
        self.levels: dict[VertebraLevel, QComboBox] = {}
        for level in _OFFERED:
            if overlay.vertebra(level) is None:
                absence = overlay.absence_of(level)
                chosen = _NOTHING_SAID if absence is None else _WORDS[absence]
                box = _box(f"{level}", [_NOTHING_SAID, *_WORDS.values()], chosen)
                self.levels[level] = box
                form.addRow(str(level), box)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(words)
        column.addLayout(form)
        column.addWidget(buttons)
        fit_height(self, 460)

    @property
    def numbering(self) -> Numbering:
        """What was chosen of the count."""
        return Numbering(
            CountingBasis(self.basis.currentText()), Transition(self.transition.currentText())
        )

    @property
    def missing(self) -> tuple[MissingLevel, ...]:
        """What was chosen of the levels that this dialog asks about."""
        absences = {words: absence for absence, words in _WORDS.items()}
        return tuple(
            MissingLevel(level, absences[box.currentText()])
            for level, box in self.levels.items()
            if box.currentText() in absences
        )


def _box(name: str, words: list[str], chosen: str) -> QComboBox:
    box = QComboBox()
    box.addItems(words)
    box.setCurrentText(str(chosen))
    box.setAccessibleName(name)
    return box
