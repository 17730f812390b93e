"""Before the window or the project closes: jobs end at their safe place, waited for visibly."""

import time
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from spinegrader.gui.training.notices import heading
from spinegrader.gui.workbench import Workbench
from spinegrader.services.jobs import SerialLane
from spinegrader.services.wording import duration_text
from spinegrader.texts import for_translation, translate

_SILENT_WAIT_S = 0.3
_BOUND_S = 30.0
_LOOK_MS = 50
_WIDTH = 460
_KEPT_OF_TRAINING = for_translation(
    "What a training has learnt so far is kept and can be gone on with."
)
_KEPT_OF_OTHERS = for_translation("The project stays as it was.")
_ENDS_TRAINING = for_translation(
    "The training ends after this batch and then takes the figures of its best epoch. If you leave "
    "before that, at most the unfinished epoch is lost: Resume goes on from the last one."
)
_ENDS_OTHERS = for_translation("The work ends at its next safe place.")
_TAKES_LONG = for_translation(
    "It has not ended within {time}: wait on, or leave now. What was learnt up to the last epoch "
    "is on the disk."
)
_TAKES_LONG_OTHERS = for_translation("It has not ended within {time}: wait on, or leave now.")


def may_stop_jobs(workbench: Workbench, question: str, window: QWidget) -> bool:
    """Asks before running jobs are stopped, and waits until they are or the reader waits no more.

    Args:
        workbench: Its lanes are shut down.
        question: Such as “Stop and close?”.
        window: In front of which is asked.

    Returns:
        Whether the reader agreed; then nothing runs, or the reader leaves without waiting.
    """
    lanes = (workbench.training_lane, workbench.quick_lane)
    is_training = workbench.training_lane.is_busy
    running = [job.title for lane in lanes for job in lane.unfinished]
    if running:
        kept = _KEPT_OF_TRAINING if is_training else _KEPT_OF_OTHERS
        still = translate("{jobs}: still running.").format(jobs=", ".join(running))
        words = f"{still} {question} {translate(kept)}"
        answer = QMessageBox.question(window, "SpineGrader", words)
        if answer is not QMessageBox.StandardButton.Yes:
            return False
    # A map of evidence is lost without a loss: no question, no waiting, whatever it does now.
    workbench.evidence_lane.shut_down(0.0)
    # What is being found comes again when it is asked for: no question about it.
    _end((*lanes, workbench.detecting_lane), window, is_training=is_training)
    # So that a run that was cancelled, or has learnt nothing, is tidied up before all is closed.
    QCoreApplication.sendPostedEvents(workbench.bridge)
    return True


def _end(lanes: Sequence[SerialLane], window: QWidget, *, is_training: bool) -> None:
    """Asks all to stop; most end before anybody would look at a dialog."""
    QApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
    try:
        end_s = time.monotonic() + _SILENT_WAIT_S
        ended = [lane.shut_down(max(0.0, end_s - time.monotonic())) for lane in lanes]
    finally:
        QApplication.restoreOverrideCursor()
    if not all(ended):
        LeavingDialog(lanes, window, is_training=is_training).exec()


class LeavingDialog(QDialog):
    """Waits until all lanes have ended; may be left before, which it explains."""

    def __init__(
        self, lanes: Sequence[SerialLane], parent: QWidget | None = None, *, is_training: bool
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(translate("Closing"))
        self._lanes = lanes
        self._is_training = is_training
        self._began_s = time.monotonic()
        self._bound_s = _BOUND_S
        self.text = QLabel(translate(_ENDS_TRAINING if is_training else _ENDS_OTHERS))
        self.text.setWordWrap(True)
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(translate("How long was waited already"))
        self.time = QLabel()
        self.wait_button = QPushButton(translate("Wait on"))
        self.leave_button = QPushButton(translate("Leave now"))
        self.leave_button.setAutoDefault(False)
        self._lay_out()
        self.wait_button.hide()
        self._look = QTimer(self)
        self._look.setInterval(_LOOK_MS)
        self._look.timeout.connect(self._look_again)
        self._look.start()
        self._look_again()

    def _lay_out(self) -> None:
        self.wait_button.clicked.connect(self._wait_on)
        self.leave_button.clicked.connect(self.accept)
        buttons = QDialogButtonBox()
        buttons.addButton(self.wait_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.leave_button, QDialogButtonBox.ButtonRole.AcceptRole)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(heading(translate("Ending what runs"), 1.2))
        layout.addWidget(self.text)
        layout.addWidget(self.progress)
        layout.addWidget(self.time)
        layout.addWidget(buttons)
        self.text.setMinimumWidth(_WIDTH)

    def reject(self) -> None:
        """Escape means to wait on: leaving is said by its button."""
        self._wait_on()

    def done(self, result: int) -> None:
        """Looks no more."""
        self._look.stop()
        super().done(result)

    def _look_again(self) -> None:
        if all(lane.shut_down(0.0) for lane in self._lanes):
            self.accept()
            return
        waited_s = time.monotonic() - self._began_s
        self.progress.setValue(round(1000 * min(1.0, waited_s / self._bound_s)))
        self.time.setText(translate("Waited {time}").format(time=duration_text(waited_s)))
        if waited_s >= self._bound_s and self.wait_button.isHidden():
            words = _TAKES_LONG if self._is_training else _TAKES_LONG_OTHERS
            self.text.setText(translate(words).format(time=duration_text(waited_s)))
            self.wait_button.show()
            self.wait_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _wait_on(self) -> None:
        self._bound_s = time.monotonic() - self._began_s + _BOUND_S
        self.wait_button.hide()
