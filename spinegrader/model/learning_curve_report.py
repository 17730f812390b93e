"""The figures of a learning curve from what its networks said, as values, tables and words."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spinegrader.errors import TrainingError
from spinegrader.model.learning_curve_card import CurveCard, read_curve_card
from spinegrader.model.learning_curve_cells import (
    cell_keys,
    done_cells,
    read_predictions,
    read_test_set,
)
from spinegrader.model.learning_curve_forecast import Forecast, forecast
from spinegrader.model.learning_curve_rows import ROW_NAMES, CurveRow
from spinegrader.model.learning_curve_statistics import (
    BASELINE,
    CurveFigures,
    CurvePoint,
    LabelsNeeded,
    curve_points,
    labels_needed,
)

_HOW = (
    "Mean per-class accuracy on test subjects, mean over seeds; 95 % intervals by bootstrap over "
    "test subjects and seeds, paired for differences."
)
_HEADS = (
    "row",
    "annotated studies",
    "seeds",
    "accuracy (95 %)",
    "kappa (95 %)",
    "difference to scratch (95 %)",
)


@dataclass(frozen=True)
class CurveReport:
    """All that a learning curve says.

    Args:
        card: What it was made of.
        points: By row and size.
        needed: By row, labels for the accuracy of scratch with all of them; empty without that.
        forecasts: By row.
        done: Networks that are trained.
        total: Networks in all.
    """

    card: CurveCard
    points: tuple[CurvePoint, ...]
    needed: tuple[LabelsNeeded, ...]
    forecasts: tuple[Forecast, ...]
    done: int
    total: int

    @property
    def rows(self) -> tuple[CurveRow, ...]:
        """Rows that have networks, in their order."""
        return tuple(dict.fromkeys(point.row for point in self.points))

    @property
    def full(self) -> int:
        """The full budget: the largest number of studies."""
        return self.card.config.sizes[-1]

    @property
    def target(self) -> float | None:
        """Accuracy of scratch at the full budget; None without it."""
        found = (
            point.accuracy
            for point in self.points
            if (point.row, point.size) == (BASELINE, self.full)
        )
        return next(found, None)

    def sentences(self) -> list[str]:
        """What it comes to, in words."""
        counts = self.card.counts
        smallest = self.card.config.sizes[0]
        words = [_gain_words(point) for point in self.points if point.size == self.full]
        if self.target is not None:
            words += [_needed_words(item, smallest, self.full, self.target) for item in self.needed]
        words += [item.sentence for item in self.forecasts]
        return [
            ("Simulated people. " if self.card.is_simulated else "")
            + f"{self.done} of {self.total} networks, tested on {counts['test_discs']} discs of "
            f"{counts['test_subjects']} subjects who were in no training and no pair.",
            *(self._marked(sentence) for sentence in words if sentence),
        ]

    def _marked(self, sentence: str) -> str:
        """Each sentence may be quoted alone, so that each says whether people are simulated."""
        return f"{sentence.removesuffix('.')} (simulated)." if self.card.is_simulated else sentence

    def as_json(self) -> dict[str, Any]:
        """All of it as plain data."""
        config = self.card.config
        return {
            "grading": config.grading,
            "is_simulated": self.card.is_simulated,
            "sizes": list(config.sizes),
            "seeds": config.seeds,
            "networks": self.done,
            "networks_in_all": self.total,
            "rows": [asdict(point) for point in self.points],
            "scratch_full_accuracy": self.target,
            "studies_needed": [asdict(item) for item in self.needed],
            "forecasts": [
                asdict(item) | {"sentence": self._marked(item.sentence)} for item in self.forecasts
            ],
            "sentences": self.sentences(),
            "note": self.card.note,
        }

    def as_markdown(self) -> str:
        """A table of all points, with the words below."""
        title = f"# Learning curve: {self.card.config.grading}"
        lines = [title + (" (simulated people)" if self.card.is_simulated else ""), "", _HOW, ""]
        lines += ["| " + " | ".join(_HEADS) + " |", "|---" * len(_HEADS) + "|"]
        for point in self.points:
            cells = (
                ROW_NAMES[point.row],
                str(point.size),
                str(point.seeds),
                _share(point.accuracy, point.accuracy_interval),
                _plain(point.kappa, point.kappa_interval),
                _points(point.gain, point.gain_interval),
            )
            lines.append("| " + " | ".join(cells) + " |")
        lines += ["", *(f"- {sentence}" for sentence in self.sentences()), "", self.card.note]
        return "\n".join(lines) + "\n"


def curve_report(folder: Path, more: int | None = None) -> CurveReport:
    """Computes all figures from the folder alone.

    Args:
        folder: Of the learning curve, finished or not.
        more: Studies to look ahead; None for half as many again as the curve has.

    Raises:
        TrainingError: If it holds no learning curve, no trained network, or is damaged.
    """
    card = read_curve_card(folder)
    config = card.config
    keys = cell_keys(config)
    done = done_cells(folder, keys)
    if not done:
        raise TrainingError(f"No network of the learning curve “{folder.name}” is trained yet.")
    test = read_test_set(folder)
    predicted = {
        key: read_predictions(folder, key, test).argmax(axis=1).astype(np.int64) for key in done
    }
    figures = CurveFigures(predicted, test, len(card.class_values), config.seeds)
    rows = tuple(row for row in config.rows if figures.sizes_of(row))
    ahead = max(1, config.sizes[-1] // 2) if more is None else more
    return CurveReport(
        card=card,
        points=curve_points(figures, rows, ordinal=card.ordinal),
        needed=labels_needed(figures, rows, config.sizes[-1]),
        forecasts=tuple(forecast(figures, row, ahead) for row in rows),
        done=len(done),
        total=len(keys),
    )


def _gain_words(point: CurvePoint) -> str:
    if point.gain is None:
        return ""
    return (
        f"{ROW_NAMES[point.row]}: {_points(point.gain, point.gain_interval)} points of accuracy "
        f"beside scratch, with {point.size} studies."
    )


def _needed_words(item: LabelsNeeded, smallest: int, full: int, target: float) -> str:
    name = ROW_NAMES[item.row]
    goal = f"the {100 * target:.1f} % that scratch has with {full}"
    if item.studies is None:
        return f"{name}: {goal} isn't reached with {full} studies."
    low, high = item.interval
    upper = f"more than {full}" if high is None else f"{high:.0f}"
    lower = f"more than {full}" if low is None else f"{low:.0f}"
    if low is not None and low <= smallest:
        lower += " or fewer"
    count = f"{item.studies:.0f} studies" + (" or fewer" if item.at_most else "")
    saved = ("at least " if item.at_most else "") + f"{100 * (1 - item.studies / full):.0f} %"
    return f"{name}: {count} reach {goal} ({lower} to {upper}), {saved} fewer labels."


def _share(value: float, interval: tuple[float, float] | None) -> str:
    text = f"{100 * value:.1f} %"
    return text if interval is None else f"{text} ({100 * interval[0]:.1f}–{100 * interval[1]:.1f})"


def _plain(value: float | None, interval: tuple[float, float] | None) -> str:
    if value is None:
        return "–"
    text = f"{value:z.2f}"
    return text if interval is None else f"{text} ({interval[0]:z.2f} to {interval[1]:z.2f})"


def _points(value: float | None, interval: tuple[float, float] | None) -> str:
    if value is None:
        return "–"
    text = f"{100 * value:+z.1f}"
    if interval is None:
        return text
    return f"{text} ({100 * interval[0]:+z.1f} to {100 * interval[1]:+z.1f})"
