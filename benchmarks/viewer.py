"""From the wish for another slice to its paint, in the real viewer."""

import time

from PySide6.QtWidgets import QApplication

from benchmarks.material import LARGE_SERIES, read_project, working_folder
from benchmarks.measuring import BenchmarkError, Row, median, p99
from benchmarks.screen import Paints, offscreen_application
from spinegrader.domain.overlays import Overlay
from spinegrader.imaging.volume import Volume

_SIZE = (1000, 900)


def measure(rounds: int = 1000) -> list[Row]:
    """Steps through 15 slices of 512 x 512 up and down, with and without vertebrae on them.

    Raises:
        BenchmarkError: If a slice was not painted.
    """
    volume, overlay = _series()
    app = offscreen_application()
    rows: list[Row] = []
    for what, shown in (("plain", None), ("with vertebrae and discs", overlay)):
        durations = _measure(app, volume, shown, rounds)
        rows += [
            Row(f"Slice change to paint at 512 x 512 x 15, {what}, {name} of {rounds}", value, "ms")
            for name, value in (("median", median(durations)), ("p99", p99(durations)))
        ]
    return rows


def _series() -> tuple[Volume, Overlay | None]:
    """A simulated T2 series and its vertebrae."""
    from spinegrader.services.images import load_volume

    with working_folder() as folder:
        session = read_project(folder, 1, 0, LARGE_SERIES)
        try:
            series = next(iter(session.state.series.values()))
            return load_volume(session.store, series), session.state.overlay(series.uid)
        finally:
            session.close()


def _measure(
    app: QApplication, volume: Volume, overlay: Overlay | None, rounds: int
) -> list[float]:
    from spinegrader.gui.viewer.slice_viewer import SliceViewer
    from spinegrader.imaging.display import default_window

    viewer = SliceViewer()
    viewer.resize(*_SIZE)
    viewer.show_volume(volume.pixels, volume.geometry, default_window(volume.pixels))
    viewer.set_overlay(overlay)
    viewer.show()
    app.processEvents()
    paints = Paints(viewer.mouse_area)
    durations: list[float] = []
    step = 1
    for _ in range(rounds):
        if not 0 <= viewer.current_slice + step < len(volume.pixels):
            step = -step
        before = paints.count
        start = time.perf_counter()
        viewer.step_slice(step)
        app.processEvents()
        durations.append(1000 * (time.perf_counter() - start))
        if paints.count == before:
            raise BenchmarkError("A slice was not painted.")
    viewer.close()
    return durations
