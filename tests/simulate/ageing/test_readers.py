from itertools import combinations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from spinegrader.simulate.ageing.grades import LOWEST_AND_HIGHEST
from spinegrader.simulate.ageing.readers import draw_readers
from tests.simulate.ageing.cohort import graded

READERS = draw_readers(11, 4)
DISCS = [
    (str(number), level, latent, grades)
    for number in range(120)
    for level, (latent, grades) in graded(number).items()
]


def readings(reader, reading=1, discs=DISCS):
    return [
        reader.read(latent, grades, study=study, disc=disc, reading=reading)
        for study, disc, latent, grades in discs
    ]


@pytest.fixture(scope="module")
def answers():
    return {(reader.number, time): readings(reader, time) for reader in READERS for time in (1, 2)}


def agreement(first, second, grading):
    return cohen_kappa_score(
        [answer[grading] for answer in first], [answer[grading] for answer in second]
    )


def within(answers, grading):
    pairs = [(answers[reader.number, 1], answers[reader.number, 2]) for reader in READERS]
    return np.mean([agreement(*pair, grading) for pair in pairs])


def between(answers, grading):
    pairs = combinations([answers[reader.number, 1] for reader in READERS], 2)
    return np.mean([agreement(*pair, grading) for pair in pairs])


def test_pfirrmann_agrees_as_published(answers):
    assert within(answers, "pfirrmann") == pytest.approx(0.80, abs=0.06)
    assert between(answers, "pfirrmann") == pytest.approx(0.60, abs=0.08)


@pytest.mark.parametrize(
    ("grading", "again", "others"),
    [
        ("narrowing", 0.77, 0.61),
        ("degeneration", 0.78, 0.60),
        ("central_stenosis", 0.80, 0.66),
        ("endplate_upper", 0.78, 0.53),
        ("modic_lower", 0.78, 0.65),
        ("herniation", 0.88, 0.78),
    ],
)
def test_others_agree_as_published(answers, grading, again, others):
    assert within(answers, grading) == pytest.approx(again, abs=0.12)
    assert between(answers, grading) == pytest.approx(others, abs=0.14)


def test_the_same_reading_gives_the_same_answers_in_any_order():
    forward = readings(READERS[0], discs=DISCS[:40])
    backward = readings(draw_readers(11, 1)[0], discs=DISCS[39::-1])
    assert forward == backward[::-1]


def test_an_answer_is_the_same_whatever_else_is_asked():
    study, disc, latent, grades = DISCS[5]
    whole = READERS[1].read(latent, grades, study=study, disc=disc)
    for grading, value in whole.items():
        lone = READERS[1].read(latent, {grading: grades[grading]}, study=study, disc=disc)
        assert lone == {grading: value}


def test_readers_seeds_studies_and_readings_differ():
    first = readings(READERS[0])
    assert first != readings(READERS[1])
    assert first != readings(READERS[0], 2)
    assert first != readings(draw_readers(12, 1)[0])
    moved = [("x" + study, *rest) for study, *rest in DISCS]
    assert first != readings(READERS[0], discs=moved)


def test_answers_lie_on_the_scales(answers):
    for grading, (lowest, highest) in LOWEST_AND_HIGHEST.items():
        values = {answer[grading] for answer in answers[1, 1]}
        assert lowest <= min(values) <= max(values) <= highest
    assert {answer["modic_upper"] for answer in answers[1, 1]} <= set(range(5))


def test_a_disc_far_from_every_boundary_is_read_alike_by_all():
    latent = dict.fromkeys(LOWEST_AND_HIGHEST, -3.0)
    grades = {name: lowest for name, (lowest, _) in LOWEST_AND_HIGHEST.items()}
    for reader in READERS:
        assert reader.read(latent, grades, study="1", disc="L4") == grades
