"""Drawing studies to be read once more: how many qualify, how many are drawn."""

import secrets

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from spinegrader.gui.dialogs.fitting import fit_height, number_box
from spinegrader.gui.workbench import Workbench
from spinegrader.services.protocol import LONGEST_WAIT_DAYS, reading_protocol
from spinegrader.services.repeats import (
    draw_repeats,
    last_answers,
    number_to_draw,
    qualifying,
)
from spinegrader.services.session import Session
from spinegrader.texts import translate, translate_count

_MOST_SEED = 999_999


class RepeatsDialog(QDialog):
    """Share, wait and seed; says what comes of them.

    Args:
        session: The open project; nothing is changed here.
        parent: The window.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("Draw repeat readings"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._answered = last_answers(session)
        protocol = reading_protocol(session)
        words = QLabel(
            translate(
                "Some of the studies that {reader} has read completely are asked once more, "
                "drawn at random. The first answers stay out of sight meanwhile, and models go "
                "on learning from them alone."
            ).format(reader=session.reader)
        )
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.setWordWrap(True)
        self.percent = number_box(translate("Share"), 1, 100, protocol.repeat_percent, " %")
        self.percent.setToolTip(translate("Of the studies that qualify; rounded up"))
        self.days = number_box(
            translate("Last answer at least"),
            0,
            LONGEST_WAIT_DAYS,
            protocol.repeat_after_days,
            translate(" days ago"),
        )
        self.days.setToolTip(translate("So long ago the last answer to a study must be"))
        self.seed = number_box(
            translate("Seed of the draw"), 0, _MOST_SEED, secrets.randbelow(_MOST_SEED + 1)
        )
        self.seed.setToolTip(translate("The same number draws the same studies again; it is kept"))
        self.outcome = QLabel()
        self.outcome.setAccessibleName(translate("What will be drawn"))
        self.outcome.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.draw = buttons.addButton(translate("&Draw"), QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.addRow(translate("&Share"), self.percent)
        form.addRow(translate("&Last answer at least"), self.days)
        form.addRow(translate("S&eed of the draw"), self.seed)
        column = QVBoxLayout(self)
        column.addWidget(words)
        column.addLayout(form)
        column.addWidget(self.outcome)
        column.addWidget(buttons)
        # Only now: a button that isn't in the dialog yet can't become its default.
        self.draw.setDefault(True)
        fit_height(self, 460)
        for box in (self.percent, self.days):
            box.valueChanged.connect(self._refresh)
        self._refresh()

    @property
    def share(self) -> float:
        """Of the qualifying studies, 0 to 1."""
        return self.percent.value() / 100

    def _refresh(self) -> None:
        number = len(qualifying(self._answered, self.days.value()))
        drawn = number_to_draw(number, self.share)
        done = len(self._answered)
        words = translate_count(
            "{done} study is read completely, {number} of them long enough ago: {drawn} will be "
            "drawn.",
            "{done} studies are read completely, {number} of them long enough ago: {drawn} will be "
            "drawn.",
            done,
        )
        self.outcome.setText(words.format(done=done, number=number, drawn=drawn))
        self.draw.setEnabled(drawn > 0)


def ask_repeats(workbench: Workbench, parent: QWidget) -> None:
    """Asks how many, and draws them."""
    session = workbench.session
    dialog = RepeatsDialog(session, parent)

    def draw() -> None:
        number = draw_repeats(session, dialog.share, dialog.days.value(), dialog.seed.value())
        words = translate_count(
            "{number} study is to be read again; undo takes the draw back.",
            "{number} studies are to be read again; undo takes the draw back.",
            number,
        )
        workbench.notified.emit(words.format(number=number))

    dialog.accepted.connect(lambda: workbench.attempt(draw))
    dialog.open()
