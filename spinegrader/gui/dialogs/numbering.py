"""What the levels of a series were counted from, and which of them aren't drawn for a reason."""

from collections.abc import Sequence

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
from spinegrader.texts import for_translation, translate

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
_NOTHING_SAID = for_translation("not drawn, nothing said")
_ABSENCES = {
    Absence.ABSENT: for_translation("absent in this patient"),
    Absence.OUT_OF_VIEW: for_translation("out of view"),
}


class NumberingDialog(QDialog):
    """Asks in plain words; what was chosen is read when it is accepted."""

    def __init__(self, overlay: Overlay, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("Numbering of the vertebrae"))
        drawn = [str(item.level) for item in overlay.vertebrae]
        words = QLabel(
            translate(
                "Drawn: {top} to {bottom}. In transitional anatomy the same vertebra bears "
                "another name by another way of counting: say which one this is."
            ).format(top=drawn[0], bottom=drawn[-1])
        )
        words.setWordWrap(True)
        self.basis = _box(
            translate("Levels were counted"),
            [(str(item), item) for item in CountingBasis],
            overlay.numbering.basis,
        )
        self.transition = _box(
            translate("Lumbosacral transition"),
            [(str(item), item) for item in Transition],
            overlay.numbering.transition,
        )
        form = QFormLayout()
        form.addRow(translate("Levels were counted"), self.basis)
        form.addRow(translate("Lumbosacral transition"), self.transition)
        self.levels: dict[VertebraLevel, QComboBox] = {}
        offered = [(_NOTHING_SAID, None), *((words, item) for item, words in _ABSENCES.items())]
        for level in _OFFERED:
            if overlay.vertebra(level) is None:
                box = _box(str(level), offered, overlay.absence_of(level))
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
            CountingBasis(self.basis.currentData()), Transition(self.transition.currentData())
        )

    @property
    def missing(self) -> tuple[MissingLevel, ...]:
        """What was chosen of the levels that this dialog asks about."""
        return tuple(
            MissingLevel(level, Absence(box.currentData()))
            for level, box in self.levels.items()
            if box.currentData() is not None
        )


def _box(name: str, entries: Sequence[tuple[str, object]], chosen: object) -> QComboBox:
    """Shows the words of the entries; what they stand for is their data."""
    box = QComboBox()
    for words, value in entries:
        box.addItem(translate(words), value)
    box.setCurrentIndex([value for _, value in entries].index(chosen))
    box.setAccessibleName(name)
    return box
