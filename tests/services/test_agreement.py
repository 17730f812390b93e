"""Two sides' grades of the same discs: what counts, what is left out, and the figures."""

from collections import Counter

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from spinegrader.domain.anatomy import STANDARD_DISCS
from spinegrader.domain.grades import Answer
from spinegrader.services import reading, repeats, sight
from spinegrader.services.agreement import Compared, Side, gather_compared, gather_sides
from spinegrader.services.graded_pairs import GradingPairs, Pair
from spinegrader.services.left_out import LeftOut
from spinegrader.services.material import subject_tokens
from spinegrader.services.protocol import ReadingProtocol, set_protocol
from spinegrader.services.steps import finished
from tests.services.flow_project import FOLLOW_UP, L4_L5, STUDY, UNRELATED, predict, read, session

__all__ = ["session"]

RUN = "finetune-20260101-000000"
MODEL = Side(RUN, is_model=True)


def compared(session, first, second) -> Compared:
    return finished(gather_compared(session, first, second))


def drawn_pairs(grading, seed=0, discs=300):
    """Grades of forty people that differ by a step now and then."""
    rng = np.random.default_rng(seed)
    values = np.array(grading.values)
    first = rng.choice(values, discs)
    second = np.clip(first + rng.integers(-1, 2, discs), values[0], values[-1])
    return GradingPairs(
        grading,
        tuple(
            Pair(
                f"1.{at // 6}",
                STANDARD_DISCS[at % 6],
                f"s{at // 8}",
                int(first[at]),
                int(second[at]),
            )
            for at in range(discs)
        ),
    )


def test_two_readers_are_paired_and_sums_taken(session):
    read(session, STUDY, 2)
    read(session, FOLLOW_UP, 3)
    session.reader = "B"
    read(session, STUDY, 3)
    reading.answer(session, FOLLOW_UP, L4_L5, Answer.GRADED, 5)
    session.reader = "C"
    set_protocol(session, ReadingProtocol(mode="assisted"))
    found = compared(session, Side("A"), Side("B"))
    (pairs,) = found.gradings
    per_study = Counter(pair.study_uid for pair in pairs.pairs)
    discs = len(reading.discs_to_grade(session, STUDY))
    assert per_study == {STUDY: discs, FOLLOW_UP: 1}
    assert {(pair.first, pair.second) for pair in pairs.at(L4_L5.disc)} == {(2, 3), (3, 5)}
    assert pairs.cell(3, 5)[0].study_uid == FOLLOW_UP
    assert {pair.subject for pair in pairs.pairs} == {
        subject_tokens(session)[session.state.studies[STUDY].patient_id]
    }
    assert found.left_out == {}
    assert found.left_out_words == ""


def test_what_is_still_read_blinded_is_left_out_and_told(session):
    read(session, STUDY, 2)
    session.reader = "B"
    reading.answer(session, STUDY, L4_L5, Answer.GRADED, 3)
    found = compared(session, Side("A"), Side("B"))
    assert found.gradings == ()
    assert found.left_out == {LeftOut.HELD_BACK: 1}
    assert "1 grade of studies that you still read blinded" in found.left_out_words


def test_a_grade_that_was_given_after_the_others_counts_as_it_was_before(session):
    read(session, STUDY, 2)
    session.reader = "B"
    read(session, STUDY, 3)
    sight.look(session, STUDY)
    reading.answer(session, STUDY, L4_L5, Answer.GRADED, 2)
    (pairs,) = compared(session, Side("A"), Side("B")).gradings
    assert {pair.second for pair in pairs.pairs} == {3}


def test_a_grade_that_was_first_given_beside_others_is_left_out(session):
    read(session, STUDY, 2)
    session.reader = "B"
    set_protocol(session, ReadingProtocol(mode="assisted"))
    sight.look(session, STUDY)
    reading.answer(session, STUDY, L4_L5, Answer.GRADED, 2)
    found = compared(session, Side("A"), Side("B"))
    assert found.gradings == ()
    assert found.left_out == {LeftOut.OTHERS_SEEN: 1}
    assert "1 grade given only after" in found.left_out_words


def test_an_answer_that_is_no_grade_is_left_out(session):
    read(session, STUDY, 2)
    session.reader = "B"
    read(session, STUDY, 2)
    reading.answer(session, STUDY, L4_L5, Answer.UNSURE)
    found = compared(session, Side("A"), Side("B"))
    assert found.left_out == {LeftOut.NO_GRADE: 1}
    assert L4_L5.disc not in {pair.disc for pair in found.gradings[0].pairs}


def test_a_reader_is_compared_with_the_model_on_people_it_never_saw(session, tmp_path):
    from tests.gui.test_review import leave_card

    read(session, STUDY, 2)
    read(session, UNRELATED, 2)
    for uid in (STUDY, UNRELATED):
        predict(session, uid, 4)
    found = compared(session, Side("A"), MODEL)
    assert found.unknown_runs == {RUN}
    assert "no longer there" in found.left_out_words
    person = session.state.studies[UNRELATED].patient_id
    leave_card(session, trained_on=[subject_tokens(session)[person]])
    found = compared(session, Side("A"), MODEL)
    (pairs,) = found.gradings
    assert [(p.study_uid, p.disc, p.first, p.second) for p in pairs.pairs] == [
        (STUDY, L4_L5.disc, 2, 4)
    ]
    assert found.left_out == {LeftOut.KNOWN_TO_MODEL: 1}


def test_a_first_reading_stays_hidden_until_the_second_is_done(session):
    read(session, STUDY, 2)
    repeats.draw_repeats(session, 1.0, 0, seed=1)
    # Even where other grades may be seen at any time.
    set_protocol(session, ReadingProtocol(mode="assisted"))
    reading.answer(session, STUDY, L4_L5, Answer.GRADED, 4)
    again = Side("A"), Side("A", reading=2)
    assert compared(session, *again).left_out == {LeftOut.HELD_BACK: 1}
    read(session, STUDY, 2)
    (pairs,) = compared(session, *again).gradings
    assert [(p.first, p.second) for p in pairs.at(L4_L5.disc)] == [(2, 4)]
    assert pairs.confusion(L4_L5.disc)[1][3] == 1
    sides = finished(gather_sides(session))
    assert sides.repeated == ("A",)
    assert sides.readings == {"A": (1, 2)}


def test_it_stays_hidden_beside_another_reader_too(session):
    read(session, STUDY, 2)
    session.reader = "B"
    read(session, STUDY, 3)
    session.reader = "A"
    set_protocol(session, ReadingProtocol(mode="assisted"))
    assert compared(session, Side("A"), Side("B")).gradings
    repeats.draw_repeats(session, 1.0, 0, seed=1)
    assert list(compared(session, Side("A"), Side("B")).left_out) == [LeftOut.HELD_BACK]


def test_figures_are_those_of_other_programs(session):
    pairs = drawn_pairs(session.scheme.grading("pfirrmann"))
    found = pairs.figures()
    first, second = [p.first for p in pairs.pairs], [p.second for p in pairs.pairs]
    assert found.weighted_kappa == pytest.approx(
        cohen_kappa_score(first, second, weights="quadratic", labels=[1, 2, 3, 4, 5])
    )
    assert found.exact == pytest.approx(np.mean(np.equal(first, second)))
    assert found.within_one == 1
    assert found.confusion == pairs.confusion()
    low, high = found.exact_interval
    assert low < found.exact < high
    nominal = drawn_pairs(session.scheme.grading("modic_upper"))
    first, second = [p.first for p in nominal.pairs], [p.second for p in nominal.pairs]
    assert nominal.figures().weighted_kappa == pytest.approx(cohen_kappa_score(first, second))
    assert not nominal.can_be_summed


def test_kappa_of_the_two_psychologists(session):
    """Fleiss, Statistical Methods for Rates and Proportions: 100 people, kappa 0.676."""
    grading = session.scheme.grading("modic_upper")
    counts = [[75, 1, 4], [5, 4, 1], [0, 0, 10]]
    cells = [
        (row, column) for row in range(3) for column in range(3) for _ in range(counts[row][column])
    ]
    pairs = tuple(Pair("1", STANDARD_DISCS[0], f"s{at}", *cell) for at, cell in enumerate(cells))
    assert GradingPairs(grading, pairs).figures().weighted_kappa == pytest.approx(0.676, abs=5e-4)


def test_the_interval_is_taken_over_people(session):
    """One who has ten equal discs tells no more than one who has one."""
    grading = session.scheme.grading("pfirrmann")
    pairs = drawn_pairs(grading, discs=60).pairs
    alone = GradingPairs(grading, pairs).figures()
    tenfold = GradingPairs(grading, pairs * 10).figures()
    assert tenfold.n == 600
    assert tenfold.weighted_kappa_interval == pytest.approx(alone.weighted_kappa_interval)


def test_figures_by_level_are_of_that_level_alone(session):
    pairs = drawn_pairs(session.scheme.grading("pfirrmann"))
    assert pairs.discs == STANDARD_DISCS
    counts = [pairs.figures(disc).n for disc in pairs.discs]
    assert counts == [50] * 6


def test_sums_are_of_the_six_discs_of_whole_studies(session):
    pairs = drawn_pairs(session.scheme.grading("pfirrmann"), discs=303)
    sums = pairs.sums()
    assert (len(sums.studies), sums.incomplete) == (50, 1)
    first = [pair for pair in pairs.pairs if pair.study_uid == sums.studies[7]]
    assert sums.first[7] == sum(pair.first for pair in first)
    assert sums.second[7] == sum(pair.second for pair in first)
    differences = np.subtract(sums.second, sums.first)
    assert sums.limits().bias == pytest.approx(differences.mean())
