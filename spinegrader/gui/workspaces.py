"""The three workspaces; imported when the first project opens, so that the window shows early."""

from PySide6.QtWidgets import QWidget

from spinegrader.gui.panels.notice_bar import NoticeBar
from spinegrader.gui.read_page import ReadPage
from spinegrader.gui.review.review_page import ReviewPage
from spinegrader.gui.training.interrupted_notice import InterruptedNotice
from spinegrader.gui.training.models_page import ModelsPage
from spinegrader.gui.training.predicted_notice import PredictedNotice
from spinegrader.gui.workbench import Workbench


class Workspaces:
    """Read, Review and Models over one workbench."""

    def __init__(self, workbench: Workbench) -> None:
        self.read = ReadPage(workbench)
        self.review = ReviewPage(workbench)
        self.models = ModelsPage(workbench)
        self.interrupted = InterruptedNotice(workbench)
        self.predicted = PredictedNotice(workbench)

    @property
    def notices(self) -> tuple[NoticeBar, ...]:
        """Stand across the window, above all of the pages."""
        return self.interrupted, self.predicted

    @property
    def by_action(self) -> dict[str, QWidget]:
        """The pages by the action that brings them to the front."""
        return {"page_read": self.read, "page_review": self.review, "page_models": self.models}
