"""A plate of mid-sagittal slices, simulated ones alone or beside real ones, to be looked at.

``python -m benchmarks.simulated_plate FOLDER`` writes into a folder that git should ignore:
``simulated.png`` (T2 above, T1 below), and where the real images are here ``beside.png`` (real
above, simulated below) and ``blind.png`` with ``blind.txt``, which says which is which. Only the
first may be passed on with the project.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.measuring import BenchmarkError
from benchmarks.simulated_material import MidSlice
from benchmarks.simulated_people import simulated_people
from benchmarks.simulated_pointed import pointed_slices
from benchmarks.simulated_spider import real_folder, tse_slices
from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import FloatArray
from spinegrader.simulate.scanner.config import AcquisitionConfig

_COLUMNS = 4
_SIZE_MM = (250.0, 180.0)
_STEP_MM = 0.7
_BLACK, _WHITE = 1.0, 98.5
"""Percentiles of what is shown; the same for all."""

_BACK_SHARE = 0.52
"""Where the middle body lies from front to back."""

Tile = npt.NDArray[np.uint8]


def main() -> None:
    """Makes the plates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--first", type=int, default=0, help="leave out so many simulated people")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    people = [*simulated_people(chosen.first + _COLUMNS, AcquisitionConfig(slices=3))]
    people = people[chosen.first :]
    ours = {name: [tile(person.slices[name]) for person in people] for name in ("T2", "T1")}
    _write(chosen.folder / "simulated.png", [ours["T2"], ours["T1"]])
    try:
        folder = real_folder()
    except BenchmarkError as error:
        print(error)
        return
    masked = tse_slices(folder)
    half = _COLUMNS // 2
    theirs = {
        name: [tile(item) for item in (*pointed_slices(folder, name)[:half], *slices[:half])]
        for name, slices in masked.items()
    }
    _write(chosen.folder / "beside.png", [theirs["T2"], ours["T2"], theirs["T1"], ours["T1"]])
    _write_blind(chosen.folder, theirs["T2"], ours["T2"])


def tile(slice_: MidSlice) -> Tile:
    """A slice around its L3, at one size and window for all."""
    from scipy import ndimage

    body = slice_.bodies[VertebraLevel.L3]
    centre = np.multiply(body.centre, slice_.pixel_mm)
    height, width = _SIZE_MM
    down = np.arange(0, height, _STEP_MM) + centre[0] - height / 2
    right = np.arange(0, width, _STEP_MM) + centre[1] - _BACK_SHARE * width
    rows, columns = np.meshgrid(
        down / slice_.pixel_mm[0], right / slice_.pixel_mm[1], indexing="ij"
    )
    picture: FloatArray = ndimage.map_coordinates(slice_.pixels, (rows, columns), order=1)
    low, high = np.percentile(picture, (_BLACK, _WHITE))
    return np.asarray(np.clip((picture - low) / (high - low), 0, 1) * 255, dtype=np.uint8)


def _write(path: Path, rows: Sequence[Sequence[Tile]]) -> None:
    import SimpleITK as sitk  # noqa: N813 - its usual name

    plate = np.vstack([np.hstack(list(tiles)) for tiles in rows])
    sitk.WriteImage(sitk.GetImageFromArray(plate), str(path))


def _write_blind(folder: Path, real: Sequence[Tile], simulated: Sequence[Tile]) -> None:
    """Both in an order that differs each time."""
    named = [*((item, "real") for item in real), *((item, "simulated") for item in simulated)]
    order = np.random.default_rng().permutation(len(named))
    shuffled = [named[i] for i in order]
    rows = [shuffled[start : start + _COLUMNS] for start in range(0, len(shuffled), _COLUMNS)]
    _write(folder / "blind.png", [[item for item, _ in row] for row in rows])
    key = [" ".join(name for _, name in row) for row in rows]
    (folder / "blind.txt").write_text("\n".join(key) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
