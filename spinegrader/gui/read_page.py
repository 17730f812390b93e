"""The Read workspace: work list, images with overlays, grading."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QInputDialog, QSplitter, QVBoxLayout, QWidget

from spinegrader.gui.actions import DIGITS, READ_ACTIONS, make_actions
from spinegrader.gui.dialogs.flag import toggle_flag
from spinegrader.gui.dialogs.grade_history import GradeHistoryDialog
from spinegrader.gui.image_controller import ImageController
from spinegrader.gui.panels.grade_grid import GradeGrid
from spinegrader.gui.panels.grading_panel import GradingPanel
from spinegrader.gui.panels.overlay_bar import OverlayBar
from spinegrader.gui.panels.series_bar import SeriesBar
from spinegrader.gui.panels.work_list import WorkList
from spinegrader.gui.viewer.slice_viewer import SliceViewer
from spinegrader.gui.workbench import Workbench
from spinegrader.services import reading


class ReadPage(QWidget):
    """Lays the parts of the reading room out and ties the keys to them."""

    import_requested = Signal()

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self.viewer = SliceViewer()
        self.work_list = WorkList(workbench)
        self.series_bar = SeriesBar(workbench)
        self.grading_panel = GradingPanel(workbench)
        self.grade_grid = GradeGrid(workbench)
        self.reading_area = QSplitter(Qt.Orientation.Horizontal)
        self.images = ImageController(workbench, self.viewer)
        self.actions_by_id = self._make_actions()
        names = ("place", "levels_up", "levels_down", "remove", "confirm")
        self.overlay_bar = OverlayBar([self.actions_by_id[name] for name in names])
        self._lay_out()
        self._connect_overlay_bar()
        self.work_list.import_requested.connect(self.import_requested)
        self.work_list.image_requested.connect(self.viewer.setFocus)
        self.viewer.message_action.connect(self.import_requested)
        self.grading_panel.study_finished.connect(self._on_study_finished)
        self.grade_grid.add_action(self.actions_by_id["history"])
        workbench.study_changed.connect(self._focus_first_open_item)
        workbench.project_changed.connect(self._refresh_actions)
        workbench.series_changed.connect(self._refresh_actions)
        workbench.changed.connect(self._refresh_actions)
        self._refresh_actions()

    def _connect_overlay_bar(self) -> None:
        bar, images = self.overlay_bar, self.images
        images.hint_changed.connect(bar.set_hint)
        images.placing_changed.connect(bar.set_placing)
        bar.levels_changed.connect(lambda: images.set_levels(bar.top_level, bar.bottom_level))
        images.set_levels(bar.top_level, bar.bottom_level)

    def _lay_out(self) -> None:
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.series_bar)
        column.addWidget(self.viewer, 1)
        column.addWidget(self.overlay_bar)
        right = QWidget()
        side = QVBoxLayout(right)
        side.setContentsMargins(0, 0, 0, 0)
        side.addWidget(self.grading_panel, 1)
        side.addWidget(self.grade_grid)
        self.reading_area.addWidget(centre)
        self.reading_area.addWidget(right)
        self.reading_area.setStretchFactor(0, 1)
        self.reading_area.setSizes([900, 340])
        self.reading_area.setCollapsible(0, False)
        outer = QSplitter(Qt.Orientation.Horizontal, self)
        outer.addWidget(self.work_list)
        outer.addWidget(self.reading_area)
        outer.setStretchFactor(1, 1)
        outer.setSizes([270, 1200])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(outer)

    def _make_actions(self) -> dict[str, QAction]:
        workbench = self._workbench
        handlers = {
            "next_study": self.open_next_study,
            "confirm": self.confirm,
            "next_item": lambda: self.grading_panel.step(1),
            "previous_item": lambda: self.grading_panel.step(-1),
            "take_back": self.grading_panel.take_back,
            "unsure": self.grading_panel.answer_unsure,
            "not_assessable": self.grading_panel.answer_not_assessable,
            "comment": self._comment,
            "flag": lambda: toggle_flag(workbench, workbench.study_uid, self.window()),
            "history": self.show_history,
            "place": self.images.start_placing,
            "cancel": self.images.stop_placing,
            "levels_up": lambda: self.images.shift_levels(-1),
            "levels_down": lambda: self.images.shift_levels(1),
            "remove": self.images.remove_selected,
            "hide_overlays": self.images.toggle_overlays,
            "fit": self.viewer.fit,
            "one_to_one": self.viewer.zoom_to_pixels,
            "invert": self.viewer.invert,
            "reset_window": self.images.reset_window,
            "corner_text": self.images.toggle_corner_text,
        }
        context = Qt.ShortcutContext.WidgetWithChildrenShortcut
        made = make_actions(READ_ACTIONS, handlers, self, context)
        # Tab moves between items only beside the images, so that the work list keeps its own.
        for name in ("next_item", "previous_item"):
            self.removeAction(made[name])
            self.reading_area.addAction(made[name])
        for digit in DIGITS:
            shortcut = QShortcut(QKeySequence(digit), self)
            shortcut.setContext(context)
            value = int(digit)
            shortcut.activated.connect(lambda value=value: self.grading_panel.enter_digit(value))
        return made

    def open_next_study(self) -> None:
        """Brings the next study that isn't done to the front."""
        if not self._workbench.has_session:
            return
        session = self._workbench.session
        following = reading.next_undone_study(session, self._workbench.study_uid or None)
        if following is None:
            self._workbench.notified.emit("Every study is read.")
        elif following != self._workbench.study_uid:
            self._workbench.select_study(following)

    def confirm(self) -> None:
        """Confirms proposed vertebrae; where nothing is proposed, goes on to the next study."""
        if self.images.confirm_overlay():
            self._focus_first_open_item()
        elif self._workbench.has_session and self._workbench.study_uid:
            open_item = reading.next_open_item(
                self._workbench.session, self._workbench.study_uid, self._workbench.item
            )
            if open_item is None:
                self.open_next_study()
            else:
                self._workbench.select_item(open_item)

    def _focus_first_open_item(self, _: str = "") -> None:
        study_uid = self._workbench.study_uid
        if not study_uid or self._workbench.session.state.series_to_grade(study_uid) is None:
            return
        session = self._workbench.session
        items = reading.items_of(session, study_uid)
        first = reading.next_open_item(session, study_uid) or (items[0] if items else None)
        self._workbench.select_item(first)
        self.viewer.setFocus()

    def _on_study_finished(self, _: str) -> None:
        self._workbench.notified.emit("This study is done. Return opens the next one.")

    def _comment(self) -> None:
        item = self._workbench.item
        if item is None:
            return
        session, study_uid = self._workbench.session, self._workbench.study_uid
        grade = reading.own_grade(session, study_uid, item)
        before = "" if grade is None else grade.comment
        text, entered = QInputDialog.getText(
            self, "Comment", f"Comment on {item.disc}:", text=before
        )
        if entered:
            self._workbench.attempt(lambda: reading.comment(session, study_uid, item, text))

    def show_history(self) -> None:
        """Shows every answer to the item in focus."""
        bench = self._workbench
        if not bench.has_session or bench.item is None:
            bench.notified.emit("Choose a disc and grading first, then ask for its history.")
            return
        GradeHistoryDialog(bench, bench.study_uid, bench.item, self.window()).show()

    def _refresh_actions(self, _: object = None) -> None:
        has_study = self._workbench.has_session and bool(self._workbench.study_uid)
        has_overlay = self.images.has_overlay
        for name, action in self.actions_by_id.items():
            action.setEnabled(self._workbench.has_session)
            if name in ("levels_up", "levels_down", "remove"):
                action.setEnabled(has_overlay)
            elif name in ("place", "confirm"):
                action.setEnabled(has_study and (name == "confirm" or self.images.can_place))
