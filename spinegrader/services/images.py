"""Pixels of the project's series, as volumes."""

from spinegrader.domain.study import Series
from spinegrader.imaging.volume import Volume
from spinegrader.store.project import ProjectStore


def load_volume(store: ProjectStore, series: Series, stack: int = 0) -> Volume:
    """Reads the pixels of one stack of a series; may be called from any thread.

    Raises:
        ProjectError: If the pixel file is missing or damaged.
    """
    pixels, geometry = store.read_pixels(series.stacks[stack].pixels)
    return Volume(pixels, geometry)
