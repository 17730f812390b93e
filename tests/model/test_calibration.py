import numpy as np
import pytest
from scipy.special import softmax

from spinegrader.model.calibration import (
    BINS,
    LEAST_DISCS,
    calibrate,
    expected_calibration_error,
    negative_log_likelihood,
    notices_of,
    reliability,
)


def discs_of(count, temperature, seed=0, classes=4):
    """Logits that are too sure by a known factor, with labels drawn from the honest ones."""
    generator = np.random.default_rng(seed)
    honest = generator.normal(size=(count, classes)) * 1.5
    odds = softmax(honest, axis=1).cumsum(axis=1)
    labels = (generator.random((count, 1)) > odds).sum(axis=1).clip(max=classes - 1)
    return honest * temperature, labels.astype(np.int64)


@pytest.mark.parametrize("temperature", [0.4, 1.0, 3.0])
def test_a_known_temperature_is_found_again(temperature):
    logits, labels = discs_of(6000, temperature)
    found = calibrate(logits.astype(np.float32), labels)
    assert found.temperature == pytest.approx(temperature, rel=0.08)
    assert found.why_not is None


def test_the_temperature_is_where_the_likelihood_is_highest():
    logits, labels = discs_of(60, 2.0, seed=4)
    found = calibrate(logits, labels).temperature
    grid = np.geomspace(0.05, 20, 4000)
    losses = [negative_log_likelihood(logits / value, labels) for value in grid]
    assert found == pytest.approx(grid[int(np.argmin(losses))], rel=2e-3)


def test_calibrated_probabilities_are_as_sure_as_right_on_new_discs():
    logits, labels = discs_of(2000, 4.0)
    temperature = calibrate(logits, labels).temperature
    new, truth = discs_of(4000, 4.0, seed=1)
    before = expected_calibration_error(softmax(new, axis=1), truth)
    after = expected_calibration_error(softmax(new / temperature, axis=1), truth)
    assert before > 0.2
    assert after < 0.04


def test_too_few_discs_or_none_wrong_leave_probabilities_as_they_are():
    logits, labels = discs_of(LEAST_DISCS - 1, 3.0)
    few = calibrate(logits, labels)
    logits, labels = discs_of(50, 3.0)
    right = calibrate(logits, logits.argmax(axis=1))
    assert few.temperature == right.temperature == 1
    fitted = calibrate(logits, labels)
    notices = [its.text for its in notices_of({"a": few, "b": right, "c": few, "d": fitted})]
    assert len(notices) == 2
    assert notices[0].startswith("Probabilities of “a”, “c” are as the network gives them")
    assert "at least 20 graded discs" in notices[0]
    assert "“b”" in notices[1]
    assert "graded right" in notices[1]


def test_a_reliability_diagram_tells_how_right_it_is_where_it_is_how_sure():
    sure = np.array([0.51, 0.52, 0.53, 0.53, 0.95, 1.0])
    labels = np.array([0, 0, 1, 1, 0, 0])
    bins = reliability(np.stack([sure, 1 - sure], axis=1), labels)
    assert [item.discs for item in bins] == [4, 2]
    first, last = bins[0], bins[-1]
    assert first.low <= 0.51 < first.high
    assert first.mean_confidence == pytest.approx(0.5225)
    assert first.share_right == 0.5
    assert (last.high, last.share_right) == (1.0, 1.0)
    assert last.mean_confidence == pytest.approx(0.975)
    assert reliability(np.zeros((0, 2)), labels[:0]) == ()


def test_the_error_equals_a_plain_loop_over_bins():
    logits, labels = discs_of(300, 2.0, seed=2)
    probabilities = softmax(logits, axis=1)
    sure, guess = probabilities.max(axis=1), probabilities.argmax(axis=1)
    wanted = 0.0
    for number in range(BINS):
        inside = [
            row
            for row in range(300)
            if number / BINS <= sure[row] < (number + 1) / BINS + (number == BINS - 1)
        ]
        if inside:
            right = sum(guess[row] == labels[row] for row in inside) / len(inside)
            mean = sum(sure[row] for row in inside) / len(inside)
            wanted += len(inside) / 300 * abs(right - mean)
    assert expected_calibration_error(probabilities, labels) == pytest.approx(wanted)
    certain = np.eye(4)[labels]
    assert expected_calibration_error(certain, labels) == 0
    assert expected_calibration_error(certain[:0], labels[:0]) is None
