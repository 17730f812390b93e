"""Sizes of bodies, discs and canal in a labelled slice, millimetres."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from benchmarks.simulated_material import MidSlice
from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.measures import MeasuringPlane, disc_height, lumbar_lordosis_degrees
from spinegrader.errors import InputError

SHOWN_DISCS = ("T12/L1", "L1/L2", "L2/L3", "L3/L4", "L4/L5", "L5/S1")
SHOWN_BODIES = ("T12", "L1", "L2", "L3", "L4", "L5")

_ROWS_BESIDE_MM = 2.0

Sizes = dict[str, list[float]]
"""Values by what they are: ``L4/L5 height``, ``L4 depth``, ``lordosis`` …; one a person."""


def sizes_of(slices: Iterable[MidSlice]) -> Sizes:
    """Everything that can be measured in these slices.

    Heights of discs are the means of front and back between fitted endplates, as the program
    measures them; the canal's depth is taken along the rows at the middle of a body.
    """
    found: Sizes = defaultdict(list)
    for slice_ in slices:
        plane = MeasuringPlane.of(slice_.volume.geometry)
        for level, (upper, lower) in slice_.overlay.spaces.items():
            disc = slice_.overlay.disc(level)
            if disc is None:
                continue
            try:
                height = disc_height(disc, upper, lower, plane)
            except InputError:
                continue
            found[f"{level} height"].append(height.mean_mm)
            found[f"{level} wedge"].append(height.anterior_mm - height.posterior_mm)
        for body in slice_.overlay.vertebrae:
            if body.level is not VertebraLevel.S1:
                found[f"{body.level} depth"].append(body.depth_mm)
                found[f"{body.level} height"].append(body.height_mm)
                found[f"{body.level} height/depth"].append(body.height_mm / body.depth_mm)
        for name in slice_.bodies:
            found[f"{name} canal"].append(_canal_depth_mm(slice_, name))
        lordosis = lumbar_lordosis_degrees(slice_.overlay, plane)
        if lordosis is not None:
            found["lordosis"].append(lordosis)
    return found


def _canal_depth_mm(slice_: MidSlice, level: VertebraLevel) -> float:
    row_mm, column_mm = slice_.pixel_mm
    row, near = round(slice_.bodies[level].centre[0]), round(_ROWS_BESIDE_MM / row_mm)
    rows = slice_.canal[max(row - near, 0) : row + near + 1]
    return float(np.median(rows.sum(axis=1)) * column_mm)
