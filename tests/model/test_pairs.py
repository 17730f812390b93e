import numpy as np
import pytest

from spinegrader.errors import TrainingError
from spinegrader.model.pairs import PairSource, count_pairs, training_pairs
from spinegrader.model.splits import Part, split_subjects, subjects_in
from tests.model.model_samples import nobody, vertebrae


def checked(data, pairs):
    subjects, days = np.array(data.subjects), np.array(data.days)
    first, second = pairs.first, pairs.second
    assert (data.levels[first] == data.levels[second]).all()
    assert (subjects[first][pairs.same] == subjects[second][pairs.same]).all()
    assert (days[first][pairs.same] != days[second][pairs.same]).all()
    assert (subjects[first][~pairs.same] != subjects[second][~pairs.same]).all()
    return pairs


def test_pairs_are_of_one_level_and_of_two_days_or_two_people():
    data = vertebrae(8, follow_up=lambda subject: subject % 2 == 0)
    source = PairSource(data, tuple(sorted(set(data.subjects))))
    pairs = checked(data, source.sample(np.random.default_rng(0), negatives_per_positive=2))
    assert pairs.same.sum() == 4 * 3
    assert (~pairs.same).sum() == 2 * 4 * 3


def test_every_epoch_is_drawn_anew_but_repeatably():
    data = vertebrae(10)
    source = PairSource(data, tuple(sorted(set(data.subjects))))
    one, again = (source.sample(np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(one.first, again.first)
    generator = np.random.default_rng(5)
    source.sample(generator)
    other = source.sample(generator)
    assert not np.array_equal(one.second[~one.same], other.second[~other.same])


def test_test_subjects_are_in_no_training_pair():
    data = vertebrae(20)
    split = split_subjects(data.subjects)
    source = training_pairs(data, split)
    rows = np.concatenate(
        [
            np.concatenate([pairs.first, pairs.second])
            for pairs in (source.sample(np.random.default_rng(seed)) for seed in range(20))
        ]
    )
    used = {data.subjects[row] for row in rows}
    assert used == set(subjects_in(split, Part.TRAIN))


def test_counts_equal_all_pairs():
    data = vertebrae(6, follow_up=lambda subject: subject < 4)
    source = PairSource(data, tuple(sorted(set(data.subjects))))
    counts, pairs = source.counts(), checked(data, source.all_pairs())
    assert counts.with_follow_up == 4
    assert counts.positives == pairs.same.sum() == 4 * 3
    assert counts.negatives == (~pairs.same).sum()


def test_an_evaluation_of_very_many_pairs_takes_a_fixed_sample():
    data = vertebrae(20)
    source = PairSource(data, tuple(sorted(set(data.subjects))))
    pairs, again = source.all_pairs(most=100), source.all_pairs(most=100)
    assert 60 < (~pairs.same).sum() < 140
    assert np.array_equal(pairs.second, again.second)


def test_two_series_of_one_day_are_no_pair():
    data = vertebrae(5, follow_up=nobody)
    assert PairSource(data, tuple(sorted(set(data.subjects)))).counts().positives == 0


def test_too_few_follow_ups_are_told_with_numbers():
    data = vertebrae(6, follow_up=nobody)
    split = split_subjects(data.subjects)
    with pytest.raises(TrainingError, match=r"at least 2 .* of 4 training subjects 0 has"):
        training_pairs(data, split)
    assert count_pairs(data, split)[Part.TRAIN].with_follow_up == 0


def test_levels_that_nobody_shares_are_told():
    data = vertebrae(2)
    levels = np.array([0 if name == "subject00" else 1 for name in data.subjects])
    apart = type(data)(data.volumes, data.subjects, data.days, data.studies, levels)
    one_volume_a_day = dict.fromkeys(data.subjects, Part.TRAIN)
    with pytest.raises(TrainingError, match="no two have one in common"):
        training_pairs(apart, one_volume_a_day)
