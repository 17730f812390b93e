"""The disc of the focused row: large in its series, with all that is said of it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from spinegrader.domain.study import Series
from spinegrader.gui.review.class_bars import ClassBars
from spinegrader.gui.review.comment_line import CommentLine
from spinegrader.gui.review.disc_image import DiscImage, PriorImage
from spinegrader.gui.review.evidence_control import EvidenceControl, EvidenceLegend
from spinegrader.gui.review.prior_words import prior_words
from spinegrader.gui.review.second_model import SecondModel
from spinegrader.gui.review.seen_words import seen_words
from spinegrader.gui.training.notices import heading, secondary_label
from spinegrader.gui.training.wording import title_of_run
from spinegrader.gui.viewer_settings import ViewerSettings
from spinegrader.gui.volumes import VolumeCache
from spinegrader.gui.workbench import Workbench
from spinegrader.services.graders import shipped_grader_if_there
from spinegrader.services.model_words import said_of
from spinegrader.services.review_rows import ReviewRow, other_predictions
from spinegrader.services.session import Session
from spinegrader.texts import translate


class CaseView(QWidget):
    """Shows one row; its buttons do what the keys do."""

    accepted = Signal()
    left_alone = Signal()
    unsure = Signal()
    overruled = Signal(int)
    commented = Signal(object, str)
    """A ``ReviewRow`` and the comment on its answer."""
    comment_left = Signal()
    """The keyboard may go back to the rows."""
    jump_wanted = Signal()
    accept_all = Signal()
    """Everything that is open in the study."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._volumes = VolumeCache()
        self._row: ReviewRow | None = None
        self._overlays_visible = True
        self._image = DiscImage(self._volumes)
        self.viewer = self._image.viewer
        # Beside everything else the view is low: window and zoom would cover the disc.
        self.viewer.set_compact(True)
        self.prior = PriorImage(self._image, self._volumes)
        for viewer in (self.viewer, self.prior.viewer):
            ViewerSettings(workbench, viewer)
        self.legend = EvidenceLegend()
        self.evidence = EvidenceControl(workbench, self.viewer, self.legend)
        self._make_words()
        self._make_buttons()
        self._lay_out()
        self.setMinimumWidth(400)
        self.show_nothing(translate("Choose a row"))

    def _make_words(self) -> None:
        self._title = heading(scale=1.25)
        self._study = secondary_label()
        self.bars = ClassBars()
        self.bars.overruled.connect(self.overruled)
        self.second = SecondModel()
        self.second.changed.connect(self._show_models)
        self.comment = CommentLine()
        self.comment.written.connect(self._on_comment)
        self.comment.left.connect(self.comment_left)
        self.seen_label = secondary_label()
        self.model_label = secondary_label()

    def _make_buttons(self) -> None:
        self.accept_button = _button(
            translate("Accept (A)"), translate("Take the model's grade over as yours")
        )
        self.leave_button = _button(
            translate("Leave mine (X)"), translate("Go on; your answer stays as it is")
        )
        self.unsure_button = _button(
            translate("Unsure (U)"), translate("Say that you can't decide")
        )
        self.evidence_button = _button(
            translate("Evidence (E)"),
            translate("Shows in colours where the model's grade came from, or hides it"),
        )
        self.evidence_button.setCheckable(True)
        self.jump_button = _button(
            translate("Go there (J)"), translate("Shows the disc with all its images in Read")
        )
        self.accept_all_button = _button(
            translate("Accept all open of this study"), translate("One change, which can be undone")
        )
        self.accept_button.clicked.connect(self.accepted)
        self.leave_button.clicked.connect(self.left_alone)
        self.unsure_button.clicked.connect(self.unsure)
        self.evidence_button.toggled.connect(lambda on: self.evidence.set_on(on=on))
        self.jump_button.clicked.connect(self.jump_wanted)
        self.accept_all_button.clicked.connect(self.accept_all)

    def _lay_out(self) -> None:
        study = QHBoxLayout()
        study.addWidget(self._study, 1)
        study.addWidget(self.accept_all_button)
        images = QHBoxLayout()
        images.addWidget(self.viewer, 3)
        images.addWidget(self.prior, 2)
        buttons = QHBoxLayout()
        for button in (self.accept_button, self.leave_button, self.unsure_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        beside = QHBoxLayout()
        beside.addWidget(self.evidence_button)
        beside.addWidget(self.jump_button)
        beside.addWidget(self.comment, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._title)
        layout.addLayout(study)
        layout.addLayout(images, 1)
        layout.addWidget(self.legend)
        layout.addWidget(self.second)
        layout.addWidget(self.bars)
        layout.addLayout(buttons)
        layout.addLayout(beside)
        layout.addWidget(self.seen_label)
        layout.addWidget(self.model_label)

    # -- what is shown ----------------------------------------------------------------------

    def show_nothing(self, text: str) -> None:
        """Says why there is no disc."""
        self.comment.keep()
        self._row = None
        for label in (self._title, self._study, self.seen_label, self.model_label):
            label.setText("")
        self.bars.hide()
        self.second.show_predictions(None, ())
        self.prior.hide()
        self.evidence.show_prediction(None)
        self.comment.show_answer(None)
        self._enable(has_row=False, has_prediction=False)
        self.show_open(0)
        self._image.say(text, translate("The disc of the chosen row is shown here."))

    def forget(self) -> None:
        """Lets the images of a project go."""
        self._row = None
        self._volumes.clear()
        self.evidence.forget()
        self.show_nothing(translate("Choose a row"))

    def toggle_overlays(self) -> None:
        """Shows the plain images, or the overlays again."""
        self._overlays_visible = not self._overlays_visible
        for viewer in (self.viewer, self.prior.viewer):
            viewer.set_overlays_visible(self._overlays_visible)

    def show_row(self, session: Session, row: ReviewRow, study_title: str) -> None:
        """Shows the disc, all probabilities, and which model it was."""
        self.comment.keep()
        self._row = row
        grading = session.scheme.grading(row.item.grading)
        self._title.setText(f"{row.item.disc}   {grading.name}")
        self._study.setText(study_title)
        self._enable(has_row=True, has_prediction=row.prediction is not None)
        self.comment.show_answer(row.grade)
        self.seen_label.setText(seen_words(session, row))
        # Only beside a model's grade: the record says that the study's grades were seen.
        others = () if row.prediction is None else other_predictions(session, row)
        self.second.show_predictions(row.prediction, others)
        self._show_models()
        self.bars.show()
        self._show_discs(session, row)

    def _show_models(self) -> None:
        if self._row is None:
            return
        session, second = self._workbench.session, self.second.prediction
        grading = session.scheme.grading(self._row.item.grading)
        self.bars.show_row(self._row, grading, second)
        self.model_label.setText(_model_text(self._row))

    def show_open(self, number: int) -> None:
        """Says how many grades of the study wait for an answer."""
        self.accept_all_button.setEnabled(number > 0)
        self.accept_all_button.setText(
            translate("Accept all {number} open").format(number=number)
            if number
            else translate("None open")
        )

    def write_comment(self) -> bool:
        """Puts the keyboard into the comment; False where there is no answer to comment on."""
        if not self.comment.isEnabled():
            return False
        self.comment.setFocus()
        self.comment.selectAll()
        return True

    def _on_comment(self, text: str) -> None:
        if self._row is not None:
            self.commented.emit(self._row, text)

    def _enable(self, *, has_row: bool, has_prediction: bool) -> None:
        self.accept_button.setEnabled(has_prediction)
        self.evidence_button.setEnabled(has_prediction)
        for button in (self.leave_button, self.unsure_button, self.jump_button):
            button.setEnabled(has_row)

    def _show_discs(self, session: Session, row: ReviewRow) -> None:
        series = series_of(session, row)
        is_shown = False
        if series is None:
            self._image.say(translate("No image"), translate("This study has no sagittal series."))
        else:
            is_shown = self._image.show_disc(session, series, row.item.disc)
        prior, caption = prior_words(
            session, row, identity_hidden=self._workbench.settings.identity_hidden
        )
        self.prior.show_disc(session, prior, row.item.disc, caption)
        looked_at = "" if row.prediction is None else row.prediction.series_uid
        is_on_screen = is_shown and series is not None and series.uid == looked_at
        self.evidence.show_prediction(row.prediction if is_on_screen else None)


def series_of(session: Session, row: ReviewRow) -> Series | None:
    """The series that the model looked at, else the one to grade."""
    seen = "" if row.prediction is None else row.prediction.series_uid
    return session.state.series.get(seen) or session.state.series_to_grade(row.study_uid)


def _model_text(row: ReviewRow) -> str:
    if row.prediction is None:
        return translate("No model has graded this disc.")
    run, model_hash = row.prediction.run, row.prediction.model_hash
    return said_of(run, model_hash, shipped_grader_if_there(), f"“{title_of_run(run)}”")


def _button(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    return button
