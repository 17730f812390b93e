"""Evaluations for tests: figures of grades that are drawn at random."""

import datetime as dt

import numpy as np

from spinegrader.domain.scheme import Scale
from spinegrader.model.calibration import calibration_error_of, reliability
from spinegrader.model.metrics import agreement
from spinegrader.services.evaluation import Evaluation, GradingEvaluation
from spinegrader.services.graders import SHIPPED, shipped_grader
from spinegrader.services.model_words import about_model
from spinegrader.services.resources import load_scheme

DISCS, PEOPLE = 60, 12


def an_evaluation(**changes) -> Evaluation:
    """The model that comes along beside a reader on twelve people, two gradings of each disc."""
    scheme, model = load_scheme(), shipped_grader()
    fields = {
        "model": SHIPPED,
        "weights_sha256": model.card.weights_sha256,
        "evaluated_at": dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC),
        "chosen_people": "test",
        "people": PEOPLE,
        "studies": PEOPLE,
        "discs": DISCS,
        "learned_from": 0,
        "is_simulated": False,
        "gradings": tuple(
            _of_grading(scheme.grading(name)) for name in ("pfirrmann", "herniation")
        ),
        "about": about_model(model, scheme),
        "program_version": "0.1.0",
    }
    return Evaluation.model_validate(fields | changes)


def _of_grading(grading) -> GradingEvaluation:
    generator = np.random.default_rng(8)
    reference = generator.choice(grading.values, DISCS)
    drawn = generator.choice(grading.values, DISCS)
    predicted = np.where(generator.random(DISCS) < 0.7, reference, drawn)
    subjects = [f"person{disc % PEOPLE}" for disc in range(DISCS)]
    ordinal = grading.scale is Scale.ORDINAL
    sure = generator.uniform(1 / len(grading.values), 1, DISCS)
    shares = np.repeat((1 - sure[:, None]) / (len(grading.values) - 1), len(grading.values), 1)
    shares[np.arange(DISCS), np.searchsorted(grading.values, predicted)] = sure
    bins = reliability(shares, np.searchsorted(grading.values, reference))
    return GradingEvaluation(
        grading=grading.id,
        name=grading.name,
        values=grading.values,
        labels=tuple(item.label for item in grading.classes),
        ordinal=ordinal,
        people=PEOPLE,
        agreement=agreement(reference, predicted, grading.values, subjects, ordinal),
        calibration_error=calibration_error_of(bins),
        reliability=bins,
    )
