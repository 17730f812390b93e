"""napari with the same volume and outlines, as a process that measures itself.

napari is a peer only: nothing of it is part of the program.
"""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import napari
import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from benchmarks.measuring import BenchmarkError
from benchmarks.screen import back_and_forth, drag_durations_ms, painted_ms, unpainted_ms
from benchmarks.viewer_scene import VIEW_SIZE, Scene, read_scene
from benchmarks.viewer_subject import serve, tell_first_paint


class Draws:
    """Counts how often the canvas was drawn."""

    def __init__(self, scene_canvas: Any) -> None:  # noqa: ANN401 - vispy is untyped
        self.count = 0
        scene_canvas.events.draw.connect(self._count, position="last")

    def _count(self, _: object) -> None:
        self.count += 1


class Napari:
    """Its window with an image layer and, over it, a shapes layer in which corners are moved."""

    def __init__(self, viewer: napari.Viewer, scene: Scene, draws: Draws) -> None:
        self._viewer = viewer
        self._scene = scene
        self._draws = draws
        self._changes = 0
        self._canvas = viewer.window._qt_viewer.canvas
        self._slices: Iterator[int] = back_and_forth(scene.first_slice, scene.last_slice)

    def draw_outlines(self) -> None:
        """Unfilled polygons that lie on every slice; their corners can be dragged at once."""
        shapes = self._viewer.add_shapes(
            [np.asarray(outline) for outline in self._scene.outlines],
            shape_type="polygon",
            edge_color="#f2e3bd",
            edge_width=1.5,
            face_color="transparent",
        )
        self._viewer.dims.set_current_step(0, next(self._slices))
        shapes.mode = "direct"
        # Corners can be dragged where the body is selected, as after a click on it.
        shapes.selected_data = {self._scene.dragged}
        shapes.events.data.connect(self._count_change)
        QApplication.processEvents()

    def change_slices(self, count: int) -> list[float]:
        """From the wish for another slice."""
        return [painted_ms(self._draws, change) for change in self._changes_of_slice(count)]

    def change_slices_unpainted(self, count: int) -> list[float]:
        """What the wish for another slice takes by itself."""
        return [unpainted_ms(self._draws, change) for change in self._changes_of_slice(count)]

    def _changes_of_slice(self, count: int) -> Iterator[Callable[[], None]]:
        go = self._viewer.dims.set_current_step
        return (partial(go, 0, index) for index in islice(self._slices, count))

    def drag_corner(self, count: int) -> list[float]:
        """From the mouse event."""
        row, column = self._scene.outlines[self._scene.dragged][self._scene.corner]
        self._changes = 0
        taken = drag_durations_ms(
            self._canvas.native,
            self._draws,
            self._screen_place(row, column),
            count,
            goes_back=True,
        )
        if self._changes != 1:
            raise BenchmarkError("The corner was not dragged.")
        return taken

    def _count_change(self, event: Any) -> None:  # noqa: ANN401 - napari's events are untyped
        self._changes += event.action == "changed"

    def _screen_place(self, row: float, column: float) -> QPointF:
        """Where a place of the slice stands in the canvas, from its own (affine) mapping."""
        mapped = [
            np.asarray(self._canvas._map_canvas2world(place, self._canvas.view))[-2:]
            for place in ((0, 0), (1, 0), (0, 1))
        ]
        origin = mapped[0]
        steps = np.stack([mapped[1] - origin, mapped[2] - origin], axis=1)
        x, y = np.linalg.solve(steps, np.array([row, column]) - origin)
        return QPointF(float(x), float(y))


def main(folder: Path) -> None:
    """Shows the volume, then measures as told."""
    pixels, scene = read_scene(folder)
    viewer = napari.Viewer(show=False)
    viewer.add_image(pixels, contrast_limits=scene.window)
    canvas = viewer.window._qt_viewer.canvas
    canvas.native.setFixedSize(*VIEW_SIZE)
    draws = Draws(canvas._scene_canvas)
    viewer.show()
    viewer.reset_view()
    while not draws.count:
        QApplication.processEvents()
    tell_first_paint()
    serve(Napari(viewer, scene, draws))
    viewer.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
