"""People whose discs alone are simulated, for the tests of this folder."""

from functools import cache

import numpy as np

from spinegrader.simulate.ageing.draw import draw_courses
from spinegrader.simulate.ageing.grades import grades_of, latent_of
from spinegrader.simulate.ageing.process import disc_state
from spinegrader.simulate.ageing.states import DiscState, EndplateState, Herniation, HerniationKind

LEVELS = ("T11", "T12", "L1", "L2", "L3", "L4", "L5", "S1", "S2", "")
GRADED = LEVELS[1:7]
HEIGHT_MM, DEPTH_MM = 10.0, 35.0

YOUNG = DiscState(
    stage=1.0,
    hydration=1.0,
    border=1.0,
    cleft=0.0,
    fissure=0.0,
    vacuum=0.0,
    height_share=1.0,
    bulge_mm=0.0,
    herniation=Herniation(HerniationKind.NONE),
    flavum_mm=0.0,
    facet_mm=0.0,
    slip_mm=0.0,
    osteophyte_mm=0.0,
    upper=EndplateState(),
    lower=EndplateState(),
)


@cache
def courses(number):
    sex = "FM"[number % 2]
    return draw_courses(LEVELS, np.random.default_rng([5, number]), sex=sex)


def age_of(number):
    return 22 + 56 * (number * 0.618034 % 1)


def measures(state, sac_mm=12.0):
    """Depth of the sac, roughly, and the other measures that grading needs."""
    reach = state.herniation.reach_mm if abs(state.herniation.left_mm) < 6 else 0.0
    return {
        "sac_depth_mm": sac_mm - 0.7 * state.bulge_mm - reach - 0.8 * state.flavum_mm,
        "disc_height_mm": HEIGHT_MM * state.height_share,
        "depth_mm": DEPTH_MM,
    }


def graded(number, age_years=None):
    """Continuous values and true grades of the graded discs, by the vertebra above."""
    age = age_of(number) if age_years is None else age_years
    found = {}
    for level, course in zip(LEVELS, courses(number), strict=True):
        if level in GRADED:
            state = disc_state(course, age)
            found[level] = (
                latent_of(state, **measures(state)),
                grades_of(state, **measures(state)),
            )
    return found
