"""One run: where it is, its curves, its figures, and what can be done with it."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from spinegrader.domain.scheme import Scheme
from spinegrader.gui.training.agreement_table import AgreementTable
from spinegrader.gui.training.compare_curves import CompareCurvesDialog
from spinegrader.gui.training.comparison_view import ComparisonView
from spinegrader.gui.training.curves import CurvesView
from spinegrader.gui.training.figures_table import PairList, figure_pairs, origin_pairs
from spinegrader.gui.training.history import RunHistory
from spinegrader.gui.training.job_panel import JobPanel
from spinegrader.gui.training.notices import NoticeBox, heading, secondary_label
from spinegrader.gui.training.runs_model import STATE_TEXTS, RunEntry
from spinegrader.gui.training.wording import as_readers_say, run_title
from spinegrader.gui.workbench import Workbench
from spinegrader.services.run_words import ValueWords, as_it_is, learnt_text
from spinegrader.texts import translate

_REDRAW_PAUSE_MS = 100
"""Batches may come faster than the eye follows."""


class RunView(QWidget):
    """Shows the run that it is given; asks others to act on it."""

    resume_requested = Signal()
    predict_requested = Signal()
    delete_requested = Signal()

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entry: RunEntry | None = None
        self._history = RunHistory()
        self._shown: ValueWords = as_it_is
        self._title = heading(scale=1.4)
        self.state_label = secondary_label()
        self.job_panel = JobPanel(workbench)
        self.message_box = NoticeBox()
        self.curves = CurvesView()
        self.curves.compare_requested.connect(self._compare)
        self._figures_title = heading(scale=1.1)
        self._origin_title = heading(translate("What it learned from"), 1.1)
        self.figures = PairList()
        self.agreement = AgreementTable()
        self.comparison = ComparisonView()
        self.origin = PairList()
        self._no_figures = secondary_label(
            translate("None yet: they are taken when the training ends.")
        )
        self._make_buttons()
        self._redraw = QTimer(self)
        self._redraw.setSingleShot(True)
        self._redraw.setInterval(_REDRAW_PAUSE_MS)
        self._redraw.timeout.connect(self._show_history)
        self._lay_out()

    def _make_buttons(self) -> None:
        self.resume_button = QPushButton(translate("Resume"))
        self.resume_button.setToolTip(
            translate("Goes on with the training where it was broken off")
        )
        self.predict_button = QPushButton(translate("Predict with this model…"))
        self.predict_button.setToolTip(translate("Opens the dialog Predict with it chosen"))
        self.delete_button = QPushButton(translate("Delete…"))
        self.resume_button.clicked.connect(self.resume_requested)
        self.predict_button.clicked.connect(self.predict_requested)
        self.delete_button.clicked.connect(self.delete_requested)

    def _lay_out(self) -> None:
        content = QWidget()
        inner = QVBoxLayout(content)
        inner.addWidget(self.message_box)
        inner.addWidget(self.curves, 1)
        inner.addWidget(self.comparison)
        for title, parts in (
            (self._figures_title, (self.figures, self._no_figures, self.agreement)),
            (self._origin_title, (self.origin,)),
        ):
            inner.addSpacing(8)
            inner.addWidget(title)
            for part in parts:
                inner.addWidget(part)
        inner.addStretch(0)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(content)
        buttons = QHBoxLayout()
        buttons.addWidget(self.predict_button)
        buttons.addWidget(self.resume_button)
        buttons.addStretch(1)
        buttons.addWidget(self.delete_button)
        layout = QVBoxLayout(self)
        layout.addWidget(self._title)
        layout.addWidget(self.state_label)
        layout.addWidget(self.job_panel)
        layout.addWidget(scroll, 1)
        layout.addLayout(buttons)

    def show_run(self, entry: RunEntry, history: RunHistory, scheme: Scheme) -> None:
        """Shows a run; its history may still grow, see :meth:`follow`."""
        self._entry, self._history = entry, history
        self._shown = as_readers_say(scheme)
        card = entry.card
        # One that waits, or has only begun, has no date yet; its folder says nothing to a reader.
        folder = None if entry.is_active else entry.folder
        self._title.setText(run_title(entry.kind, card.started_at if card else "", folder))
        self._figures_title.setText(
            translate("On people it was not trained on (simulated)")
            if entry.is_simulated
            else translate("On people it was not trained on")
        )
        self.figures.show_pairs([] if card is None else figure_pairs(card))
        self.agreement.show_agreement({} if card is None else card.agreement, scheme)
        self.comparison.show_run(entry)
        self.origin.show_pairs([] if card is None else origin_pairs(card, scheme))
        self._origin_title.setVisible(card is not None)
        self._no_figures.setVisible(not self.figures.pairs)
        self.job_panel.show_run(entry, history)
        self.resume_button.setVisible(entry.can_resume)
        self.predict_button.setVisible(entry.can_predict and not entry.is_active)
        self.delete_button.setEnabled(not entry.is_active and entry.state != "elsewhere")
        self._show_history()

    def follow(self) -> None:
        """Redraws soon: the history has grown."""
        if not self._redraw.isActive():
            self._redraw.start()

    def hideEvent(self, event: object) -> None:  # noqa: N802
        """Nothing is drawn that nobody sees."""
        self._redraw.stop()
        super().hideEvent(event)  # type: ignore[arg-type]

    def showEvent(self, event: object) -> None:  # noqa: N802
        """Catches up with what was told meanwhile."""
        super().showEvent(event)  # type: ignore[arg-type]
        self._show_history()

    def _compare(self) -> None:
        if self._entry is not None:
            folder = self._entry.folder
            CompareCurvesDialog(folder.parent, folder, self).show()

    def _show_history(self) -> None:
        entry, history = self._entry, self._history
        if entry is None:
            return
        state = translate(STATE_TEXTS[entry.state])
        description = "" if history.started is None else learnt_text(history.started, self._shown)
        self.state_label.setText(f"{state}   {description}".strip())
        self.job_panel.refresh()
        said = history.messages(self._shown)
        if history.finished is not None and history.finished.message:
            said.append(history.finished.message)
        self.message_box.set_text("\n".join(said))
        self.curves.show_history(history)
        # The curves of a model that came as a file stayed where it was trained.
        has_curves = history.started is not None or bool(history.epochs)
        self.curves.setVisible(has_curves and not entry.is_imported)
