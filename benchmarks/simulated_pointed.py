"""Real T2 slices of younger people on other scanners, whose bodies were pointed at by hand.

Those with masks are mostly worn; these add grades 1 and 2, and Siemens Aera, Symphony and Skyra
and Philips Ingenia of 3 T. Two bodies were pointed at in each picture, the program proposed the
rest, and the proposals were looked at. Discs are what lies between the bodies; no canal is known.
"""

import csv
import re
from pathlib import Path

import numpy as np

from benchmarks.simulated_material import UPWARD, MidSlice, filled, slice_geometry
from benchmarks.simulated_spider import pfirrmann_upward, read_pixels
from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import FloatArray, as_point
from spinegrader.domain.overlays import Overlay
from spinegrader.imaging.proposal import propose_between
from spinegrader.imaging.volume import Volume

_L1, _T12 = VertebraLevel.L1, VertebraLevel.T12
_PLACES: dict[str, tuple[VertebraLevel, tuple[int, int], tuple[int, int]]] = {
    "190": (_T12, (592, 171), (518, 722)),
    "64": (_L1, (607, 171), (548, 684)),
    "232": (_L1, (418, 209), (408, 707)),
    "12": (_L1, (413, 151), (362, 663)),
    "112": (_L1, (520, 122), (429, 599)),
    "233": (_L1, (707, 235), (594, 704)),
    "173": (_L1, (592, 120), (541, 666)),
    "144": (_L1, (467, 156), (398, 658)),
    "96": (_L1, (566, 286), (564, 773)),
    "56": (_L1, (480, 227), (431, 704)),
    "250": (_L1, (543, 250), (518, 732)),
    "225": (_L1, (640, 158), (594, 730)),
    "222": (_L1, (526, 263), (526, 750)),
    "213": (_L1, (541, 163), (449, 684)),
}
"""By patient: a level, the place of that body and of L5, in thousandths of width and height."""


def pointed_slices(folder: Path, weighting: str) -> list[MidSlice]:
    """The slices with their bodies, their discs and no canal.

    Args:
        folder: Of SPIDER.
        weighting: ``T2`` or ``T1``; both have one field of view, so that the places hold for both.
    """
    ending = weighting.lower()
    grades = pfirrmann_upward(folder)
    with (folder / "overview.csv").open(encoding="utf-8") as file:
        spacings = {row["new_file_name"]: row["PixelSpacing"] for row in csv.DictReader(file)}
    return [
        _pointed_slice(
            name,
            read_pixels(folder / "midslices" / f"{name}_{ending}.png").astype(np.float64),
            float(re.findall(r"[\d.]+", spacings[f"{name}_{ending}"])[0]),
            grades[name],
        )
        for name in _PLACES
    ]


def _pointed_slice(
    name: str, pixels: FloatArray, pixel_mm: float, grades: list[int | None]
) -> MidSlice:
    geometry = slice_geometry(pixels.shape, (pixel_mm, pixel_mm))
    level, first, last = _PLACES[name]
    size = np.asarray((pixels.shape[1], pixels.shape[0]))
    top, bottom = (
        as_point(geometry.to_mm((*(np.asarray(place) / 1000 * size), 0.0)))
        for place in (first, last)
    )
    volume = Volume(pixels[None], geometry)
    bodies = propose_between(volume, (level, top), (VertebraLevel.L5, bottom))
    overlay = Overlay(name, bodies)
    upward = [*reversed(bodies)]
    graded = dict(zip(UPWARD, grades, strict=False))
    discs = {
        disc.level.upper: filled(geometry, disc.outline_mm) for disc in reversed(overlay.discs)
    }
    return MidSlice(
        name,
        pixels,
        (pixel_mm, pixel_mm),
        {body.level: filled(geometry, body.corners_mm) for body in upward},
        discs,
        np.zeros(pixels.shape, dtype=bool),
        overlay,
        {level: grade for level, grade in graded.items() if grade is not None and level in discs},
    )
