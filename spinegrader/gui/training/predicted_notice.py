"""When a model has graded: Review, where its grades stand, is offered."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from spinegrader.gui.panels.notice_bar import NoticeBar
from spinegrader.gui.workbench import Workbench
from spinegrader.texts import translate, translate_count


class PredictedNotice(NoticeBar):
    """Across the window; goes away as soon as Review is looked at, or another project is open."""

    review_requested = Signal()

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(translate("Predictions"))
        workbench.project_changed.connect(self.dismiss)

    def tell(self, discs: int) -> None:
        """Shows how many discs were graded.

        Args:
            discs: How many.
        """
        self.present(
            translate_count(
                "The model has graded {count} disc: accept or overrule it in Review.",
                "The model has graded {count} discs: accept or overrule them in Review.",
                discs,
            ).format(count=discs),
            translate("Review"),
            self.review_requested.emit,
        )
