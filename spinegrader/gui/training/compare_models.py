"""Models of the project side by side, on people whom none of them has learnt from."""

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from spinegrader.errors import SpineGraderError
from spinegrader.gui.training.compared_tables import (
    FigureColumn,
    FiguresModel,
    PairColumn,
    PairsModel,
    letters_of,
    plain_table,
)
from spinegrader.gui.training.model_texts import model_name, model_text
from spinegrader.gui.training.notices import NoticeBox, heading, secondary_label
from spinegrader.gui.workbench import Workbench
from spinegrader.services.compared_models import ComparedModels
from spinegrader.services.cutting import CuttingProgress
from spinegrader.services.graders import GradingModel
from spinegrader.services.jobs import Job, JobState
from spinegrader.services.model_comparing import comparing_plan
from spinegrader.services.model_registry import registered_models
from spinegrader.services.wording import RESEARCH_NOTICE
from spinegrader.texts import for_translation, translate

_SIZE = (980, 360)
_HEIGHT_WITH_FIGURES = 680
_MOST_ROWS = 6
_PURPOSE = for_translation(
    "Models grade the discs of people whom none of them was trained or chosen with. They are "
    "compared with the grades that readers gave without seeing a model's."
)
_REMARK = for_translation(
    "Bold: the best of its grading. Intervals are 95 %, by drawing people again and again; both "
    "models of a difference are judged on the same people."
)


class ComparingJob(Job):
    """A comparison of models."""


class CompareModelsDialog(QDialog):
    """Models to choose, a button, and what was found; leaves the window free to be used."""

    def __init__(
        self,
        workbench: Workbench,
        chosen: frozenset[str] = frozenset(),
        parent: QWidget | None = None,
    ) -> None:
        """Lists the models; those named in ``chosen`` are marked at first, else the first two."""
        super().__init__(parent)
        self._workbench = workbench
        self._models: list[GradingModel] = []
        self.job: ComparingJob | None = None
        self.setWindowTitle(translate("Compare models"))
        self.resize(*_SIZE)
        self._make_widgets()
        self._lay_out()
        self._list_models(chosen)
        workbench.job_changed.connect(self._on_job)
        workbench.job_event.connect(self._on_event)
        workbench.project_changed.connect(self.reject)

    def _make_widgets(self) -> None:
        self.models = QListWidget()
        self.models.setAccessibleName(translate("Models to compare"))
        self.models.itemChanged.connect(self._on_marked)
        self.compare_button = QPushButton(translate("Compare"))
        self.compare_button.setDefault(True)
        self.compare_button.clicked.connect(self.compare)
        self.stop_button = QPushButton(translate("Stop"))
        self.stop_button.setToolTip(translate("Ends the comparison; nothing is kept of it"))
        self.stop_button.clicked.connect(self.stop)
        self.stop_button.hide()
        self.status = secondary_label()
        self.problem = NoticeBox()
        self.figures_model, self.pairs_model = FiguresModel(self), PairsModel(self)
        self.figures = plain_table(
            self.figures_model, translate("Figures of the models"), FigureColumn.MODEL
        )
        self.pairs = plain_table(
            self.pairs_model, translate("Differences of the models"), PairColumn.VERDICT
        )
        self._figures_title = heading("", 1.1)
        self._pairs_title = heading(translate("Differences"), 1.1)
        self._remark = secondary_label(f"{translate(_REMARK)} {translate(RESEARCH_NOTICE)}")
        self._results = QWidget()
        self._results.hide()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.compare_button)
        row.addWidget(self.stop_button)
        row.addWidget(self.status, 1)
        results = QVBoxLayout(self._results)
        results.setContentsMargins(0, 0, 0, 0)
        results.addWidget(self._figures_title)
        results.addWidget(self.figures, 1)
        results.addWidget(self._pairs_title)
        results.addWidget(self.pairs, 1)
        results.addWidget(self._remark)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(heading(translate("Compare models"), 1.4))
        layout.addWidget(secondary_label(translate(_PURPOSE)))
        layout.addWidget(self.models)
        layout.addLayout(row)
        layout.addWidget(self.problem)
        layout.addWidget(self._results, 1)
        layout.addStretch(0)
        layout.addWidget(buttons)

    def _list_models(self, chosen: frozenset[str]) -> None:
        registered = registered_models(self._workbench.session)
        self._models = [item.model for item in registered]
        marked = chosen & {model.name for model in self._models}
        if len(marked) < 2:
            others = [model.name for model in self._models if model.name not in marked]
            marked |= frozenset(others[: 2 - len(marked)])
        for item in registered:
            text = model_text(item.model)
            if item.is_in_use:
                text = translate("{model} (in use)").format(model=text)
            entry = QListWidgetItem(text)
            entry.setFlags(entry.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            is_marked = item.model.name in marked
            entry.setCheckState(Qt.CheckState.Checked if is_marked else Qt.CheckState.Unchecked)
            if not item.model.is_shipped:
                entry.setToolTip(f"<p>{item.model.name}<br>{escape(item.note)}</p>")
            self.models.addItem(entry)
        height = max(20, self.models.sizeHintForRow(0))
        rows = min(max(2, len(registered)), _MOST_ROWS)
        self.models.setFixedHeight(height * rows + 2 * self.models.frameWidth() + 4)
        self._on_marked()

    @property
    def chosen_models(self) -> tuple[GradingModel, ...]:
        """The marked models, in the order of the list."""
        return tuple(
            model
            for row, model in enumerate(self._models)
            if self.models.item(row).checkState() is Qt.CheckState.Checked
        )

    def _on_marked(self) -> None:
        enough = len(self.chosen_models) >= 2
        self.compare_button.setEnabled(enough and self.job is None)
        if self.job is None:
            self.status.setText("" if enough else translate("Mark at least two models."))

    def compare(self) -> None:
        """Queues the comparison of the marked models; says why where there is nobody to judge."""
        try:
            plan = comparing_plan(self._workbench.session, self.chosen_models)
        except SpineGraderError as error:
            self._results.hide()
            self.problem.set_text(error.message)
            return
        self.problem.set_text("")
        self.job = ComparingJob(translate("Comparison of models"), plan.run)
        self.status.setText(translate("Waiting for the job before it."))
        self.stop_button.show()
        self._on_marked()
        self._workbench.start_training_job(self.job)
        # A job that has to wait says nothing by itself: the views must know of it at once.
        self._workbench.job_changed.emit(self.job)

    def stop(self) -> None:
        """Asks the comparison to end."""
        if self.job is not None:
            self.job.request_stop()
            self.status.setText(translate("Stopping…"))

    def done(self, result: int) -> None:
        """Nobody waits for the figures any more, however the dialog is closed."""
        self.stop()
        self.job = None
        super().done(result)

    def _on_event(self, job: Job, event: object) -> None:
        if job is self.job and isinstance(event, CuttingProgress) and not job.stop_requested:
            self.status.setText(
                translate("Grading: disc {done} of {total}").format(
                    done=event.done, total=event.total
                )
            )

    def _on_job(self, job: Job) -> None:
        if job is not self.job:
            return
        if job.state is JobState.RUNNING and not job.stop_requested:
            self.status.setText(translate("Grading…"))
        if not job.is_over:
            return
        self.job = None
        self.stop_button.hide()
        self._on_marked()
        if job.error is not None:
            self.problem.set_text(job.error.message)
        elif isinstance(job.result, ComparedModels):
            self._show(job.result)

    def _show(self, found: ComparedModels) -> None:
        letters = letters_of(found.models)
        names = {model.name: model_name(model) for model in self._models}
        titles = {name: f"{letter}  {names[name]}" for name, letter in letters.items()}
        scheme = self._workbench.session.scheme
        self.figures_model.show_figures(found, scheme, titles)
        self.pairs_model.show_pairs(found, scheme)
        for table in (self.figures, self.pairs):
            table.resizeRowsToContents()
        self.problem.set_text("\n".join(found.notices))
        self._figures_title.setText(
            translate("On people whom none of them has learnt from (simulated)")
            if found.is_simulated
            else translate("On people whom none of them has learnt from")
        )
        self._results.show()
        if self.height() < _HEIGHT_WITH_FIGURES:
            self.resize(self.width(), _HEIGHT_WITH_FIGURES)
