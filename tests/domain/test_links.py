"""Records that are one: whoever links what in which order, all sessions end the same."""

import random
from datetime import UTC, date, datetime
from itertools import permutations

import pytest

from spinegrader.domain.edits import EditGroup, ImportStudies, KeepApart, LinkPatients, LinkStudies
from spinegrader.domain.links import Kind, families
from spinegrader.domain.state import ProjectState, Stamp
from spinegrader.domain.study import Patient, Study
from spinegrader.domain.validity import check_edit
from spinegrader.errors import InvalidEditError
from tests.domain.test_state import SCHEME

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PATIENTS = ("A", "B", "C", "D")
IMPORT = ImportStudies(
    tuple(Patient(name) for name in PATIENTS),
    (
        Study("1.1", "A", date(2020, 1, 1)),
        Study("1.2", "B", date(2018, 1, 1)),
        Study("1.3", "B", date(2020, 1, 1)),
        Study("1.4", "C", date(2019, 1, 1)),
        Study("1.5", "C"),
    ),
    (),
)


def stamp(number, session="a"):
    return Stamp(f"2026-03-01T12:00:{number:02d}.000000+00:00", session, number)


def state_after(*edits):
    state = ProjectState()
    state.apply(IMPORT, stamp(0))
    for number, edit in enumerate(edits, start=1):
        state.apply(edit, stamp(number))
    return state


def people(state):
    return {person: state.records_of(person) for person in state.people()}


def visits(state, patient):
    return [study.uid for study in state.studies_of(patient)]


def test_linked_records_have_their_visits_under_one_person_by_date():
    state = state_after(LinkPatients("A", None, "B"), LinkPatients("C", None, "A"))
    assert people(state) == {"B": ("B", "A", "C"), "D": ("D",)}
    assert visits(state, "C") == visits(state, "B") == ["1.2", "1.4", "1.1", "1.3", "1.5"]
    assert state.patient_of("1.4").id == "B"


def test_a_duplicate_gives_way_while_both_are_one_person():
    linked = [LinkPatients("B", None, "A"), LinkStudies("1.3", None, "1.1")]
    state = state_after(*linked)
    assert visits(state, "A") == ["1.2", "1.1"]
    assert state.original_of("1.3") == "1.1"
    assert state.duplicates_of("1.1") == ("1.3",)
    assert [study.uid for study in state.visible_studies()] == ["1.1", "1.2", "1.4", "1.5"]
    state.apply(LinkPatients("B", "A", None), stamp(9))
    assert visits(state, "A") == ["1.1"]
    assert visits(state, "B") == ["1.2", "1.3"]
    assert state.duplicates_of("1.1") == ()


def test_no_study_of_another_person_hides_a_study():
    state = state_after(LinkStudies("1.1", None, "1.4"))
    assert visits(state, "A") == ["1.1"]


def test_sessions_that_link_in_a_ring_agree_on_who_stands_for_it():
    edits = [
        (IMPORT, stamp(0)),
        (LinkPatients("C", None, "B"), stamp(1, "a")),
        (LinkPatients("B", None, "C"), stamp(1, "b")),
        (LinkPatients("A", None, "C"), stamp(2, "b")),
        (LinkStudies("1.4", None, "1.2"), stamp(3, "a")),
        (LinkStudies("1.2", None, "1.4"), stamp(3, "b")),
    ]
    states = []
    for order in permutations(edits):
        state = ProjectState()
        for edit, at in (*order, *order[:3]):
            state.apply(edit, at)
        states.append(state)
    assert all(state == states[0] for state in states)
    assert all(people(state) == people(states[0]) for state in states)
    assert people(states[0])["B"] == ("B", "A", "C")
    assert visits(states[0], "C") == ["1.2", "1.1", "1.3", "1.5"]


def test_random_links_of_many_sessions_end_the_same_in_any_order():
    rng = random.Random(4)  # noqa: S311 - a seeded test, no secret
    ids = [f"P{number}" for number in range(12)]
    edits = [(ImportStudies(tuple(map(Patient, ids)), (), ()), stamp(0))]
    for number in range(1, 50):
        one, other = rng.sample(ids, 2)
        edit = LinkPatients(one, None, rng.choice([other, other, None]))
        if number % 5 == 0:
            edit = KeepApart(Kind.PATIENTS, one, other, before=False, after=rng.random() < 0.5)
        edits.append((edit, stamp(number, rng.choice("ab"))))
    ended = []
    for _ in range(20):
        rng.shuffle(edits)
        state = ProjectState()
        for edit, at in edits:
            state.apply(edit, at)
        everyone = [record for records in people(state).values() for record in records]
        assert sorted(everyone) == sorted(ids)
        ended.append((people(state), state))
    assert all(item == ended[0] for item in ended)


def test_a_link_waits_for_a_record_that_comes_later():
    state = ProjectState()
    state.apply(LinkPatients("A", None, "B"), stamp(1))
    state.apply(ImportStudies((Patient("A"),), IMPORT.studies[:1], ()), stamp(2))
    assert state.people() == ["A"]
    state.apply(IMPORT, stamp(3))
    assert "A" not in state.people()
    assert visits(state, "B") == ["1.2", "1.1", "1.3"]


def test_the_later_word_holds_and_its_inverse_brings_the_earlier_back():
    link = LinkPatients("A", None, "B")
    state = state_after(link, LinkPatients("A", "B", None))
    assert state.people() == list(PATIENTS)
    state.apply(link, stamp(1))
    assert state.people() == list(PATIENTS)
    assert state.links.once == {("A", "B")}
    assert link.inverse(NOON) == LinkPatients("A", "B", None)
    apart = KeepApart(Kind.STUDIES, "1.1", "1.2", before=False, after=True)
    state.apply(apart, stamp(8))
    assert state.links.is_apart(Kind.STUDIES, "1.2", "1.1")
    state.apply(apart.inverse(NOON), stamp(9))
    assert not state.links.is_apart(Kind.STUDIES, "1.1", "1.2")
    group = EditGroup("both", (link, LinkStudies("1.3", None, "1.1")))
    assert [item.study_uid for item in group.inverse(NOON).edits if item.kind == "link-study"]


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (LinkPatients("X", None, "A"), "not in the project"),
        (LinkPatients("A", None, "X"), "not in the project"),
        (LinkPatients("A", None, "A"), "one already"),
        (LinkPatients("A", "C", "B"), "meanwhile"),
        (LinkStudies("1.1", None, "9.9"), "not in the project"),
    ],
)
def test_a_link_that_does_not_fit_is_refused(edit, words):
    with pytest.raises(InvalidEditError, match=words):
        check_edit(state_after(), edit, SCHEME)


def test_groups_with_a_member_in_common_are_one_family():
    assert families([]) == ()
    groups = [["f", "e"], ["b", "a"], ["d", "c"], ["c", "b"], ["x"], ["e", "f"], []]
    assert families(groups) == (("a", "b", "c", "d"), ("e", "f"), ("x",))
