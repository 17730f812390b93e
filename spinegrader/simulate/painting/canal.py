"""The spinal canal: how deep the dural sac is at each height, and its painting.

Sac, cord and roots follow the back walls of the bodies. The cord ends at the person's conus
(mean at L1/L2: Saifuddin et al., Spine 23:1452, 1998), the sac at S2.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import ndimage

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import FloatArray
from spinegrader.simulate.painting.canvas import Canvas, Field, Region, coverage, length
from spinegrader.simulate.person.spine import PlacedDisc, Spine
from spinegrader.simulate.scanner.tissues import CORD, FAT, FLUID, LIGAMENT, ROOT, Protocol

HALF_WIDTH_MM = 11.5
"""Of the bony canal."""

_SAC_HALF_WIDTH_MM = 8.5
_FAT_BEHIND_MM = 1.3
_DISC_REACH_MM = 4.5
_USUAL_DEPTH_MM = 14.5
_ROOT_SHARE = 0.30
"""Share of a usual sac that roots take up; it grows as the sac narrows."""

_CORD_RADIUS_MM = 4.3
_CONUS_LENGTH_MM = 24.0


@dataclass(frozen=True, eq=False)
class SpinalCanal:
    """The canal of one spine; depths are measured at a right angle to the back wall."""

    spine: Spine

    @cached_property
    def cosine(self) -> FloatArray:
        """Of the slope of the back wall, at the spine's heights."""
        slope = np.gradient(self.spine.back_wall, self.spine.heights_mm)
        return np.asarray(1 / np.sqrt(1 + slope**2))

    @cached_property
    def depth(self) -> FloatArray:
        """Of the bony canal, millimetres, at the spine's heights."""
        bodies = self.spine.bodies
        heads = np.array([body.centre[1] for body in bodies])
        order = np.argsort(heads)
        depths = np.asarray(self.spine.person.canal_depths_mm)
        return np.asarray(np.interp(self.spine.heights_mm, heads[order], depths[order]))

    @cached_property
    def front(self) -> FloatArray:
        """Front of the sac behind the bodies' back walls, millimetres, at the spine's heights."""
        heights = self.spine.heights_mm
        top_of_sacrum = float(self.spine.body(VertebraLevel.S1).corners[1, 1])
        # Fat lies between the sac and the last lumbar disc and the sacrum.
        behind_fat = 1.2 + 2.6 / (1 + np.exp((heights - top_of_sacrum - 8) / 6))
        edge = behind_fat.copy()
        for disc in self.spine.discs:
            if disc.level is not None:
                reach = disc.state.bulge_mm * self._near(disc)
                edge = np.maximum(edge, reach + 0.6 + (behind_fat - 1.2) * 0.3)
        return edge

    @cached_property
    def back(self) -> FloatArray:
        """Back of the sac behind the bodies' back walls, millimetres, at the spine's heights."""
        edge = self.depth - _FAT_BEHIND_MM
        for disc in self.spine.discs:
            edge = edge - disc.state.flavum_mm * self._near(disc, 6.0)
        end = float(self.spine.body(VertebraLevel.S2).centre[1])
        # The sac tapers to its end within the sacrum.
        closing = np.clip((self.spine.heights_mm - end) / 45.0, 0, 1) ** 0.5
        return np.asarray(self.front + (edge - self.front) * closing)

    def _near(self, disc: PlacedDisc, reach_mm: float = _DISC_REACH_MM) -> FloatArray:
        """1 at the height of the disc's back edge, falling off above and below."""
        head = disc.centre[1] + np.sin(disc.tilt_rad) * disc.depth_mm / 2
        reach = max(reach_mm, disc.height_mm / 2)
        return np.asarray(np.exp(-(((self.spine.heights_mm - head) / reach) ** 2)))

    def sac_depth_mm(self, disc: PlacedDisc) -> float:
        """Depth of the sac in the mid-plane at the back edge of a disc."""
        head = float(disc.centre[1] + np.sin(disc.tilt_rad) * disc.depth_mm / 2)
        return self.spine.profile(self.back - self.front).at(head)

    @cached_property
    def conus_head_mm(self) -> float:
        """Height of the cord's end."""
        names = (VertebraLevel.T12, VertebraLevel.L1, VertebraLevel.L2, VertebraLevel.L3)
        tops = [float(self.spine.body(name).corners[1, 1]) for name in names]
        return float(np.interp(self.spine.person.conus, range(len(tops)), tops))

    @cached_property
    def cord_radius(self) -> FloatArray:
        """Of the cord, millimetres, at the spine's heights; it tapers to 0 at the conus."""
        above = (self.spine.heights_mm - self.conus_head_mm) / _CONUS_LENGTH_MM
        return np.asarray(_CORD_RADIUS_MM * np.clip(above, 0, 1) ** 0.6)


def paint_canal(
    canvas: Canvas, canal: SpinalCanal, protocol: Protocol, rng: np.random.Generator
) -> None:
    """Paints the canal's fat, ligaments, sac, cord and roots; discs and bodies come after."""
    spine = canal.spine
    lowest = (float(spine.back_wall.min()) - 8, float(spine.heights_mm[0]))
    highest = (float(spine.back_wall.max()) + 30, float(spine.heights_mm[-1]))
    region = canvas.around(lowest, highest)
    if region is None:
        return
    wall, cosine = spine.profile(spine.back_wall), spine.profile(canal.cosine)
    behind = (region.back - wall(region.head)) * cosine(region.head)
    aside = np.abs(region.left) / np.float32(HALF_WIDTH_MM)
    depth = spine.profile(canal.depth)(region.head)
    narrow = np.minimum(behind + 4, depth - behind)
    bony = np.minimum(narrow, (1 - aside) * np.float32(HALF_WIDTH_MM))
    region.fill(bony, protocol.signal(FAT) * np.float32(0.75))
    _paint_flavum(region, canal, behind, depth, protocol)
    # The posterior longitudinal ligament and the dura in front of the sac.
    front = spine.profile(canal.front)(region.head)
    ligament = np.minimum(
        np.minimum(behind + 1.5, np.float32(0.7) - behind), 9 - np.abs(region.left)
    )
    region.fill(ligament, protocol.signal(LIGAMENT) * np.float32(0.5))
    _paint_sac(region, canal, behind, front, protocol, rng)


def _paint_flavum(
    region: Region, canal: SpinalCanal, behind: Field, depth: Field, protocol: Protocol
) -> None:
    """The thickened ligaments between the laminae, behind the sac at the discs."""
    thick = np.maximum(canal.depth - _FAT_BEHIND_MM - canal.back, 0)
    thick[canal.spine.heights_mm < canal.spine.body(VertebraLevel.S1).centre[1]] = 0
    edge = canal.spine.profile(thick)(region.head)
    inside = np.minimum(depth + 1 - behind, behind - (depth - np.float32(0.6) - edge))
    region.fill(
        np.minimum(inside, 10 - np.abs(region.left)), protocol.signal(LIGAMENT) * np.float32(1.6)
    )


def _paint_sac(
    region: Region,
    canal: SpinalCanal,
    behind: Field,
    front: Field,
    protocol: Protocol,
    rng: np.random.Generator,
) -> None:
    spine = canal.spine
    back = spine.profile(canal.back)(region.head)
    half = np.maximum((back - front) / 2, np.float32(0.05))
    across = (behind - front - half) / half
    aside = region.left / np.float32(_SAC_HALF_WIDTH_MM)
    radius = np.sqrt(across * across + aside * aside)
    sac = (1 - radius) * half
    region.fill(
        np.minimum(sac + np.float32(0.8), 2 * half - 2), protocol.signal(LIGAMENT) * np.float32(0.5)
    )
    region.fill(np.minimum(sac, 2 * half - 2), protocol.signal(FLUID))
    inside = coverage(np.minimum(sac - np.float32(0.4), half - 1), region.edge_mm)
    cord_radius = spine.profile(canal.cord_radius)(region.head)
    cord_place = front + np.float32(0.42) * (back - front)
    cord = cord_radius - length(behind - cord_place, region.left / np.float32(1.15))
    roots = _roots(region, canal, across, aside, half, rng) * inside
    region.paint(roots * (1 - np.clip(cord_radius - 2, 0, 1)), protocol.signal(ROOT))
    region.paint(coverage(cord, region.edge_mm) * inside, protocol.signal(CORD))


def _roots(
    region: Region,
    canal: SpinalCanal,
    across: Field,
    aside: Field,
    half: Field,
    rng: np.random.Generator,
) -> Field:
    """Share of nerve roots: strands along the canal that sink to the back of the lying person."""
    strands = ndimage.gaussian_filter(rng.standard_normal((40, 40)), 1.0, mode="wrap")
    strands = (strands / strands.std()).astype(np.float32)
    rows = np.clip(((across + 1) * 19.5).astype(np.int32), 0, 39)
    columns = np.clip(((aside + 1) * 19.5).astype(np.int32), 0, 39)
    crowding = np.clip(np.float32(_USUAL_DEPTH_MM / 2) / half, 0.5, 2.5) ** np.float32(2.5)
    below_sacrum = canal.spine.body(VertebraLevel.S1).corners[1, 1]
    fewer = np.clip((region.head - np.float32(below_sacrum - 50)) / 90, 0.15, 1)
    mean = np.float32(_ROOT_SHARE) * crowding * fewer * (1 + np.float32(0.9) * across)
    return np.asarray(
        np.clip(mean + np.float32(0.16) * fewer * strands[rows, columns], 0, 0.97),
        dtype=np.float32,
    )
