"""The volume and outlines that viewers are measured on, kept in a folder for other processes."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.measuring import BenchmarkError
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.overlays import Overlay
from spinegrader.imaging.volume import Volume

_PIXELS, _SCENE = "pixels.npy", "scene.json"
VIEW_SIZE = (996, 896)
"""Logical pixels of the area that shows the image, of every viewer."""


@dataclass(frozen=True)
class Scene:
    """All but the pixels, as plain content.

    Args:
        matrix: From (column, row, slice) to patient millimetres, 4 x 4.
        window: Values shown black and white.
        first_slice, last_slice: Between them, every slice shows all the outlines.
        corners_mm: Of the bodies, by the name of their level.
        outlines: Bodies, then discs: points as (row, column).
        dragged: Which outline's corner is dragged; a body.
        corner: Which of its corners.
    """

    matrix: list[list[float]]
    window: tuple[float, float]
    first_slice: int
    last_slice: int
    corners_mm: dict[str, list[list[float]]]
    outlines: list[list[list[float]]]
    dragged: int
    corner: int = 1

    @property
    def dragged_level(self) -> str:
        """The level of the body whose corner is dragged."""
        return list(self.corners_mm)[self.dragged]


def keep_scene(folder: Path, volume: Volume, overlay: Overlay, window: tuple[float, float]) -> None:
    """Writes a volume with its outlines into a folder, which is made.

    Raises:
        BenchmarkError: If no slices show the whole overlay.
    """
    from spinegrader.gui.viewer.shapes import shapes_on_slice

    geometry = volume.geometry
    whole = len(overlay.vertebrae) + len(overlay.discs)
    shown = [shapes_on_slice(overlay, geometry, i) for i in range(geometry.shape[0])]
    full = [i for i, s in enumerate(shown) if len(s.vertebrae) + len(s.discs) == whole]
    if len(full) < 2:
        raise BenchmarkError("No two slices show the whole overlay.")
    outlines = [vertebra.corners_mm for vertebra in overlay.vertebrae]
    outlines += [disc.outline_mm for disc in overlay.discs]
    scene = Scene(
        geometry.matrix.tolist(),
        window,
        full[0],
        full[-1],
        {str(item.level): np.asarray(item.corners_mm).tolist() for item in overlay.vertebrae},
        [geometry.to_index(np.asarray(points))[:, [1, 0]].tolist() for points in outlines],
        len(overlay.vertebrae) // 2,
    )
    folder.mkdir()
    np.save(folder / _PIXELS, volume.pixels)
    (folder / _SCENE).write_text(json.dumps(asdict(scene)), encoding="ascii")


def read_scene(folder: Path) -> tuple[npt.NDArray[Any], Scene]:
    """The pixels, shape (slices, rows, columns), and the rest."""
    content = json.loads((folder / _SCENE).read_text(encoding="ascii"))
    content["window"] = tuple(content["window"])
    return np.load(folder / _PIXELS), Scene(**content)


def enlarged(volume: Volume, factors: tuple[int, int, int]) -> Volume:
    """The same place with more slices, rows and columns, interpolated linearly."""
    from scipy.ndimage import zoom

    pixels = zoom(volume.pixels, factors, order=1, mode="nearest", grid_mode=True)
    # An index i of the small volume is (i' + 0.5) / factor - 0.5 of the large one's i'.
    finer = np.eye(4)
    for axis, factor in enumerate(reversed(factors)):
        finer[axis, axis] = 1 / factor
        finer[axis, 3] = 0.5 / factor - 0.5
    geometry = VolumeGeometry.from_matrix(volume.geometry.matrix @ finer, pixels.shape)
    return Volume(pixels, geometry)
