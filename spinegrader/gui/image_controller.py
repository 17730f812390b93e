"""Ties the slice viewer to the session: what it shows, and what its gestures change."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.edits import Changes
from spinegrader.domain.geometry import Point
from spinegrader.domain.overlays import Overlay, OverlayState, Vertebra
from spinegrader.domain.study import Series
from spinegrader.gui.viewer.slice_viewer import SliceViewer, ViewerMode
from spinegrader.gui.volumes import VolumeCache
from spinegrader.gui.workbench import Workbench
from spinegrader.imaging.display import PresetKind, default_window, window_presets
from spinegrader.services import annotating
from spinegrader.services.places import Place
from spinegrader.services.reading import Item, asked_gradings


class ImageController(QObject):
    """Shows the series in front, and turns clicks and drags into edits."""

    hint_changed = Signal(str)
    """What the reader may do next with the vertebrae; empty for nothing to say."""
    placing_changed = Signal(bool)

    def __init__(self, workbench: Workbench, viewer: SliceViewer) -> None:
        super().__init__(viewer)
        self._workbench = workbench
        self._viewer = viewer
        self._top, self._bottom = VertebraLevel.L1, VertebraLevel.S1
        self._volumes = VolumeCache()
        self._selected: VertebraLevel | None = None
        self._first_click: Point | None = None
        self._placing = False
        self._overlays_visible = True
        workbench.project_changed.connect(self._on_project)
        workbench.series_changed.connect(self._on_series)
        workbench.stack_changed.connect(lambda _: self._show_series())
        workbench.item_changed.connect(self._on_item)
        workbench.changed.connect(self._on_changes)
        workbench.place_shown.connect(self._on_place)
        workbench.settings_changed.connect(lambda _: self._show_series(keep_view=True))
        viewer.disc_clicked.connect(self._on_disc_clicked)
        viewer.vertebra_clicked.connect(self._on_vertebra_clicked)
        viewer.vertebra_edited.connect(self._on_vertebra_edited)
        viewer.place_clicked.connect(self._on_place_clicked)
        self._show_nothing()

    # -- what is there ----------------------------------------------------------------------

    @property
    def series(self) -> Series | None:
        """The series in front."""
        if not self._workbench.has_session:
            return None
        return self._workbench.session.state.series.get(self._workbench.series_uid)

    @property
    def can_place(self) -> bool:
        """Whether vertebrae can be put on the series in front."""
        series = self.series
        return series is not None and series.is_sagittal

    @property
    def has_overlay(self) -> bool:
        """Whether the series in front has vertebrae on it."""
        series = self.series
        if series is None:
            return False
        overlay = self._workbench.session.seen.overlay(series.uid)
        return overlay is not None and bool(overlay.vertebrae)

    # -- showing ----------------------------------------------------------------------------

    def _on_project(self) -> None:
        self._volumes.clear()
        self._show_nothing()

    def _show_nothing(self) -> None:
        self.stop_placing()
        if not self._workbench.has_session:
            self._viewer.show_message("No project is open", "Open one from the Project menu.")
        elif not self._workbench.session.state.series:
            self._viewer.show_message(
                "No images yet",
                "Import a folder with DICOM images of the lumbar spine.",
                "Import a folder…",
            )
        else:
            self._viewer.show_message(
                "Choose a study", "Click one in the work list, or press Ctrl+Right for the next."
            )
        self.hint_changed.emit("")

    def _on_series(self, _: str) -> None:
        self._selected = None
        self.stop_placing()
        self._show_series()

    def _show_series(self, *, keep_view: bool = False) -> None:
        series = self.series
        if series is None:
            self._show_nothing()
            return
        if keep_view:
            self._viewer.set_corner_text(self._corner_text(series))
            return
        session = self._workbench.session
        stack = self._workbench.stack
        if not self._workbench.attempt(lambda: self._volumes.get(session, series, stack)):
            self._viewer.show_message(
                "These images can't be shown", "Their pixel file is damaged: import them again."
            )
            return
        volume = self._volumes.get(session, series, stack)
        window = default_window(volume.pixels, series.window)
        text = self._corner_text(series)
        self._viewer.show_volume(volume.pixels, volume.geometry, window, text)
        self._show_overlay()
        if self._workbench.item is not None:
            self._viewer.set_focus(self._workbench.item.disc)

    def _corner_text(self, series: Series) -> tuple[str, ...]:
        state = self._workbench.session.state
        study = state.studies[series.study_uid]
        patient = state.patient_of(series.study_uid)
        hidden = self._workbench.settings.identity_hidden
        who = "identity hidden" if hidden else f"{patient.id}  {patient.name}".strip()
        timing = [
            f"{name} {value:.0f} ms"
            for name, value in (
                ("TR", series.repetition_time_ms),
                ("TE", series.echo_time_ms),
                ("TI", series.inversion_time_ms),
            )
            if value is not None
        ]
        date = "" if hidden or study.date is None else study.date.isoformat()
        lines = (who, date, series.title, "  ".join(timing))
        return tuple(line for line in lines if line)

    def _show_overlay(self) -> None:
        series = self.series
        overlay = None if series is None else self._workbench.session.seen.overlay(series.uid)
        self._viewer.set_overlay(overlay)
        self._viewer.set_unsaved(self._unsaved)
        self.hint_changed.emit(self._hint())

    @property
    def _unsaved(self) -> frozenset[VertebraLevel]:
        """The vertebrae on the series in front that are not on the disk."""
        session = self._workbench.session
        return session.unsaved.vertebrae_of(self._workbench.series_uid, session.state)

    def _hint(self) -> str:
        series = self.series
        if self._placing:
            level = self._top if self._first_click is None else self._bottom
            return f"Click the centre of {level}. Esc leaves placing."
        if series is None:
            return ""
        if not series.is_sagittal:
            return "Vertebrae are placed on sagittal series."
        return self._overlay_hint(self._workbench.session.seen.overlay(series.uid))

    def _overlay_hint(self, overlay: Overlay | None) -> str:
        if overlay is None or not overlay.vertebrae:
            return "No vertebrae yet: press P and click two of them, the ones between are proposed."
        if self._unsaved:
            return "The vertebrae in red are not saved yet."
        if overlay.state is OverlayState.PROPOSED:
            return "Proposed: drag what is off, shift the levels if needed, Return confirms."
        return ""

    def _on_item(self, item: Item | None) -> None:
        self._viewer.set_focus(None if item is None else item.disc)

    def _on_place(self, place: Place) -> None:
        """Shows a change, even where the disc was in focus already but another slice in front."""
        if place.item is not None:
            self._viewer.set_focus(place.item.disc)
        overlay = self._workbench.session.seen.overlay(place.series_uid)
        if place.level is None or overlay is None:
            return
        vertebra = overlay.vertebra(place.level)
        if vertebra is not None:
            self._selected = place.level
            self._viewer.select_vertebra(vertebra)

    def _on_changes(self, changes: Changes) -> None:
        if self._workbench.series_uid in changes.overlays:
            self._show_overlay()

    # -- gestures ---------------------------------------------------------------------------

    def _on_disc_clicked(self, disc: DiscLevel) -> None:
        current = self._workbench.item
        gradings = asked_gradings(self._workbench.session)
        if gradings:
            grading = gradings[0].id if current is None else current.grading
            self._workbench.select_item(Item(disc, grading))

    def _on_vertebra_clicked(self, level: VertebraLevel) -> None:
        self._selected = level

    def _on_vertebra_edited(self, vertebra: Vertebra) -> None:
        series_uid, session = self._workbench.series_uid, self._workbench.session
        self._selected = vertebra.level
        kept = self._workbench.attempt(
            lambda: annotating.replace_vertebra(session, series_uid, vertebra)
        )
        if not kept:
            self._show_overlay()

    def _on_place_clicked(self, place_mm: Point) -> None:
        if self._first_click is None:
            self._first_click = place_mm
            self.hint_changed.emit(self._hint())
            return
        series, session, first = self.series, self._workbench.session, self._first_click
        top, bottom = self._top, self._bottom
        self._first_click = None
        if series is None:
            return
        volume = self._volumes.get(session, series)
        # Half a second, more the first time: too short for a job, too long for no sign of work.
        QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            placed = self._workbench.attempt(
                lambda: annotating.propose(
                    session, series.uid, volume, (top, first), (bottom, place_mm)
                )
            )
        finally:
            QGuiApplication.restoreOverrideCursor()
        if placed:
            self.stop_placing()
        self.hint_changed.emit(self._hint())

    # -- commands ---------------------------------------------------------------------------

    def set_levels(self, top: VertebraLevel, bottom: VertebraLevel) -> None:
        """Sets what the two clicks of placing stand for."""
        self._top, self._bottom = top, bottom
        self.hint_changed.emit(self._hint())

    def start_placing(self) -> None:
        """Waits for two clicks on vertebrae."""
        if not self.can_place:
            return
        self._placing, self._first_click = True, None
        self._viewer.set_mode(ViewerMode.PLACE)
        self.placing_changed.emit(True)
        self.hint_changed.emit(self._hint())

    def stop_placing(self) -> None:
        """Goes back to looking."""
        self._placing, self._first_click = False, None
        self._viewer.set_mode(ViewerMode.BROWSE)
        self.placing_changed.emit(False)
        self.hint_changed.emit(self._hint())

    def shift_levels(self, steps: int) -> None:
        """Renames all vertebrae by one level."""
        series_uid, session = self._workbench.series_uid, self._workbench.session
        self._workbench.attempt(lambda: annotating.shift_levels(session, series_uid, steps))

    def remove_selected(self) -> None:
        """Takes the selected vertebra off."""
        if self._selected is None:
            self._workbench.notified.emit("Click a vertebra first, then remove it.")
            return
        series_uid, level = self._workbench.series_uid, self._selected
        session = self._workbench.session
        if self._workbench.attempt(lambda: annotating.remove_vertebra(session, series_uid, level)):
            self._selected = None

    def confirm_overlay(self) -> bool:
        """Confirms proposed vertebrae; says whether there were any."""
        series = self.series
        if series is None:
            return False
        session = self._workbench.session
        overlay = session.seen.overlay(series.uid)
        if overlay is None or not overlay.vertebrae or overlay.state is OverlayState.CONFIRMED:
            return False
        return self._workbench.attempt(lambda: annotating.confirm(session, series.uid))

    def toggle_overlays(self) -> None:
        """Shows the image alone, or with its overlays again."""
        self._overlays_visible = not self._overlays_visible
        self._viewer.set_overlays_visible(self._overlays_visible)

    def toggle_corner_text(self) -> None:
        """Shows or hides the text in the corners."""
        self._viewer.set_corner_text_visible(not self._viewer.corner_text_visible)

    def reset_window(self) -> None:
        """Sets brightness and contrast as at first."""
        series = self.series
        if series is not None:
            volume = self._volumes.get(self._workbench.session, series, self._workbench.stack)
            self._viewer.set_window(*default_window(volume.pixels, series.window))

    def use_preset(self, kind: PresetKind) -> None:
        """Sets brightness and contrast to one of the windows that fit the images."""
        series = self.series
        if series is None:
            return
        volume = self._volumes.get(self._workbench.session, series, self._workbench.stack)
        presets = {item.kind: item for item in window_presets(volume.pixels, series.window)}
        if (preset := presets.get(kind)) is None:
            self._workbench.notified.emit("These images propose no brightness of their own.")
        else:
            self._viewer.set_window(preset.low, preset.high)
