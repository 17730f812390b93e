"""Masks of one series moved onto another of the same patient, registered in the plane."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk  # noqa: N813 - its usual name

_AROUND_MM = 8.0
"""How far beyond vertebrae, discs and canal the two series are compared."""

_BINS = 32
_ROUNDS = 120


@dataclass(frozen=True)
class Registered:
    """Labels on the grid of another series.

    Args:
        labels: Shape (rows, columns) of that series.
        information: What both slices say of one another, Mattes' mutual information in nats.
        moved_mm: Length of the shift found.
        turned_degrees: Angle of the turn found.
    """

    labels: npt.NDArray[np.uint8]
    information: float
    moved_mm: float
    turned_degrees: float


def labels_on(
    fixed: npt.NDArray[Any],
    fixed_mm: float,
    moving: npt.NDArray[Any],
    labels: npt.NDArray[Any],
    moving_mm: float,
) -> Registered:
    """Moves the labels of the best fitting slice of a stack onto a single slice.

    The two were taken in one session, so that a turn and a shift are enough (Mattes et al., IEEE
    Trans Med Imaging 2003;22:120). The slice is chosen after a first fit of the middle one.

    Args:
        fixed: The single slice, shape (rows, columns).
        fixed_mm: Side of its square pixels.
        moving: The stack, shape (slices, rows, columns).
        labels: Likewise, 0 for nothing.
        moving_mm: Side of its square pixels.
    """
    slices = range(len(moving))
    middle = len(moving) // 2
    first, _ = _fit(fixed, fixed_mm, moving[middle], labels[middle], moving_mm)
    scores = [_information(fixed, fixed_mm, moving[i], labels[i], moving_mm, first) for i in slices]
    best = int(np.argmax(scores))
    transform, information = _fit(fixed, fixed_mm, moving[best], labels[best], moving_mm, first)
    moved = sitk.Resample(
        _image(labels[best], moving_mm, np.uint8), _image(fixed, fixed_mm), transform,
        sitk.sitkNearestNeighbor, 0,
    )  # fmt: skip
    angle, *shift = transform.GetParameters()
    return Registered(
        np.asarray(sitk.GetArrayFromImage(moved), dtype=np.uint8),
        information,
        float(np.hypot(*shift)),
        float(np.degrees(angle)),
    )


def _image(pixels: npt.NDArray[Any], pixel_mm: float, kind: type = np.float32) -> sitk.Image:
    """A picture with its middle at the origin."""
    image = sitk.GetImageFromArray(np.asarray(pixels, dtype=kind))
    image.SetSpacing((pixel_mm, pixel_mm))
    image.SetOrigin([-(size - 1) * pixel_mm / 2 for size in image.GetSize()])
    return image


def _method(moving_labels: npt.NDArray[Any], moving_mm: float) -> sitk.ImageRegistrationMethod:
    from scipy import ndimage

    near = ndimage.distance_transform_edt(moving_labels == 0, sampling=moving_mm) < _AROUND_MM
    method = sitk.ImageRegistrationMethod()
    method.SetNumberOfThreads(1)
    method.SetMetricAsMattesMutualInformation(_BINS)
    method.SetMetricMovingMask(_image(near, moving_mm, np.uint8))
    method.SetMetricSamplingStrategy(method.REGULAR)
    method.SetMetricSamplingPercentage(0.5)
    method.SetInterpolator(sitk.sitkLinear)
    return method


def _fit(
    fixed: npt.NDArray[Any],
    fixed_mm: float,
    moving: npt.NDArray[Any],
    labels: npt.NDArray[Any],
    moving_mm: float,
    start: sitk.Euler2DTransform | None = None,
) -> tuple[sitk.Euler2DTransform, float]:
    method = _method(labels, moving_mm)
    method.SetOptimizerAsRegularStepGradientDescent(2.0, 0.01, _ROUNDS)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel([4, 2] if start is None else [2, 1])
    method.SetSmoothingSigmasPerLevel([2.0, 1.0] if start is None else [1.0, 0.5])
    method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
    method.SetInitialTransform(sitk.Euler2DTransform(start or sitk.Euler2DTransform()), False)
    transform = method.Execute(_image(fixed, fixed_mm), _image(moving, moving_mm))
    found = sitk.CompositeTransform(transform).GetBackTransform()
    return sitk.Euler2DTransform(found), -float(method.GetMetricValue())


def _information(
    fixed: npt.NDArray[Any],
    fixed_mm: float,
    moving: npt.NDArray[Any],
    labels: npt.NDArray[Any],
    moving_mm: float,
    transform: sitk.Euler2DTransform,
) -> float:
    method = _method(labels, moving_mm)
    method.SetInitialTransform(transform, False)
    return -float(method.MetricEvaluate(_image(fixed, fixed_mm), _image(moving, moving_mm)))
