"""Two sides' grades of the same discs: what counts, what is left out, and the figures."""

from collections import Counter

from spinegrader.domain.grades import Answer
from spinegrader.services import reading, repeats, sight
from spinegrader.services.agreement import Compared, Pairing, Side, are_known, gather_sides
from spinegrader.services.left_out import LeftOut
from spinegrader.services.material import subject_tokens
from spinegrader.services.protocol import ReadingProtocol, set_protocol
from spinegrader.services.steps import finished
from tests.services.flow_project import FOLLOW_UP, L4_L5, STUDY, UNRELATED, predict, read, session

__all__ = ["session"]

RUN = "finetune-20260101-000000"
MODEL = Side(RUN, is_model=True)


def compared(session, first, second) -> Compared:
    return finished(Pairing(session, first, second).gather())


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


def test_it_does_so_too_where_it_was_taken_back_before_the_new_one(session):
    read(session, STUDY, 2)
    session.reader = "B"
    read(session, STUDY, 3)
    sight.look(session, STUDY)
    reading.take_back(session, STUDY, L4_L5)
    reading.answer(session, STUDY, L4_L5, Answer.GRADED, 2)
    (pairs,) = compared(session, Side("A"), Side("B")).gradings
    assert {pair.second for pair in pairs.pairs} == {3}


def test_what_was_taken_back_before_the_others_were_seen_does_not_count(session):
    read(session, STUDY, 2)
    session.reader = "B"
    set_protocol(session, ReadingProtocol(mode="assisted"))
    reading.answer(session, STUDY, L4_L5, Answer.GRADED, 3)
    reading.take_back(session, STUDY, L4_L5)
    sight.look(session, STUDY)
    reading.answer(session, STUDY, L4_L5, Answer.GRADED, 2)
    assert compared(session, Side("A"), Side("B")).left_out == {LeftOut.OTHERS_SEEN: 1}


def test_who_has_taken_all_answers_back_is_no_side(session):
    reading.answer(session, STUDY, L4_L5, Answer.GRADED, 3)
    reading.take_back(session, STUDY, L4_L5)
    assert finished(gather_sides(session)).readings == {}


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


def test_a_study_is_paired_anew_by_itself(session):
    for reader, value in (("A", 2), ("B", 3)):
        session.reader = reader
        read(session, STUDY, value)
    session.reader = "A"
    pairing = Pairing(session, Side("A"), Side("B"))
    known = finished(pairing.gather())
    sides = finished(gather_sides(session))
    reading.answer(session, STUDY, L4_L5, Answer.GRADED, 5)
    # The other one has seen nothing of it, and so it counts.
    renewed = pairing.renewed(known, [STUDY])
    assert renewed == compared(session, Side("A"), Side("B")) != known
    assert [(pair.first, pair.second) for pair in renewed.gradings[0].at(L4_L5.disc)] == [(5, 3)]
    reading.take_back(session, STUDY, L4_L5)
    assert pairing.renewed(renewed, [STUDY]).left_out == {LeftOut.HELD_BACK: 5}
    assert are_known(session, sides, [STUDY, FOLLOW_UP])
    session.reader = "C"
    reading.answer(session, FOLLOW_UP, L4_L5, Answer.GRADED, 5)
    assert not are_known(session, sides, [STUDY, FOLLOW_UP])
