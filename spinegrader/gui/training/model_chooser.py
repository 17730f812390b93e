"""Which model the project grades with: the newest, or one of all that there are."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QWidget

from spinegrader.gui.training.model_texts import model_text
from spinegrader.services.graders import chosen_grader
from spinegrader.services.model_registry import registered_models
from spinegrader.services.session import Session
from spinegrader.texts import translate

_NEWEST = ""
_LEAST_LETTERS = 16


class ModelChooser(QWidget):
    """A list that shows what is in use; asks others to use another one."""

    model_chosen = Signal(str)
    """Name of the model; empty for the newest, whichever it is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.box = QComboBox()
        self.box.setAccessibleName(translate("Model that predictions take"))
        self.box.setToolTip(
            translate("Predictions take this model, in this project and for all of its readers")
        )
        self.box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.box.setMinimumContentsLength(_LEAST_LETTERS)
        self.box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.box.activated.connect(self._on_activated)
        label = QLabel(translate("Grades with"))
        label.setBuddy(self.box)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(label)
        layout.addWidget(self.box, 1)

    def show_models(self, session: Session) -> None:
        """Lists the models of a project and marks the one in use."""
        models = registered_models(session)
        chosen = chosen_grader(session)
        entries = [(translate("The newest of this project"), _NEWEST)]
        newest = next((item for item in models if item.is_in_use and not item.is_chosen), None)
        if newest is not None:
            text = translate("Newest: {model}").format(model=model_text(newest.model))
            entries = [(text, _NEWEST)]
        entries += [(model_text(item.model), item.model.name) for item in models]
        if chosen is not None and all(item.model.name != chosen.run for item in models):
            entries.append(
                (translate("{run}: isn't there any more").format(run=chosen.run), chosen.run)
            )
        shown = [(self.box.itemText(at), self.box.itemData(at)) for at in range(self.box.count())]
        if shown != entries:
            self.box.clear()
            for text, name in entries:
                self.box.addItem(text, name)
        self.box.setCurrentIndex(self.box.findData(_NEWEST if chosen is None else chosen.run))

    def _on_activated(self, index: int) -> None:
        self.model_chosen.emit(self.box.itemData(index))
