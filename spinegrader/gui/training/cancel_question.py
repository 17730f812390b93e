"""Before a training is thrown away: asked in full words, while it goes on."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from spinegrader.errors import TrainingError
from spinegrader.gui.training.jobs import RunJob, cancel_job
from spinegrader.gui.workbench import Workbench
from spinegrader.model.runs import read_card
from spinegrader.texts import translate, translate_count


def ask_cancel(workbench: Workbench, job: RunJob, over: QWidget) -> QMessageBox:
    """Asks whether to throw a training away; nothing waits for the answer.

    Args:
        workbench: The window's.
        job: The training.
        over: In front of which is asked.
    """
    box = QMessageBox(over)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setText(translate("Throw this training away?"))
    box.setInformativeText(_what_is_lost(_epochs_done(job.run_folder)))
    throw = box.addButton(translate("Throw it away"), QMessageBox.ButtonRole.DestructiveRole)
    box.setDefaultButton(
        box.addButton(translate("Keep training"), QMessageBox.ButtonRole.RejectRole)
    )
    throw.clicked.connect(lambda: cancel_job(workbench, job))
    box.open()
    return box


def _epochs_done(run_folder: Path) -> int:
    try:
        return read_card(run_folder).epochs_done
    except TrainingError:
        # It hasn't got so far yet.
        return 0


def _what_is_lost(epochs: int) -> str:
    if not epochs:
        return translate("It ends at once. It hasn't learnt anything yet.")
    words = translate_count(
        "It ends at once. What it has learnt in {count} epoch is removed from the disk and can't "
        "be brought back. To keep that, choose Stop instead.",
        "It ends at once. What it has learnt in {count} epochs is removed from the disk and can't "
        "be brought back. To keep that, choose Stop instead.",
        epochs,
    )
    return words.format(count=epochs)
