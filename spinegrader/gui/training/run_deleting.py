"""Deleting a run: refused where it is needed, else asked about in full words."""

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from spinegrader.gui.training.jobs import delete_run
from spinegrader.gui.training.runs_model import RunEntry
from spinegrader.gui.training.wording import run_title
from spinegrader.gui.workbench import Workbench
from spinegrader.services.model_registry import check_may_go, uses_of
from spinegrader.texts import for_translation, translate, translate_count

_GONE = for_translation(
    "Its weights, curves, settings and evaluations are removed from the disk and can't be brought "
    "back."
)
_NEWEST = for_translation(
    "Predictions take it at present, as it is the newest; then they take the one before it, or the "
    "one that comes with SpineGrader."
)
_BUSY = for_translation("If a job that runs or waits needs it, that job will fail.")
_PREDICTED = for_translation(
    "Grades that it predicted stay in the project, and so do yours that you accepted. But nobody "
    "can tell any more whom it was trained on: Review then shows no agreement for these grades, "
    "nor where they came from."
)


class RunDeleting(QObject):
    """Asks over the page, and deletes.

    Args:
        workbench: Whose project's runs they are.
        page: The question stands over it.
    """

    deleted = Signal()
    """A run may be gone: the list is to be read again."""

    def __init__(self, workbench: Workbench, page: QWidget) -> None:
        super().__init__(page)
        self._workbench = workbench
        self._page = page

    def ask(self, entry: RunEntry) -> None:
        """Asks whether a run shall go, and says what goes with it."""
        session, name = self._workbench.session, entry.folder.name
        if not self._workbench.attempt(lambda: check_may_go(session, name)):
            return
        started_at = entry.card.started_at if entry.card else ""
        box = QMessageBox(self._page)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setText(
            translate("Delete “{run}”?").format(run=run_title(entry.kind, started_at, entry.folder))
        )
        box.setInformativeText("\n\n".join(self._what_goes(entry)))
        delete = box.addButton(translate("Delete this run"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(translate("Keep it"), QMessageBox.ButtonRole.RejectRole))
        delete.clicked.connect(lambda: self.delete(entry.folder))
        box.open()

    def _what_goes(self, entry: RunEntry) -> list[str]:
        uses = uses_of(self._workbench.session, entry.folder.name)
        told = [translate(_GONE)]
        if entry.is_in_use and entry.kind == "finetune":
            told.append(translate(_NEWEST))
        if uses.has_predictions:
            told.append(translate(_PREDICTED))
        if self._workbench.training_lane.is_busy:
            told.append(translate(_BUSY))
        if count := len(uses.models):
            words = translate_count(
                "{count} other run began with it: whom that one has seen can't be told in full any "
                "more, and Review shows no agreement for its grades.",
                "{count} other runs began with it: whom these have seen can't be told in full any "
                "more, and Review shows no agreement for their grades.",
                count,
            )
            told.append(words.format(count=count))
        return told

    def delete(self, run_folder: Path) -> None:
        """Removes a run for good; nothing asks any more."""
        self._workbench.attempt(lambda: self._delete_unused(run_folder))
        self.deleted.emit()

    def _delete_unused(self, run_folder: Path) -> None:
        # Again: another window may have chosen it meanwhile, or deleted it.
        check_may_go(self._workbench.session, run_folder.name)
        if run_folder.exists():
            delete_run(run_folder)
