"""Tissues: proton density and relaxation times, from which a sequence makes signal.

Times hold at 1.5 T; T1 grows with the field, T2 hardly does (Bottomley et al., Med Phys 11:425,
1984). Between 1.5 and 3 T, T1 of abdominal tissues grew by 21 % on average (de Bazelaire et al.,
Radiology 230:652, 2004): 2 to the power of 0.28; we take 0.3 from 0.3 to 3 T.

Looked up: T2 of discs by grade (below), the two statements above, and de Bazelaire's times at 3 T.
Cited from memory, not checked against the printed tables: de Bazelaire's times at 1.5 T (marrow,
muscle, liver) and those of Stanisz et al., Magn Reson Med 54:507 (2005: cord, cartilage, blood).
Set by us so that ratios of signal agree with real images: every proton density, and what is
called our choice.
"""

from dataclasses import dataclass

import numpy as np

_REFERENCE_FIELD_T = 1.5


@dataclass(frozen=True)
class Tissue:
    """What a small volume of tissue holds.

    Args:
        proton_density: Of its water (or fat, for pure fat); free water is 1.
        t1_ms: Longitudinal relaxation time of the water at 1.5 T.
        t2_ms: Transverse relaxation time, as an echo train sees it.
        fat_share: Share of the volume that is fat, 0 to 1; the rest is as described.
        t1_exponent: T1 grows with the field strength to this power.
    """

    proton_density: float
    t1_ms: float
    t2_ms: float
    fat_share: float = 0.0
    t1_exponent: float = 0.3

    def t1_at(self, field_strength_t: float) -> float:
        """T1 in milliseconds at a field strength in tesla."""
        return float(self.t1_ms * (field_strength_t / _REFERENCE_FIELD_T) ** self.t1_exponent)


FLUID = Tissue(1.0, 4500, 1800, t1_exponent=0.0)
"""Cerebrospinal fluid, nearly water: its T1 doesn't depend on the field."""

FAT = Tissue(0.95, 230, 130, fat_share=1.0, t1_exponent=0.25)
"""T1 so that inversion times in use (140 to 170 ms at 1.5 T) null it; T2 longer than the 60 to 70
ms of single echoes, because echo trains keep fat bright (Henkelman et al., J Magn Reson Imaging
2:533, 1992). T1 grows less than in watery tissue, after Bottomley (from memory)."""

MARROW_WATER = Tissue(0.70, 900, 46)
"""The watery part; T2 of whole L4 marrow is 49 ms (de Bazelaire), T1 our choice."""

MARROW_OEDEMA = Tissue(0.90, 1200, 95)
SCLEROSIS = Tissue(0.30, 900, 25)
"""Oedema and sclerosis of the endplates: our choice, bright and dark on T2, both dark on T1."""

VEIN = Tissue(0.90, 1400, 170)
"""Slow blood: T1 of Stanisz (1441 ms), T2 between those of venous and arterial blood."""

BLOOD_FLOWING = Tissue(0.04, 1400, 150)
"""Blood that leaves the slice between the pulses: next to no signal."""

MUSCLE = Tissue(0.72, 1000, 36)
"""T1 of Stanisz (1008 ms), T2 between 29 (de Bazelaire, 3 T) and 44 ms (Stanisz); density less a
tenth for magnetization transfer in multislice echo trains (Dixon et al., Magn Reson Imaging
8:417, 1990; from memory)."""

CORD = Tissue(0.78, 745, 78)
ROOT = Tissue(0.70, 1000, 66)
LIGAMENT = Tissue(0.22, 900, 22)
CORTEX = Tissue(0.02, 900, 10)
CARTILAGE = Tissue(0.70, 1020, 45)
"""Of endplates and facets: T1 and T2 near those of Stanisz (1024 and 30 ms)."""

BOWEL = Tissue(0.80, 900, 60)
BOWEL_FLUID = Tissue(0.95, 2500, 500)
ORGAN = Tissue(0.80, 750, 55)
"""Between liver (586, 46 ms) and kidney (966, 87 ms; de Bazelaire)."""

SKIN = Tissue(0.60, 800, 35)
GAS = Tissue(0.0, 1000, 10)
AIR = GAS
"""Gas in the bowel and air around the body hold no protons to speak of."""

_HYDRATION = (0.0, 0.2, 0.45, 0.7, 1.0)
_NUCLEUS_T2_MS = (39.0, 43.0, 57.0, 72.0, 115.0)
_NUCLEUS_DENSITY = (0.55, 0.66, 0.72, 0.76, 0.80)
_NUCLEUS_T1_MS = (950.0, 960.0, 1050.0, 1080.0, 1100.0)
_ANNULUS_T2_MS = (34.0, 38.0, 42.0, 45.0, 48.0)
_ANNULUS_DENSITY = 0.60
_ANNULUS_T1_MS = 950.0


def nucleus(hydration: float) -> Tissue:
    """Nucleus pulposus, from black (0) to young (1).

    Maps find a T2 of 108 ms for Pfirrmann grade II and 53 ms for IV, 132 ms in the twenties
    (Marinelli et al., AJNR 31:1278, 2010), grades apart at 117, 93 and 72 ms (Takashima et al.,
    Skeletal Radiol 41:163, 2012). With these a nucleus would be twice as bright beside marrow as in
    turbo spin-echo images of real people, whose pulses saturate bound water. All values are set so
    that the ratios to marrow on T2 and T1 are those of real slices (docs/simulated-cohort.md).

    Args:
        hydration: Clipped to 0 to 1.
    """
    return Tissue(
        float(np.interp(hydration, _HYDRATION, _NUCLEUS_DENSITY)),
        float(np.interp(hydration, _HYDRATION, _NUCLEUS_T1_MS)),
        float(np.interp(hydration, _HYDRATION, _NUCLEUS_T2_MS)),
    )


def annulus(hydration: float) -> Tissue:
    """Inner annulus of a disc of that hydration; the outer one is ligament.

    Its T2 hardly changes (Takashima): we keep it from 34 to 48 ms, darker than the measured 37 to
    62 ms that hold part of the nucleus.
    """
    t2_ms = float(np.interp(hydration, _HYDRATION, _ANNULUS_T2_MS))
    return Tissue(_ANNULUS_DENSITY, _ANNULUS_T1_MS, t2_ms)
