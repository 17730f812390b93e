"""What an import did: what came in, what was skipped and why."""

from collections.abc import Sequence

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

from spinegrader.services.importing import ImportReport


class ImportReportDialog(QDialog):
    """Shows an import's report; non-modal, so that reading can begin."""

    def __init__(self, report: ImportReport, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Import")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(760, 460)
        column = QVBoxLayout(self)
        summary = QLabel(report.sentence())
        summary.setWordWrap(True)
        column.addWidget(summary)
        column.addWidget(
            _table(
                ("Series", "Description", "Slices", "Pixel, slice distance (mm)"),
                [
                    (
                        item.title,
                        item.description,
                        str(item.slice_count),
                        " × ".join(f"{value:.2f}" for value in item.geometry.spacing_mm),
                    )
                    for item in report.series
                ],
            ),
            2,
        )
        for warning in report.warnings:
            label = QLabel(f"⚠ {warning}")
            label.setWordWrap(True)
            column.addWidget(label)
        if report.skipped:
            column.addWidget(QLabel("Skipped"))
            rows = [(item.path, item.reason) for item in report.skipped]
            column.addWidget(_table(("File", "Why"), rows), 2)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        column.addWidget(buttons)


def _table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> QTableWidget:
    table = QTableWidget(len(rows), len(headings))
    table.setHorizontalHeaderLabels(list(headings))
    table.verticalHeader().hide()
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    for row, cells in enumerate(rows):
        for column, text in enumerate(cells):
            cell = QTableWidgetItem(text)
            cell.setToolTip(text)
            table.setItem(row, column, cell)
    table.resizeColumnsToContents()
    table.horizontalHeader().setSectionResizeMode(len(headings) - 1, QHeaderView.ResizeMode.Stretch)
    return table
