"""Who comes when: the visits of a simulated cohort, and who trains, validates and tests.

Anatomy belongs to the person, degeneration to person and age, everything else to the visit:
each of the three is drawn from random numbers of its own, so that a person is the same in every
cohort of the same seed, however many others there are.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from spinegrader.errors import InputError
from spinegrader.simulate.person.draw import draw_person
from spinegrader.simulate.person.shapes import Person

PAPER_SUBJECTS, PAPER_FOLLOW_UPS = 1016, 423
"""People, and those of them who came again, in Jamaludin et al., arXiv:1708.00367 (2017)."""

_MOST_SUBJECTS = 9999
_DAYS_PER_YEAR = 365.25
_FIRST_DAY = dt.date(2005, 1, 3)
_FIRST_DAYS = 3650
_FOLLOW_UP_YEARS = (8.0, 12.0)
_BIRTH, _ANATOMY, _VISIT, _SPLIT = 1, 2, 3, 4
_SHARES = {"test": 0.1, "validation": 0.1}
"""Of the people, by part of the data; the rest trains: 80:10:10, as in the paper."""


@dataclass(frozen=True)
class CohortPlan:
    """How many people, how many of whom come twice, and the seed of all that is drawn.

    Args:
        subjects: Number of people, 1 to 9999.
        follow_ups: How many of them, the first ones, come again after 8 to 12 years.
        seed: Not negative.

    Raises:
        InputError: If the numbers don't fit.
    """

    subjects: int
    follow_ups: int
    seed: int

    def __post_init__(self) -> None:
        fits = 1 <= self.subjects <= _MOST_SUBJECTS and 0 <= self.follow_ups <= self.subjects
        if not fits or self.seed < 0:
            raise InputError(
                "A simulated cohort needs 1 to 9999 subjects, no more follow-ups than subjects, "
                "and a seed that is not negative."
            )

    @property
    def studies(self) -> int:
        """Number of visits."""
        return self.subjects + self.follow_ups

    def visits(self) -> Iterator["PlannedVisit"]:
        """Every visit, person after person."""
        for number in range(1, self.subjects + 1):
            yield from _visits_of(self, number)

    def parts(self) -> dict[int, str]:
        """By number of the person: ``train``, ``validation`` or ``test``.

        Those who come twice and those who come once are split alike.
        """
        twice = range(1, self.follow_ups + 1)
        once = range(self.follow_ups + 1, self.subjects + 1)
        return _split(twice, self.seed) | _split(once, self.seed)


@dataclass(frozen=True)
class PlannedVisit:
    """One visit that is to be simulated: all that decides about it.

    Args:
        seed: Of the cohort.
        number: Of the person, from 1.
        count: Of the person's visits, from 1.
        birth_date: Of the person.
        at: When the visit begins.
    """

    seed: int
    number: int
    count: int
    birth_date: dt.date
    at: dt.datetime

    @property
    def patient_id(self) -> str:
        """PatientID."""
        return patient_id(self.number)

    @property
    def age_years(self) -> float:
        """Of the person at the visit."""
        return (self.at.date() - self.birth_date).days / _DAYS_PER_YEAR

    def person(self) -> Person:
        """The person, drawn anew: quicker than to carry it between processes."""
        return person_of(self.seed, self.number)

    def rng(self) -> np.random.Generator:
        """Random numbers that are this visit's alone."""
        return np.random.default_rng([self.seed, self.number, _VISIT, self.count])


def patient_id(number: int) -> str:
    """PatientID of a person."""
    return f"SIM-{number:04d}"


def person_of(seed: int, number: int) -> Person:
    """The person of that number in every cohort of that seed."""
    return draw_person(number, np.random.default_rng([seed, number, _ANATOMY]))


def _visits_of(plan: CohortPlan, number: int) -> Iterator[PlannedVisit]:
    age_years = person_of(plan.seed, number).age_years
    rng = np.random.default_rng([plan.seed, number, _BIRTH])
    first = _FIRST_DAY + dt.timedelta(days=int(rng.integers(0, _FIRST_DAYS)))
    birth = first - dt.timedelta(days=round(age_years * _DAYS_PER_YEAR))
    later_years = float(rng.uniform(*_FOLLOW_UP_YEARS))
    later = first + dt.timedelta(days=round(later_years * _DAYS_PER_YEAR))
    days = [first, later] if number <= plan.follow_ups else [first]
    for count, day in enumerate(days, start=1):
        at = dt.datetime.combine(day, dt.time(8 + int(rng.integers(0, 9)), 0))
        yield PlannedVisit(plan.seed, number, count, birth, at)


def _split(numbers: range, seed: int) -> dict[int, str]:
    """Shares of the people in the order of a number drawn for each of them."""
    drawn = {n: float(np.random.default_rng([seed, n, _SPLIT]).random()) for n in numbers}
    ordered = sorted(numbers, key=lambda number: drawn[number])
    parts = dict.fromkeys(numbers, "train")
    start = 0
    for part, share in _SHARES.items():
        end = start + round(share * len(numbers))
        parts.update(dict.fromkeys(ordered[start:end], part))
        start = end
    return parts
