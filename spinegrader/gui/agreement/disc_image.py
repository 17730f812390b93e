"""The disc of a study, large in the series that is graded."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from spinegrader.errors import SpineGraderError
from spinegrader.gui.viewer.slice_viewer import SliceViewer
from spinegrader.gui.viewer_settings import ViewerSettings
from spinegrader.gui.volumes import VolumeCache
from spinegrader.gui.workbench import Workbench
from spinegrader.imaging.display import default_window
from spinegrader.services.reading import Item
from spinegrader.services.wording import series_title
from spinegrader.texts import translate


class DiscImage(QWidget):
    """A viewer at the disc's own mid-slice, with the vertebrae as they are drawn."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._volumes = VolumeCache()
        self._shown = ""
        self._overlays_visible = True
        self.viewer = SliceViewer()
        ViewerSettings(workbench, self.viewer)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.viewer)
        workbench.project_changed.connect(self.forget)
        self.forget()

    def forget(self) -> None:
        """Lets the images of a project go."""
        self._volumes.clear()
        self.show_nothing(translate("Choose a row"))

    def show_nothing(self, title: str) -> None:
        """Says why there is no disc."""
        self._shown = ""
        self.viewer.show_message(title, translate("The disc of the chosen row is shown here."))

    def toggle_overlays(self) -> None:
        """Shows the plain image, or the overlays again."""
        self._overlays_visible = not self._overlays_visible
        self.viewer.set_overlays_visible(self._overlays_visible)

    def show_disc(self, study_uid: str, item: Item) -> None:
        """Shows a disc of a study."""
        session = self._workbench.session
        series = session.state.series_to_grade(study_uid)
        if series is None:
            self._shown = ""
            self.viewer.show_message(
                translate("No image"), translate("This study has no sagittal series.")
            )
            return
        if self._shown != series.uid:
            try:
                volume = self._volumes.get(session, series)
            except SpineGraderError as error:
                self._shown = ""
                self.viewer.show_message(translate("These images can't be shown"), error.message)
                return
            window = default_window(volume.pixels, series.window)
            self.viewer.show_volume(volume.pixels, volume.geometry, window, (series_title(series),))
            self._shown = series.uid
        self.viewer.set_overlay(session.seen.overlay(series.uid), editable=False)
        self.viewer.set_focus(item.disc, centre_on_focus=True)
