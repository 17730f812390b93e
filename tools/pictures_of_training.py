"""The pictures of training, models, Review and reports."""

import subprocess
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog

from spinegrader.gui.training.evaluation_view import EvaluationDialog
from spinegrader.gui.training.start_dialog import StartDialog

if TYPE_CHECKING:
    from tools.make_pictures import Photographer

_EPOCH_TO_SHOW = 12
_PAGE_PIXELS = 900
"""Height of a printed page in its picture."""


class TrainingPictures:
    """Trains as a reader would, from the menu, and keeps what the window shows meanwhile."""

    def __init__(self, photographer: "Photographer", epochs: int) -> None:
        self._by = photographer
        self._window = photographer.window
        self._bench = photographer.window.workbench
        self._epochs = epochs

    def make_all(self) -> None:
        """Every picture."""
        self._keep_dialog("pretrain", "pretrain-dialog")
        self._start("pretrain")
        self._running()
        self._wait()
        self._keep_dialog("finetune", "finetune-dialog")
        self._start("finetune")
        self._wait()
        self._keep_dialog("predict", "predict-dialog")
        self._start("predict")
        self._wait()
        self._window.show_page("page_models")
        self._by.live(3)
        self._by.keep("models")
        self._keep_dialog("evaluate", "evaluate-dialog")
        self._evaluation()
        self._keep_dialog("learning_curve", "learning-curve-dialog")
        self._comparison()
        self._review()
        self._report()

    # -- training -------------------------------------------------------------------------------

    def _running(self) -> None:
        """A run in its middle, curves moving; paused, so that both themes show the same."""
        lane = self._bench.training_lane
        (job,) = lane.unfinished
        seen: list[int] = []
        self._bench.job_event.connect(lambda _, event: seen.append(getattr(event, "epoch", 0)))
        self._by.live(0.1, until=lambda: max(seen, default=0) >= min(_EPOCH_TO_SHOW, self._epochs))
        job.request_pause()
        self._by.live(0.5)
        self._by.keep("running")
        job.go_on()

    def _start(self, kind: str) -> None:
        dialog = self._opened(kind)
        if hasattr(dialog.form, "epochs"):
            dialog.form.epochs.setValue(self._epochs)
        dialog.start()

    def _wait(self) -> None:
        self._by.live(0.5, until=lambda: not self._bench.training_lane.is_busy)
        self._by.live(1)

    def _opened(self, kind: str) -> StartDialog:
        self._window.window_actions[kind].trigger()
        self._by.live(0.1)
        return self._window.findChildren(StartDialog)[-1]

    def _keep_dialog(self, kind: str, name: str) -> None:
        dialog = self._opened(kind)
        # Time and memory stand in it once some steps were tried.
        self._by.live(0.5, until=lambda: not dialog.estimate.is_measuring)
        self._keep_shown(dialog, name)

    def _keep_shown(self, dialog: QDialog, name: str) -> None:
        self._by.live(0.5)
        dialog.grab().save(str(self._by.out / f"{name}.png"))
        dialog.reject()
        self._by.live(0.1)

    # -- what comes of it -----------------------------------------------------------------------

    def _evaluation(self) -> None:
        self._start("evaluate")
        shown = self._await(EvaluationDialog)
        self._keep_shown(shown, "evaluation")

    def _comparison(self) -> None:
        shown = self._window.models_page.open_comparison()
        if shown is None:
            raise RuntimeError("There are no models to compare.")
        shown.compare()
        self._by.live(0.5, until=lambda: shown.job is None or shown.job.is_over)
        self._keep_shown(shown, "comparison")

    def _await(self, kind: type[QDialog]) -> QDialog:
        self._by.live(0.5, until=lambda: bool(self._window.findChildren(kind)))
        return self._window.findChildren(kind)[-1]

    # -- Review ---------------------------------------------------------------------------------

    def _review(self) -> None:
        """A disc that was seen before, with evidence and the model that comes along as B."""
        self._window.show_page("page_review")
        review = self._window.review_page
        self._by.live(0.5, until=lambda: review.focused_row is not None)
        at = next(
            number
            for number, row in enumerate(review.model.rows)
            if row.prior is not None and row.item.grading == "pfirrmann"
        )
        review.table.setCurrentIndex(review.model.index(at, 0))
        case = review.case
        case.second.choice.setCurrentIndex(1)
        case.evidence_button.click()
        self._by.live(1, until=lambda: case.evidence.shown is not None)
        self._by.live(1)
        self._by.keep("review")
        case.evidence_button.click()

    def _report(self) -> None:
        """The first page of a study's report; needs pdftoppm (poppler-utils)."""
        from spinegrader.services.study_report import ReportWish

        file = self._by.out / "report.pdf"
        review = self._window.review_page
        row = review.focused_row
        if row is None:
            raise RuntimeError("Review shows nothing.")
        self._window.reports.write([row.study_uid], ReportWish(), lambda _: file)
        self._by.live(1, until=lambda: not self._bench.quick_lane.is_busy and file.is_file())
        command = ("pdftoppm", "-png", "-singlefile", "-scale-to", str(_PAGE_PIXELS))
        subprocess.run((*command, file, file.with_suffix("")), check=True)  # noqa: S603
        file.unlink()
