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
