import numpy as np
import pytest

from spinegrader.errors import TrainingError
from spinegrader.model.data import PretrainData
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
    with pytest.raises(TrainingError, match=r"at least 2 .* of 4 training subjects 0 have"):
        training_pairs(data, split)
    assert count_pairs(data, split)[Part.TRAIN].with_follow_up == 0


def test_levels_that_nobody_shares_are_told():
    data = vertebrae(2)
    levels = np.array([0 if name == "subject00" else 1 for name in data.subjects])
    apart = type(data)(data.volumes, data.subjects, data.days, data.studies, levels)
    one_volume_a_day = dict.fromkeys(data.subjects, Part.TRAIN)
    with pytest.raises(TrainingError, match="no two have one in common"):
        training_pairs(apart, one_volume_a_day)


def archive(generator):
    """People of some visits, visits of some series, series of some levels, at random."""
    rows = []
    for subject in range(int(generator.integers(2, 9))):
        for visit in range(int(generator.integers(1, 4))):
            for series in range(int(generator.integers(1, 4))):
                levels = generator.choice(7, int(generator.integers(1, 7)), replace=False)
                rows += [(subject, 700_000 + 400 * visit, visit, series, int(x)) for x in levels]
    subjects, days, visits, series, levels = zip(*rows, strict=True)
    return PretrainData(
        np.zeros((len(rows), 1, 4, 4), np.float16),
        tuple(f"s{item}" for item in subjects),
        days,
        tuple(f"s{one}v{other}" for one, other in zip(subjects, visits, strict=True)),
        np.array(levels),
        tuple(f"s{row[0]}v{row[2]}q{row[3]}" for row in rows),
        (),
        tuple(("T1", "T2", "STIR")[item] for item in series),
    )


@pytest.mark.parametrize("kind", ["follow-up", "same-study", "both"])
def test_pairs_are_what_they_are_called_in_any_archive(kind):
    met = 0
    for seed in range(60):
        generator = np.random.default_rng(seed)
        data = archive(generator)
        split = split_subjects(data.subjects)
        train = subjects_in(split, Part.TRAIN)
        source = PairSource(data, train, kind)
        sampled, everything = source.sample(generator, 2), source.all_pairs()
        met += len(sampled)
        for pairs in (sampled, everything):
            for first, second, same in zip(pairs.first, pairs.second, pairs.same, strict=True):
                assert {data.subjects[first], data.subjects[second]} <= set(train)
                assert data.levels[first] == data.levels[second]
                assert (data.subjects[first] == data.subjects[second]) == same
                if not same:
                    continue
                followed = data.days[first] != data.days[second]
                beside = (
                    data.studies[first] == data.studies[second]
                    and data.series[first] != data.series[second]
                )
                assert {"follow-up": followed, "same-study": beside}.get(kind, followed or beside)
        assert everything.same.sum() == source.counts().positives
        own = {frozenset(pair) for pair in zip(sampled.first, sampled.second, strict=True)}
        whole = {frozenset(pair) for pair in zip(everything.first, everything.second, strict=True)}
        assert own <= whole
    assert met > 1000


def test_the_weightings_of_a_pair_do_not_tell_whether_it_is_one_person():
    told = {True: [], False: []}
    for seed in range(30):
        generator = np.random.default_rng(seed)
        data = archive(generator)
        source = PairSource(data, tuple(sorted(set(data.subjects))), "same-study")
        pairs = source.sample(generator)
        for first, second, same in zip(pairs.first, pairs.second, pairs.same, strict=True):
            told[bool(same)].append(data.weightings[first] == data.weightings[second])
    assert not any(told[True])  # two series of a study are of two weightings here
    assert not any(told[False])
    assert len(told[False]) > 100


def test_two_series_of_a_study_teach_where_nobody_came_twice():
    data = archive(np.random.default_rng(3))
    once = [row for row, study in enumerate(data.studies) if study.endswith("v0")]
    kept = type(data)(
        data.volumes[once],
        *(
            tuple(getattr(data, name)[row] for row in once)
            for name in ("subjects", "days", "studies")
        ),
        data.levels[once],
        tuple(data.series[row] for row in once),
        (),
        tuple(data.weightings[row] for row in once),
    )
    split = dict.fromkeys(kept.subjects, Part.TRAIN)
    with pytest.raises(TrainingError, match="pair two series of one study"):
        training_pairs(kept, split)
    counts = training_pairs(kept, split, "same-study").counts()
    assert counts.with_follow_up == 0 < counts.with_two_series


def test_a_visit_without_a_day_is_nobodys_follow_up():
    facts = ("a", "a", "b", "b"), (0, 700_000, 0, 700_400), ("a1", "a2", "b1", "b2")
    volumes, levels = np.zeros((4, 1, 4, 4), np.float16), np.zeros(4, np.int64)
    source = PairSource(PretrainData(volumes, *facts, levels), ("a", "b"), "both")
    counts = source.counts()
    assert (counts.with_follow_up, counts.positives, counts.negatives) == (0, 0, 4)
