import numpy as np
import pytest

from spinegrader.model.identity_check import (
    LEAST_FOLLOWED,
    IdentityCheck,
    check_identity,
    fit_identity,
)
from spinegrader.model.misfiled import misfits
from spinegrader.model.study_bodies import by_study, level_distances, robust_mean

SIZE = 12


def people(count, start=0, visits=2, noise=0.5, seed=0, scanner_offset=0.0):
    """Bodies of people who look like themselves at each level, give or take some noise."""
    generator = np.random.default_rng([seed, start])
    rows = []
    for person in range(start, start + count):
        own = generator.normal(size=(7, SIZE))
        for visit in range(visits):
            scanner = int(generator.integers(0, 3))
            for level in range(7):
                seen = own[level] + generator.normal(scale=noise, size=SIZE)
                seen[0] += scanner_offset * scanner
                rows.append(
                    (seen, level, f"s{person:03d}-{visit}", f"p{person:03d}", visit, scanner)
                )
    return rows


def bodies(rows):
    embeddings, levels, studies, subjects, days, scanners = zip(*rows, strict=True)
    return by_study(
        np.array(embeddings, np.float32),
        np.array(levels),
        studies,
        subjects,
        days,
        tuple(map(str, scanners)),
    )


def refiled(rows, study, subject):
    """The same rows with a study under another person's name."""
    return [(*row[:3], subject, *row[4:]) if row[2] == study else row for row in rows]


@pytest.fixture(scope="module")
def fit():
    return fit_identity(bodies(people(40)))


def test_errors_are_told_on_other_people(fit):
    check = check_identity(fit, bodies(people(40, start=100)))
    assert check.rates.people == 40
    assert check.rates.right == 40
    assert check.rates.auc.value > 0.99
    assert check.rates.false_alarms.value <= 0.1
    assert check.rates.misses.value < 0.05
    assert check.rates.auc.low <= check.rates.auc.value <= check.rates.auc.high
    assert check.same_scanner.wrong < check.rates.wrong
    assert IdentityCheck.model_validate_json(check.model_dump_json()) == check


def test_what_tells_nobody_apart_is_said_to_tell_nobody_apart():
    rows = [
        (np.random.default_rng(i).normal(size=SIZE), *row[1:]) for i, row in enumerate(people(40))
    ]
    blind = fit_identity(bodies(rows[: len(rows) // 2]))
    check = check_identity(blind, bodies(rows[len(rows) // 2 :]))
    assert 0.3 < check.rates.auc.value < 0.7
    assert check.rates.miss_at_1_percent.value > 0.9
    assert 0.3 < check.rates.equal_error.value < 0.7


def test_impostors_of_the_same_scanner_are_harder_where_the_scanner_shows():
    """What the scanner adds parts people, until they come from one scanner."""
    rows = people(30, noise=1.8, scanner_offset=6)
    # Each person stays with one scanner, as where acquisition leaks identity.
    own = {row[3]: row[5] for row in rows}
    rows = [
        (row[0] - np.eye(SIZE)[0] * 6 * (row[5] - own[row[3]]), *row[1:5], own[row[3]])
        for row in rows
    ]
    check = check_identity(fit_identity(bodies(rows)), bodies(rows))
    assert check.same_scanner.auc.value < check.rates.auc.value - 0.02


def test_scanners_that_are_not_known_are_not_one_scanner():
    rows = people(14)
    known = check_identity(fit_identity(bodies(rows)), bodies(rows))
    rows = [(*row[:5], row[5] or "") for row in rows]  # of one scanner in three nothing is known
    some = check_identity(fit_identity(bodies(rows)), bodies(rows))
    assert some.rates == known.rates
    assert 0 < some.same_scanner.wrong < known.same_scanner.wrong


def test_a_misfiled_study_is_told_with_its_owner(fit):
    rows = refiled(people(20, start=200, visits=3), "s203-1", "p210")
    studies = bodies(rows)
    found, compared = misfits(fit, studies)
    assert compared == 60
    assert [studies.studies[item.row] for item in found] == ["s203-1"]
    misfit = found[0]
    assert studies.subjects[misfit.row] == "p210"
    assert studies.subjects[misfit.better_row] == "p203"
    assert misfit.rank >= 2
    assert misfit.people == 20
    assert misfit.log_likelihood_ratio > 1
    assert misfit.levels == 7


def test_of_two_studies_both_are_told(fit):
    rows = people(20, start=300)
    rows = refiled(refiled(rows, "s303-1", "p310"), "s310-1", "p303")
    found, _ = misfits(fit, studies := bodies(rows))
    assert {studies.studies[item.row] for item in found} >= {"s303-0", "s303-1", "s310-0", "s310-1"}


def test_a_study_of_few_levels_is_judged_by_wider_bounds(fit):
    few = [row for row in people(40, start=400) if row[1] in (2, 4) or row[3] > "p420"]
    check = check_identity(fit, bodies(few))
    assert check.rates.false_alarms.value <= 0.1
    widths = [fit.by_levels[count].sd for count in (1, 3, 7)]
    assert widths == sorted(widths, reverse=True)


def test_misfiled_people_who_teach_dont_blind_it(fit):
    rows = people(20, start=700)
    for one, other in (("703", "710"), ("705", "718")):
        rows = refiled(refiled(rows, f"s{one}-1", f"p{other}"), f"s{other}-1", f"p{one}")
    taught = fit_identity(bodies(rows))
    assert taught.by_levels[7].people == 16
    studies = bodies(people(40, start=800))
    misses = [check_identity(item, studies).rates.misses.value for item in (fit, taught)]
    assert misses[1] < misses[0] + 0.05
    assert check_identity(taught, studies).rates.false_alarms.value <= 0.1


def test_two_visits_of_one_day_are_no_follow_up(fit):
    rows = [(*row[:4], 0, row[5]) for row in people(20, start=500)]
    assert fit_identity(bodies(rows)) is None
    assert misfits(fit, bodies(rows)) == ((), 0)


def test_with_too_few_people_nothing_is_told():
    assert fit_identity(bodies(people(LEAST_FOLLOWED - 1))) is None
    assert fit_identity(bodies(people(LEAST_FOLLOWED - 1) + people(30, 600, visits=1))) is None


def test_one_misplaced_body_does_not_decide():
    rows = people(2, noise=0.1)
    wild = [
        (row[0] + 50 * (row[2:4] == ("s000-1", "p000") and row[1] == 3), *row[1:]) for row in rows
    ]
    usual, odd = (
        robust_mean(level_distances(bodies(items), np.array([[0, 1]]))) for items in (rows, wild)
    )
    assert abs(usual - odd) < 0.2 * usual
