"""What came of an import, said across the window: a report to look at, records that look alike."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from spinegrader.gui.import_commands import ImportCommands
from spinegrader.gui.panels.notice_bar import NoticeBar
from spinegrader.services.import_report import ImportReport
from spinegrader.services.suggestions import Suggestion
from spinegrader.services.wording import counted
from spinegrader.texts import translate, translate_count


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
        further = " " + counted(remarks, "remark", "remarks") + "." if remarks else ""
        self.report.present(
            report.sentence() + further, translate("Report…"), self._imports.show_report
        )

    def _offer_same_person(self, found: tuple[Suggestion, ...]) -> None:
        words = translate_count(
            "{count} record or study looks like one that is there already: merged only if you say "
            "so.",
            "{count} records or studies look like one that is there already: merged only if you "
            "say so.",
            len(found),
        )
        self.same_person.present(
            words.format(count=len(found)),
            translate("Look…"),
            lambda: self._imports.same_person.show_suggestions(found),
        )
