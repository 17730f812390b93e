"""The hidden process that drives a disc: wear in age, level and person.

Every disc has one hidden stage on the continuous scale 1 to 5 of Pfirrmann et al., Spine 26:1873
(2001). It only ever grows: with age, at a pace of the person and of the disc, and by a step after
an injury that some discs suffer. The pace is log-normal, so the share of discs beyond a stage
follows a normal curve in the logarithm of time; its numbers stand in ``draw.py``.
"""

import math
from dataclasses import dataclass

from spinegrader.simulate.ageing.curves import decayed

_STAGE_START = 0.85
_STAGE_SPAN = 4.6
_STEEPNESS = 1.8
"""Of the stage in the logarithm of wear. These three are our choice: with them a disc that is of
stage 2.5 at 40 years is of stage 3.5 at 54 and of stage 4.5 at 69."""

_EARLIEST_AGE_YEARS = -30.0
_UNIT_AGE_YEARS = 40.0
_AGE_POWER = 2.0
"""Wear grows as the square of the age and 30 years more, 1 at 40: our choice, which lets the curve
of prevalence by age be as flat as it is (see ``draw.py``)."""

_FADING_YEARS = (18.0, 68.0)
_FADING = 1.0
_SHARPNESS = 8
"""Even a disc that never wears fades with age: by about 65 it is of stage 1.85. Our choice, as real
discs of grade I are rare in the old (docs/simulated-cohort.md)."""

_INJURY_TIME_YEARS = 3.0
_LONGEST_LIFE_YEARS = 110.0


@dataclass(frozen=True)
class Wear:
    """What decides how fast one disc goes through the stages.

    Args:
        pace: Wear at 40 years, before any injury; 0 never degenerates.
        injury_age_years: When an injury happens; infinite where none does.
        injury_step: Wear that it adds within a few years.
    """

    pace: float
    injury_age_years: float = math.inf
    injury_step: float = 0.0

    def stage(self, age_years: float) -> float:
        """The hidden stage at an age, about 0.9 to 5.45; it never falls."""
        since = max(age_years, 0.0) - _EARLIEST_AGE_YEARS
        wear = self.pace * (since / (_UNIT_AGE_YEARS - _EARLIEST_AGE_YEARS)) ** _AGE_POWER
        if age_years > self.injury_age_years:
            since_injury = age_years - self.injury_age_years
            wear += self.injury_step * (1 - decayed(since_injury, _INJURY_TIME_YEARS))
        worn = _STAGE_START + _STAGE_SPAN * (1 - math.exp(-(wear**_STEEPNESS)))
        if self.pace == 0:
            return worn
        start, end = _FADING_YEARS
        faded = _STAGE_START + _FADING * min(max((age_years - start) / (end - start), 0.0), 1.0)
        # A soft maximum: the further process hides the other.
        return float((worn**_SHARPNESS + faded**_SHARPNESS) ** (1 / _SHARPNESS))

    def age_at(self, stage: float) -> float:
        """Age in years, to 0.1, at which a stage is reached; infinite where it never is."""
        low, high = 0.0, _LONGEST_LIFE_YEARS
        if self.stage(high) < stage:
            return math.inf
        while high - low > 0.1:
            middle = (low + high) / 2
            low, high = (middle, high) if self.stage(middle) < stage else (low, middle)
        return high
