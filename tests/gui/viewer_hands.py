"""What several tests of the viewer ask of it."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF

from spinegrader.domain.geometry import FloatArray, Point, VolumeGeometry, as_point
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.gui.viewer.slice_viewer import SliceViewer


def screen_scale(viewer: SliceViewer, geometry: VolumeGeometry) -> float:
    """Logical pixels per millimetre, measured on screen."""
    start = viewer.screen_place(as_point(geometry.to_mm((0, 0, 0))))
    end = viewer.screen_place(as_point(geometry.to_mm((100, 0, 0))))
    return (end.x() - start.x()) / (100 * geometry.spacing_mm[0])


def shift_mm(
    viewer: SliceViewer, geometry: VolumeGeometry, right: float, down: float
) -> FloatArray:
    """A shift on screen as a shift in the patient, shape (3,), written out from the affine."""
    columns = np.asarray(geometry.matrix)[:3, :2]
    units = columns / np.linalg.norm(columns, axis=0)
    return units @ np.array([right, down]) / screen_scale(viewer, geometry)


def corners_on_screen(viewer: SliceViewer, vertebra: Vertebra) -> list[QPointF]:
    """Its four corners in the mouse area."""
    return [viewer.screen_place(corner) for corner in vertebra.corners_mm]


def middle(points: Sequence[QPointF]) -> QPointF:
    """Mean of screen places."""
    return QPointF(
        sum(point.x() for point in points) / len(points),
        sum(point.y() for point in points) / len(points),
    )


def centre(thing: object) -> Point:
    """The centre of a disc or vertebra as a place."""
    return as_point(thing.centre_mm)  # type: ignore[attr-defined]
