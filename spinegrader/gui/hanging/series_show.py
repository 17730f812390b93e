"""One series in one viewer, with its overlay, kept in step with the project."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.edits import Changes
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.study import Series
from spinegrader.gui.viewer.measuring import Measurement
from spinegrader.gui.viewer.slice_viewer import SliceViewer
from spinegrader.gui.volumes import VolumeCache
from spinegrader.gui.workbench import Workbench
from spinegrader.imaging.display import PresetKind, default_window, window_presets
from spinegrader.imaging.volume import Volume
from spinegrader.services.lending import overlay_for
from spinegrader.texts import translate


class SeriesShow(QObject):
    """Fills a viewer; changes nothing.

    Args:
        workbench: The window's.
        viewer: What it fills.
        volumes: Shared by all images of a window.
        corner_lines: What stands in the corner of a series.
    """

    shown = Signal()
    """Another series or stack is on screen, or none."""
    overlay_changed = Signal()

    def __init__(
        self,
        workbench: Workbench,
        viewer: SliceViewer,
        volumes: VolumeCache,
        corner_lines: Callable[[Series], tuple[str, ...]],
    ) -> None:
        super().__init__(viewer)
        self._corner_lines = corner_lines
        self._workbench = workbench
        self.viewer = viewer
        self._volumes = volumes
        self.series_uid = ""
        self.stack = 0
        self.is_loading = False
        """Whether the viewer is being filled: what it tells of slices then is nobody's wish."""
        self._measurements: dict[tuple[str, int], tuple[Measurement, ...]] = {}
        viewer.measurements_changed.connect(self._keep_measurements)
        workbench.project_changed.connect(self._measurements.clear)
        workbench.changed.connect(self._on_changes)
        workbench.settings_changed.connect(lambda _: self.write_corner_text())

    # -- what is there ----------------------------------------------------------------------

    @property
    def series(self) -> Series | None:
        """The series on screen."""
        if not self._workbench.has_session:
            return None
        return self._workbench.session.state.series.get(self.series_uid)

    @property
    def volume(self) -> Volume | None:
        """Its pixels; None where there are none or they can't be read."""
        series = self.series
        if series is None or self.viewer.volume_geometry is None:
            return None
        return self._volumes.get(self._workbench.session, series, self.stack)

    @property
    def geometry(self) -> VolumeGeometry | None:
        """Where the pixels on screen lie in the patient."""
        return self.viewer.volume_geometry

    @property
    def overlay(self) -> Overlay | None:
        """The vertebrae on screen; where the series has none, those of its sister series."""
        return None if self.series is None else self._overlay_and_lender()[0]

    def _overlay_and_lender(self) -> tuple[Overlay | None, str | None]:
        return overlay_for(self._workbench.session, self.series_uid)

    @property
    def is_lent(self) -> bool:
        """Whether the vertebrae on screen belong to a sister series."""
        return self.series is not None and self._overlay_and_lender()[1] is not None

    @property
    def unsaved(self) -> frozenset[VertebraLevel]:
        """The vertebrae on screen that are not on the disk."""
        session = self._workbench.session
        return session.unsaved.vertebrae_of(self.series_uid, session.state)

    # -- showing ----------------------------------------------------------------------------

    def show_series(self, series_uid: str, stack: int = 0) -> bool:
        """Puts a series on screen, fitted, at its middle slice; says whether it can be read."""
        self.series_uid, self.stack = series_uid, stack
        series = self.series
        if series is None:
            return False
        session = self._workbench.session
        if not self._workbench.attempt(lambda: self._volumes.get(session, series, stack)):
            self.viewer.show_message(
                translate("These images can't be shown"),
                translate("Their pixel file is damaged: import them again."),
            )
            self.shown.emit()
            return False
        self.is_loading = True
        self._fill(series, self._volumes.get(session, series, stack))
        self.is_loading = False
        self.shown.emit()
        return True

    def _fill(self, series: Series, volume: Volume) -> None:
        window = default_window(volume.pixels, series.window)
        self.viewer.show_volume(volume.pixels, volume.geometry, window, self._corner_lines(series))
        self.viewer.measurements = self._measurements.get((series.uid, self.stack), ())
        self.show_overlay()
        if self._workbench.item is not None:
            self.viewer.set_focus(self._workbench.item.disc)

    def show_message(self, title: str, text: str, action_text: str = "") -> None:
        """Shows words instead of a series."""
        self.series_uid, self.stack = "", 0
        self.viewer.show_message(title, text, action_text)
        self.shown.emit()

    def show_overlay(self) -> None:
        """Draws the vertebrae as the project has them now."""
        overlay, lender = self._overlay_and_lender()
        self.viewer.set_overlay(overlay, editable=lender is None)
        self.viewer.set_unsaved(self.unsaved)
        self.overlay_changed.emit()

    def _keep_measurements(self) -> None:
        """What was measured on a series is there again when it comes back to this place."""
        self._measurements[self.series_uid, self.stack] = self.viewer.measurements

    def reset_window(self) -> None:
        """Sets brightness and contrast as at first."""
        series, volume = self.series, self.volume
        if series is not None and volume is not None:
            self.viewer.set_window(*default_window(volume.pixels, series.window))

    def use_preset(self, kind: PresetKind) -> None:
        """Sets brightness and contrast to one of the windows that fit the images."""
        series, volume = self.series, self.volume
        if series is None or volume is None:
            return
        presets = {item.kind: item for item in window_presets(volume.pixels, series.window)}
        if (preset := presets.get(kind)) is None:
            self._workbench.notified.emit(
                translate("These images propose no brightness of their own.")
            )
        else:
            self.viewer.set_window(preset.low, preset.high)

    def write_corner_text(self) -> None:
        """Writes what stands in the corner anew."""
        series = self.series
        if series is not None and self.viewer.volume_geometry is not None:
            self.viewer.set_corner_text(self._corner_lines(series))

    def _on_changes(self, changes: Changes) -> None:
        series = self.series
        if series is None or self.viewer.volume_geometry is None:
            return
        state = self._workbench.session.state
        changed = (state.series.get(uid) for uid in changes.overlays)
        # A sister series may lend its vertebrae.
        if any(item is not None and item.study_uid == series.study_uid for item in changed):
            self.show_overlay()
