"""How common the findings of simulated people are at an age, beside published figures."""

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from benchmarks.measuring import Row
from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.simulate.ageing.grades import grades_of
from spinegrader.simulate.ageing.states import DiscState
from spinegrader.simulate.painting.canal_shape import SpinalCanal
from spinegrader.simulate.person.draw import draw_person
from spinegrader.simulate.person.placement import place_spine
from spinegrader.simulate.person.shapes import Person

LEVELS = ("L1/L2", "L2/L3", "L3/L4", "L4/L5", "L5/S1")
"""Discs that are counted; people without all of them (L6, fused L5) are left out."""

_SEED = 1
_DECADES = (20, 30, 40, 50, 60, 70, 80)
_BRINJIKJI = "Brinjikji 2015"
_TAKATALO = "Takatalo 2009"
_FRINGE_MM = 3.0

Grades = dict[str, npt.NDArray[np.int_]]


class People:
    """The lumbar discs of simulated people, at any age.

    Args:
        count: How many people.
    """

    def __init__(self, count: int) -> None:
        drawn = (draw_person(n, np.random.default_rng([_SEED, n])) for n in range(1, count + 1))
        self._people = [person for person in drawn if _has_all_levels(person)]
        self._known: dict[int, tuple[Grades, list[list[DiscState]]]] = {}

    @cached_property
    def is_man(self) -> npt.NDArray[np.bool_]:
        """Of each person."""
        return np.array([person.sex == "M" for person in self._people])

    def grades(self, age_years: int) -> Grades:
        """True grades by grading, shape (people, levels)."""
        return self._at(age_years)[0]

    def states(self, age_years: int) -> list[list[DiscState]]:
        """The discs of each person."""
        return self._at(age_years)[1]

    def _at(self, age_years: int) -> tuple[Grades, list[list[DiscState]]]:
        if age_years not in self._known:
            found = [_lumbar(person, age_years) for person in self._people]
            grades = {
                name: np.array([[disc[name] for disc in discs] for discs, _ in found])
                for name in found[0][0][0]
            }
            self._known[age_years] = grades, [states for _, states in found]
        return self._known[age_years]


def _has_all_levels(person: Person) -> bool:
    names = [body.level for body in person.bodies]
    return VertebraLevel.L5 in names and VertebraLevel.L6 not in names


def _lumbar(person: Person, age_years: float) -> tuple[list[dict[str, int]], list[DiscState]]:
    spine = place_spine(person, age_years)
    canal = SpinalCanal(spine)
    discs = [disc for disc in spine.discs if disc.level is not None and str(disc.level) in LEVELS]
    grades = [
        grades_of(
            disc.state,
            sac_depth_mm=canal.sac_depth_mm(disc),
            disc_height_mm=disc.height_mm,
            depth_mm=disc.depth_mm,
        )
        for disc in discs
    ]
    return grades, [disc.state for disc in discs]


def prevalence_rows(people: People) -> list[Row]:
    """Shares of people with a finding beside published ones, and of discs that change."""
    return [
        *_degeneration(people),
        *_other_findings(people),
        _progressed(people),
        *(_changed(people, age) for age in (30, 40, 50, 60)),
    ]


def print_prevalence(people: People) -> None:
    """Prints the share of discs of Pfirrmann III and IV or more by age and level."""
    print(f"{'age':>4}  {'':6}  " + "  ".join(LEVELS))
    for age in _DECADES:
        grades = people.grades(age)["pfirrmann"]
        for least, name in ((3, "III-V"), (4, "IV-V")):
            shares = 100 * (grades >= least).mean(axis=0)
            print(f"{age:>4}  {name:6}  " + "  ".join(f"{share:5.0f}" for share in shares))


def _share(found: npt.ArrayLike) -> float:
    return 100 * float(np.mean(found))


def _degeneration(people: People) -> list[Row]:
    def worst(age: int) -> npt.NDArray[np.bool_]:
        return np.asarray((people.grades(age)["pfirrmann"] >= 3).any(axis=1))

    what = "People with a disc of Pfirrmann III or more, at"
    published = (37, 52, 68, 80, 88, 93, 96)
    rows = [
        Row(f"{what} {age} years", _share(worst(age)), "%", figure, _BRINJIKJI)
        for age, figure in zip(_DECADES, published, strict=True)
    ]
    for sex, of_sex, young, old in (
        ("Men", people.is_man, 54, 69),
        ("Women", ~people.is_man, 42, 76),
    ):
        low = people.grades(67)["pfirrmann"][of_sex, LEVELS.index("L4/L5")]
        rows += [
            Row(f"{sex} with such a disc at 21", _share(worst(21)[of_sex]), "%", young, _TAKATALO),
            Row(f"{sex}: L4/L5 of IV or V at 67", _share(low >= 4), "%", old, "Teraguchi 2014"),
        ]
    at_forty = (people.grades(40)["pfirrmann"] >= 3).mean(axis=0)
    return rows + [
        Row(f"{level} of III or more at 40", 100 * float(share), "%", figure, "Kanayama 2009")
        for level, share, figure in zip(LEVELS, at_forty, (7, 12, 15.5, 49.5, 53), strict=True)
    ]


def _other_findings(people: People) -> list[Row]:
    def person(age: int, finding: Callable[[Grades], npt.NDArray[np.bool_]]) -> float:
        return _share(finding(people.grades(age)).any(axis=1))

    def narrowed(age: int) -> float:
        return person(age, lambda g: g["narrowing"] > 0)

    def marrow(age: int) -> float:
        return person(age, lambda g: np.maximum(g["modic_upper"], g["modic_lower"]) > 0)

    def herniation(age: int, least: int) -> float:
        return person(age, lambda g: g["herniation"] >= least)

    def stenosis(least: int) -> float:
        return person(65, lambda g: g["central_stenosis"] >= least)

    slipped = np.array([[disc.slip_mm for disc in discs] for discs in people.states(65)])
    turned = np.array([[disc.arch_stays for disc in discs] for discs in people.states(65)])
    whole = (slipped > _FRINGE_MM) & ~turned
    torn = [any(disc.fissure > 0.25 for disc in discs) for discs in people.states(21)]
    return [
        *(
            Row(f"People with a narrowed disc at {age}", narrowed(age), "%", figure, _BRINJIKJI)
            for age, figure in ((20, 24), (40, 45), (80, 84))
        ),
        Row("People with a bulge or more at 21", herniation(21, 1), "%", 25, _TAKATALO),
        Row("People with a bulge or more at 80", herniation(80, 1), "%", 84, _BRINJIKJI),
        Row("People with a focal herniation at 21", herniation(21, 2), "%", 3.8, _TAKATALO),
        Row("People with a focal herniation at 80", herniation(80, 2), "%", 43, _BRINJIKJI),
        Row("People with a high-intensity zone at 21", _share(torn), "%", 6.8, _TAKATALO),
        Row("People with a Modic change at 21", marrow(21), "%", 1.4, _TAKATALO),
        Row("People with a Modic change at 54", marrow(54), "%", 32, "Määttä 2014"),
        Row("People with a Modic change at 64", marrow(64), "%", 48, "Määttä 2014"),
        Row("People with central stenosis at 65", stenosis(1), "%", 47, "Kalichman 2009, 12 mm"),
        Row("The same, moderate or severe", stenosis(2), "%", 19, "Kalichman 2009, 10 mm"),
        *_slips(people, whole),
    ]


def _slips(people: People, whole: npt.NDArray[np.bool_]) -> Sequence[Row]:
    what = "with a degenerative slip at 65"
    return [
        Row(f"{sex} {what}", _share(whole[of_sex].any(axis=1)), "%", figure, "Jacobsen 2007")
        for sex, of_sex, figure in (("Women", ~people.is_man, 8.4), ("Men", people.is_man, 2.7))
    ]


def _progressed(people: People) -> Row:
    worse = people.grades(66)["pfirrmann"] > people.grades(62)["pfirrmann"]
    what = "People with a lumbar disc of a higher Pfirrmann grade at 66 than at 62"
    return Row(what, _share(worse.any(axis=1)), "%", 56, "Teraguchi 2017")


def _changed(people: People, age: int) -> Row:
    before, after = people.grades(age)["pfirrmann"], people.grades(age + 10)["pfirrmann"]
    what = f"Lumbar discs of another Pfirrmann grade from {age} to {age + 10} years"
    return Row(what, _share(before != after), "%")
