"""Tissues and the signal that a spin-echo sequence makes of them.

Relaxation times at 1.5 T: marrow, muscle and subcutaneous fat after de Bazelaire et al.,
Radiology 230:652 (2004); cord and cartilage after Stanisz et al., Magn Reson Med 54:507 (2005).
Fat is given a longer T2 than measured by single echoes, because echo trains keep it bright
(Henkelman et al., J Magn Reson Imaging 2:533, 1992). T2 of the nucleus by Pfirrmann grade lies
between Marinelli et al., AJNR 31:1278 (2010), and Takashima et al., Skeletal Radiol 41:163 (2012).
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Tissue:
    """Proton density (water is 1), relaxation times at 1.5 T in milliseconds, share of fat."""

    proton_density: float
    t1_ms: float
    t2_ms: float
    fat_share: float = 0.0

    def t1_at(self, field_strength_t: float) -> float:
        """T1 grows with the cube root of the field (Bottomley et al., Med Phys 11:425, 1984)."""
        return self.t1_ms * (field_strength_t / 1.5) ** (1 / 3)


FLUID = Tissue(1.0, 4000, 2000)
FAT = Tissue(0.95, 343, 130, fat_share=1.0)
MARROW_WATER = Tissue(0.70, 900, 46)
MARROW_OEDEMA = Tissue(0.90, 1200, 95)
VEIN = Tissue(0.90, 1300, 170)
MUSCLE = Tissue(0.80, 860, 36)
CORD = Tissue(0.78, 745, 78)
ROOT = Tissue(0.75, 850, 66)
LIGAMENT = Tissue(0.25, 900, 22)
CORTEX = Tissue(0.02, 900, 10)
BLOOD_FLOWING = Tissue(0.04, 1400, 150)
BOWEL = Tissue(0.85, 900, 62)
SKIN = Tissue(0.6, 800, 35)
SCLEROSIS = Tissue(0.35, 900, 25)
CARTILAGE = Tissue(0.75, 1050, 55)
BOWEL_FLUID = Tissue(0.9, 1800, 180)
ORGAN = Tissue(0.8, 650, 50)
GAS = Tissue(0.0, 1000, 10)
AIR = GAS


def nucleus(hydration: float) -> Tissue:
    """Nucleus of a disc, from young (1) to black (0)."""
    return Tissue(
        float(np.interp(hydration, (0, 1), (0.55, 1.0))),
        1050,
        float(np.interp(hydration, (0, 0.2, 0.45, 0.7, 1.0), (40, 55, 80, 112, 160))),
    )


def annulus(hydration: float) -> Tissue:
    """Inner annulus of a disc, likewise; the outer one is ligament."""
    return Tissue(0.62, 950, float(np.interp(hydration, (0, 1), (34, 46))))
