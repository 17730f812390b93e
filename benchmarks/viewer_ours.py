"""The viewer of the program alone, as a process that measures itself."""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from PySide6.QtWidgets import QApplication

from benchmarks.measuring import BenchmarkError
from benchmarks.screen import Paints, back_and_forth, drag_durations_ms, painted_ms, unpainted_ms
from benchmarks.viewer_scene import VIEW_SIZE, Scene, read_scene
from benchmarks.viewer_subject import serve, tell_first_paint
from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.overlays import Overlay, OverlayState
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.gui.theme import apply_theme
from spinegrader.gui.viewer.slice_viewer import SliceViewer
from spinegrader.services.settings import Theme


class OurViewer:
    """The image area of the window, with vertebrae and discs."""

    def __init__(self, viewer: SliceViewer, scene: Scene) -> None:
        self._viewer = viewer
        self._scene = scene
        self._paints = Paints(viewer.mouse_area)
        self._slices = back_and_forth(scene.first_slice, scene.last_slice)

    def draw_outlines(self) -> None:
        """Confirmed vertebrae, their level names and discs."""
        vertebrae = tuple(
            Vertebra(VertebraLevel(level), tuple((x, y, z) for x, y, z in corners))
            for level, corners in self._scene.corners_mm.items()
        )
        self._viewer.set_overlay(Overlay("1", vertebrae, OverlayState.CONFIRMED))
        self._viewer.go_to_slice(next(self._slices))
        QApplication.processEvents()

    def change_slices(self, count: int) -> list[float]:
        """From the wish for another slice."""
        return [painted_ms(self._paints, change) for change in self._changes(count)]

    def change_slices_unpainted(self, count: int) -> list[float]:
        """What the wish for another slice takes by itself."""
        return [unpainted_ms(self._paints, change) for change in self._changes(count)]

    def _changes(self, count: int) -> Iterator[Callable[[], None]]:
        go = self._viewer.go_to_slice
        return (partial(go, index) for index in islice(self._slices, count))

    def drag_corner(self, count: int) -> list[float]:
        """From the mouse event."""
        corners = self._scene.corners_mm[self._scene.dragged_level]
        x, y, z = corners[self._scene.corner]
        start = self._viewer.screen_place((x, y, z))
        edited: list[Vertebra] = []
        self._viewer.vertebra_edited.connect(edited.append)
        # The viewer itself goes back to the overlay that it was given.
        taken = drag_durations_ms(
            self._viewer.mouse_area, self._paints, start, count, goes_back=False
        )
        self._viewer.vertebra_edited.disconnect(edited.append)
        if [str(vertebra.level) for vertebra in edited] != [self._scene.dragged_level]:
            raise BenchmarkError("The corner was not dragged.")
        return taken


def main(folder: Path) -> None:
    """Shows the volume, then measures as told."""
    app = QApplication(sys.argv[:1])
    apply_theme(app, Theme.DARK)
    pixels, scene = read_scene(folder)
    viewer = SliceViewer()
    frame = 2 * viewer.layout().contentsMargins().left()
    viewer.resize(VIEW_SIZE[0] + frame, VIEW_SIZE[1] + frame)
    geometry = VolumeGeometry.from_matrix(scene.matrix, pixels.shape)
    viewer.show_volume(pixels, geometry, scene.window)
    first = Paints(viewer.mouse_area)
    viewer.show()
    while not first.count:
        app.processEvents()
    tell_first_paint()
    serve(OurViewer(viewer, scene))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
