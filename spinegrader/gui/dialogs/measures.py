"""The measures of the vertebrae and discs in front, beside the images."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from spinegrader.gui.theme import tabular_font
from spinegrader.gui.workbench import Workbench
from spinegrader.services.measures import MEASURES, SeriesMeasures, measures_of
from spinegrader.texts import for_translation, translate

_NOTE = for_translation(
    "In the plane of the slices, from the corners and outlines as they are drawn. "
    "What each measure is stands in docs/measures.md."
)


class MeasuresDialog(QDialog):
    """A table that follows what is drawn; it leaves the images free to be used."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(translate("Measures"))
        self.resize(760, 520)
        self._workbench = workbench
        self.summary = QLabel()
        self.summary.setWordWrap(True)
        self.summary.setAccessibleName(translate("Lordosis and side bend"))
        self.table = self._make_table()
        note = QLabel(translate(_NOTE))
        note.setWordWrap(True)
        note.setForegroundRole(note.palette().ColorRole.PlaceholderText)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        column = QVBoxLayout(self)
        column.addWidget(self.summary)
        column.addWidget(self.table, 1)
        column.addWidget(note)
        column.addWidget(buttons)
        for signal in (workbench.changed, workbench.series_changed, workbench.project_changed):
            signal.connect(self.refresh)
        self.refresh()

    def _make_table(self) -> QTableWidget:
        table = QTableWidget(len(MEASURES), 0)
        table.setAccessibleName(translate("Measures by disc"))
        table.setFont(tabular_font(table.font()))
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)
        table.setStyleSheet("QHeaderView::section { border: none; padding: 4px 8px; }")
        table.verticalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignRight)
        table.setVerticalHeaderLabels([translate(measure.title) for measure in MEASURES])
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        return table

    def refresh(self, *_: object) -> None:
        """Measures what is drawn on the series in front now."""
        bench = self._workbench
        there = bench.has_session and bench.series_uid in bench.session.state.series
        found = measures_of(bench.session, bench.series_uid) if there else SeriesMeasures()
        self.summary.setText(_summary(found))
        rows = found.rows()
        self.table.setColumnCount(len(rows))
        self.table.setHorizontalHeaderLabels([row[0] for row in rows])
        for column, row in enumerate(rows):
            for place, text in enumerate(row[1:]):
                cell = QTableWidgetItem(text or "–")
                cell.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
                self.table.setItem(place, column, cell)


def _summary(found: SeriesMeasures) -> str:
    if not found.discs:
        return translate("There are no vertebrae on the series in front: place them first (key P).")
    lordosis = found.lumbar_lordosis_degrees
    parts = [
        translate("Lumbar lordosis needs L1 and S1")
        if lordosis is None
        else translate("Lumbar lordosis, L1 to S1: {lordosis:.1f}°").format(lordosis=lordosis)
    ]
    if found.asides_mm:
        level, aside = max(found.asides_mm.items(), key=lambda item: abs(item[1]))
        if abs(aside) >= 0.1:
            words = (
                translate("{level} lies {aside_mm:.1f} mm to the patient's left of the line")
                if aside > 0
                else translate("{level} lies {aside_mm:.1f} mm to the patient's right of the line")
            )
            parts.append(words.format(level=level, aside_mm=abs(aside)))
    return "  ·  ".join(parts)
