"""A viewer that goes by the settings: mouse, smoothing, overlays, text in the corners."""

from PySide6.QtCore import QObject

from spinegrader.gui.viewer.mouse_schemes import MOUSE_SCHEMES
from spinegrader.gui.viewer.slice_viewer import SliceViewer
from spinegrader.gui.workbench import Workbench
from spinegrader.services.settings import Settings


class ViewerSettings(QObject):
    """Applies the settings to one viewer, now and whenever they change; lives with the viewer.

    Args:
        workbench: Whose settings count.
        viewer: A viewer of images.
    """

    def __init__(self, workbench: Workbench, viewer: SliceViewer) -> None:
        super().__init__(viewer)
        self._viewer = viewer
        self._before = workbench.settings
        self._apply(workbench.settings)
        viewer.set_corner_text_visible(workbench.settings.shows_corner_text)
        workbench.settings_changed.connect(self._on_settings)

    def _on_settings(self, settings: Settings) -> None:
        before, self._before = self._before, settings
        # By its key the text can be otherwise than at the start: other settings leave it so.
        if settings.shows_corner_text != before.shows_corner_text:
            self._viewer.set_corner_text_visible(settings.shows_corner_text)
        self._apply(settings)

    def _apply(self, settings: Settings) -> None:
        scheme = MOUSE_SCHEMES[settings.mouse]
        if scheme is not self._viewer.mouse_scheme:
            self._viewer.set_mouse_scheme(scheme)
        self._viewer.set_smoothing(settings.smooths_images)
        self._viewer.set_overlay_opacity(settings.overlay_opacity)
