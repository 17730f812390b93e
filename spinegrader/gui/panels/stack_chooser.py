"""The stacks of the series in front, where its slices are tilted differently."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from spinegrader.gui.workbench import Workbench
from spinegrader.texts import translate


class StackChooser(QWidget):
    """One numbered button a stack; hidden where there is only one."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(translate("Stacks of this series"))
        self._workbench = workbench
        self.buttons: list[QToolButton] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 0, 0, 0)
        self._row.addWidget(QLabel(translate("Stack")))
        workbench.project_changed.connect(self._rebuild)
        workbench.series_changed.connect(self._rebuild)
        workbench.stack_changed.connect(self._refresh)
        self._rebuild()

    def _rebuild(self) -> None:
        for button in self.buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = [self._make_button(index) for index in range(self._count())]
        for button in self.buttons:
            self._row.addWidget(button)
        self.setVisible(len(self.buttons) > 1)
        self._refresh()

    def _make_button(self, index: int) -> QToolButton:
        button = QToolButton()
        button.setCheckable(True)
        button.setText(str(index + 1))
        button.setAccessibleName(translate("Stack {number}").format(number=index + 1))
        tip = translate("Stack {number}: the slices of one tilt").format(number=index + 1)
        button.setToolTip(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        # The click only asks; the workbench decides what is shown, and _refresh follows it.
        button.clicked.connect(lambda: self._on_clicked(index))
        return button

    def _on_clicked(self, index: int) -> None:
        self._workbench.select_stack(index)
        self._refresh()

    def _refresh(self) -> None:
        for index, button in enumerate(self.buttons):
            button.setChecked(index == self._workbench.stack)

    def _count(self) -> int:
        if not self._workbench.has_session:
            return 0
        series = self._workbench.session.state.series.get(self._workbench.series_uid)
        return 0 if series is None else len(series.stacks)
