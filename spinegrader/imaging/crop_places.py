"""From a crop back to its series: where each crop pixel was cut, so that a map can be laid over."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.geometry import FloatArray, VolumeGeometry
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.imaging.crops import CropFrame, Shape, disc_frame, vertebra_frame
from spinegrader.imaging.sampling import bilinear


@dataclass(frozen=True)
class CropPlace:
    """Where a crop lies in its series, in reading orientation; plain data.

    Args:
        shape: Slices, rows and columns of the crop.
        frame: Its middle, direction and the size of its pixels.
        series_spacing_mm: Of the series: between columns, rows and slices.
    """

    shape: Shape
    frame: CropFrame
    series_spacing_mm: tuple[float, float, float]

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Of the crop: between slices, rows and columns."""
        return self.series_spacing_mm[2], self.frame.pixel_mm, self.frame.pixel_mm

    def to_series(self, places: npt.ArrayLike) -> FloatArray:
        """Crop places to places in the series.

        Args:
            places: (..., 3), slice, row and column of the crop; fractions count from centres.

        Returns:
            (..., 3), slice, row and column of the series; may lie outside the images.
        """
        slices, down, right = np.moveaxis(np.asarray(places, np.float64), -1, 0)
        step = slices - self.shape[0] // 2
        right_mm = (right - (self.shape[2] - 1) / 2) * self.frame.pixel_mm
        down_mm = (down - (self.shape[1] - 1) / 2) * self.frame.pixel_mm
        cosine, sine = self.frame.across
        column = (right_mm * cosine - down_mm * sine) / self.series_spacing_mm[0]
        row = (right_mm * sine + down_mm * cosine) / self.series_spacing_mm[1]
        return np.stack(
            [
                self.frame.slice_index + step,
                self.frame.centre[1] + row + step * self.frame.drift[1],
                self.frame.centre[0] + column + step * self.frame.drift[0],
            ],
            axis=-1,
        )

    def to_crop(self, places: npt.ArrayLike) -> FloatArray:
        """Places in the series to places in the crop; the inverse of :meth:`to_series`."""
        slices, rows, columns = np.moveaxis(np.asarray(places, np.float64), -1, 0)
        step = slices - self.frame.slice_index
        across = columns - self.frame.centre[0] - step * self.frame.drift[0]
        along = rows - self.frame.centre[1] - step * self.frame.drift[1]
        column_mm, row_mm = across * self.series_spacing_mm[0], along * self.series_spacing_mm[1]
        cosine, sine = self.frame.across
        right_mm, down_mm = column_mm * cosine + row_mm * sine, row_mm * cosine - column_mm * sine
        return np.stack(
            [
                step + self.shape[0] // 2,
                down_mm / self.frame.pixel_mm + (self.shape[1] - 1) / 2,
                right_mm / self.frame.pixel_mm + (self.shape[2] - 1) / 2,
            ],
            axis=-1,
        )

    def slice_image(
        self, values: npt.NDArray[np.floating], slice_index: int, size: tuple[int, int]
    ) -> npt.NDArray[np.float32]:
        """A map of the crop as an image that lies right on a slice of the series.

        Args:
            values: The map, in the crop's shape.
            slice_index: Of the series.
            size: Rows and columns of the series.

        Returns:
            (rows, columns), zero beside the crop.
        """
        rows, columns = size
        shown: npt.NDArray[np.float32] = np.zeros(size, np.float32)
        own = slice_index - self.frame.slice_index + self.shape[0] // 2
        if not 0 <= own < self.shape[0]:
            return shown
        grid = np.stack(np.broadcast_arrays(slice_index, *np.mgrid[:rows, :columns]), axis=-1)
        places = self.to_crop(grid)
        index = np.full(size, own, np.intp)
        shown[:] = bilinear(np.asarray(values), index, places[..., 2], places[..., 1])
        return shown


def disc_place(
    geometry: VolumeGeometry, overlay: Overlay, disc_level: DiscLevel, shape: Shape
) -> CropPlace:
    """Where a disc's volume was cut out of a series.

    Args:
        geometry: Of the series, in reading orientation.
        overlay: Drawn on it.
        disc_level: Which disc.
        shape: Of the volume.

    Raises:
        InputError: If there is no such disc or it lies outside the images.
    """
    return CropPlace(shape, disc_frame(geometry, overlay, disc_level, shape), geometry.spacing_mm)


def vertebra_place(geometry: VolumeGeometry, vertebra: Vertebra, shape: Shape) -> CropPlace:
    """Where a vertebra's volume was cut out of a series.

    Args:
        geometry: Of the series, in reading orientation.
        vertebra: Drawn on it.
        shape: Of the volume.

    Raises:
        InputError: If it lies outside the images.
    """
    return CropPlace(shape, vertebra_frame(geometry, vertebra, shape), geometry.spacing_mm)
