"""The evidence map of the focused row: asked for by a key, drawn beside the window, kept."""

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QWidget

from spinegrader.domain.predictions import Prediction
from spinegrader.errors import SpineGraderError
from spinegrader.gui.review.evidence_colours import EvidenceScale, evidence_colours
from spinegrader.gui.training.notices import secondary_label
from spinegrader.gui.viewer.slice_viewer import SliceViewer
from spinegrader.gui.workbench import Workbench
from spinegrader.services.evidence_maps import (
    EvidenceMaps,
    EvidenceProgress,
    EvidenceRequest,
    PlacedEvidence,
    evidence_request,
)
from spinegrader.services.jobs import Job, JobState
from spinegrader.texts import for_translation, translate

_PAUSE_MS = 150
"""Rows that are only passed by draw nothing."""

_LOOKING = for_translation("Looking where this grade came from…")
_LOADING = for_translation("Loading the model, to look where this grade came from…")
_BAR_WIDTH = 90


class EvidenceLegend(QWidget):
    """What the colours mean, or why there are none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scale = QWidget()
        scale = QHBoxLayout(self._scale)
        scale.setContentsMargins(0, 0, 0, 0)
        scale.addWidget(QLabel(translate("little")))
        scale.addWidget(EvidenceScale())
        scale.addWidget(QLabel(translate("much")))
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(_BAR_WIDTH)
        self.bar.setAccessibleName(translate("How far the colours are"))
        self.bar.hide()
        self._words = secondary_label()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._scale, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self.bar, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self._words, 1)
        self.hide()

    @property
    def text(self) -> str:
        """What it says."""
        return self._words.text()

    def say(self, text: str, *, has_colours: bool = False) -> None:
        """Says something, beside the colours where these are on the image."""
        self.bar.hide()
        self._scale.setVisible(has_colours)
        self._words.setText(text)
        self.setAccessibleName(text)

    def say_how_far(self, text: str, share: float) -> None:
        """Says what is done and how much of it, 0 to 1."""
        self.say(text)
        self.bar.setRange(0, 100)
        self.bar.setValue(round(100 * share))
        self.bar.show()


class EvidenceControl(QObject):
    """Lays the map of one prediction over a viewer; nothing is drawn while it is off.

    Args:
        workbench: Runs the drawing, and announces nothing: what fails is said in the legend.
        viewer: Shows the prediction's series.
        legend: Beside the viewer.
    """

    def __init__(self, workbench: Workbench, viewer: SliceViewer, legend: EvidenceLegend) -> None:
        super().__init__(viewer)
        self._workbench = workbench
        self._viewer = viewer
        self._legend = legend
        self._maps = EvidenceMaps()
        self._prediction: Prediction | None = None
        self._request: EvidenceRequest | None = None
        self._job: Job | None = None
        self._shown: PlacedEvidence | None = None
        self.is_on = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_PAUSE_MS)
        self._soon.timeout.connect(self._draw)
        viewer.slice_changed.connect(lambda _: self._follow_slice())
        workbench.job_changed.connect(self._on_job)
        workbench.job_event.connect(self._on_event)

    @property
    def shown(self) -> PlacedEvidence | None:
        """The map on the image."""
        return self._shown

    def set_on(self, *, on: bool) -> None:
        """Shows maps from now on, or none."""
        self.is_on = on
        self._legend.setVisible(on)
        self._look()

    def show_prediction(self, prediction: Prediction | None) -> None:
        """Another row is in focus; to be told when its series is on the viewer."""
        self._prediction = prediction
        self._look()

    def stop(self) -> None:
        """Gives up what is being drawn: nobody looks at it."""
        self._soon.stop()
        if self._job is not None:
            self._job.request_stop()
            self._job = None

    def forget(self) -> None:
        """Lets the maps of a project go."""
        self.stop()
        self._maps.clear()
        self.show_prediction(None)

    def _look(self) -> None:
        """Shows a map that is known; asks for one that isn't."""
        self.stop()
        self._shown, self._request = None, None
        if self.is_on and self._prediction is None:
            self._legend.say(translate("No model has graded this disc."))
        elif self.is_on and self._prediction is not None:
            self._ask(self._prediction)
        self._colour()

    def _ask(self, prediction: Prediction) -> None:
        try:
            self._request = evidence_request(self._workbench.session, prediction)
        except SpineGraderError as error:
            self._legend.say(error.message)
            return
        known = self._maps.known(self._request.key)
        if known is not None:
            self._take(known)
        else:
            self._legend.say(translate(_LOOKING))
            self._soon.start()

    def _draw(self) -> None:
        request, maps = self._request, self._maps
        if request is None:
            return
        job = Job(translate("Evidence map"), lambda emit, stop: maps.draw(request, stop, emit))
        self._job = self._workbench.start_evidence_job(job)

    def _on_event(self, job: Job, event: object) -> None:
        if job is not self._job or not isinstance(event, EvidenceProgress):
            return
        if event.share is None:
            self._legend.say_how_far(translate(_LOADING), 0.0)
        else:
            self._legend.say_how_far(translate(_LOOKING), event.share)

    def _on_job(self, job: Job) -> None:
        if job is not self._job or not job.is_over:
            return
        self._job = None
        if isinstance(job.result, PlacedEvidence):
            self._take(job.result)
            self._colour()
        elif job.state is JobState.FAILED and job.error is not None:
            self._legend.say(job.error.message)
        else:
            self._legend.say(translate("Stopped. Press E twice to look again."))

    def _follow_slice(self) -> None:
        if self._shown is not None:
            self._take(self._shown)
            self._colour()

    def _take(self, found: PlacedEvidence) -> None:
        self._shown = found
        words = translate("Where this grade came from; not proof")
        if found.is_empty:
            words = translate("Nothing in this disc speaks for the grade in particular.")
        elif not found.has_slice(self._viewer.current_slice):
            words += " · " + translate("the model didn't look at this slice")
        if found.has_moved:
            words += " · " + translate("the vertebrae were moved since it was given")
        self._legend.say(words, has_colours=not found.is_empty)

    def _colour(self) -> None:
        found = self._shown
        if found is None or found.is_empty:
            self._viewer.set_slice_colours(None)
        else:
            values = found.on_slice(self._viewer.current_slice)
            self._viewer.set_slice_colours(evidence_colours(values))
