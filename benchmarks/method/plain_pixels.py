"""How far plain grey values get without any network: what a learning curve has to be read against.

    python -m benchmarks.method.plain_pixels simulated CURVE COHORT
    python -m benchmarks.method.plain_pixels real CURVE

CURVE is a learning curve that is trained. On the same subsets a logistic regression learns from the
mean grey values of 16 x 6 fields of a disc's middle slices. Where it does as well as networks from
scratch, there is little that a network could learn beforehand. Writes the table to the page.
"""

import argparse
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.method.pages import publish
from benchmarks.method.real_data import (
    DISC_SHAPE,
    VERTEBRA_SHAPE,
    real_grades,
    real_split,
)
from benchmarks.method.simulated_curve import READER, with_few_validating
from benchmarks.method.spider import real_arrays
from benchmarks.simulated_page import table
from spinegrader.model.data import GradingData, rows_of
from spinegrader.model.learning_curve_card import read_curve_card
from spinegrader.model.learning_curve_cells import CellKey, read_cell
from spinegrader.model.learning_curve_subsets import CurveData
from spinegrader.model.splits import Part, subjects_in
from spinegrader.services.resources import load_scheme
from spinegrader.services.simulated_arrays import SimulatedArrays

_ROWS, _COLUMNS = 16, 8
_MIDDLE_SLICES = 5
_STRENGTHS = (1e-3, 1e-2, 1e-1, 1.0)
"""Inverse of the penalty; the validation people choose, as they choose a network's epoch."""

Features = npt.NDArray[np.float32]


def main() -> None:
    """Writes the table of one curve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("people", choices=("simulated", "real"))
    parser.add_argument("curve", type=Path)
    parser.add_argument("cohort", type=Path, nargs="?")
    chosen = parser.parse_args()
    grading = read_curve_card(chosen.curve).config.grading
    if chosen.people == "real":
        arrays = real_arrays(Path("build/method"), VERTEBRA_SHAPE, DISC_SHAPE)
        data, split = real_grades(arrays, (grading,)), real_split(arrays)
    else:
        made = SimulatedArrays.open(chosen.cohort / "arrays")
        split = made.split
        data = with_few_validating(made.grading_data(load_scheme(), [grading], READER), split)
    publish(chosen.people, f"{grading} plain", _table(chosen.curve, data, split))


def _table(curve: Path, data: GradingData, split: Mapping[str, Part]) -> list[str]:
    config = read_curve_card(curve).config
    subsets = CurveData.of(data, split, config.grading)
    features = field_means(data)
    lines = []
    for size in config.sizes:
        keys = [CellKey("scratch", size, seed) for seed in range(config.seeds)]
        cells = [cell for key in keys if (cell := read_cell(curve, key)) is not None]
        scratch = [(cell.mean_class_accuracy, cell.weighted_kappa) for cell in cells]
        plain = [_learnt(subsets, features, split, size, cell.seed) for cell in cells]
        if cells:
            lines.append([str(size), str(len(cells)), *_means(plain), *_means(scratch)])
    titles = [
        "annotated studies", "seeds", "plain grey values: accuracy", "kappa",
        "network from scratch: accuracy", "kappa",
    ]  # fmt: skip
    return table(titles, lines)


def field_means(data: GradingData) -> Features:
    """Mean grey values of the fields of each disc, those at its left and right end left out.

    Returns:
        (N, 16 x 6).
    """
    slices, rows, columns = data.volumes.shape[1:]
    first = max(0, (slices - _MIDDLE_SLICES) // 2)
    found = []
    for row in range(len(data.volumes)):
        volume = data.volumes[np.array([row])][0, first : slices - first].astype(np.float32)
        fields = volume.mean(0).reshape(_ROWS, rows // _ROWS, _COLUMNS, columns // _COLUMNS)
        found.append(fields.mean((1, 3))[:, 1:-1].ravel())
    return np.stack(found)


def _learnt(
    subsets: CurveData, features: Features, split: Mapping[str, Part], size: int, seed: int
) -> tuple[float, float]:
    """Mean per-class accuracy and weighted kappa on the test people."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import cohen_kappa_score, recall_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    labels = subsets.labels
    learning = subsets.rows_in(subsets.order(seed)[:size])
    choosing = rows_of(subsets.discs.subjects, subjects_in(split, Part.VALIDATION))
    choosing = choosing[labels[choosing] >= 0]
    found = []
    for strength in _STRENGTHS:
        model = make_pipeline(
            StandardScaler(),
            LogisticRegression(C=strength, class_weight="balanced", max_iter=2000),
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(features[learning], labels[learning])
        score = recall_score(labels[choosing], model.predict(features[choosing]), average="macro")
        found.append((score, strength, model))
    _, _, best = max(found, key=lambda item: item[:2])
    tested = labels[subsets.test_rows]
    told = best.predict(features[subsets.test_rows])
    return (
        float(recall_score(tested, told, average="macro")),
        float(cohen_kappa_score(tested, told, weights="quadratic")),
    )


def _means(
    figures: list[tuple[float | None, float | None]] | list[tuple[float, float]],
) -> list[str]:
    accuracy, kappa = np.array(figures, float).mean(0)
    return [f"{100 * accuracy:.1f} %", f"{kappa:.2f}"]


if __name__ == "__main__":
    main()
