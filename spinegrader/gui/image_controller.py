"""Puts the selection on screen, and carries out what commands do to the vertebrae in front."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import Point
from spinegrader.domain.overlays import Overlay, OverlayState
from spinegrader.domain.study import Series
from spinegrader.gui.dialogs.numbering import NumberingDialog
from spinegrader.gui.hanging.hanging_area import HangingArea
from spinegrader.gui.keys import how_to
from spinegrader.gui.viewer.slice_viewer import ViewerMode
from spinegrader.gui.workbench import Workbench
from spinegrader.services import annotating, proposals
from spinegrader.services.doubts import doubt_words, hardly_seen_words
from spinegrader.services.hanging import Role
from spinegrader.services.places import Place
from spinegrader.texts import for_translation, translate

_MODE_HINTS = {
    ViewerMode.ADD: (
        for_translation(
            "Click the middle of the vertebra's upper endplate, then of the lower one. Esc leaves."
        )
    ),
    ViewerMode.DISTANCE: for_translation(
        "Click or drag from one place to another. Esc leaves measuring."
    ),
    ViewerMode.ANGLE: for_translation(
        "Click both ends of one line, then of another. Esc leaves measuring."
    ),
}


class ImageController(QObject):
    """Shows the series in front; places, renames, removes and confirms its vertebrae."""

    hint_changed = Signal(str)
    """What the reader may do next with the vertebrae; empty for nothing to say."""
    placing_changed = Signal(bool)

    def __init__(self, workbench: Workbench, area: HangingArea) -> None:
        super().__init__(area)
        self._workbench = workbench
        self._area = area
        self._show = area.shows[Role.MAIN]
        self._gestures = area.gestures[Role.MAIN]
        self._viewer = area.main
        self._top, self._bottom = VertebraLevel.L1, VertebraLevel.S1
        self._first_click: Point | None = None
        self._placing = False
        workbench.project_changed.connect(self._show_nothing)
        workbench.series_changed.connect(self._on_series)
        workbench.stack_changed.connect(lambda _: self._show_series())
        workbench.place_shown.connect(self._on_place)
        self._show.overlay_changed.connect(self._say_hint)
        for show in area.shows.values():
            show.viewer.mode_changed.connect(lambda _: self._say_hint())
        workbench.settings_changed.connect(lambda _: self._say_hint())
        workbench.job_changed.connect(lambda _: self._say_hint())
        self._viewer.place_clicked.connect(self._on_place_clicked)
        self._show_nothing()

    # -- what is there ----------------------------------------------------------------------

    @property
    def series(self) -> Series | None:
        """The series in front."""
        return self._show.series

    @property
    def can_place(self) -> bool:
        """Whether vertebrae can be put on the series in front."""
        series = self.series
        return series is not None and series.is_sagittal

    @property
    def has_overlay(self) -> bool:
        """Whether the series in front has vertebrae on it."""
        return self._own_overlay is not None

    @property
    def _own_overlay(self) -> Overlay | None:
        series = self.series
        overlay = None if series is None else self._workbench.session.seen.overlay(series.uid)
        return overlay if overlay is not None and overlay.vertebrae else None

    # -- showing ----------------------------------------------------------------------------

    def _show_nothing(self) -> None:
        self.stop_placing()
        if not self._workbench.has_session:
            self._show.show_message(
                translate("No project is open"), translate("Open one from the Project menu.")
            )
        elif not self._workbench.session.state.series:
            self._show.show_message(
                translate("No images yet"),
                translate("Import a folder with DICOM images of the lumbar spine."),
                translate("Import a folder…"),
            )
        else:
            self._show.show_message(
                translate("Choose a study"),
                translate("Click one in the work list, or {how_to} for the next.").format(
                    how_to=self._how_to("next_study")
                ),
            )
        self._say_hint()

    def _on_series(self, _: str) -> None:
        self.stop_placing()
        self._show_series()

    def _show_series(self) -> None:
        series_uid = self._workbench.series_uid
        if series_uid and series_uid in self._workbench.session.state.series:
            self._show.show_series(series_uid, self._workbench.stack)
        else:
            self._show_nothing()

    def _on_place(self, place: Place) -> None:
        """Shows a change, even where the disc was in focus already but another slice in front."""
        if place.item is not None:
            self._viewer.set_focus(place.item.disc)
        overlay = self._own_overlay
        if place.level is None or overlay is None:
            return
        vertebra = overlay.vertebra(place.level)
        if vertebra is not None:
            self._gestures.select(place.level)
            self._viewer.select_vertebra(vertebra)

    # -- hints ------------------------------------------------------------------------------

    def _say_hint(self) -> None:
        self.hint_changed.emit(self._hint())

    def _hint(self) -> str:
        series = self.series
        if self._placing:
            level = self._top if self._first_click is None else self._bottom
            return translate("Click the centre of {level}. Esc leaves placing.").format(level=level)
        mode = self._area.active.viewer.mode
        if mode in _MODE_HINTS:
            return translate(_MODE_HINTS[mode])
        if series is None:
            return ""
        if not series.is_sagittal:
            return translate("Vertebrae are placed on sagittal series.")
        return self._overlay_hint(self._own_overlay)

    @property
    def is_placing(self) -> bool:
        """Whether the reader is placing vertebrae on the series in front."""
        return self._placing or self._viewer.mode is ViewerMode.ADD

    def other_name(self) -> tuple[VertebraLevel, VertebraLevel] | None:
        """A vertebra and its name by the other count, where that is known of what is in front."""
        overlay = self._own_overlay
        doubt = overlay.numbering.doubt if overlay is not None and overlay.is_doubtful else None
        if doubt is None or doubt.level is None or doubt.could_be is None:
            return None
        return doubt.level, doubt.could_be

    def _overlay_hint(self, overlay: Overlay | None) -> str:
        if self._show.is_lent:
            place = self._how_to("place")
            return translate(
                "These vertebrae are those of another series: {place} to place this one's own."
            ).format(place=place)
        if overlay is None:
            place = self._how_to("place")
            if self._workbench.detecting_lane.is_busy:
                return translate(
                    "Vertebrae are being looked for: {place} to place them yourself."
                ).format(place=place)
            return translate(
                "No vertebrae yet: {place} and click two, the ones between are proposed."
            ).format(place=place)
        if self._show.unsaved:
            return translate("The vertebrae in red are not saved yet.")
        return self._proposal_hint(overlay) if overlay.state is OverlayState.PROPOSED else ""

    def _proposal_hint(self, overlay: Overlay) -> str:
        confirm = self._how_to("confirm")
        if overlay.is_doubtful:
            return translate(
                "Doubtful numbering, {doubt}: shift the levels if needed, {confirm} to keep them."
            ).format(doubt=doubt_words(overlay), confirm=confirm)
        weak = hardly_seen_words(overlay)
        if weak:
            return translate(
                "Proposed, but hardly seen: {levels}. Drag what is off, {confirm} to confirm."
            ).format(levels=weak, confirm=confirm)
        return translate(
            "Proposed: drag what is off, shift the levels if needed, {confirm} to confirm."
        ).format(confirm=confirm)

    def _how_to(self, action_id: str) -> str:
        return how_to(action_id, self._workbench.settings)

    # -- placing ----------------------------------------------------------------------------

    def set_levels(self, top: VertebraLevel, bottom: VertebraLevel) -> None:
        """Sets what the two clicks of placing stand for."""
        self._top, self._bottom = top, bottom
        self._say_hint()

    def start_placing(self) -> None:
        """Waits for two clicks on vertebrae."""
        if not self.can_place:
            return
        self._placing, self._first_click = True, None
        self._viewer.set_mode(ViewerMode.PLACE)
        self.placing_changed.emit(True)
        self._say_hint()

    def stop_placing(self) -> None:
        """Goes back to looking."""
        self._placing, self._first_click = False, None
        self._viewer.set_mode(ViewerMode.BROWSE)
        self.placing_changed.emit(False)
        self._say_hint()

    def _on_place_clicked(self, place_mm: Point) -> None:
        if self._first_click is None:
            self._first_click = place_mm
            self._say_hint()
            return
        first, self._first_click = self._first_click, None
        if self._propose(first, place_mm):
            self.stop_placing()
        self._say_hint()

    def _propose(self, first: Point, second: Point) -> bool:
        series, volume, session = self.series, self._show.volume, self._workbench.session
        if series is None or volume is None:
            return False
        top, bottom = (self._top, first), (self._bottom, second)
        # Half a second, more the first time: too short for a job, too long for no sign of work.
        QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            return self._workbench.attempt(
                lambda: annotating.propose(session, series.uid, volume, top, bottom)
            )
        finally:
            QGuiApplication.restoreOverrideCursor()

    # -- commands ---------------------------------------------------------------------------

    def choose_mode(self, mode: ViewerMode) -> None:
        """Adding or measuring on the image that has the keyboard; a second time leaves it."""
        self.stop_placing()
        show = self._area.active
        if mode is ViewerMode.ADD and (show.series is None or not show.series.is_sagittal):
            self._workbench.notified.emit(translate("Vertebrae are placed on sagittal series."))
            return
        viewer = show.viewer
        viewer.set_mode(ViewerMode.BROWSE if viewer.mode is mode else mode)

    def move_selected_to_slice(self) -> None:
        """Makes the slice on screen the mid-slice of the vertebra that was clicked last."""
        gestures = self._area.active_gestures
        level = gestures.selected
        if level is None:
            self._workbench.notified.emit(
                translate("Click a vertebra first, then say that this is its slice.")
            )
        else:
            self._workbench.attempt(lambda: gestures.move_to_slice(level))

    def ask_numbering(self) -> None:
        """Asks what was counted from, and for levels that are not drawn."""
        overlay, session = self._own_overlay, self._workbench.session
        if overlay is None:
            self._workbench.notified.emit(translate("There are no vertebrae on this series yet."))
            return
        dialog = NumberingDialog(overlay, self._viewer.window())
        if dialog.exec():
            self._workbench.attempt(
                lambda: annotating.set_numbering(
                    session, overlay.series_uid, dialog.numbering, dialog.missing
                )
            )
        dialog.deleteLater()

    def shift_levels(self, steps: int) -> None:
        """Renames all vertebrae by one level, on the other series of the study too."""
        series_uid, session = self._workbench.series_uid, self._workbench.session
        self._workbench.attempt(lambda: proposals.shift_study(session, series_uid, steps))

    def take_other_count(self) -> None:
        """Counts the vertebrae the other way that their doubt tells."""
        series_uid, session = self._workbench.series_uid, self._workbench.session
        self._workbench.attempt(lambda: proposals.take_other_count(session, series_uid))

    def remove_selected(self) -> None:
        """Takes the selected vertebra off."""
        gestures, session = self._area.active_gestures, self._workbench.session
        level, series_uid = gestures.selected, self._area.active.series_uid
        if level is None:
            self._workbench.notified.emit(translate("Click a vertebra first, then remove it."))
        elif self._workbench.attempt(
            lambda: annotating.remove_vertebra(session, series_uid, level)
        ):
            gestures.select(None)

    def confirm_overlay(self) -> bool:
        """Confirms proposed vertebrae, the study's other ones too; says if there were any."""
        overlay, session = self._own_overlay, self._workbench.session
        if overlay is None or overlay.state is OverlayState.CONFIRMED:
            return False
        return self._workbench.attempt(lambda: proposals.confirm_study(session, overlay.series_uid))

    def toggle_corner_text(self) -> None:
        """Shows or hides the text in the corners of all images."""
        visible = not self._viewer.corner_text_visible
        for show in self._area.shows.values():
            show.viewer.set_corner_text_visible(visible)
