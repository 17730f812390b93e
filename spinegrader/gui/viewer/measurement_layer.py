"""The measurements that the viewer has: shown on their slice, drawn, selected, moved."""

import numpy as np
from PySide6.QtCore import QPointF

from spinegrader.domain.geometry import FloatArray, Point
from spinegrader.gui.viewer.framing import Framing
from spinegrader.gui.viewer.measurement_painter import (
    MeasurementDrawing,
    MeasurementPainter,
    MeasurementPicture,
)
from spinegrader.gui.viewer.measuring import Measurement, MeasurementKind
from spinegrader.gui.viewer.slice_plane import SlicePlane

END_PIXELS = 8.0
LINE_PIXELS = 5.0


class MeasurementLayer:
    """Keeps the painter's picture in step with measurements, slice, framing and pointer."""

    def __init__(self, painter: MeasurementPainter, framing: Framing) -> None:
        self._painter = painter
        self._framing = framing
        self._plane: SlicePlane | None = None
        self._measurements: tuple[Measurement, ...] = ()
        self._selected: int | None = None
        self._hot: tuple[int, int] | None = None
        self._draft: tuple[Point, ...] = ()
        self._draft_kind: MeasurementKind | None = None
        self._is_visible = True

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """All of the series, on whatever slice."""
        return self._measurements

    @property
    def selected(self) -> int | None:
        """Which of them Delete takes away."""
        return self._selected

    def set_measurements(
        self, measurements: tuple[Measurement, ...], selected: int | None = None
    ) -> None:
        """Replaces all of them, and says which is selected."""
        self._measurements, self._selected, self._hot = measurements, selected, None
        self._repaint()

    def replace(self, index: int, measurement: Measurement) -> None:
        """Shows one of them changed."""
        measurements = list(self._measurements)
        measurements[index] = measurement
        self._measurements = tuple(measurements)
        self._repaint()

    def select(self, index: int | None) -> None:
        """Marks one of them, or none."""
        self._selected = index
        self._repaint()

    def set_draft(self, points: tuple[Point, ...], kind: MeasurementKind | None) -> None:
        """What is being drawn: its points so far, and what it will be; None for a plain line."""
        self._draft, self._draft_kind = points, kind
        self._repaint()

    def set_plane(self, plane: SlicePlane | None) -> None:
        """Another slice is on screen."""
        self._plane, self._hot = plane, None
        self._repaint()

    def set_framing(self, framing: Framing) -> None:
        """Another part of the slice is on screen."""
        self._framing = framing
        self._repaint()

    def set_visible(self, visible: bool) -> None:
        """Hidden measurements can't be pointed at either."""
        self._is_visible, self._hot = visible, None
        self._repaint()

    # -- pointing ---------------------------------------------------------------------------

    def hover(self, at: QPointF | None) -> bool:
        """Marks the end under the pointer; says whether there is one."""
        hot = self.end_at(at) if at is not None else None
        if hot != self._hot:
            self._hot = hot
            self._repaint()
        return hot is not None

    def end_at(self, at: QPointF) -> tuple[int, int] | None:
        """Which measurement, and which of its points, lies at a screen place."""
        found: list[tuple[float, tuple[int, int]]] = []
        for index, points in self._shown():
            distances = np.linalg.norm(points - (at.x(), at.y()), axis=1)
            nearest = int(np.argmin(distances))
            found.append((float(distances[nearest]), (index, nearest)))
        best = min(found, default=None)
        return best[1] if best is not None and best[0] <= END_PIXELS else None

    def line_at(self, at: QPointF) -> int | None:
        """Which measurement has a line at a screen place."""
        place = np.asarray((at.x(), at.y()))
        for index, points in self._shown():
            for start, end in zip(points[::2], points[1::2], strict=True):
                if _distance(start, end, place) <= LINE_PIXELS:
                    return index
        return None

    def _shown(self) -> list[tuple[int, FloatArray]]:
        """Those of the slice, with their points on screen."""
        plane = self._plane
        if plane is None or not self._is_visible:
            return []
        return [
            (index, self._framing.to_screen(plane.to_plane(measurement.points_mm)))
            for index, measurement in enumerate(self._measurements)
            if measurement.slice_index == plane.index
        ]

    # -- painting ---------------------------------------------------------------------------

    def _repaint(self) -> None:
        drawings = [
            MeasurementDrawing(
                _points(places),
                self._measurements[index].text,
                selected=index == self._selected,
                hot=self._hot[1] if self._hot is not None and self._hot[0] == index else None,
            )
            for index, places in self._shown()
        ]
        if self._draft and self._plane is not None and self._is_visible:
            places = self._framing.to_screen(self._plane.to_plane(self._draft))
            drawings.append(MeasurementDrawing(_points(places), self._draft_text()))
        picture = MeasurementPicture(self._framing.size, tuple(drawings)) if drawings else None
        self._painter.show_picture(picture)

    def _draft_text(self) -> str:
        kind = self._draft_kind
        if kind is None or self._plane is None or len(self._draft) != kind.point_count:
            return ""
        return Measurement(kind, self._plane.index, self._draft).text


def _points(places: FloatArray) -> tuple[tuple[float, float], ...]:
    return tuple((x, y) for x, y in places.tolist())


def _distance(start: FloatArray, end: FloatArray, place: FloatArray) -> float:
    """Distance of a place from a line segment."""
    along = end - start
    share = float(np.dot(place - start, along)) / max(float(np.dot(along, along)), 1e-12)
    return float(np.linalg.norm(start + along * min(max(share, 0.0), 1.0) - place))
