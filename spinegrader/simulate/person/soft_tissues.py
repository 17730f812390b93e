"""What lies around the spine of a person: fat, muscles, vessels, and how far cord and sac reach.

Looked up: Saifuddin et al., Spine 23:1452 (1998): the cord ends at the lower third of L1, from the
middle of T12 to the upper third of L3, normally distributed; Binokay et al., Acta Radiol 47:397
(2006) and Soleiman et al., Spine 30:1875 (2005): the sac ends at the upper third of S2 on
average, from L5/S1 to S3, and its end goes with the cord's; Chithriki et al., Surg Radiol Anat
24:308 (2002), 441 people: the aorta forks at the body of L4 in 67 %, at L3 in 59 % of those with
a sacralised L5, at L4 or L4/L5 with a lumbarised S1; Tokgoz et al., Korean J Radiol 15:258 (2014):
the cord ends higher in sacralisation and lower in lumbarisation; Si et al., Quant Imaging Med Surg
13:4526 (2023): fat in the multifidus 21 % in women and 16 % in men, in the erector spinae 16 and
12 %, more with age. From memory: Macdonald et al., Surg Radiol Anat 21:299 (1999): the middle third
of S2. Stature and body mass index are round numbers of present-day Europe; thicknesses are set by
eye from ordinary lumbar MR.
"""

from typing import NamedTuple

import numpy as np

from spinegrader.simulate.person.shapes import Sex, SoftTissues, Variant


class _SexMeans(NamedTuple):
    stature_m: float
    stature_sd_m: float
    bmi: float
    bmi_sd: float
    muscle_mm: float
    muscle_fat: float
    fat_mm: float
    belly_mm: float
    psoas_mm: float
    aorta_mm: float


_MEANS: dict[Sex, _SexMeans] = {
    "F": _SexMeans(1.64, 0.065, 25.8, 4.8, 35.0, 0.10, 18.0, 104.0, 15.5, 7.6),
    "M": _SexMeans(1.78, 0.070, 26.8, 4.0, 41.0, 0.07, 13.0, 118.0, 19.5, 8.9),
}

MUSCLE_FAT_PER_YEAR = 0.003
"""Growth of the fat fraction of the back muscles after 20 years: about that of Si et al."""

FORK_MEAN, FORK_SD = 0.40, 0.36
"""About two thirds then fork between the endplates of L4, which take 0 to 0.7."""

CONUS_MEAN, CONUS_SD = 1.55, 0.45
SAC_END_MEAN, SAC_END_SD = 1.35, 0.45
_SAC_WITH_CONUS = 0.3

NUCLEI_SD = 0.33
"""Of the logarithm of young nuclei against marrow: the same grade differs by a factor of 2 to 3
between people on real slices (docs/simulated-cohort.md)."""

_SHIFTS: dict[Variant, tuple[float, float]] = {
    Variant.LUMBARISED: (0.35, 0.25),
    Variant.L6: (0.35, 0.25),
    Variant.SACRALISED: (-0.65, -0.35),
    Variant.FOUR_LUMBAR: (-0.65, -0.2),
    Variant.T13: (-0.3, 0.0),
}
"""How much lower the aorta forks and the cord ends in such people; amounts ours."""


class Physique(NamedTuple):
    """Standing height and weight against it."""

    stature_m: float
    bmi: float


def draw_physique(sex: Sex, size: float, rng: np.random.Generator) -> Physique:
    """Of a person whose bones' size is so many standard deviations from the mean of the sex.

    Stature goes with the size of the vertebrae by a correlation of 0.6 (ours).
    """
    means = _MEANS[sex]
    tall = 0.6 * size + 0.8 * float(np.clip(rng.standard_normal(), -2.2, 2.2))
    # Skewed: there are more very heavy than very light people.
    bmi = means.bmi * float(rng.lognormal(-0.012, means.bmi_sd / means.bmi))
    return Physique(
        round(means.stature_m + means.stature_sd_m * tall, 3),
        round(float(np.clip(bmi, 17.5, 42.0)), 2),
    )


def draw_soft_tissues(
    sex: Sex, physique: Physique, variant: Variant, rng: np.random.Generator
) -> SoftTissues:
    """Fat, muscles, vessels, cord and sac of one person."""
    means = _MEANS[sex]
    heavy = physique.bmi - means.bmi
    scale = physique.stature_m / means.stature_m
    athletic = float(np.clip(rng.standard_normal(), -2.0, 2.0))
    fork_shift, conus_shift = _SHIFTS.get(variant, (0.0, 0.0))
    conus_off = CONUS_SD * float(np.clip(rng.standard_normal(), -2.4, 2.8))
    values = {
        "muscle_mm": (means.muscle_mm + 0.35 * heavy) * scale * (1 + 0.07 * athletic),
        "muscle_fat": means.muscle_fat
        * np.exp(0.03 * heavy - 0.25 * athletic)
        * rng.lognormal(0, 0.25),
        "fat_mm": np.clip(means.fat_mm * np.exp(0.085 * heavy) * rng.lognormal(0, 0.28), 4, 60),
        "belly_mm": np.clip(means.belly_mm + 5.5 * heavy + rng.normal(0, 9), 60, 230),
        "psoas_mm": means.psoas_mm * scale * (1 + 0.08 * athletic) * rng.lognormal(0, 0.06),
        "aorta_mm": means.aorta_mm * rng.lognormal(0, 0.10),
        "aorta_left_mm": rng.normal(9, 2.5),
        "fork_level": rng.normal(FORK_MEAN + fork_shift, FORK_SD),
        "epidural_fat": rng.lognormal(0.012 * heavy, 0.22),
        "conus": np.clip(CONUS_MEAN + conus_shift + conus_off, 0.35, 3.2),
        "sac_end": np.clip(
            rng.normal(SAC_END_MEAN + _SAC_WITH_CONUS * conus_off, SAC_END_SD * 0.95), 0.2, 2.6
        ),
        "roots": rng.lognormal(0, 0.2),
        "nuclei": np.clip(rng.lognormal(0, NUCLEI_SD), 0.5, 1.7),
    }
    return SoftTissues(**{name: round(float(value), 6) for name, value in values.items()})
