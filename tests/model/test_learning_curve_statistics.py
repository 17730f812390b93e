import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from spinegrader.model.confusions import mean_class_accuracies, subject_confusions
from spinegrader.model.learning_curve_cells import CellKey, TestSet
from spinegrader.model.learning_curve_forecast import forecast
from spinegrader.model.learning_curve_statistics import (
    CurveFigures,
    crossings,
    curve_points,
    labels_needed,
    rising,
)
from spinegrader.model.metrics import subject_weights

SIZES = (40, 80, 160, 320)
CLASSES = 4


def figures_of(laws, sizes=SIZES, seeds=3, subjects=80, each=5, resamples=300):
    """Networks that are right as often as a law of the size says."""
    generator = np.random.default_rng(0)
    count = subjects * each
    labels = generator.integers(0, CLASSES, count)
    test = TestSet(np.arange(count), labels, tuple(f"s{row // each:03d}" for row in range(count)))
    predicted = {}
    for row, law in laws.items():
        for size in sizes:
            for seed in range(seeds):
                right = generator.random(count) < law(size)
                wrong = (labels + generator.integers(1, CLASSES, count)) % CLASSES
                predicted[CellKey(row, size, seed)] = np.where(right, labels, wrong)
    return CurveFigures(predicted, test, CLASSES, seeds, resamples), predicted, test


def law(start, end):
    return lambda size: end - (end - start) * (size / SIZES[0]) ** -1.0


def test_points_are_means_over_seeds_with_paired_gains():
    figures, predicted, test = figures_of({"scratch": law(0.3, 0.7), "both": law(0.6, 0.8)})
    points = {(p.row, p.size): p for p in curve_points(figures, ("scratch", "both"), ordinal=True)}
    assert len(points) == 8
    for (row, size), point in points.items():
        accuracies = []
        for seed in range(3):
            guess = predicted[CellKey(row, size, seed)]
            recalls = [np.mean(guess[test.labels == value] == value) for value in range(CLASSES)]
            accuracies.append(np.mean(recalls))
        assert point.accuracy == pytest.approx(np.mean(accuracies))
        low, high = point.accuracy_interval
        assert low < point.accuracy < high
        assert high - low < 0.2
        assert point.seeds == 3
    both, scratch = points["both", 40], points["scratch", 40]
    assert both.gain == pytest.approx(both.accuracy - scratch.accuracy)
    assert both.gain_interval[0] > 0.1
    assert scratch.gain is None
    nominal = curve_points(figures, ("both",), ordinal=False)
    assert nominal[0].kappa is None


def test_one_seed_gives_the_paired_bootstrap_over_subjects_alone():
    laws = {"scratch": law(0.3, 0.7), "both": law(0.6, 0.8)}
    figures, predicted, test = figures_of(laws, seeds=1, resamples=1000)
    gain, interval = figures.gain("both", 80)
    times = subject_weights(len(set(test.subjects)), seed=0)
    drawn = [
        mean_class_accuracies(
            np.tensordot(times, subject_confusions(test.labels, guess, CLASSES, test.subjects), 1)
        )
        for guess in (predicted[CellKey(row, 80, 0)] for row in ("both", "scratch"))
    ]
    assert interval == pytest.approx(np.percentile(drawn[0] - drawn[1], (2.5, 97.5)))
    assert interval[0] < gain < interval[1]


def test_what_is_hard_for_both_cancels_out():
    _, predicted, test = figures_of({"both": law(0.6, 0.8)}, seeds=1)
    better = predicted[CellKey("both", 80, 0)]
    worse = better.copy()
    worse[::50] = (test.labels[::50] + 2) % CLASSES

    def point(mine, base):
        cells = {CellKey("both", 80, 0): mine, CellKey("scratch", 80, 0): base}
        figures = CurveFigures(cells, test, CLASSES, seeds=1)
        return curve_points(figures, ("both",), ordinal=True)[0]

    found = point(better, worse)
    low, high = found.gain_interval
    own_low, own_high = found.accuracy_interval
    assert low < found.gain < high
    assert high - low < 0.7 * (own_high - own_low)
    assert point(better, better).gain_interval == (0.0, 0.0)
    assert point(worse, better).gain == -found.gain


def test_gains_compare_the_seeds_that_both_have():
    figures, predicted, test = figures_of({"scratch": law(0.3, 0.7), "both": law(0.6, 0.8)})
    del predicted[CellKey("scratch", 40, 2)], predicted[CellKey("both", 40, 0)]
    figures = CurveFigures(predicted, test, CLASSES, seeds=3, resamples=300)
    gain, interval = figures.gain("both", 40)
    mine, _ = figures.mean("both", 40, mean_class_accuracies, [1])
    base, _ = figures.mean("scratch", 40, mean_class_accuracies, [1])
    assert gain == pytest.approx(mine - base)
    assert interval[0] < gain < interval[1]
    assert figures.seeds_of("both", 40) == (1, 2)


def test_rising_is_isotonic_regression():
    curves = np.random.default_rng(0).random((40, 5))
    for curve, fitted in zip(curves, rising(curves), strict=True):
        wanted = IsotonicRegression().fit_transform(np.arange(5), curve)
        np.testing.assert_allclose(fitted, wanted)


def test_crossings_lie_on_straight_lines_between_sizes():
    sizes = np.array([10.0, 20.0, 40.0])
    curves = np.array([[0.2, 0.4, 0.6]] * 4)
    found = crossings(sizes, curves, np.array([0.3, 0.5, 0.1, 0.7]))
    assert found.tolist() == [15, 30, 10, np.inf]
    lucky = crossings(sizes, np.array([[0.6, 0.2, 0.6]]), np.array([0.6]))
    assert lucky[0] == 40  # one lucky small subset isn't enough


def test_fewer_labels_are_told_with_their_interval():
    figures, _, _ = figures_of(
        {"scratch": law(0.3, 0.7), "both": law(0.6, 0.8), "level": law(0.7, 0.8),
         "random": law(0.3, 0.3)}
    )  # fmt: skip
    rows = ("scratch", "random", "level", "both")
    needed = {item.row: item for item in labels_needed(figures, rows, 320)}
    assert set(needed) == {"random", "level", "both"}
    assert (needed["random"].studies, needed["random"].interval) == (None, (None, None))
    both = needed["both"]
    # Scratch has 0.65 with 320, which the law of both says of 54 studies.
    assert 40 < both.studies < 100
    assert both.interval[0] <= both.studies <= both.interval[1]
    assert not both.at_most
    assert needed["level"].at_most
    assert needed["level"].studies == 40
    assert labels_needed(figures, rows, 640) == ()


def test_a_known_law_is_continued():
    figures, _, _ = figures_of({"both": law(0.4, 0.8)}, subjects=400)
    found = forecast(figures, "both", 160)
    wanted = law(0.4, 0.8)(480) - law(0.4, 0.8)(320)
    low, high = found.gain_interval
    assert low <= wanted <= high
    assert found.gain == pytest.approx(wanted, abs=0.02)
    a, b, c = found.law
    mean, _ = figures.mean("both", 160, mean_class_accuracies)
    assert a - b * 160**-c == pytest.approx(mean, abs=0.03)
    assert found.sentence.startswith("Both losses: the next 160 graded studies are expected to")


def test_intervals_of_gains_hold_the_truth_about_as_often_as_they_say():
    generator = np.random.default_rng(1)
    subjects, each, seeds, spread, bases = 40, 6, 3, 0.15, {"scratch": 0.5, "both": 0.9}
    count = subjects * each
    tokens = tuple(f"s{row // each:02d}" for row in range(count))

    def right(base, subject, seed):
        return 1 / (1 + np.exp(-(base + subject + seed)))

    many = generator.normal(0, 0.8, 200_000), generator.normal(0, spread, 200_000)
    truth = np.mean(right(bases["both"], *many)) - np.mean(right(bases["scratch"], *many))
    held, trials = 0, 80
    for _ in range(trials):
        labels = generator.integers(0, CLASSES, count)
        subject = np.repeat(generator.normal(0, 0.8, subjects), each)
        predicted = {}
        for row, base in bases.items():
            for seed in range(seeds):
                odds = right(base, subject, generator.normal(0, spread))
                wrong = (labels + generator.integers(1, CLASSES, count)) % CLASSES
                hit = generator.random(count) < odds
                predicted[CellKey(row, 40, seed)] = np.where(hit, labels, wrong)
        test = TestSet(np.arange(count), labels, tokens)
        _, (low, high) = CurveFigures(predicted, test, CLASSES, seeds, 200).gain("both", 40)
        held += low <= truth <= high
    assert 0.9 <= held / trials <= 1


@pytest.mark.parametrize(
    ("accuracy", "sizes", "more", "why"),
    [
        (law(0.4, 0.8), (40, 80), 40, "at least 3 sizes"),
        (law(0.4, 0.8), SIZES, 500, "can't tell of 500"),
        (lambda size: 0.7 - size / 1000, SIZES, 100, "hasn't risen"),
        (lambda size: {40: 0.3, 80: 0.8, 160: 0.2, 320: 0.5}[size], SIZES, 100, "doesn't follow"),
    ],
)
def test_useless_forecasts_are_refused(accuracy, sizes, more, why):
    figures, _, _ = figures_of({"scratch": accuracy}, sizes=sizes)
    found = forecast(figures, "scratch", more)
    assert (found.gain, found.gain_interval, found.law) == (None, None, ())
    assert why in found.sentence
    assert "no forecast" in found.sentence


def test_a_forecast_that_could_be_anything_is_refused():
    near = lambda size: 0.3 + (size - 40) / 100  # noqa: E731
    figures, _, _ = figures_of({"scratch": near}, sizes=(40, 45, 50), seeds=1, subjects=12)
    found = forecast(figures, "scratch", 50)
    assert found.gain is None
    assert "is possible" in found.sentence
