"""What the window shows while no project is open."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from spinegrader.services.settings import Settings
from spinegrader.texts import translate


class WelcomePage(QWidget):
    """Offers the ways in: the demo project, a folder of images, a project, recent ones."""

    demo_requested = Signal()
    import_requested = Signal()
    open_requested = Signal()
    recent_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._recent: list[QWidget] = []
        title = QLabel("SpineGrader")
        title.setObjectName("welcomeTitle")
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 2.2)
        font.setBold(True)
        title.setFont(font)
        words = QLabel(translate("Read, grade and learn from sagittal lumbar MR."))
        for label in (title, words):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self._column.addWidget(label)
        self._column.addSpacing(18)
        self.demo_button = self._offer(
            translate("Open the &demo project"),
            translate("Simulated people, ready to try"),
            self.demo_requested,
        )
        self._offer(
            translate("&Import a folder…"),
            translate("Its images become a new project; it can be dropped here, too"),
            self.import_requested,
        )
        self._offer(
            translate("&Open a project…"),
            translate("A folder made by SpineGrader"),
            self.open_requested,
        )

    def show_making_demo(self, making: bool) -> None:
        """Says on the button that the demo project is being made; its progress stands below."""
        self.demo_button.setEnabled(not making)
        self.demo_button.setText(
            translate("Making the demo project; it opens by itself")
            if making
            else translate("Open the &demo project")
        )

    def _offer(self, text: str, tip: str, signal: object) -> QPushButton:
        button = QPushButton(text)
        button.setMinimumSize(360, 44)
        button.setToolTip(tip)
        button.clicked.connect(signal)
        note = QLabel(tip)
        note.setObjectName("quiet")
        note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        self._column.addWidget(note)
        self._column.addSpacing(8)
        return button

    def show_recent(self, settings: Settings) -> None:
        """Lists the projects that were open before and are still there."""
        for widget in self._recent:
            widget.setParent(None)
            widget.deleteLater()
        self._recent = []
        there = [Path(item) for item in settings.recent_projects if Path(item).is_dir()]
        if there:
            heading = QLabel(translate("Recent projects"))
            heading.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self._add_recent(heading)
        for folder in there[:5]:
            button = QPushButton(folder.name)
            button.setFlat(True)
            button.setToolTip(str(folder))
            button.clicked.connect(
                lambda _=False, folder=folder: self.recent_requested.emit(str(folder))
            )
            self._add_recent(button)

    def _add_recent(self, widget: QWidget) -> None:
        self._recent.append(widget)
        self._column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
