"""The left side of Review: agreement, filters, and the table of grades."""

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from spinegrader.gui.review.agreement_strip import AgreementStrip
from spinegrader.gui.review.filter_bar import FilterBar
from spinegrader.gui.review.rows_model import ReviewModel
from spinegrader.gui.review.rows_table import ReviewTable
from spinegrader.gui.training.notices import NoticeBox
from spinegrader.gui.workbench import Workbench
from spinegrader.texts import translate


class RowsSide(QWidget):
    """Lays its parts out; the page listens to them."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.strip = AgreementStrip(workbench)
        self.filter_bar = FilterBar()
        self.bulk_button = QPushButton(translate("Accept what is confidently equal…"))
        self.bulk_button.setToolTip(
            translate("Accepts open grades that the model is sure of and nobody contradicts")
        )
        self.held_back = NoticeBox()
        self.model = ReviewModel(self)
        self.table = ReviewTable(self.model)
        row = QHBoxLayout()
        row.addWidget(self.filter_bar, 1)
        row.addWidget(self.bulk_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 8, 0)
        column.addWidget(self.strip)
        column.addSpacing(6)
        column.addLayout(row)
        column.addWidget(self.held_back)
        column.addWidget(self.table, 1)
