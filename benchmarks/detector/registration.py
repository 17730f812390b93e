"""A stack laid onto a single slice of another series of the same session, in the plane.

By mutual information (Mattes et al., IEEE Trans Med Imaging 2003;22:120), from several starts and
with every slice of the stack; the best wins.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK

from spinegrader.domain.geometry import FloatArray

sitk: Any = SimpleITK  # it has no types

_BINS = 32
_COARSE, _FINE = ([6, 3], [3.0, 1.5]), ([2, 1], [1.0, 0.5])
"""Shrink factors and smoothing, millimetres, level by level."""

_SHIFTS_MM = (-24.0, 0.0, 24.0)


@dataclass(frozen=True, eq=False)
class Laid:
    """A slice of the stack laid onto the single slice.

    Args:
        number: Of the slice of the stack.
        matrix: 2 x 3, (x, y) millimetres in the single slice to those in the stack's.
        information: What both slices say of one another, nats.
    """

    number: int
    matrix: FloatArray
    information: float

    @property
    def turned_degrees(self) -> float:
        """Angle of the turn."""
        return float(np.degrees(np.arctan2(self.matrix[1, 0], self.matrix[0, 0])))

    def to_stack(self, places_mm: FloatArray) -> FloatArray:
        """Places in the single slice, shape (..., 2), to places in the stack's slice."""
        return np.asarray(places_mm @ self.matrix[:, :2].T + self.matrix[:, 2])

    def to_single(self, places_mm: FloatArray) -> FloatArray:
        """Places in the stack's slice, shape (..., 2), to places in the single slice."""
        back = np.linalg.inv(self.matrix[:, :2])
        return np.asarray((places_mm - self.matrix[:, 2]) @ back.T)


@dataclass(frozen=True, eq=False)
class Pictures:
    """What is laid onto one another.

    Args:
        single: The single slice, shape (rows, columns).
        single_mm: From row to row and from column to column.
        stack: Shape (slices, rows, columns).
        near: Where the stack is compared, likewise.
        stack_mm: From row to row and from column to column.
    """

    single: npt.NDArray[Any]
    single_mm: tuple[float, float]
    stack: npt.NDArray[Any]
    near: npt.NDArray[np.bool_]
    stack_mm: tuple[float, float]


def laid_onto(pictures: Pictures) -> Laid:
    """The best of all slices, turned and shifted alone.

    The starts are tried on the middle slice, every slice then from the best of them.
    """
    start = _best(_coarse(pictures))
    return _best(_fitted(pictures, i, start[1], _FINE) for i in range(len(pictures.stack)))[0]


def _best(found: Iterable[tuple[Laid, Any]]) -> Any:  # noqa: ANN401 - a pair
    return max(found, key=lambda item: item[0].information)


def _coarse(pictures: Pictures) -> list[tuple[Laid, Any]]:
    found = []
    middle = len(pictures.stack) // 2
    single = _middle(pictures.single.shape, pictures.single_mm)
    stack = _middle(pictures.stack.shape[1:], pictures.stack_mm)
    for shift_mm in _SHIFTS_MM:
        start = sitk.Euler2DTransform()
        start.SetCenter(single.tolist())
        start.SetTranslation((stack - single + (0.0, shift_mm)).tolist())
        found.append(_fitted(pictures, middle, start, _COARSE))
    return found


def _middle(shape: tuple[int, ...], spacing_mm: tuple[float, float]) -> FloatArray:
    return np.asarray([(shape[1] - 1) / 2 * spacing_mm[1], (shape[0] - 1) / 2 * spacing_mm[0]])


def _fitted(
    pictures: Pictures,
    number: int,
    start: Any,  # noqa: ANN401 - it has no types
    levels: tuple[list[int], list[float]],
) -> tuple[Laid, Any]:
    method = sitk.ImageRegistrationMethod()
    method.SetNumberOfThreads(1)
    method.SetMetricAsMattesMutualInformation(_BINS)
    method.SetMetricMovingMask(_image(pictures.near[number], pictures.stack_mm, np.uint8))
    method.SetMetricSamplingStrategy(method.REGULAR)
    method.SetMetricSamplingPercentage(0.5)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(2.0, 0.01, 100)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel(levels[0])
    method.SetSmoothingSigmasPerLevel(levels[1])
    method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
    transform = sitk.Euler2DTransform(start)
    method.SetInitialTransform(transform, True)
    method.Execute(
        _image(pictures.single, pictures.single_mm),
        _image(pictures.stack[number], pictures.stack_mm),
    )
    return Laid(number, _matrix(transform), -float(method.GetMetricValue())), transform


def _matrix(transform: Any) -> FloatArray:  # noqa: ANN401 - it has no types
    origin = np.asarray(transform.TransformPoint((0.0, 0.0)))
    x, y = (np.asarray(transform.TransformPoint(place)) for place in ((1.0, 0.0), (0.0, 1.0)))
    return np.column_stack([x - origin, y - origin, origin])


def _image(
    pixels: npt.NDArray[Any], spacing_mm: tuple[float, float], kind: type = np.float32
) -> Any:  # noqa: ANN401 - it has no types
    """A picture with its first pixel at the origin."""
    image = sitk.GetImageFromArray(np.asarray(pixels, dtype=kind))
    image.SetSpacing((spacing_mm[1], spacing_mm[0]))
    return image
