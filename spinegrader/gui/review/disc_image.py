"""One disc, large in its series, and the same disc of the visit before at the same scale."""

import numpy as np
from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QVBoxLayout, QWidget

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.geometry import FloatArray
from spinegrader.domain.study import Series
from spinegrader.errors import SpineGraderError
from spinegrader.gui.training.notices import secondary_label
from spinegrader.gui.viewer.slice_viewer import SliceViewer
from spinegrader.gui.volumes import VolumeCache
from spinegrader.imaging.display import PresetKind, default_window, window_presets
from spinegrader.services.session import Session
from spinegrader.services.wording import series_title
from spinegrader.texts import translate


class DiscImage:
    """Shows discs of series on a viewer; a series that is there already is not loaded again.

    Args:
        volumes: Keeps pixels.
    """

    def __init__(self, volumes: VolumeCache) -> None:
        self.viewer = SliceViewer()
        self._volumes = volumes
        self._shown = ""
        self.tissue = (0.0, 1.0)
        """Values from halfway between air and the darkest tissue to the brightest of the body."""
        self.centre_mm: FloatArray | None = None
        """Middle of the disc, shape (3,), patient millimetres; None where it isn't drawn."""

    def say(self, title: str, text: str) -> None:
        """Shows words instead of an image."""
        self._shown, self.centre_mm = "", None
        self.viewer.show_message(title, text)

    def show_disc(self, session: Session, series: Series, disc: DiscLevel) -> bool:
        """Puts a disc into the middle; says so where the images can't be shown.

        Returns:
            Whether the series is on screen.
        """
        if self._shown != series.uid:
            try:
                volume = self._volumes.get(session, series)
            except SpineGraderError as error:
                self.say(translate("These images can't be shown"), error.message)
                return False
            window = default_window(volume.pixels, series.window)
            self.viewer.show_volume(volume.pixels, volume.geometry, window, (series_title(series),))
            presets = window_presets(volume.pixels)
            found = next(item for item in presets if item.kind in _TISSUE)
            self.tissue = (found.low, found.high)
            self._shown = series.uid
        overlay = session.seen.overlay(series.uid)
        self.viewer.set_overlay(overlay)
        self.viewer.set_focus(disc, centre_on_focus=True)
        found_disc = None if overlay is None else overlay.disc(disc)
        self.centre_mm = None if found_disc is None else found_disc.centre_mm
        return True


_TISSUE = (PresetKind.TISSUE, PresetKind.EVERYTHING)


class PriorImage(QWidget):
    """The disc of the visit before, which follows the scale, place and window of another view.

    Grey values of two MR scans can't be compared: the window is the same in relation to the
    marrow and fluid of each.

    Args:
        current: What it follows.
        volumes: Keeps pixels.
    """

    def __init__(
        self, current: DiscImage, volumes: VolumeCache, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._current = current
        self._image = DiscImage(volumes)
        self.viewer = self._image.viewer
        self.viewer.setAccessibleName(translate("The same disc at the visit before"))
        self.viewer.set_compact(True)
        self.caption = secondary_label()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.viewer, 1)
        layout.addWidget(self.caption)
        self._is_shown = False
        current.viewer.view_changed.connect(lambda _: self.follow())
        current.viewer.window_changed.connect(lambda *_: self.follow())
        self.hide()

    def show_disc(
        self, session: Session, series: Series | None, disc: DiscLevel, caption: str
    ) -> None:
        """Shows the disc, or nothing where there is no such visit."""
        self.setVisible(series is not None)
        self._is_shown = series is not None and self._image.show_disc(session, series, disc)
        self.caption.setText(caption)
        if self._is_shown and self._image.centre_mm is None:
            self._image.say(
                translate("Not drawn"),
                translate("This disc has no vertebrae drawn beside it at the visit before."),
            )
            self._is_shown = False
        self.follow()

    def follow(self) -> None:
        """Takes scale, place beside the disc, and window over."""
        here, there = self._current.centre_mm, self._image.centre_mm
        if not self._is_shown or here is None or there is None:
            return
        middle = self._current.viewer.view_centre_mm
        if middle is None:
            return
        beside = np.asarray(middle) - here
        place = tuple(float(value) for value in np.asarray(there) + beside)
        with QSignalBlocker(self.viewer):
            self.viewer.show_view(
                (place[0], place[1], place[2]), self._current.viewer.pixels_per_mm
            )
            self.viewer.set_window(*self._matched_window())

    def _matched_window(self) -> tuple[float, float]:
        low, high = self._current.tissue
        own_low, own_high = self._image.tissue
        scale = (own_high - own_low) / (high - low)
        first, last = self._current.viewer.window_range
        return own_low + (first - low) * scale, own_low + (last - low) * scale
