"""Which other model's grade stands beside that of the model in question."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from spinegrader.domain.predictions import Prediction
from spinegrader.gui.open_lists import ChoiceBox
from spinegrader.gui.training.wording import title_of_run
from spinegrader.services.graders import SHIPPED, SHIPPED_TITLE
from spinegrader.texts import translate


class SecondModel(QWidget):
    """A list of the other models that graded a disc; hidden where there are none.

    The choice stays from row to row, as long as that model graded the disc.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._predictions: tuple[Prediction, ...] = ()
        self._wanted: tuple[str, str] | None = None
        self.first = QLabel()
        self.first.setWordWrap(True)
        self.choice = ChoiceBox()
        self.choice.setAccessibleName(translate("Model beside it"))
        self.choice.setToolTip(translate("Shows the grade of another model beside the first one's"))
        self.choice.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.choice.setMinimumContentsLength(12)
        self.choice.currentIndexChanged.connect(self._on_chosen)
        label = QLabel(translate("&B:"))
        label.setBuddy(self.choice)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.first, 3)
        layout.addWidget(label)
        layout.addWidget(self.choice, 2)
        self.hide()

    @property
    def prediction(self) -> Prediction | None:
        """What the chosen model says; None where none is chosen."""
        at = self.choice.currentIndex() - 1
        return self._predictions[at] if 0 <= at < len(self._predictions) else None

    def show_predictions(self, first: Prediction | None, others: Sequence[Prediction]) -> None:
        """Offers the other models of a disc; nothing is signalled.

        Args:
            first: Of the model in question.
            others: Of the others, newest first.
        """
        self._predictions = tuple(others) if first is not None else ()
        self.setVisible(bool(self._predictions))
        if first is not None:
            self.first.setText(translate("A: {model}").format(model=_name(first)))
        with QSignalBlocker(self.choice):
            self.choice.clear()
            self.choice.addItem(translate("No second model"))
            self.choice.addItems([_name(item) for item in self._predictions])
            models = [(item.run, item.model_hash) for item in self._predictions]
            if self._wanted in models:
                self.choice.setCurrentIndex(models.index(self._wanted) + 1)

    def _on_chosen(self) -> None:
        found = self.prediction
        self._wanted = None if found is None else (found.run, found.model_hash)
        self.changed.emit()


def _name(prediction: Prediction) -> str:
    if prediction.run == SHIPPED:
        # Of another version of the program it may be another one.
        return f"{translate(SHIPPED_TITLE)} ({prediction.model_hash[:4]})"
    return title_of_run(prediction.run)
