import numpy as np
import pytest

from spinegrader.model.splits import Part, split_subjects, subjects_in


def names(count):
    return [f"subject-{number}" for number in range(count)]


def test_about_a_tenth_each_is_held_out():
    split = split_subjects(names(2000))
    assert 150 < len(subjects_in(split, Part.TEST)) < 250
    assert 150 < len(subjects_in(split, Part.VALIDATION)) < 250


def test_repeated_subjects_are_one_and_order_does_not_matter():
    assert split_subjects(names(40)) == split_subjects(list(reversed(names(40))) * 2)


def test_places_stay_when_subjects_are_added():
    small, large = split_subjects(names(300)), split_subjects(names(900))
    moved = [name for name in small if small[name] is not large[name]]
    assert moved == []


@pytest.mark.parametrize("count", range(1, 60))
@pytest.mark.parametrize("seed", [0, 7])
def test_small_groups_have_somebody_everywhere(count, seed):
    split = split_subjects(names(count), seed)
    sizes = {part: len(subjects_in(split, part)) for part in Part}
    assert sum(sizes.values()) == count
    if count < 3:
        assert sizes[Part.TRAIN] == count
        return
    assert sizes[Part.TEST] >= 1
    assert sizes[Part.VALIDATION] >= 1
    assert sizes[Part.TRAIN] >= min(2, count - 2)


def test_another_seed_is_another_split():
    assert split_subjects(names(100), 1) != split_subjects(names(100), 2)


# -- families -------------------------------------------------------------------------------


def some(rng, people, count):
    return [str(name) for name in rng.choice(people, count, replace=False)]


def drawn_families(rng, people):
    """Groups of two or three, some of which overlap."""
    return [some(rng, people, rng.integers(2, 4)) for _ in range(rng.integers(len(people) // 3))]


@pytest.mark.parametrize("seed", range(150))
def test_no_family_is_in_two_parts(seed):
    rng = np.random.default_rng(seed)
    people = names(int(rng.integers(3, 200)))
    families = drawn_families(rng, people)
    split = split_subjects(people, relatives=families)
    assert split.keys() == set(people)
    for family in families:
        assert len({split[person] for person in family}) == 1
    mixed = [family[::-1] for family in families[::-1]]
    assert split_subjects(people[::-1], relatives=mixed) == split


@pytest.mark.parametrize("seed", range(60))
def test_relatives_of_relatives_are_relatives(seed):
    rng = np.random.default_rng(seed)
    people = names(90)
    chain = some(rng, people, 5)
    split = split_subjects(people, relatives=[chain[:2], chain[3:], chain[1:4]])
    assert len({split[person] for person in chain}) == 1
    assert split == split_subjects(people, relatives=[chain])
    by_way_of_one_outside = [[chain[0], "elsewhere"], ["elsewhere", chain[4]]]
    split = split_subjects(people, relatives=by_way_of_one_outside)
    assert split[chain[0]] is split[chain[4]]
    assert "elsewhere" not in split


@pytest.mark.parametrize("seed", range(60))
def test_adding_people_moves_nobody_and_a_family_nobody_else(seed):
    rng = np.random.default_rng(seed)
    people = names(400)
    few = people[:250]
    families = drawn_families(rng, few)[:25]
    small = split_subjects(few, relatives=families)
    large = split_subjects(people, relatives=families)
    assert {person: large[person] for person in few} == small
    family = some(rng, few, 3)
    after = split_subjects(few, relatives=[*families, family])
    theirs = {
        person
        for group in drawn_together([*families, family])
        for person in group
        if set(family) & set(group)
    }
    assert {person for person in few if after[person] is not small[person]} <= theirs


def drawn_together(groups):
    """The closure by brute force."""
    found = [set(group) for group in groups]
    while True:
        for one in found:
            other = next((item for item in found if item is not one and item & one), None)
            if other is not None:
                found = [item for item in found if item not in (one, other)] + [one | other]
                break
        else:
            return found


@pytest.mark.parametrize("seed", range(60))
def test_nobody_who_was_trained_on_is_held_out_because_of_a_relative(seed):
    rng = np.random.default_rng(seed)
    people = names(300)
    alone = split_subjects(people)
    families = drawn_families(rng, people)[:30]
    together = split_subjects(people, relatives=families)
    order = (Part.TEST, Part.VALIDATION, Part.TRAIN)
    for person in people:
        assert order.index(together[person]) >= order.index(alone[person])


@pytest.mark.parametrize("count", range(3, 40))
def test_small_groups_with_families_have_somebody_everywhere(count):
    people = names(count)
    split = split_subjects(people, relatives=[people[:2]] if count > 4 else [])
    assert {part for part in Part if subjects_in(split, part)} == set(Part)


def test_one_family_is_all_trained_on():
    assert set(split_subjects(names(6), relatives=[names(6)]).values()) == {Part.TRAIN}


def test_thousands_are_split_at_once():
    people = names(20_000)
    pairs = list(zip(people[::2], people[1::2], strict=True))
    assert len(split_subjects(people, relatives=pairs)) == 20_000
