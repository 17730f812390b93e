"""Accepting at once what the model is sure of: how many of which grade, before it is done."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from spinegrader.gui.dialogs.fitting import fit_height, number_box
from spinegrader.services.bulk_accept import (
    DEFAULT_CONFIDENCE,
    BulkChoice,
    BulkRule,
    candidates,
    confidently_equal,
)
from spinegrader.services.review_rows import ReviewRow
from spinegrader.services.session import Session
from spinegrader.texts import translate, translate_count

_WIDTH = 480
_LEAST_PERCENT, _MOST_PERCENT = 50, 100


class BulkDialog(QDialog):
    """Threshold and second opinion; says what comes of them. Nothing is changed here.

    Args:
        session: The open project.
        rows: Those that are listed: a filter limits what is accepted.
        parent: The window.
    """

    def __init__(
        self, session: Session, rows: Sequence[ReviewRow], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("Accept what is confidently equal"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session = session
        # Once: what others say is looked up in all predictions of the studies.
        self._candidates = candidates(session, rows)
        words = QLabel(
            translate(
                "Of the rows that are listed, those that you haven't answered get the model's "
                "grade if it is sure of it and nobody says otherwise: no other model, no other "
                "reader, not the visit before. Your own answers stay as they are. It is one "
                "change, which one undo takes back."
            )
        )
        words.setWordWrap(True)
        self.confidence = number_box(
            translate("Confidence at least"),
            _LEAST_PERCENT,
            _MOST_PERCENT,
            round(100 * DEFAULT_CONFIDENCE),
            " %",
        )
        self.confidence.setToolTip(translate("Calibrated probability of the model's grade"))
        self.needs_second = QCheckBox(translate("Only where somebody else says the &same"))
        self.needs_second.setToolTip(
            translate("Another model, another reader, or the visit before gave the same grade")
        )
        self.needs_second.setChecked(True)
        self.outcome = QLabel()
        self.outcome.setAccessibleName(translate("What will be accepted"))
        self.outcome.setTextFormat(Qt.TextFormat.PlainText)
        self.outcome.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.take = buttons.addButton(translate("&Accept"), QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.addRow(translate("&Confidence at least"), self.confidence)
        form.addRow(self.needs_second)
        column = QVBoxLayout(self)
        column.addWidget(words)
        column.addLayout(form)
        column.addWidget(self.outcome)
        column.addStretch(1)
        column.addWidget(buttons)
        self.take.setDefault(True)
        self.confidence.valueChanged.connect(self._refresh)
        self.needs_second.toggled.connect(self._refresh)
        self.choice = self._choose()
        self._refresh()
        fit_height(self, _WIDTH)

    def _choose(self) -> BulkChoice:
        rule = BulkRule(self.confidence.value() / 100, self.needs_second.isChecked())
        return confidently_equal(self._candidates, rule)

    def _refresh(self) -> None:
        self.choice = self._choose()
        number = len(self.choice.rows)
        self.take.setEnabled(number > 0)
        self.take.setText(
            translate_count("&Accept {number} grade", "&Accept {number} grades", number).format(
                number=number
            )
        )
        self.outcome.setText("\n".join((*self._taken(), *self._left())))
        self._make_room()

    def _make_room(self) -> None:
        """More gradings and reasons take more lines than there were at first."""
        layout = self.layout()
        if layout is not None and self.isVisible():
            layout.activate()
            if layout.totalHeightForWidth(self.width()) > self.height():
                fit_height(self, self.width())

    def _taken(self) -> list[str]:
        """A line a grading that is accepted."""
        if not self.choice.rows:
            if not self._candidates:
                return [translate("All of these rows that have a model's grade are answered.")]
            return [translate("No grade fits.")]
        return [
            f"{self._session.scheme.grading(grading).name}: {number}"
            for grading, number in self.choice.by_grading.items()
        ]

    def _left(self) -> list[str]:
        """Why open rows stay open."""
        reasons = (
            (self.choice.unsure, translate("Left open, as the model is less sure: {number}")),
            (
                self.choice.contradicted,
                translate("Left open, as somebody says otherwise: {number}"),
            ),
            (
                self.choice.without_opinion,
                translate("Left open, as nobody else graded them: {number}"),
            ),
        )
        return [words.format(number=number) for number, words in reasons if number]
