"""The window “Agreement”: who agrees with whom, and what two readers differ on."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from spinegrader.gui.agreement.adjudication_pane import AdjudicationPane
from spinegrader.gui.agreement.agreement_pane import AgreementPane
from spinegrader.gui.agreement.side_window import SideWindow
from spinegrader.gui.workbench import Workbench
from spinegrader.texts import translate


class AgreementWindow(SideWindow):
    """Stands beside the main window, which can be used meanwhile."""

    read_requested = Signal(object)
    review_requested = Signal(object)
    """The ``Place`` that is to be shown in that workspace."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(translate("Agreement"), parent)
        self.resize(1240, 800)
        self.agreement = AgreementPane(workbench)
        self.agreement.discs.read_requested.connect(self.read_requested)
        self.agreement.discs.review_requested.connect(self.review_requested)
        self.adjudication = AdjudicationPane(workbench)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.agreement, translate("Agreement"))
        self.tabs.addTab(self.adjudication, translate("Two readers differ"))
        column = QVBoxLayout(self)
        column.addWidget(self.tabs)
        workbench.project_changed.connect(self.close)

    def show_adjudication(self) -> None:
        """Brings the discs on which two readers differ to the front."""
        self.tabs.setCurrentWidget(self.adjudication)
