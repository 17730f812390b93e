"""The result of an evaluation: a table of the gradings, matrix and reliability of one."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHeaderView,
    QLabel,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from spinegrader.domain.scheme import GradeClass, Grading, Scale
from spinegrader.gui.review.confusion_view import ConfusionView
from spinegrader.gui.training.agreement_table import two_digits
from spinegrader.gui.training.notices import NoticeBox, heading, secondary_label
from spinegrader.gui.training.reliability_view import ReliabilityView
from spinegrader.gui.training.tables import NO_INDEX, Index, NamedColumnsModel, show_as_rows
from spinegrader.gui.training.wording import local_time_text, title_of_run
from spinegrader.gui.workbench import Workbench
from spinegrader.model.metrics import Interval
from spinegrader.services.evaluation import (
    PEOPLE_NAMES,
    Evaluation,
    GradingEvaluation,
    reservations,
)
from spinegrader.services.reliability_words import HOW_TO_READ, overall_words
from spinegrader.services.wording import counted
from spinegrader.texts import for_translation, translate

_ROW = 30
_MOST_ROWS = 6
"""In sight at once: all of the dialog must fit on a small screen."""


class EvaluationColumn(IntEnum):
    """Columns of the table."""

    GRADING = 0
    PEOPLE = 1
    DISCS = 2
    ACCURACY = 3
    KAPPA = 4
    WITHIN_ONE = 5
    CALIBRATION = 6


_HEADERS = (
    for_translation("Grading"),
    for_translation("People"),
    for_translation("Discs"),
    for_translation("Accuracy (95 %)"),
    for_translation("Kappa (95 %)"),
    for_translation("Within one"),
    for_translation("Calibration error"),
)
_TIPS = (
    "",
    for_translation("Whose discs were compared"),
    for_translation("Discs that have both grades"),
    for_translation("Mean over the classes of how many of their discs the model got right"),
    for_translation(
        "Chance-corrected; quadratic weights for ordered grades. The interval is taken over people."
    ),
    for_translation("Discs at most one grade off"),
    for_translation("How far apart the model's confidence and its share of right grades are"),
)


class EvaluationModel(NamedColumnsModel):
    """A row for each grading."""

    def __init__(
        self, gradings: Sequence[GradingEvaluation], parent: QObject | None = None
    ) -> None:
        super().__init__(_HEADERS, _TIPS, parent=parent)
        self.gradings = tuple(gradings)

    def rowCount(self, parent: Index = NO_INDEX) -> int:  # noqa: N802
        """Number of gradings."""
        return 0 if parent.isValid() else len(self.gradings)

    def headerData(  # noqa: N802
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:  # noqa: ANN401 (Qt's signature)
        """Names of the columns stand where their numbers do."""
        if role == Qt.ItemDataRole.TextAlignmentRole and section:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return super().headerData(section, orientation, role)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """Texts of the cells; numbers stand at the right."""
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column():
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        its = self.gradings[index.row()]
        found = its.agreement
        return {
            EvaluationColumn.GRADING: its.name,
            EvaluationColumn.PEOPLE: str(its.people),
            EvaluationColumn.DISCS: str(found.n),
            EvaluationColumn.ACCURACY: _share(
                found.mean_class_accuracy, found.mean_class_accuracy_interval
            ),
            EvaluationColumn.KAPPA: _plain(found.weighted_kappa, found.weighted_kappa_interval),
            EvaluationColumn.WITHIN_ONE: _share(found.within_one, None),
            EvaluationColumn.CALIBRATION: _share(its.calibration_error, None),
        }[EvaluationColumn(index.column())]


class EvaluationDialog(QDialog):
    """Shows an evaluation; nothing can be changed here."""

    report_requested = Signal(object)
    """The ``Evaluation`` is wanted on paper."""

    def __init__(self, evaluation: Evaluation, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.evaluation = evaluation
        title = translate("Evaluation of “{model}”").format(
            model=title_of_run(evaluation.model_title)
        )
        self.setWindowTitle(title)
        self.warning = NoticeBox()
        self.warning.set_text("\n".join(reservations(evaluation)))
        self.model = EvaluationModel(evaluation.gradings, self)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName(translate("Gradings"))
        show_as_rows(self.table)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(EvaluationColumn.GRADING, QHeaderView.ResizeMode.Stretch)
        rows = min(len(evaluation.gradings), _MOST_ROWS)
        self.table.setFixedHeight(header.sizeHint().height() + rows * _ROW + 4)
        self.table.selectionModel().currentRowChanged.connect(self._on_row)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(heading(title, 1.4))
        layout.addWidget(_wrapped(_facts(evaluation)))
        layout.addWidget(self.warning)
        layout.addWidget(self.table)
        layout.addWidget(self._make_details())
        layout.addWidget(secondary_label(" ".join([*evaluation.about, translate(evaluation.note)])))
        layout.addStretch(1)
        layout.addWidget(self._make_buttons())
        self.table.selectRow(0)
        self.resize(920, self.sizeHint().height())

    def _make_details(self) -> QWidget:
        """Of the chosen grading: its matrix on the left, how sure and how right on the right."""
        self.confusion_title = secondary_label()
        self.confusion = ConfusionView()
        self.reliability_title = secondary_label()
        self.reliability = ReliabilityView()
        self.how_to_read = secondary_label(translate(HOW_TO_READ))
        details = QWidget()
        grid = QGridLayout(details)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(24)
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(self.confusion_title, 0, 0, top)
        grid.addWidget(self.confusion, 1, 0, top)
        grid.addWidget(self.reliability_title, 0, 1, 1, 2, top)
        grid.addWidget(self.reliability, 1, 1, top)
        grid.addWidget(self.how_to_read, 1, 2, top)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(2, 2)
        return details

    def _make_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.report_button = buttons.addButton(
            translate("&Report…"), QDialogButtonBox.ButtonRole.ActionRole
        )
        self.report_button.setToolTip(translate("Writes this evaluation as printable pages (PDF)"))
        self.report_button.setAutoDefault(False)
        self.report_button.clicked.connect(lambda: self.report_requested.emit(self.evaluation))
        buttons.rejected.connect(self.reject)
        return buttons

    def _on_row(self, current: QModelIndex) -> None:
        its = self.model.gradings[current.row()]
        self.reliability.show_bins(its.reliability)
        self.reliability_title.setText(overall_words(its))
        for part in (self.reliability, self.reliability_title, self.how_to_read):
            # Evaluations of earlier versions don't tell it.
            part.setVisible(bool(its.reliability))
        self.confusion_title.setText(
            translate("{grading}: the reader's grades in rows, the model's in columns").format(
                grading=its.name
            )
        )
        self.confusion.show_matrix(_grading(its), its.agreement.confusion)


def evaluation_dialog(
    workbench: Workbench, evaluation: Evaluation, parent: QWidget
) -> EvaluationDialog:
    """The dialog for an evaluation of the open project, which closes with the project.

    Args:
        workbench: Tells others that a report is asked for.
        evaluation: What is shown.
        parent: Stands below it.
    """
    dialog = EvaluationDialog(evaluation, parent)
    dialog.report_requested.connect(workbench.evaluation_report_requested)
    workbench.project_changed.connect(dialog.reject)
    return dialog


def _wrapped(text: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    return label


def _grading(its: GradingEvaluation) -> Grading:
    """As it was when it was evaluated: the project's scheme may be another by now."""
    classes = tuple(
        GradeClass(value, label, "") for value, label in zip(its.values, its.labels, strict=True)
    )
    scale = Scale.ORDINAL if its.ordinal else Scale.NOMINAL
    return Grading(its.grading, its.name, scale, classes)


def _facts(evaluation: Evaluation) -> str:
    parts = [
        translate("{discs} in {studies} of {people}").format(
            discs=counted(evaluation.discs, "graded disc", "graded discs"),
            studies=counted(evaluation.studies, "study", "studies"),
            people=counted(evaluation.people, "person", "people"),
        ),
        translate(PEOPLE_NAMES[evaluation.chosen_people]),
    ]
    if evaluation.reader:
        parts.append(translate("graded by {reader}").format(reader=evaluation.reader))
    parts.append(local_time_text(evaluation.evaluated_at.isoformat()))
    text = " · ".join(parts)
    return f"{text}. {translate('Simulated people.')}" if evaluation.is_simulated else f"{text}."


def _share(value: float | None, interval: Interval | None) -> str:
    if value is None:
        return "–"
    text = f"{100 * value:.0f} %"
    if interval is None:
        return text
    return f"{text} ({100 * interval[0]:.0f}–{100 * interval[1]:.0f})"


def _plain(value: float | None, interval: Interval | None) -> str:
    if value is None:
        return "–"
    if interval is None:
        return two_digits(value)
    low, high = map(two_digits, interval)
    return f"{two_digits(value)} " + translate("({low} to {high})").format(low=low, high=high)
