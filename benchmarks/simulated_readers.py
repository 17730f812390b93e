"""Agreement of simulated readers on simulated people, and how common findings are, as published."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from sklearn.metrics import cohen_kappa_score

from benchmarks.measuring import Row, duration_ms, median
from benchmarks.simulated_ageing import People, prevalence_rows, print_prevalence
from spinegrader.domain.anatomy import STANDARD_DISCS
from spinegrader.simulate.ageing.grades import grades_of, latent_of
from spinegrader.simulate.ageing.process import disc_state
from spinegrader.simulate.ageing.readers import Reader, draw_readers
from spinegrader.simulate.painting.canal_shape import SpinalCanal
from spinegrader.simulate.person.draw import draw_person
from spinegrader.simulate.person.placement import place_spine

_SEED = 1
_READERS = 12
_GRADINGS: Mapping[str, tuple[str, ...]] = {
    "Pfirrmann": ("pfirrmann",),
    "narrowing": ("narrowing",),
    "degeneration": ("degeneration",),
    "central stenosis": ("central_stenosis",),
    "slip": ("spondylolisthesis",),
    "endplate defects": ("endplate_upper", "endplate_lower"),
    "marrow changes": ("modic_upper", "modic_lower"),
    "foraminal stenosis": ("foraminal_left", "foraminal_right"),
    "herniation": ("herniation",),
}
_SEVERAL_GRADES = ("Pfirrmann", "narrowing", "degeneration", "central stenosis", "slip")
_PUBLISHED = {
    "Pfirrmann": (0.80, 0.60, "the middle of several studies"),
    "central stenosis": (0.82, 0.73, "Lurie 2008, weighted"),
    "foraminal stenosis": (0.66, 0.58, "Lurie 2008, weighted"),
    "marrow changes": (0.78, 0.65, "Jensen 2007, in words"),
}

Answers = list[dict[str, int]]
Disc = tuple[str, str, dict[str, float], dict[str, int]]


def measure(people: int = 1200) -> list[Row]:
    """Draws people and readers; every reader reads every disc twice."""
    discs = _discs(people)
    readers = draw_readers(_SEED, _READERS)
    answers = {
        (reader.number, reading): _read(reader, discs, reading)
        for reader in readers
        for reading in (1, 2)
    }
    within = [(answers[r.number, 1], answers[r.number, 2]) for r in readers]
    between = [(answers[a.number, 1], answers[b.number, 1]) for a, b in combinations(readers, 2)]
    rows = [
        row
        for name in _GRADINGS
        for row in (_kappa(name, within, "a reader"), _kappa(name, between, "two readers"))
    ]
    for name in _SEVERAL_GRADES:
        rows += [
            _kappa(name, within, "a reader", weights="quadratic"),
            _kappa(name, between, "two readers", weights="quadratic"),
        ]
    cohort = People(people)
    print_prevalence(cohort)
    return [*rows, *prevalence_rows(cohort), _speed()]


def _discs(people: int) -> list[Disc]:
    """All discs that are graded, of people of all ages, with their values and true grades."""
    discs: list[Disc] = []
    for number in range(1, people + 1):
        person = draw_person(number, np.random.default_rng([_SEED, number]))
        spine = place_spine(person, person.age_years)
        canal = SpinalCanal(spine)
        for disc in spine.discs:
            if disc.level not in STANDARD_DISCS:
                continue
            sizes = {
                "sac_depth_mm": canal.sac_depth_mm(disc),
                "disc_height_mm": disc.height_mm,
                "depth_mm": disc.depth_mm,
            }
            latent, grades = latent_of(disc.state, **sizes), grades_of(disc.state, **sizes)
            discs.append((str(number), str(disc.level), latent, grades))
    return discs


def _read(reader: Reader, discs: Sequence[Disc], reading: int) -> Answers:
    return [
        reader.read(latent, grades, study=study, disc=disc, reading=reading)
        for study, disc, latent, grades in discs
    ]


def _kappa(
    name: str,
    pairs: Sequence[tuple[Answers, Answers]],
    who: str,
    weights: str | None = None,
) -> Row:
    """Cohen's kappa, mean of all pairs; both sides of a disc are pooled."""
    found = [
        cohen_kappa_score(_values(first, name), _values(second, name), weights=weights)
        for first, second in pairs
    ]
    what = f"Agreement of {who} on {name}, {weights or 'not'} weighted, mean of {len(pairs)}"
    figure = float(np.mean(found))
    if weights is not None or name not in _PUBLISHED:
        return Row(what, figure, "kappa")
    same, other, source = _PUBLISHED[name]
    return Row(what, figure, "kappa", same if who == "a reader" else other, source)


def _values(answers: Answers, name: str) -> list[int]:
    return [answer[grading] for grading in _GRADINGS[name] for answer in answers]


def _speed() -> Row:
    person = draw_person(1, np.random.default_rng([_SEED, 1]))
    durations = [
        duration_ms(lambda: [disc_state(course, 60.0) for course in person.courses])
        for _ in range(200)
    ]
    what = f"The {len(person.courses)} discs of a person at one age, median of 200"
    return Row(what, median(durations), "ms", goal=1.0)
