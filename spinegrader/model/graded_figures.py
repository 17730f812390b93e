"""The figures of a grading network's kept weights."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from spinegrader.model.calibration import calibrate, expected_calibration_error, notices_of
from spinegrader.model.metrics import Agreement
from spinegrader.model.training_run import FinalFigures

MEAN_ACCURACY = "mean_class_accuracy"
"""Name of the mean over gradings; one grading's figures are named ``<grading>.<figure>``."""


@dataclass(frozen=True)
class Graded:
    """What a network says of held-out discs that have a grade.

    Args:
        validation_logits: (N, classes), of validation subjects.
        validation_labels: (N,) class indices.
        test_logits: (M, classes), of test subjects.
        test_labels: (M,) class indices.
        agreement: With the readers on test subjects.
    """

    validation_logits: NDArray[np.float32]
    validation_labels: NDArray[np.int64]
    test_logits: NDArray[np.float32]
    test_labels: NDArray[np.int64]
    agreement: Agreement


def graded_figures(graded: Mapping[str, Graded], best: Mapping[str, float]) -> FinalFigures:
    """Calibrates each grading on validation subjects and measures it on test subjects.

    Args:
        graded: By grading.
        best: Validation figures of the kept epoch.
    """
    agreements = {name: its.agreement for name, its in graded.items()}
    accuracies = [
        its.mean_class_accuracy
        for its in agreements.values()
        if its.mean_class_accuracy is not None
    ]
    metrics: dict[str, float | None] = {MEAN_ACCURACY: best.get(MEAN_ACCURACY)}
    metrics[f"test_{MEAN_ACCURACY}"] = float(np.mean(accuracies)) if accuracies else None
    calibrations = {
        name: calibrate(its.validation_logits, its.validation_labels)
        for name, its in graded.items()
    }
    for name, its in graded.items():
        metrics[f"{name}.{MEAN_ACCURACY}"] = best.get(f"{name}.{MEAN_ACCURACY}")
        metrics[f"{name}.test_{MEAN_ACCURACY}"] = its.agreement.mean_class_accuracy
        metrics[f"{name}.test_weighted_kappa"] = its.agreement.weighted_kappa
        after = _calibration_error(its, calibrations[name].temperature)
        metrics[f"{name}.test_calibration_error_before"] = _calibration_error(its, 1.0)
        metrics[f"{name}.test_calibration_error"] = after
    return FinalFigures(
        metrics,
        agreements,
        {name: its.temperature for name, its in calibrations.items()},
        notices_of(calibrations),
    )


def _calibration_error(graded: Graded, temperature: float) -> float | None:
    probabilities = softmax(graded.test_logits.astype(np.float64) / temperature, axis=1)
    return expected_calibration_error(probabilities, graded.test_labels)
