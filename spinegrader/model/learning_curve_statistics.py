"""What a learning curve says: means over seeds, intervals, gains, labels that are saved.

Intervals are 95 %, by a bootstrap that draws test subjects and seeds anew. Each resample is taken
for all rows and sizes alike, so that differences are paired.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinegrader.model.confusions import (
    Figure,
    mean_class_accuracies,
    quadratic_kappas,
    subject_confusions,
)
from spinegrader.model.learning_curve_cells import CellKey, TestSet
from spinegrader.model.learning_curve_rows import CurveRow
from spinegrader.model.metrics import RESAMPLES, Interval, percentile_interval, subject_weights

BASELINE: CurveRow = "scratch"

_TINY = 1e-9


@dataclass(frozen=True)
class CurvePoint:
    """Networks of one row and size.

    Args:
        row: What they started from.
        size: Annotated studies that they learnt from.
        seeds: How many networks there are.
        accuracy: Mean per-class accuracy on test subjects, mean over seeds.
        accuracy_interval: Of it.
        kappa: Quadratic-weighted kappa, likewise; None for nominal gradings.
        kappa_interval: Of it.
        gain: Accuracy minus that from scratch with the same studies; None without that row.
        gain_interval: Of it, paired.
    """

    row: CurveRow
    size: int
    seeds: int
    accuracy: float
    accuracy_interval: Interval | None
    kappa: float | None
    kappa_interval: Interval | None
    gain: float | None
    gain_interval: Interval | None


@dataclass(frozen=True)
class LabelsNeeded:
    """How many annotated studies a row needs to be as good as scratch with all of them.

    Args:
        row: The row.
        studies: By straight lines between sizes, after rising accuracies were fitted; None
            where it isn't reached.
        at_most: Whether the smallest size is enough already, so that it may be fewer.
        interval: Of ``studies``; None for an end that lies beyond the largest size.
    """

    row: CurveRow
    studies: float | None
    at_most: bool
    interval: tuple[float | None, float | None]


class CurveFigures:
    """Figures of all networks of a curve, and of resamples.

    Args:
        predicted: By cell, class indices of the test discs, (N,).
        test: What they were tested on.
        classes: How many there are.
        seeds: How many each row and size has or will have.
        resamples: Of the bootstrap.
    """

    def __init__(
        self,
        predicted: Mapping[CellKey, NDArray[np.int64]],
        test: TestSet,
        classes: int,
        seeds: int,
        resamples: int = RESAMPLES,
    ) -> None:
        self._confusions = {
            key: subject_confusions(test.labels, guess, classes, test.subjects)
            for key, guess in predicted.items()
        }
        self._seeds = seeds
        self._subjects = subject_weights(len(set(test.subjects)), seed=0, resamples=resamples)
        # One fewer than there are: else the spread of a mean of few seeds would come out too
        # small, by (seeds - 1) / seeds (Rao and Wu, J Am Stat Assoc 1988;83:231).
        draws = max(1, seeds - 1)
        self._seed_weights = subject_weights(seeds, seed=1, resamples=resamples, draws=draws)

    def sizes_of(self, row: CurveRow) -> tuple[int, ...]:
        """Sizes at which a row has networks, rising."""
        return tuple(sorted({key.size for key in self._confusions if key.row == row}))

    def seeds_of(self, row: CurveRow, size: int) -> tuple[int, ...]:
        """Seeds with which a row has a network of a size."""
        found = (key.seed for key in self._confusions if (key.row, key.size) == (row, size))
        return tuple(sorted(found))

    def mean(
        self, row: CurveRow, size: int, figure: Figure, seeds: Sequence[int] | None = None
    ) -> tuple[float, NDArray[np.float64]]:
        """A figure's mean over seeds.

        Args:
            row: The row.
            size: The size.
            figure: Which figure.
            seeds: Those to take; None for all that there are.

        Returns:
            The mean, and that of each resample, (resamples,); NaN where it isn't defined.
        """
        chosen = list(self.seeds_of(row, size) if seeds is None else seeds)
        counts = np.stack([self._confusions[CellKey(row, size, seed)] for seed in chosen])
        whole = figure(counts.sum(axis=1))
        # (resamples, seeds, classes, classes)
        drawn = np.tensordot(self._subjects, counts, axes=(1, 1))
        found = figure(drawn)
        weights = np.where(np.isnan(found), 0, self._seed_weights[:, chosen])
        total = weights.sum(axis=1)
        means: NDArray[np.float64] = np.full(len(found), np.nan)
        np.divide((weights * np.nan_to_num(found)).sum(axis=1), total, out=means, where=total > 0)
        return float(whole.mean()), means

    def gain(self, row: CurveRow, size: int) -> tuple[float | None, Interval | None]:
        """Accuracy minus that from scratch, of the same seeds."""
        common = sorted(set(self.seeds_of(row, size)) & set(self.seeds_of(BASELINE, size)))
        if row == BASELINE or not common:
            return None, None
        mine, drawn = self.mean(row, size, mean_class_accuracies, common)
        base, base_drawn = self.mean(BASELINE, size, mean_class_accuracies, common)
        return mine - base, percentile_interval(drawn - base_drawn)

    def curve(self, row: CurveRow) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Accuracy by size, (sizes,), and that of each resample, (resamples, sizes)."""
        found = [self.mean(row, size, mean_class_accuracies) for size in self.sizes_of(row)]
        return np.array([mean for mean, _ in found]), np.stack([drawn for _, drawn in found], 1)


def curve_points(
    figures: CurveFigures, rows: Sequence[CurveRow], *, ordinal: bool
) -> tuple[CurvePoint, ...]:
    """A point for each row and size that has networks."""
    points = []
    for row in rows:
        for size in figures.sizes_of(row):
            accuracy, drawn = figures.mean(row, size, mean_class_accuracies)
            kappa, kappas = figures.mean(row, size, quadratic_kappas)
            defined = ordinal and not np.isnan(kappa)
            gain, gain_interval = figures.gain(row, size)
            points.append(
                CurvePoint(
                    row=row,
                    size=size,
                    seeds=len(figures.seeds_of(row, size)),
                    accuracy=accuracy,
                    accuracy_interval=percentile_interval(drawn),
                    kappa=kappa if defined else None,
                    kappa_interval=percentile_interval(kappas) if defined else None,
                    gain=gain,
                    gain_interval=gain_interval,
                )
            )
    return tuple(points)


def labels_needed(
    figures: CurveFigures, rows: Sequence[CurveRow], full: int
) -> tuple[LabelsNeeded, ...]:
    """How many studies each row needs for the accuracy of scratch at the full budget.

    Args:
        figures: Of the curve.
        rows: Those to look at; scratch itself is left out.
        full: The full budget.
    """
    if full not in figures.sizes_of(BASELINE):
        return ()
    target, targets = figures.mean(BASELINE, full, mean_class_accuracies)
    found = []
    for row in rows:
        sizes = np.array(figures.sizes_of(row), dtype=np.float64)
        if row == BASELINE or not len(sizes):
            continue
        curve, drawn = figures.curve(row)
        studies = float(crossings(sizes, curve[None], np.array([target]))[0])
        resampled = crossings(sizes, drawn, targets)
        # No interpolation: between a number and infinity there is nothing.
        low = float(np.percentile(resampled, 2.5, method="lower"))
        high = float(np.percentile(resampled, 97.5, method="higher"))
        found.append(
            LabelsNeeded(
                row=row,
                studies=studies if np.isfinite(studies) else None,
                at_most=bool(studies == sizes[0]),
                interval=(
                    low if np.isfinite(low) else None,
                    high if np.isfinite(high) else None,
                ),
            )
        )
    return tuple(found)


def crossings(
    sizes: NDArray[np.float64], curves: NDArray[np.float64], targets: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Where curves first reach their targets.

    Accuracies are made to rise with the size before (:func:`rising`), else a lucky small subset
    would count as enough labels.

    Args:
        sizes: Rising, (sizes,).
        curves: (M, sizes).
        targets: (M,).

    Returns:
        (M,), by straight lines between sizes; the smallest size where it is enough, infinity
        where the largest isn't.
    """
    fitted = rising(curves)
    reached = fitted >= targets[:, None] - _TINY
    first = reached.argmax(axis=1)
    rows = np.arange(len(curves))
    before = np.maximum(first - 1, 0)
    low, high = fitted[rows, before], fitted[rows, first]
    part = np.clip((targets - low) / np.maximum(high - low, _TINY), 0, 1)
    found = sizes[before] + part * (sizes[first] - sizes[before])
    return np.where(reached.any(axis=1), found, np.inf)


def rising(curves: NDArray[np.float64]) -> NDArray[np.float64]:
    """The closest curves that never fall: isotonic regression with equal weights.

    By the formula of Barlow et al. (1972): at i the greatest, over a ≤ i, of the least, over
    b ≥ i, of the mean from a to b.

    Args:
        curves: (M, sizes).
    """
    count = curves.shape[1]
    means = np.stack([_means_from(curves, start) for start in range(count)], axis=1)
    fitted = [means[:, : i + 1, i:].min(axis=2).max(axis=1) for i in range(count)]
    return np.stack(fitted, axis=1)


def _means_from(curves: NDArray[np.float64], start: int) -> NDArray[np.float64]:
    """Mean from a place to each other, (M, sizes); those before the place aren't looked at."""
    columns = [
        curves[:, start : max(end, start) + 1].mean(axis=1) for end in range(curves.shape[1])
    ]
    return np.stack(columns, axis=1)
