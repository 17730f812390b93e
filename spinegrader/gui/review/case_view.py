"""The disc of the focused row: large in its series, with what the model says of it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from spinegrader.domain.study import Series
from spinegrader.errors import SpineGraderError
from spinegrader.gui.review.class_bars import ClassBars
from spinegrader.gui.training.notices import heading, secondary_label
from spinegrader.gui.viewer.slice_viewer import SliceViewer
from spinegrader.gui.volumes import VolumeCache
from spinegrader.imaging.display import default_window
from spinegrader.services.graders import shipped_grader_if_there
from spinegrader.services.model_words import said_of
from spinegrader.services.review_rows import ReviewRow
from spinegrader.services.session import Session
from spinegrader.services.wording import series_title
from spinegrader.texts import translate


class CaseView(QWidget):
    """Shows one row; its buttons do what the keys do."""

    accepted = Signal()
    left_alone = Signal()
    unsure = Signal()
    overruled = Signal(int)
    accept_all = Signal()
    """Everything that is open in the study."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._volumes = VolumeCache()
        self._shown = ""
        self._overlays_visible = True
        self.viewer = SliceViewer()
        self._title = heading(scale=1.25)
        self._study = secondary_label()
        self.bars = ClassBars()
        self.bars.overruled.connect(self.overruled)
        self.model_label = secondary_label()
        self.accept_button = _button(
            translate("Accept (A)"), translate("Take the model's grade over as yours")
        )
        self.leave_button = _button(
            translate("Leave mine (X)"), translate("Go on; your answer stays as it is")
        )
        self.unsure_button = _button(
            translate("Unsure (U)"), translate("Say that you can't decide")
        )
        self.accept_button.clicked.connect(self.accepted)
        self.leave_button.clicked.connect(self.left_alone)
        self.unsure_button.clicked.connect(self.unsure)
        self.accept_all_button = _button(
            translate("Accept all open of this study"), translate("One change, which can be undone")
        )
        self.accept_all_button.clicked.connect(self.accept_all)
        study = QHBoxLayout()
        study.addWidget(self._study, 1)
        study.addWidget(self.accept_all_button)
        buttons = QHBoxLayout()
        for button in (self.accept_button, self.leave_button, self.unsure_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._title)
        layout.addLayout(study)
        layout.addWidget(self.viewer, 1)
        layout.addWidget(self.bars)
        layout.addLayout(buttons)
        layout.addWidget(self.model_label)
        self.setMinimumWidth(400)
        self.show_nothing(translate("Choose a row"))

    def show_nothing(self, text: str) -> None:
        """Says why there is no disc."""
        self._shown = ""
        self._title.setText("")
        self._study.setText("")
        self.model_label.setText("")
        self.bars.hide()
        self._enable(has_row=False, has_prediction=False)
        self.show_open(0)
        self.viewer.show_message(text, translate("The disc of the chosen row is shown here."))

    def forget(self) -> None:
        """Lets the images of a project go."""
        self._volumes.clear()
        self.show_nothing(translate("Choose a row"))

    def toggle_overlays(self) -> None:
        """Shows the plain image, or the overlays again."""
        self._overlays_visible = not self._overlays_visible
        self.viewer.set_overlays_visible(self._overlays_visible)

    def show_row(self, session: Session, row: ReviewRow, study_title: str) -> None:
        """Shows the disc, all probabilities, and which model it was."""
        grading = session.scheme.grading(row.item.grading)
        self._title.setText(f"{row.item.disc}   {grading.name}")
        self._study.setText(study_title)
        self.bars.show_row(row, grading)
        self.bars.show()
        self._enable(has_row=True, has_prediction=row.prediction is not None)
        self.model_label.setText(_model_text(row))
        self._show_disc(session, row)

    def show_open(self, number: int) -> None:
        """Says how many grades of the study wait for an answer."""
        self.accept_all_button.setEnabled(number > 0)
        self.accept_all_button.setText(
            translate("Accept all {number} open").format(number=number)
            if number
            else translate("None open")
        )

    def _enable(self, *, has_row: bool, has_prediction: bool) -> None:
        self.accept_button.setEnabled(has_prediction)
        self.leave_button.setEnabled(has_row)
        self.unsure_button.setEnabled(has_row)

    def _show_disc(self, session: Session, row: ReviewRow) -> None:
        series = _series_of(session, row)
        if series is None:
            self._shown = ""
            self.viewer.show_message(
                translate("No image"), translate("This study has no sagittal series.")
            )
            return
        if self._shown != series.uid:
            try:
                volume = self._volumes.get(session, series)
            except SpineGraderError as error:
                self._shown = ""
                self.viewer.show_message(translate("These images can't be shown"), error.message)
                return
            window = default_window(volume.pixels, series.window)
            self.viewer.show_volume(volume.pixels, volume.geometry, window, (series_title(series),))
            self._shown = series.uid
        self.viewer.set_overlay(session.seen.overlay(series.uid))
        self.viewer.set_focus(row.item.disc, centre_on_focus=True)


def _series_of(session: Session, row: ReviewRow) -> Series | None:
    """The series that the model looked at, else the one to grade."""
    seen = "" if row.prediction is None else row.prediction.series_uid
    return session.state.series.get(seen) or session.state.series_to_grade(row.study_uid)


def _model_text(row: ReviewRow) -> str:
    if row.prediction is None:
        return translate("No model has graded this disc.")
    return said_of(row.prediction.run, row.prediction.model_hash, shipped_grader_if_there())


def _button(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    return button
