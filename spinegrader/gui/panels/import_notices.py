"""What came of an import, said across the window: a report to look at, records that look alike."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from spinegrader.gui.import_commands import ImportCommands
from spinegrader.gui.panels.notice_bar import NoticeBar
from spinegrader.services.import_report import ImportReport
from spinegrader.services.suggestions import Suggestion
from spinegrader.services.wording import counted


class ImportNotices(QWidget):
    """Two notices that come and go; nothing waits for an answer."""

    left = Signal()
    """A notice went away while the keyboard was in it."""

    def __init__(self, imports: ImportCommands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._imports = imports
        self.report = NoticeBar()
        self.same_person = NoticeBar()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for bar in (self.report, self.same_person):
            column.addWidget(bar)
            bar.left.connect(self.left)
        imports.finished.connect(self._tell_report)
        imports.same_person.found.connect(self._offer_same_person)

    def clear(self) -> None:
        """Takes both away."""
        for bar in (self.report, self.same_person):
            bar.dismiss()

    def _tell_report(self, report: ImportReport) -> None:
        if not report.skipped and not report.warnings:
            self.report.dismiss()
            return
        remarks = len(report.warnings)
        further = f" {counted(remarks, 'remark', 'remarks')}." if remarks else ""
        self.report.present(report.sentence() + further, "Report…", self._imports.show_report)

    def _offer_same_person(self, found: tuple[Suggestion, ...]) -> None:
        what = counted(len(found), "record or study looks", "records or studies look")
        self.same_person.present(
            f"{what} like one that is there already: merged only if you say so.",
            "Look…",
            lambda: self._imports.same_person.show_suggestions(found),
        )
