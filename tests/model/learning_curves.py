"""A learning curve of networks that were never trained, as a finished one lies on the disk."""

import numpy as np

from spinegrader.model.learning_curve_card import CurveCard, write_curve_card
from spinegrader.model.learning_curve_cells import (
    Cell,
    TestSet,
    cell_folder,
    cell_keys,
    write_cell,
    write_test_set,
)
from spinegrader.model.learning_curve_config import LearningCurveConfig
from spinegrader.model.learning_curve_report import curve_report

STARTS = {
    "scratch": 0.35,
    "random": 0.3,
    "level": 0.5,
    "contrastive": 0.53,
    "both": 0.6,
    "both-trained": 0.62,
    "discs-trained": 0.61,
}
"""Part of the discs that each row gets right with the fewest studies."""


def made_up_curve(folder, sizes=(240, 361, 670, 976), subjects=60):
    """Accuracies rise from :data:`STARTS` towards 0.78."""
    generator = np.random.default_rng(0)
    folder.mkdir()
    labels = generator.integers(0, 5, subjects * 6)
    tokens = tuple(f"s{row // 6:03d}" for row in range(len(labels)))
    test = TestSet(np.arange(len(labels)), labels, tokens)
    write_test_set(folder, test)
    config = LearningCurveConfig(grading="pfirrmann", sizes=sizes)
    card = CurveCard(
        state="finished",
        started_at="2026-01-01T00:00:00+00:00",
        settings=config.model_dump(mode="json"),
        fingerprint="",
        class_values=(1, 2, 3, 4, 5),
        ordinal=True,
        counts={"test_subjects": subjects, "test_discs": len(labels)},
        is_simulated=True,
    )
    write_curve_card(folder, card)
    for key in cell_keys(config):
        part = 0.78 - (0.78 - STARTS[key.row]) * (key.size / sizes[0]) ** -0.8
        wrong = (labels + generator.integers(1, 3, len(labels))) % 5
        guess = np.where(generator.random(len(labels)) < part, labels, wrong)
        cell = Cell(
            row=key.row,
            size=key.size,
            seed=key.seed,
            subjects=key.size,
            discs=6 * key.size,
            epochs=1,
            mean_class_accuracy=part,
            weighted_kappa=None,
            within_one=None,
            calibration_error=None,
            elapsed_s=1.0,
        )
        cell_folder(folder, key).mkdir(parents=True)
        write_cell(folder, key, cell, test.rows, np.eye(5)[guess])
    return curve_report(folder)
