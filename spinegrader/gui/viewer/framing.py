"""Which part of a slice is on screen, and how large.

Plane coordinates are millimetres (across, down) from the centre of the slice's first pixel;
screen coordinates are logical pixels (right, down) from the view's top left corner.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from spinegrader.domain.geometry import FloatArray


@dataclass(frozen=True)
class Extent:
    """A rectangle of the plane, in millimetres."""

    left: float
    top: float
    width: float
    height: float

    @classmethod
    def around(cls, points_mm: npt.ArrayLike, margin_mm: float = 0.0) -> "Extent":
        """The smallest one that holds points, shape (n, 2), with a margin on all sides."""
        points = np.asarray(points_mm, dtype=np.float64)
        left, top = points.min(axis=0) - margin_mm
        right, bottom = points.max(axis=0) + margin_mm
        return cls(float(left), float(top), float(right - left), float(bottom - top))

    def holds(self, points_mm: npt.ArrayLike, margin_mm: float = 0.0) -> bool:
        """Whether all points, shape (n, 2), lie in it or no further beyond than a margin."""
        points = np.asarray(points_mm, dtype=np.float64)
        first, last = points.min(axis=0) + margin_mm, points.max(axis=0) - margin_mm
        is_behind = first[0] >= self.left and first[1] >= self.top
        return bool(is_behind and last[0] <= self.right and last[1] <= self.bottom)

    @property
    def centre(self) -> tuple[float, float]:
        """Its middle."""
        return self.left + self.width / 2, self.top + self.height / 2

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top + self.height


@dataclass(frozen=True)
class Framing:
    """A view onto the plane; a value, replaced when the reader pans or zooms.

    Args:
        centre_mm: The place of the plane in the middle of the view.
        pixels_per_mm: Logical screen pixels per millimetre, the same across and down.
        size: Width and height of the view, logical pixels.
    """

    centre_mm: tuple[float, float]
    pixels_per_mm: float
    size: tuple[float, float]

    @classmethod
    def fitting(cls, extent: Extent, size: tuple[float, float]) -> "Framing":
        """The one that shows all of an extent as large as it goes."""
        scale = min(size[0] / extent.width, size[1] / extent.height)
        return cls(extent.centre, max(scale, 1e-6), size)

    @property
    def visible(self) -> Extent:
        """The part of the plane that is on screen."""
        width, height = (length / self.pixels_per_mm for length in self.size)
        return Extent(self.centre_mm[0] - width / 2, self.centre_mm[1] - height / 2, width, height)

    def to_screen(self, plane_mm: npt.ArrayLike) -> FloatArray:
        """Maps places of the plane, shape (..., 2), to the screen."""
        points = np.asarray(plane_mm, dtype=np.float64)
        return (points - self.centre_mm) * self.pixels_per_mm + np.asarray(self.size) / 2

    def to_plane(self, screen: npt.ArrayLike) -> FloatArray:
        """Maps places of the screen, shape (..., 2), to the plane."""
        points = np.asarray(screen, dtype=np.float64)
        return (points - np.asarray(self.size) / 2) / self.pixels_per_mm + self.centre_mm

    def inside(self, screen: tuple[float, float]) -> tuple[float, float]:
        """The place of the view nearest to one of the screen."""
        width, height = self.size
        return min(max(screen[0], 0.0), width), min(max(screen[1], 0.0), height)

    def panned(self, right: float, down: float) -> "Framing":
        """The image shifted by screen pixels."""
        x, y = self.centre_mm
        return self.centred((x - right / self.pixels_per_mm, y - down / self.pixels_per_mm))

    def centred(self, place_mm: tuple[float, float]) -> "Framing":
        """The same magnification with another place in the middle."""
        return replace(self, centre_mm=place_mm)

    def scaled_to(self, pixels_per_mm: float, at: tuple[float, float]) -> "Framing":
        """Another magnification; what lies under the screen place ``at`` stays there."""
        fixed = self.to_plane(at)
        other = replace(self, pixels_per_mm=pixels_per_mm)
        drift = fixed - other.to_plane(at)
        return other.centred(
            (other.centre_mm[0] + float(drift[0]), other.centre_mm[1] + float(drift[1]))
        )

    def resized(self, size: tuple[float, float]) -> "Framing":
        """The same middle and magnification in a view of another size."""
        return replace(self, size=size)

    def kept_within(self, extent: Extent) -> "Framing":
        """The middle held inside an extent, so that the image can't be lost."""
        x = min(max(self.centre_mm[0], extent.left), extent.right)
        y = min(max(self.centre_mm[1], extent.top), extent.bottom)
        return self.centred((x, y))

    def showing(self, extent: Extent) -> "Framing":
        """Shifted no further than needed to have an extent on screen, as far as it fits."""
        seen = self.visible
        x, y = self.centre_mm
        return self.centred(
            (
                x + _shift(extent.left, extent.right, seen.left, seen.right),
                y + _shift(extent.top, extent.bottom, seen.top, seen.bottom),
            )
        )

    def close_up(self, target: Extent, surroundings: Extent, least_width: float) -> "Framing":
        """A target in the middle, zoomed no more than needed.

        Args:
            target: What is looked at.
            surroundings: What should be seen with it: zooms out until they fit.
            least_width: Logical pixels that the target should be wide: zooms in until it is.
        """
        # The surroundings may reach further on one side of the target than on the other.
        x, y = target.centre
        half_width = max(x - surroundings.left, surroundings.right - x)
        half_height = max(y - surroundings.top, surroundings.bottom - y)
        largest = min(self.size[0] / half_width, self.size[1] / half_height) / 2
        least = min(least_width / target.width, largest)
        scale = min(max(self.pixels_per_mm, least), largest)
        return replace(self, centre_mm=target.centre, pixels_per_mm=scale)


def _shift(low: float, high: float, seen_low: float, seen_high: float) -> float:
    """How far a window must move along one axis to hold an interval, or its middle."""
    if high - low > seen_high - seen_low:
        return (low + high - seen_low - seen_high) / 2
    if low < seen_low:
        return low - seen_low
    return max(high - seen_high, 0.0)
