"""Asks for what shall be reported and where to, and writes it beside the window."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QInputDialog, QWidget

from spinegrader.errors import CancelledError
from spinegrader.gui.reports.report_dialog import ReportDialog
from spinegrader.gui.step_runner import StepRunner
from spinegrader.gui.workbench import Workbench
from spinegrader.services.evaluation import PEOPLE_NAMES, Evaluation, list_evaluations
from spinegrader.services.evaluation_report import evaluation_report
from spinegrader.services.jobs import Job, JobState
from spinegrader.services.progress import done_studies
from spinegrader.services.study_report import ReportWish, StudyReport
from spinegrader.services.study_reporting import gather_reports, report_file_name
from spinegrader.store.project import ProjectStore
from spinegrader.texts import for_translation, translate, translate_count


@dataclass(frozen=True)
class ReportProgress:
    """How many reports are written."""

    done: int
    total: int
    step: str = for_translation("Writing reports")


@dataclass(frozen=True)
class WrittenReports:
    """The files of a job, and the pages of all together."""

    paths: tuple[Path, ...]
    pages: int

    @property
    def sentence(self) -> str:
        """What the reader is told."""
        if len(self.paths) == 1:
            words = translate_count(
                "Report of {pages} page written to {file}.",
                "Report of {pages} pages written to {file}.",
                self.pages,
            )
            return words.format(pages=self.pages, file=self.paths[0].name)
        words = translate_count(
            "{count} report written to the folder {folder}.",
            "{count} reports written to the folder {folder}.",
            len(self.paths),
        )
        return words.format(count=len(self.paths), folder=self.paths[0].parent.name)


class ReportCommands(QObject):
    """What “Report of this study…” and “Report of an evaluation…” do.

    Args:
        workbench: The window's.
        window: Dialogs stand above it.
    """

    def __init__(self, workbench: Workbench, window: QWidget) -> None:
        super().__init__(window)
        self._workbench = workbench
        self._window = window
        self._steps = StepRunner(workbench, self)
        self._jobs: set[Job] = set()
        workbench.job_changed.connect(self._on_job)

    def ask(self) -> None:
        """Asks what the report shall tell."""
        if not self._workbench.has_session:
            return
        dialog = ReportDialog(self._workbench, self._window)
        dialog.accepted.connect(
            lambda: self._ask_where(dialog.wish, all_finished=dialog.all_finished.isChecked())
        )
        dialog.open()

    def _ask_where(self, wish: ReportWish, *, all_finished: bool) -> None:
        bench = self._workbench
        if not all_finished:
            study_uid = bench.study_uid
            file, _ = QFileDialog.getSaveFileName(
                self._window,
                translate("Report of a study"),
                report_file_name(study_uid),
                translate("Pages (*.pdf)"),
            )
            if file:
                self.write([study_uid], wish, lambda _: Path(file))
            return
        studies = done_studies(bench.session)
        if not studies:
            bench.notified.emit(translate("You have not finished any study yet."))
            return
        folder = QFileDialog.getExistingDirectory(
            self._window, translate("Choose a folder for the reports")
        )
        if folder:
            self.write(studies, wish, lambda uid: Path(folder) / report_file_name(uid))

    def ask_evaluation(self) -> None:
        """Asks which of the kept evaluations is to be reported."""
        bench = self._workbench
        if not bench.has_session:
            return
        kept = [item for _, item in list_evaluations(bench.session.store.runs_folder)]
        if not kept:
            bench.notified.emit(
                translate("No evaluation is kept yet: evaluate a model first, from Training.")
            )
            return
        names = [_evaluation_name(item) for item in kept]
        dialog = QInputDialog(self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(translate("Report of an evaluation"))
        dialog.setLabelText(translate("Which evaluation?"))
        dialog.setComboBoxItems(names)
        dialog.textValueSelected.connect(
            lambda name: self.ask_evaluation_file(kept[names.index(name)])
        )
        dialog.open()

    def ask_evaluation_file(self, evaluation: Evaluation) -> None:
        """Asks where the report of an evaluation shall go, and writes it."""
        file, _ = QFileDialog.getSaveFileName(
            self._window,
            translate("Report of an evaluation"),
            f"evaluation-{evaluation.evaluated_at:%Y%m%d-%H%M%S}.pdf",
            translate("Pages (*.pdf)"),
        )
        if file:
            self.write_evaluation(evaluation, Path(file))

    def write_evaluation(self, evaluation: Evaluation, path: Path) -> None:
        """Writes the report of an evaluation on another thread."""
        report = evaluation_report(self._workbench.session.store.runs_folder, evaluation)

        def work(_: Callable[[object], None], __: Callable[[], bool]) -> WrittenReports:
            from spinegrader.gui.reports.evaluation_pdf import write_evaluation_pdf

            return WrittenReports((path,), write_evaluation_pdf(report, path))

        self._start(work)

    def write(
        self, studies: Sequence[str], wish: ReportWish, path_of: Callable[[str], Path]
    ) -> None:
        """Takes what is to be told out of the session, then writes it on another thread.

        Args:
            studies: Their UIDs.
            wish: What the reports may tell.
            path_of: The file of each study.
        """
        session = self._workbench.session

        def start(reports: list[StudyReport]) -> None:
            targets = [(item, path_of(item.visit.study.uid)) for item in reports]
            self._start(lambda emit, stop: _write_all(session.store, targets, emit, stop))

        self._steps.run(gather_reports(session, studies, wish), start)

    def _start(
        self, work: Callable[[Callable[[object], None], Callable[[], bool]], WrittenReports]
    ) -> None:
        job = Job(translate("Report"), work)
        self._jobs.add(job)
        self._workbench.start_quick_job(job)

    def _on_job(self, job: Job) -> None:
        if job not in self._jobs or not job.is_over:
            return
        self._jobs.remove(job)
        if job.state is JobState.FAILED and job.error is not None:
            self._workbench.failed.emit(job.error)
        elif job.state is JobState.STOPPED:
            self._workbench.notified.emit(
                translate("Cancelled; the reports that are written already stay.")
            )
        elif isinstance(job.result, WrittenReports):
            self._workbench.notified.emit(job.result.sentence)


def _evaluation_name(evaluation: Evaluation) -> str:
    """Which one it is; the time tells those of one model apart."""
    people = translate(PEOPLE_NAMES[evaluation.chosen_people])
    at = f"{evaluation.evaluated_at:%Y-%m-%d %H:%M:%S}"
    return f"{evaluation.model_title} · {at} · {people}"


def _write_all(
    store: ProjectStore,
    targets: Sequence[tuple[StudyReport, Path]],
    emit: Callable[[object], None],
    stop_requested: Callable[[], bool],
) -> WrittenReports:
    """Writes one report after the other; runs on any thread."""
    from spinegrader.gui.reports.study_pdf import write_study_pdf

    pages = 0
    for done, (report, path) in enumerate(targets):
        if stop_requested():
            raise CancelledError("Stopped.")
        emit(ReportProgress(done, len(targets)))
        pages += write_study_pdf(report, store, path)
    return WrittenReports(tuple(path for _, path in targets), pages)
