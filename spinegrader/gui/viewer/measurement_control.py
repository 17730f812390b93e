"""What the mouse does in the modes that take points: measuring, and adding a vertebra."""

from PySide6.QtCore import QObject, QPointF, Signal

from spinegrader.domain.geometry import Point
from spinegrader.gui.viewer.image_canvas import ImageCanvas
from spinegrader.gui.viewer.measurement_layer import MeasurementLayer
from spinegrader.gui.viewer.measuring import Measurement, MeasurementKind
from spinegrader.gui.viewer.mouse import ViewerMode
from spinegrader.gui.viewer.slice_plane import SlicePlane

_KINDS = {
    ViewerMode.DISTANCE: MeasurementKind.DISTANCE,
    ViewerMode.ANGLE: MeasurementKind.ANGLE,
    ViewerMode.ADD: None,
}
_VERTEBRA_POINTS = 2

POINT_MODES = frozenset(_KINDS)
"""The modes in which clicks and drags set points."""


class MeasurementControl(QObject):
    """Collects points until a measurement, or the middle line of a vertebra, is whole.

    Points are set by clicks, or two at once by a drag from the first to the second.
    """

    measurements_changed = Signal()
    vertebra_placed = Signal(object, object)

    def __init__(self, canvas: ImageCanvas, layer: MeasurementLayer) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._layer = layer
        self._mode = ViewerMode.BROWSE
        self._plane: SlicePlane | None = None
        self._points: tuple[Point, ...] = ()

    @property
    def is_drawing(self) -> bool:
        """Whether a point is set and another one waited for."""
        return bool(self._points)

    @property
    def is_second_point(self) -> bool:
        """Whether the point that comes next ends a line."""
        return len(self._points) % 2 == 1

    def set_mode(self, mode: ViewerMode) -> None:
        """Says what points are for; what was begun is dropped."""
        self._mode = mode
        self.drop_draft()

    def set_plane(self, plane: SlicePlane | None) -> None:
        """Another slice is on screen; what was begun on the old one is dropped."""
        self._plane = plane
        self.drop_draft()
        self._layer.set_plane(plane)

    def drop_draft(self) -> bool:
        """Forgets the points set so far; says whether there were any."""
        had_some = self.is_drawing
        self._set_points(())
        return had_some

    def remove_selected(self) -> bool:
        """Takes the selected measurement away; says whether there was one."""
        index = self._layer.selected
        if index is None:
            return False
        left = [item for i, item in enumerate(self._layer.measurements) if i != index]
        self._layer.set_measurements(tuple(left))
        self.measurements_changed.emit()
        return True

    # -- points -----------------------------------------------------------------------------

    def place_at(self, at: QPointF) -> Point | None:
        """The place in the patient under a screen place; None beside the image."""
        if self._plane is None:
            return None
        plane_mm = self._canvas.framing.to_plane((at.x(), at.y()))
        on_image = self._plane.pixel_at(plane_mm) is not None
        return self._plane.to_patient(plane_mm) if on_image else None

    def add_point(self, at: QPointF) -> bool:
        """Sets a point; the last one makes the whole. Says whether it lies on the image."""
        place = self.place_at(at)
        if place is None or self._plane is None:
            return False
        points = (*self._points, place)
        kind = _KINDS[self._mode]
        if len(points) < (_VERTEBRA_POINTS if kind is None else kind.point_count):
            self._set_points(points)
            return True
        self._set_points(())
        if kind is None:
            self.vertebra_placed.emit(*points)
        else:
            found = (*self._layer.measurements, Measurement(kind, self._plane.index, points))
            self._layer.set_measurements(found, selected=len(found) - 1)
            self.measurements_changed.emit()
        return True

    def take_back_point(self) -> None:
        """Forgets the point that was set last."""
        self._set_points(self._points[:-1])

    def preview(self, at: QPointF) -> None:
        """Draws what was begun as if the next point were set here."""
        place = self.place_at(at)
        if self._points and place is not None:
            self._layer.set_draft((*self._points, place), _KINDS[self._mode])

    def _set_points(self, points: tuple[Point, ...]) -> None:
        self._points = points
        self._layer.set_draft(points, _KINDS.get(self._mode))


class DrawDrag:
    """A drag from one point of a line to the other."""

    def __init__(self, control: MeasurementControl, at: QPointF) -> None:
        self._control = control
        self._at = at
        # After a click, a drag only brings the point that is missing.
        self._began = not control.is_second_point and control.add_point(at)

    def moved(self, start: QPointF, now: QPointF) -> None:
        """Draws the line as far as the pointer."""
        del start
        self._at = now
        self._control.preview(now)

    def ended(self, *, keep: bool) -> None:
        """Sets the second point; cancelled, or beside the image, the first one goes too."""
        ended = keep and self._control.is_drawing and self._control.add_point(self._at)
        if self._began and not ended:
            self._control.take_back_point()


class EndDrag:
    """An end of a measurement follows the pointer."""

    def __init__(
        self, control: MeasurementControl, layer: MeasurementLayer, end: tuple[int, int]
    ) -> None:
        self._control = control
        self._layer = layer
        self._index, self._point = end
        self._before = layer.measurements[self._index]
        layer.select(self._index)

    def moved(self, start: QPointF, now: QPointF) -> None:
        """Moves the end; beside the image it stays where it was."""
        del start
        place = self._control.place_at(now)
        if place is not None:
            self._layer.replace(self._index, self._before.with_point(self._point, place))

    def ended(self, *, keep: bool) -> None:
        """Tells of the change, or takes it back."""
        if not keep:
            self._layer.replace(self._index, self._before)
        elif self._layer.measurements[self._index] != self._before:
            self._control.measurements_changed.emit()
