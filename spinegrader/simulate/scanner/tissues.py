"""Tissues and the signal that a spin-echo sequence makes of them.

Relaxation times at 1.5 T: marrow, muscle and subcutaneous fat after de Bazelaire et al.,
Radiology 230:652 (2004); cord and cartilage after Stanisz et al., Magn Reson Med 54:507 (2005).
Fat is given a longer T2 than measured by single echoes, because echo trains keep it bright
(Henkelman et al., J Magn Reson Imaging 2:533, 1992). T2 of the nucleus by Pfirrmann grade lies
between Marinelli et al., AJNR 31:1278 (2010), and Takashima et al., Skeletal Radiol 41:163 (2012).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Signal = npt.NDArray[np.float32]
"""T1- and T2-weighted signal, shape (2,) or (2, …); 1 is pure, fully relaxed water."""


@dataclass(frozen=True)
class Tissue:
    """Proton density (water is 1) and relaxation times in milliseconds."""

    proton_density: float
    t1_ms: float
    t2_ms: float


@dataclass(frozen=True)
class Sequence:
    """A (turbo) spin-echo sequence: its name and timing in milliseconds."""

    weighting: str
    repetition_time_ms: float
    echo_time_ms: float
    echo_train_length: int

    def signal(self, tissue: Tissue) -> float:
        """PD (1 - exp(-TR / T1)) exp(-TE / T2)."""
        recovered = 1 - np.exp(-self.repetition_time_ms / tissue.t1_ms)
        return float(tissue.proton_density * recovered * np.exp(-self.echo_time_ms / tissue.t2_ms))


FLUID = Tissue(1.0, 4000, 2000)
FAT = Tissue(0.95, 343, 130)
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

_STAGES = (1.0, 2.0, 3.0, 4.0, 5.0)
_NUCLEUS_T2_MS = (160.0, 112.0, 80.0, 55.0, 40.0)
_NUCLEUS_DENSITY = (1.0, 0.95, 0.86, 0.75, 0.55)
_ANNULUS_T2_MS = (46.0, 44.0, 41.0, 38.0, 34.0)


def nucleus(stage: float) -> Tissue:
    """Nucleus of a disc of that stage (see degeneration)."""
    return Tissue(
        float(np.interp(stage, _STAGES, _NUCLEUS_DENSITY)),
        1050,
        float(np.interp(stage, _STAGES, _NUCLEUS_T2_MS)),
    )


def annulus(stage: float) -> Tissue:
    """Inner annulus of a disc of that stage; the outer one is ligament."""
    return Tissue(0.62, 950, float(np.interp(stage, _STAGES, _ANNULUS_T2_MS)))


@dataclass(frozen=True)
class Protocol:
    """The two sequences of a visit, which share one geometry."""

    t1: Sequence
    t2: Sequence

    def signal(self, tissue: Tissue) -> Signal:
        """T1- and T2-weighted signal of a tissue, shape (2,)."""
        return np.array([self.t1.signal(tissue), self.t2.signal(tissue)], dtype=np.float32)


def draw_protocol(rng: np.random.Generator) -> Protocol:
    """Timings as scanners are set to, a little different at each visit."""
    return Protocol(
        t1=Sequence("T1", float(round(rng.uniform(480, 620))), float(round(rng.uniform(8, 13))), 3),
        t2=Sequence(
            "T2", float(round(rng.uniform(3000, 4000))), float(round(rng.uniform(98, 115))), 15
        ),
    )
