"""The spinal canal of one spine: how deep bone and dural sac are at each height.

Sac, cord and roots follow the back walls of the bodies. The cord ends at the person's conus
(mean at L1/L2: Saifuddin et al., Spine 23:1452, 1998), the sac within the sacrum (mean at S2:
Macdonald et al., Spine 24:1763, 1999).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import FloatArray
from spinegrader.simulate.ageing.states import HerniationKind
from spinegrader.simulate.person.spine import PlacedDisc, Spine

_FAT_BEHIND_MM = 0.9
_LOWER_FAT_MM = 1.4
_FAT_PAD_MM = 4.5
_PAD_INTO_SAC = 0.25
"""Thickness of the fat behind the sac around L4; of the pad between two laminae, in the mid-plane,
and the part of it by which the sac gives way; set to the depths of real sacs and by eye."""

_VEINS_MM = 1.1
"""Thickness of the veins in front of the sac behind a body's middle; set by eye."""

_STEP_SHARE = 0.5
"""Part of a slip by which the canal narrows at the disc; set by eye."""

_DISC_REACH_MM = 4.5
_CORD_RADIUS_MM = 4.3
_CONUS_LENGTH_MM = 26.0


@dataclass(frozen=True, eq=False)
class SpinalCanal:
    """The canal of one spine; depths are measured at a right angle to the back wall."""

    spine: Spine

    @cached_property
    def cosine(self) -> FloatArray:
        """Of the slope of the back wall, at the spine's heights."""
        slope = np.gradient(self.spine.back_wall, self.spine.heights_mm)
        return np.asarray(1 / np.sqrt(1 + slope**2))

    def _along(self, values: FloatArray) -> FloatArray:
        """Values of the bodies, interpolated at the spine's heights."""
        heads = np.array([body.centre[1] for body in self.spine.bodies])
        order = np.argsort(heads)
        return np.asarray(np.interp(self.spine.heights_mm, heads[order], values[order]))

    @cached_property
    def depth(self) -> FloatArray:
        """Of the bony canal, millimetres, at the spine's heights."""
        return self._along(np.array([body.shape.canal_depth for body in self.spine.bodies]))

    @cached_property
    def half_width(self) -> FloatArray:
        """Of the bony canal, from its middle to a pedicle, at the spine's heights."""
        return self._along(np.array([body.shape.canal_width for body in self.spine.bodies])) / 2

    @cached_property
    def sacrum_head_mm(self) -> float:
        """Height of the back corner of S1's endplate."""
        return float(self.spine.sacrum.corners[1, 1])

    @cached_property
    def front(self) -> FloatArray:
        """Front of the sac behind the bodies' back walls, millimetres, at the spine's heights."""
        heights = self.spine.heights_mm
        fat = self.spine.person.soft.epidural_fat
        # Fat lies between the sac and the last lumbar disc and the sacrum.
        edge = 0.8 + 2.2 * fat / (1 + np.exp((heights - self.sacrum_head_mm + 2) / 5))
        for body in self.spine.bodies:
            if not body.shape.is_sacral:
                edge = edge + _VEINS_MM * np.exp(-(((heights - body.centre[1]) / 7) ** 2))
        for disc in self.spine.discs:
            if disc.level is not None:
                edge = np.maximum(edge, (disc.state.bulge_mm + 0.5) * self._near(disc))
        return np.asarray(edge)

    @cached_property
    def back(self) -> FloatArray:
        """Back of the sac behind the bodies' back walls, millimetres, at the spine's heights."""
        edge = self.depth - _FAT_BEHIND_MM - self._lower_fat
        edge = edge - _PAD_INTO_SAC * self.pad
        for disc in self.spine.discs:
            thick = disc.state.flavum_mm + 0.5 * disc.state.facet_mm + _step_mm(disc)
            edge = edge - thick * self._near(disc, 8.0)
        end = self._sac_end_head_mm
        # The sac tapers to its end within the sacrum.
        closing = np.clip((self.spine.heights_mm - end) / 45.0, 0, 1) ** 0.5
        return np.asarray(self.front + (edge - self.front) * closing)

    @cached_property
    def _lower_fat(self) -> FloatArray:
        """The fat behind the sac is thickest at the last but one lumbar vertebra."""
        index = max(self.spine.person.first_sacral - 2, 0)
        away = (self.spine.heights_mm - self.spine.bodies[index].centre[1]) / 32
        return np.asarray(_LOWER_FAT_MM * self.spine.person.soft.epidural_fat * np.exp(-(away**2)))

    @cached_property
    def _pads(self) -> FloatArray:
        """Thickness of the fat pad at each disc as a share of the mean, the person's own."""
        rng = np.random.default_rng([self.spine.person.detail_seed, 2])
        return np.minimum(rng.lognormal(0, 0.35, len(self.spine.discs)), 1.6)

    @cached_property
    def pad(self) -> FloatArray:
        """Thickness of the fat between the laminae, behind the canal, at the spine's heights."""
        total = np.zeros_like(self.spine.heights_mm)
        for index, disc in enumerate(self.spine.discs):
            total += _FAT_PAD_MM * self._pad_share(index) * self._near(disc, 7.0)
        return total * self.spine.person.soft.epidural_fat

    def _pad_share(self, index: int) -> float:
        """Fat gives way where the canal is narrow; there is little above L1 and at the sacrum."""
        state = self.spine.discs[index].state
        room = np.interp(state.bulge_mm + state.flavum_mm, (0.0, 6.0), (1.0, 0.25))
        above, below = self.spine.bodies[index].shape, self.spine.bodies[index + 1].shape
        little = above.is_thoracic or below.is_sacral
        return float(room * self._pads[index]) * (0.3 if little else 1.0)

    def _near(self, disc: PlacedDisc, reach_mm: float = _DISC_REACH_MM) -> FloatArray:
        """1 at the height of the disc's back edge, falling off above and below."""
        head = disc.centre[1] + np.sin(disc.tilt_rad) * disc.depth_mm / 2
        reach = max(reach_mm, disc.height_mm / 2)
        return np.asarray(np.exp(-(((self.spine.heights_mm - head) / reach) ** 2)))

    @cached_property
    def _sac_end_head_mm(self) -> float:
        """Height of the sac's end, counted in bodies below the top of S1."""
        return self.spine.head_below(VertebraLevel.S1, self.spine.person.soft.sac_end)

    @cached_property
    def conus_head_mm(self) -> float:
        """Height of the cord's end, counted in bodies below the top of T12."""
        return self.spine.head_below(VertebraLevel.T12, self.spine.person.soft.conus)

    @cached_property
    def cord_radius(self) -> FloatArray:
        """Of the cord, millimetres, at the spine's heights; it tapers to 0 at the conus."""
        above = (self.spine.heights_mm - self.conus_head_mm) / _CONUS_LENGTH_MM
        return np.asarray(_CORD_RADIUS_MM * np.clip(above, 0, 1) ** 0.6)

    def sac_depth_mm(self, disc: PlacedDisc) -> float:
        """Depth of the sac in the mid-plane at the back edge of a disc."""
        head = float(disc.centre[1] + np.sin(disc.tilt_rad) * disc.depth_mm / 2)
        sac = self.spine.profile(self.back - self.front).at(head)
        herniation = disc.state.herniation
        if herniation.kind <= HerniationKind.BULGE:
            return sac
        aside = herniation.left_mm / herniation.half_width_mm
        return max(sac - herniation.reach_mm * float(np.sqrt(max(1 - aside**2, 0))), 0.5)


def _step_mm(disc: PlacedDisc) -> float:
    """How far a slip moves the arch above into the canal; a broken arch stays and widens it."""
    return -_STEP_SHARE * disc.state.slip_mm * (1.0 if disc.state.arch_stays else -1.0)
