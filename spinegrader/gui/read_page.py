"""The Read workspace: work list, images with overlays, grading."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QInputDialog, QSplitter, QVBoxLayout, QWidget

from spinegrader.gui.actions import DIGITS, READ_ACTIONS, make_actions
from spinegrader.gui.areas import Area, go_to_area
from spinegrader.gui.dialogs.flag import toggle_flag
from spinegrader.gui.dialogs.grade_examples import GradeExamplesDialog
from spinegrader.gui.dialogs.grade_history import GradeHistoryDialog
from spinegrader.gui.dialogs.measures import MeasuresDialog
from spinegrader.gui.hanging.colouring_choice import following_choice
from spinegrader.gui.hanging.hanging_area import HangingArea
from spinegrader.gui.hanging.series_show import SeriesShow
from spinegrader.gui.held_key import HeldKey
from spinegrader.gui.image_controller import ImageController
from spinegrader.gui.keys import how_to
from spinegrader.gui.panels.grade_grid import GradeGrid
from spinegrader.gui.panels.grading_panel import GradingPanel
from spinegrader.gui.panels.overlay_bar import OverlayBar
from spinegrader.gui.panels.series_bar import SeriesBar
from spinegrader.gui.panels.work_list import WorkList
from spinegrader.gui.viewer.slice_viewer import ViewerMode
from spinegrader.gui.workbench import Workbench
from spinegrader.imaging.display import PresetKind
from spinegrader.services import reading
from spinegrader.services.settings import LEAST_OVERLAY_OPACITY
from spinegrader.texts import translate

_OPACITY_STEP = 0.2


class ReadPage(QWidget):
    """Lays the parts of the reading room out and ties the keys to them."""

    import_requested = Signal()

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self.images_area = HangingArea(workbench)
        self.viewer = self.images_area.main
        self.work_list = WorkList(workbench)
        self.images_area.prefetch.following = self.work_list.next_undone
        self.series_bar = SeriesBar(workbench)
        self.grading_panel = GradingPanel(workbench)
        self.grade_grid = GradeGrid(workbench)
        self.reading_area = QSplitter(Qt.Orientation.Horizontal)
        self.images = ImageController(workbench, self.images_area)
        self._overlays_visible = True
        self._peek = HeldKey(
            lambda: self._show_overlays(visible=False),
            lambda: self._show_overlays(visible=self._overlays_visible),
            self,
        )
        self.actions_by_id = self._make_actions()
        made = self.actions_by_id
        names = ("place", "add", "levels_up", "levels_down", "confirm")
        self.overlay_bar = OverlayBar([made[name] for name in names], made["other_count"])
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
        column.addWidget(self.images_area, 1)
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
            "search": self.work_list.focus_search,
            "next_area": lambda: go_to_area(self._areas(), 1),
            "previous_area": lambda: go_to_area(self._areas(), -1),
            "next_series": lambda: self._step_series(1),
            "previous_series": lambda: self._step_series(-1),
            "flag": lambda: toggle_flag(workbench, workbench.study_uid, self.window()),
            "history": self.show_history,
            "examples": self.show_examples,
            "place": self.images.start_placing,
            "cancel": self._cancel,
            "levels_up": lambda: self.images.shift_levels(-1),
            "levels_down": lambda: self.images.shift_levels(1),
            "other_count": self.images.take_other_count,
            "remove": self.images.remove_selected,
            "add": lambda: self.images.choose_mode(ViewerMode.ADD),
            "mid_slice": self.images.move_selected_to_slice,
            "numbering": self.images.ask_numbering,
            "distance": lambda: self.images.choose_mode(ViewerMode.DISTANCE),
            "angle": lambda: self.images.choose_mode(ViewerMode.ANGLE),
            "clear_measurements": self._on_active(lambda show: show.viewer.clear_measurements()),
            "measures": lambda: MeasuresDialog(self._workbench, self.window()).show(),
            "colouring": self._next_colouring,
            "fainter": lambda: self._fade(-_OPACITY_STEP),
            "stronger": lambda: self._fade(_OPACITY_STEP),
            "peek": self._peek.press,
            "hide_overlays": self._toggle_overlays,
            "fit": self._on_active(lambda show: show.viewer.fit()),
            "one_to_one": self._on_active(lambda show: show.viewer.zoom_to_pixels()),
            "invert": self._on_active(lambda show: show.viewer.invert()),
            "reset_window": self._on_active(lambda show: show.reset_window()),
            "fill": self.images_area.toggle_fill,
            "link": lambda: self.images_area.set_linked(made["link"].isChecked()),
            "next_layout": self.images_area.choose_next_layout,
            "corner_text": self.images.toggle_corner_text,
            "preset_proposed": self._on_active(lambda show: show.use_preset(PresetKind.PROPOSED)),
            "preset_tissue": self._on_active(lambda show: show.use_preset(PresetKind.TISSUE)),
            "preset_everything": self._on_active(
                lambda show: show.use_preset(PresetKind.EVERYTHING)
            ),
            "preset_narrow": self._on_active(lambda show: show.use_preset(PresetKind.NARROW)),
        }
        context = Qt.ShortcutContext.WidgetWithChildrenShortcut
        made: dict[str, QAction] = {}
        made |= make_actions(READ_ACTIONS, handlers, self, context)
        made["link"].setCheckable(True)
        made["link"].setChecked(True)
        made["peek"].setAutoRepeat(False)
        # On the images and in the grid these keys are the reading's; elsewhere they move between
        # controls and press them, as everywhere.
        for name in ("next_item", "previous_item", "confirm", "peek"):
            self.removeAction(made[name])
            self.images_area.addAction(made[name])
            self.grade_grid.addAction(made[name])
        for digit in DIGITS:
            shortcut = QShortcut(QKeySequence(digit), self)
            shortcut.setContext(context)
            value = int(digit)
            shortcut.activated.connect(lambda value=value: self.grading_panel.enter_digit(value))
        return made

    def _on_active(self, act: Callable[[SeriesShow], None]) -> Callable[[], None]:
        """For the image that has the keyboard when it comes to it."""
        return lambda: act(self.images_area.active)

    def _areas(self) -> list[Area]:
        """From the work list over the images to the grading."""
        viewers = [pane.viewer for pane in self.images_area.panes.values() if pane.isVisible()]
        series = next(iter(self.series_bar.buttons.values()), self.series_bar)
        return [
            (self.work_list, self.work_list.view),
            (self.series_bar, series),
            *((viewer, viewer) for viewer in viewers),
            (self.overlay_bar, self.overlay_bar.buttons[0]),
            (self.grading_panel, self.grading_panel.first_control),
            (self.grade_grid, self.grade_grid.table),
        ]

    def _step_series(self, step: int) -> None:
        """The series that stands beside the one in front in the bar."""
        known = list(self.series_bar.buttons)
        if self._workbench.series_uid in known:
            at = known.index(self._workbench.series_uid) + step
            self._workbench.select_series(known[at % len(known)])

    def _cancel(self) -> None:
        self.images.stop_placing()
        for show in self.images_area.shows.values():
            show.viewer.set_mode(ViewerMode.BROWSE)

    def _next_colouring(self) -> None:
        choice = following_choice(self._workbench.settings.overlay_colouring)
        self._workbench.change_settings(overlay_colouring=choice)

    def _fade(self, step: float) -> None:
        opacity = self._workbench.settings.overlay_opacity + step
        opacity = min(max(opacity, LEAST_OVERLAY_OPACITY), 1.0)
        self._workbench.change_settings(overlay_opacity=round(opacity, 2))

    def _toggle_overlays(self) -> None:
        self._overlays_visible = not self._overlays_visible
        self._show_overlays(visible=self._overlays_visible)

    def _show_overlays(self, *, visible: bool) -> None:
        for show in self.images_area.shows.values():
            show.viewer.set_overlays_visible(visible)

    def open_next_study(self) -> None:
        """Brings the next study that isn't done to the front."""
        if not self._workbench.has_session:
            return
        following = self.work_list.next_undone()
        if following is None:
            self._workbench.notified.emit(translate("Every study is read."))
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
        key = how_to("confirm", self._workbench.settings)
        self._workbench.notified.emit(
            translate("This study is done: {key} for the next one.").format(key=key)
        )

    def _comment(self) -> None:
        item = self._workbench.item
        if item is None:
            return
        session, study_uid = self._workbench.session, self._workbench.study_uid
        grade = reading.own_grade(session, study_uid, item)
        before = "" if grade is None else grade.comment
        text, entered = QInputDialog.getText(
            self,
            translate("Comment"),
            translate("Comment on {disc}:").format(disc=item.disc),
            text=before,
        )
        if entered:
            self._workbench.attempt(lambda: reading.comment(session, study_uid, item, text))

    def show_history(self) -> None:
        """Shows every answer to the item in focus."""
        bench = self._workbench
        if not bench.has_session or bench.item is None:
            bench.notified.emit(
                translate("Choose a disc and grading first, then ask for its history.")
            )
            return
        GradeHistoryDialog(bench, bench.study_uid, bench.item, self.window()).show()

    def show_examples(self) -> None:
        """Shows what the grades of the grading in focus look like."""
        bench = self._workbench
        if not bench.has_session or bench.item is None:
            bench.notified.emit(
                translate("Choose a disc and grading first, then ask what its grades mean.")
            )
            return
        GradeExamplesDialog(bench, self.window()).show()

    def _refresh_actions(self, _: object = None) -> None:
        has_study = self._workbench.has_session and bool(self._workbench.study_uid)
        has_overlay = self.images.has_overlay
        for name, action in self.actions_by_id.items():
            action.setEnabled(self._workbench.has_session)
            if name in ("levels_up", "levels_down", "remove", "mid_slice", "numbering"):
                action.setEnabled(has_overlay)
            elif name in ("place", "confirm"):
                action.setEnabled(has_study and (name == "confirm" or self.images.can_place))
        self._name_other_count()

    def _name_other_count(self) -> None:
        """The other count says what it means, and is offered only where there is one."""
        other, action = self.images.other_name(), self.actions_by_id["other_count"]
        words = translate("Take the other count")
        if other is not None:
            words = translate("Count {level} as {name}").format(level=other[0], name=other[1])
        action.setText(words)
        action.setVisible(other is not None)
        action.setEnabled(other is not None)
